//! Sessions over HTTP: logging in and out, and asking who one is.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Shared,
    api::{JSON, arguments},
    asker::{Asker, Left, granted},
    maintenance,
    problem::{Problem, codes},
    version::ran,
};
use crate::{
    flow::{Who, failure_codes},
    session::Grant,
    users::Login,
};

/// What somebody says who logs in. Nothing shows it.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

/// `POST /api/login`. Acts for nobody yet, so that there is no cookie to be misused; but another site must not log its
/// visitors in as somebody else either, so that the body has to say that it is JSON, which no other site can make it say.
pub(super) async fn login(State(shared): State<Shared>, request: Request) -> Result<Response, Problem> {
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        let what = "name and password are sent as JSON, with the header `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, codes::UNSUPPORTED_MEDIA_TYPE, what));
    }
    let (parts, body) = request.into_parts();
    let asker = Asker::replaced(&parts);
    let body = arguments(Request::from_parts(parts, body), shared.node.limits().request.payload_bytes).await?;
    let Ok(Credentials { name, password }) = serde_json::from_slice(&body) else {
        // What serde says about it may quote the password.
        let what = "a login is a JSON object with the texts `name` and `password`";
        return Err(Problem::new(StatusCode::BAD_REQUEST, failure_codes::MALFORMED_JSON, what));
    };
    let login = shared.node.login(&name, &password, asker.client()).await?;
    Ok(opened(login, json!({})))
}

/// `POST /api/logout`. Whoever has no session is out already.
pub(super) async fn logout(State(shared): State<Shared>, asker: Asker) -> Result<Response, Problem> {
    shared.node.logout(asker.client()).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(Left);
    Ok(response)
}

/// `GET /api/session`: who one is. Writes nothing.
pub(super) async fn session(State(shared): State<Shared>, asker: Asker) -> Result<Response, Problem> {
    let who = shared.node.who(asker.client()).await?;
    let about = described(&who);
    Ok(ran(who.version, answer(about)))
}

/// `POST /api/session`: a session for a visitor, for whom a session by itself is only opened when there is something to
/// keep. Whoever has one already keeps it, and is not told its token, which a script in a browser must not get to know.
pub(super) async fn visit(State(shared): State<Shared>, asker: Asker) -> Result<Response, Problem> {
    let (who, login) = shared.node.visit(asker.client()).await?;
    let about = described(&who);
    Ok(match login {
        Some(login) => opened(login, about),
        None => ran(who.version, answer(about)),
    })
}

fn described(who: &Who) -> Value {
    json!({
        "user": who.user,
        "roles": who.roles,
        "anonymous": who.user.is_none(),
        "language": who.language,
        "csrf": who.token.as_ref().map(|token| token.csrf()),
        "version": who.version,
        "maintenance": maintenance::shown(who.maintenance.as_deref()),
    })
}

/// The answer to whom a session was opened for, with what else there is to say.
fn opened(login: Login, mut about: Value) -> Response {
    let Login { token, user, roles, expires_in, version } = login;
    about["user"] = json!(user);
    about["roles"] = json!(roles);
    about["token"] = json!(token.as_str());
    about["csrf"] = json!(token.csrf());
    about["expires_in"] = json!(expires_in.as_secs());
    ran(version, granted(answer(about), Some(Grant { token })))
}

/// Nothing between the node and its client may keep it.
fn answer(body: Value) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    ([(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, no_store)], body.to_string()).into_response()
}
