//! Failed logins, counted under any text.

use std::time::Duration;

use brooklet_state::Failures;

use crate::harness::{NOW_MS, Place, options};

on_all!(
    failures_are_counted_per_key_on_all_nodes,
    failures_are_forgotten,
    failures_are_forgiven,
    any_text_is_a_key,
    failures_at_once_are_all_counted,
    no_keys_are_no_trouble,
);

const FORGET_AFTER: Duration = Duration::from_secs(10);
const FORGET_AFTER_MS: i64 = 10_000;

fn keys<const N: usize>(keys: [&str; N]) -> Vec<String> {
    keys.map(str::to_owned).to_vec()
}

fn failed(count: u32, after_ms: i64) -> Failures {
    Failures { count, last_ms: NOW_MS + after_ms }
}

async fn failures_are_counted_per_key_on_all_nodes(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    a.fail(&keys(["ada", "192.0.2.7"]), NOW_MS, FORGET_AFTER).await.unwrap();
    b.fail(&keys(["192.0.2.7", "bob"]), NOW_MS + 5, FORGET_AFTER).await.unwrap();
    let asked = keys(["bob", "192.0.2.7", "eve", "ada", "bob"]);
    let expected = [failed(1, 5), failed(2, 5), Failures::default(), failed(1, 0), failed(1, 5)];
    for node in [a, b] {
        assert_eq!(node.failures(&asked, NOW_MS + 5).await.unwrap(), expected);
    }
}

async fn failures_are_forgotten(place: Place) {
    let state = place.node(options()).await;
    let ada = keys(["ada"]);
    let all = async |after_ms: i64| state.failures(&ada, NOW_MS + after_ms).await.unwrap()[0];
    state.fail(&ada, NOW_MS, FORGET_AFTER).await.unwrap();
    state.fail(&ada, NOW_MS + FORGET_AFTER_MS - 1, FORGET_AFTER).await.unwrap();
    assert_eq!(all(2 * FORGET_AFTER_MS - 2).await, failed(2, FORGET_AFTER_MS - 1));
    assert_eq!(all(2 * FORGET_AFTER_MS - 1).await, Failures::default());
    state.fail(&ada, NOW_MS + 2 * FORGET_AFTER_MS - 1, FORGET_AFTER).await.unwrap();
    assert_eq!(all(2 * FORGET_AFTER_MS).await, failed(1, 2 * FORGET_AFTER_MS - 1));
    state.sweep(NOW_MS + 2 * FORGET_AFTER_MS).await.unwrap();
    assert_eq!(all(2 * FORGET_AFTER_MS).await, failed(1, 2 * FORGET_AFTER_MS - 1));
}

async fn failures_are_forgiven(place: Place) {
    let state = place.node(options()).await;
    let (both, ada) = (keys(["ada", "bob"]), keys(["ada"]));
    state.fail(&both, NOW_MS, FORGET_AFTER).await.unwrap();
    state.forgive(&ada).await.unwrap();
    assert_eq!(state.failures(&both, NOW_MS).await.unwrap(), [Failures::default(), failed(1, 0)]);
    state.fail(&ada, NOW_MS + 1, FORGET_AFTER).await.unwrap();
    assert_eq!(state.failures(&ada, NOW_MS + 1).await.unwrap(), [failed(1, 1)]);
}

async fn any_text_is_a_key(place: Place) {
    let state = place.node(options()).await;
    let odd = keys(["", "\0", "'; --", "ä𝄞", "{a}:b", "Ada", "ada"]).into_iter().chain(["x".repeat(100_000)]);
    let odd: Vec<_> = odd.collect();
    state.fail(&odd[..6], NOW_MS, FORGET_AFTER).await.unwrap();
    let counted: Vec<_> = state.failures(&odd, NOW_MS).await.unwrap().iter().map(|failures| failures.count).collect();
    assert_eq!(counted, [1, 1, 1, 1, 1, 1, 0, 0]);
}

async fn failures_at_once_are_all_counted(place: Place) {
    let nodes = [place.node(options()).await, place.node(options()).await];
    let failing = |number: usize| {
        let node = nodes[number % 2].clone();
        // In either order: two calls must not wait for one another.
        let keys = if number % 4 < 2 { keys(["ada", "bob"]) } else { keys(["bob", "ada"]) };
        tokio::spawn(async move { node.fail(&keys, NOW_MS, FORGET_AFTER).await.unwrap() })
    };
    let tasks: Vec<_> = (0..60).map(failing).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(nodes[0].failures(&keys(["ada", "bob"]), NOW_MS).await.unwrap(), [failed(60, 0), failed(60, 0)]);
}

async fn no_keys_are_no_trouble(place: Place) {
    let state = place.node(options()).await;
    state.fail(&[], NOW_MS, FORGET_AFTER).await.unwrap();
    state.forgive(&[]).await.unwrap();
    assert_eq!(state.failures(&[], NOW_MS).await.unwrap(), []);
}
