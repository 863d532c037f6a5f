//! Which objects and which members each role may read: filters before limit and count, and what constraints give away.

use serde_json::json;

use crate::objects::{
    on_both,
    site::{Site, names_of},
};

on_both!(
    each_role_finds_what_its_rules_let_it_see,
    limits_and_counts_come_after_the_filter,
    members_that_may_not_be_read_are_absent,
    one_object_is_found_by_those_who_may_see_it,
    constraints_and_orders_tell_nothing_of_what_may_not_be_read,
    what_cannot_be_read_at_all_is_named,
    questions_have_limits,
);

/// Roles, an entity, the query, and the names in order. The count is that of the names.
type Case = (&'static [&'static str], &'static str, &'static str, &'static [&'static str]);

const CASES: [Case; 26] = [
    (&["All"], "Hr.Person", "sort=Name", &["Kim", "Max", "Pim", "Tim"]),
    (&["All"], "Hr.Boss", "", &["Max"]),
    (&["Nothing"], "Hr.Person", "sort=Name", &[]),
    (&["Nothing"], "Hr.Person", "where=[Salary > 1]", &[]),
    // Rules are not inherited, in neither direction.
    (&["Reader"], "Hr.Person", "sort=Name", &["Kim", "Pim", "Tim"]),
    (&["Reader"], "Hr.Boss", "", &[]),
    (&["BossReader"], "Hr.Person", "", &["Max"]),
    (&["BossReader"], "Hr.Boss", "", &["Max"]),
    (&["Reader", "BossReader"], "Hr.Person", "sort=-Name", &["Tim", "Pim", "Max", "Kim"]),
    // Constraints on an attribute, on the owner, over a path, on a specialization's own attribute.
    (&["Utrecht"], "Hr.Person", "", &["Pim"]),
    (&["Own"], "Hr.Person", "sort=Name", &["Pim", "Tim"]),
    (&["Red"], "Hr.Person", "", &["Pim"]),
    (&["Names"], "Hr.Boss", "", &["Max"]),
    (&["Names"], "Hr.Person", "sort=Name", &["Kim", "Max", "Pim", "Tim"]),
    // A rule for a user role that the user has, or has not.
    (&["Role"], "Hr.Person", "", &[]),
    (&["Role", "Own"], "Hr.Person", "sort=Name", &["Kim", "Pim", "Tim"]),
    // Rules add up.
    (&["Utrecht", "Own"], "Hr.Person", "sort=Name", &["Pim", "Tim"]),
    (&["Utrecht", "BossReader"], "Hr.Person", "sort=Name", &["Max", "Pim"]),
    (&["Utrecht", "Reader"], "Hr.Person", "sort=Name", &["Kim", "Pim", "Tim"]),
    // The client's own constraint comes on top.
    (&["Utrecht"], "Hr.Person", "where=[City = 'Delft']", &[]),
    (&["Utrecht"], "Hr.Person", "where=[City = 'Utrecht' or City = 'Delft']", &["Pim"]),
    (&["Utrecht"], "Hr.Person", "where=[not(City = 'Utrecht')]", &[]),
    (&["Own"], "Hr.Person", "where=[City = 'Delft']", &["Tim"]),
    (&["Red"], "Hr.Person", "where=[Hr.Person_Team/Hr.Team/Name = 'Red']", &["Pim"]),
    (&["Red"], "Hr.Person", "where=[Hr.Person_Team/Hr.Team/Name = 'Blue']", &[]),
    (&["Reader"], "Hr.Person", "where=[Salary >= 2000]&sort=-Salary", &["Tim", "Kim"]),
];

async fn each_role_finds_what_its_rules_let_it_see(site: Site) {
    for (roles, entity, query, expected) in CASES {
        let ann = site.as_user("ann", roles).await;
        let found = ann.names(entity, query).await;
        let expected: Vec<_> = expected.iter().map(|name| (*name).to_owned()).collect();
        let count = expected.len() as u64;
        assert_eq!(found.expect("it may be asked"), (expected, count), "{roles:?} {entity} {query}");
    }
    // Who owns nothing is not the owner of what has no owner.
    let nobody = site.with_roles(&["Own"]).await;
    assert_eq!(nobody.names("Hr.Person", "").await.expect("it may be asked"), (Vec::new(), 0));
}

async fn limits_and_counts_come_after_the_filter(site: Site) {
    let cases: [(&[&str], &str, &[&str], u64); 8] = [
        (&["Own"], "sort=Name&limit=1", &["Pim"], 2),
        (&["Own"], "sort=Name&limit=1&offset=1", &["Tim"], 2),
        (&["Own"], "sort=Name&limit=5&offset=2", &[], 2),
        (&["Own"], "limit=0", &[], 2),
        (&["Reader"], "sort=-Salary&limit=2", &["Tim", "Kim"], 3),
        (&["Utrecht"], "limit=3", &["Pim"], 1),
        (&["Pay"], "where=[Salary > 1]&limit=1", &["Pim"], 1),
        (&["Names"], "sort=Name&limit=2&offset=1", &["Max", "Pim"], 4),
    ];
    for (roles, query, expected, count) in cases {
        let ann = site.as_user("ann", roles).await;
        let (names, counted) = ann.names("Hr.Person", query).await.expect("it may be asked");
        assert_eq!(
            (names.iter().map(String::as_str).collect::<Vec<_>>(), counted),
            (expected.to_vec(), count),
            "{query}"
        );
    }
    let all = site.with_roles(&["All"]).await;
    let answer = all.get("/api/objects/Hr.Person?limit=2").await;
    assert_eq!((answer.body["objects"].as_array().map(Vec::len), &answer.body["count"]), (Some(2), &json!(null)));
}

async fn members_that_may_not_be_read_are_absent(site: Site) {
    const EVERYTHING: &[&str] =
        &["City", "Hr.Person_Team", "Level", "Name", "Number", "Salary", "System.owner", "Twice"];
    let cases: [(&[&str], &str, &[&str]); 9] = [
        (&["All"], "Pim", EVERYTHING),
        (&["Reader"], "Pim", EVERYTHING),
        (&["Utrecht"], "Pim", EVERYTHING),
        (&["Own"], "Pim", &["City", "Name"]),
        (&["Red"], "Pim", &["Hr.Person_Team", "Name"]),
        (&["Names"], "Pim", &["Name"]),
        // A member that depends on the object, decided for all objects of the page.
        (&["Pay"], "Pim", &["City", "Hr.Person_Team", "Name", "Salary"]),
        (&["Pay"], "Kim", &["City", "Hr.Person_Team", "Name"]),
        (&["Names"], "Max", &["Name", "Salary"]),
    ];
    for (roles, name, expected) in cases {
        let ann = site.as_user("ann", roles).await;
        let one = ann.get(&site.path(name)).await;
        assert_eq!(one.status, 200, "{roles:?} {name} {}", one.body);
        assert_eq!(one.members(), expected, "{roles:?} {name}");
        let list = ann.get("/api/objects/Hr.Person?limit=100").await;
        let objects = list.body["objects"].as_array().expect("objects");
        let listed = objects.iter().find(|object| object["id"] == site.id(name)).expect("it is there");
        assert_eq!(names_of(listed), expected, "{roles:?} {name}");
    }
    let all = site.with_roles(&["All"]).await;
    assert_eq!(all.get(&site.path("Pim")).await.member("Twice"), &json!("2000"));
}

async fn one_object_is_found_by_those_who_may_see_it(site: Site) {
    let cases: [(&[&str], &str, &str, u16); 9] = [
        (&["All"], "Hr.Person", "Max", 200),
        (&["All"], "Hr.Boss", "Max", 200),
        (&["All"], "Hr.Boss", "Pim", 404),
        (&["Reader"], "Hr.Person", "Max", 404),
        (&["BossReader"], "Hr.Person", "Max", 200),
        (&["Utrecht"], "Hr.Person", "Kim", 404),
        (&["Own"], "Hr.Person", "Kim", 404),
        (&["Own"], "Hr.Person", "Tim", 200),
        (&["Nothing"], "Hr.Person", "Tim", 404),
    ];
    for (roles, entity, name, expected) in cases {
        let ann = site.as_user("ann", roles).await;
        let answer = ann.get(&format!("/api/objects/{entity}/{}", site.id(name))).await;
        assert_eq!(answer.status, expected, "{roles:?} {entity} {name}: {}", answer.body);
    }
    let all = site.with_roles(&["All"]).await;
    for (path, code) in [
        ("/api/objects/Hr.Person/12345", "not-found"),
        ("/api/objects/Hr.Person/x", "not-found"),
        ("/api/objects/Hr.Persn/1", "entity-not-found"),
    ] {
        let answer = all.get(path).await;
        assert_eq!((answer.status, answer.code()), (404, code), "{path}");
    }
}

async fn constraints_and_orders_tell_nothing_of_what_may_not_be_read(site: Site) {
    // Of Kim and Tim this role may not read the salary: whatever is asked about salaries, they are not found.
    let cases: [(&[&str], &str, &[&str]); 9] = [
        (&["Pay"], "where=[Salary > 500]", &["Pim"]),
        (&["Pay"], "where=[Salary < 500]", &[]),
        (&["Pay"], "where=[not(Salary > 500)]", &[]),
        (&["Pay"], "where=[Name = 'Kim' or Salary > 500]", &["Pim"]),
        (&["Pay"], "sort=-Salary", &["Pim"]),
        // Budgets of the blue team are none of its business either.
        (&["Pay"], "where=[Hr.Person_Team/Hr.Team/Budget > 1]", &["Pim"]),
        (&["Pay"], "where=[not(Hr.Person_Team/Hr.Team/Budget > 1)]&sort=Name", &["Kim", "Tim"]),
        // That there is a team, the reference says, which it may read.
        (&["Pay"], "where=[Hr.Person_Team/Hr.Team]&sort=Name", &["Kim", "Pim"]),
        (&["Pay"], "where=[not(Hr.Person_Team)]", &["Tim"]),
    ];
    for (roles, query, expected) in cases {
        let ann = site.as_user("ann", roles).await;
        let (names, count) = ann.names("Hr.Person", query).await.unwrap_or_else(|answer| panic!("{query}: {answer:?}"));
        assert_eq!(
            (names.iter().map(String::as_str).collect::<Vec<_>>(), count),
            (expected.to_vec(), expected.len() as u64),
            "{query}"
        );
    }
}

async fn what_cannot_be_read_at_all_is_named(site: Site) {
    let cases: [(&[&str], &str, &str, &str); 8] = [
        (&["Own"], "where=[Salary > 1]", "Hr.Person", "Salary"),
        (&["Own"], "sort=Salary", "Hr.Person", "Salary"),
        (&["Own"], "where=[Name = 'x' or not(Salary > 1)]", "Hr.Person", "Salary"),
        (&["Own"], "where=[not(Hr.Person_Team)]", "Hr.Person", "Hr.Person_Team"),
        (&["Own"], "where=[Hr.Person_Team/Hr.Team/Name = 'Red']", "Hr.Team", ""),
        (&["Red"], "where=[Hr.Person_Team/Hr.Team/Budget > 1]", "Hr.Team", "Budget"),
        (&["Red"], "sort=Hr.Person_Team/Hr.Team/Budget", "Hr.Team", "Budget"),
        (&["Utrecht"], "where=[Hr.Person_Team/Hr.Team/Name = 'Red']", "Hr.Team", ""),
    ];
    for (roles, query, entity, member) in cases {
        let ann = site.as_user("ann", roles).await;
        let answer = ann.names("Hr.Person", query).await.expect_err(query);
        assert_eq!((answer.status, answer.code()), (403, "access-denied"), "{query}: {}", answer.body);
        let detail = &answer.body["details"][0];
        assert_eq!(detail["entity"], entity, "{query}");
        assert_eq!(detail["member"].as_str().unwrap_or_default(), member, "{query}");
        let text = answer.body["detail"].as_str().expect("a text");
        assert!(text.contains(entity) && text.contains(member), "{text}");
    }
    // Hashes are compared with nothing, whoever asks.
    let all = site.with_roles(&["All"]).await;
    for query in ["where=[Secret = 'x']", "where=[starts-with(Secret, '$')]", "sort=Secret"] {
        let answer = all.names("Hr.Person", query).await.expect_err(query);
        assert!([400, 403].contains(&answer.status), "{query}: {answer:?}");
    }
}

async fn questions_have_limits(site: Site) {
    let all = site.with_roles(&["All"]).await;
    let many = vec!["Name = 'x'"; 201].join(" or ");
    let cases = [
        ("limit=1001".to_owned(), "wrong-argument-type"),
        ("limit=x".to_owned(), "wrong-argument-type"),
        ("offset=-1".to_owned(), "wrong-argument-type"),
        ("wher=[Name = 'x']".to_owned(), "unknown-argument"),
        ("where=[Nam = 'x']".to_owned(), "invalid-constraint"),
        ("where=[Name = ".to_owned(), "invalid-constraint"),
        ("sort=Nam".to_owned(), "invalid-constraint"),
        (format!("where=[{many}]"), "invalid-constraint"),
        (format!("where=[Name = '{}']", "x".repeat(5_000)), "invalid-constraint"),
    ];
    for (query, code) in cases {
        let answer = all.names("Hr.Person", &query).await.expect_err("it is refused");
        assert_eq!((answer.status, answer.code()), (400, code), "{query:.60}: {}", answer.body);
    }
    let answer = all.names("Hr.Note", "").await.expect_err("it is refused");
    assert_eq!((answer.status, answer.code()), (400, "not-persistable"));
    let answer = all.names("Hr.Persn", "").await.expect_err("it is refused");
    assert_eq!((answer.status, answer.code()), (404, "entity-not-found"));
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("Hr.Person")));
}
