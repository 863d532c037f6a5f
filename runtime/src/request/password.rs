//! Hashing of passwords: the one place that decides how.
//!
//! Argon2id with the crate's default cost (19 MiB, two passes), as OWASP recommends. The text that is stored names
//! algorithm and cost, so that they can be raised later without touching stored hashes.
//!
//! Each hash takes a core for some ten milliseconds, and its memory. So there are turns: no more at a time than there are
//! cores, whoever asks, and other requests go on meanwhile.

use std::{sync::LazyLock, thread::available_parallelism};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit},
};

use crate::{
    clock::Clock,
    errors::{Interruption, Outcome},
    limits::fixed::PASSWORDS_AT_ONCE,
};

/// The turns of this process.
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = available_parallelism().map_or(1, usize::from);
    Semaphore::new(cores.min(PASSWORDS_AT_ONCE))
});

/// The right to hash, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(#[expect(dead_code, reason = "it is held, not used")] SemaphorePermit<'static>);

/// Waits for a turn.
pub(crate) async fn turn() -> Outcome<Turn> {
    let turn = TURNS.acquire().await;
    turn.map(Turn).map_err(|_| Interruption::internal("nobody closes the turns of hashing"))
}

impl Turn {
    /// The hash of a password, salted. The thread that runs the caller does nothing else meanwhile; others take over its
    /// other tasks.
    pub(crate) fn hash(&self, password: &str, clock: &Clock) -> Outcome<String> {
        aside(|| hash(password, clock))
    }

    /// Whether a password is the one that was hashed.
    pub(crate) fn verify(&self, password: &str, hash: &str) -> bool {
        aside(|| verify(password, hash))
    }
}

/// Does what takes long on a thread that serves nobody else meanwhile.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    // Other runtimes have one thread, which nobody can take over for; neither can anybody for a thread of none.
    let is_one_of_many =
        Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
    if is_one_of_many { tokio::task::block_in_place(work) } else { work() }
}

/// The hash of a password, salted.
fn hash(password: &str, clock: &Clock) -> Outcome<String> {
    let failed =
        |error: argon2::password_hash::Error| Interruption::internal(format!("a password cannot be hashed: {error}"));
    let salt = SaltString::encode_b64(&clock.random_bytes::<16>()).map_err(failed)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// Whether a password is the one that was hashed. What is no hash matches nothing.
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Whether a text is a hash: then verifying takes its time.
pub(crate) fn is_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok_and(|hash| hash.hash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_its_password_only() {
        let hash = hash("secret", &Clock::system(0)).expect("a hash");
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("secret", &hash));
        assert!(!verify("Secret", &hash));
        assert!(!verify("secret", "secret"));
        assert!(is_hash(&hash) && !is_hash("secret") && !is_hash(""));
    }

    #[test]
    fn hashes_that_were_stored_at_another_cost_stay_valid() {
        // `hunter2` at 8 KiB and one pass.
        let weak = Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            argon2::Params::new(8, 1, 1, None).expect("a cost"),
        );
        let salt = SaltString::encode_b64(&[3; 16]).expect("a salt");
        let stored = weak.hash_password(b"hunter2", &salt).expect("a hash").to_string();
        assert!(stored.contains("m=8,t=1,p=1"), "{stored}");
        assert!(verify("hunter2", &stored) && !verify("hunter3", &stored));
    }

    #[tokio::test]
    async fn a_runtime_of_one_thread_hashes_too() {
        let turn = turn().await.expect("a turn");
        let hash = turn.hash("secret", &Clock::system(0)).expect("a hash");
        assert!(turn.verify("secret", &hash));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn other_tasks_go_on_while_a_password_is_hashed() {
        let waited = tokio::spawn(async {
            let (sender, receiver) = std::sync::mpsc::channel();
            // The one worker waits here, and yet somebody runs this.
            tokio::spawn(async move { sender.send(()) });
            aside(|| receiver.recv_timeout(std::time::Duration::from_secs(10)))
        });
        assert!(waited.await.expect("nothing panics").is_ok(), "nobody took over");
    }
}
