//! Who is believed about what.

use axum::http::HeaderValue;

use super::*;

fn options() -> HttpOptions {
    let trusted_proxies = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().expect("a network")).to_vec();
    HttpOptions { trusted_proxies, ..HttpOptions::default() }
}

fn origin(peer: &str, headers: &[(&'static str, &'static str)]) -> Origin {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    Origin::of(peer.parse().expect("an address"), &map, None, &options())
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn a_stranger_is_not_believed() {
    let headers = [
        ("host", "app.example"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "for=192.0.2.1;proto=https;host=evil.example"),
    ];
    let origin = origin("203.0.113.9", &headers);
    assert_eq!(origin.address, ip("203.0.113.9"));
    assert_eq!(origin.link("/a"), "http://app.example/a");
    assert!(!origin.is_secure());
}

#[test]
fn a_trusted_proxy_is_believed() {
    let headers = [
        ("host", "node-1:8080"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "Shop.Example"),
        ("x-forwarded-port", "8443"),
        ("x-forwarded-prefix", "/shop/"),
    ];
    for peer in ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"] {
        let origin = origin(peer, &headers);
        assert_eq!(origin.address, ip("192.0.2.1"), "{peer}");
        assert_eq!(origin.link("/a"), "https://shop.example:8443/shop/a");
        assert!(origin.is_secure());
    }
}

#[test]
fn what_the_client_wrote_before_its_proxies_is_not_its_address() {
    let chain = |value| origin("10.0.0.1", &[("x-forwarded-for", value)]).address;
    assert_eq!(chain("1.1.1.1, 192.0.2.1, 10.0.0.2"), ip("192.0.2.1"));
    assert_eq!(chain("10.0.0.9, 192.0.2.1"), ip("192.0.2.1"), "a trusted address before the client's is a lie");
    assert_eq!(chain("192.0.2.1:4711, [fd00::1]:80"), ip("192.0.2.1"));
    assert_eq!(chain("10.0.0.3, 10.0.0.2"), ip("10.0.0.3"), "all are trusted: the first is the client");
    assert_eq!(chain("192.0.2.1, unknown"), ip("10.0.0.1"), "what cannot be read hides what stands before it");
    assert_eq!(chain(""), ip("10.0.0.1"));
    let twice = origin("10.0.0.1", &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "192.0.2.1")]);
    assert_eq!(twice.address, ip("192.0.2.1"), "a second header goes on where the first ends");
}

#[test]
fn other_headers_are_read_at_the_same_distance() {
    let headers = [
        ("x-forwarded-for", "1.1.1.1, 192.0.2.1, 10.0.0.2"),
        ("x-forwarded-proto", "http, https, http"),
        ("x-forwarded-host", "evil.example, shop.example, inner.example"),
    ];
    assert_eq!(origin("10.0.0.1", &headers).link(""), "https://shop.example");
}

#[test]
fn forwarded_is_read_where_there_is_no_other() {
    let headers = [(
        "forwarded",
        "for=1.1.1.1;proto=http;host=evil.example, for=\"[2001:db8::1]:80\";proto=https;host=\"a.example\"",
    )];
    let origin_1 = origin("10.0.0.1", &headers);
    assert_eq!(origin_1.address, ip("2001:db8::1"));
    assert_eq!(origin_1.link("/x"), "https://a.example/x");
    let both =
        [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=1.1.1.1;host=evil.example"), ("host", "b.example")];
    assert_eq!(origin("10.0.0.1", &both).address, ip("192.0.2.1"));
    assert_eq!(origin("10.0.0.1", &both).link(""), "http://b.example");
}

#[test]
fn nonsense_is_left_aside() {
    let headers = [
        ("host", "a.example"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-host", "a b\"<"),
        ("x-forwarded-prefix", "//evil.example"),
    ];
    assert_eq!(origin("10.0.0.1", &headers).link("/x"), "http://a.example/x");
    for wrong in ["/a//b", "/../b", "a", "/a?b", "/a b"] {
        assert_eq!(prefix(wrong), None, "{wrong}");
    }
}

#[test]
fn the_root_url_comes_first() {
    let root_url = Some("https://shop.example/app".parse().expect("a URL"));
    let options = HttpOptions { root_url, ..options() };
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
    headers.insert("x-forwarded-host", HeaderValue::from_static("other.example"));
    let origin = Origin::of(ip("10.0.0.1"), &headers, None, &options);
    assert_eq!((origin.address, origin.link("/a").as_str()), (ip("192.0.2.1"), "https://shop.example/app/a"));
}
