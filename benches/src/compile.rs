//! Compiling a model of 1,000 microflows.

use anyhow::ensure;
use brooklet_compiler::{
    Options, compile,
    diagnostics::{Diagnostics, Renderer, Severity},
    resolve::{prelude, resolve},
    source::Source,
    syntax,
};
use brooklet_model::SourceId;

use crate::{
    figures::{Bar, Effort, Figure, spread, timed},
    generated,
};

pub(crate) fn measure(effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let sources = generated::model();
    check(&sources)?;
    let (mut whole, mut parse_times, mut resolve_times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        let (compilation, time) = timed(|| compile(&sources, &Options::default()));
        drop(compilation);
        whole.push(time);
        let (parse_time, resolve_time) = stages(&sources);
        parse_times.push(parse_time);
        resolve_times.push(resolve_time);
    }
    let (all, parsing, resolving) = (spread(&whole).0, spread(&parse_times).0, spread(&resolve_times).0);
    let lines: usize = sources.iter().map(|source| source.text.lines().count()).sum();
    let detail = format!(
        "{lines} lines; parse {parsing:.1}, resolve {resolving:.1}, check and emit {:.1} ms",
        all - parsing - resolving
    );
    let what = format!("compile {} microflows", generated::ALL_MICROFLOWS);
    Ok(vec![Figure::median(what, "ms", &whole).with_bar(Bar::AtMost(250.0)).with_detail(detail)])
}

/// The first stages on their own, in milliseconds. The later ones cannot be called from outside.
fn stages(sources: &[Source]) -> (f64, f64) {
    let mut all = sources.to_vec();
    all.push(prelude());
    let mut diagnostics = Diagnostics::default();
    let (scripts, parsing) = timed(|| {
        let numbered = all.iter().enumerate();
        let parsed = numbered.map(|(index, source)| syntax::parse(SourceId(index as u32), source, &mut diagnostics));
        parsed.collect::<Vec<_>>()
    });
    let (_, resolving) = timed(|| resolve(&all, scripts, &mut diagnostics));
    (parsing, resolving)
}

/// The generated model is a good one: a benchmark of error messages would say nothing.
fn check(sources: &[Source]) -> anyhow::Result<()> {
    let compilation = compile(sources, &Options::default());
    let mut all = sources.to_vec();
    all.push(prelude());
    let mut renderer = Renderer::new(&all);
    let found = compilation.diagnostics.iter().filter(|one| one.severity > Severity::Note).take(3);
    let found: Vec<_> = found.map(|one| renderer.text(one)).collect();
    ensure!(found.is_empty(), "the generated model has faults:\n{}", found.join("\n"));
    let compiled = compilation.summary.microflows_compiled;
    ensure!(compiled == generated::ALL_MICROFLOWS, "{compiled} microflows were compiled");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_model_has_no_faults() {
        check(&generated::model()).expect("it compiles");
    }
}
