//! `brooklet serve`: what a node says to bad input, and how it follows its sources.

mod serving {
    pub(crate) mod bad_input;
    pub(crate) mod hot_reload;
    pub(crate) mod logins;
    pub(crate) mod starting;
}

use std::{fs, path::Path};

use brooklet_test_support::{Node, NotStarted};

/// A model with one microflow of each kind of parameter.
const MODEL: &str = "\
mdl 1;
create module Sales;
create enumeration Sales.Size ( Small 'Small', Large 'Large' );
create persistent entity Sales.Order ( Number: Integer, Title: String(20) not null );
create microflow Sales.Greet ( Name: String ) returns String
begin
  return 'Hello ' + $Name;
end;
create microflow Sales.Half ( Of: Decimal ) returns Decimal
begin
  return $Of div 2;
end;
create microflow Sales.Next ( Number: Integer ) returns Integer
begin
  return $Number + 1;
end;
create microflow Sales.Fits ( Size: enum Sales.Size, On: DateTime, Rush: Boolean ) returns Boolean
begin
  return $Rush;
end;
create microflow Sales.Title ( Order: Sales.Order ) returns String
begin
  return $Order/Title;
end;
create microflow Sales.Save ( Title: String ) returns Boolean
begin
  $Order = create Sales.Order ( Title = $Title ) commit;
  return true;
end;
create microflow Sales.Refuse () returns Boolean
begin
  throw 'not today';
end;
";

/// A node on the files of a folder, with a database in memory.
fn serve(folder: &Path) -> Result<Node, NotStarted> {
    Node::start(env!("CARGO_BIN_EXE_brooklet"), ["model", "--store", "sqlite::memory:"], |command| {
        command.current_dir(folder);
    })
}

/// A folder with a model in it.
fn folder_with(model: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("model")).expect("a folder for the model");
    fs::write(folder.path().join("model/sales.mdl"), model).expect("a model");
    folder
}
