//! A folder as it is read.

use std::{fs, path::Path, sync::Arc};

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_model::Manifest;
use brooklet_test_support::root;
use serde::de::DeserializeOwned;

use crate::{
    expected::Expected,
    objects::{Names, Objects},
};

/// A change of a model.
pub(crate) struct Folder {
    pub(crate) before: Arc<Manifest>,
    pub(crate) after: Arc<Manifest>,
    /// The objects that there are before the change.
    pub(crate) data: Objects,
    pub(crate) expected: Expected,
    /// Of all objects, those included that are written on the way.
    pub(crate) names: Names,
}

impl Folder {
    pub(crate) fn read(name: &str) -> Self {
        let place = root().join("tests/evolutions").join(name);
        let data: Objects = json(&place.join("data.json"));
        let expected: Expected = json(&place.join("expected.json"));
        let mut names = Names::default();
        names.add(&data);
        expected.mended.iter().chain(&expected.writes).for_each(|write| names.add(&write.create));
        Self {
            before: Arc::new(model(&place.join("before.mdl"))),
            after: Arc::new(model(&place.join("after.mdl"))),
            data,
            expected,
            names,
        }
    }
}

fn json<T: DeserializeOwned>(file: &Path) -> T {
    serde_json::from_str(&text(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The manifest of a model, about which the compiler has nothing to say.
fn model(file: &Path) -> Manifest {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let compilation = compile(&[Source { name, text: text(file) }], &Options::default());
    assert!(compilation.diagnostics.is_empty(), "{}: {:#?}", file.display(), compilation.diagnostics);
    compilation.manifest.unwrap()
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
