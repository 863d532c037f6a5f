//! The URL of a Redis server.

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, TlsCertificates};

use crate::StateError;

/// What names begin with when the URL has no prefix.
const PREFIX: &str = "default";

/// The longest prefix.
const PREFIX_LENGTH_MAX: usize = 64;

/// Where the sessions are.
pub(super) struct Address {
    pub(super) client: Client,
    /// What the names of all keys begin with.
    pub(super) base: String,
    /// `host:port/database`, for messages.
    pub(super) shown: String,
}

/// Reads a URL: `redis://user:password@host:port/database?prefix=shop`, with TLS `rediss://…?ca=/path/to/ca.pem`.
pub(super) fn parse(url: &str) -> Result<Address, StateError> {
    let parsed = redis::parse_redis_url(url).ok_or_else(|| bad_url(url, "it is no URL"))?;
    if parsed.fragment().is_some() {
        return Err(bad_url(url, "a # has no meaning in it"));
    }
    let (mut prefix, mut authority) = (PREFIX.to_owned(), None);
    for (name, value) in parsed.query_pairs() {
        match name.as_ref() {
            "prefix" => prefix = value.into_owned(),
            "ca" => authority = Some(value.into_owned()),
            _ => return Err(bad_url(url, format!("it has no parameter {name:?}, only prefix and ca"))),
        }
    }
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    if prefix.is_empty() || prefix.len() > PREFIX_LENGTH_MAX || !prefix.chars().all(is_plain) {
        return Err(bad_url(url, "a prefix is up to 64 letters, digits, dots, hyphens and underscores"));
    }
    let info = parsed.into_connection_info().map_err(|error| bad_url(url, error))?;
    // Version 3 of the protocol, because it tells at once when a connection ends.
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let shown = format!("{}/{}", info.addr(), settings.db());
    let client = client(url, info.set_redis_settings(settings), authority)?;
    // The braces make all keys of an application one slot of a Redis cluster, where scripts may use them together.
    Ok(Address { client, base: format!("brooklet:{{{prefix}}}:"), shown })
}

fn client(url: &str, info: ConnectionInfo, authority: Option<String>) -> Result<Client, StateError> {
    match (info.addr(), authority) {
        (ConnectionAddr::Tcp(..) | ConnectionAddr::TcpTls { .. }, None) => {
            Client::open(info).map_err(|error| bad_url(url, error))
        }
        (ConnectionAddr::TcpTls { .. }, Some(file)) => {
            let certificate = std::fs::read(&file).map_err(|error| bad_url(url, format!("{file}: {error}")))?;
            let certificates = TlsCertificates { client_tls: None, root_cert: Some(certificate) };
            Client::build_with_tls(info, certificates).map_err(|error| bad_url(url, format!("{file}: {error}")))
        }
        (_, Some(_)) => Err(bad_url(url, "ca is for rediss:// only")),
        _ => Err(bad_url(url, "only redis:// and rediss:// are supported")),
    }
}

/// A complaint about a URL, which it shows without user and password.
pub(crate) fn bad_url(url: &str, reason: impl ToString) -> StateError {
    let url = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        (None, Some((_, rest))) => format!("…@{rest}"),
        _ => url.to_owned(),
    };
    StateError::Url { url, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(url: &str) -> String {
        match parse(url) {
            Ok(address) => panic!("{url} is understood: {}", address.shown),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_url_says_server_database_and_prefix() {
        let address = parse("redis://shop:pass%40word@cache.example:7000/3?prefix=shop-1").expect("it is good");
        assert_eq!((address.shown.as_str(), address.base.as_str()), ("cache.example:7000/3", "brooklet:{shop-1}:"));
        let settings = address.client.get_connection_info().redis_settings();
        assert_eq!((settings.username(), settings.password(), settings.db()), (Some("shop"), Some("pass@word"), 3));
        let plain = parse("redis://localhost").expect("it is good");
        assert_eq!((plain.shown.as_str(), plain.base.as_str()), ("localhost:6379/0", "brooklet:{default}:"));
    }

    #[test]
    fn a_url_with_tls_is_one() {
        let address = parse("rediss://localhost:7000").expect("it is good");
        assert!(matches!(address.client.get_connection_info().addr(), ConnectionAddr::TcpTls { insecure: false, .. }));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (url, reason) in [
            ("redis://", "host"),
            ("redis://localhost/three", "database"),
            ("redis://localhost?prefix=", "a prefix is"),
            ("redis://localhost?prefix=a{b}", "a prefix is"),
            ("redis://localhost?pool=3", "no parameter \"pool\""),
            ("redis://localhost?ca=/tmp/ca.pem", "rediss:// only"),
            ("rediss://localhost?ca=/no/such/file", "/no/such/file"),
            ("rediss://localhost#insecure", "#"),
            ("unix:///tmp/redis", "only redis://"),
        ] {
            let message = message(url);
            assert!(message.contains(reason), "{url}: {message}");
        }
    }

    #[test]
    fn no_complaint_shows_a_password() {
        for url in [
            "redis://me:hush@localhost/three",
            "redis://:hush@me@localhost?x=1",
            "rediss://me:hush@localhost?ca=/no/such",
            "me:hush@localhost",
        ] {
            let message = message(url);
            assert!(!message.contains("hush"), "{message}");
        }
    }
}
