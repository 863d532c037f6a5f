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
mod settings;
mod stop;
mod testfile;
mod watch;

use std::{env, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use commands::{
    admin::{audit, deploy, log, maintenance, nodes, plan, sessions, versions},
    build, check, cluster, inspect, new, run, serve, test,
};
use failure::{Exit, Usage};
use output::Format;

/// Runs microflows: compiles MDL models to WebAssembly and runs them.
#[derive(Debug, Parser)]
#[command(name = "brooklet", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  brooklet new chores                                a model to begin with, in a new folder
  brooklet check model/                              what is wrong with a model
  brooklet run model/ Shop.Greet name=Ada            call one microflow
  brooklet test model/ model/orders.test.mdl         run its tests
  brooklet serve model/                              serve it on http://127.0.0.1:8080
  brooklet cluster 3 model/                          three nodes and a front on this machine

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
    New(new::New),
    Check(check::Check),
    Build(build::Build),
    Inspect(inspect::Inspect),
    Run(run::Run),
    Test(test::Test),
    // Each holds all settings of a node.
    Serve(Box<serve::Serve>),
    Cluster(Box<cluster::Cluster>),
    Nodes(nodes::Nodes),
    Drain(nodes::Drain),
    Undrain(nodes::Undrain),
    Sessions(sessions::Sessions),
    Log(log::Log),
    Maintenance(maintenance::Maintenance),
    Audit(audit::Audit),
    Plan(plan::Plan),
    Deploy(deploy::Deploy),
    Rollback(deploy::Rollback),
    Versions(versions::Versions),
}

impl Command {
    /// What goes to the log when nobody says otherwise.
    fn log(&self) -> output::LogDefault<'_> {
        match self {
            Self::Serve(serve) => output::LogDefault { wanted: serve.log(), otherwise: "info" },
            Self::Cluster(cluster) => output::LogDefault { wanted: cluster.log(), otherwise: "info" },
            _ => output::LogDefault { wanted: None, otherwise: "warn" },
        }
    }
}

fn main() -> ExitCode {
    let (matches, given) = match settings::parse(Cli::command(), env::args_os().collect()) {
        Ok(parsed) => parsed,
        Err(wrong) => return report(&wrong.into()).into(),
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let log = match output::start_log(cli.command.log(), cli.format) {
        Ok(log) => log,
        Err(wrong) => return report(&wrong.into()).into(),
    };
    let ended = match cli.command {
        Command::New(command) => command.execute(cli.format),
        Command::Check(command) => command.execute(cli.format),
        Command::Build(command) => command.execute(cli.format),
        Command::Inspect(command) => command.execute(cli.format),
        Command::Run(command) => command.execute(cli.format),
        Command::Test(command) => command.execute(cli.format),
        Command::Serve(command) => command.execute(cli.format, &given, log),
        Command::Cluster(command) => command.execute(cli.format, &given),
        Command::Nodes(command) => command.execute(cli.format),
        Command::Drain(command) => command.execute(cli.format),
        Command::Undrain(command) => command.execute(cli.format),
        Command::Sessions(command) => command.execute(cli.format),
        Command::Log(command) => command.execute(cli.format),
        Command::Maintenance(command) => command.execute(cli.format),
        Command::Audit(command) => command.execute(cli.format),
        Command::Plan(command) => command.execute(cli.format),
        Command::Deploy(command) => command.execute(cli.format),
        Command::Rollback(command) => command.execute(cli.format),
        Command::Versions(command) => command.execute(cli.format),
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
