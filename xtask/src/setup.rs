//! Finds what tests need, and installs what is missing where that can be done without asking.
//!
//! On Debian and Ubuntu as root, with the system's packages. Elsewhere the command to type is printed, and the chore fails.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::bail;

use crate::cargo;

/// A program that tests start.
struct Need {
    program: &'static str,
    /// Where it comes from, on Debian and with Homebrew.
    apt: &'static str,
    brew: &'static str,
    /// Whether only root needs it.
    for_root: bool,
}

const NEEDS: [Need; 6] = [
    Need { program: "initdb", apt: "postgresql", brew: "postgresql@17", for_root: false },
    Need { program: "postgres", apt: "postgresql", brew: "postgresql@17", for_root: false },
    Need { program: "psql", apt: "postgresql", brew: "postgresql@17", for_root: false },
    Need { program: "redis-server", apt: "redis-server", brew: "redis", for_root: false },
    Need { program: "curl", apt: "curl", brew: "curl", for_root: false },
    // PostgreSQL refuses to run as root.
    Need { program: "setpriv", apt: "util-linux", brew: "util-linux", for_root: true },
];

pub(crate) fn setup() -> anyhow::Result<()> {
    let is_root = is_root();
    let missing = missing(is_root);
    if !missing.is_empty() {
        let programs: Vec<_> = missing.iter().map(|need| need.program).collect();
        println!("missing: {}", programs.join(", "));
        install(&missing, is_root)?;
        let still: Vec<_> = self::missing(is_root).iter().map(|need| need.program).collect();
        if !still.is_empty() {
            bail!("still missing after the installation: {}", still.join(", "));
        }
    }
    for need in needs(is_root) {
        if let Some(path) = find(need.program) {
            println!("{:<14} {}", need.program, path.display());
        }
    }
    Ok(())
}

fn needs(is_root: bool) -> impl Iterator<Item = &'static Need> {
    NEEDS.iter().filter(move |need| is_root || !need.for_root)
}

fn missing(is_root: bool) -> Vec<&'static Need> {
    needs(is_root).filter(|need| find(need.program).is_none()).collect()
}

/// Looks where the tests look (`tests/support/src/postgres.rs`): in the folders of PostgreSQL, then in the PATH.
fn find(program: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable();
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = versions.into_iter().rev().map(|(_, folder)| folder).chain(env::split_paths(&path));
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn install(missing: &[&Need], is_root: bool) -> anyhow::Result<()> {
    let packages = |of: fn(&Need) -> &'static str| {
        let mut names: Vec<_> = missing.iter().map(|need| of(need)).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let apt = packages(|need| need.apt);
    match (has_apt(), is_root) {
        (true, true) => {
            apt_get(&["update"])?;
            let options = ["install", "--yes", "--no-install-recommends"];
            apt_get(&[&options[..], &apt[..]].concat())
        }
        (true, false) => {
            bail!("install what is missing:\n\n  sudo apt-get update && sudo apt-get install --yes {}", apt.join(" "))
        }
        _ if cfg!(target_os = "macos") => {
            bail!("install what is missing:\n\n  brew install {}", packages(|need| need.brew).join(" "))
        }
        _ => bail!(
            "install the programs that are missing with your system's packages; on Debian they are in {}, and PostgreSQL's \
             must be in the PATH",
            apt.join(", ")
        ),
    }
}

/// Whether this is Debian, or a system made of it.
pub(crate) fn has_apt() -> bool {
    Path::new("/etc/debian_version").exists() && find("apt-get").is_some()
}

pub(crate) fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    println!("apt-get {}", arguments.join(" "));
    // No service of the system is started: tests start their own servers.
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command.stdin(std::process::Stdio::null());
    cargo::run(&mut command)
}

/// Whether this process is root: asked of the system, as the library has no safe function for it.
pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
