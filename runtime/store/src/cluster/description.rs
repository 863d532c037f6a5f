//! Nodes in words: what they say of themselves, and what they are told.

use std::collections::BTreeMap;

/// What a node says of itself when it joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeDescription {
    /// Its name, which no other node has.
    pub name: String,
    /// Where it serves.
    pub url: String,
    /// Where it is administered, if that is elsewhere.
    pub admin_url: Option<String>,
    /// Its process's number on its machine.
    pub process: u32,
    /// When it started, by its own clock.
    pub started_ms: i64,
}

/// A node's place in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The node's number while it is a member, from 1.
    pub number: u16,
    /// Which owner of the number it is.
    pub incarnation: i64,
}

/// What a node is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeState {
    /// It does not serve yet.
    #[default]
    Starting,
    /// It serves.
    Ready,
    /// It finishes what it has begun.
    Draining,
    /// It is about to leave.
    Stopping,
}

/// What a node says of itself at each beat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeStatus {
    /// What it is about.
    pub state: NodeState,
    /// The hash of the component that it serves; empty when there is none.
    pub version: String,
    /// Requests under way.
    pub requests: u64,
}

/// What an administrator wants of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// To serve.
    #[default]
    Serve,
    /// To finish what it has begun and to take nothing new.
    Drain,
}

/// What a node learns when it beats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// What is wanted of it.
    pub wanted: Wanted,
    /// The settings that hold for all nodes.
    pub settings: BTreeMap<String, String>,
}

/// A node as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeEntry {
    /// Its number.
    pub number: u16,
    /// What it said when it joined.
    pub description: NodeDescription,
    /// What it said last.
    pub status: NodeStatus,
    /// Whether its time is not over. A dead node is listed for a while.
    pub alive: bool,
    /// How long ago it was heard of.
    pub seen_ms_ago: i64,
    /// What is wanted of it.
    pub wanted: Wanted,
}

impl NodeState {
    const ALL: [Self; 4] = [Self::Starting, Self::Ready, Self::Draining, Self::Stopping];

    /// Its word, in lower case. It is stored: it must not change.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::Stopping => "stopping",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl Wanted {
    /// Its word, in lower case. It is stored: it must not change.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Drain => "drain",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        [Self::Serve, Self::Drain].into_iter().find(|wanted| wanted.as_str() == word)
    }
}
