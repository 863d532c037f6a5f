//! What all proofs share: a cluster with servers of its own, models that differ, and the commands.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use brooklet_test_support::{Client, Cluster, Postgres, Redis, Reply};
use serde_json::Value;

pub(crate) const BROOKLET: &str = env!("CARGO_BIN_EXE_brooklet");

/// The token of the administration.
const TOKEN: &str = "token-of-the-deployments";

/// How long something may take on a machine that does other things too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster that serves version 1 of the model, and a folder for further ones.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    folder: tempfile::TempDir,
    database: String,
    _alone: MutexGuard<'static, ()>,
}

/// A session of the application, and what it has seen.
#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    bearer: String,
    /// A further header of its requests.
    says: Option<(String, String)>,
}

impl World {
    /// A cluster of so many nodes that serves a model, with sessions in Redis and everything else in PostgreSQL.
    pub(crate) fn start(nodes: usize, model: &str) -> Self {
        Self::with(nodes, model, &[])
    }

    /// The same with further settings.
    pub(crate) fn with(nodes: usize, model: &str, settings: &[&str]) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        static NUMBER: Mutex<u8> = Mutex::new(0);
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        static REDIS: OnceLock<Redis> = OnceLock::new();
        let redis = REDIS.get_or_init(|| Redis::start().expect("a Redis server"));
        let number = {
            let mut number = NUMBER.lock().unwrap_or_else(PoisonError::into_inner);
            *number += 1;
            *number
        };
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "model", model);
        let database = Postgres::shared().database();
        let state = redis.url(number % 16);
        let mut arguments = vec!["model", "--store", &database, "--state", &state, "--admin-token", TOKEN];
        arguments.extend(settings);
        let cluster = Cluster::start(BROOKLET, nodes, arguments, |command| {
            command.current_dir(folder.path());
        });
        let cluster = cluster.unwrap_or_else(|error| panic!("{error}"));
        Self { cluster, folder, database, _alone: alone }
    }

    pub(crate) fn front(&self) -> &Client {
        self.cluster.front()
    }

    /// Rows of a query on the database, columns separated by `|`.
    pub(crate) fn rows(&self, query: &str) -> Vec<String> {
        Postgres::shared().query(&self.database, query)
    }

    /// Writes a model into a folder of its own.
    pub(crate) fn model(&self, name: &str, text: &str) -> PathBuf {
        write(self.folder.path(), name, text)
    }

    /// Runs a command against the front.
    pub(crate) fn brooklet(&self, arguments: &[&str]) -> Output {
        self.brooklet_at(self.front().url(), arguments)
    }

    pub(crate) fn brooklet_at(&self, url: &str, arguments: &[&str]) -> Output {
        self.command(url, arguments).output().expect("the command runs")
    }

    /// Begins to run a command against the front.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(self.front().url(), arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs")
    }

    /// Begins to deploy a model.
    pub(crate) fn begin(&self, text: &str, more: &[&str]) -> Child {
        let path = self.model("begun", text);
        let mut arguments = vec!["deploy", path.to_str().expect("a path")];
        arguments.extend(more);
        self.spawn(&arguments)
    }

    fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(BROOKLET);
        command.args(arguments).args(["--to", url, "--token", TOKEN, "--format", "json"]);
        command.current_dir(self.folder.path());
        command
    }

    /// The database's URL.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// Deploys a model, which must succeed; answers what was printed.
    pub(crate) fn deploy(&self, name: &str, text: &str, more: &[&str]) -> Vec<Value> {
        let path = self.model(name, text);
        let mut arguments = vec!["deploy", path.to_str().expect("a path")];
        arguments.extend(more);
        let output = self.brooklet(&arguments);
        assert!(output.status.success(), "{}", shown(&output));
        records(&output)
    }

    /// What the administration's interface says.
    pub(crate) fn admin(&self, path: &str) -> Value {
        let headers = [("authorization", &*format!("Bearer {TOKEN}"))];
        let reply = self.front().send("GET", &format!("/admin/{path}"), &headers, "").expect("an answer");
        assert!(reply.status().is_success(), "{path}: {}", reply.body());
        serde_json::from_str(reply.body()).expect("JSON")
    }

    /// Opens a session through the front.
    pub(crate) fn session(&self) -> Session {
        self.session_at(self.front().clone())
    }

    pub(crate) fn session_at(&self, client: Client) -> Session {
        let reply = client.send("POST", "/api/session", &[], "").expect("an answer");
        let about: Value = serde_json::from_str(reply.body()).expect("JSON");
        let token = about["token"].as_str().unwrap_or_else(|| panic!("no session: {}", reply.body()));
        Session { bearer: format!("Bearer {token}"), client, says: None }
    }

    /// Logs a user in through the front.
    pub(crate) fn log_in(&self, name: &str, password: &str) -> Session {
        let body = serde_json::json!({ "name": name, "password": password }).to_string();
        let headers = [("content-type", "application/json")];
        let reply = self.front().send("POST", "/api/login", &headers, &body).expect("an answer");
        let about: Value = serde_json::from_str(reply.body()).expect("JSON");
        let token = about["token"].as_str().unwrap_or_else(|| panic!("{name}: {}", reply.body()));
        Session { bearer: format!("Bearer {token}"), client: self.front().clone(), says: None }
    }
}

impl Session {
    /// The same session on another connection, or at another node.
    pub(crate) fn at(&self, client: &Client) -> Self {
        Self { client: client.clone(), bearer: self.bearer.clone(), says: self.says.clone() }
    }

    /// The same session with a further header.
    pub(crate) fn saying(&self, header: &str, value: &str) -> Self {
        Self { says: Some((header.to_owned(), value.to_owned())), ..self.at(&self.client) }
    }

    /// Calls a microflow.
    pub(crate) fn call(&self, microflow: &str, arguments: &Value) -> Result<Reply, String> {
        let mut headers = vec![("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        headers.extend(self.says.as_ref().map(|(name, value)| (name.as_str(), value.as_str())));
        let sent = self.client.send("POST", &format!("/api/microflows/{microflow}"), &headers, &arguments.to_string());
        sent.map_err(|error| error.to_string())
    }

    /// Calls a microflow that must succeed.
    pub(crate) fn result(&self, microflow: &str, arguments: &Value) -> Value {
        let reply = self.call(microflow, arguments).unwrap_or_else(|error| panic!("{microflow}: {error}"));
        assert!(reply.status().is_success(), "{microflow}: {}", reply.body());
        let answer: Value = serde_json::from_str(reply.body()).expect("JSON");
        answer["result"].clone()
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(&path).expect("a folder for the model");
    fs::write(path.join("model.mdl"), text).expect("a model");
    path
}

/// The lines that a command has printed.
pub(crate) fn records(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {text}"))).collect()
}

/// A command's output, for messages.
pub(crate) fn shown(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{:?}\n{out}\n{err}", output.status)
}

/// Waits until something holds, and answers how long that took.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    began.elapsed()
}

/// Version `number` of a model: two microflows that must be of the same version, one that stores, and a counter of the session.
pub(crate) fn version(number: u32) -> String {
    let extra: String =
        (0..number % 3).map(|extra| format!(", Extra{extra}: String(20) default 'extra {number}'")).collect();
    format!(
        "\
mdl 1;
create module Proof;
create persistent entity Proof.Entry ( Client: Integer, Number: Integer, Version: Integer{extra} );
create non-persistent entity Proof.Counter ( Count: Integer );
create association Proof.Counter_Session from Proof.Counter to System.Session type reference owner default;
create microflow Proof.One () returns Integer begin return {number}; end;
create microflow Proof.Other () returns Integer begin return {number}; end;
create microflow Proof.Which () returns String
begin
  $One = call microflow Proof.One();
  $Other = call microflow Proof.Other();
  return toString($One) + ' ' + toString($Other);
end;
create microflow Proof.Add ( Client: Integer, Number: Integer ) returns Integer
begin
  $Version = call microflow Proof.One();
  $Entry = create Proof.Entry ( Client = $Client, Number = $Number, Version = $Version ) commit;
  return $Version;
end;
create microflow Proof.Count () returns Integer
begin
  retrieve $Counters from $currentSession/Proof.Counter_Session;
  $Counter = head $Counters;
  if $Counter = empty then
    $New = create Proof.Counter ( Count = 1, Proof.Counter_Session = $currentSession );
    return 1;
  end if;
  change $Counter ( Count = $Counter/Count + 1 );
  return $Counter/Count;
end;
"
    )
}
