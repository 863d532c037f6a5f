//! Calls of a hand-written guest: arguments, results, errors and their places.

use brooklet_runtime::{
    Node,
    flow::{Call, Failure, FailureKind, Outcome, Trigger},
    limits::Limits,
};

async fn call(node: &Node, microflow: &str, arguments: &str) -> Result<Outcome, Failure> {
    node.run(Call::new(microflow, arguments, Trigger::Http)).await
}

#[tokio::test]
async fn values_go_in_and_out_without_loss() {
    let node = crate::guests::node(Limits::default()).await;
    let echo = async |arguments: &str| call(&node, "Guest.Echo", arguments).await.expect("it succeeds").result;
    assert_eq!(
        echo(r#"{"Value": "123456789012345678901234567890.123456789"}"#).await,
        "\"123456789012345678901234567890.123456789\""
    );
    assert_eq!(echo(r#"{"Value": 0.1}"#).await, "\"0.1\"");
    assert_eq!(echo(r#"{"value": null}"#).await, "null");
    assert_eq!(echo("{}").await, "null");
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let node = crate::guests::node(Limits::default()).await;
    for (microflow, arguments, code, part) in [
        ("Guest.Echo", r#"{"Valeu": 1}"#, "unknown-argument", "did you mean `Value`?"),
        (
            "Guest.Echo",
            r#"{"Value": true}"#,
            "wrong-argument-type",
            "argument `Value` must be a decimal, such as \"12.50\"; it is true",
        ),
        ("Guest.EchoText", r#"{"Value": "Blue"}"#, "wrong-argument-type", r#"a key of Guest.Color: "Red", "Green""#),
        ("Guest.Echo", "[1]", "malformed-json", "expected a JSON object at line 1 column"),
        ("Guest.Echo", "{\n\"Value\": }", "malformed-json", "line 2 column 10"),
        ("Guest.Echo", r#"{"Value": 1, "Value": 2}"#, "malformed-json", "`Value` occurs twice"),
        ("Guest.Answer", r#"{"Value": 1}"#, "unknown-argument", "it takes none"),
        ("Guest.Answr", "{}", "microflow-not-found", "did you mean `Guest.Answer`?"),
    ] {
        let failure = call(&node, microflow, arguments).await.expect_err("it is wrong");
        assert_eq!(failure.code, code, "{failure}");
        assert!(failure.message.contains(part), "{failure}");
    }
}

#[tokio::test]
async fn an_error_says_where_it_happened() {
    let node = crate::guests::node(Limits::default()).await;
    let failure = call(&node, "Guest.Throw", "{}").await.expect_err("it throws");
    assert_eq!(
        (failure.code, failure.kind, failure.message.as_str()),
        ("thrown", FailureKind::Refused, "not like this")
    );
    let place = &failure.frames[0];
    assert_eq!((place.microflow.as_str(), place.activity, place.line), ("Guest.Throw", Some(1), Some(20)));
    assert_eq!(place.source.as_deref(), Some("guest.mdl"));
    assert_eq!(call(&node, "Guest.Answer", "{}").await.expect("the instance is well").result, "42");
}

#[tokio::test]
async fn objects_are_written_with_their_members_but_no_secrets() {
    let node = crate::guests::node(Limits::default()).await;
    let outcome = call(&node, "Guest.Create", "{}").await.expect("it succeeds");
    let object: serde_json::Value = serde_json::from_str(&outcome.result).expect("it is JSON");
    assert_eq!(object["entity"], "Guest.Note");
    assert!(object["id"].as_str().is_some_and(|id| id.parse::<i64>().is_ok()));
    assert_eq!(object["members"], serde_json::json!({ "Text": null, "Done": false }));
    assert_eq!(outcome.effects, "[]");
}
