//! Where a request comes from, and under which address its client knows the application.
//!
//! A request's connection says who sent it: the client, or a proxy. What a proxy says about the client in
//! `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `-Prefix`, or in `Forwarded` (RFC 7239), is believed if the proxy is in
//! a trusted network. Proxies append, so the list of addresses is read from its end, past every trusted one: the first
//! address that is not trusted is the client's, whatever the client wrote before it. The other headers are read at the
//! same distance from the end.
//!
//! Where `X-Forwarded-For` is there, `Forwarded` is not read: a proxy that writes one may pass on whatever came as the other.
//!
//! [`Origin`] is an extension of every request. The deployment's root URL, where there is one, comes before all of it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::http::{HeaderMap, header, header::AsHeaderName};

use crate::options::HttpOptions;

/// Hosts longer than this are no hosts.
const HOST_BYTES: usize = 255;
/// Prefixes longer than this are not believed.
const PREFIX_BYTES: usize = 1024;
/// Proxies that one request passes.
const HOPS: usize = 32;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED_PORT: &str = "x-forwarded-port";
const FORWARDED_PREFIX: &str = "x-forwarded-prefix";

/// Where a request comes from, and under which address its client knows the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client.
    pub address: IpAddr,
    /// `http` or `https`, as the client speaks it: cookies are `Secure` with `https`.
    pub scheme: &'static str,
    /// The host, with its port if that is not the scheme's.
    pub host: Arc<str>,
    /// What stands before every path of the application, such as `/shop`: cookies have it as their path. Mostly empty.
    pub prefix: Arc<str>,
}

impl Origin {
    /// A link to a path of the application: `https://shop.example/app/orders` for `/orders`.
    pub fn link(&self, path: &str) -> String {
        format!("{}://{}{}{path}", self.scheme, self.host, self.prefix)
    }

    /// Whether the client's connection is encrypted.
    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// What the headers of a request say, as far as they are believed.
    pub(crate) fn of(peer: IpAddr, headers: &HeaderMap, uri_host: Option<&str>, options: &HttpOptions) -> Self {
        let peer = peer.to_canonical();
        let claim = if options.trusts(peer) { Claim::read(peer, headers, options) } else { Claim::none(peer) };
        let scheme = claim.scheme.unwrap_or("http");
        let said = headers.get(header::HOST).and_then(|value| value.to_str().ok()).or(uri_host).and_then(host);
        let host = claim.host.or(said).unwrap_or_else(|| "localhost".to_owned());
        let prefix = claim.prefix.unwrap_or_default();
        match &options.root_url {
            Some(root) => Self {
                address: claim.address,
                scheme: root.scheme,
                host: root.host.clone(),
                prefix: root.prefix.clone(),
            },
            None => Self { address: claim.address, scheme, host: host.into(), prefix: prefix.into() },
        }
    }
}

/// What trusted proxies say about a client.
#[derive(Debug)]
struct Claim {
    address: IpAddr,
    scheme: Option<&'static str>,
    host: Option<String>,
    prefix: Option<String>,
}

impl Claim {
    fn none(address: IpAddr) -> Self {
        Self { address, scheme: None, host: None, prefix: None }
    }

    fn read(peer: IpAddr, headers: &HeaderMap, options: &HttpOptions) -> Self {
        let chain = elements(headers, FORWARDED_FOR);
        if chain.is_empty() && headers.contains_key(header::FORWARDED) {
            return Self::read_forwarded(peer, headers, options);
        }
        let (address, hops) = client(peer, chain.iter().map(|element| address(element)), options);
        let at = |name: &str| behind(&elements(headers, name), hops);
        let port = at(FORWARDED_PORT).and_then(|port| port.parse::<u16>().ok());
        let scheme = at(FORWARDED_PROTO).and_then(|scheme| scheme_of(&scheme));
        let host = at(FORWARDED_HOST).and_then(|name| host(&name));
        Self {
            address,
            scheme,
            host: host.map(|host| with_port(host, scheme.unwrap_or("http"), port)),
            prefix: at(FORWARDED_PREFIX).and_then(|path| prefix(&path)),
        }
    }

    fn read_forwarded(peer: IpAddr, headers: &HeaderMap, options: &HttpOptions) -> Self {
        let chain: Vec<_> = elements(headers, header::FORWARDED).iter().map(|one| Hop::read(one)).collect();
        let (address, hops) = client(peer, chain.iter().map(|hop| hop.address), options);
        let hop = chain.len().checked_sub(hops.max(1)).or(Some(0)).and_then(|at| chain.get(at));
        let prefix = behind(&elements(headers, FORWARDED_PREFIX), hops).and_then(|path| prefix(&path));
        Self { address, scheme: hop.and_then(|hop| hop.scheme), host: hop.and_then(|hop| hop.host.clone()), prefix }
    }
}

/// An element of `Forwarded`.
#[derive(Debug, Default)]
struct Hop {
    address: Option<IpAddr>,
    scheme: Option<&'static str>,
    host: Option<String>,
}

impl Hop {
    fn read(element: &str) -> Self {
        let mut hop = Self::default();
        for (name, value) in element.split(';').filter_map(|pair| pair.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => hop.address = address(value),
                "proto" => hop.scheme = scheme_of(value),
                "host" => hop.host = host(value),
                _ => {}
            }
        }
        hop
    }
}

/// The client's address, and how many proxies have put their word into the list. What cannot be read ends the list.
fn client(
    peer: IpAddr,
    chain: impl DoubleEndedIterator<Item = Option<IpAddr>>,
    options: &HttpOptions,
) -> (IpAddr, usize) {
    let mut client = peer;
    let mut hops = 0;
    for said in chain.rev().take(HOPS) {
        let Some(said) = said.filter(|_| options.trusts(client)) else { break };
        client = said;
        hops += 1;
    }
    (client, hops)
}

/// All elements of a header that may come several times, in order.
fn elements(headers: &HeaderMap, name: impl AsHeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|element| element.trim().to_owned()).collect()
}

/// The element that the outermost trusted proxy has put in.
fn behind(elements: &[String], hops: usize) -> Option<String> {
    let at = elements.len().saturating_sub(hops.max(1));
    elements.get(at).cloned()
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(text);
    let found = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    found.map(|address: IpAddr| address.to_canonical())
}

fn scheme_of(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme))
}

/// A host as it may stand in a link.
pub(crate) fn host(text: &str) -> Option<String> {
    let is_fit = |one: char| one.is_ascii_alphanumeric() || ".-_:[]".contains(one);
    (!text.is_empty() && text.len() <= HOST_BYTES && text.chars().all(is_fit)).then(|| text.to_ascii_lowercase())
}

/// A path as it may stand before every path of the application, without a slash at its end.
pub(crate) fn prefix(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/');
    if text.is_empty() {
        return Some(String::new());
    }
    let is_fit = |one: char| one.is_ascii_alphanumeric() || "/-._~%".contains(one);
    // `//host` would be a link to another host.
    let is_path = text.starts_with('/') && !text.contains("//") && !text.split('/').any(|part| part == "..");
    (is_path && text.len() <= PREFIX_BYTES && text.chars().all(is_fit)).then(|| text.to_owned())
}

fn with_port(host: String, scheme: &str, port: Option<u16>) -> String {
    let usual = if scheme == "https" { 443 } else { 80 };
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']') && port.parse::<u16>().is_ok());
    match port {
        Some(port) if port != usual && !has_port => format!("{host}:{port}"),
        _ => host,
    }
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
