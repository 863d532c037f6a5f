//! The `brooklet` command: compiles models, runs their microflows and tests, and serves them.
//!
//! One file per command, each with its arguments and a function `execute`. Results go to standard output, diagnostics of a
//! failing command and the log to standard error. The work is done by `brooklet-compiler` and `brooklet-runtime`; what is
//! here reads arguments and files and prints.

mod commands;
mod compiling;
mod failure;
mod input;
mod output;
mod runtime;
mod testfile;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{build, check, inspect, run, serve, test};
use failure::{Exit, Usage};
use output::Format;

/// Runs microflows: compiles MDL models to WebAssembly and runs them.
#[derive(Debug, Parser)]
#[command(name = "brooklet", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  brooklet check model/                              what is wrong with a model
  brooklet run model/ Shop.Greet name=Ada            call one microflow
  brooklet test model/ model/orders.test.mdl         run its tests
  brooklet serve model/                              serve it on http://127.0.0.1:8080

Exit codes: 0 clean, 1 errors in the model or failed tests, 2 wrong use, 3 the microflow ended in an error.")]
struct Cli {
    /// Text for people, or JSON for programs.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Build(build::Build),
    Inspect(inspect::Inspect),
    Run(run::Run),
    Test(test::Test),
    Serve(serve::Serve),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    output::start_log(matches!(cli.command, Command::Serve(_)), cli.format);
    let ended = match cli.command {
        Command::Check(command) => command.execute(cli.format),
        Command::Build(command) => command.execute(cli.format),
        Command::Inspect(command) => command.execute(cli.format),
        Command::Run(command) => command.execute(cli.format),
        Command::Test(command) => command.execute(cli.format),
        Command::Serve(command) => command.execute(cli.format),
    };
    ended.unwrap_or_else(|error| report(&error)).into()
}

/// Says why a command could not do its work. All such reasons are for whoever typed it to remedy.
fn report(error: &anyhow::Error) -> Exit {
    let mut message = format!("error: {error}");
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Many errors say what caused them already.
        if !message.contains(&cause) {
            message.push_str(&format!(": {cause}"));
        }
    }
    if error.is::<Usage>() {
        message.push_str("\n\nFor more information, try 'brooklet --help'.");
    }
    output::complain(&message);
    Exit::Misused
}
