//! The HTTP interface of a node. The only module that knows HTTP.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /api/microflows/{Module.Name}`, a JSON object of arguments | `{"result": …, "effects": […]}` |
//! | `GET /api/microflows` | names and signatures of what can be called |
//! | `GET /live` | 200 as long as the process runs |
//! | `GET /ready` | 200 when calls can be answered, 503 otherwise |
//!
//! Every error is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with a stable `code`:
//!
//! - **400** the call cannot be understood, **404** there is no such microflow, **405**, **413**, **415** as usual;
//! - **409** another transaction is in the way, **422** the model understood the call and refused it (validation,
//!   uniqueness, `throw`): the caller's affair;
//! - **500** the model has a fault that no error handler caught, or took more than a limit allows: the operator's affair;
//! - **503** with `Retry-After`: the node is overloaded, not ready, or without its database.
//!
//! A client that closes its connection cancels its call: the transaction is rolled back.

mod api;
mod problem;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
    serve::ListenerExt,
};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{Node, limits::fixed::STOP_TIME};
use problem::{Problem, codes};

/// What handlers share.
#[derive(Clone)]
struct Shared {
    node: Arc<Node>,
    /// Set when the node is told to stop: it finishes what it does and is not ready for more.
    stopping: Arc<AtomicBool>,
}

/// Serves a node until `stop` is done; then finishes what is under way, for a while.
pub async fn serve(
    node: Arc<Node>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let shared = Shared { node, stopping: Arc::default() };
    let stopping = shared.stopping.clone();
    let (stopped, deadline) = oneshot::channel();
    let stop = async move {
        stop.await;
        stopping.store(true, Relaxed);
        // Nobody waits for the deadline when the server has ended already.
        let _ = stopped.send(());
    };
    // Answers are small: waiting to fill a packet would only delay them.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection does without TCP_NODELAY");
        }
    });
    let serving = axum::serve(listener, router(shared)).with_graceful_shutdown(stop);
    let drained = async {
        if deadline.await.is_ok() {
            tokio::time::sleep(STOP_TIME).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = serving => ended,
        () = drained => {
            tracing::warn!(seconds = STOP_TIME.as_secs(), "calls were still under way when the node stopped");
            Ok(())
        }
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/api/microflows/{name}", post(api::call))
        .route("/api/microflows", get(api::list))
        .route("/live", get(|| async { "live\n" }))
        .route("/ready", get(api::ready))
        .fallback(|| async {
            Problem::new(
                StatusCode::NOT_FOUND,
                codes::NOT_FOUND,
                "there is nothing here; call a microflow with POST /api/microflows/{Module.Name}",
            )
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                codes::METHOD_NOT_ALLOWED,
                "this path does not take this method; microflows are called with POST",
            )
        })
        .with_state(shared)
}
