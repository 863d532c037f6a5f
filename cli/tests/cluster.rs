//! `brooklet cluster`, and what steers it: nodes that leave and come back, drains, tokens, logs, settings, proxies.
//!
//! The nodes are real processes. Loops are bounded in count and time.

mod clustering {
    pub(crate) mod administration;
    pub(crate) mod ending;
    pub(crate) mod health;
    pub(crate) mod load;
    pub(crate) mod maintenance;
    pub(crate) mod membership;
    pub(crate) mod nodes_come_and_go;
    pub(crate) mod proxies;
    pub(crate) mod settings;
}

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use brooklet_test_support::{Client, Cluster, Reply};

/// The token of the administration in these tests.
const TOKEN: &str = "a token for tests";

/// How long something may take on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(30);

const BROOKLET: &str = env!("CARGO_BIN_EXE_brooklet");

/// A model with something to call, something that takes a while, and a health microflow that can be told to be unwell.
const MODEL: &str = "\
mdl 1;
create module Work;
create persistent entity Work.Job ( Number: Integer );
create persistent entity Work.Trouble ( What: String(100) );
create microflow Work.Do ( Number: Integer ) returns Integer
begin
  $Job = create Work.Job ( Number = $Number ) commit;
  return $Number + 1;
end;
create microflow Work.Count () returns Integer
begin
  retrieve $Jobs from Work.Job;
  return count($Jobs);
end;
create microflow Work.Long ( Rounds: Integer ) returns Integer
begin
  declare $Round Integer = 0;
  while $Round < $Rounds begin
    set $Round = $Round + 1;
  end while;
  return $Round;
end;
create microflow Work.Ail ( What: String ) returns Boolean
begin
  retrieve $Old from Work.Trouble;
  delete $Old;
  if $What != empty then
    $Trouble = create Work.Trouble ( What = $What ) commit;
  end if;
  return true;
end;
create microflow Work.Health () returns String
begin
  retrieve $Trouble from Work.Trouble first;
  if $Trouble = empty then return ''; end if;
  return $Trouble/What;
end;
alter settings runtime ( HealthCheckMicroflow: 'Work.Health' );
";

/// A folder with the model in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("model")).expect("a folder for the model");
    fs::write(folder.path().join("model/work.mdl"), MODEL).expect("a model");
    folder
}

/// Nodes on a SQLite file in a folder, with more arguments.
fn start(folder: &tempfile::TempDir, nodes: usize, more: &[&str]) -> Cluster {
    let arguments = ["model", "--admin-token", TOKEN].into_iter().chain(more.iter().copied());
    Cluster::start(BROOKLET, nodes, arguments, |command| {
        command.current_dir(folder.path());
    })
    .unwrap_or_else(|error| panic!("the cluster starts: {error}"))
}

/// A request to the administration's interface.
fn admin(client: &Client, method: &str, path: &str, body: &str) -> Reply {
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    client.send(method, path, &headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}

fn json(reply: &Reply) -> serde_json::Value {
    serde_json::from_str(reply.body()).unwrap_or_default()
}

/// The state of each node, by name, as any node says it.
fn states(client: &Client) -> std::collections::BTreeMap<String, String> {
    let nodes = json(&admin(client, "GET", "/admin/nodes", ""));
    let nodes = nodes["nodes"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    nodes.iter().map(|node| (text(&node["name"]), text(&node["state"]))).collect()
}

/// Waits until it holds; answers how long that took.
fn wait_until(what: &str, holds: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what} did not happen within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}
