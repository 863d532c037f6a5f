//! A client of the application: a browser with its cookie, or a program with its token.

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use ureq::{Agent, http};

/// The cookie with the session's token.
const COOKIE: &str = "brooklet_session";

/// The header that proves that a request with a cookie was meant.
const CSRF: &str = "x-csrf-token";

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client. It opens a connection for each request, as if there were a balancer without memory in between.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: Agent,
    proof: Proof,
}

/// What a client shows to prove its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Nothing,
    Bearer(String),
    Cookie { token: String, csrf: String },
}

/// Who can log in to the desk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
}

pub(crate) const AGENT: User = User { name: "agent", password: "Agent-of-the-desk-1" };
pub(crate) const MANAGER: User = User { name: "manager", password: "Manager-of-the-desk-1" };

/// What came back for a request.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
    pub(crate) took: Duration,
}

/// No answer came.
#[derive(Clone, Debug)]
pub(crate) struct Lost {
    pub(crate) why: String,
    pub(crate) took: Duration,
}

impl Client {
    /// Somebody without a session.
    pub(crate) fn visitor() -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).max_idle_connections(0).timeout_global(Some(PATIENCE));
        Self { agent: config.build().new_agent(), proof: Proof::Nothing }
    }

    /// Somebody who has logged in, and has the cookie.
    pub(crate) fn login(base: &str, user: User) -> Self {
        let (client, reply) = Self::try_login(base, user).unwrap_or_else(|lost| panic!("{base}: {lost}"));
        client.unwrap_or_else(|| panic!("{} cannot log in at {base}: {reply}", user.name))
    }

    /// Logs in; no client when that is refused.
    pub(crate) fn try_login(base: &str, user: User) -> Result<(Option<Self>, Reply), Lost> {
        let visitor = Self::visitor();
        let reply = visitor.post(base, "/api/login", &json!({"name": user.name, "password": user.password}))?;
        let proof = reply.proof().filter(|_| reply.status == 200);
        Ok((proof.map(|proof| Self { proof, ..visitor }), reply))
    }

    /// Calls a microflow that leaves something to keep; answers the client with the session that it was given.
    pub(crate) fn write_first(&self, base: &str, microflow: &str, arguments: &Value) -> (Self, Reply) {
        let reply =
            self.call(base, microflow, arguments).unwrap_or_else(|lost| panic!("{microflow} at {base}: {lost}"));
        let proof = reply.proof().unwrap_or_else(|| panic!("no session was given: {reply}"));
        (Self { proof, ..self.clone() }, reply)
    }

    /// The same client as a program, which sends its token in a header.
    pub(crate) fn as_program(&self) -> Self {
        match &self.proof {
            Proof::Cookie { token, .. } => Self { proof: Proof::Bearer(token.clone()), ..self.clone() },
            _ => self.clone(),
        }
    }

    pub(crate) fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Calls a microflow.
    pub(crate) fn call(&self, base: &str, microflow: &str, arguments: &Value) -> Result<Reply, Lost> {
        self.post(base, &format!("/api/microflows/{microflow}"), arguments)
    }

    /// Calls a microflow that must succeed.
    pub(crate) fn result(&self, base: &str, microflow: &str, arguments: &Value) -> Value {
        let reply =
            self.call(base, microflow, arguments).unwrap_or_else(|lost| panic!("{microflow} at {base}: {lost}"));
        assert_eq!(reply.status, 200, "{microflow} at {base}: {reply}");
        reply.body["result"].clone()
    }

    pub(crate) fn logout(&self, base: &str) -> Result<Reply, Lost> {
        self.post(base, "/api/logout", &json!({}))
    }

    pub(crate) fn get(&self, base: &str, path: &str) -> Result<Reply, Lost> {
        self.send("GET", base, path, None, &[])
    }

    pub(crate) fn post(&self, base: &str, path: &str, body: &Value) -> Result<Reply, Lost> {
        self.send("POST", base, path, Some(body), &[])
    }

    /// Sends any request.
    pub(crate) fn send(
        &self,
        method: &str,
        base: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Reply, Lost> {
        let mut request = http::Request::builder().method(method).uri(format!("{base}{path}"));
        match &self.proof {
            Proof::Nothing => {}
            Proof::Bearer(token) => request = request.header("authorization", format!("Bearer {token}")),
            Proof::Cookie { token, csrf } => {
                request = request.header("cookie", format!("{COOKIE}={token}")).header(CSRF, csrf);
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let began = Instant::now();
        let lost = |error: ureq::Error| Lost { why: error.to_string(), took: began.elapsed() };
        let sent = match body {
            None => self.agent.run(request.body(()).expect("a request")),
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body.to_string());
                self.agent.run(request.expect("a request"))
            }
        };
        let mut response = sent.map_err(lost)?;
        let text = response.body_mut().read_to_string().map_err(lost)?;
        Ok(Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            took: began.elapsed(),
        })
    }
}

impl Reply {
    /// The code of a problem document; empty when it is none.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().filter(|_| self.status >= 400).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// The session that the answer gives: a cookie, and the token that goes with it.
    fn proof(&self) -> Option<Proof> {
        let token = self.cookie()?;
        let csrf = self.header(CSRF).or_else(|| self.body["csrf"].as_str().map(str::to_owned));
        Some(Proof::Cookie { token, csrf: csrf.unwrap_or_else(|| panic!("no CSRF token: {self}")) })
    }

    /// The token in the cookie that the answer sets.
    fn cookie(&self) -> Option<String> {
        let mut cookies = self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookie = cookies.find_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('='))?;
        cookie.split(';').next().map(str::to_owned)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} after {:?}", self.status, self.body, self.took)
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer after {:?}: {}", self.took, self.why)
    }
}
