//! The cargo that compiles guests: crates in Rust that become part of a model, as `wasm32-unknown-unknown`.
//!
//! Whoever has rustup has that target, or it is added here. Where rustup's server cannot be reached, Debian's packages
//! make a toolchain of its own beside the one in use (`debian.rs`). On other systems the error says what to type.

mod debian;

use std::{
    env,
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};

use crate::{cargo, setup};

/// Names a cargo that compiles guests, where the one in the PATH cannot.
const VARIABLE: &str = "BROOKLET_GUEST_CARGO";
const TARGET: &str = "wasm32-unknown-unknown";
/// How long rustup may try to download the target (30 MB).
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);

/// What compiles guests on this machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Guest {
    /// The toolchain in use: it has the target.
    Active,
    /// This cargo, which somebody has named or which was set up here.
    Cargo(PathBuf),
}

impl Guest {
    /// Finds what compiles guests, or installs it.
    pub(crate) fn set_up() -> anyhow::Result<Guest> {
        if let Some(named) = env::var_os(VARIABLE) {
            return Guest::named(named);
        }
        if has_target() {
            return Ok(Guest::Active);
        }
        if let Some(cargo) = debian::complete()? {
            return Ok(Guest::Cargo(cargo));
        }
        let Err(from_rustup) = add_target() else { return Ok(Guest::Active) };
        println!("rustup cannot add {TARGET}: {from_rustup:#}");
        ensure!(
            setup::has_apt(),
            "guests cannot be compiled, as the target {TARGET} is missing ({from_rustup:#})\n\nadd it with\n\n  rustup \
             target add {TARGET}\n\nwhere static.rust-lang.org can be reached (a mirror is named by RUSTUP_DIST_SERVER), or \
             with your system's packages (Fedora: rust-std-static-{TARGET}, Arch: rust-wasm), or set {VARIABLE} to the \
             absolute path of a cargo that can compile for it"
        );
        let cargo = debian::set_up().with_context(|| {
            format!(
                "neither rustup nor Debian's packages gave the target {TARGET}; where static.rust-lang.org can be reached, \
                 type: rustup target add {TARGET}"
            )
        })?;
        Ok(Guest::Cargo(cargo))
    }

    fn named(cargo: OsString) -> anyhow::Result<Guest> {
        let cargo = PathBuf::from(cargo);
        ensure!(
            cargo.is_absolute() && cargo.is_file(),
            "{VARIABLE} is {}, which is not the absolute path of a cargo; correct or unset it",
            cargo.display()
        );
        Ok(Guest::Cargo(cargo))
    }
}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Guest::Active => write!(f, "cargo, with {TARGET}"),
            Guest::Cargo(cargo) => cargo.display().fmt(f),
        }
    }
}

/// Whether the toolchain in use has the standard library of the target: rustc names the folder, whether it exists or not.
fn has_target() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| {
        output.status.success() && has_libraries(Path::new(String::from_utf8_lossy(&output.stdout).trim()))
    })
}

fn has_libraries(folder: &Path) -> bool {
    let mut files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn add_target() -> anyhow::Result<()> {
    println!("rustup target add {TARGET}");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).env("RUST_BACKTRACE", "0");
    cargo::run_within(&mut rustup, RUSTUP_LIMIT)?;
    ensure!(has_target(), "it succeeded, but the rustc in use has no {TARGET} nevertheless");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_that_is_not_there_is_refused() {
        assert!(Guest::named("bin/cargo".into()).is_err());
        assert!(Guest::named("/nowhere/bin/cargo".into()).is_err());
    }
}
