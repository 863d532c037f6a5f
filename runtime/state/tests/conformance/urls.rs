//! What a store's URL may be.

use brooklet_state::{StateError, connect};
use brooklet_store::{Options, Store};
use brooklet_test_support::Postgres;

use crate::harness::{NOW_MS, id, open, options, run};

#[test]
fn the_url_names_the_store() {
    run(async {
        let sqlite = Store::connect("sqlite::memory:", Options::default()).await.unwrap();
        let postgres = Store::connect(&Postgres::shared().database(), Options::default()).await.unwrap();
        let redis = brooklet_test_support::Redis::shared().url(15);
        for (url, store, kind) in [
            ("memory", &sqlite, "memory"),
            ("sql", &sqlite, "sqlite"),
            ("sql", &postgres, "postgres"),
            (redis.as_str(), &sqlite, "redis"),
        ] {
            assert_eq!(connect(url, store, options()).await.unwrap().kind(), kind);
        }
    });
}

#[test]
fn other_urls_are_refused_and_no_password_is_shown() {
    run(async {
        let store = Store::connect("sqlite::memory:", Options::default()).await.unwrap();
        for url in
            ["", "disk", "sql:elsewhere", "memcached://me:hush@localhost", "redis://me:hush@localhost/x", "redis:"]
        {
            let failed = connect(url, &store, options()).await.err();
            assert!(matches!(failed, Some(StateError::Url { .. })), "{url}: {failed:?}");
            let shown = format!("{failed:?} {}", failed.as_ref().unwrap());
            assert!(!shown.contains("hush"), "{shown}");
        }
    });
}

#[test]
fn a_database_in_memory_has_sessions_for_all_who_share_it() {
    run(async {
        let store = Store::connect("sqlite::memory:", Options::default()).await.unwrap();
        let (a, b) = (connect("sql", &store, options()).await, connect("sql", &store.clone(), options()).await);
        open(&*a.unwrap(), 1).await;
        assert!(b.unwrap().load(id(1), NOW_MS).await.unwrap().is_some());
        let other = Store::connect("sqlite::memory:", Options::default()).await.unwrap();
        assert_eq!(connect("sql", &other, options()).await.unwrap().count(NOW_MS).await.unwrap(), 0);
    });
}
