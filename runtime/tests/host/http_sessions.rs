//! Sessions over HTTP: logging in and out, what is shown to prove a session, and who may call what.

use crate::club::{ADA, BEA, Club, OFF, PRODUCTION, Setup, WITH_GUESTS};
use brooklet_runtime::limits::SessionLimits;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_login_gives_a_session_by_token_and_by_cookie_and_a_logout_ends_it() {
    let club = Club::open(PRODUCTION).await;
    let login = club.log_in(ADA).await;
    assert_eq!(login.status, 200);
    assert_eq!((&login.json["user"], &login.json["roles"]), (&json!("ada"), &json!(["Member"])));
    assert_eq!((&login.json["expires_in"], login.token().len()), (&json!(600), 43));
    let cookie = format!("brooklet_session={}; Path=/; HttpOnly; SameSite=Strict", login.token());
    assert_eq!((login.header("set-cookie"), login.header("cache-control")), (Some(&*cookie), Some("no-store")));
    assert_eq!(login.header("x-csrf-token"), login.json["csrf"].as_str());

    for client in [club.program(ADA).await, club.browser(ADA).await] {
        let hello = client.call("Club.Hello", json!({})).await;
        assert_eq!((hello.status, &hello.json["result"]), (200, &json!("hello ada")));
        assert_eq!(client.log_out().await.status, 204);
        assert_eq!(client.call("Club.Hello", json!({})).await.code(), (401, "session-unknown"));
        assert_eq!(client.log_out().await.status, 204, "whoever is out is out");
    }
    let other = club.visitor().with("authorization", &format!("Bearer {}", login.token()));
    assert_eq!(other.status("Club.Hello").await, 200, "another session of the user goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_by_cookie_that_may_change_something_needs_the_sessions_proof() {
    let club = Club::open(PRODUCTION).await;
    let browser = club.browser(ADA).await;
    let other = club.browser(ADA).await.who().await.json["csrf"].as_str().expect("a CSRF token").to_owned();
    let forged = browser.without("x-csrf-token");
    for client in [&forged, &browser.with("x-csrf-token", &other), &browser.with("x-csrf-token", "")] {
        assert_eq!(client.call("Club.Hello", json!({})).await.code(), (403, "csrf-token"));
        assert_eq!(client.log_out().await.code(), (403, "csrf-token"));
    }
    assert_eq!(browser.status("Club.Hello").await, 200, "nobody was logged out");
    let who = forged.who().await;
    assert_eq!(who.status, 200, "reading needs no proof");
    let told = forged.with("x-csrf-token", who.json["csrf"].as_str().expect("a CSRF token"));
    assert_eq!(told.status("Club.Hello").await, 200, "a page that is loaded anew asks for it");
    let both = forged.with("authorization", &format!("Bearer {}", club.log_in(BEA).await.token()));
    assert_eq!(both.call("Club.Hello", json!({})).await.json["result"], "hello bea", "the header comes first");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_learns_who_it_is() {
    let club = Club::open(WITH_GUESTS).await;
    let version = club.node.version().expect("it serves").hash().to_owned();
    let mut who = club.browser(BEA).await.who().await;
    assert_eq!(who.json["csrf"].take().as_str().map(str::len), Some(32));
    let bea = json!({
        "user": "bea", "roles": ["Board"], "anonymous": false, "language": "en_US", "csrf": null, "version": version,
        "maintenance": null,
    });
    assert_eq!(who.json, bea);
    let guest = json!({
        "user": null, "roles": ["Guest"], "anonymous": true, "language": "en_US", "csrf": null, "version": version,
        "maintenance": null,
    });
    assert_eq!(club.visitor().who().await.json, guest);
    assert_eq!(club.node.sessions().state().count(crate::club::BEGIN_MS).await.expect("they are counted"), 1);
    let closed = Club::open(PRODUCTION).await;
    assert_eq!(closed.visitor().who().await.code(), (401, "login-required"));
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_decide_who_may_call_what() {
    let club = Club::open(WITH_GUESTS).await;
    let (guest, ada, bea) = (club.visitor(), club.program(ADA).await, club.program(BEA).await);
    for (microflow, expected) in [
        ("Club.Hello", [200, 200, 200]),
        ("Club.Meet", [401, 200, 200]),
        ("Club.Decide", [401, 403, 200]),
        ("Club.Hidden", [401, 403, 403]),
    ] {
        let statuses = [guest.status(microflow).await, ada.status(microflow).await, bea.status(microflow).await];
        assert_eq!(statuses, expected, "{microflow}");
        for (client, status) in [&guest, &ada, &bea].into_iter().zip(expected) {
            let listed = client.send("GET", "/api/microflows", "").await.json["microflows"].take();
            let is_listed = listed.as_array().expect("a list").iter().any(|one| one["name"] == microflow);
            assert_eq!(is_listed, status == 200, "{microflow} is listed for those who may call it: {listed}");
        }
    }
    let login_first = guest.call("Club.Meet", json!({})).await;
    assert_eq!(login_first.code(), (401, "login-required"));
    assert_eq!(login_first.header("www-authenticate"), Some("Bearer"));
    assert_eq!(ada.call("Club.Decide", json!({})).await.code(), (403, "execute-denied"));
    // What a microflow calls is not asked again: SetPassword calls one that nobody may call.
    let name = json!({"Name": "bea", "Password": "new"});
    assert_eq!(ada.call("Club.SetPassword", name).await.status, 200);
    let closed = Club::open(PRODUCTION).await;
    assert_eq!(closed.visitor().call("Club.Hello", json!({})).await.code(), (401, "login-required"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_given_a_cookie_when_there_is_something_to_keep() {
    let club = Club::open(WITH_GUESTS).await;
    let hello = club.visitor().call("Club.Hello", json!({})).await;
    assert_eq!((&hello.json["result"], hello.header("set-cookie")), (&json!("hello Anonymous"), None));

    let kept = club.visitor().call("Club.Keep", json!({"Text": "a"})).await;
    let csrf = kept.header("x-csrf-token").expect("it is told how to go on").to_owned();
    let again = club.visitor().with("cookie", &kept.cookie());
    assert_eq!(again.call("Club.Kept", json!({})).await.code(), (403, "csrf-token"));
    let again = again.with("x-csrf-token", &csrf);
    let count = again.call("Club.Kept", json!({})).await;
    assert_eq!((&count.json["result"], count.header("set-cookie")), (&json!(1), None), "once is enough");
    // Whoever logs in gets another session, and the visitor's is no more.
    let login = again.log_in(ADA).await;
    assert_ne!(login.cookie(), kept.cookie());
    assert_eq!(again.call("Club.Kept", json!({})).await.code(), (401, "session-unknown"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_can_ask_for_a_session_before_there_is_something_to_keep() {
    let club = Club::open(WITH_GUESTS).await;
    let opened = club.visitor().send("POST", "/api/session", "").await;
    assert_eq!(
        (opened.status, &opened.json["anonymous"], &opened.json["roles"]),
        (200, &json!(true), &json!(["Guest"]))
    );
    let program = club.visitor().with("authorization", &format!("Bearer {}", opened.token()));
    assert_eq!(program.call("Club.Keep", json!({"Text": "a"})).await.status, 200);
    assert_eq!(program.call("Club.Kept", json!({})).await.json["result"], 1);
    let again = program.send("POST", "/api/session", "").await;
    assert_eq!((again.status, &again.json["token"]), (200, &Value::Null), "it has one, and knows its token");
    assert_eq!(again.json["csrf"], opened.json["csrf"]);
    let closed = Club::open(PRODUCTION).await;
    assert_eq!(closed.visitor().send("POST", "/api/session", "").await.code(), (401, "login-required"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_of_a_session_that_has_ended_is_taken_away() {
    let club = Club::open(WITH_GUESTS).await;
    let browser = club.browser(ADA).await;
    let gone = Some("brooklet_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
    assert_eq!(browser.log_out().await.header("set-cookie"), gone);
    let refused = browser.who().await;
    assert_eq!((refused.code(), refused.header("set-cookie")), ((401, "session-unknown"), gone));
    // A token that a program has is the program's affair.
    let program = club.program(ADA).await;
    program.log_out().await;
    assert_eq!(program.with("cookie", "brooklet_session=x").who().await.header("set-cookie"), None);
    let nonsense = club.visitor().with("authorization", "Bearer nonsense").who().await;
    assert_eq!(nonsense.code(), (401, "session-unknown"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_was_not_used_for_the_timeout() {
    let club = Club::open(PRODUCTION).await;
    let (used, idle) = (club.program(ADA).await, club.program(ADA).await);
    for seconds in [300, 599, 1100] {
        club.at(seconds);
        assert_eq!(used.status("Club.Hello").await, 200, "after {seconds} s");
        // The store hears of the use in its own time.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(idle.call("Club.Hello", json!({})).await.code(), (401, "session-unknown"));
    club.at(1700);
    assert_eq!(used.call("Club.Hello", json!({})).await.code(), (401, "session-unknown"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_security_off_everybody_may_call_everything_and_has_a_session_by_cookie() {
    let club = Club::open(OFF).await;
    assert_eq!(club.visitor().call("Club.Hidden", json!({})).await.json["result"], "nobody may call this");
    let kept = club.visitor().call("Club.Keep", json!({"Text": "a"})).await;
    let browser = club.visitor().with("cookie", &kept.cookie());
    let count = browser.call("Club.Kept", json!({})).await;
    assert_eq!((count.status, &count.json["result"]), (200, &json!(1)), "without any proof");
    browser.log_out().await;
    let after = browser.call("Club.Kept", json!({})).await;
    assert_eq!((after.status, &after.json["result"]), (200, &json!(0)), "an old cookie is passed over");
    // Demo users are there to try out rights; here there are none to try.
    assert_eq!(club.log_in(ADA).await.code(), (401, "login-failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_sessions_are_kept_for_administrators() {
    let session = SessionLimits { sessions: Some(3), reserve: 1, ..SessionLimits::default() };
    let club = Club::open_with(WITH_GUESTS, Setup { session, ..Setup::default() }).await;
    let (first, second) = (club.program(ADA).await, club.program(ADA).await);
    let full = club.log_in(ADA).await;
    assert_eq!(full.code(), (429, "session-limit"));
    assert!(full.header("retry-after").is_some());
    assert_eq!(club.visitor().call("Club.Keep", json!({"Text": "a"})).await.code(), (429, "session-limit"));
    assert_eq!(club.visitor().status("Club.Hello").await, 200, "whoever keeps nothing needs no place");
    let bea = club.program(BEA).await;
    assert_eq!(club.log_in(BEA).await.code(), (429, "session-limit"), "the reserve is used up");
    assert_eq!(bea.log_in(BEA).await.status, 200, "whoever changes sessions needs no further place");
    first.log_out().await;
    assert_eq!(club.log_in(ADA).await.code(), (429, "session-limit"), "that was the place of the reserve");
    second.log_out().await;
    assert_eq!(club.log_in(ADA).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_must_be_json_and_says_nothing_of_what_was_sent() {
    let club = Club::open(PRODUCTION).await;
    let visitor = club.visitor();
    let body = json!({"name": ADA.0, "password": ADA.1}).to_string();
    assert_eq!(visitor.send("POST", "/api/login", &body).await.code(), (415, "unsupported-media-type"));
    let form = visitor.with("content-type", "text/plain");
    assert_eq!(form.send("POST", "/api/login", &body).await.code(), (415, "unsupported-media-type"));
    let client = visitor.with("content-type", "application/json");
    for wrong in [r#"{"name": "ada", "password": 4711}"#, r#"{"name": "ada"}"#, "4711", ""] {
        let answer = client.send("POST", "/api/login", wrong).await;
        assert_eq!(answer.code(), (400, "malformed-json"), "{wrong}");
        assert!(!answer.json.to_string().contains("4711"), "{}", answer.json);
    }
    let long = json!({"name": ADA.0, "password": "x".repeat(2 << 20)}).to_string();
    assert_eq!(client.send("POST", "/api/login", &long).await.code(), (413, "payload-too-large"));
}
