//! Sessions beside requests: connections of their own, and tables that many nodes make at once.
//!
//! What the statements do is proved where they are used, by the suite of `brooklet-state`.

use std::time::Duration;

use brooklet_store::{Options, SessionRow, SessionSaved, Store};

use crate::{harness::Db, shop::*};

on_both!(nodes_that_start_at_once_make_the_tables, sessions_do_not_wait_for_requests);

fn session(id: &str) -> SessionRow {
    SessionRow {
        id: id.to_owned(),
        user: None,
        fixed: "{}".to_owned(),
        who: "{}".to_owned(),
        seen: "{}".to_owned(),
        revision: 1,
        expires_ms: 1_000,
        image: b"image".to_vec(),
        image_bytes: 0,
    }
}

async fn nodes_that_start_at_once_make_the_tables(db: Db) {
    // The file's own set-up is not what this is about.
    db.connect().await;
    let starting = |number: usize| {
        let url = db.url.clone();
        tokio::spawn(async move {
            let store = Store::connect(&url, Options::default()).await.unwrap();
            let sessions = store.sessions();
            sessions.install().await.unwrap();
            assert!(sessions.open(&session(&number.to_string()), 0, Some(100)).await.unwrap());
        })
    };
    let nodes: Vec<_> = (0..8).map(starting).collect();
    for node in nodes {
        node.await.unwrap();
    }
    let sessions = db.connect().await.sessions();
    sessions.install().await.unwrap();
    assert_eq!(sessions.count(0).await.unwrap(), 8);
}

async fn sessions_do_not_wait_for_requests(db: Db) {
    let (_, plan) = db.open(model()).await;
    let store = Store::connect(&db.url, Options { postgres_connections: 1, ..Options::default() }).await.unwrap();
    let sessions = store.sessions();
    sessions.install().await.unwrap();
    let mut request = store.begin(plan.clone());
    request.insert(&[row(&plan, TAG, 1, &[])]).await.unwrap();
    let serving = async {
        assert!(sessions.open(&session("a"), 0, Some(1)).await.unwrap());
        assert!(!sessions.open(&session("b"), 0, Some(1)).await.unwrap());
        assert_eq!(sessions.save("a", 1, b"new", "{}", 5, 2_000).await.unwrap(), SessionSaved::Done);
        assert_eq!(sessions.load("a", 1_500).await.unwrap().unwrap().image, b"new");
    };
    tokio::time::timeout(Duration::from_secs(10), serving).await.expect("they need no connection of a request");
    request.commit().await.unwrap();
    store.close().await;
    assert!(sessions.ping().await.is_err(), "they are closed with the store");
}
