//! How messages read. Each snapshot is a source with one mistake and all that is said about it.

use brooklet_compiler::codes;
use brooklet_compiler::diagnostics::{Diagnostics, Renderer, to_json};
use brooklet_compiler::source::Source;
use brooklet_compiler::syntax;
use brooklet_model::SourceId;

fn check(text: &str) -> String {
    let sources = [Source { name: "model/shop.mdl".to_owned(), text: text.to_owned() }];
    let mut diagnostics = Diagnostics::default();
    syntax::parse(SourceId(0), &sources[0], &mut diagnostics);
    let mut renderer = Renderer::new(&sources);
    diagnostics.into_sorted().iter().map(|one| renderer.text(one)).collect::<Vec<_>>().join("\n")
}

/// A mistake inside of a microflow.
fn check_statement(statement: &str) -> String {
    check(&format!("create microflow Shop.F () begin\n  {statement}\nend;"))
}

#[test]
fn statements() {
    insta::assert_snapshot!("unknown_statement", check("craete module Shop;"));
    insta::assert_snapshot!("unknown_document", check("create mikroflow Shop.F () begin end;"));
    insta::assert_snapshot!("unknown_activity", check_statement("retreive $x from Shop.Order;"));
    insta::assert_snapshot!("unknown_target", check_statement("call mikroflow Shop.G();"));
    insta::assert_snapshot!("statement_outside", check("create module Shop;\n$x = call microflow Shop.F();"));
    insta::assert_snapshot!("positional_argument", check_statement("call microflow Shop.G($x);"));
    insta::assert_snapshot!("missing_end_if", check_statement("if $a then return;"));
    insta::assert_snapshot!("constraint_on_association", check_statement("retrieve $x from $o/Shop.L where A = 1;"));
    insta::assert_snapshot!("placeholders", check_statement("log 'a {1} {3}' with ({1} = 1, {3} = 2);"));
    insta::assert_snapshot!("feedback_target", check_statement("validation feedback $o/Shop.A/Shop.B/C message 'x';"));
}

#[test]
fn expressions() {
    insta::assert_snapshot!("slash_division", check_statement("set $x = $a / $b;"));
    insta::assert_snapshot!("chained_comparison", check_statement("if 1 < $x < 3 then return; end if;"));
    insta::assert_snapshot!("missing_operand", check_statement("set $x = 1 + ;"));
    insta::assert_snapshot!("xpath_arithmetic", check_statement("retrieve $x from Shop.E where [A + 1 > 2];"));
    insta::assert_snapshot!("quoted_xpath", check_statement("retrieve $x from Shop.E where '[A = ]';"));
    insta::assert_snapshot!("unknown_character", check_statement("set $x = 1 # 2;"));
}

#[test]
fn texts() {
    insta::assert_snapshot!("unclosed_text", check_statement("log 'no end;"));
    insta::assert_snapshot!("unclosed_name", check("create module \"Shop;"));
    insta::assert_snapshot!("unclosed_comment", check("create module Shop; /* and so on"));
    insta::assert_snapshot!("unclosed_bracket", check("create page Shop.P ( Title: 'x' ;\ncreate module Shop;"));
}

#[test]
fn documents() {
    insta::assert_snapshot!("unknown_property", check("create constant Shop.C ( Type: String, Defaultvalu: 'x' );"));
    insta::assert_snapshot!("security_level", check("alter app security ( SecurityLevel: high );"));
    insta::assert_snapshot!("missing_type", check("create entity Shop.E (\n\tName,\n\tOther: String\n);"));
    insta::assert_snapshot!("junk_behind", check("create module Shop folder 'x' colour 'red';\ncreate module Other;"));
    insta::assert_snapshot!(
        "skipped",
        check("create page Shop.P ( Title: 'x' ) { }\ncreate queue Shop.Q;\nshow microflows;")
    );
    insta::assert_snapshot!("alter_microflow", check("alter microflow Shop.F { drop $x; };"));
}

#[test]
fn language_versions() {
    insta::assert_snapshot!("unknown_version", check("mdl 7;\ncreate module Shop;"));
    insta::assert_snapshot!("changed_version", check("mdl 1;\ncreate module Shop;\nmdl 2;"));
    let flow =
        "create microflow Shop.F () begin\n  $x = 1\n  while $x > 0 set $x = 0; end;\n  if not $a then end if;\nend;";
    insta::assert_snapshot!("not_in_version_1", check(&format!("mdl 1;\n{flow}")));
    let old = "create or replace microflow Shop.F () begin\n  $x = head($L);\nend;";
    insta::assert_snapshot!("old_in_version_1", check(&format!("mdl 1;\n{old}")));
    insta::assert_snapshot!("old_in_version_2", check(&format!("mdl 2;\n{old}")));
}

#[test]
fn one_run_shows_all_errors() {
    let text = "create module Shop
create microflow Shop.F ( $a Integer ) begin end;
create microflow Shop.G () begin
  set $x = ;
  commit $y on error fail;
  if $z the
    return 1;
  end if;
  log 'ok'
end;
create entity Shop.E ( A String );
grant read on Shop.E;
create module Last;";
    insta::assert_snapshot!("many_errors", check(text));
}

#[test]
fn long_lines_are_shown_in_part() {
    let statement = format!("log '{}' + ;", "x".repeat(300));
    insta::assert_snapshot!("long_line", check_statement(&statement));
}

#[test]
fn programs_get_json() {
    let sources = [Source { name: "a.mdl".to_owned(), text: "create module\n  Über Ö;".to_owned() }];
    let mut diagnostics = Diagnostics::default();
    syntax::parse(SourceId(0), &sources[0], &mut diagnostics);
    let objects: Vec<_> = diagnostics.found().iter().map(|one| to_json(one, &sources)).collect();
    insta::assert_snapshot!("json", objects.join("\n"));
}

#[test]
fn every_code_is_there_once_and_has_a_title() {
    let mut seen: Vec<_> = codes::all().map(|(code, _)| code).collect();
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
    assert!(codes::all().all(|(code, title)| code.starts_with("MDL") && !title.is_empty()));
}
