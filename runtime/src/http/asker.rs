//! Who sends a request: what every handler that acts for somebody extracts.
//!
//! A handler takes an [`Asker`] and gives [`Asker::caller`] to the node. When the node grants a visitor a session, the handler
//! answers [`granted`]; the cookie, and the end of a cookie whose session is no more, are put on the answer by [`keep`], which
//! is around all handlers of the interface.
//!
//! # Forged requests
//!
//! Another site can make a browser send a request with its cookies. `SameSite=Strict` keeps the cookie at home in every
//! browser of today; that is one line of defence. The other: a request with a cookie that may change something needs the
//! header `X-Csrf-Token`, whose value only somebody can know to whom this server has said it. A request with a bearer token
//! needs none, as nobody adds that header for somebody else.
//!
//! A model whose security is off asks for none: everybody may do everything there without any cookie, so that there is
//! nothing to gain by forging. The visitor's own session, which could be written to, is kept by `SameSite`.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use brooklet_model::SecurityLevel;
use brooklet_state::SessionToken;

use super::{
    Origin, Shared,
    credentials::{self, CSRF, Shown},
    peer::Peer,
    problem::{Code, Problem, codes},
    version,
};
use crate::{
    flow::failure_codes,
    limits::fixed::USER_AGENT_LENGTH,
    session::{Caller, Client, Grant},
};

/// Who sends a request. Extracting it refuses requests that may be forged.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    client: Client,
}

impl Asker {
    /// Who sends a request that is to get another session in the place of the one that it shows.
    pub(super) fn replaced(parts: &Parts) -> Self {
        Self::new(parts, Shown::read(&parts.headers)).unwrap_or_else(|_| Self::of(parts, None, false))
    }

    fn new(parts: &Parts, shown: Shown) -> Result<Self, Problem> {
        match shown {
            Shown::Nothing => Ok(Self::of(parts, None, false)),
            Shown::Bearer(Some(token)) => Ok(Self::of(parts, Some(token), false)),
            Shown::Bearer(None) => Err(no_token()),
            Shown::Cookie(token) => Ok(Self::of(parts, Some(token), true)),
        }
    }

    fn of(parts: &Parts, token: Option<SessionToken>, forget_unknown: bool) -> Self {
        let said = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let user_agent: String = said.chars().take(USER_AGENT_LENGTH).collect();
        let address = Peer::of(&parts.extensions).address;
        let version = version::said(&parts.headers);
        let word = version::word(&parts.headers);
        Self { client: Client { token, forget_unknown, address, user_agent: user_agent.into(), version, word } }
    }

    /// On whose behalf the node is to act.
    pub(super) fn caller(self) -> Caller {
        Caller::Client(self.client)
    }

    /// The client.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }
}

impl FromRequestParts<Shared> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let shown = Shown::read(&parts.headers);
        if let Shown::Cookie(token) = &shown
            && !is_safe(&parts.method)
            && !is_meant(token, &parts.headers)
            && is_guarded(shared)
        {
            let what = "a request with a cookie needs the header X-Csrf-Token; GET /api/session says its value";
            return Err(Problem::new(StatusCode::FORBIDDEN, codes::CSRF_TOKEN, what));
        }
        Self::new(parts, shown)
    }
}

/// Whether the method changes nothing.
fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// Whether the request comes from somebody whom this server has told the token.
fn is_meant(token: &SessionToken, headers: &HeaderMap) -> bool {
    headers.get(CSRF).and_then(|value| value.to_str().ok()).is_some_and(|said| token.is_csrf(said))
}

/// Whether there is something to gain by forging. Without a version, nothing happens anyway.
fn is_guarded(shared: &Shared) -> bool {
    shared.node.version().is_some_and(|version| version.manifest().security.level != SecurityLevel::Off)
}

/// What cannot be a token is the token of no session.
fn no_token() -> Problem {
    let what = "the header Authorization has no token of a session; POST /api/login gives one";
    Problem::new(StatusCode::UNAUTHORIZED, failure_codes::SESSION_UNKNOWN, what)
}

/// An answer that gives a visitor the session that was opened for it.
pub(super) fn granted(answer: impl IntoResponse, grant: Option<Grant>) -> Response {
    let mut response = answer.into_response();
    if let Some(grant) = grant {
        response.extensions_mut().insert(grant);
    }
    response
}

/// Whether the session that the request showed has ended with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left;

/// Puts the cookie of a granted session on the answer, and takes away that of a session that is no more: `has_shown_cookie`.
pub(super) fn keep(origin: &Origin, has_shown_cookie: bool, response: &mut Response) {
    if let Some(Grant { token }) = response.extensions_mut().remove() {
        let cookie = credentials::cookie(&token, &Peer::from(origin));
        let headers = response.headers_mut();
        headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        headers.extend(HeaderValue::try_from(token.csrf()).ok().map(|csrf| (CSRF, csrf)));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else if has_shown_cookie {
        let extensions = response.extensions();
        let is_unknown = extensions.get::<Code>().is_some_and(|code| code.0 == failure_codes::SESSION_UNKNOWN);
        if is_unknown || extensions.get::<Left>().is_some() {
            let cookie = credentials::no_cookie(&Peer::from(origin));
            response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        }
    }
}
