//! A client of a node or of a front.

use std::{fmt, time::Duration};

use ureq::{Agent, http};

use crate::Answer;

/// How long a call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// A client of one server. It keeps its connections, but no cookies.
#[derive(Clone)]
pub struct Client {
    url: String,
    agent: Agent,
}

/// What came back: status, headers, and the body as text.
pub type Reply = http::Response<String>;

impl Client {
    /// A client of `http://127.0.0.1:4711`.
    pub fn new(url: &str) -> Self {
        Self::with_timeout(url, CALL_TIMEOUT)
    }

    /// A client that does not wait for longer.
    pub fn with_timeout(url: &str, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(timeout));
        Self { url: url.trim_end_matches('/').to_owned(), agent: config.build().new_agent() }
    }

    /// `http://127.0.0.1:4711`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:4711`
    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap_or(&self.url)
    }

    /// Sends any request; the error says that no answer came.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Reply, ureq::Error> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response =
            if body.is_empty() { self.agent.run(request.body(())?)? } else { self.agent.run(request.body(body)?)? };
        let (parts, mut body) = response.into_parts();
        Ok(http::Response::from_parts(parts, body.read_to_string()?))
    }

    /// Calls a microflow with a JSON object of arguments; the error says that no answer came.
    pub fn try_call(&self, microflow: &str, arguments: &str) -> Result<Answer, ureq::Error> {
        let path = format!("/api/microflows/{microflow}");
        self.send("POST", &path, &[("content-type", "application/json")], arguments).map(Answer::from)
    }

    /// Calls a microflow with a JSON object of arguments.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn call(&self, microflow: &str, arguments: &str) -> Answer {
        self.try_call(microflow, arguments).unwrap_or_else(|error| panic!("{microflow} on {}: {error}", self.url))
    }

    /// Reads a path; none when no answer comes.
    pub fn try_get(&self, path: &str) -> Option<Answer> {
        self.send("GET", path, &[], "").ok().map(Answer::from)
    }

    /// Reads a path.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").map_or_else(|error| panic!("GET {path} on {}: {error}", self.url), Answer::from)
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let content_type = reply.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        Self {
            status: reply.status().as_u16(),
            content_type: content_type.unwrap_or_default().to_owned(),
            body: reply.into_body(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.url).finish_non_exhaustive()
    }
}
