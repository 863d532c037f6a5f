//! One node behind the front: its connections, and whether it is ready.

use std::{
    net::SocketAddr,
    sync::{Arc, Weak},
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::connections::{Connections, Unanswered};
use crate::limits::fixed::{FRONT_POLL_INTERVAL, FRONT_POLL_TIME};

/// One node behind the front.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) name: String,
    pub(super) connections: Connections,
    address: SocketAddr,
    ready: watch::Sender<bool>,
    /// Somebody has seen that it may not be ready any more.
    suspected: Notify,
}

impl Backend {
    /// A node that is asked whether it is ready, until it is dropped. It is not before it has said so.
    pub(super) fn watch(name: String, address: SocketAddr) -> Arc<Self> {
        let backend = Arc::new(Self {
            name,
            connections: Connections::new(address),
            address,
            ready: watch::Sender::new(false),
            suspected: Notify::new(),
        });
        tokio::spawn(ask(Arc::downgrade(&backend)));
        backend
    }

    pub(super) fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    pub(super) async fn wait_until_ready(&self) {
        // The sender is in `self`: it cannot be gone.
        let _ = self.ready.subscribe().wait_for(|ready| *ready).await;
    }

    /// Takes it out until it says that it is ready, which it is asked at once.
    pub(super) fn refused(&self, why: &str) {
        self.connections.forget();
        self.set(false, why);
        self.suspected.notify_one();
    }

    /// Asks it at once whether it is still ready: it has said that it closes connections.
    pub(super) fn suspect(&self) {
        self.suspected.notify_one();
    }

    fn set(&self, ready: bool, why: &str) {
        let changed = self.ready.send_if_modified(|before| std::mem::replace(before, ready) != ready);
        match (changed, ready) {
            (true, true) => tracing::info!(node = self.name, "the node takes part"),
            (true, false) => tracing::warn!(node = self.name, why, "the node is left out"),
            (false, _) => {}
        }
    }

    /// Why it is not ready, if so.
    async fn question(&self) -> Result<(), String> {
        let request = Request::get("/ready").header(header::HOST, self.address.to_string()).body(Body::empty());
        let request = request.map_err(|error| error.to_string())?;
        match timeout(FRONT_POLL_TIME, self.connections.send(Box::new(request))).await {
            Ok(Ok(answer)) if answer.status() == StatusCode::OK => Ok(()),
            Ok(Ok(answer)) => Err(format!("it answers {}", answer.status())),
            Ok(Err(Unanswered::Unsent(_, error) | Unanswered::Broken(error))) => Err(error),
            Err(_) => Err("it does not answer".to_owned()),
        }
    }
}

/// Asks again and again.
async fn ask(backend: Weak<Backend>) {
    loop {
        let Some(node) = backend.upgrade() else { return };
        match node.question().await {
            Ok(()) => node.set(true, ""),
            Err(why) => node.set(false, &why),
        }
        tokio::select! {
            () = sleep(FRONT_POLL_INTERVAL) => {}
            // Many requests may see the same sign.
            () = node.suspected.notified() => sleep(FRONT_POLL_INTERVAL / SIGNS_PER_INTERVAL).await,
        }
    }
}

/// How many times more often a node is asked at most when there are signs that it is not ready.
const SIGNS_PER_INTERVAL: u32 = 10;
