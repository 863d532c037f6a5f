//! Benchmarks, as ratios to what a user would pick instead.
//!
//! Whatever is compared is measured in one run, in turns, over several rounds, and reported by its median: a machine that is
//! slow, or busy with other things, is so for both sides. `docs/benchmarks.md` says what each benchmark does and why it is
//! fair. A bar is what the project promises; a figure beyond it is marked, and no reason to fail, since only a quiet
//! machine can tell.
#![allow(clippy::print_stdout, reason = "what it prints is the result")]

mod compile;
mod deploy;
mod figures;
mod generated;
mod http;
mod integers;
mod load;
mod monitor;
mod nodes;
mod processes;
mod sessions;
mod size;
mod start;

use clap::{Parser, ValueEnum};

use figures::{Effort, Figure};

/// Measures what the project promises.
#[derive(Debug, Parser)]
struct Cli {
    /// Which benchmarks; all of them without a name.
    #[arg(value_enum)]
    names: Vec<Name>,
    /// Fewer and shorter rounds: shows that everything works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Serves one side of the comparison over HTTP, for the process that measures.
    #[arg(long, hide = true, value_enum)]
    side: Option<http::Side>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Compiling a model of 1,000 microflows.
    Compile,
    /// A loop of integer arithmetic against native Rust.
    Loop,
    /// An empty microflow over HTTP against a bare axum handler.
    Http,
    /// From the start of a node until it is ready, and its memory at rest.
    Start,
    /// The size of a component.
    Size,
    /// What a session's objects cost, on each store of sessions.
    Sessions,
    /// Requests of sessions on one, two and three nodes.
    Nodes,
    /// A new version under load.
    Deploy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if let Some(side) = cli.side {
        return http::serve(side);
    }
    let effort = if cli.quick { Effort::QUICK } else { Effort::FULL };
    let names = if cli.names.is_empty() { Name::value_variants() } else { &cli.names };
    let mut all = Vec::new();
    for name in names {
        let measured = match name {
            Name::Compile => compile::measure(effort)?,
            Name::Loop => integers::measure(effort)?,
            Name::Http => http::measure(effort)?,
            Name::Start => start::measure(effort)?,
            Name::Size => size::measure()?,
            Name::Sessions => sessions::measure(effort)?,
            Name::Nodes => nodes::measure(effort)?,
            Name::Deploy => deploy::measure(effort)?,
        };
        if cli.format == Format::Text {
            measured.iter().for_each(|figure| println!("{figure}"));
        }
        all.extend(measured);
    }
    match cli.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&all)?),
        Format::Text => println!("{}", conclusion(&all)),
    }
    Ok(())
}

fn conclusion(all: &[Figure]) -> String {
    let bars = all.iter().filter(|figure| figure.bar.is_some()).count();
    let missed: Vec<_> = all.iter().filter(|figure| figure.keeps_its_bar() == Some(false)).collect();
    let names: Vec<_> = missed.iter().map(|figure| figure.what.as_str()).collect();
    match names.as_slice() {
        [] => format!("{bars} of {bars} bars kept"),
        names => format!("{} of {bars} bars kept; not: {}", bars - names.len(), names.join(", ")),
    }
}
