//! Servers that are away, that say nothing, and that come back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use brooklet_state::{Saved, State, StateError, connect};
use brooklet_store::{Options, Store};
use brooklet_test_support::{Postgres, Redis, Supervised};

use crate::harness::{NOW_MS, id, of_user, open, options, run, seen};

/// About a second, and what a machine needs that does other things too.
const FAST: Duration = Duration::from_secs(6);

/// How long a store may take to notice that its database is back.
const RECOVERY: Duration = Duration::from_secs(15);

async fn memory_database() -> Store {
    Store::connect("sqlite::memory:", Options::default()).await.unwrap()
}

async fn on_server(redis: &Redis) -> Arc<dyn State> {
    connect(&redis.url(0), &memory_database().await, options()).await.unwrap()
}

/// Every method, called at once by many, says soon that the store does not answer.
async fn everything_is_unavailable(state: &Arc<dyn State>) {
    let mut calls = Vec::new();
    for number in 0..50 {
        let state = state.clone();
        calls.push(tokio::spawn(async move {
            let (record, seen, keys) = (of_user(1), seen(1), ["ada".to_owned()]);
            let begin = Instant::now();
            let failed = match number % 10 {
                0 => state.load(id(1), NOW_MS).await.err(),
                1 => state.save(id(1), 1, b"", &seen).await.err(),
                2 => state.open(id(2), &record, &seen, b"").await.err(),
                3 => state.touch(id(1), &seen).await.err(),
                4 => state.end(id(1)).await.err(),
                5 => state.count(NOW_MS).await.err(),
                6 => state.list(None, 1, NOW_MS).await.err(),
                7 => state.failures(&keys, NOW_MS).await.err(),
                8 => state.fail(&keys, NOW_MS, Duration::from_secs(1)).await.err(),
                _ => state.ping().await.err(),
            };
            assert!(matches!(failed, Some(StateError::Unavailable { .. })), "{number}: {failed:?}");
            assert!(begin.elapsed() < FAST, "{number}: {:?}", begin.elapsed());
        }));
    }
    for call in calls {
        call.await.unwrap();
    }
}

/// Waits until the store answers again.
async fn recovers(state: &dyn State) {
    let begin = Instant::now();
    while let Err(error) = state.ping().await {
        assert!(begin.elapsed() < RECOVERY, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn redis_is_away_and_comes_back() {
    run(async {
        let redis = Redis::durable().unwrap();
        let state = on_server(&redis).await;
        open(&*state, 1).await;
        redis.stop();
        everything_is_unavailable(&state).await;
        redis.start_again();
        recovers(&*state).await;
        let loaded = state.load(id(1), NOW_MS).await.unwrap().unwrap();
        assert_eq!(loaded.record, of_user(1));
        // The server has forgotten the scripts.
        assert_eq!(state.save(id(1), 1, b"new", &seen(2)).await.unwrap(), Saved::Done { revision: 2 });
    });
}

#[test]
fn redis_says_nothing_and_goes_on() {
    run(async {
        let redis = Redis::start().unwrap();
        let state = on_server(&redis).await;
        open(&*state, 1).await;
        redis.pause();
        let begin = Instant::now();
        everything_is_unavailable(&state).await;
        assert!(begin.elapsed() < FAST, "all of them wait for the same second");
        everything_is_unavailable(&state).await;
        redis.resume();
        recovers(&*state).await;
        state.load(id(1), NOW_MS).await.unwrap();
    });
}

#[test]
fn a_restart_of_redis_that_nobody_noticed_costs_no_request() {
    run(async {
        let redis = Redis::durable().unwrap();
        let state = on_server(&redis).await;
        open(&*state, 1).await;
        redis.kill();
        redis.start_again();
        assert_eq!(state.save(id(1), 1, b"new", &seen(1)).await.unwrap(), Saved::Done { revision: 2 });
    });
}

#[test]
fn without_redis_there_is_no_store() {
    run(async {
        let redis = Redis::start().unwrap();
        let store = memory_database().await;
        for silence in [Supervised::pause, Supervised::stop] {
            silence(&redis);
            let begin = Instant::now();
            let failed = connect(&redis.url(0), &store, options()).await.err();
            assert!(matches!(failed, Some(StateError::Unavailable { .. })), "{failed:?}");
            assert!(begin.elapsed() < FAST, "{:?}", begin.elapsed());
            redis.resume();
        }
    });
}

#[test]
fn postgres_is_away_and_comes_back() {
    run(async {
        let postgres = Postgres::start().unwrap();
        let store = Store::connect(&postgres.database(), Options::default()).await.unwrap();
        let state = connect("sql", &store, options()).await.unwrap();
        open(&*state, 1).await;
        postgres.stop();
        everything_is_unavailable(&state).await;
        postgres.start_again();
        recovers(&*state).await;
        let loaded = state.load(id(1), NOW_MS).await.unwrap().unwrap();
        assert_eq!(loaded.record, of_user(1));
        assert_eq!(state.save(id(1), 1, b"new", &seen(2)).await.unwrap(), Saved::Done { revision: 2 });
    });
}

#[test]
fn postgres_says_nothing_and_goes_on() {
    run(async {
        let postgres = Postgres::start().unwrap();
        let store = Store::connect(&postgres.database(), Options::default()).await.unwrap();
        let state = connect("sql", &store, options()).await.unwrap();
        open(&*state, 1).await;
        postgres.pause();
        everything_is_unavailable(&state).await;
        postgres.resume();
        recovers(&*state).await;
        state.load(id(1), NOW_MS).await.unwrap();
    });
}
