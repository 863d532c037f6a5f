//! What the fuzz targets do with their input. The test suite `parser` runs the same functions on inputs that are the same
//! in every run.

use brooklet_compiler::{
    Options, compile as compile_model,
    diagnostics::{Diagnostics, Renderer},
    resolve::prelude,
    source::Source,
    syntax::{self, Fragment, Place},
};
use brooklet_model::SourceId;

/// Diagnostics that are rendered: as many as it takes to see that their places are within the text.
const RENDERED: usize = 20;

/// Parses any bytes in every way that the parser offers, and renders what it says.
pub(crate) fn parse(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for name in ["fuzz.mdl", "fuzz.test.mdl"] {
        let sources = [Source { name: name.to_owned(), text: text.to_owned() }];
        let mut diagnostics = Diagnostics::default();
        syntax::parse(SourceId(0), &sources[0], &mut diagnostics);
        let mut renderer = Renderer::new(&sources);
        for found in diagnostics.found().iter().take(RENDERED) {
            assert!(found.span.start <= found.span.end && found.span.end as usize <= text.len(), "{found:?}");
            renderer.text(found);
        }
    }
    for version in 0..=syntax::NEWEST_VERSION {
        let fragment = Fragment { text, place: Place::Offset { source: SourceId(0), base: 0 }, version };
        let mut diagnostics = Diagnostics::default();
        syntax::parse_expression(fragment, &mut diagnostics);
        syntax::parse_xpath(fragment, syntax::Limits::MODEL, &mut diagnostics);
        syntax::parse_block(fragment, &mut diagnostics);
    }
}

/// Compiles any bytes: whatever has no errors becomes a valid component.
pub(crate) fn compile(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let sources = [Source { name: "fuzz.mdl".to_owned(), text: text.to_owned() }, prelude()];
    let compilation = compile_model(&sources[..1], &Options::default());
    let mut renderer = Renderer::new(&sources);
    for found in compilation.diagnostics.iter().take(RENDERED) {
        renderer.text(found);
    }
    if let Some(component) = compilation.component {
        let features = wasmparser::WasmFeatures::default() | wasmparser::WasmFeatures::WIDE_ARITHMETIC;
        let mut validator = wasmparser::Validator::new_with_features(features);
        if let Err(error) = validator.validate_all(&component) {
            panic!("the component is not valid: {error}");
        }
    }
}
