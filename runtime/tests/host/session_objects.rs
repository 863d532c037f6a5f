//! Objects of sessions over calls and nodes: what stays, what goes, and what happens when two calls want the same.

use std::{future::Future, pin::pin, task::Poll};

use crate::desk::{Desk, stores};
use brooklet_runtime::{
    flow::{FailureKind, failure_codes},
    limits::SessionLimits,
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_session_reaches_is_there_in_the_next_call_on_any_node() {
    for state in stores() {
        let desk = Desk::start(3, &state).await;
        let session = desk.session("Agent").await;
        for round in 0..9 {
            let written = desk.call(round % 3, &session, "Desk.ACT_Write", json!({"Text": format!("{round}")})).await;
            assert_eq!(written.expect("it is written"), json!(round + 1), "{state}");
        }
        let read = desk.call(1, &session, "Desk.ACT_Read", json!({})).await.expect("it is read");
        assert_eq!(read, json!("0 1 2 3 4 5 6 7 8"), "{state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_object_is_gone_from_the_session_and_a_session_without_objects_weighs_nothing() {
    for state in stores() {
        let desk = Desk::start(2, &state).await;
        let session = desk.session("Agent").await;
        desk.call(0, &session, "Desk.ACT_Write", json!({"Text": "x"})).await.expect("it is written");
        assert!(desk.image_bytes(&session).await > 0, "{state}");
        desk.call(1, &session, "Desk.ACT_Discard", json!({})).await.expect("it is discarded");
        assert_eq!(desk.call(0, &session, "Desk.ACT_Changes", json!({})).await.expect("it is counted"), json!(0));
        assert_eq!(desk.image_bytes(&session).await, 0, "{state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_nothing_reaches_leave_no_trace() {
    for state in stores() {
        let desk = Desk::start(1, &state).await;
        let session = desk.session("Agent").await;
        let before = desk.revision(&session).await;
        desk.call(0, &session, "Desk.ACT_Scratch", json!({"Objects": 100})).await.expect("it runs");
        assert_eq!(desk.revision(&session).await, before, "{state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_gets_a_session_when_there_is_something_to_keep() {
    let desk = Desk::start(2, "memory").await;
    let nothing = desk.visit(0, None, "Desk.ACT_Scratch", json!({"Objects": 3})).await.expect("it runs");
    assert_eq!(nothing.grant, None);
    assert_eq!(desk.sessions().await, 0);

    let kept = desk.visit(0, None, "Desk.ACT_Write", json!({"Text": "a"})).await.expect("it runs");
    let token = kept.grant.expect("a session is granted").token;
    let again = desk.visit(0, Some(token), "Desk.ACT_Write", json!({"Text": "b"})).await.expect("it runs");
    assert_eq!((again.result.as_str(), again.grant), ("2", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_session_at_once_on_two_nodes_lose_nothing() {
    const CALLS: usize = 24;
    for state in stores() {
        let desk = Desk::start(2, &state).await;
        let session = desk.session("Agent").await;
        let calls = (0..CALLS).map(|call| desk.call(call % 2, &session, "Desk.ACT_Write", json!({"Text": "x"})));
        let ended = futures_util::future::join_all(calls).await;
        let mut succeeded = 0;
        for ended in ended {
            match ended {
                Ok(_) => succeeded += 1,
                Err(failure) => assert_eq!(failure.code, failure_codes::SESSION_CONFLICT, "{state}: {failure}"),
            }
        }
        let changes = desk.call(0, &session, "Desk.ACT_Changes", json!({})).await.expect("it is counted");
        assert_eq!(changes, json!(succeeded), "{state}");
        assert!(succeeded > CALLS / 2, "{state}: only {succeeded} came through");
    }
}

/// A call that ends anywhere, as if its node had died there, has done all of it or nothing: the ticket is in the database
/// and the draft is gone, or neither.
#[tokio::test(flavor = "multi_thread")]
async fn the_session_and_the_database_change_together_or_not_at_all() {
    for state in stores() {
        let desk = Desk::start(2, &state).await;
        let session = desk.session("Agent").await;
        let mut done = [0, 0];
        for round in 0..60_usize {
            let before = desk.tickets().await;
            if desk.call(0, &session, "Desk.ACT_Changes", json!({})).await.expect("it is counted") == json!(0) {
                desk.call(0, &session, "Desk.ACT_Write", json!({"Text": "help"})).await.expect("it is written");
            }
            let submit = desk.call(0, &session, "Desk.ACT_Submit", json!({}));
            let ended = polled(submit, round / 2 + 1).await;
            let changes = desk.call(1, &session, "Desk.ACT_Changes", json!({})).await.expect("it is counted");
            let submitted = desk.tickets().await > before;
            assert_eq!(submitted, changes == json!(0), "{state}, round {round}");
            if let Some(ended) = ended {
                assert!(ended.is_err() || submitted, "{state}, round {round}: an answer, and nothing was done");
            }
            done[usize::from(submitted)] += 1;
        }
        assert!(done.iter().all(|times| *times > 0), "{state}: {done:?} never ended on both sides");
    }
}

/// Polls a future so many times, then drops it.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_holds_too_much_is_refused_and_keeps_what_it_had() {
    let limits = SessionLimits { objects: 4, ..SessionLimits::default() };
    let desk = Desk::start_with(1, "memory", limits).await;
    let session = desk.session("Agent").await;
    for _ in 0..3 {
        desk.call(0, &session, "Desk.ACT_Write", json!({"Text": "x"})).await.expect("it fits");
    }
    let failure = desk.call(0, &session, "Desk.ACT_Write", json!({"Text": "x"})).await.expect_err("it is too much");
    assert_eq!((failure.code, failure.kind), (failure_codes::SESSION_STATE_LIMIT, FailureKind::Limit));
    assert!(failure.message.contains("Desk.DraftLine (4)"), "{}", failure.message);
    assert_eq!(desk.call(0, &session, "Desk.ACT_Changes", json!({})).await.expect("it is counted"), json!(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_is_refused_at_once() {
    for state in stores() {
        let desk = Desk::start(2, &state).await;
        let session = desk.session("Agent").await;
        desk.call(1, &session, "Desk.ACT_Changes", json!({})).await.expect("it is known");
        desk.end(0, &session).await;
        let failure = desk.call(1, &session, "Desk.ACT_Changes", json!({})).await.expect_err("it has ended");
        assert_eq!((failure.code, failure.kind), (failure_codes::SESSION_UNKNOWN, FailureKind::Unauthenticated));
    }
}
