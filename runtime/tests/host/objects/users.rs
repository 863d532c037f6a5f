//! Users: everybody sees himself, who manages all roles sees everybody, and specializations cannot change that.

use serde_json::json;

use crate::objects::{on_both, site::Site};

on_both!(users_are_seen_by_themselves_and_by_managers, passwords_and_roles_are_for_managers);

const USERS: &str = "where=[Name = 'ann' or Name = 'bob']&sort=Name";

async fn users_are_seen_by_themselves_and_by_managers(site: Site) {
    for entity in ["System.User", "Administration.Account"] {
        let ann = site.as_user("ann", &["Nothing"]).await;
        assert_eq!(ann.names(entity, USERS).await.expect("it may be asked").0, ["ann"], "{entity}");
        let manager = site.as_user("ann", &["Manager"]).await;
        assert_eq!(manager.names(entity, USERS).await.expect("it may be asked").0, ["ann", "bob"], "{entity}");
        let nobody = site.with_roles(&["Nothing"]).await;
        assert_eq!(nobody.names(entity, USERS).await.expect("it may be asked").0, [""; 0], "{entity}");
    }
    let ann = site.as_user("ann", &["Nothing"]).await;
    let list = ann.get("/api/objects/System.User").await;
    let account = &list.body["objects"][0];
    assert_eq!(account["entity"], "Administration.Account");
    assert_eq!(account["members"]["Name"], "ann");
    // What the specialization declares is not the built-in rule's.
    assert_eq!(account["members"]["FullName"], json!(null));
    assert_eq!(account["members"]["Password"], json!(null));
}

async fn passwords_and_roles_are_for_managers(site: Site) {
    // The role that may write everything in accounts, for a user role that does not manage roles.
    let ann = site.as_user("ann", &["User"]).await;
    let me = ann.get("/api/objects/Administration.Account").await;
    let path = format!("/api/objects/Administration.Account/{}", me.body["objects"][0]["id"].as_str().expect("an id"));
    assert_eq!(ann.patch(&path, json!({ "FullName": "Ann the Great" })).await.status, 200);
    for members in [json!({ "Name": "root" }), json!({ "Password": "x" }), json!({ "System.UserRoles": [] })] {
        let answer = ann.patch(&path, members.clone()).await;
        assert_eq!((answer.status, answer.code()), (403, "access-denied"), "{members}: {}", answer.body);
    }
}
