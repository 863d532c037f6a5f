//! Hashing of passwords: the one place that decides how.
//!
//! Argon2id with the crate's default cost (19 MiB, two passes), as OWASP recommends. The text that is stored names
//! algorithm and cost, so that they can be raised later without touching stored hashes.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};

use crate::{
    clock::Clock,
    errors::{Interruption, Outcome},
};

/// The hash of a password, salted.
pub(super) fn hash(password: &str, clock: &Clock) -> Outcome<String> {
    let failed =
        |error: argon2::password_hash::Error| Interruption::internal(format!("a password cannot be hashed: {error}"));
    let salt = SaltString::encode_b64(&clock.random_bytes::<16>()).map_err(failed)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// Whether a password is the one that was hashed. What is no hash matches nothing.
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
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
    }
}
