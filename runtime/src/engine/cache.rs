//! Compiled code on disk, so that a restart need not compile again.
//!
//! wasmtime runs what it deserializes without looking: whoever can write a file here would own the process. Therefore each
//! file begins with a keyed hash over the name and the code, and the key lies in a file that only its owner can read. A file
//! that fails the check is compiled again and replaced. Nothing here is needed: any failure means that code is compiled.

use std::{
    fs,
    hash::{Hash, Hasher},
    io::{self, Write},
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use super::LoadError;
use crate::limits::fixed::CACHED_COMPONENTS;

/// The file with the key.
const KEY_FILE: &str = "key";
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 32;

/// A folder with compiled code.
pub(super) struct CodeCache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    /// What code must have been compiled for: this wasmtime, with these settings, for this processor.
    compatibility: u64,
}

impl CodeCache {
    pub(super) fn open(folder: &Path, engine: &wasmtime::Engine) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let key = read_or_create_key(&folder.join(KEY_FILE))?;
        let mut hasher = Fingerprint(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { folder: folder.to_owned(), key, compatibility: hasher.finish() })
    }

    /// The component's code: from the folder, or compiled and put there.
    pub(super) fn load(
        &self,
        engine: &wasmtime::Engine,
        bytes: &[u8],
        compile: impl FnOnce() -> Result<Component, LoadError>,
    ) -> Result<Component, LoadError> {
        let name = format!("{}-{:016x}.cwasm", hex(&Sha256::digest(bytes)), self.compatibility);
        if let Some(component) = self.read(engine, &name) {
            return Ok(component);
        }
        let component = compile()?;
        if let Err(error) = self.write(&name, &component) {
            tracing::warn!(file = name, %error, "compiled code is not kept");
        }
        Ok(component)
    }

    fn read(&self, engine: &wasmtime::Engine, name: &str) -> Option<Component> {
        let file = fs::read(self.folder.join(name)).ok()?;
        let (tag, code) = file.split_at_checked(TAG_BYTES)?;
        if self.hash(name, code).verify_slice(tag).is_err() {
            tracing::warn!(file = name, "compiled code was altered; compiling again");
            return None;
        }
        // SAFETY: the code carries a keyed hash that only a process that can read the key file can make, and the only such
        // code is what `write` got from `Component::serialize`.
        let component = unsafe { Component::deserialize(engine, code) };
        component.inspect_err(|error| tracing::warn!(file = name, %error, "compiled code does not fit")).ok()
    }

    fn write(&self, name: &str, component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(|error| io::Error::other(error.to_string()))?;
        let mut file = tempfile_in(&self.folder, name)?;
        file.1.write_all(&self.hash(name, &code).finalize().into_bytes())?;
        file.1.write_all(&code)?;
        fs::rename(&file.0, self.folder.join(name))?;
        self.prune()
    }

    /// Removes what has not been written for the longest time, when there is too much.
    fn prune(&self) -> io::Result<()> {
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "cwasm") {
                kept.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        kept.sort();
        let surplus = kept.len().saturating_sub(CACHED_COMPONENTS);
        // Another node that shares the folder may be doing the same.
        kept.iter().take(surplus).for_each(|(_, path)| drop(fs::remove_file(path)));
        Ok(())
    }

    /// The name is hashed too, so that code cannot be passed off as that of another component.
    fn hash(&self, name: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut hash = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key).expect("a key may have any length");
        hash.update(name.as_bytes());
        hash.update(code);
        hash
    }
}

/// A new file beside the one that it will replace in one step.
fn tempfile_in(folder: &Path, name: &str) -> io::Result<(PathBuf, fs::File)> {
    let path = folder.join(format!("{name}.{}.tmp", std::process::id()));
    Ok((path.clone(), fs::File::create(path)?))
}

fn read_or_create_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let mut key = [0; KEY_BYTES];
            getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
            file.write_all(&key)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            check_permissions(path)?;
            let key = fs::read(path)?;
            key.try_into().map_err(|_| io::Error::other(format!("{} is damaged; delete it", path.display())))
        }
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn check_permissions(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!("others can read {0}; delete it, or run `chmod 600 {0}`", path.display())))
}

#[cfg(not(unix))]
fn check_permissions(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A hasher whose result does not change with the standard library's.
struct Fingerprint(Sha256);

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
