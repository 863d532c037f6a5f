//! One request, from its client to a node and back.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{Method, Request, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{Shared, backend::Backend, connections::Unanswered, headers};
use crate::{
    flow::failure_codes,
    http::{Origin, Problem, codes},
    limits::fixed::{FRONT_ANSWER_TIME, FRONT_BODY_BYTES, FRONT_UNWANTED_BYTES, FRONT_UNWANTED_TIME},
};

pub(super) async fn forward(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response {
    let Ok(place) = shared.places.clone().try_acquire_owned() else {
        return unavailable(
            failure_codes::OVERLOADED,
            "the front has as many calls as it takes; try again in a moment",
        );
    };
    let (mut parts, body) = request.into_parts();
    let origin = Origin::of(peer.ip(), &parts.headers, parts.uri.host(), &shared.options);
    headers::for_node(&mut parts, &origin);
    match shared.answer(parts, body).await {
        Ok((response, node)) => hand_back(response, &node, place),
        Err(response) => response,
    }
}

impl Shared {
    /// The answer of the first node that takes the request.
    async fn answer(&self, parts: Parts, body: Body) -> Result<(hyper::Response<Incoming>, Arc<Backend>), Response> {
        let again = Again::of(&parts, &body);
        let mut request = Box::new(Request::from_parts(parts, Body::new(Limited::new(body, FRONT_BODY_BYTES))));
        let turn = self.turn.fetch_add(1, Relaxed);
        for offset in 0..self.nodes.len() {
            let node = &self.nodes[turn.wrapping_add(offset) % self.nodes.len()];
            if !node.is_ready() {
                continue;
            }
            match timeout(FRONT_ANSWER_TIME, node.connections.send(request)).await {
                Ok(Ok(response)) => return Ok((response, node.clone())),
                Ok(Err(Unanswered::Unsent(back, why))) => {
                    node.refused(&why);
                    request = back;
                }
                Ok(Err(Unanswered::Broken(why))) => {
                    node.refused(&why);
                    match &again {
                        Some(again) => request = again.request(),
                        None => return Err(failed(&node.name)),
                    }
                }
                Err(_) => return Err(late(&node.name)),
            }
        }
        read_on(request.into_body()).await;
        Err(unavailable(codes::NO_NODE_READY, "no node is ready; try again in a moment"))
    }
}

/// Reads for a while what nobody wants: most clients hear an answer only when they have sent all they have.
async fn read_on(body: Body) {
    let mut body = Limited::new(body, FRONT_UNWANTED_BYTES);
    let read = async { while let Some(Ok(_)) = body.frame().await {} };
    // Too slow is as good as too much.
    let _ = timeout(FRONT_UNWANTED_TIME, read).await;
}

/// A request that may be sent a second time, because it asks for something and changes nothing.
struct Again(Parts);

impl Again {
    fn of(parts: &Parts, body: &Body) -> Option<Self> {
        let is_question = [Method::GET, Method::HEAD].contains(&parts.method) && body.is_end_stream();
        is_question.then(|| Self(parts.clone()))
    }

    fn request(&self) -> Box<Request<Body>> {
        Box::new(Request::from_parts(self.0.clone(), Body::empty()))
    }
}

/// The answer as its client gets it. The request's place is free when all of it is sent.
fn hand_back(response: hyper::Response<Incoming>, node: &Backend, place: OwnedSemaphorePermit) -> Response {
    let (mut parts, body) = response.into_parts();
    if parts.headers.contains_key(header::CONNECTION) {
        // It closes the connection: perhaps it is about to stop.
        node.suspect();
    }
    headers::remove_hop_by_hop(&mut parts.headers);
    let body = body.map_frame(move |frame| {
        let _until_the_end = &place;
        frame
    });
    Response::from_parts(parts, Body::new(body))
}

fn unavailable(code: &'static str, what: &'static str) -> Response {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, what).into_response()
}

fn failed(node: &str) -> Response {
    let what = format!("the node {node} broke off; whether it has done the call is not known");
    Problem::new(StatusCode::BAD_GATEWAY, codes::NODE_FAILED, what).into_response()
}

fn late(node: &str) -> Response {
    let seconds = FRONT_ANSWER_TIME.as_secs();
    let what = format!("the node {node} has not answered within {seconds} s; whether it will do the call is not known");
    Problem::new(StatusCode::GATEWAY_TIMEOUT, codes::NODE_TIMEOUT, what).into_response()
}
