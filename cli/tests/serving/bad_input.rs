//! Bad input gets a clear error that names the remedy.

use crate::{MODEL, folder_with, serve};

const JSON: Option<&str> = Some("application/json");

/// Method, path, content type, body, and of the answer: status, code, and a part of the explanation.
type Case<'a> = (&'a str, &'a str, Option<&'a str>, &'a str, u16, &'a str, &'a str);

#[test]
fn every_kind_of_bad_request_gets_a_problem_document_with_its_code() {
    let folder = folder_with(MODEL);
    let node = serve(folder.path()).expect("the node starts");
    let greet = "/api/microflows/Sales.Greet";
    let huge = format!(r#"{{"Name": "{}"}}"#, "x".repeat(2 << 20));
    let cases: [Case<'_>; 20] = [
        ("POST", greet, JSON, "{\"Name\": ", 400, "malformed-json", "JSON"),
        ("POST", greet, JSON, "[1, 2]", 400, "malformed-json", "object"),
        ("POST", greet, JSON, "{\"Name\": \"a\"} x", 400, "malformed-json", ""),
        ("POST", greet, JSON, "{\"Name\": 1}", 400, "wrong-argument-type", "Name"),
        ("POST", greet, JSON, "{\"Nmae\": \"Ada\"}", 400, "unknown-argument", "Name"),
        ("POST", greet, Some("text/plain"), "Ada", 415, "unsupported-media-type", "application/json"),
        ("POST", greet, JSON, &huge, 413, "payload-too-large", "payload_bytes"),
        ("GET", greet, None, "", 405, "method-not-allowed", "POST"),
        ("DELETE", greet, None, "", 405, "method-not-allowed", "POST"),
        ("POST", "/api/microflows/Sales.Gret", JSON, "{}", 404, "microflow-not-found", "Sales.Greet"),
        ("POST", "/api/microflows/Greet", JSON, "{}", 404, "microflow-not-found", ""),
        ("GET", "/elsewhere", None, "", 404, "not-found", "/api/microflows/"),
        ("POST", "/api/microflows/Sales.Half", JSON, "{\"Of\": \"much\"}", 400, "wrong-argument-type", "Of"),
        ("POST", "/api/microflows/Sales.Next", JSON, "{\"Number\": 1.5}", 400, "wrong-argument-type", "Number"),
        (
            "POST",
            "/api/microflows/Sales.Next",
            JSON,
            "{\"Number\": 9223372036854775808}",
            400,
            "wrong-argument-type",
            "",
        ),
        ("POST", "/api/microflows/Sales.Next", JSON, "{\"Number\": 9223372036854775807}", 500, "integer-overflow", ""),
        ("POST", "/api/microflows/Sales.Fits", JSON, "{\"Size\": \"Huge\"}", 400, "wrong-argument-type", "Large"),
        ("POST", "/api/microflows/Sales.Fits", JSON, "{\"On\": \"noon\"}", 400, "wrong-argument-type", "On"),
        (
            "POST",
            "/api/microflows/Sales.Title",
            JSON,
            "{\"Order\": {\"Titel\": \"a\"}}",
            400,
            "unknown-member",
            "Title",
        ),
        ("POST", "/api/microflows/Sales.Title", JSON, "{\"Order\": {\"id\": \"7\"}}", 400, "argument-not-found", ""),
    ];
    let mut wrong = Vec::new();
    for (method, path, kind, body, status, code, part) in cases {
        let answer = node.send(method, path, kind, body.as_bytes());
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap_or_default();
        let is_right = (answer.status, answer.code().as_str()) == (status, code)
            && problem["status"] == status
            && detail.contains(part)
            && !detail.is_empty();
        if !is_right {
            let sent = body.get(..80).unwrap_or(body);
            wrong.push(format!(
                "{method} {path} {sent}\n  wanted {status} {code} …{part}…\n  got {} {}",
                answer.status, answer.body
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(node.call("Sales.Greet", "{\"Name\": \"Ada\"}").json()["result"], "Hello Ada", "and it goes on");
}

#[test]
fn a_missing_argument_is_empty() {
    let folder = folder_with(MODEL);
    let node = serve(folder.path()).expect("the node starts");
    assert_eq!(node.call("Sales.Greet", "{}").json()["result"], "Hello ");
    assert_eq!(node.call("Sales.Next", "{}").code(), "empty-operand");
}

#[test]
fn what_the_model_refuses_is_said_in_its_own_terms() {
    let folder = folder_with(MODEL);
    let node = serve(folder.path()).expect("the node starts");
    let thrown = node.call("Sales.Refuse", "{}");
    assert_eq!((thrown.status, thrown.code().as_str()), (422, "thrown"));
    let problem = thrown.json();
    assert_eq!(problem["detail"], "not today");
    assert_eq!(problem["microflow"], "Sales.Refuse");
    assert_eq!(problem["line"], MODEL.lines().position(|line| line.contains("throw")).map_or(0, |line| line + 1));

    let unfinished = node.call("Sales.Save", "{}");
    assert_eq!((unfinished.status, unfinished.code().as_str()), (422, "validation-failed"));
    assert_eq!(unfinished.json()["details"][0]["member"], "Title");
}
