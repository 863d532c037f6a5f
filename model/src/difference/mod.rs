//! What is different between two versions of a model, in words that an operator can decide on.
//!
//! [`differences`] compares what manifests say. It knows renames from the manifest of the later version
//! ([`Manifest::former`]), so that what was renamed is neither new nor gone. Each difference has a [`Class`], which says
//! what it means to those who use the model: whether anybody outside can notice, and whether what they do, or the data that
//! they have, still fits.

mod associations;
mod attributes;
mod constraints;
mod entities;
mod enumerations;
mod flows;
mod security;
mod settings;

use std::{cmp::Reverse, collections::HashSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{Manifest, Pairing};

/// What a difference means, from the most harmless up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Something is done in another way, behind the same face.
    BodyOnly,
    /// What can be called or is said looks different; data is the same.
    Interface,
    /// There is place for more data. What was there has its place as before.
    Additive,
    /// What callers send, or what data there is, may not fit any more.
    Breaking,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it means.
    pub class: Class,
    /// What is different: `attribute Shop.Order.Total`, as the later version calls it, or the earlier one when it is gone.
    pub subject: String,
    /// How, so that it makes a sentence behind the subject: `is new`.
    pub what: String,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BodyOnly => "body-only",
            Self::Interface => "interface",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.what)
    }
}

/// All differences, the gravest class first, within a class in the order of subjects.
///
/// A microflow is said to be the same only when both manifests have the hash of its body and these are equal.
pub fn differences(before: &Manifest, after: &Manifest) -> Vec<Change> {
    if before == after {
        return Vec::new();
    }
    let mut differ = Differ { pairing: Pairing::new(before, after), changes: Vec::new() };
    differ.enumerations();
    differ.entities();
    differ.associations();
    differ.microflows();
    differ.security();
    differ.constants();
    differ.settings();
    let mut changes = differ.changes;
    changes.sort_by(|a, b| (Reverse(a.class), &a.subject).cmp(&(Reverse(b.class), &b.subject)));
    changes
}

/// Two versions, and what has been found.
struct Differ<'m> {
    pairing: Pairing<'m>,
    changes: Vec<Change>,
}

impl Differ<'_> {
    fn say(&mut self, class: Class, subject: impl Into<String>, what: impl Into<String>) {
        self.changes.push(Change { class, subject: subject.into(), what: what.into() });
    }

    /// Says so when something is called something else.
    fn say_renamed(&mut self, subject: &str, before: &str, after: &str) {
        if before != after {
            self.say(Class::Interface, subject, format!("was called {before}"));
        }
    }
}

/// Those of some that are left when others take away one each.
fn without<'a, T: PartialEq>(some: &'a [T], others: &[T]) -> Vec<&'a T> {
    let mut left: Vec<&T> = others.iter().collect();
    let is_left = |one: &&T| match left.iter().position(|other| *other == *one) {
        Some(at) => {
            left.swap_remove(at);
            false
        }
        None => true,
    };
    some.iter().filter(is_left).collect()
}

/// Things of the later version that none of the earlier one is.
fn newcomers<T>(all: &[T], paired: impl Iterator<Item = Option<usize>>) -> Vec<&T> {
    let known: HashSet<usize> = paired.flatten().collect();
    all.iter().enumerate().filter(|(index, _)| !known.contains(index)).map(|(_, one)| one).collect()
}
