//! `GET /api/events`: what a client wants to hear of without asking, as server-sent events.
//!
//! | event | data | when |
//! | --- | --- | --- |
//! | `model` | `{"version": …, "generation": …, "changed": …}` | at once, and whenever the client's session is served by another version |
//! | `maintenance` | `{"maintenance": {"mode": …, "message": …}}`, or null in it when there is none | when it begins, changes or ends for the client's session, and at once if there is one |
//!
//! `changed` is the gravest class of what is different from the version before (`body-only`, `interface`, `additive`,
//! `breaking`), `null` when nothing is or nobody knows. A stream ends when its session does and when its node leaves; the
//! client opens another one, and gets to another node.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use serde_json::json;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

use super::{Shared, asker::Asker, maintenance, problem::Problem, version::ran};
use crate::{
    Node,
    cluster::Member,
    flow::{Announcement, Failure, FailureKind, Maintenance, failure_codes},
    limits::fixed::{EVENT_KEEP_ALIVE, EVENT_LOOK_INTERVAL, EVENT_STREAMS},
    session::Client,
};

/// What reverse proxies must not do with a stream: keep it until it is whole.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// Streams that may be opened yet.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(EVENT_STREAMS)))
    }
}

/// `GET /api/events`.
pub(super) async fn serve(State(shared): State<Shared>, asker: Asker) -> Result<Response, Problem> {
    shared.member.ready()?;
    let place = shared.events.0.clone().try_acquire_owned().map_err(|_| {
        let what = format!("{EVENT_STREAMS} streams of events are open, which is all that may be; try again later");
        Failure::new(FailureKind::Unavailable, failure_codes::OVERLOADED, what)
    })?;
    let announcements = shared.node.announcements();
    let notices = shared.node.notices().subscribe();
    // Whoever may not call is told so, not left waiting.
    let version = shared.node.who(asker.client()).await?.version;
    let listener = Listener {
        node: shared.node.clone(),
        member: shared.member.clone(),
        client: asker.client().clone(),
        announcements,
        notices,
        told: None,
        warned: None,
        is_due: true,
        _place: place,
    };
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let keep_alive = KeepAlive::new().interval(EVENT_KEEP_ALIVE);
    Ok(ran(version, ([UNBUFFERED], Sse::new(events).keep_alive(keep_alive)).into_response()))
}

/// Somebody who listens.
struct Listener {
    node: Arc<Node>,
    member: Member,
    client: Client,
    announcements: watch::Receiver<Option<Announcement>>,
    notices: watch::Receiver<Option<Arc<Maintenance>>>,
    /// The version that the client was told last.
    told: Option<String>,
    /// The maintenance that it was told last.
    warned: Option<Arc<Maintenance>>,
    /// Whether the client may have to be told another.
    is_due: bool,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The next event; none when the stream is to end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.member.is_leaving() {
                return None;
            }
            if self.is_due {
                // Which version serves may depend on the session, so that it is asked for, not read off the announcement.
                match self.node.who(&self.client).await {
                    Ok(who) if self.told.as_ref() != Some(&who.version) => {
                        self.told = Some(who.version.clone());
                        return Some(self.event(&who.version));
                    }
                    Ok(who) => {
                        self.is_due = false;
                        if self.warned != who.maintenance {
                            self.warned = who.maintenance;
                            let data = json!({ "maintenance": maintenance::shown(self.warned.as_deref()) });
                            return Some(Event::default().event("maintenance").data(data.to_string()));
                        }
                    }
                    // Later, when what is not there now is there again.
                    Err(failure) if failure.kind == FailureKind::Unavailable => {}
                    Err(_) => return None,
                }
            }
            let news = async {
                tokio::select! {
                    announced = self.announcements.changed() => announced,
                    noticed = self.notices.changed() => noticed,
                }
            };
            match timeout(EVENT_LOOK_INTERVAL, news).await {
                Ok(Ok(())) => self.is_due = true,
                Ok(Err(_)) => return None,
                Err(_) => {}
            }
        }
    }

    fn event(&mut self, version: &str) -> Event {
        let announced = self.announcements.borrow_and_update().clone();
        let generation = announced.as_ref().map_or(0, |announced| announced.generation);
        let changed = announced.filter(|announced| &*announced.version == version).and_then(|one| one.changed);
        let data = json!({ "version": version, "generation": generation, "changed": changed });
        Event::default().event("model").data(data.to_string())
    }
}
