//! The HTTP interface of a node. The only module that knows HTTP.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /api/microflows/{Module.Name}`, a JSON object of arguments | `{"result": …, "effects": […]}` |
//! | `GET /api/microflows` | names and signatures of what the client may call |
//! | `GET /api/objects/{Module.Entity}?where=&sort=&limit=&offset=&count=` | `{"objects": […], "count": …, "effects": […]}` |
//! | `POST /api/objects/{Module.Entity}` | a new object in the session: `{"object": …, "effects": […]}`, `Location`, `ETag` |
//! | `GET`, `PATCH`, `DELETE /api/objects/{Module.Entity}/{id}` | the object as the session sees it, changes of it, its end |
//! | `POST /api/objects/{Module.Entity}/{id}/{Association}` | where an association leads: `{"add": […], "remove": […]}` |
//! | `POST /api/objects/{Module.Entity}/{id}/commit`, `…/rollback` | the end of an edit |
//! | `POST /api/commit` | several objects in one transaction |
//! | `GET /api/events` | which version of the model serves, and whenever another one does: server-sent events |
//! | `GET /api/openapi.json` | all of this for programs |
//! | `POST /api/login`, `{"name": …, "password": …}` | a session: cookie, token, CSRF token |
//! | `POST /api/logout` | the session ends |
//! | `GET /api/session` | who one is |
//! | `POST /api/session` | a session for a visitor |
//! | `GET /live` | 200 as long as the process runs |
//! | `GET /ready` | 200 when calls should come here, 503 otherwise |
//! | `GET /health` | 200 when the application says that it is well, 503 with what it says otherwise |
//! | `/admin/…` with the administration's token | nodes, sessions, the log: the whole cluster's |
//!
//! The last four are also answered on a port of their own, if there is one ([`Server::administered_on`]).
//!
//! Every error is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with a stable `code`:
//!
//! - **400** the call cannot be understood, **401** who is it, **403** not for this user, **404** there is no such microflow or object, **405**, **413**, **415** as usual;
//! - **409** another transaction is in the way, or the client knows another version of the model, **410** what was in that
//!   version is no more, **422** the model understood the call and refused it (validation,
//!   uniqueness, `throw`), **412** the object is not what the caller saw: the caller's affair;
//! - **500** the model has a fault that no error handler caught, or took more than a limit allows: the operator's affair;
//! - **503** with `Retry-After`: the node is overloaded, not ready, or without its database.
//!
//! # Versions
//!
//! Every answer says in `Brooklet-Version` which version of the model made it. A request may say in the same header which
//! version its client knows. What the client asks for then runs only if it means the same in the version that serves:
//! otherwise the answer is **410** (it is no more) or **409** (it is something else), and the client reads the model again.
//!
//! During maintenance every answer says in `Brooklet-Maintenance` what clients may do: `notice` everything, `read-only`, or
//! `blocked` nothing. What they may not do is **503** `maintenance`.
//!
//! A client that closes its connection cancels its call: the transaction is rolled back.

mod admin;
mod api;
mod around;
mod asker;
mod credentials;
mod events;
mod health;
mod maintenance;
mod objects;
mod openapi;
pub mod origin;
mod peer;
mod problem;
mod retrieve;
mod server;
mod session;
mod version;
mod versions;

use std::{io, ops::Deref, sync::Arc};

use axum::{
    Router,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use tokio::net::TcpListener;

use crate::{
    Node,
    cluster::Member,
    options::{ApiDocs, HttpOptions},
    users::notices,
};
pub use openapi::document as openapi_document;
pub use origin::Origin;
pub(crate) use problem::{Problem, codes};
pub use server::Server;

/// What handlers share: one pointer, because a request copies it often.
#[derive(Clone)]
struct Shared(Arc<Common>);

struct Common {
    node: Arc<Node>,
    member: Member,
    options: Arc<HttpOptions>,
    /// What the application said last about its health.
    health: health::LastWord,
    /// The description of the interface.
    openapi: openapi::Known,
    /// Streams of events.
    events: events::Places,
}

impl Shared {
    fn new(member: Member, options: Arc<HttpOptions>) -> Self {
        Self(Arc::new(Common {
            node: member.node().clone(),
            member,
            options,
            health: health::LastWord::default(),
            openapi: openapi::Known::default(),
            events: events::Places::default(),
        }))
    }
}

impl Deref for Shared {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.0
    }
}

/// Serves a node on its own until `stop` is done; then finishes what is under way, for a while.
pub async fn serve(
    node: Arc<Node>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    say_notices(&node, listener.local_addr().is_ok_and(|address| !address.ip().is_loopback()));
    let options = HttpOptions { drain_delay: std::time::Duration::ZERO, ..HttpOptions::default() };
    Server::new(Member::alone(node), options).serve(listener, stop).await
}

/// Says in the log what whoever starts a node must know of the version that it serves. `is_reachable`: from other machines.
pub fn say_notices(node: &Node, is_reachable: bool) {
    let Some(version) = node.version() else { return };
    for notice in notices(&version.manifest().security, is_reachable) {
        if notice.is_warning {
            tracing::warn!("{}", notice.text);
        } else {
            tracing::info!("{}", notice.text);
        }
    }
}

/// The application's interface.
fn application(shared: Shared) -> Router {
    let calls = Router::new()
        .route("/api/microflows/{name}", post(api::call))
        .route("/api/microflows", get(api::list))
        .route("/api/objects/{entity}", get(objects::retrieve).post(objects::create))
        .route("/api/objects/{entity}/{id}", get(objects::read_one).patch(objects::change).delete(objects::delete))
        .route("/api/objects/{entity}/{id}/{action}", post(objects::act))
        .route("/api/commit", post(objects::commit))
        .route("/api/login", post(session::login))
        .route("/api/logout", post(session::logout))
        .route("/api/session", get(session::session).post(session::visit))
        .route("/api/events", get(events::serve));
    finish(calls.merge(description(&shared, ApiDocs::On)), shared)
}

/// The administration's interface, on a port of its own.
fn administration(shared: Shared) -> Router {
    finish(description(&shared, ApiDocs::Admin), shared)
}

/// The description of the interface, on the port for which it is meant.
fn description(shared: &Shared, port: ApiDocs) -> Router<Shared> {
    if shared.options.api_docs == port {
        Router::new().route("/api/openapi.json", get(openapi::serve))
    } else {
        Router::new()
    }
}

/// What every port has: health, administration, errors, and where requests come from.
fn finish(router: Router<Shared>, shared: Shared) -> Router {
    let router = router.merge(health::routes());
    let router = match &shared.options.admin_token {
        Some(token) => router.merge(admin::routes(shared.clone(), token.clone())),
        None => router,
    };
    router
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
        .layer(middleware::from_fn_with_state(shared.clone(), around::attend))
        .with_state(shared)
}
