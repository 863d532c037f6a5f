//! A toolchain for guests out of Debian's packages, for machines that reach Debian's servers but not rustup's.
//!
//! `rustc-web` and its like are kept current in stable releases, because browsers need them. They are unpacked into a folder
//! of their own and not installed: as packages they exclude a rustup. They have no standard library for the target, but its
//! source; it is compiled once, into the unpacked toolchain, so that compiling a guest afterwards takes no unstable flag and
//! sees the same compiler as on a machine with rustup.

mod library;

use std::{
    env,
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

use crate::{cargo, setup};

/// The file that is written last. It says what the folder was made by: another recipe makes it anew.
const STAMP: &str = "complete";
const RECIPE: &str = "1\n";
/// The compiler, its cargo, the standard libraries of the machine, and the source of one for the target.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "libstd-rust-web-dev", "rust-web-src"];
/// The script that runs the unpacked cargo, and where it stands.
const WRAPPER: &str = "bin/cargo";
const CARGO: &str = include_str!("cargo.sh");

/// The cargo of the toolchain that an earlier set-up has completed.
pub(super) fn complete() -> anyhow::Result<Option<PathBuf>> {
    let folder = folder()?;
    let is_complete = fs::read_to_string(folder.join(STAMP)).is_ok_and(|recipe| recipe == RECIPE);
    Ok(is_complete.then(|| folder.join(WRAPPER)))
}

/// Sets the toolchain up, from nothing: what was interrupted is done anew. Answers its cargo.
pub(super) fn set_up() -> anyhow::Result<PathBuf> {
    let folder = folder()?;
    let lock = folder.with_extension("lock");
    let lock = File::create(&lock).with_context(|| format!("{} cannot be written", lock.display()))?;
    lock.lock()?;
    // Somebody else may have done it meanwhile.
    if let Some(cargo) = complete()? {
        return Ok(cargo);
    }
    println!("a toolchain for guests is made of Debian's packages, in {}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    unpack(&packages()?, &folder)?;
    let cargo = folder.join(WRAPPER);
    write_wrapper(&cargo)?;
    library::compile(&folder, &cargo)?;
    fs::write(folder.join(STAMP), RECIPE)?;
    Ok(cargo)
}

/// Beside the profile in which this program was built: it stays as long as what else is built.
fn folder() -> anyhow::Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.parent().and_then(Path::parent).context("this program is in no target folder")?;
    Ok(target.join("guest-toolchain"))
}

/// The packages to unpack: the wanted ones, and those they depend on that are not installed.
fn packages() -> anyhow::Result<Vec<String>> {
    if setup::is_root() {
        setup::apt_get(&["update"])?;
    }
    let mut wanted: Vec<String> = PACKAGES.map(String::from).to_vec();
    let std = dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = dependency(&std, "libllvm")?;
    // The linker comes in the same versions as LLVM's library.
    wanted.push(llvm.replace("libllvm", "lld-"));
    wanted.extend([std, llvm]);

    // apt knows what is missing, and needs no rights to pretend.
    let mut pretence = Command::new("apt-get");
    pretence.args(["install", "--simulate", "--reinstall", "--no-install-recommends"]).args(&wanted).env("LC_ALL", "C");
    Ok(to_install(&cargo::read(&mut pretence)?))
}

/// The package with that beginning that another depends on: its name ends with a version.
fn dependency(of: &str, beginning: &str) -> anyhow::Result<String> {
    let listing =
        cargo::read(Command::new("apt-cache").args(["depends", of]).env("LC_ALL", "C")).with_context(|| {
            format!(
                "the package {of}, which Debian has, is not known here; if this is Debian, type: sudo apt-get update"
            )
        })?;
    let found = first_dependency(&listing, beginning);
    found.with_context(|| format!("the package {of} depends on no {beginning}*"))
}

/// Reads `  Depends: libllvm22`.
fn first_dependency(listing: &str, beginning: &str) -> Option<String> {
    let mut names = listing.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.find(|name| name.starts_with(beginning)).map(String::from)
}

/// Reads `Inst libmbedtls14 (2.28.3-1 Debian:12.15/oldstable [amd64])`. The C library stays the system's, whatever its
/// version: it goes with the loader, which is not replaced.
fn to_install(pretence: &str) -> Vec<String> {
    let names = pretence.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    names.filter(|name| !name.starts_with("libc6") && !name.starts_with("libc-")).map(String::from).collect()
}

fn unpack(packages: &[String], folder: &Path) -> anyhow::Result<()> {
    let archives = folder.join("packages");
    fs::create_dir_all(&archives)?;
    println!("apt-get download {}", packages.join(" "));
    // As root: the user to whom apt changes otherwise may not be able to write here.
    let mut download = Command::new("apt-get");
    download.args(["download", "--quiet", "--option", "APT::Sandbox::User=root"]).args(packages);
    cargo::run(download.current_dir(&archives))?;
    let mut count = 0;
    for archive in fs::read_dir(&archives)? {
        cargo::run(Command::new("dpkg").arg("--extract").arg(archive?.path()).arg(folder))?;
        count += 1;
    }
    ensure!(count == packages.len(), "{count} of {} packages were downloaded", packages.len());
    Ok(fs::remove_dir_all(archives)?)
}

fn write_wrapper(file: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(file.parent().context("it is in a folder")?)?;
    fs::write(file, CARGO)?;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o755))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_versions() {
        let listing = "libstd-rust-web-1.96\n  Depends: libc6\n  Depends: libllvm22\n  Conflicts: <rustup>\n";
        assert_eq!(first_dependency(listing, "libllvm").as_deref(), Some("libllvm22"));
        assert_eq!(first_dependency(listing, "liblld"), None);
    }

    #[test]
    fn what_is_missing_is_unpacked_but_for_the_c_library() {
        let pretence = "\
Remv rustup [1.26]
Inst libc6 [2.34] (2.36 Debian:12 [amd64])
Inst libssh2-1 [1.10.0-3+b1] (1.10.0-3+deb12u1 Debian-Security:12 [amd64])
Inst rustc-web (1.96.0 Debian-Security:12 [amd64])
Conf rustc-web (1.96.0 Debian-Security:12 [amd64])
";
        assert_eq!(to_install(pretence), ["libssh2-1", "rustc-web"]);
    }
}
