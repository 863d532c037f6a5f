//! Finds what tests need beyond Rust: a PostgreSQL and a Redis server, of which tests start copies of their own.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// A program that must be there, and the Debian package that brings it.
const NEEDED: [(&str, &str); 3] =
    [("initdb", "postgresql"), ("postgres", "postgresql"), ("redis-server", "redis-server")];

/// Where Debian keeps PostgreSQL's programs, which are not on the path.
const POSTGRES_FOLDER: &str = "/usr/lib/postgresql";

/// Finds everything, after installing what is missing where that is possible.
pub(crate) fn setup() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)?;
    let missing = self::missing();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{} cannot be found although it was installed; put it on the PATH", missing.join(", "))
}

/// The packages of programs that are not there, each once.
fn missing() -> Vec<&'static str> {
    let mut packages: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    packages.dedup();
    packages
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(postgres_folders());
    folders.into_iter().any(|folder| folder.join(program).is_file())
}

fn postgres_folders() -> Vec<PathBuf> {
    let versions = Path::new(POSTGRES_FOLDER).read_dir().into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin")).collect()
}

fn install(packages: &[&str]) -> Result<()> {
    let command = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        bail!("tests need {}; install them, on Debian or Ubuntu with `sudo {command}`", packages.join(" and "));
    }
    println!("installing {}", packages.join(" and "));
    for step in ["apt-get update", &command] {
        let mut words = step.split(' ');
        let program = words.next().unwrap_or_default();
        let status = Command::new(program)
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .status()
            .with_context(|| format!("`{step}` cannot be run"))?;
        if !status.success() {
            bail!("`{step}` failed");
        }
    }
    Ok(())
}
