//! What is around every request: where it comes from, and what every answer bears.
//!
//! One layer for all of it. Each layer of a router costs a request an allocation for its future and a copy of everything
//! inside it, which for five of them was more than the call itself.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::{Origin, Shared, asker, credentials::Shown, maintenance, version};

/// Where the application's interface is, on a port that may have others.
const INTERFACE: &str = "/api/";

/// Puts the [`Origin`] into a request, counts it as long as it is under way, and puts on the answer: the cookie of the session,
/// the version of the model, and of a node that leaves the wish to come by another connection the next time, so that no client
/// sends a request into one that is being closed.
pub(super) async fn attend(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let origin = Origin::of(peer.ip(), request.headers(), request.uri().host(), &shared.options);
    let mut response = if request.uri().path().starts_with(INTERFACE) {
        let _under_way = shared.member.begin_call();
        let headers = request.headers();
        let has_shown_cookie = headers.contains_key(header::COOKIE) && matches!(Shown::read(headers), Shown::Cookie(_));
        request.extensions_mut().insert(origin.clone());
        let mut response = next.run(request).await;
        asker::keep(&origin, has_shown_cookie, &mut response);
        version::say(&shared, &mut response);
        maintenance::say(&shared, &mut response);
        response
    } else {
        request.extensions_mut().insert(origin);
        next.run(request).await
    };
    if shared.member.is_leaving() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
