//! Objects that go into microflows and come out of them.

use serde_json::{Value, json};

use crate::objects::{
    on_both,
    site::{Site, names_of},
};

on_both!(
    an_argument_that_may_not_be_seen_is_not_found,
    members_of_arguments_need_rights,
    results_are_filtered_like_retrieves,
    microflows_have_all_rights_themselves,
    what_a_page_shows_is_filtered_too,
);

async fn an_argument_that_may_not_be_seen_is_not_found(site: Site) {
    let of = |name: &str| json!({ "id": site.id(name) });
    for (role, name, status) in
        [("All", "Kim", 200), ("Utrecht", "Pim", 200), ("Utrecht", "Kim", 400), ("Pay", "Max", 400)]
    {
        let who = site.with_roles(&[role]).await;
        let answer = who.call("Hr.ACT_Pass", json!({ "Person": of(name) })).await;
        assert_eq!(answer.status, status, "{role} {name}: {}", answer.body);
        let answer = who.call("Hr.ACT_PassAll", json!({ "People": [of("Pim"), of(name)] })).await;
        assert_eq!(answer.status, status, "{role} {name}: {}", answer.body);
        if status == 400 {
            assert_eq!(answer.code(), "argument-not-found");
            // Word for word what is said of an object that does not exist.
            let missing = who.call("Hr.ACT_Pass", json!({ "Person": { "id": "12345" } })).await;
            let hidden = who.call("Hr.ACT_Pass", json!({ "Person": of(name) })).await;
            let text = |answer: &Value| answer["detail"].as_str().map(str::to_owned).expect("a text");
            assert_eq!(text(&missing.body).replace("12345", site.id(name)), text(&hidden.body));
        }
    }
}

async fn members_of_arguments_need_rights(site: Site) {
    let pim = |members: Value| json!({ "Person": { "id": site.id("Pim"), "members": members } });
    let cases: [(&str, &str, Value, u16); 8] = [
        ("All", "Hr.ACT_Pass", pim(json!({ "Name": "x" })), 200),
        ("Editor", "Hr.ACT_Pass", pim(json!({ "City": "x" })), 200),
        ("Editor", "Hr.ACT_Pass", pim(json!({ "Name": "x" })), 403),
        ("Utrecht", "Hr.ACT_Pass", pim(json!({ "City": "x" })), 403),
        ("Utrecht", "Hr.ACT_Pass", json!({ "Person": { "Name": "New" } }), 403),
        ("Creator", "Hr.ACT_Pass", json!({ "Person": { "Name": "New" } }), 200),
        ("Notes", "Hr.ACT_Note", json!({ "Note": { "Text": "New" } }), 200),
        ("Nothing", "Hr.ACT_Note", json!({ "Note": { "Text": "New" } }), 403),
    ];
    for (role, microflow, arguments, status) in cases {
        let who = site.with_roles(&[role]).await;
        let answer = who.call(microflow, arguments.clone()).await;
        assert_eq!(answer.status, status, "{role} {arguments}: {}", answer.body);
        if status == 403 {
            assert_eq!(answer.code(), "access-denied");
        }
    }
}

async fn results_are_filtered_like_retrieves(site: Site) {
    let cases: [(&str, &[&str]); 4] = [
        ("All", &["Kim", "Max", "Pim", "Tim"]),
        ("Utrecht", &["Pim"]),
        ("Pay", &["Kim", "Pim", "Tim"]),
        ("Nothing", &[]),
    ];
    for (role, expected) in cases {
        let who = site.with_roles(&[role]).await;
        let answer = who.call("Hr.ACT_All", json!({})).await;
        let objects = answer.body["result"].as_array().expect("a list");
        let names: Vec<_> = objects.iter().map(|object| object["members"]["Name"].as_str().expect("a name")).collect();
        assert_eq!(names, expected, "{role}");
    }
    let pay = site.with_roles(&["Pay"]).await;
    let answer = pay.call("Hr.ACT_All", json!({})).await;
    let members: Vec<_> = answer.body["result"].as_array().expect("a list").iter().map(names_of).collect();
    let without = vec!["City", "Hr.Person_Team", "Name"];
    assert_eq!(members[0], without);
    assert_eq!(members[1], ["City", "Hr.Person_Team", "Name", "Salary"]);
    // A note's hidden member stays hidden.
    let notes = site.with_roles(&["Notes"]).await;
    let answer = notes.call("Hr.ACT_Note", json!({ "Note": { "Text": "New" } })).await;
    assert_eq!(names_of(&answer.body["result"]), ["Text"]);
    // For an object that was new in this request all constraints hold, also when it was committed.
    let utrecht = site.with_roles(&["Utrecht"]).await;
    let made = utrecht.call("Hr.ACT_New", json!({ "Name": "New" })).await;
    assert_eq!(made.body["result"]["members"]["City"], "Delft", "{}", made.body);
    let id = made.body["result"]["id"].as_str().expect("an id");
    assert_eq!(utrecht.get(&format!("/api/objects/Hr.Person/{id}")).await.status, 404);
}

async fn microflows_have_all_rights_themselves(site: Site) {
    let nothing = site.with_roles(&["Nothing"]).await;
    let answer = nothing.call("Hr.ACT_Raise", json!({ "Name": "Kim" })).await;
    assert_eq!((answer.status, &answer.body["result"]), (200, &json!("2001")), "{}", answer.body);
    assert_eq!(nothing.call("Hr.ACT_Show", json!({})).await.code(), "execute-denied");
}

async fn what_a_page_shows_is_filtered_too(site: Site) {
    let pay = site.with_roles(&["Pay"]).await;
    let answer = pay.call("Hr.ACT_Show", json!({ "Person": { "id": site.id("Kim") } })).await;
    let shown = &answer.body["effects"][0]["arguments"]["Person"];
    assert_eq!(names_of(shown), ["City", "Hr.Person_Team", "Name"], "{}", answer.body);
}
