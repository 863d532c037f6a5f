//! What becomes of sessions when their users change.

use crate::club::{ADA, BEA, Club, PRODUCTION};
use serde_json::{Value, json};

async fn is_in(client: &crate::club::Client) -> bool {
    match client.who().await.code() {
        (200, _) => true,
        (401, "session-unknown") => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sessions() {
    let club = Club::open(PRODUCTION).await;
    let (own, other, bea) = (club.program(ADA).await, club.browser(ADA).await, club.program(BEA).await);
    let changed = own.call("Club.SetPassword", json!({"Name": "ada", "Password": "new"})).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!([is_in(&own).await, is_in(&other).await, is_in(&bea).await], [true, false, true]);
    assert_eq!(club.log_in(ADA).await.code(), (401, "login-failed"));
    let again = club.program(("ada", "new")).await;
    bea.call("Club.SetPassword", json!({"Name": "ada", "Password": "newer"})).await;
    assert_eq!([is_in(&own).await, is_in(&again).await, is_in(&bea).await], [false, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_change_that_is_undone_ends_nothing() {
    let club = Club::open(PRODUCTION).await;
    let (own, other) = (club.program(ADA).await, club.program(ADA).await);
    let arguments = json!({"Name": "ada", "Password": "new"});
    assert_eq!(own.call("Club.SetPasswordAndFail", arguments.clone()).await.code(), (422, "thrown"));
    let answer = own.call("Club.SetPasswordAndThinkAgain", arguments).await;
    assert_eq!(answer.json["result"], "taken back", "{answer:?}");
    assert!(is_in(&own).await && is_in(&other).await);
    assert_eq!(club.log_in(ADA).await.status, 200, "the password is what it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_or_not_active_or_gone_is_out() {
    for (microflow, arguments) in [
        ("Club.Block", json!({"Name": "ada", "Blocked": true})),
        ("Club.Deactivate", json!({"Name": "ada"})),
        ("Club.Remove", json!({"Name": "ada"})),
    ] {
        let club = Club::open(PRODUCTION).await;
        let (ada, bea) = (club.program(ADA).await, club.program(BEA).await);
        club.system(microflow, arguments).await;
        assert_eq!([is_in(&ada).await, is_in(&bea).await], [false, true], "{microflow}");
        assert_eq!(club.log_in(ADA).await.code(), (401, "login-failed"), "{microflow}");
    }
    let club = Club::open(PRODUCTION).await;
    club.system("Club.Block", json!({"Name": "ada", "Blocked": true})).await;
    club.system("Club.Block", json!({"Name": "ada", "Blocked": false})).await;
    assert_eq!(club.log_in(ADA).await.status, 200, "blocked no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_removes_oneself_is_out_too() {
    let club = Club::open(PRODUCTION).await;
    let (own, other) = (club.program(ADA).await, club.program(ADA).await);
    assert_eq!(own.call("Club.Remove", json!({"Name": "ada"})).await.status, 200);
    assert!(!is_in(&own).await && !is_in(&other).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_roles_hold_in_the_next_request_without_another_login() {
    let club = Club::open(PRODUCTION).await;
    let ada = club.program(ADA).await;
    ada.call("Club.Keep", json!({"Text": "a"})).await;
    assert_eq!(ada.call("Club.Decide", json!({})).await.code(), (403, "execute-denied"));
    club.system("Club.Assign", json!({"Name": "ada", "Role": "Board"})).await;
    assert_eq!(ada.status("Club.Decide").await, 200);
    assert_eq!(ada.who().await.json["roles"], json!(["Board"]));
    assert_eq!(ada.call("Club.Kept", json!({})).await.json["result"], 1, "the session's objects are still there");
    club.system("Club.Assign", json!({"Name": "ada", "Role": "Member"})).await;
    assert_eq!([ada.status("Club.Decide").await, ada.status("Club.Meet").await], [403, 200]);
    club.system("Club.RemoveRole", json!({"Role": "Member"})).await;
    assert_eq!((ada.status("Club.Meet").await, &ada.who().await.json["roles"]), (403, &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_the_sessions_too() {
    let club = Club::open(PRODUCTION).await;
    let ada = club.program(ADA).await;
    club.system("Club.Rename", json!({"Name": "ada", "To": "lovelace"})).await;
    assert_eq!(ada.who().await.json["user"], "lovelace");
    assert_eq!(club.log_in(("lovelace", ADA.1)).await.status, 200);
}

/// Somebody logs in with the old password again and again while it is changed: no session of it is left afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn no_login_slips_through_while_the_password_changes() {
    let club = Club::open(PRODUCTION).await;
    for round in 0..4 {
        let old = if round == 0 { ADA.1.to_owned() } else { format!("secret {}", round - 1) };
        let change = async {
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
            let new = json!({"Name": "ada", "Password": format!("secret {round}")});
            club.system("Club.SetPassword", new).await;
        };
        let logins = async {
            let logins = (0..6).map(|_| club.log_in((ADA.0, &old)));
            let answers = futures_util::future::join_all(logins).await;
            answers
                .into_iter()
                .filter_map(|answer| answer.json["token"].as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        };
        let ((), tokens) = tokio::join!(change, logins);
        for token in tokens {
            let client = club.visitor().with("authorization", &format!("Bearer {token}"));
            assert!(!is_in(&client).await, "round {round}: a session of the old password is left");
        }
        // Failures of this round are not the next one's.
        club.at(7200 * (round + 1));
    }
    let left = club.node.sessions().state().count(crate::club::BEGIN_MS + 7200 * 4000).await.expect("they are counted");
    assert_eq!(json!(left), Value::from(0));
}
