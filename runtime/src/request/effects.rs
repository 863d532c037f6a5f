//! What a microflow says to the world: log lines, messages, feedback, instructions, expectations.
//!
//! Effects are facts, not work: they stay when an error handler undoes the work around them. They are kept in order and
//! handed to whoever answers the request. Log lines go to the log at once; only the first of them are kept as effects too, so
//! that a chatty loop does not end its request. Every other effect counts towards the limit.

use brooklet_values::{ObjectHandle, Value};

use super::{Member, Request};
use crate::errors::{Interruption, LimitExceeded, Outcome};

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

/// How a message is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Severity {
    Information,
    Warning,
    Error,
}

/// Something that a microflow says to the world. Handles in it are of the request's object space.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A log line.
    Log {
        /// How important it is.
        level: Level,
        /// Which part of the model says it.
        node: String,
        /// The line.
        message: String,
    },
    /// A message for the user.
    Message {
        /// How it is shown.
        severity: Severity,
        /// The text.
        message: String,
        /// Whether the user must confirm it.
        blocking: bool,
    },
    /// A message at a member of an object.
    Feedback {
        /// The object.
        object: ObjectHandle,
        /// The member.
        member: Member,
        /// The text.
        message: String,
    },
    /// Something that the client does.
    Instruction {
        /// What, such as `show-page`.
        kind: String,
        /// With which, such as the page's qualified name.
        name: String,
        /// Its arguments.
        arguments: Vec<(String, Value)>,
    },
    /// Something that the runtime, not the model, tells the client.
    Notice {
        /// About what, such as `session`.
        about: &'static str,
        /// The text.
        message: String,
    },
    /// The outcome of a test's expectation.
    Expectation {
        /// Which one.
        number: u32,
        /// Whether it holds.
        holds: bool,
        /// The values on its sides.
        sides: Vec<Value>,
    },
}

/// The effects of a request.
#[derive(Debug, Default)]
pub(super) struct Effects {
    kept: Vec<Effect>,
    /// Log lines so far, kept or not.
    logs: usize,
    /// Everything else.
    said: usize,
}

impl Request {
    /// WIT `effects.log`.
    pub fn log(&mut self, level: Level, node: String, message: String) -> Outcome<()> {
        let (node, message) = (self.shortened(node), self.shortened(message));
        trace(level, &node, &message);
        self.effects.logs += 1;
        if self.effects.logs <= self.limits.effects {
            self.effects.kept.push(Effect::Log { level, node, message });
        }
        Ok(())
    }

    /// WIT `effects.show-message`.
    pub fn show_message(&mut self, severity: Severity, message: String, blocking: bool) -> Outcome<()> {
        let message = self.shortened(message);
        self.effect(Effect::Message { severity, message, blocking })
    }

    /// WIT `effects.validation-feedback`. Feedback at an empty object is ignored.
    pub fn validation_feedback(&mut self, of: Option<ObjectHandle>, member: Member, message: String) -> Outcome<()> {
        let Some(object) = of else { return Ok(()) };
        self.space.peek(object)?;
        let message = self.shortened(message);
        self.effect(Effect::Feedback { object, member, message })
    }

    /// WIT `effects.instruct`.
    pub fn instruct(&mut self, kind: String, name: String, arguments: Vec<(String, Value)>) -> Outcome<()> {
        self.effect(Effect::Instruction { kind, name, arguments })
    }

    /// WIT `effects.expectation`.
    pub fn expectation(&mut self, number: u32, holds: bool, sides: Vec<Value>) -> Outcome<()> {
        self.effect(Effect::Expectation { number, holds, sides })
    }

    /// Tells the client something on the runtime's own behalf.
    pub(crate) fn notice(&mut self, about: &'static str, message: String) {
        let message = self.shortened(message);
        self.effects.kept.push(Effect::Notice { about, message });
    }

    /// What was said so far, in order; takes it away.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects.kept)
    }

    fn effect(&mut self, effect: Effect) -> Outcome<()> {
        let bound = self.limits.effects;
        self.effects.said += 1;
        if self.effects.said > bound {
            let exceeded = LimitExceeded { limit: "effects", bound: bound as u64, what: "messages and instructions" };
            return Err(Interruption::Limit(exceeded));
        }
        self.effects.kept.push(effect);
        Ok(())
    }

    fn shortened(&self, mut text: String) -> String {
        let bound = self.limits.effect_text_bytes;
        if text.len() > bound {
            text.truncate(text.floor_char_boundary(bound));
            text.push('…');
        }
        text
    }
}

/// Writes a model's log line to the node's log.
fn trace(level: Level, node: &str, message: &str) {
    const TARGET: &str = "microflow";
    match level {
        Level::Trace => tracing::trace!(target: TARGET, node, "{message}"),
        Level::Debug => tracing::debug!(target: TARGET, node, "{message}"),
        Level::Info => tracing::info!(target: TARGET, node, "{message}"),
        Level::Warning => tracing::warn!(target: TARGET, node, "{message}"),
        Level::Error => tracing::error!(target: TARGET, node, "{message}"),
        Level::Critical => tracing::error!(target: TARGET, node, critical = true, "{message}"),
    }
}
