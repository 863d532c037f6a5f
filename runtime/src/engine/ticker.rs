//! The thread that makes time pass for guests.

use std::thread;

use wasmtime::Engine;

use super::config::TICK;

/// Starts a thread that increments the engine's epoch until the engine is gone.
pub(super) fn start(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new().name("brooklet-epoch".to_owned()).spawn(move || {
        loop {
            thread::sleep(TICK);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => break,
            }
        }
    })?;
    Ok(())
}
