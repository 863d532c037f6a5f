//! Connections to one node, kept for the next request.
//!
//! hyper's own pool does not say whether a request that failed may have reached the node, and that decides whether it may be
//! sent elsewhere. Its connections do: a request of which nothing was written comes back.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Body,
    http::{Request, Response},
};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::limits::fixed::{FRONT_CONNECT_TIME, FRONT_REST_TIME, FRONT_RESTING_CONNECTIONS};

/// Connections to one node.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    address: SocketAddr,
    resting: Arc<Mutex<Vec<Resting>>>,
}

#[derive(Debug)]
struct Resting {
    sender: SendRequest<Body>,
    since: Instant,
}

/// Why a request has no answer.
pub(super) enum Unanswered {
    /// Nothing of it has left: it can go elsewhere.
    Unsent(Box<Request<Body>>, String),
    /// The node may have begun with it.
    Broken(String),
}

impl Connections {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, resting: Arc::default() }
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(&self, mut request: Box<Request<Body>>) -> Result<Response<Incoming>, Unanswered> {
        loop {
            let (mut sender, is_new) = match self.rested() {
                Some(sender) => (sender, false),
                None => match self.open().await {
                    Ok(sender) => (sender, true),
                    Err(error) => return Err(Unanswered::Unsent(request, error)),
                },
            };
            match sender.try_send_request(*request).await {
                Ok(response) => {
                    self.keep(sender);
                    return Ok(response);
                }
                Err(mut failed) => match failed.take_message() {
                    // The node had closed a connection that rested: the next one may be good.
                    Some(unsent) if !is_new => request = Box::new(unsent),
                    Some(unsent) => return Err(Unanswered::Unsent(Box::new(unsent), failed.error().to_string())),
                    None => return Err(Unanswered::Broken(failed.error().to_string())),
                },
            }
        }
    }

    /// Closes all that rest.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    /// The connection that rested last: the others get old, and are closed.
    fn rested(&self) -> Option<SendRequest<Body>> {
        let mut resting = self.lock();
        resting.retain(|one| one.since.elapsed() < FRONT_REST_TIME && !one.sender.is_closed());
        resting.pop().map(|one| one.sender)
    }

    async fn open(&self) -> Result<SendRequest<Body>, String> {
        let stream = timeout(FRONT_CONNECT_TIME, TcpStream::connect(self.address)).await;
        let stream =
            stream.map_err(|_| "it takes too long to connect".to_owned())?.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a node broke");
            }
        });
        Ok(sender)
    }

    /// Lets a connection rest when its answer has been read to the end.
    fn keep(&self, mut sender: SendRequest<Body>) {
        let pool = self.clone();
        tokio::spawn(async move {
            if sender.ready().await.is_ok() {
                let mut resting = pool.lock();
                if resting.len() < FRONT_RESTING_CONNECTIONS {
                    resting.push(Resting { sender, since: Instant::now() });
                }
            }
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Resting>> {
        // What is kept are connections: whoever panicked meanwhile has left them whole.
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
