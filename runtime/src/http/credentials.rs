//! What a request shows to prove its session, and what a client is given to show.
//!
//! Programs send `Authorization: Bearer TOKEN`; browsers send a cookie by themselves. A cookie is sent whoever makes the
//! browser send the request, so what is done in its name needs a further proof ([`super::asker`]); a header is not.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use brooklet_state::SessionToken;

use super::peer::Peer;

/// The cookie with the session's token.
pub(super) const COOKIE: &str = "brooklet_session";

/// The header with the proof that a request with a cookie was meant.
pub(super) const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// What a request shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing, or a cookie that is no session's.
    Nothing,
    /// A header; none in it when what it says cannot be a token.
    Bearer(Option<SessionToken>),
    /// A cookie.
    Cookie(SessionToken),
}

impl Shown {
    /// What these headers show. The header comes before the cookie, which browsers cannot leave away.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        if let Some(said) = headers.get(header::AUTHORIZATION).and_then(bearer) {
            return Self::Bearer(SessionToken::parse(said));
        }
        // Where two applications share a host, the browser sends the cookie of the longer path first.
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut values = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == COOKIE).then_some(value)
        });
        values.find_map(SessionToken::parse).map_or(Self::Nothing, Self::Cookie)
    }
}

/// What follows `Bearer`; none with any other scheme.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The header that gives a client its cookie. It lasts until the browser is closed; how long the session lasts, the server
/// decides.
pub(super) fn cookie(token: &SessionToken, peer: &Peer) -> Option<HeaderValue> {
    set_cookie(&format!("{COOKIE}={}", token.as_str()), peer)
}

/// The header that takes it away.
pub(super) fn no_cookie(peer: &Peer) -> Option<HeaderValue> {
    set_cookie(&format!("{COOKIE}=; Max-Age=0"), peer)
}

/// Scripts cannot read the cookie, other sites cannot have it sent.
fn set_cookie(cookie: &str, peer: &Peer) -> Option<HeaderValue> {
    let path = if peer.prefix.is_empty() { "/" } else { &*peer.prefix };
    let secure = if peer.secure { "; Secure" } else { "" };
    let mut value = HeaderValue::try_from(format!("{cookie}; Path={path}; HttpOnly; SameSite=Strict{secure}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> SessionToken {
        SessionToken::from_bytes([7; 32])
    }

    fn shown(headers: &[(HeaderName, String)]) -> Shown {
        let value = |text: &String| HeaderValue::try_from(text).expect("a header");
        Shown::read(&headers.iter().map(|(name, text)| (name.clone(), value(text))).collect())
    }

    #[test]
    fn a_header_comes_before_a_cookie_and_a_cookie_that_is_none_counts_as_nothing() {
        let (bearer, other) = (token(), SessionToken::from_bytes([8; 32]));
        let cookie = |text: String| (header::COOKIE, text);
        let both = [
            (header::AUTHORIZATION, format!("bearer  {}", bearer.as_str())),
            cookie(format!("a=b; brooklet_session={}", other.as_str())),
        ];
        assert_eq!(shown(&both), Shown::Bearer(Some(bearer.clone())));
        assert_eq!(shown(&both[1..]), Shown::Cookie(other.clone()));
        let twice = format!("brooklet_session=old; brooklet_session={}", other.as_str());
        assert_eq!(shown(&[cookie("x=y".to_owned()), cookie(twice)]), Shown::Cookie(other));
        assert_eq!(shown(&[cookie("brooklet_session=; brooklet_sessions=x".to_owned())]), Shown::Nothing);
        assert_eq!(shown(&[(header::AUTHORIZATION, "Bearer nonsense".to_owned())]), Shown::Bearer(None));
        assert_eq!(shown(&[(header::AUTHORIZATION, "Basic YTpi".to_owned())]), Shown::Nothing);
    }

    #[test]
    fn a_cookie_is_for_the_application_and_nobody_else() {
        let peer = Peer { address: "".into(), secure: false, prefix: "".into() };
        let text = |value: Option<HeaderValue>| value.expect("a header").to_str().expect("a text").to_owned();
        let plain = format!("brooklet_session={}; Path=/; HttpOnly; SameSite=Strict", token().as_str());
        assert_eq!(text(cookie(&token(), &peer)), plain);
        let behind = Peer { secure: true, prefix: "/shop".into(), ..peer };
        let gone = "brooklet_session=; Max-Age=0; Path=/shop; HttpOnly; SameSite=Strict; Secure";
        assert_eq!(text(no_cookie(&behind)), gone);
    }
}
