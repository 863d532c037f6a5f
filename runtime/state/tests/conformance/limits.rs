//! The limit on sessions is exact, over all nodes.

use std::{collections::BTreeMap, sync::Arc};

use brooklet_state::{Opened, SessionRecord, State, StateOptions};

use crate::harness::{NOW_MS, Place, TIMEOUT_MS, id, of_user, options, seen};

on_all!(
    a_hundred_at_once_at_a_limit_of_fifty_are_fifty,
    the_reserve_is_for_administrators,
    ended_and_timed_out_sessions_free_their_places,
    a_session_that_is_replaced_takes_no_further_place,
    a_limit_of_nothing_admits_nobody,
    without_a_limit_there_is_none,
);

fn limited(limit: u32, reserve: u32) -> StateOptions {
    StateOptions { limit: Some(limit), reserve, ..options() }
}

async fn try_open(state: &dyn State, number: u32, after_ms: i64) -> Opened {
    state.open(id(number), &of_user(i64::from(number)), &seen(after_ms), b"").await.unwrap()
}

async fn try_open_as_administrator(state: &dyn State, number: u32) -> Opened {
    let record = SessionRecord { administrator: true, ..of_user(i64::from(number)) };
    state.open(id(number), &record, &seen(0), b"").await.unwrap()
}

async fn a_hundred_at_once_at_a_limit_of_fifty_are_fifty(place: Place) {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(place.node(limited(50, 0)).await);
    }
    let opening = |number: u32| {
        let node: Arc<dyn State> = nodes[number as usize % nodes.len()].clone();
        tokio::spawn(async move { (number, try_open(&*node, number, 0).await) })
    };
    let tasks: Vec<_> = (0..100).map(opening).collect();
    let mut outcomes = BTreeMap::new();
    for task in tasks {
        let (number, opened) = task.await.unwrap();
        outcomes.insert(id(number), opened);
    }
    let open: Vec<_> = outcomes.iter().filter(|(_, opened)| **opened == Opened::Done).map(|(id, _)| *id).collect();
    assert_eq!(open.len(), 50);
    assert_eq!(outcomes.values().filter(|opened| **opened == Opened::Full { limit: 50 }).count(), 50);
    let listed: Vec<_> = nodes[0].list(None, 200, NOW_MS).await.unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!(listed, open, "those are stored that were admitted");
}

async fn the_reserve_is_for_administrators(place: Place) {
    let state = place.node(limited(5, 2)).await;
    assert_eq!(try_open_as_administrator(&*state, 1).await, Opened::Done);
    assert_eq!(try_open(&*state, 2, 0).await, Opened::Done);
    assert_eq!(try_open(&*state, 3, 0).await, Opened::Done);
    assert_eq!(try_open(&*state, 4, 0).await, Opened::Full { limit: 3 });
    assert_eq!(try_open_as_administrator(&*state, 5).await, Opened::Done);
    assert_eq!(try_open_as_administrator(&*state, 6).await, Opened::Done);
    assert_eq!(try_open_as_administrator(&*state, 7).await, Opened::Full { limit: 5 });
    assert_eq!(state.count(NOW_MS).await.unwrap(), 5);
}

async fn ended_and_timed_out_sessions_free_their_places(place: Place) {
    let state = place.node(limited(2, 0)).await;
    assert_eq!(try_open(&*state, 1, 0).await, Opened::Done);
    assert_eq!(try_open(&*state, 2, 10).await, Opened::Done);
    assert_eq!(try_open(&*state, 3, 10).await, Opened::Full { limit: 2 });
    state.end(id(2)).await.unwrap();
    assert_eq!(try_open(&*state, 3, 20).await, Opened::Done);
    assert_eq!(try_open(&*state, 4, TIMEOUT_MS - 1).await, Opened::Full { limit: 2 });
    assert_eq!(try_open(&*state, 4, TIMEOUT_MS).await, Opened::Done);
    state.touch(id(3), &seen(TIMEOUT_MS)).await.unwrap();
    assert_eq!(try_open(&*state, 5, TIMEOUT_MS + 20).await, Opened::Full { limit: 2 }, "a use keeps a place");
    assert_eq!(state.end_user(3, None).await.unwrap(), 1);
    assert_eq!(try_open(&*state, 5, TIMEOUT_MS + 20).await, Opened::Done);
}

async fn a_session_that_is_replaced_takes_no_further_place(place: Place) {
    let state = place.node(limited(1, 0)).await;
    assert_eq!(try_open(&*state, 1, 0).await, Opened::Done);
    assert_eq!(try_open(&*state, 1, 1).await, Opened::Done);
    assert_eq!(try_open(&*state, 2, 1).await, Opened::Full { limit: 1 });
    assert_eq!(try_open(&*state, 1, TIMEOUT_MS + 1).await, Opened::Done, "its own place, when it has timed out");
}

async fn a_limit_of_nothing_admits_nobody(place: Place) {
    let state = place.node(limited(1, 5)).await;
    assert_eq!(try_open(&*state, 1, 0).await, Opened::Full { limit: 0 });
    assert_eq!(state.load(id(1), NOW_MS).await.unwrap(), None);
    assert_eq!(try_open_as_administrator(&*state, 2).await, Opened::Done);
}

async fn without_a_limit_there_is_none(place: Place) {
    let state = place.node(StateOptions { reserve: 5, ..options() }).await;
    for number in 0..20 {
        assert_eq!(try_open(&*state, number, 0).await, Opened::Done);
    }
    assert_eq!(state.count(NOW_MS).await.unwrap(), 20);
}
