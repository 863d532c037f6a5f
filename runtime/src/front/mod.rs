//! The front of a cluster on one machine: round robin over the nodes that are ready.
//!
//! It stands where a load balancer stands in production, for development and for tests, and promises what a good one does:
//!
//! - A node takes part while its `/ready` says so; a connection that it refuses takes it out at once.
//! - A request that no byte of has left goes to the next node. One that may have been started is sent again only when it
//!   is a `GET` or a `HEAD` without a body: anything else could be done twice, so that its client is told (502).
//! - Bodies stream through in both directions. Everything is bounded: calls, bodies, times, resting connections.
//! - Nodes learn the client in `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`; what a client that is not a trusted proxy
//!   wrote there is dropped.
//!
//! It keeps no sessions, replaces no node, and knows nothing about what the nodes serve.

mod backend;
mod connections;
mod forward;
mod headers;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
};

use axum::{Router, serve::ListenerExt};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{limits::fixed::FRONT_CALLS_MAX, options::HttpOptions};
use backend::Backend;

/// A front and its nodes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    nodes: Vec<Arc<Backend>>,
    /// Counts requests: where each begins to look for a node.
    turn: AtomicUsize,
    places: Arc<Semaphore>,
    /// Which proxies before the front are believed.
    options: HttpOptions,
}

impl Front {
    /// A front over nodes, by name and address. It begins to ask them whether they are ready. Of the options, those count
    /// that say which proxies are trusted.
    pub fn new(nodes: impl IntoIterator<Item = (String, SocketAddr)>, options: HttpOptions) -> Self {
        let nodes = nodes.into_iter().map(|(name, address)| Backend::watch(name, address)).collect();
        let places = Arc::new(Semaphore::new(FRONT_CALLS_MAX));
        Self { shared: Arc::new(Shared { nodes, turn: AtomicUsize::new(0), places, options }) }
    }

    /// Waits until every node is ready.
    pub async fn all_ready(&self) {
        for node in &self.shared.nodes {
            node.wait_until_ready().await;
        }
    }

    /// Forwards until `stop` is done; then finishes what is under way.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection does without TCP_NODELAY");
            }
        });
        let router = Router::new().fallback(forward::forward).with_state(self.shared);
        axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(stop)
            .await
    }
}

#[cfg(test)]
mod tests;
