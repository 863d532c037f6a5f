//! Clients that say which version of the model they know, and meet another.
//!
//! What such a client asks for is looked at before anything of it runs: it goes on when it means the same in the version
//! that serves, under whatever name that has there. Otherwise the client is told what is different, and to read the model
//! again. It never happens that a call means something else than its client thought.

use std::sync::Arc;

use brooklet_model::{
    Manifest,
    compatibility::{Compatibility, Fate},
};

use super::{
    Call, Failure, FailureKind, KnownVersion, Node, ObjectWork, Outdated, Work, failure::failure_codes, known::is_named,
};
use crate::{engine::manifest_section, json, session::Caller, version::Version};

impl Node {
    /// Nothing, if the version that serves understands the call as its client means it; what the microflow is called there,
    /// if it has another name.
    pub(super) async fn understood(&self, version: &Version, call: &Call<'_>) -> Result<Option<String>, Failure> {
        let Caller::Client(client) = &call.caller else { return Ok(None) };
        let Some(said) = client.version.as_deref().filter(|said| !is_named(version.hash(), said)) else {
            return Ok(None);
        };
        let Some(known) = self.known_version(said).await else {
            let what = format!("this node does not know the version {said} of the model; {RELOAD}");
            let failure = Failure::new(FailureKind::Outdated, failure_codes::VERSION_UNKNOWN, what);
            return Err(failure.outdated(version.hash(), Outdated { known: said.to_owned(), changes: Vec::new() }));
        };
        let compatibility = self.known.compatibility(&known, version.hash(), version.manifest());
        let outdated = |changes| Outdated { known: known.hash.to_string(), changes };
        match fate(&call.work, &compatibility) {
            Fate::Same(name) => Ok(renamed(&call.work, name)),
            Fate::Changed(changes) => {
                let what = format!(
                    "{} is not what it is in the version that the client knows: {}; {RELOAD}",
                    subject(&call.work),
                    changes.join("; ")
                );
                let failure = Failure::new(FailureKind::Outdated, failure_codes::OPERATION_CHANGED, what);
                Err(failure.outdated(version.hash(), outdated(changes)))
            }
            Fate::Gone => {
                let what = format!("the model does not have {} any more; {RELOAD}", subject(&call.work));
                let failure = Failure::new(FailureKind::Gone, failure_codes::OPERATION_GONE, what);
                Err(failure.outdated(version.hash(), outdated(Vec::new())))
            }
        }
    }

    /// A version that this node has met, or that the registry has.
    async fn known_version(&self, said: &str) -> Option<KnownVersion> {
        if let Some(known) = self.known.find(said) {
            return Some(known);
        }
        let cluster = self.cluster();
        let kept = cluster.components().await.unwrap_or_default();
        let hash = kept.into_iter().map(|entry| entry.hash).find(|hash| is_named(hash, said))?;
        let component = cluster.component(&hash).await.ok()??;
        let manifest = Manifest::from_bytes(manifest_section(&component).ok()?).ok()?;
        self.known.learn(&hash, Arc::new(manifest));
        self.known.find(said)
    }
}

/// What a client can do about it.
const RELOAD: &str = "reload the model";

fn subject(work: &Work<'_>) -> String {
    match work {
        Work::Microflow { name, .. } => format!("the microflow `{name}`"),
        Work::Objects(work) => match entity_of(work) {
            Some(entity) => format!("the entity `{entity}`"),
            None => "an entity of the objects".to_owned(),
        },
    }
}

/// The entity that a request about objects names in its path.
fn entity_of<'a>(work: &ObjectWork<'a>) -> Option<&'a str> {
    match work {
        ObjectWork::Create { entity, .. } => Some(entity),
        ObjectWork::Retrieve(retrieve) => Some(retrieve.entity),
        ObjectWork::Read(of)
        | ObjectWork::Change { of, .. }
        | ObjectWork::Associate { of, .. }
        | ObjectWork::Commit(of)
        | ObjectWork::Rollback(of)
        | ObjectWork::Delete(of) => Some(of.entity),
        ObjectWork::CommitAll { .. } => None,
    }
}

fn fate(work: &Work<'_>, compatibility: &Compatibility) -> Fate {
    match work {
        Work::Microflow { name, arguments } => {
            unless_doubtful(compatibility.microflow(name), &json::named_within_arguments(arguments), compatibility)
        }
        Work::Objects(ObjectWork::CommitAll { body }) => {
            let entities = json::named_entities(body);
            let fates = entities.iter().map(|entity| compatibility.objects(entity, []));
            fates.into_iter().find(|fate| !matches!(fate, Fate::Same(_))).unwrap_or(Fate::Same(String::new()))
        }
        Work::Objects(work) => objects_fate(work, compatibility),
    }
}

/// Members are those of the entity where they are named first, and may be any entity's in paths and inner objects.
fn objects_fate(work: &ObjectWork<'_>, compatibility: &Compatibility) -> Fate {
    let Some(entity) = entity_of(work) else { return Fate::Gone };
    let names = match work {
        ObjectWork::Create { body, .. } | ObjectWork::Change { body, .. } => json::named_members(body),
        ObjectWork::Associate { association, .. } => {
            json::NamedMembers { own: vec![(*association).to_owned()], inner: Vec::new() }
        }
        ObjectWork::Retrieve(retrieve) => {
            let texts = retrieve.sort.iter().map(|(path, _)| path.as_str()).chain([retrieve.constraint]);
            json::NamedMembers { own: Vec::new(), inner: texts.flat_map(words).map(str::to_owned).collect() }
        }
        _ => json::NamedMembers::default(),
    };
    let fate = compatibility.objects(entity, names.own.iter().map(String::as_str));
    unless_doubtful(fate, &names.inner, compatibility)
}

/// The same, if no name that may be any entity's is in doubt.
fn unless_doubtful(fate: Fate, inner: &[String], compatibility: &Compatibility) -> Fate {
    let Fate::Same(now) = fate else { return fate };
    let doubtful = compatibility.doubtful(inner.iter().map(String::as_str));
    if doubtful.is_empty() { Fate::Same(now) } else { Fate::Changed(doubtful) }
}

/// Whatever could be a name in an XPath constraint, what is quoted included: better one too many.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|one: char| !one.is_alphanumeric() && one != '_' && one != '.').filter(|word| !word.is_empty())
}

/// What a microflow is called by now. Entities are found by their former names anyway.
fn renamed(work: &Work<'_>, now: String) -> Option<String> {
    match work {
        Work::Microflow { name, .. } if *name != now => Some(now),
        _ => None,
    }
}
