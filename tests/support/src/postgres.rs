//! A PostgreSQL server for tests.

use std::{
    io::{BufRead, BufReader, Write},
    ops::Deref,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{
    SetupError,
    programs::{find, free_port, run},
    supervised::{Signals, Supervised},
};

/// The server's superuser, and on the system the user that it runs as when the test runs as root.
const USER: &str = "postgres";

/// A transaction is acknowledged when its log is written: ending the server at once loses nothing, either.
const SIGNALS: Signals = Signals { at_once: "QUIT", gently: "INT" };

/// Settings that give durability up for speed: what was committed survives the server, but not the machine.
const SETTINGS: [&str; 11] = [
    "fsync=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "shared_buffers=64MB",
    "max_connections=200",
    "autovacuum=off",
    "jit=off",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "log_min_messages=warning",
];

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    psql: PathBuf,
    databases: AtomicU32,
    server: Supervised,
}

impl Deref for Postgres {
    type Target = Supervised;

    fn deref(&self) -> &Supervised {
        &self.server
    }
}

impl Postgres {
    /// The server of this process, started when it is first asked for.
    ///
    /// # Panics
    /// When it cannot be started; the message says what to do.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("no PostgreSQL for this test: {error}")))
    }

    /// Starts a server of one's own. It is gone when the handle is dropped.
    pub fn start() -> Result<Self, SetupError> {
        let folders = folders();
        let (initdb, postgres, psql) =
            (find("initdb", &folders)?, find("postgres", &folders)?, find("psql", &folders)?);
        let folder = tempfile::Builder::new().prefix("brooklet-postgres-").tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        // The server refuses to run as root.
        let user = is_root(folder.path())?.then(other_user).transpose()?;
        if let Some(user) = user {
            chown(folder.path(), Some(user), None)?;
            chown(&data, Some(user), None)?;
        }
        let as_user = |program: &Path| match user {
            Some(_) => vec!["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", "--"]
                .into_iter()
                .map(str::to_owned)
                .chain([program.display().to_string()])
                .collect::<Vec<_>>(),
            None => vec![program.display().to_string()],
        };
        let initdb = as_user(&initdb);
        let data = data.display().to_string();
        let how = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--wal-segsize=1"];
        run(Command::new(&initdb[0]).args(&initdb[1..]).args(["-D", &data, "-U", USER]).args(how))?;

        let port = free_port()?;
        let mut command = as_user(&postgres);
        command.extend(["-D".to_owned(), data, "-p".to_owned(), port.to_string()]);
        command.extend(SETTINGS.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
        let command: Vec<_> = command.iter().map(String::as_str).collect();
        let server = Supervised::start(folder.keep(), SIGNALS, &command)?;
        let postgres = Self { port, psql, databases: AtomicU32::new(0), server };
        postgres.wait()?;
        Ok(postgres)
    }

    /// Starts the server again on the same port, with its data. Returns when it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&self) {
        self.server.order("start");
        self.wait().unwrap_or_else(|error| panic!("PostgreSQL does not start again: {error}"));
    }

    fn wait(&self) -> Result<(), SetupError> {
        self.server.wait(|| run(&mut sql(&self.psql, self.port, "postgres", "SELECT 1")).is_ok())
    }

    /// Creates a new, empty database and answers its URL.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name}");
        if let Err(error) = run(&mut sql(&self.psql, self.port, "postgres", &create)) {
            panic!("no database for this test: {error}");
        }
        format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port)
    }

    /// Locks something in a database until the handle is dropped: what PostgreSQL's `LOCK TABLE` takes, such as
    /// `"table" IN EXCLUSIVE MODE`.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn lock(&self, url: &str, what: &str) -> Locked {
        let database = url.rsplit('/').next().unwrap_or_default();
        let mut command = Command::new(&self.psql);
        command.args(["-X", "-q", "-t", "-A", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.args(["-U", USER, "-d", database]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut client = command.spawn().unwrap_or_else(|error| panic!("psql does not start: {error}"));
        let statements = format!("BEGIN; LOCK TABLE {what}; SELECT 'locked';\n");
        let mut input = client.stdin.take().expect("it was asked for");
        input.write_all(statements.as_bytes()).unwrap_or_else(|error| panic!("psql does not listen: {error}"));
        let mut said = String::new();
        let output = client.stdout.take().expect("it was asked for");
        BufReader::new(output).read_line(&mut said).unwrap_or_else(|error| panic!("psql does not answer: {error}"));
        assert_eq!(said.trim(), "locked", "LOCK TABLE {what}");
        Locked { client, _input: input }
    }

    /// What a statement answers in a database of this server: a line for each row, its values separated by `|`.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn query(&self, url: &str, statement: &str) -> Vec<String> {
        let database = url.rsplit('/').next().unwrap_or_default();
        let answer = run(sql(&self.psql, self.port, database, statement).args(["-t", "-A"]));
        let answer = answer.unwrap_or_else(|error| panic!("{statement}: {error}"));
        answer.lines().map(str::to_owned).collect()
    }
}

/// Something that is locked until this is dropped.
#[derive(Debug)]
pub struct Locked {
    client: Child,
    /// The client ends, and its transaction with it, when this is closed.
    _input: ChildStdin,
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.client.kill().ok();
        self.client.wait().ok();
    }
}

/// A call of the command-line client.
fn sql(psql: &Path, port: u16, database: &str, statement: &str) -> Command {
    let mut command = Command::new(psql);
    command.args(["-X", "-q", "-h", "127.0.0.1", "-p", &port.to_string(), "-U", USER, "-d", database, "-c", statement]);
    command
}

/// Where distributions put the server's programs, the newest version first.
fn folders() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> =
        versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path()))).collect();
    versions.sort_unstable();
    versions.into_iter().rev().map(|(_, path)| path.join("bin")).collect()
}

/// Whether this process is root: then what it makes belongs to user 0.
fn is_root(made: &Path) -> Result<bool, SetupError> {
    Ok(std::fs::metadata(made)?.uid() == 0)
}

/// The system's number of the user that the server runs as.
fn other_user() -> Result<u32, SetupError> {
    find("setpriv", &[])?;
    let number = run(Command::new("id").args(["-u", USER]))?;
    number.parse().map_err(|_| SetupError::Missing { program: format!("the system's user {USER}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_survives_a_crash() {
        let server = Postgres::start().expect("PostgreSQL starts");
        let url = server.database();
        server.query(&url, "CREATE TABLE kept (number int)");
        server.query(&url, "INSERT INTO kept VALUES (1), (2)");
        server.kill();
        assert!(run(&mut sql(&server.psql, server.port, "postgres", "SELECT 1")).is_err());
        server.start_again();
        assert_eq!(server.query(&url, "SELECT number, number FROM kept ORDER BY 1"), ["1|1", "2|2"]);
    }

    #[test]
    fn each_database_is_new_and_the_server_is_gone_when_dropped() {
        let server = Postgres::start().expect("PostgreSQL starts");
        assert_ne!(server.database(), server.database());
        let (psql, port) = (server.psql.clone(), server.port);
        drop(server);
        assert!(run(&mut sql(&psql, port, "postgres", "SELECT 1")).is_err());
    }

    #[test]
    fn a_server_that_was_stopped_has_its_data_when_it_is_started_again() {
        let server = Postgres::start().expect("PostgreSQL starts");
        let ask = |statement: &str| run(&mut sql(&server.psql, server.port, "postgres", statement));
        ask("CREATE TABLE kept AS SELECT 1 AS one").expect("it answers");
        server.stop();
        assert!(ask("SELECT 1").is_err());
        server.start_again();
        ask("SELECT one FROM kept").expect("the table is there");
    }
}
