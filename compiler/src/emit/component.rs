//! A core module wrapped into a component, with its manifest.

use std::{borrow::Cow, sync::LazyLock};

use brooklet_model::{MANIFEST_SECTION, Manifest};
use wasm_encoder::{ComponentSection, CustomSection, Encode};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// The contract between guests and hosts.
const CONTRACT: &str = include_str!("../../../wit/model.wit");

static WORLD: LazyLock<(Resolve, WorldId)> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("model.wit", CONTRACT).expect("the contract is valid; a test parses it");
    let world = resolve.select_world(&[package], Some("model")).expect("the contract has a world `model`");
    (resolve, world)
});

/// Wraps a core module. The manifest becomes a custom section of the component.
pub(super) fn wrap(mut module: Vec<u8>, manifest: &Manifest) -> Vec<u8> {
    let (resolve, world) = &*WORLD;
    embed_component_metadata(&mut module, resolve, *world, StringEncoding::UTF8).expect("the world can be described");
    let mut component = ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(cfg!(debug_assertions)).encode())
        .unwrap_or_else(|error| panic!("the generated module does not fit the contract: {error:?}"));
    append_section(&mut component, MANIFEST_SECTION, &manifest.to_bytes());
    component
}

fn append_section(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) };
    component.push(ComponentSection::id(&section));
    section.encode(component);
}
