//! Settings of a node: from flags, from the environment, from a file, by the same names.
//!
//! | setting `session-timeout` | written as |
//! | --- | --- |
//! | on the command line | `--session-timeout 10m` |
//! | in the environment | `BROOKLET_SESSION_TIMEOUT=10m` |
//! | in the file of `--config` (`BROOKLET_CONFIG`) | `session-timeout = "10m"` |
//!
//! A flag comes before the environment, the environment before the file, the file before the default. There is one
//! definition of each setting, its argument: [`with_environment`] gives it its variable, and [`parse`] reads the file
//! and makes its values the defaults of a second parse.

mod file;
mod limits;
mod logins;
mod node;
mod secret;
mod sessions;
mod values;

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use clap::{Arg, ArgMatches, Command, parser::ValueSource};

pub(crate) use node::{NodeSettings, Resolved};
pub(crate) use secret::read as read_secret;

use crate::failure::Usage;

/// Commands whose flags are settings.
const COMMANDS: [&str; 2] = ["serve", "cluster"];

/// Flags of these commands that are no settings.
const NO_SETTINGS: [&str; 5] = ["help", "version", "format", "config", "until-stdin-closes"];

/// Where the settings of a command came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    ranks: BTreeMap<String, Rank>,
    /// What stood on the command line: names of variables, and values.
    flags: Vec<(String, OsString)>,
    config: Option<PathBuf>,
}

/// How strong the way is by which a setting was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    #[default]
    Default,
    File,
    Environment,
    Flag,
}

impl Given {
    /// How a setting was given.
    pub(crate) fn rank(&self, name: &str) -> Rank {
        self.ranks.get(name).copied().unwrap_or_default()
    }

    /// The settings of the command line as variables, for a process of the same settings.
    pub(crate) fn as_environment(&self) -> &[(String, OsString)] {
        &self.flags
    }

    /// The file.
    pub(crate) fn config(&self) -> Option<&PathBuf> {
        self.config.as_ref()
    }
}

/// The arguments of a command that are settings.
fn settings(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|one| one.get_long().is_some_and(|name| !NO_SETTINGS.contains(&name)))
}

fn variable(name: &str) -> String {
    format!("BROOKLET_{}", name.to_ascii_uppercase().replace('-', "_"))
}

/// Gives each setting its variable of the environment.
pub(crate) fn with_environment(mut command: Command) -> Command {
    for name in COMMANDS {
        command = command.mut_subcommand(name, |one| {
            one.mut_args(|argument| match argument.get_long() {
                Some("help" | "version" | "format" | "until-stdin-closes") | None => argument,
                Some(long) => {
                    let variable = variable(long);
                    // The help says once how variables are called.
                    argument.env(variable).hide_env(true)
                }
            })
        });
    }
    command
}

/// Parses the words of a command line, with the settings' file if there is one. Ends the process when the words are wrong.
pub(crate) fn parse(command: Command, words: Vec<OsString>) -> Result<(ArgMatches, Given), Usage> {
    let command = with_environment(command);
    let matches = command.clone().get_matches_from(&words);
    let Some((name, sub)) = matches.subcommand().filter(|(name, _)| COMMANDS.contains(name)) else {
        return Ok((matches, Given::default()));
    };
    let name = name.to_owned();
    let config = sub.get_one::<PathBuf>("config").cloned();
    let mut values = file::Values::new();
    let (command, matches) = match &config {
        None => (command, matches),
        Some(path) => {
            let known = command.find_subcommand(&name).ok_or_else(|| Usage(format!("there is no command {name}")))?;
            values = file::read(path, known)?;
            let command = command.clone().mut_subcommand(&name, |one| file::set_defaults(one, &values));
            let matches = command.clone().try_get_matches_from(&words);
            // Flags and variables were right before: what is wrong now comes from the file.
            let matches =
                matches.map_err(|error| Usage(format!("{}: {}", path.display(), error.to_string().trim())))?;
            (command, matches)
        }
    };
    let given = match (command.find_subcommand(&name), matches.subcommand_matches(&name)) {
        (Some(command), Some(matches)) => given(command, matches, &values, config),
        _ => Given::default(),
    };
    Ok((matches, given))
}

fn given(command: &Command, matches: &ArgMatches, values: &file::Values, config: Option<PathBuf>) -> Given {
    let mut given = Given { config, ..Given::default() };
    for setting in settings(command) {
        let (Some(name), id) = (setting.get_long(), setting.get_id().as_str()) else { continue };
        let rank = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Rank::Flag,
            Some(ValueSource::EnvVariable) => Rank::Environment,
            _ if values.contains_key(name) => Rank::File,
            _ => Rank::Default,
        };
        if rank == Rank::Flag {
            let raw: Vec<_> = matches.get_raw(id).into_iter().flatten().map(OsString::from).collect();
            given.flags.push((variable(name), raw.join(std::ffi::OsStr::new(","))));
        }
        given.ranks.insert(name.to_owned(), rank);
    }
    given
}

#[cfg(test)]
mod tests;
