//! Compiled models on a node: what the way of a call adds to the microflow itself.

use std::sync::Arc;

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Ending, Failure, FailureKind, Trigger},
    limits::{EngineLimits, Limits},
    version::ActivationError,
};
use serde_json::{Value, json};

fn component(text: &str) -> Arc<[u8]> {
    let sources = [Source { name: "shop.mdl".to_owned(), text: format!("mdl 1;\ncreate module Shop;\n{text}") }];
    let compilation = compile(&sources, &Options::default());
    compilation.component.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics)).into()
}

async fn node(text: &str) -> Node {
    let node = Node::start(NodeOptions::default()).await.expect("the node starts");
    node.activate(component(text), None).await.expect("the model is accepted");
    node
}

async fn call(node: &Node, microflow: &str, arguments: &str) -> Result<Value, Failure> {
    let outcome = node.run(Call::new(microflow, arguments, Trigger::Http)).await?;
    Ok(serde_json::from_str(&outcome.result).expect("results are JSON"))
}

const ORDERS: &str = "
create persistent entity Shop.Customer (Name: string(100));
create persistent entity Shop.Order (
  Number: string(20) not null error 'A number is needed',
  Total: decimal,
  Placed: datetime,
  Twice: integer calculated by Shop.CALC_Twice,
  Rank: integer
);
create association Shop.Order_Customer from Shop.Order to Shop.Customer;
create microflow Shop.CALC_Twice ($Order: Shop.Order) returns integer begin return $Order/Rank * 2; end;
create microflow Shop.Save ($Order: Shop.Order) returns Shop.Order begin commit $Order; return $Order; end;
create microflow Shop.Rename ($Customer: Shop.Customer, $Name: string) returns Shop.Customer begin
  change $Customer (Name = $Name);
  commit $Customer;
  return $Customer;
end;
create microflow Shop.NewCustomer ($Name: string) returns Shop.Customer begin
  $c = create Shop.Customer (Name = $Name);
  commit $c;
  return $c;
end;
create microflow Shop.All () returns list of Shop.Order begin
  retrieve $all from Shop.Order sort by Number asc;
  return $all;
end;
create microflow Shop.Count ($Orders: list of Shop.Order) returns integer begin
  $n = count $Orders;
  return $n;
end;
create microflow Shop.SaveAndFail ($Order: Shop.Order) begin
  commit $Order;
  throw 'no';
end;
";

#[tokio::test]
async fn an_object_goes_in_with_its_members_and_comes_out_with_what_is_calculated() {
    let node = node(ORDERS).await;
    let customer = call(&node, "Shop.NewCustomer", r#"{"Name": "Ada"}"#).await.expect("it succeeds");
    let id = &customer["id"];
    let order = json!({ "Order": {
        "entity": "Shop.Order",
        "members": {
            "Number": "A-1",
            "Total": "12.50",
            "Placed": "2024-02-29T12:00:00.000Z",
            "Rank": 21,
            "Shop.Order_Customer": { "id": id },
        },
    }});
    let saved = call(&node, "Shop.Save", &order.to_string()).await.expect("it succeeds");
    assert_eq!(saved["entity"], "Shop.Order");
    assert_eq!(
        saved["members"],
        json!({
            "Number": "A-1",
            "Total": "12.5",
            "Placed": "2024-02-29T12:00:00.000Z",
            "Twice": 42,
            "Rank": 21,
            "Shop.Order_Customer": { "id": id },
        })
    );
    assert_eq!(
        call(&node, "Shop.All", "{}").await.expect("it succeeds"),
        json!([saved]),
        "what was read is what was sent"
    );
    // What came out goes in again: by id, with the members that the runtime keeps passed over.
    let again = json!({ "Order": saved });
    assert_eq!(call(&node, "Shop.Save", &again.to_string()).await.expect("it succeeds"), saved);
    let renamed = call(&node, "Shop.Rename", &json!({ "Customer": { "id": id }, "Name": "Grace" }).to_string()).await;
    assert_eq!(renamed.expect("it succeeds")["members"]["Name"], "Grace");
}

#[tokio::test]
async fn a_list_goes_in_and_a_missing_one_has_no_elements() {
    let node = node(ORDERS).await;
    let two = r#"{"Orders": [{"Number": "1"}, {"Number": "2"}]}"#;
    assert_eq!(call(&node, "Shop.Count", two).await.expect("it succeeds"), 2);
    assert_eq!(call(&node, "Shop.Count", "{}").await.expect("it succeeds"), 0);
    assert_eq!(call(&node, "Shop.All", "{}").await.expect("it succeeds"), json!([]));
}

#[tokio::test]
async fn a_wrong_object_is_refused_with_the_place_in_the_arguments() {
    let node = node(ORDERS).await;
    for (microflow, arguments, code, part) in [
        ("Shop.Save", r#"{"Order": {"Numbr": "1"}}"#, "unknown-member", "did you mean `Number`?"),
        ("Shop.Save", r#"{"Order": {"Rank": "x"}}"#, "wrong-argument-type", "`Order.Rank` must be a whole number"),
        ("Shop.Save", r#"{"Order": {"Rank": 3000000000}}"#, "wrong-argument-type", "does not fit into 32 bits"),
        ("Shop.Save", r#"{"Order": {"id": "1"}}"#, "argument-not-found", "no Shop.Order with id 1"),
        (
            "Shop.Save",
            r#"{"Order": {"entity": "Shop.Customer", "members": {}}}"#,
            "wrong-argument-type",
            "Shop.Order or a specialization",
        ),
        ("Shop.Save", r#"{"Order": 5}"#, "wrong-argument-type", "a JSON object (Shop.Order)"),
        ("Shop.Count", r#"{"Orders": {}}"#, "wrong-argument-type", "an array (List of Shop.Order)"),
        ("Shop.Count", r#"{"Orders": [{}, 7]}"#, "wrong-argument-type", "`Orders[1]`"),
    ] {
        let failure = call(&node, microflow, arguments).await.expect_err("it is wrong");
        assert_eq!((failure.code, failure.kind), (code, FailureKind::Invalid), "{failure}");
        assert!(failure.message.contains(part), "{failure}");
    }
}

#[tokio::test]
async fn a_failed_call_and_a_test_leave_nothing_behind() {
    let node = node(ORDERS).await;
    let failure = call(&node, "Shop.SaveAndFail", r#"{"Order": {"Number": "1"}}"#).await.expect_err("it throws");
    assert_eq!((failure.code, failure.frames[0].line), ("thrown", Some(35)));
    let invalid = call(&node, "Shop.Save", r#"{"Order": {}}"#).await.expect_err("a rule is violated");
    assert_eq!((invalid.code, invalid.details[0].message.as_str()), ("validation-failed", "A number is needed"));
    let trial = Call {
        ending: Ending::Rollback,
        ..Call::new("Shop.Save", r#"{"Order": {"Number": "2", "Rank": 1}}"#, Trigger::Test)
    };
    node.run(trial).await.expect("it succeeds");
    assert_eq!(call(&node, "Shop.All", "{}").await.expect("it succeeds"), json!([]));
}

#[tokio::test]
async fn what_runs_after_start_up_must_answer_true() {
    let start = |body: &str| {
        format!(
            "alter settings model AfterStartupMicroflow = 'Shop.Start';
             create persistent entity Shop.Seed (Name: string(10));
             create microflow Shop.Start () returns boolean begin $s = create Shop.Seed (Name = 'x'); commit $s; {body} end;
             create microflow Shop.Seeds () returns integer begin retrieve $s from Shop.Seed; $n = count $s; return $n; end;"
        )
    };
    let node = node(&start("return true;")).await;
    assert_eq!(call(&node, "Shop.Seeds", "{}").await.expect("it succeeds"), 1);

    let refused = node.activate(component(&start("return false;")), None).await.expect_err("it answers false");
    assert!(matches!(refused, ActivationError::StartupRefused(_)), "{refused}");
    let failed = node.activate(component(&start("throw 'no'; return true;")), None).await.expect_err("it throws");
    assert!(matches!(failed, ActivationError::StartupFailed { .. }), "{failed}");

    assert_eq!(
        call(&node, "Shop.Seeds", "{}").await.expect("the old model serves"),
        1,
        "refused start-ups leave nothing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_replaces_the_old_one_under_load_without_a_failed_call() {
    let version = |number: u32| {
        component(&format!("create microflow Shop.Version () returns integer begin return {number}; end;"))
    };
    let node = Arc::new(Node::start(NodeOptions::default()).await.expect("the node starts"));
    node.activate(version(0), None).await.expect("the model is accepted");
    let caller = {
        let node = node.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.last() != Some(&json!(5)) {
                let version = call(&node, "Shop.Version", "{}").await.expect("no call fails");
                if seen.last() != Some(&version) {
                    seen.push(version);
                }
                tokio::task::yield_now().await;
            }
            seen
        })
    };
    for number in 1..=5 {
        node.activate(version(number), None).await.expect("the model is accepted");
        assert_eq!(call(&node, "Shop.Version", "{}").await.expect("it succeeds"), number, "live in the next call");
    }
    let seen = caller.await.expect("nothing panics");
    assert!(seen.is_sorted_by_key(|version| version.as_u64()), "{seen:?}");
}

#[tokio::test]
async fn a_damaged_component_is_refused_and_says_why() {
    let node = Node::start(NodeOptions::default()).await.expect("the node starts");
    for (bytes, part) in [
        (b"not wasm".to_vec(), "not WebAssembly"),
        (b"\0asm\x01\0\0\0".to_vec(), "core module"),
        (b"\0asm\x0d\0\x01\0".to_vec(), "brooklet build"),
    ] {
        let error = node.activate(bytes.into(), None).await.expect_err("it is no model");
        assert!(error.to_string().contains(part), "{error}");
    }
    let failure = call(&node, "Shop.X", "{}").await.expect_err("there is no model");
    assert_eq!((failure.code, failure.kind), ("not-ready", FailureKind::Unavailable));
}

#[tokio::test]
async fn compiled_code_is_kept_and_not_trusted_when_it_was_altered() {
    let folder = tempfile::tempdir().expect("there is room");
    let model = component("create microflow Shop.One () returns integer begin return 1; end;");
    let files = || {
        let entries = std::fs::read_dir(folder.path()).expect("the folder is there").filter_map(Result::ok);
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "cwasm"))
            .collect::<Vec<_>>()
    };
    for altered in [false, false, true] {
        if altered {
            let path = &files()[0];
            let mut bytes = std::fs::read(path).expect("it can be read");
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(path, bytes).expect("it can be written");
        }
        let options = NodeOptions { cache: Some(folder.path().to_owned()), ..NodeOptions::default() };
        let node = Node::start(options).await.expect("the node starts");
        node.activate(model.clone(), None).await.expect("the model is accepted");
        assert_eq!(call(&node, "Shop.One", "{}").await.expect("it succeeds"), 1);
        assert_eq!(files().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_microflows_end_within_their_limits_while_others_are_answered() {
    let engine = EngineLimits {
        cpu_time: std::time::Duration::from_millis(200),
        memory_bytes: 8 << 20,
        ..EngineLimits::default()
    };
    let request = brooklet_runtime::limits::RequestLimits { objects: 10_000, ..Default::default() };
    let options = NodeOptions { limits: Limits { engine, request, ..Limits::default() }, ..NodeOptions::default() };
    let node = Arc::new(Node::start(options).await.expect("the node starts"));
    let model = component(
        "create entity Shop.Thing (Name: string(10));
         create microflow Shop.Loop () begin while true begin declare $x integer = 1; end while; end;
         create microflow Shop.Recurse () begin call microflow Shop.Recurse(); end;
         create microflow Shop.Objects () begin
           $list = create list of Shop.Thing;
           while true begin $t = create Shop.Thing (Name = 'x'); add $t to $list; end while;
         end;
         create microflow Shop.Text () begin
           declare $t string = 'x';
           while true begin set $t = $t + $t; end while;
         end;
         create microflow Shop.Fine () returns integer begin return 1; end;",
    );
    node.activate(model, None).await.expect("the model is accepted");
    let hostile = ["Shop.Loop", "Shop.Recurse", "Shop.Objects", "Shop.Text"].map(|name| {
        let node = node.clone();
        tokio::spawn(async move { call(&node, name, "{}").await })
    });
    for _ in 0..50 {
        assert_eq!(call(&node, "Shop.Fine", "{}").await.expect("the node goes on"), 1);
    }
    let mut codes = Vec::new();
    for ended in hostile {
        let failure = ended.await.expect("nothing panics").expect_err("it never ends by itself");
        assert_eq!(failure.kind, FailureKind::Limit, "{failure}");
        assert!(failure.frames.iter().any(|place| place.microflow.starts_with("Shop.")), "{failure}");
        codes.push(failure.code);
    }
    assert_eq!(codes, ["cpu-time-limit", "call-depth-limit", "request-limit", "memory-limit"]);
}
