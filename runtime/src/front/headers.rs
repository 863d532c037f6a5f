//! What of a message's head is for the next hop only, and what nodes learn about the client.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts, uri::PathAndQuery};

use crate::http::Origin;

/// Headers that are about one connection.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// What a request says about its client on the way to a node.
const FORWARDED: [&str; 6] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto"];

/// Removes what is about one connection only.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Makes the head of a request from a client one for a node.
pub(super) fn for_node(parts: &mut Parts, origin: &Origin) {
    remove_hop_by_hop(&mut parts.headers);
    // The front has answered it itself.
    parts.headers.remove(header::EXPECT);
    FORWARDED.iter().for_each(|name| drop(parts.headers.remove(*name)));
    let mut say = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            parts.headers.insert(name, value);
        }
    };
    say("x-forwarded-for", &origin.address.to_string());
    say("x-forwarded-proto", origin.scheme);
    say("x-forwarded-host", &origin.host);
    if !origin.prefix.is_empty() {
        say("x-forwarded-prefix", &origin.prefix);
    }
    if !parts.headers.contains_key(header::HOST) {
        // HTTP/1.0 may come without one.
        if let Ok(host) = HeaderValue::from_str(&origin.host) {
            parts.headers.insert(header::HOST, host);
        }
    }
    let path = parts.uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    parts.uri = path.into();
    parts.version = axum::http::Version::HTTP_11;
}
