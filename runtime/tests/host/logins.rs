//! Logins that fail, and how long whoever fails waits.

use crate::club::{ADA, Answer, BEA, Club, PRODUCTION};
use brooklet_runtime::{limits::LoginLimits, session::Client as Visitor};
use serde_json::json;

const WRONG: (&str, &str) = (ADA.0, "not it");

fn retry_after(answer: &Answer) -> u64 {
    answer.header("retry-after").expect("a hint").parse().expect("seconds")
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let club = Club::open(PRODUCTION).await;
    let wrong = club.log_in(WRONG).await;
    assert_eq!(wrong.code(), (401, "login-failed"));
    club.system("Club.Block", json!({"Name": "ada", "Blocked": true})).await;
    let blocked = club.log_in(ADA).await;
    club.system("Club.Assign", json!({"Name": "bea", "Role": "None"})).await;
    let roleless = club.log_in(BEA).await;
    for other in [club.log_in(("nobody", "x")).await, club.log_in(("", "")).await, blocked, roleless] {
        assert_eq!((other.status, &other.json), (wrong.status, &wrong.json));
    }
    let odd = club.log_in(("a\0da", "x")).await;
    assert_eq!(odd.json, wrong.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_further_failure_doubles_the_wait_and_an_early_attempt_costs_nothing() {
    let club = Club::open(PRODUCTION).await;
    let mut now = 0;
    for wait in [0, 0, 0, 1, 2, 4, 8] {
        assert_eq!(club.log_in(WRONG).await.code(), (401, "login-failed"), "at {now} s");
        if wait > 0 {
            // Too early, be it with the right password: it is not looked at, and the wait stays what it is.
            for _ in 0..3 {
                let early = club.log_in(ADA).await;
                assert_eq!((early.code(), retry_after(&early)), ((429, "login-delayed"), wait), "at {now} s");
            }
        }
        now += i64::try_from(wait).expect("it fits");
        club.at(now);
    }
    assert_eq!(club.log_in(ADA).await.status, 200, "the wait is over");
    assert_eq!(club.log_in(WRONG).await.code(), (401, "login-failed"));
    assert_eq!(club.log_in(ADA).await.status, 200, "a login that succeeds forgives");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_locked_out_from_elsewhere() {
    let club = Club::open(PRODUCTION).await;
    let limits = LoginLimits::default();
    let at = |address: &str| Visitor::visitor(address);
    // Many addresses guess as long as they may.
    for stranger in 0..20 {
        for _ in 0..=limits.pair.free {
            let failed = club.node.login(WRONG.0, WRONG.1, &at(&format!("203.0.113.{stranger}"))).await;
            assert!(failed.is_err());
        }
    }
    let failed = club.node.login(ADA.0, ADA.1, &at("203.0.113.1")).await.expect_err("that address must wait");
    assert_eq!(failed.code, "login-delayed");
    club.node.login(ADA.0, ADA.1, &at("198.51.100.7")).await.expect("the user is elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_tries_many_users_waits() {
    let club = Club::open(PRODUCTION).await;
    let spray = Visitor::visitor("2001:db8:0:1::1");
    for user in 0..=LoginLimits::default().address.free {
        assert!(club.node.login(&format!("user{user}"), "Summer2024", &spray).await.is_err());
    }
    // Another address of the same network is the same customer.
    let neighbour = Visitor::visitor("2001:db8:0:1::2");
    let failed = club.node.login(ADA.0, ADA.1, &neighbour).await.expect_err("it must wait");
    assert_eq!(failed.code, "login-delayed");
    club.node.login(ADA.0, ADA.1, &Visitor::visitor("2001:db8:0:2::1")).await.expect("others need not");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_once_gains_little() {
    let club = Club::open(PRODUCTION).await;
    let limits = LoginLimits::default();
    let guesses = (0..60).map(|_| club.log_in(WRONG));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.code() == (401, "login-failed")).count();
    let most = limits.pair.free as usize + limits.at_once;
    assert!(looked_at <= most, "{looked_at} guesses were looked at, {most} at most may be");
    assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_object_knows_of_logins() {
    let club = Club::open(PRODUCTION).await;
    assert_eq!(club.about("ada").await, "Member 0 never");
    club.log_in(WRONG).await;
    club.log_in(WRONG).await;
    let mut tries = 0;
    while club.about("ada").await != "Member 2 never" {
        tries += 1;
        assert!(tries < 100, "{}", club.about("ada").await);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    club.log_in(ADA).await;
    assert_eq!(club.about("ada").await, "Member 0 in");
}

#[tokio::test(flavor = "multi_thread")]
async fn language_and_time_zone_are_the_users() {
    let club = Club::open(PRODUCTION).await;
    let moment = json!({"Moment": "2024-07-01T12:00:00Z"});
    let before = club.program(ADA).await;
    assert_eq!(before.call("Club.HourOf", moment.clone()).await.json["result"], "12");
    club.system("Club.Speak", json!({"Name": "ada", "Language": "nl_NL", "TimeZone": "Europe/Amsterdam"})).await;
    let after = club.program(ADA).await;
    assert_eq!(after.who().await.json["language"], "nl_NL");
    assert_eq!(after.call("Club.HourOf", moment).await.json["result"], "14");
}
