//! Commits: validation, several objects at once, and what came between.

use serde_json::{Value, json};

use crate::objects::{on_both, site::Site};

on_both!(
    what_is_not_valid_stays_in_the_session,
    several_objects_are_committed_together_or_not_at_all,
    a_commit_fails_when_somebody_came_between,
    of_many_who_saw_the_same_one_wins,
    what_a_client_cannot_see_does_not_come_between,
    deletions_and_changes_take_conditions_too,
    a_client_that_has_the_object_need_not_get_it_again,
);

async fn what_is_not_valid_stays_in_the_session(site: Site) {
    let ann = site.as_user("ann", &["All"]).await;
    let pim = site.path("Pim");
    ann.patch(&pim, json!({ "Name": " ", "City": "Breda" })).await;
    let refused = ann.post(&format!("{pim}/commit"), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (422, "validation-failed"), "{}", refused.body);
    let detail = json!({ "entity": "Hr.Person", "id": site.id("Pim"), "member": "Name", "message": "Who is it?" });
    assert_eq!(refused.body["details"], json!([detail]));
    assert_eq!(ann.get(&pim).await.member("City"), "Breda");
    ann.patch(&pim, json!({ "Name": "Pam" })).await;
    let committed = ann.post(&format!("{pim}/commit"), Value::Null).await;
    assert_eq!((committed.status, committed.member("City")), (200, &json!("Breda")), "{}", committed.body);
    // Too long for the attribute.
    ann.patch(&pim, json!({ "Name": "x".repeat(21) })).await;
    assert_eq!(ann.post(&format!("{pim}/commit"), Value::Null).await.code(), "validation-failed");
}

async fn several_objects_are_committed_together_or_not_at_all(site: Site) {
    let (ann, bob) = (site.as_user("ann", &["All"]).await, site.as_user("bob", &["All"]).await);
    let (pim, kim) = (site.path("Pim"), site.path("Kim"));
    ann.patch(&pim, json!({ "City": "Breda" })).await;
    let kims = ann.patch(&kim, json!({ "Name": "" })).await;
    let both = |tag: Option<&str>| {
        let named = |name: &str| json!({ "entity": "Hr.Person", "id": site.id(name) });
        let mut second = named("Kim");
        if let Some(tag) = tag {
            second["etag"] = json!(tag);
        }
        json!({ "objects": [named("Pim"), second] })
    };
    let refused = ann.post("/api/commit", both(None)).await;
    assert_eq!((refused.status, refused.code()), (422, "validation-failed"), "{}", refused.body);
    assert_eq!(bob.get(&pim).await.member("City"), "Utrecht", "nothing was committed");
    assert_eq!(ann.get(&pim).await.member("City"), "Breda", "and nothing was lost");

    let named = ann.patch(&kim, json!({ "Name": "Kam" })).await;
    let stale = ann.post("/api/commit", both(Some(&kims.etag))).await;
    assert_eq!((stale.status, stale.code()), (412, "precondition-failed"));
    let committed = ann.post("/api/commit", both(Some(&named.etag))).await;
    assert_eq!(committed.status, 200, "{}", committed.body);
    let names: Vec<_> =
        committed.body["objects"].as_array().expect("objects").iter().map(|one| &one["members"]["Name"]).collect();
    assert_eq!(names, ["Pim", "Kam"]);
    assert_eq!(
        (bob.get(&pim).await.member("City"), bob.get(&kim).await.member("Name")),
        (&json!("Breda"), &json!("Kam"))
    );

    let missing = ann.post("/api/commit", json!({ "objects": [{ "entity": "Hr.Person", "id": "12345" }] })).await;
    assert_eq!((missing.status, missing.code()), (404, "not-found"));
    let many = vec![json!({ "entity": "Hr.Person", "id": "1" }); 1_001];
    assert_eq!(ann.post("/api/commit", json!({ "objects": many })).await.status, 400);
}

async fn a_commit_fails_when_somebody_came_between(site: Site) {
    let (ann, bob) = (site.as_user("ann", &["All"]).await, site.as_user("bob", &["All"]).await);
    let pim = site.path("Pim");
    let edited = ann.patch(&pim, json!({ "City": "Breda" })).await;
    bob.patch(&pim, json!({ "Salary": 1234 })).await;
    assert_eq!(bob.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    let commit = format!("{pim}/commit");
    let late = ann.send_if("POST", &commit, Value::Null, &edited.etag).await;
    assert_eq!((late.status, late.code()), (412, "precondition-failed"), "{}", late.body);
    // The edit is still there, on top of what came between.
    let seen = ann.get(&pim).await;
    assert_eq!((seen.member("City"), seen.member("Salary")), (&json!("Breda"), &json!("1234")));
    let committed = ann.send_if("POST", &commit, Value::Null, &seen.etag).await;
    assert_eq!(committed.status, 200, "{}", committed.body);
    assert_eq!(ann.send_if("POST", &commit, Value::Null, &seen.etag).await.status, 412);
    assert_eq!(ann.send_if("POST", &commit, Value::Null, "*").await.status, 200);
    let either = format!("\"x\", {}", committed.etag);
    assert_eq!(ann.send_if("POST", &commit, Value::Null, &either).await.status, 200);
    assert_eq!(ann.send_if("POST", &commit, Value::Null, &format!("W/{}", committed.etag)).await.status, 412);
}

async fn of_many_who_saw_the_same_one_wins(site: Site) {
    let pim = site.path("Pim");
    let mut edits = Vec::new();
    for salary in 1..=8 {
        let who = site.with_roles(&["All"]).await;
        let edited = who.patch(&pim, json!({ "Salary": salary })).await;
        edits.push((who, edited.etag));
    }
    let commit = format!("{pim}/commit");
    let commits = edits.iter().map(|(who, etag)| who.send_if("POST", &commit, Value::Null, etag));
    let answers = futures_util::future::join_all(commits).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| [200, 412].contains(&answer.status)), "{answers:?}");
    let all = site.with_roles(&["All"]).await;
    assert_eq!(all.get(&pim).await.member("Salary"), won[0].member("Salary"));
}

async fn what_a_client_cannot_see_does_not_come_between(site: Site) {
    // Creators see names and cities of their own people.
    let (ann, bob) = (site.as_user("ann", &["Creator"]).await, site.as_user("bob", &["All"]).await);
    let pim = site.path("Pim");
    let edited = ann.patch(&pim, json!({ "Name": "Pam" })).await;
    bob.patch(&pim, json!({ "Salary": 1234 })).await;
    assert_eq!(bob.post(&format!("{pim}/commit"), Value::Null).await.status, 200);
    assert_eq!(ann.get(&pim).await.etag, edited.etag);
    assert_eq!(ann.send_if("POST", &format!("{pim}/commit"), Value::Null, &edited.etag).await.status, 200);
    assert_eq!(bob.get(&pim).await.member("Salary"), "1234");
}

async fn deletions_and_changes_take_conditions_too(site: Site) {
    let (ann, bob) = (site.as_user("ann", &["All"]).await, site.as_user("bob", &["All"]).await);
    let pim = site.path("Pim");
    let seen = ann.get(&pim).await;
    bob.patch(&pim, json!({ "Salary": 1234 })).await;
    bob.post(&format!("{pim}/commit"), Value::Null).await;
    let body = json!({ "members": { "City": "x" } });
    assert_eq!(ann.send_if("PATCH", &pim, body.clone(), &seen.etag).await.status, 412);
    assert_eq!(ann.send_if("POST", &format!("{pim}/rollback"), Value::Null, &seen.etag).await.status, 412);
    assert_eq!(ann.send_if("DELETE", &pim, Value::Null, &seen.etag).await.status, 412);
    let friends = format!("{pim}/Hr.Person_Friends");
    assert_eq!(ann.send_if("POST", &friends, json!({ "add": [] }), &seen.etag).await.status, 412);
    let seen = ann.get(&pim).await;
    assert_eq!(ann.send_if("PATCH", &pim, body, &seen.etag).await.status, 200);
    let seen = ann.get(&pim).await;
    assert_eq!(ann.send_if("DELETE", &pim, Value::Null, &seen.etag).await.status, 200);
}

async fn a_client_that_has_the_object_need_not_get_it_again(site: Site) {
    let ann = site.as_user("ann", &["All"]).await;
    let pim = site.path("Pim");
    let seen = ann.get(&pim).await;
    let again = ann.send("GET", &pim, &Value::Null, &[("if-none-match", &seen.etag)]).await;
    assert_eq!((again.status, &again.body, &again.etag), (304, &Value::Null, &seen.etag));
    ann.patch(&pim, json!({ "City": "x" })).await;
    assert_eq!(ann.send("GET", &pim, &Value::Null, &[("if-none-match", &seen.etag)]).await.status, 200);
}
