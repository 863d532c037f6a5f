//! A session that nobody used for long enough is as good as ended, whether or not it is still stored.

use std::time::Duration;

use brooklet_state::{Opened, Saved, State, StateOptions};

use crate::harness::{NOW_MS, Place, TIMEOUT_MS, id, of_user, open, options, seen};

on_all!(
    a_session_times_out_after_its_last_use,
    every_use_has_it_live_longer,
    a_lost_save_is_no_use,
    nothing_brings_it_back,
    the_caller_knows_what_time_it_is,
    sweeping_removes_what_has_timed_out,
    the_longest_timeout_is_none,
);

async fn lives_at(state: &dyn State, after_ms: i64) -> bool {
    state.load(id(1), NOW_MS + after_ms).await.unwrap().is_some()
}

async fn a_session_times_out_after_its_last_use(place: Place) {
    let state = place.node(options()).await;
    open(&*state, 1).await;
    assert!(lives_at(&*state, TIMEOUT_MS - 1).await);
    assert!(!lives_at(&*state, TIMEOUT_MS).await);
    assert_eq!(state.count(NOW_MS + TIMEOUT_MS - 1).await.unwrap(), 1);
    assert_eq!(state.count(NOW_MS + TIMEOUT_MS).await.unwrap(), 0);
    assert_eq!(state.list(None, 10, NOW_MS + TIMEOUT_MS - 1).await.unwrap().len(), 1);
    assert_eq!(state.list(None, 10, NOW_MS + TIMEOUT_MS).await.unwrap(), []);
}

async fn every_use_has_it_live_longer(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    open(&*a, 1).await;
    a.touch(id(1), &seen(TIMEOUT_MS - 1)).await.unwrap();
    assert!(lives_at(&*b, 2 * TIMEOUT_MS - 2).await);
    assert!(!lives_at(&*b, 2 * TIMEOUT_MS - 1).await);
    let saved = b.save(id(1), 1, b"", &seen(2 * TIMEOUT_MS - 2)).await.unwrap();
    assert_eq!(saved, Saved::Done { revision: 2 });
    assert!(lives_at(&*a, 3 * TIMEOUT_MS - 3).await);
    assert!(!lives_at(&*a, 3 * TIMEOUT_MS - 2).await);
    assert_eq!(a.count(NOW_MS + 3 * TIMEOUT_MS - 3).await.unwrap(), 1);
    assert_eq!(a.count(NOW_MS + 3 * TIMEOUT_MS - 2).await.unwrap(), 0);
}

async fn a_lost_save_is_no_use(place: Place) {
    let state = place.node(options()).await;
    open(&*state, 1).await;
    assert_eq!(state.save(id(1), 7, b"", &seen(TIMEOUT_MS - 1)).await.unwrap(), Saved::Changed);
    assert!(!lives_at(&*state, TIMEOUT_MS).await);
}

async fn nothing_brings_it_back(place: Place) {
    let state = place.node(options()).await;
    open(&*state, 1).await;
    assert_eq!(state.save(id(1), 1, b"", &seen(TIMEOUT_MS)).await.unwrap(), Saved::Gone);
    state.touch(id(1), &seen(TIMEOUT_MS)).await.unwrap();
    state.assign(1, "other", &[], true).await.unwrap();
    assert!(!lives_at(&*state, TIMEOUT_MS).await);
    assert_eq!(state.count(NOW_MS + TIMEOUT_MS).await.unwrap(), 0);
    assert_eq!(state.open(id(1), &of_user(1), &seen(TIMEOUT_MS), b"").await.unwrap(), Opened::Done);
    assert!(lives_at(&*state, TIMEOUT_MS).await);
}

async fn the_caller_knows_what_time_it_is(place: Place) {
    // Tests begin in the past; a store that compares with its own clock would not even keep this session.
    let state = place.node(options()).await;
    open(&*state, 1).await;
    assert!(lives_at(&*state, 0).await);
    let far_ms = 4_000_000_000_000 - NOW_MS;
    state.open(id(1), &of_user(1), &seen(far_ms), b"").await.unwrap();
    assert!(lives_at(&*state, far_ms + TIMEOUT_MS - 1).await);
    assert!(!lives_at(&*state, far_ms + TIMEOUT_MS).await);
}

async fn sweeping_removes_what_has_timed_out(place: Place) {
    let state = place.node(options()).await;
    for number in 1..=1_203 {
        open(&*state, number).await;
    }
    state.touch(id(3), &seen(5)).await.unwrap();
    state.save(id(4), 1, b"image", &seen(5)).await.unwrap();
    assert_eq!(state.sweep(NOW_MS + TIMEOUT_MS - 1).await.unwrap(), 0);
    assert_eq!(state.sweep(NOW_MS + TIMEOUT_MS).await.unwrap(), 1_201);
    assert_eq!(state.sweep(NOW_MS + TIMEOUT_MS).await.unwrap(), 0);
    // Seen from before, they are gone as well: nothing is left of them.
    assert_eq!(state.count(NOW_MS).await.unwrap(), 2);
    let left: Vec<_> = state.list(None, 10, NOW_MS).await.unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!(left, [id(3), id(4)]);
    assert_eq!(state.load(id(4), NOW_MS).await.unwrap().unwrap().image, b"image"[..]);
}

async fn the_longest_timeout_is_none(place: Place) {
    let state = place.node(StateOptions { timeout: Duration::MAX, ..options() }).await;
    open(&*state, 1).await;
    state.save(id(1), 1, b"", &seen(1)).await.unwrap();
    state.touch(id(1), &seen(2)).await.unwrap();
    assert!(lives_at(&*state, 50 * 365 * 24 * 3_600_000).await);
}
