//! The end of a run: the session's objects and the database, both or neither.

use brooklet_state::Saved;
use brooklet_store::Marker;

use super::{
    Grant, Sessions, Visit,
    envelope::Envelope,
    image::{self, Decoded},
    sessions::{objects, unknown_session, unreadable},
    visit::Stored,
};
use crate::{
    errors::{Interruption, LimitExceeded, codes},
    flow::{Failure, FailureKind, failure_codes},
    objects::Remembered,
    request::Request,
};

/// How a run of a call ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// What it did is done. A visitor who has a session from now on is granted it.
    Done(Option<Grant>),
    /// Another request of the session came first. Nothing was done: run the call again.
    Overtaken,
}

/// What is to be written to the state store.
struct Change {
    image: Vec<u8>,
    /// Names the database transaction that goes with it.
    marker: Option<Marker>,
}

impl Sessions {
    /// Puts the session's objects into the request.
    pub(crate) fn restore(&self, visit: &Visit, request: &mut Request) -> Result<(), Failure> {
        let Decoded { objects, lost } = objects(visit, request.model())?;
        if !lost.is_empty() {
            // Until the session is written without them, in each answer.
            let what = format!("the session held what the model has no place for any more: {}", lost.join(", "));
            request.notice("session", what);
        }
        let manifest = request.model().manifest().clone();
        request.restore(objects).map_err(|cause| Failure::of_interruption(cause, &manifest))
    }

    /// Ends a run that succeeded: writes the session's objects, if they changed, and makes durable what was committed.
    pub(crate) async fn leave(&self, visit: &Visit, request: &mut Request, version: &str) -> Result<Ended, Failure> {
        let consequences = self.consequences(request, Some(visit.id));
        let ended = match consequences.before_commit(request).await {
            Ok(()) => self.write_both(visit, request, version).await,
            Err(failure) => {
                // Dropping it rolls back as well.
                request.finish_err().await.ok();
                Err(failure)
            }
        };
        consequences.after_commit().await;
        ended
    }

    /// Writes the session's objects, if they changed, and the database.
    async fn write_both(&self, visit: &Visit, request: &mut Request, version: &str) -> Result<Ended, Failure> {
        let manifest = request.model().manifest().clone();
        let failure = |cause: Interruption| Failure::of_interruption(cause, &manifest);
        let Some(change) = self.change(visit, request)? else {
            request.finish_ok().await.map_err(failure)?;
            self.touch(visit, version);
            return Ok(Ended::Done(None));
        };
        let revision = match self.write(visit, &change, version).await {
            Ok(Some(revision)) => revision,
            Ok(None) => {
                request.finish_err().await.map_err(failure)?;
                return Ok(Ended::Overtaken);
            }
            Err(failure) => {
                if let Err(error) = request.finish_err().await {
                    tracing::warn!(%error, "the transaction could not be rolled back; the database will do it");
                }
                return Err(failure);
            }
        };
        let ended = match change.marker {
            Some(marker) => request.finish_marked(marker).await,
            None => request.finish_ok().await,
        };
        match ended {
            Ok(()) => {
                change.marker.into_iter().for_each(|marker| self.known.add(marker));
                let grant = visit.stored.is_none().then(|| Grant { token: visit.token.clone() });
                Ok(Ended::Done(grant))
            }
            Err(Interruption::Microflow(error)) if error.code == codes::ABORTED => Ok(Ended::Overtaken),
            Err(cause) => {
                // Whether the database has it may be unknown: then the next request finds out, by the marker.
                let is_known =
                    !matches!(&cause, Interruption::Microflow(error) if error.code == codes::STORE_UNAVAILABLE);
                if is_known {
                    self.take_back(visit, revision, version).await;
                }
                Err(failure(cause))
            }
        }
    }

    /// What changed; none when there is nothing to write.
    fn change(&self, visit: &Visit, request: &Request) -> Result<Option<Change>, Failure> {
        let manifest = request.model().manifest();
        let failure = |cause: Interruption| Failure::of_interruption(cause, manifest);
        let changed = match request.outliving().map_err(failure)? {
            Some(objects) => {
                let image = image::encode(&objects, request.model()).map_err(unreadable)?;
                if image == visit.image {
                    None
                } else {
                    self.within_budget(visit, &objects, &image, request)?;
                    Some(image)
                }
            }
            None => None,
        };
        let marker = || request.has_written().then(|| Marker(u128::from_le_bytes(self.clock.random_bytes())));
        let must_settle = visit.stored.as_ref().is_some_and(|stored| stored.must_settle);
        Ok(match changed {
            Some(image) => Some(Change { image, marker: marker() }),
            None if must_settle => Some(Change { image: visit.image.clone(), marker: None }),
            None => None,
        })
    }

    /// Writes the change; answers the session's revision, or none when another request came first.
    async fn write(&self, visit: &Visit, change: &Change, version: &str) -> Result<Option<u64>, Failure> {
        let image = &change.image;
        let envelope = match change.marker {
            Some(marker) => Envelope::Marked { marker, at_ms: self.clock.now_ms(), image, before: &visit.image },
            None => Envelope::Plain { image },
        };
        let bytes = envelope.to_bytes();
        let Some(Stored { revision, .. }) = &visit.stored else {
            self.open_with(visit.id, &visit.record, &self.seen(&visit.client, version), &bytes).await?;
            return Ok(Some(1));
        };
        match self.save(visit, *revision, &bytes, version).await? {
            Saved::Done { revision } => Ok(Some(revision)),
            Saved::Changed => Ok(None),
            Saved::Gone => Err(unknown_session()),
        }
    }

    /// The database refused: what was written to the state store is not so. If this fails too, the marker says it.
    async fn take_back(&self, visit: &Visit, revision: u64, version: &str) {
        let taken = match visit.stored {
            Some(_) => {
                let before = Envelope::Plain { image: &visit.image }.to_bytes();
                self.save(visit, revision, &before, version).await.map(drop)
            }
            None => self.state.end(visit.id).await.map(drop).map_err(super::sessions::state_failure),
        };
        if let Err(error) = taken {
            tracing::warn!(%error, session = %visit.id, "a session is put right by its next request");
        }
    }

    /// Whether the session may hold that much.
    fn within_budget(
        &self,
        visit: &Visit,
        objects: &[Remembered],
        image: &[u8],
        request: &Request,
    ) -> Result<(), Failure> {
        let limits = &self.limits;
        let exceeded = [
            ("session_objects", objects.len(), limits.objects, "objects of a session"),
            ("session_bytes", image.len(), limits.bytes, "bytes of a session's objects"),
        ];
        let mostly = || most_frequent(objects, request);
        if let Some((limit, found, bound, what)) = exceeded.into_iter().find(|(_, found, bound, _)| found > bound) {
            let exceeded = LimitExceeded { limit, bound: bound as u64, what };
            let message = format!("{exceeded}: it would be {found}, mostly {}", mostly());
            return Err(Failure::new(FailureKind::Limit, failure_codes::SESSION_STATE_LIMIT, message));
        }
        if objects.len() > limits.objects_warning || image.len() > limits.bytes_warning {
            let (id, objects, bytes) = (visit.id.to_string(), objects.len(), image.len());
            tracing::warn!(session = id, objects, bytes, mostly = mostly(), "a session holds much");
        }
        Ok(())
    }
}

/// The entities that most of the objects are of, with their numbers.
fn most_frequent(objects: &[Remembered], request: &Request) -> String {
    const SHOWN: usize = 3;
    let mut counts = std::collections::BTreeMap::new();
    objects.iter().for_each(|object| *counts.entry(object.entity).or_insert(0usize) += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let name = |entity| &request.model().manifest().entity(entity).name;
    let shown: Vec<_> =
        counts.into_iter().take(SHOWN).map(|(entity, count)| format!("{} ({count})", name(entity))).collect();
    shown.join(", ")
}
