//! Choosing a store by its URL.

use std::sync::Arc;

use brooklet_store::Store;

use crate::{
    Memory, State, StateError, StateOptions,
    redis::{Redis, bad_url},
    sql::Sql,
};

/// Connects to a store of sessions.
///
/// | URL | store |
/// | --- | --- |
/// | `memory` | this process: for one node, whose sessions end with it |
/// | `sql` | the application's database |
/// | `redis://user:password@host:port/database?prefix=shop` | Redis; applications that share a database each need a prefix |
/// | `rediss://…` | the same with TLS; `ca=/path/to/ca.pem` names a certificate authority to trust instead of the system's |
///
/// # Errors
/// [`StateError::Url`] when the URL names no store, [`StateError::Unavailable`] when the store does not answer.
pub async fn connect(url: &str, store: &Store, options: StateOptions) -> Result<Arc<dyn State>, StateError> {
    match url {
        "memory" => Ok(Arc::new(Memory::new(options))),
        "sql" => Ok(Arc::new(Sql::connect(store, options).await?)),
        _ if url.starts_with("redis:") || url.starts_with("rediss:") => {
            Ok(Arc::new(Redis::connect(url, options).await?))
        }
        _ => Err(bad_url(url, "there is no store of that kind")),
    }
}
