//! Editing objects in a session: what is created and changed, what is seen of it, and what undoes it.

use serde_json::{Value, json};

use crate::objects::{on_both, site::Site};

on_both!(
    a_new_object_lives_in_its_session,
    an_edit_is_seen_in_its_session_only,
    what_was_not_edited_is_what_others_committed,
    a_rollback_undoes_an_edit,
    associations_can_be_edited_one_by_one,
    event_handlers_run,
    new_objects_can_refer_to_one_another,
    bodies_that_make_no_sense_are_refused,
    an_object_that_is_gone_can_be_let_go,
    objects_without_a_table_stay_until_they_are_deleted,
);

async fn a_new_object_lives_in_its_session(site: Site) {
    let (ann, bob) = (site.as_user("ann", &["All"]).await, site.as_user("bob", &["All"]).await);
    let created = ann.post("/api/objects/Hr.Person", json!({ "members": { "Name": "New", "Salary": "1.50" } })).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["object"]["id"].as_str().expect("an id");
    assert_eq!(created.location, format!("/api/objects/Hr.Person/{id}"));
    assert!(created.etag.starts_with('"') && created.etag.len() == 34, "{}", created.etag);
    assert_eq!((created.member("Salary"), created.member("Level")), (&json!("1.5"), &json!("Low")));
    assert_eq!(created.body["effects"], json!([]));

    let read = ann.get(&created.location).await;
    assert_eq!((read.status, &read.body, &read.etag), (200, &created.body, &created.etag));
    assert_eq!(bob.get(&created.location).await.status, 404);
    assert_eq!(ann.names("Hr.Person", "").await.expect("names").1, 4, "a retrieve sees the database only");

    let committed = ann.post(&format!("{}/commit", created.location), Value::Null).await;
    assert_eq!(committed.status, 200, "{}", committed.body);
    assert_ne!(committed.etag, created.etag);
    assert!(committed.member("Number").is_i64(), "the number is drawn now: {}", committed.body);
    let seen = bob.get(&created.location).await;
    assert_eq!((seen.status, &seen.body["object"], &seen.etag), (200, &committed.body["object"], &committed.etag));
}

async fn an_edit_is_seen_in_its_session_only(site: Site) {
    let (one, other) = (site.as_user("ann", &["All"]).await, site.as_user("ann", &["All"]).await);
    let pim = site.path("Pim");
    let before = one.get(&pim).await;
    let changed = one.patch(&pim, json!({ "City": "Breda", "Twice": "ignored" })).await;
    assert_eq!((changed.status, changed.member("City")), (200, &json!("Breda")), "{}", changed.body);
    assert_ne!(changed.etag, before.etag);
    assert_eq!(one.get(&pim).await.member("City"), "Breda");
    assert_eq!(other.get(&pim).await.member("City"), "Utrecht", "another window of the same user");
    assert_eq!(other.get(&pim).await.etag, before.etag);
    // A microflow that gets the object gets the edit.
    let passed = one.call("Hr.ACT_Pass", json!({ "Person": { "id": site.id("Pim") } })).await;
    assert_eq!(passed.body["result"]["members"]["City"], "Breda");
    // What was edited back is no edit.
    let back = one.patch(&pim, json!({ "City": "Utrecht" })).await;
    assert_eq!(back.etag, before.etag, "{}", back.body);
}

async fn what_was_not_edited_is_what_others_committed(site: Site) {
    let (ann, bob) = (site.as_user("ann", &["All"]).await, site.as_user("bob", &["All"]).await);
    let pim = site.path("Pim");
    let edited = ann.patch(&pim, json!({ "City": "Breda" })).await;
    bob.patch(&pim, json!({ "Salary": 1234 })).await;
    assert_eq!(bob.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    let seen = ann.get(&pim).await;
    assert_eq!((seen.member("City"), seen.member("Salary")), (&json!("Breda"), &json!("1234")));
    assert_ne!(seen.etag, edited.etag);
    assert_eq!(ann.get(&pim).await.etag, seen.etag);
    // Setting a member to what it was when the edit began, and is no more, is a change.
    assert_eq!(ann.patch(&pim, json!({ "Salary": 1000 })).await.member("Salary"), "1000");
    let committed = ann.post(&format!("{pim}/commit"), Value::Null).await;
    assert_eq!((committed.member("City"), committed.member("Salary")), (&json!("Breda"), &json!("1000")));
    assert_eq!(bob.get(&pim).await.body["object"], committed.body["object"]);
}

async fn a_rollback_undoes_an_edit(site: Site) {
    let ann = site.as_user("ann", &["All"]).await;
    let pim = site.path("Pim");
    let before = ann.get(&pim).await;
    ann.patch(&pim, json!({ "City": "Breda", "Hr.Person_Team": null })).await;
    let back = ann.post(&format!("{pim}/rollback"), Value::Null).await;
    assert_eq!((back.status, &back.body["object"], &back.etag), (200, &before.body["object"], &before.etag));
    assert_eq!(back.body["effects"][0]["message"], "Back");
    assert_eq!(ann.get(&pim).await.etag, before.etag);

    let created = ann.post("/api/objects/Hr.Person", json!({ "Name": "New" })).await;
    let back = ann.post(&format!("{}/rollback", created.location), Value::Null).await;
    assert_eq!((back.status, &back.body["object"], back.etag.as_str()), (200, &Value::Null, ""));
    assert_eq!(ann.get(&created.location).await.status, 404);
}

async fn associations_can_be_edited_one_by_one(site: Site) {
    let (ann, bob) = (site.as_user("ann", &["All"]).await, site.as_user("bob", &["All"]).await);
    let pim = site.path("Pim");
    let friends = format!("{pim}/Hr.Person_Friends");
    let of = |names: &[&str]| Value::from(names.iter().map(|name| json!({ "id": site.id(name) })).collect::<Vec<_>>());
    let added = ann.post(&friends, json!({ "add": [site.id("Kim"), { "id": site.id("Tim") }] })).await;
    assert_eq!(added.member("Hr.Person_Friends"), &of(&["Kim", "Tim"]), "{}", added.body);
    assert_eq!(ann.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    assert_eq!(bob.get(&pim).await.member("Hr.Person_Friends"), &of(&["Kim", "Tim"]));

    // Two who change a set at once change both what they mean.
    ann.post(&friends, json!({ "remove": [site.id("Kim")] })).await;
    bob.post(&friends, json!({ "add": [site.id("Max")] })).await;
    assert_eq!(bob.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    assert_eq!(ann.get(&pim).await.member("Hr.Person_Friends"), &of(&["Tim", "Max"]));
    assert_eq!(ann.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    assert_eq!(bob.get(&pim).await.member("Hr.Person_Friends"), &of(&["Tim", "Max"]));

    // A reference to one object takes one.
    let team = format!("{pim}/Hr.Person_Team");
    let moved = ann.post(&team, json!({ "add": [site.id("Blue")] })).await;
    assert_eq!(moved.member("Hr.Person_Team"), &json!({ "id": site.id("Blue") }));
    let left = ann.post(&team, json!({ "remove": [site.id("Blue")] })).await;
    assert_eq!(left.member("Hr.Person_Team"), &Value::Null);
    let both = ann.post(&team, json!({ "add": [site.id("Blue"), site.id("Red")] })).await;
    assert_eq!(both.status, 400, "{}", both.body);
}

async fn event_handlers_run(site: Site) {
    let ann = site.as_user("ann", &["All"]).await;
    let created = ann.post("/api/objects/Hr.Person", json!({ "Name": "Somebody" })).await;
    assert_eq!(created.member("City"), "Nowhere", "after create: {}", created.body);
    let committed = ann.post(&format!("{}/commit", created.location), Value::Null).await;
    let said = &committed.body["effects"][0];
    assert_eq!((&said["kind"], &said["message"]), (&json!("message"), &json!("Hello")), "{}", committed.body);

    let nobody = ann.post("/api/objects/Hr.Person", json!({ "Name": "Nobody" })).await;
    let refused = ann.post(&format!("{}/commit", nobody.location), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (422, "prevented"), "{}", refused.body);
    assert_eq!(ann.get(&nobody.location).await.member("Name"), "Nobody", "the edit stays");

    ann.patch(&site.path("Kim"), json!({ "Name": "Eve" })).await;
    ann.post(&format!("{}/commit", site.path("Kim")), Value::Null).await;
    let refused = ann.delete(&site.path("Kim")).await;
    assert_eq!((refused.status, refused.code()), (422, "prevented"), "{}", refused.body);
    assert_eq!(ann.get(&site.path("Kim")).await.status, 200);
}

async fn new_objects_can_refer_to_one_another(site: Site) {
    let ann = site.as_user("ann", &["All"]).await;
    let team = ann.post("/api/objects/Hr.Team", json!({ "Name": "New" })).await;
    let team_id = team.body["object"]["id"].clone();
    let members = json!({ "Name": "New", "Hr.Person_Team": { "id": team_id } });
    let person = ann.post("/api/objects/Hr.Person", members).await;
    assert_eq!(person.member("Hr.Person_Team"), &json!({ "id": team_id }), "{}", person.body);
    // The team goes along.
    assert_eq!(ann.post(&format!("{}/commit", person.location), Value::Null).await.status, 200);
    assert_eq!(ann.names("Hr.Team", "where=[Name = 'New']").await.expect("names").1, 1);
    // Both at once, a team that is part of the body included.
    let members = json!({ "Name": "Two", "Hr.Person_Team": { "members": { "Name": "Inner" } } });
    let person = ann.post("/api/objects/Hr.Person", members).await;
    assert_eq!(person.status, 201, "{}", person.body);
    assert_eq!(ann.post(&format!("{}/commit", person.location), Value::Null).await.status, 200);
    assert_eq!(ann.names("Hr.Team", "where=[Name = 'Inner']").await.expect("names").1, 1);
}

async fn bodies_that_make_no_sense_are_refused(site: Site) {
    let ann = site.as_user("ann", &["All"]).await;
    let (pim, people) = (site.path("Pim"), "/api/objects/Hr.Person");
    let cases = [
        ("POST", people, json!({ "Nam": "x" }), "unknown-member"),
        ("POST", people, json!({ "members": { "Salary": "much" } }), "wrong-argument-type"),
        ("POST", people, json!({ "members": { "Level": "Middle" } }), "wrong-argument-type"),
        ("POST", people, json!({ "id": "7", "members": {} }), "wrong-argument-type"),
        ("POST", people, json!({ "entity": "Hr.Team", "members": {} }), "wrong-argument-type"),
        ("POST", people, json!([]), "malformed-json"),
        ("PATCH", &*pim, json!({ "id": site.id("Kim"), "members": { "City": "x" } }), "wrong-argument-type"),
        ("PATCH", &*pim, json!({ "members": { "Hr.Person_Team": { "id": "12345" } } }), "argument-not-found"),
        ("POST", &*format!("{pim}/Hr.Person_Team"), json!({ "add": ["x"] }), "wrong-argument-type"),
        ("POST", &*format!("{pim}/Hr.Person_Team"), json!({ "ad": [] }), "malformed-json"),
        ("POST", "/api/commit", json!({ "objects": [{ "entity": "Hr.Person" }] }), "malformed-json"),
    ];
    for (method, path, body, code) in cases {
        let answer = ann.send(method, path, &body, &[]).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{method} {path} {body}: {}", answer.body);
    }
    let special = ann.post(people, json!({ "entity": "Hr.Boss", "members": { "Name": "Boss", "Bonus": 1 } })).await;
    assert_eq!((special.status, &special.body["object"]["entity"]), (201, &json!("Hr.Boss")));
}

async fn an_object_that_is_gone_can_be_let_go(site: Site) {
    let (ann, bob) = (site.as_user("ann", &["Local"]).await, site.as_user("bob", &["All"]).await);
    let pim = site.path("Pim");
    assert_eq!(ann.patch(&pim, json!({ "Salary": 1 })).await.status, 200);
    assert_eq!(bob.delete(&pim).await.status, 200);
    assert_eq!(ann.get(&pim).await.status, 404);
    assert_eq!(ann.patch(&pim, json!({ "Salary": 2 })).await.status, 404);
    assert_eq!(ann.post(&format!("{pim}/commit"), Value::Null).await.status, 404);
    let back = ann.post(&format!("{pim}/rollback"), Value::Null).await;
    assert_eq!((back.status, &back.body["object"]), (200, &Value::Null), "{}", back.body);
    assert_eq!(ann.post(&format!("{pim}/rollback"), Value::Null).await.status, 404);
}

async fn objects_without_a_table_stay_until_they_are_deleted(site: Site) {
    let notes = site.with_roles(&["Notes"]).await;
    let note = notes.post("/api/objects/Hr.Note", json!({ "Text": "one" })).await;
    assert_eq!((note.status, note.members()), (201, vec!["Text"]), "{}", note.body);
    assert_eq!(notes.patch(&note.location, json!({ "Text": "two" })).await.status, 200);
    assert_eq!(notes.post(&format!("{}/commit", note.location), Value::Null).await.status, 200);
    assert_eq!(notes.patch(&note.location, json!({ "Text": "three" })).await.status, 200);
    let back = notes.post(&format!("{}/rollback", note.location), Value::Null).await;
    assert_eq!(back.member("Text"), "two", "back to its last commit: {}", back.body);
    assert_eq!(notes.delete(&note.location).await.status, 403, "without the right to");
    let all = site.with_roles(&["All"]).await;
    let note = all.post("/api/objects/Hr.Note", json!({})).await;
    assert_eq!(all.delete(&note.location).await.status, 200);
    assert_eq!(all.get(&note.location).await.status, 404);
}
