//! `brooklet build`: a model as one component.

use std::{fs, path::PathBuf};

use anyhow::Context;
use brooklet_compiler::tests_input::Tests;
use brooklet_runtime::version::component_hash;
use clap::Args;
use serde_json::json;

use crate::{
    compiling::{compile_sources, summary_line},
    failure::{Exit, Usage},
    input::{self, Input},
    output::{self, Format},
};

/// Compiles a model to one WebAssembly component. The same sources give the same bytes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet build model/ -o app.wasm
  brooklet build domain.mdl microflows.mdl -o app.wasm --strict")]
pub(crate) struct Build {
    /// Files, or folders of .mdl files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The file to write.
    #[arg(short, long, value_name = "FILE", default_value = "app.wasm")]
    output: PathBuf,
    /// Refuse what is left out otherwise: microflows that need features which are not supported yet.
    #[arg(long)]
    strict: bool,
}

impl Build {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let Input::Sources(sources) = input::read(&self.paths)? else {
            return Err(Usage("a component is built already".to_owned()).into());
        };
        let compiled = compile_sources(sources, Tests::default(), self.strict);
        compiled.print(format, false);
        let summary = summary_line(&compiled.compilation.summary);
        let Some(model) = compiled.into_model() else { return Ok(Exit::Faulty) };
        fs::write(&self.output, &model.component).with_context(|| format!("cannot write {}", self.output.display()))?;
        let hash = component_hash(&model.component);
        match format {
            Format::Text => {
                output::line(&summary);
                output::line(&format!("{}: {} bytes, {hash}", self.output.display(), model.component.len()));
            }
            Format::Json => output::json(
                &json!({ "file": self.output.display().to_string(), "bytes": model.component.len(), "hash": hash }),
            ),
        }
        Ok(Exit::Clean)
    }
}
