//! The size of the example's component.

use std::fs;

use anyhow::{Context, ensure};
use brooklet_compiler::{Options, compile, source::Source};
use brooklet_test_support::{files_below, root};

use crate::figures::{Bar, Figure};

pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let folder = root().join("examples/shop");
    let files = files_below(&folder, |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".mdl") && !name.ends_with(".test.mdl")
    });
    ensure!(!files.is_empty(), "there is no model in {}", folder.display());
    let mut sources = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sources.push(Source { name, text: fs::read_to_string(&file)? });
    }
    let compilation = compile(&sources, &Options::default());
    let component = compilation.component.context("examples/shop has faults: see `brooklet check examples/shop`")?;
    let manifest = compilation.manifest.context("a component has a manifest")?.to_bytes().len();
    let microflows = compilation.summary.microflows_compiled;
    let size = component.len() as f64 / 1000.0;
    let detail = format!("{microflows} microflows, of which the manifest {:.1} kB", manifest as f64 / 1000.0);
    Ok(vec![Figure::exact("size of examples/shop", "kB", size).with_bar(Bar::AtMost(100.0)).with_detail(detail)])
}
