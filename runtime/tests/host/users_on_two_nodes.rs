//! What is done to sessions and users on one node holds on the other in the very next request.

use crate::club::{ADA, Club, PRODUCTION, Setup};
use brooklet_runtime::limits::SessionLimits;
use brooklet_test_support::{Postgres, Redis};
use serde_json::json;

/// Two nodes that share everything, for each store of sessions.
async fn pairs(session: SessionLimits) -> Vec<[Club; 2]> {
    let mut pairs = Vec::new();
    for state in ["sql".to_owned(), Redis::shared().url(1)] {
        let store = Postgres::shared().database();
        // Sessions of an earlier test may be there, in the one Redis.
        let state = if state == "sql" {
            state
        } else {
            format!("{state}?prefix={}", store.rsplit('/').next().unwrap_or_default())
        };
        let setup =
            || Setup { store: store.clone(), state: state.clone(), session: session.clone(), ..Setup::default() };
        pairs.push([Club::join(PRODUCTION, setup(), 1).await, Club::join(PRODUCTION, setup(), 2).await]);
    }
    pairs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_node_is_a_session_of_the_other_until_it_is_ended_on_either() {
    for [a, b] in pairs(SessionLimits::default()).await {
        let browser = a.browser(ADA).await;
        for round in 0..4 {
            let node = if round % 2 == 0 { &b } else { &a };
            assert_eq!(browser.at(node).call("Club.Keep", json!({"Text": "x"})).await.status, 200);
        }
        assert_eq!(browser.at(&b).call("Club.Kept", json!({})).await.json["result"], 4);
        assert_eq!(browser.at(&a).log_out().await.status, 204);
        assert_eq!(browser.at(&b).call("Club.Hello", json!({})).await.code(), (401, "session-unknown"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_changes_on_one_node_has_changed_on_the_other() {
    for [a, b] in pairs(SessionLimits::default()).await {
        let (own, other) = (a.program(ADA).await, b.program(ADA).await);
        a.system("Club.Assign", json!({"Name": "ada", "Role": "Board"})).await;
        assert_eq!([own.at(&b).status("Club.Decide").await, other.status("Club.Decide").await], [200, 200]);
        b.system("Club.Assign", json!({"Name": "ada", "Role": "Member"})).await;
        assert_eq!([own.status("Club.Decide").await, other.at(&a).status("Club.Decide").await], [403, 403]);
        let changed = own.at(&b).call("Club.SetPassword", json!({"Name": "ada", "Password": "new"})).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!([own.status("Club.Meet").await, other.status("Club.Meet").await], [200, 401]);
        a.system("Club.Block", json!({"Name": "ada", "Blocked": true})).await;
        assert_eq!(own.at(&b).status("Club.Meet").await, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_on_one_node_waits_on_the_other() {
    for [a, b] in pairs(SessionLimits::default()).await {
        for _ in 0..6 {
            a.log_in((ADA.0, "not it")).await;
        }
        assert_eq!(b.log_in(ADA).await.code(), (429, "login-delayed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_sessions_is_exact_over_both() {
    let session = SessionLimits { sessions: Some(5), ..SessionLimits::default() };
    for [a, b] in pairs(session).await {
        let logins = (0..12).map(|number| if number % 2 == 0 { a.log_in(ADA) } else { b.log_in(ADA) });
        let answers = futures_util::future::join_all(logins).await;
        let with = |code| answers.iter().filter(|answer| answer.code() == code).count();
        assert_eq!((with((200, "")), with((429, "session-limit"))), (5, 7));
    }
}
