//! What only Redis has: round trips and writes counted at the server, keys that are left, users, TLS, clusters.

use std::{collections::BTreeMap, net::TcpListener, time::Duration};

use brooklet_state::{Saved, State, StateError, StateOptions, connect};
use brooklet_store::{Options, Store};
use brooklet_test_support::{Redis, root};
use redis::{Connection, FromRedisValue};

use crate::harness::{NOW_MS, TIMEOUT_MS, id, of_user, open, options, run, seen};

/// A server of the test's own, and a plain connection to it.
struct Server {
    redis: Redis,
    plain: Connection,
}

impl Server {
    fn start() -> Self {
        Self::with(Redis::start().unwrap())
    }

    fn with(redis: Redis) -> Self {
        let plain = redis::Client::open(redis.url(0)).unwrap().get_connection().unwrap();
        Self { redis, plain }
    }

    fn ask<T: FromRedisValue>(&mut self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut ask = redis::cmd(words.next().unwrap());
        ask.arg(words.collect::<Vec<_>>()).query(&mut self.plain).unwrap()
    }

    async fn state(&self) -> std::sync::Arc<dyn State> {
        self.node(&self.redis.url(0), options()).await.unwrap()
    }

    async fn node(&self, url: &str, options: StateOptions) -> Result<std::sync::Arc<dyn State>, StateError> {
        let store = Store::connect("sqlite::memory:", Options::default()).await.unwrap();
        connect(url, &store, options).await
    }

    /// How often each command was called since the last time this was asked, by scripts as well.
    fn calls(&mut self) -> BTreeMap<String, u64> {
        let text: String = self.ask("INFO commandstats");
        let call = |line: &str| {
            let (name, rest) = line.trim().strip_prefix("cmdstat_")?.split_once(":calls=")?;
            Some((name.to_owned(), rest.split(',').next()?.parse().ok()?))
        };
        let mut calls: BTreeMap<_, _> = text.lines().filter_map(call).collect();
        calls.retain(|name, _| name != "info" && name != "config|resetstat");
        let _: () = self.ask("CONFIG RESETSTAT");
        calls
    }
}

fn calls<const N: usize>(calls: [(&str, u64); N]) -> BTreeMap<String, u64> {
    calls.map(|(name, count)| (name.to_owned(), count)).into()
}

#[test]
fn round_trips_and_writes_are_few() {
    run(async {
        let mut server = Server::start();
        let state = server.state().await;
        server.calls();
        state.open(id(1), &of_user(1), &seen(0), b"image").await.unwrap();
        assert_eq!(server.calls()["evalsha"], 1, "the server knows the scripts from the beginning");
        state.save(id(1), 1, b"image", &seen(1)).await.unwrap();
        server.calls();

        for _ in 0..10 {
            state.load(id(1), NOW_MS).await.unwrap().unwrap();
            state.load(id(2), NOW_MS).await.unwrap();
            state.load(id(1), NOW_MS + 2 * TIMEOUT_MS).await.unwrap();
        }
        assert_eq!(server.calls(), calls([("hmget", 30)]), "one read for each load, and no write");

        for revision in 2..12 {
            assert_eq!(
                state.save(id(1), revision, b"new", &seen(3)).await.unwrap(),
                Saved::Done { revision: revision + 1 }
            );
        }
        let saves = server.calls();
        assert_eq!((saves["evalsha"], saves["hmget"], saves["hset"]), (10, 10, 10));
        let from_script = ["hmget", "hset", "zadd", "pexpire", "pttl"];
        let from_client: Vec<_> = saves.keys().filter(|name| !from_script.contains(&name.as_str())).collect();
        assert_eq!(from_client, ["evalsha"], "one script for each save, and nothing else");

        for _ in 0..10 {
            state.save(id(1), 1, b"lost", &seen(3)).await.unwrap();
        }
        assert_eq!(server.calls(), calls([("evalsha", 10), ("hmget", 10)]), "a lost save writes nothing");

        state.count(NOW_MS).await.unwrap();
        state.failures(&["ada".to_owned()], NOW_MS).await.unwrap();
        assert_eq!(server.calls(), calls([("zcount", 1), ("hmget", 1)]));

        state.touch(id(1), &seen(4)).await.unwrap();
        assert_eq!(server.calls()["evalsha"], 1);
        state.end(id(1)).await.unwrap();
        assert_eq!(server.calls()["evalsha"], 1);
    });
}

#[test]
fn ended_sessions_leave_nothing() {
    run(async {
        let mut server = Server::start();
        let state = server.state().await;
        let keys = ["ada".to_owned(), "192.0.2.7".to_owned()];
        for number in 0..30 {
            state.open(id(number), &of_user(i64::from(number % 3)), &seen(0), b"image").await.unwrap();
            state.save(id(number), 1, b"other", &seen(1)).await.unwrap();
            state.touch(id(number), &seen(i64::from(number))).await.unwrap();
        }
        state.assign(2, "name", &[], false).await.unwrap();
        state.fail(&keys, NOW_MS, Duration::from_secs(9)).await.unwrap();
        assert_eq!(server.ask::<u64>("DBSIZE"), 30 + 2 + 3 + 2, "sessions, two orders, users, failures");

        for number in (0..30).step_by(3) {
            state.end(id(number)).await.unwrap();
        }
        state.end_user(1, None).await.unwrap();
        state.forgive(&keys).await.unwrap();
        assert_eq!(server.ask::<u64>("DBSIZE"), 10 + 2 + 1);
        state.sweep(NOW_MS + TIMEOUT_MS + 29).await.unwrap();
        assert_eq!(server.ask::<Vec<String>>("KEYS *"), [""; 0]);
    });
}

#[test]
fn opening_sessions_removes_those_that_have_timed_out() {
    run(async {
        let mut server = Server::start();
        let state = server.state().await;
        for number in 0..150 {
            open(&*state, number).await;
        }
        for number in [200, 201] {
            state.open(id(number), &of_user(7), &seen(TIMEOUT_MS), b"").await.unwrap();
        }
        assert_eq!(server.ask::<u64>("DBSIZE"), 2 + 2 + 1);
    });
}

#[test]
fn every_key_has_an_expiry_after_the_sessions() {
    run(async {
        let mut server = Server::start();
        let state = server.state().await;
        open(&*state, 1).await;
        // What goes by names of sessions is kept for the longest of them.
        let short = StateOptions { timeout: Duration::from_millis(10), ..options() };
        let other = server.node(&server.redis.url(0), short).await.unwrap();
        other.open(id(2), &of_user(1), &seen(0), b"").await.unwrap();
        state.fail(&["ada".to_owned()], NOW_MS, Duration::from_millis(TIMEOUT_MS as u64)).await.unwrap();
        let keys: Vec<String> = server.ask("KEYS *");
        assert_eq!(keys.len(), 2 + 2 + 1 + 1);
        for key in keys {
            assert!(key.starts_with("brooklet:{default}:"), "{key}");
            let left: i64 = server.ask(&format!("PTTL {key}"));
            let longest = if key.ends_with(&format!("s:{}", id(2))) { 61_000 } else { TIMEOUT_MS + 60_000 };
            assert!((longest - 30_000..=longest).contains(&left), "{key} is kept for {left} ms");
        }
    });
}

#[test]
fn databases_and_prefixes_keep_applications_apart() {
    run(async {
        let server = Server::start();
        let urls = [
            server.redis.url(0),
            server.redis.url(3),
            format!("{}?prefix=shop", server.redis.url(3)),
            format!("{}?prefix=shop.2", server.redis.url(3)),
        ];
        let mut nodes = Vec::new();
        for url in &urls {
            nodes.push(server.node(url, options()).await.unwrap());
        }
        for (number, node) in nodes.iter().enumerate() {
            node.open(id(1), &of_user(number as i64), &seen(0), b"").await.unwrap();
        }
        for (number, node) in nodes.iter().enumerate() {
            let loaded = node.load(id(1), NOW_MS).await.unwrap().unwrap();
            assert_eq!((loaded.record.user, node.count(NOW_MS).await.unwrap()), (Some(number as i64), 1));
        }
    });
}

#[test]
fn a_forgotten_script_is_sent_again() {
    run(async {
        let mut server = Server::start();
        let state = server.state().await;
        open(&*state, 1).await;
        let _: () = server.ask("SCRIPT FLUSH");
        assert_eq!(state.save(id(1), 1, b"", &seen(1)).await.unwrap(), Saved::Done { revision: 2 });
    });
}

#[test]
fn scripts_work_where_a_cluster_wants_all_keys_in_one_slot() {
    run(async {
        let mut server = Server::with(Redis::start_with(&["--cluster-enabled", "yes"]).unwrap());
        let _: () = server.ask("CLUSTER ADDSLOTSRANGE 0 16383");
        for _ in 0..200 {
            if server.ask::<String>("CLUSTER INFO").contains("cluster_state:ok") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let state = server.state().await;
        let keys = ["ada".to_owned(), "bob".to_owned()];
        open(&*state, 1).await;
        open(&*state, 2).await;
        state.save(id(1), 1, b"image", &seen(1)).await.unwrap();
        state.touch(id(1), &seen(2)).await.unwrap();
        state.assign(1, "name", &[], false).await.unwrap();
        state.fail(&keys, NOW_MS, Duration::from_secs(9)).await.unwrap();
        assert_eq!(state.failures(&keys, NOW_MS).await.unwrap()[1].count, 1);
        state.forgive(&keys).await.unwrap();
        assert_eq!(state.list(None, 10, NOW_MS).await.unwrap().len(), 2);
        state.end(id(1)).await.unwrap();
        assert_eq!(state.end_user(2, None).await.unwrap(), 1);
        assert_eq!(state.sweep(NOW_MS).await.unwrap(), 0);
    });
}

#[test]
fn users_and_passwords_are_in_the_url() {
    run(async {
        let mut server = Server::start();
        let _: () = server.ask("ACL SETUSER shop on >p@ss/word ~brooklet:{shop}:* +@all");
        let _: () = server.ask("CONFIG SET requirepass hush");
        let at = |who: &str| format!("redis://{who}127.0.0.1:{}/0?prefix=shop", server.redis.port());
        for who in ["shop:p%40ss%2Fword@", ":hush@"] {
            let state = server.node(&at(who), options()).await.unwrap();
            state.open(id(1), &of_user(1), &seen(0), b"").await.unwrap();
            assert_eq!(state.load(id(1), NOW_MS).await.unwrap().unwrap().revision, 1);
            assert!(!format!("{state:?}").contains("hush"), "{state:?}");
        }
        for who in ["", "shop:wrong-password@", ":wrong-password@"] {
            let failed = server.node(&at(who), options()).await.err();
            assert!(matches!(failed, Some(StateError::Other { .. })), "{failed:?}");
            let shown = format!("{failed:?} {}", failed.as_ref().unwrap());
            assert!(!shown.contains("wrong-password"), "{shown}");
        }
        // Not allowed outside its prefix.
        let elsewhere = at("shop:p%40ss%2Fword@").replace("prefix=shop", "prefix=other");
        let state = server.node(&elsewhere, options()).await.unwrap();
        assert!(matches!(state.load(id(1), NOW_MS).await, Err(StateError::Other { .. })));
    });
}

#[test]
fn tls_is_spoken_with_servers_whose_certificate_is_trusted() {
    run(async {
        let folder = root().join("runtime/state/tests/certificates");
        let file = |name: &str| folder.join(name).display().to_string();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let (certificate, key, authority) = (file("server.pem"), file("server.key"), file("ca.pem"));
        let server = Server::with(
            Redis::start_with(&[
                "--tls-port",
                &port,
                "--tls-cert-file",
                &certificate,
                "--tls-key-file",
                &key,
                "--tls-ca-cert-file",
                &authority,
                "--tls-auth-clients",
                "no",
            ])
            .unwrap(),
        );
        let url = format!("rediss://127.0.0.1:{port}/0");
        let state = server.node(&format!("{url}?ca={authority}"), options()).await.unwrap();
        open(&*state, 1).await;
        assert_eq!(server.state().await.load(id(1), NOW_MS).await.unwrap().unwrap().record, of_user(1));
        let stranger = server.node(&url, options()).await.err();
        assert!(stranger.is_some(), "nobody vouches for this certificate");
    });
}
