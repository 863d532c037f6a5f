//! The standard library for guests, compiled from its source.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::ensure;

use crate::{cargo, guest::TARGET};

/// A guest with a standard library that does nothing. That it links proves the toolchain.
const MANIFEST: &str = r#"
[package]
name = "probe"
version = "0.0.0"
edition = "2024"

[lib]
path = "probe.rs"
crate-type = ["cdylib"]

[profile.release]
panic = "abort"

[workspace]
"#;
const PROBE: &str = r#"
#[unsafe(no_mangle)]
pub extern "C" fn probe(number: u32) -> usize {
    format!("{number}").len()
}
"#;

/// Compiles the standard library, puts it where the compiler looks for it, and removes its source.
pub(super) fn compile(toolchain: &Path, cargo: &Path) -> anyhow::Result<()> {
    println!("the standard library for {TARGET} is compiled, once; that takes a minute");
    let probe = Probe::write(toolchain)?;
    // Its bitcode is kept beside its code, for guests that are optimized as a whole.
    probe.build(cargo, |build| {
        build.arg("-Zbuild-std=std,proc_macro,panic_abort").env("RUSTC_BOOTSTRAP", "1");
        build.env("RUSTFLAGS", "-Cembed-bitcode=yes")
    })?;
    install(&probe.built().join("deps"), &toolchain.join("usr/lib/rustlib").join(TARGET).join("lib"))?;

    fs::remove_dir_all(toolchain.join("usr/src"))?;
    fs::remove_dir_all(probe.built())?;
    probe.build(cargo, |build| build)?;
    ensure!(probe.built().join("probe.wasm").is_file(), "the toolchain for guests compiles, but makes no guest");
    Ok(fs::remove_dir_all(probe.folder)?)
}

/// The first guest.
struct Probe {
    folder: PathBuf,
}

impl Probe {
    /// Writes the crate, with a home for cargo in which the standard library's dependencies come from its own source: no
    /// registry is asked, and no configuration of the user has a say.
    fn write(toolchain: &Path) -> anyhow::Result<Probe> {
        let folder = toolchain.join("probe");
        let home = folder.join("home");
        fs::create_dir_all(&home)?;
        fs::write(folder.join("Cargo.toml"), MANIFEST)?;
        fs::write(folder.join("probe.rs"), PROBE)?;
        let vendored = toolchain.join("usr/lib/rustlib/src/rust/library/vendor");
        let sources = format!(
            "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = {:?}\n",
            vendored.display().to_string()
        );
        fs::write(home.join("config.toml"), sources)?;
        Ok(Probe { folder })
    }

    fn build(&self, cargo: &Path, adapt: impl FnOnce(&mut Command) -> &mut Command) -> anyhow::Result<()> {
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--offline", "--release", "--target", TARGET]);
        build.arg("--target-dir").arg(self.target()).current_dir(&self.folder);
        build.env("CARGO_HOME", self.folder.join("home"));
        for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_BUILD_DIR"] {
            build.env_remove(flags);
        }
        cargo::run(adapt(&mut build))
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Where cargo puts what it has built.
    fn built(&self) -> PathBuf {
        self.target().join(TARGET).join("release")
    }
}

/// Copies the compiled libraries.
fn install(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?.path();
        if let Some(name) = file.file_name().filter(|_| file.extension() == Some(OsStr::new("rlib"))) {
            fs::copy(&file, to.join(name))?;
        }
    }
    Ok(())
}
