//! Settings from each place, and which of them counts.

use std::fs;

use clap::{Parser, Subcommand};

use super::*;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Commands,
}

#[derive(Debug, Subcommand)]
enum Commands {
    Serve {
        #[command(flatten)]
        settings: Box<NodeSettings>,
    },
    Cluster,
}

/// What a file and some words come to.
fn resolve(file: &str, words: &[&str]) -> Result<Resolved, Usage> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("secret"), "from a file\n").expect("written");
    let path = folder.path().join("settings.toml");
    let secret = folder.path().join("secret").display().to_string();
    fs::write(&path, file.replace("SECRET", &secret)).expect("written");
    let path = path.display().to_string();
    let words = ["brooklet", "serve", "--config", &path].into_iter().chain(words.iter().copied());
    let words = words.map(|word| word.replace("SECRET", &secret).into()).collect();
    let (matches, given) = parse(<Cli as clap::CommandFactory>::command(), words)?;
    let cli = <Cli as clap::FromArgMatches>::from_arg_matches(&matches).expect("it was parsed");
    let Commands::Serve { settings } = cli.command else { panic!("it is serve") };
    settings.resolve(&given, std::path::Path::new("model"))
}

#[test]
fn a_flag_comes_before_the_file_and_the_file_before_the_default() {
    let file = "session-timeout = '20m'\nlimit-queue = 7\ntrusted-proxy = ['10.0.0.0/8', '::1']\nstore = 'sqlite:a'";
    let resolved = resolve(file, &["--session-timeout", "5m"]).expect("it is well formed");
    assert_eq!(resolved.node.limits.session.timeout.as_secs(), 300);
    assert_eq!(resolved.node.limits.engine.queue, 7);
    assert_eq!(resolved.node.limits.engine.instances, 256);
    assert_eq!(resolved.http.trusted_proxies.len(), 2);
    assert_eq!((resolved.node.store.as_str(), resolved.node.state.as_str()), ("sqlite:a", "sql"));
}

#[test]
fn without_anything_the_defaults_are_those_of_the_host() {
    let resolved = resolve("", &[]).expect("it is well formed");
    assert_eq!(resolved.node.limits, brooklet_runtime::limits::Limits::default());
    assert_eq!(resolved.node.store, "sqlite:data/model.sqlite");
    assert!(resolved.http.admin_token.is_none() && resolved.node.administrator.is_none());
    let in_memory = resolve("store = 'sqlite::memory:'", &[]).expect("it is well formed");
    assert_eq!(in_memory.node.state, "memory");
}

#[test]
fn what_the_file_has_wrong_is_said_with_its_name() {
    for (file, part) in [
        ("lissten = '127.0.0.1:1'", "did you mean `listen`?"),
        ("limit_queue = 5", "did you mean `limit-queue`?"),
        ("[limit]\nqueue = 5", "there is no setting `limit`"),
        ("session-timeout = 'soon'", "session-timeout"),
        ("listen = ['a', 'b']", "takes one value"),
        ("listen = [['a']]", "not nested"),
        ("listen = ", "settings.toml"),
        ("config = 'other.toml'", "there is no setting `config`"),
    ] {
        let error = resolve(file, &[]).expect_err(file);
        assert!(error.0.contains(part) && error.0.contains("settings.toml"), "{file}: {error}");
    }
}

#[test]
fn a_secret_comes_from_the_stronger_place() {
    let token = |resolved: &Resolved, text| resolved.http.admin_token.as_ref().is_some_and(|token| token.is(text));
    let resolved = resolve("admin-token = 'plain'", &["--admin-token-file", "SECRET"]).expect("it is well formed");
    assert!(token(&resolved, "from a file"));
    let resolved = resolve("admin-token-file = 'SECRET'", &["--admin-token", "plain"]).expect("it is well formed");
    assert!(token(&resolved, "plain"));
    let error = resolve("admin-token-file = 'SECRET'\nadmin-token = 'plain'", &[]).expect_err("which one?");
    assert!(error.0.contains("either"), "{error}");
    let error = resolve("store-file = '/nowhere'", &[]).expect_err("there is no such file");
    assert!(error.0.contains("/nowhere"), "{error}");
}

#[test]
fn an_administrator_has_name_and_password() {
    let resolved = resolve("admin-user = 'Ann'\nadmin-password-file = 'SECRET'", &[]).expect("it is well formed");
    let administrator = resolved.node.administrator.expect("there is one");
    assert_eq!((administrator.name.as_str(), administrator.password.as_str()), ("Ann", "from a file"));
    assert!(resolve("admin-user = 'Ann'", &[]).is_err());
    assert!(resolve("admin-password = 'secret'", &[]).is_err());
}

#[test]
fn every_setting_has_its_variable() {
    let command = with_environment(<Cli as clap::CommandFactory>::command());
    let serve = command.find_subcommand("serve").expect("it is there");
    for setting in settings(serve) {
        let (name, found) = (setting.get_long().unwrap_or_default(), setting.get_env().and_then(|name| name.to_str()));
        assert_eq!(found, Some(variable(name).as_str()), "{name}");
        assert!(setting.get_help().is_some(), "{name} has a sentence");
    }
}
