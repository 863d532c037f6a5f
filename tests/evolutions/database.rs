//! A database for each test, and copies of it.

use std::{
    fmt, fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use brooklet_store::{Options, Store};
use brooklet_test_support::Postgres;

/// Where databases are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Server {
    Sqlite,
    Postgres,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A database: gone with its handle, or with the server.
pub(crate) enum Database {
    Sqlite { folder: tempfile::TempDir },
    Postgres { url: String },
}

impl Database {
    /// A new, empty one.
    pub(crate) fn new(server: Server) -> Self {
        match server {
            Server::Sqlite => Self::Sqlite { folder: tempfile::tempdir().unwrap() },
            Server::Postgres => Self::Postgres { url: Postgres::shared().database() },
        }
    }

    /// Another one with the same in it. Nobody may be connected.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Sqlite { folder } => {
                let copy = tempfile::tempdir().unwrap();
                for file in fs::read_dir(folder.path()).unwrap() {
                    let file = file.unwrap();
                    fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
                }
                Self::Sqlite { folder: copy }
            }
            Self::Postgres { url } => {
                static COPIES: AtomicU32 = AtomicU32::new(0);
                let (server, name) = url.rsplit_once('/').unwrap();
                let copy = format!("copy_{}", COPIES.fetch_add(1, Ordering::Relaxed));
                // Said from another database: the server copies none to which somebody is connected.
                Postgres::shared().query("postgres", &format!("CREATE DATABASE {copy} TEMPLATE {name}"));
                Self::Postgres { url: format!("{server}/{copy}") }
            }
        }
    }

    /// Connects, as if from two processes.
    pub(crate) async fn connect(&self) -> [Store; 2] {
        [self.open().await, self.open().await]
    }

    async fn open(&self) -> Store {
        let url = match self {
            Self::Sqlite { folder } => format!("sqlite:{}", file(folder).display()),
            Self::Postgres { url } => url.clone(),
        };
        Store::connect(&url, Options::default()).await.unwrap()
    }
}

/// Ends all connections: the database may be copied then.
pub(crate) async fn close(stores: [Store; 2]) {
    for store in stores {
        store.close().await;
    }
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("test.sqlite")
}
