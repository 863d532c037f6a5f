//! Hostile guests: each ends with a typed error within its limit, and the node goes on.

use std::{sync::Arc, time::Duration};

use brooklet_runtime::{
    Node,
    flow::{Call, Failure, FailureKind, Outcome, Trigger},
    limits::{EngineLimits, Limits},
};

fn limits() -> Limits {
    let engine = EngineLimits {
        cpu_time: Duration::from_millis(100),
        memory_bytes: 4 << 20,
        instances: 4,
        ..EngineLimits::default()
    };
    Limits { engine, ..Limits::default() }
}

async fn call(node: &Node, microflow: &str) -> Result<Outcome, Failure> {
    node.run(Call::new(microflow, "{}", Trigger::Http)).await
}

#[tokio::test]
async fn a_call_is_answered() {
    let node = crate::guests::node(limits()).await;
    for _ in 0..3 {
        assert_eq!(call(&node, "Guest.Answer").await.expect("it succeeds").result, "42");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_loop_ends_while_others_are_answered() {
    let node = Arc::new(crate::guests::node(limits()).await);
    // More loops than threads: others are answered only because loops yield.
    let loops: Vec<_> = (0..3)
        .map(|_| {
            let node = node.clone();
            tokio::spawn(async move { call(&node, "Guest.Loop").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    for _ in 0..20 {
        assert_eq!(call(&node, "Guest.Answer").await.expect("it succeeds").result, "42");
    }
    for endless in loops {
        let failure = endless.await.expect("nothing panics").expect_err("it never ends by itself");
        assert_eq!((failure.code, failure.kind), ("cpu-time-limit", FailureKind::Limit));
        assert_eq!(failure.frames[0].microflow, "Guest.Loop");
    }
}

#[tokio::test]
async fn a_recursion_that_counts_nothing_ends_with_the_stack() {
    let node = crate::guests::node(limits()).await;
    let failure = call(&node, "Guest.Recurse").await.expect_err("it never ends by itself");
    assert_eq!(failure.code, "call-depth-limit");
    assert!(!failure.frames.is_empty());
    assert_eq!(call(&node, "Guest.Answer").await.expect("the node goes on").result, "42");
}

#[tokio::test]
async fn a_recursion_that_counts_ends_at_the_limit() {
    let node = crate::guests::node(limits()).await;
    let failure = call(&node, "Guest.Deepen").await.expect_err("it never ends by itself");
    assert_eq!(failure.code, "call-depth-limit");
    assert!(failure.message.contains("500"), "{}", failure.message);
}

#[tokio::test]
async fn a_guest_that_grows_is_stopped_and_not_used_again() {
    let node = crate::guests::node(limits()).await;
    for _ in 0..20 {
        let failure = call(&node, "Guest.Grow").await.expect_err("it never ends by itself");
        assert_eq!(failure.code, "memory-limit");
    }
    assert_eq!(call(&node, "Guest.Answer").await.expect("the node goes on").result, "42");
}
