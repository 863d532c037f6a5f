//! Who may create, change, associate and delete.

use serde_json::{Value, json};

use crate::objects::{on_both, site::Site};

on_both!(
    members_are_changed_by_those_who_may,
    objects_are_created_by_those_who_may,
    objects_are_deleted_by_those_who_may,
    associations_are_changed_by_those_who_may,
    rights_come_from_what_the_database_has,
    a_commit_needs_the_right_to_what_is_committed,
);

async fn members_are_changed_by_those_who_may(site: Site) {
    let team = json!({ "id": site.id("Blue") });
    let cases: [(&str, &str, Value, u16, &str); 14] = [
        ("All", "Pim", json!({ "Name": "x", "City": "y", "Salary": 1, "Level": "High", "Secret": "z" }), 200, ""),
        ("Reader", "Pim", json!({ "City": "x" }), 403, "City"),
        ("Editor", "Pim", json!({ "City": "x" }), 200, ""),
        ("Editor", "Pim", json!({ "Hr.Person_Team": team }), 200, ""),
        ("Editor", "Pim", json!({ "City": "x", "Name": "y" }), 403, "Name"),
        ("Editor", "Pim", json!({ "Secret": "x" }), 403, "Secret"),
        // To the value that it has is a change, too.
        ("Editor", "Pim", json!({ "Name": "Pim" }), 403, "Name"),
        // What the runtime sets comes back as it was sent out.
        ("Editor", "Pim", json!({ "Number": 1, "Twice": "2", "System.owner": null }), 200, ""),
        ("Local", "Pim", json!({ "City": "x", "Salary": 5 }), 200, ""),
        ("Local", "Pim", json!({ "Name": "x" }), 403, "Name"),
        ("Local", "Kim", json!({ "Salary": 5 }), 403, "Salary"),
        ("Pay", "Pim", json!({ "Hr.Person_Team": null }), 403, "Hr.Person_Team"),
        ("Utrecht", "Kim", json!({ "City": "x" }), 404, ""),
        ("Nothing", "Pim", json!({ "City": "x" }), 404, ""),
    ];
    for (role, name, members, status, member) in cases {
        let ann = site.as_user("ann", &[role]).await;
        let answer = ann.patch(&site.path(name), members.clone()).await;
        assert_eq!(answer.status, status, "{role} {name} {members}: {}", answer.body);
        if status == 403 {
            assert_eq!(answer.code(), "access-denied");
            let detail = &answer.body["details"][0];
            let named = (&detail["entity"], &detail["member"], &detail["id"]);
            assert_eq!(named, (&json!("Hr.Person"), &json!(member), &json!(site.id(name))), "{role} {members}");
            let text = answer.body["detail"].as_str().expect("a text");
            assert!(text.contains("Hr.Person") && text.contains(member), "{text}");
            // Nothing of it was done.
            let city = if name == "Pim" { "Utrecht" } else { "Delft" };
            assert_eq!(ann.get(&site.path(name)).await.member("City"), city);
        }
    }
}

async fn objects_are_created_by_those_who_may(site: Site) {
    let cases: [(&str, &str, Value, u16, &str); 9] = [
        ("All", "Hr.Person", json!({ "Name": "New" }), 201, ""),
        ("All", "Hr.Boss", json!({ "Name": "New", "Bonus": 1 }), 201, ""),
        ("Creator", "Hr.Person", json!({ "Name": "New" }), 201, ""),
        ("Creator", "Hr.Person", json!({ "Name": "New", "City": "x" }), 403, "City"),
        ("Creator", "Hr.Boss", json!({ "Name": "New" }), 403, ""),
        ("Reader", "Hr.Person", json!({ "Name": "New" }), 403, ""),
        ("Nothing", "Hr.Person", json!({}), 403, ""),
        ("Notes", "Hr.Note", json!({ "Text": "New" }), 201, ""),
        ("Notes", "Hr.Note", json!({ "Hidden": "New" }), 403, "Hidden"),
    ];
    for (role, entity, members, status, member) in cases {
        let ann = site.as_user("ann", &[role]).await;
        let answer = ann.post(&format!("/api/objects/{entity}"), json!({ "members": members })).await;
        assert_eq!(answer.status, status, "{role} {entity} {members}: {}", answer.body);
        if status == 403 {
            assert_eq!(answer.code(), "access-denied");
            let detail = &answer.body["details"][0];
            assert_eq!((&detail["entity"], detail["member"].as_str().unwrap_or_default()), (&json!(entity), member));
        }
    }
    // All constraints hold for a new object: nobody owns it yet who could not see it.
    let nobody = site.with_roles(&["Creator"]).await;
    let created = nobody.post("/api/objects/Hr.Person", json!({ "Name": "New" })).await;
    assert_eq!((created.status, created.members()), (201, vec!["City", "Name"]));
    assert_eq!(nobody.get(&created.location).await.status, 200);
    let committed = nobody.post(&format!("{}/commit", created.location), Value::Null).await;
    assert_eq!((committed.status, committed.member("Name")), (200, &json!("New")));
    // In the next request it is one of the database's, and nobody's own.
    assert_eq!(nobody.get(&created.location).await.status, 404);
}

async fn objects_are_deleted_by_those_who_may(site: Site) {
    for (role, name, status) in
        [("Reader", "Kim", 403), ("Nothing", "Kim", 404), ("Utrecht", "Kim", 404), ("Deleter", "Pim", 403)]
    {
        let ann = site.as_user("ann", &[role]).await;
        let answer = ann.delete(&site.path(name)).await;
        assert_eq!(answer.status, status, "{role} {name}: {}", answer.body);
        if status == 403 {
            assert_eq!(answer.body["detail"], "You have no right to delete this Hr.Person.");
        }
    }
    let all = site.with_roles(&["All"]).await;
    assert_eq!(all.names("Hr.Person", "sort=Name").await.expect("names").1, 4);
    for (role, name) in [("Deleter", "Kim"), ("All", "Max")] {
        let ann = site.as_user("ann", &[role]).await;
        let answer = ann.delete(&site.path(name)).await;
        assert_eq!((answer.status, &answer.body["object"]), (200, &Value::Null), "{role} {name}: {}", answer.body);
        assert_eq!(ann.delete(&site.path(name)).await.status, 404);
    }
    assert_eq!(all.names("Hr.Person", "sort=Name").await.expect("names").0, ["Pim", "Tim"]);
}

async fn associations_are_changed_by_those_who_may(site: Site) {
    let friends = format!("{}/Hr.Person_Friends", site.path("Pim"));
    let cases: [(&str, &str, u16, &str); 5] = [
        ("Editor", "Kim", 200, ""),
        ("Pay", "Kim", 403, "access-denied"),
        ("Reader", "Kim", 403, "access-denied"),
        // Max is a Boss, whom editors do not see.
        ("Editor", "Max", 404, "not-found"),
        ("Nothing", "Kim", 404, "not-found"),
    ];
    for (role, friend, status, code) in cases {
        let who = site.with_roles(&[role]).await;
        let answer = who.post(&friends, json!({ "add": [site.id(friend)] })).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{role} {friend}: {}", answer.body);
    }
    let editor = site.with_roles(&["Editor"]).await;
    for (association, status, code) in [
        ("Hr.Person_Team", 200, ""),
        ("Person_Team", 200, ""),
        ("System.owner", 400, "member-unavailable"),
        ("Hr.Persn_Team", 404, "unknown-member"),
    ] {
        let path = format!("{}/{association}", site.path("Pim"));
        let answer = editor.post(&path, json!({ "add": [] })).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{association}: {}", answer.body);
    }
    // A team does not own the association, so that it cannot be set from there.
    let all = site.with_roles(&["All"]).await;
    let from_team = format!("/api/objects/Hr.Team/{}/Hr.Person_Team", site.id("Red"));
    let answer = all.post(&from_team, json!({ "add": [site.id("Kim")] })).await;
    assert_eq!((answer.status, answer.code()), (400, "member-unavailable"), "{}", answer.body);
}

async fn rights_come_from_what_the_database_has(site: Site) {
    // Who moves somebody away from Utrecht has the right to the rest of the edit, until it is committed.
    let local = site.with_roles(&["Local"]).await;
    let pim = site.path("Pim");
    assert_eq!(local.patch(&pim, json!({ "City": "Delft" })).await.status, 200);
    assert_eq!(local.patch(&pim, json!({ "Salary": 7 })).await.status, 200);
    assert_eq!(local.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    assert_eq!(local.patch(&pim, json!({ "Salary": 8 })).await.status, 403);
    // Nobody gets a right by claiming what would give it.
    let kim = site.path("Kim");
    assert_eq!(local.patch(&kim, json!({ "City": "Utrecht", "Salary": 7 })).await.status, 403);
}

async fn a_commit_needs_the_right_to_what_is_committed(site: Site) {
    let (local, all) = (site.with_roles(&["Local"]).await, site.with_roles(&["All"]).await);
    let pim = site.path("Pim");
    assert_eq!(local.patch(&pim, json!({ "Salary": 7 })).await.status, 200);
    // Meanwhile somebody else takes the right away.
    assert_eq!(all.patch(&pim, json!({ "City": "Delft" })).await.status, 200);
    assert_eq!(all.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    let refused = local.post(&format!("{pim}/commit"), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "access-denied"), "{}", refused.body);
    assert_eq!(all.get(&pim).await.member("Salary"), &json!("1000"));
    assert_eq!(local.post(&format!("{pim}/rollback"), Value::Null).await.status, 200);
    assert_eq!(local.get(&pim).await.member("Salary"), &json!("1000"));
}
