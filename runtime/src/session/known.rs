//! Markers whose fate this node knows, so that it need not ask the database about its own transactions.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use brooklet_store::Marker;

use crate::limits::fixed::MARKERS_KNOWN;

/// The markers that this node saw committed last.
#[derive(Debug, Default)]
pub(super) struct KnownMarkers(Mutex<(HashSet<Marker>, VecDeque<Marker>)>);

impl KnownMarkers {
    pub(super) fn add(&self, marker: Marker) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (set, order) = &mut *known;
        if set.insert(marker) {
            order.push_back(marker);
        }
        if order.len() > MARKERS_KNOWN
            && let Some(oldest) = order.pop_front()
        {
            set.remove(&oldest);
        }
    }

    pub(super) fn contains(&self, marker: Marker) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.contains(&marker)
    }
}
