//! Settings of a real node: flag, environment, file.

use std::{
    fs,
    process::{Command, Output},
};

use brooklet_test_support::Node;

use crate::{BROOKLET, folder};

/// The database that a node of these settings says it uses.
fn store(folder: &tempfile::TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let node = Node::start(BROOKLET, ["model", "--config", "settings.toml"].iter().chain(arguments), |command| {
        command.current_dir(folder.path()).envs(environment.iter().copied());
    });
    let node = node.unwrap_or_else(|error| panic!("{error}"));
    let ready: serde_json::Value =
        serde_json::from_str(node.output().lines().next().unwrap_or_default()).expect("JSON");
    ready["store"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn flags_come_before_the_environment_and_the_environment_before_the_file() {
    let folder = folder();
    fs::write(folder.path().join("settings.toml"), "store = 'sqlite:file.sqlite'\nstate = 'memory'\n")
        .expect("written");
    fs::write(folder.path().join("url"), "sqlite:secret.sqlite\n").expect("written");
    let environment = [("BROOKLET_STORE", "sqlite:environment.sqlite")];
    assert_eq!(store(&folder, &[], &[]), "sqlite:file.sqlite");
    assert_eq!(store(&folder, &[], &environment), "sqlite:environment.sqlite");
    assert_eq!(store(&folder, &["--store", "sqlite:flag.sqlite"], &environment), "sqlite:flag.sqlite");
    assert_eq!(store(&folder, &["--store-file", "url"], &environment), "sqlite:secret.sqlite");
}

fn refused(folder: &tempfile::TempDir, arguments: &[&str]) -> String {
    let output: Output = Command::new(BROOKLET).args(arguments).current_dir(folder.path()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_wrong_is_said_before_anything_starts() {
    let folder = folder();
    fs::write(folder.path().join("settings.toml"), "sesion-timeout = '5m'\n").expect("written");
    let errors = refused(&folder, &["serve", "model", "--config", "settings.toml"]);
    assert!(errors.contains("settings.toml") && errors.contains("did you mean `session-timeout`?"), "{errors}");
    for (arguments, part) in [
        (vec!["serve", "model", "--session-timeout", "soon"], "10s"),
        (vec!["serve", "model", "--limit-memory-bytes", "much"], "64MiB"),
        (vec!["serve", "model", "--trusted-proxy", "everybody"], "10.0.0.0/8"),
        (vec!["serve", "model", "--root-url", "shop.example"], "https://"),
        (vec!["serve", "model", "--log", "a=loud"], "log"),
        (vec!["serve", "model", "--admin-user", "Ann"], "admin-password"),
        (vec!["cluster", "2", "model", "--name", "a"], "`name`"),
        (vec!["cluster", "2", "model", "--store", "sqlite::memory:"], "share"),
        (vec!["cluster", "2", "model", "--state", "memory"], "share"),
        (vec!["cluster", "0", "model"], "1..=64"),
    ] {
        let errors = refused(&folder, &arguments);
        assert!(errors.contains(part), "{arguments:?}: {errors}");
    }
}
