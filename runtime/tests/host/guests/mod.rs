//! A guest that is written by hand, so that the host can be tested without the compiler, and against guests that the
//! compiler would never emit.

use std::sync::Arc;

use brooklet_model::{
    Activity, Attribute, AttributeType, Entity, EntityId, Enumeration, EnumerationId, EnumerationValue,
    MANIFEST_SECTION, Manifest, Microflow, MicroflowKind, Parameter, Place, SourceId, Type,
};
use brooklet_runtime::{Node, NodeOptions, limits::Limits};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

/// What the microflows of [`component`] do, by number. Functions begin after five imports and the allocator.
const MICROFLOWS: [&str; 9] = [
    "Guest.Answer",
    "Guest.Loop",
    "Guest.Recurse",
    "Guest.Grow",
    "Guest.Echo",
    "Guest.Throw",
    "Guest.Create",
    "Guest.Deepen",
    "Guest.EchoText",
];

const GUEST: &str = r#"
(module
  (import "brooklet:model/errors@0.1.0" "raise" (func $raise (param i32 i32 i32)))
  (import "brooklet:model/objects@0.1.0" "create" (func $create (param i32 i32)))
  (import "brooklet:model/limits@0.1.0" "exceeded" (func $exceeded (param i32)))
  (memory (export "memory") 2)
  (global $bump (mut i32) (i32.const 65536))
  (data (i32.const 1024) "not like this")
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $bump) (i32.const 7)) (i32.const -8)))
    (global.set $bump (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  ;; The result lies at 0: its case at 0, the value's case at 8, the value at 16.
  (func $answer (param i32 i32 i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 0))
    (i32.store8 (i32.const 8) (i32.const 2))
    (i64.store (i32.const 16) (i64.const 42))
    (i32.const 0))
  (func $loop (param i32 i32 i32) (result i32)
    (loop $again (br $again))
    (i32.const 0))
  (func $recurse (param i32 i32 i32) (result i32)
    (i32.add (i32.const 1) (call $recurse (local.get 0) (local.get 1) (local.get 2))))
  (func $grow (param i32 i32 i32) (result i32)
    (loop $again
      (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (call $exceeded (i32.const 1))))
      (br $again))
    (i32.const 0))
  (func $echo (param i32 i32 i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 0))
    (i64.store (i32.const 8) (i64.load (local.get 0)))
    (i64.store (i32.const 16) (i64.load (i32.add (local.get 0) (i32.const 8))))
    (i32.const 0))
  (func $throw (param i32 i32 i32) (result i32)
    (nop)
    (call $raise (i32.const 7) (i32.const 1024) (i32.const 13))
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.const 0))
  (func $new (param i32 i32 i32) (result i32)
    (call $create (i32.const 0) (i32.const 32))
    (i32.store8 (i32.const 0) (i32.const 0))
    (i32.store8 (i32.const 8) (i32.const 7))
    (i32.store (i32.const 16) (i32.load (i32.const 36)))
    (i32.const 0))
  (func $deepen (param i32 i32 i32) (result i32)
    (if (i32.eqz (local.get 2)) (then (call $exceeded (i32.const 0))))
    (call $deepen (local.get 0) (local.get 1) (i32.sub (local.get 2) (i32.const 1))))
  (table funcref (elem $answer $loop $recurse $grow $echo $throw $new $deepen $echo))
  (func (export "invoke") (param $microflow i32) (param $depth i32) (param $pointer i32) (param $length i32) (result i32)
    (global.set $bump (i32.const 65536))
    (call_indirect (param i32 i32 i32) (result i32)
      (local.get $pointer) (local.get $length) (local.get $depth) (local.get $microflow)))
)
"#;

/// The number of the first microflow's function: after three imports and the allocator.
const FIRST_FUNCTION: u32 = 4;

/// A component with the microflows of [`MICROFLOWS`].
pub(crate) fn component() -> Arc<[u8]> {
    let mut module = wat::parse_str(GUEST).expect("the guest is well formed");
    let mut resolve = wit_parser::Resolve::default();
    let contract = include_str!("../../../../wit/model.wit");
    let package = resolve.push_str("model.wit", contract).expect("the contract is well formed");
    let world = resolve.select_world(&[package], Some("model")).expect("the contract has a world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the guest fits its world");
    let encoder = ComponentEncoder::default().validate(true).module(&module).expect("the guest is a module");
    let mut component = { encoder }.encode().expect("the guest fits the contract");
    append_section(&mut component, MANIFEST_SECTION, &manifest().to_bytes());
    component.into()
}

/// A custom section: the number 0, its size, its name, its content.
fn append_section(component: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut body = Vec::new();
    write_number(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(content);
    component.push(0);
    write_number(component, body.len());
    component.extend_from_slice(&body);
}

/// LEB128.
fn write_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn manifest() -> Manifest {
    let microflows = (FIRST_FUNCTION..).zip(MICROFLOWS).map(|(function, name)| {
        let (parameters, returns) = match name {
            "Guest.Echo" => (vec![("Value", Type::Decimal)], Type::Decimal),
            "Guest.EchoText" => {
                (vec![("Value", Type::Enumeration(EnumerationId(0)))], Type::Enumeration(EnumerationId(0)))
            }
            "Guest.Create" => (Vec::new(), Type::Object(EntityId(0))),
            _ => (Vec::new(), Type::Integer),
        };
        let function = if name == "Guest.EchoText" { FIRST_FUNCTION + 4 } else { function };
        let parameters = parameters.into_iter().map(|(name, kind)| Parameter { name: name.to_owned(), kind }).collect();
        Microflow {
            name: name.to_owned(),
            kind: MicroflowKind::Microflow,
            parameters,
            returns,
            place: Place { source: SourceId(0), line: 1, column: 1 },
            applies_entity_access: false,
            disallow_concurrent: None,
            allowed_roles: Vec::new(),
            unavailable: None,
            activities: activities(),
            function,
            body: String::new(),
            documentation: String::new(),
        }
    });
    Manifest {
        sources: vec!["guest.mdl".to_owned()],
        enumerations: vec![Enumeration {
            name: "Guest.Color".to_owned(),
            values: ["Red", "Green"]
                .map(|key| EnumerationValue { key: key.to_owned(), caption: key.to_owned() })
                .to_vec(),
            documentation: String::new(),
        }],
        entities: vec![entity()],
        microflows: microflows.collect(),
        ..Manifest::default()
    }
}

/// One at the begin, and one after the first instruction of `$throw`: a body has a byte for its locals, then `nop`.
fn activities() -> Vec<Activity> {
    [(10, 0), (20, 2)]
        .map(|(line, offset)| Activity {
            kind: "test".to_owned(),
            line,
            column: 1,
            successors: Vec::new(),
            on_error: None,
            caption: None,
            offset,
        })
        .to_vec()
}

fn entity() -> Entity {
    let attribute = |name: &str, kind| Attribute {
        name: name.to_owned(),
        kind,
        default: None,
        calculated: None,
        system: None,
        documentation: String::new(),
    };
    Entity {
        name: "Guest.Note".to_owned(),
        persistable: false,
        generalization: None,
        attributes: vec![
            attribute("Text", AttributeType::String { length: None }),
            attribute("Done", AttributeType::Boolean),
            attribute("Secret", AttributeType::HashedString),
        ],
        indexes: Vec::new(),
        rules: Vec::new(),
        handlers: Vec::new(),
        unavailable: None,
        documentation: String::new(),
    }
}

/// A node that serves the guest, on a database in memory.
pub(crate) async fn node(limits: Limits) -> Node {
    let node = Node::start(NodeOptions { limits, ..NodeOptions::default() }).await.expect("the node starts");
    node.activate(component(), None).await.expect("the guest is accepted");
    node
}
