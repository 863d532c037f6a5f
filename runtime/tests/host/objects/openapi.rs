//! The description of the interface: what it says of a small model, and that it is well formed.

use std::{collections::BTreeSet, path::Path};

use brooklet_runtime::http::openapi_document;
use serde_json::{Value, json};

use crate::objects::site::{Site, compiled};

const SMALL: &str = "
create module Shop;
create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
/** Who buys. */
create persistent entity Shop.Customer ( Name: String(100) not null, Secret: HashedString );
create persistent entity Shop.Order (
  Number: AutoNumber,
  /** What it costs. */
  Total: Decimal,
  Pieces: Integer,
  State: enum Shop.State default Shop.State.Open,
  Paid: Boolean,
  Placed: DateTime,
  Lines: Integer calculated by Shop.CALC_Lines
);
create association Shop.Order_Customer from Shop.Order to Shop.Customer;
create association Shop.Order_Related from Shop.Order to Shop.Order type ReferenceSet owner default;
create non-persistent entity Shop.Basket ( Note: String(unlimited) );
create microflow Shop.CALC_Lines ($Order: Shop.Order) returns Integer begin return 1; end;
/** Pays an order. */
create microflow Shop.ACT_Pay ($Order: Shop.Order, $Amount: Decimal, $At: DateTime) returns Boolean begin return true; end;
create microflow Shop.DS_Orders ($Customer: Shop.Customer) returns list of Shop.Order begin
  retrieve $Orders from Shop.Order where [Shop.Order_Customer = $Customer];
  return $Orders;
end;
";

fn small() -> Value {
    let manifest = compiled(SMALL).manifest.expect("a manifest");
    // What every model has is left out, so that the file stays small.
    let mut document = openapi_document(&manifest, "sha256:0");
    let paths = document["paths"].as_object_mut().expect("paths");
    paths.retain(|path, _| !path.contains("Administration."));
    document
}

/// Written anew with `UPDATE_GOLDEN=1`.
#[test]
fn a_small_model_is_described_like_this() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/objects/openapi.json");
    let found = format!("{:#}\n", small());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the file is there");
    assert!(expected == found, "{} is not what the document is now; see UPDATE_GOLDEN", path.display());
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = small();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').expect("references stay in the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    // Those that only the paths that were left out above refer to.
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let unused = schemas.keys().filter(|name| !used.contains(&format!("#/components/schemas/{name}")));
    let unused: Vec<_> = unused.filter(|name| !name.starts_with("Administration.")).collect();
    assert_eq!(unused, Vec::<&String>::new());
}

#[test]
fn every_operation_has_a_name_of_its_own_and_its_parameters() {
    let document = small();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            assert!(["get", "post", "patch", "delete"].contains(&method.as_str()), "{path} {method}");
            let name = operation["operationId"].as_str().expect("a name");
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            assert!(operation["responses"].as_object().is_some_and(|responses| responses.contains_key("default")));
            assert!(operation["security"].is_array(), "{name} says who may");
            let declared: BTreeSet<_> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
                .map(|parameter| parameter["name"].as_str().expect("a name"))
                .collect();
            let in_path: BTreeSet<_> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(declared, in_path, "{path} {method}");
        }
    }
    assert!(names.contains("Shop.ACT_Pay") && names.contains("Shop.Order.retrieve"));
    assert!(!names.contains("Shop.Basket.retrieve"), "baskets are not in the database");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_answers_is_what_the_document_says() {
    let site = Site::sqlite().await;
    let all = site.with_roles(&["All"]).await;
    let document = all.get("/api/openapi.json").await.body;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], site.node.version().expect("a version").hash());
    // Every member that is answered is described, with a type that the value has.
    let answer = all.get(&site.path("Max")).await;
    let object = &answer.body["object"];
    let members = &document["components"]["schemas"]["Hr.Boss.Members"]["properties"];
    for (name, value) in object["members"].as_object().expect("members") {
        let schema = &members[name];
        assert!(is_valid(value, schema), "{name}: {value} is not {schema}");
    }
    assert_eq!(members["Secret"]["writeOnly"], true);
    assert_eq!(members["Twice"]["readOnly"], true);
    // Nobody has to log in to read it; what may be done is another question.
    assert!(
        document["paths"]["/api/microflows/Hr.ACT_All"]["post"]["security"]
            == json!([{ "bearer": [] }, { "cookie": [], "csrf": [] }])
    );
}

fn is_valid(value: &Value, schema: &Value) -> bool {
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().any(|schema| is_valid(value, schema));
    }
    if schema["$ref"].is_string() {
        // References to objects and keys of enumerations.
        return value.is_object() || value.is_string();
    }
    let is = |kind: &Value| match kind.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("null") => value.is_null(),
        _ => false,
    };
    schema["type"].as_array().map_or_else(|| is(&schema["type"]), |kinds| kinds.iter().any(is))
}

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                into.insert(reference.to_owned());
            }
            fields.values().for_each(|field| references(field, into));
        }
        _ => {}
    }
}
