//! The secret that names a session to its client, and the name that the store knows it by.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// What the CSRF token is the code of.
const CSRF_PURPOSE: &[u8] = b"csrf";

/// Bytes of the CSRF token, half as many as its digits.
const CSRF_BYTES: usize = 16;

/// Names a session, in stores and to administrators. It is no secret: nobody can act as a session by knowing its id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 16]);

/// A text that is no session's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session's id has 32 hexadecimal digits")]
pub struct InvalidSessionId;

/// The secret of a session: 32 random bytes as 43 characters that fit in a cookie and in a header.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// The token of those bytes, which have to be random.
    pub fn from_bytes(random: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// The token that a client presents; none when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        // Checked first, so that nothing long is decoded.
        if text.len() != 43 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The token as the client gets it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The session's id.
    pub fn id(&self) -> SessionId {
        let hash = Sha256::digest(self.0.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        SessionId(id)
    }

    /// What a request that changes something has to name beside the cookie: 32 hexadecimal digits, which only somebody can
    /// know who was told by this server.
    pub fn csrf(&self) -> String {
        hexadecimal(&self.csrf_code().finalize().into_bytes()[..CSRF_BYTES])
    }

    /// Whether that is the token's CSRF token. Takes the same time for all texts of its length.
    pub fn is_csrf(&self, presented: &str) -> bool {
        let Some(presented) = bytes_of::<CSRF_BYTES>(presented) else { return false };
        self.csrf_code().verify_truncated_left(&presented).is_ok()
    }

    fn csrf_code(&self) -> Hmac<Sha256> {
        let mut code = match Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) {
            Ok(code) => code,
            Err(_) => unreachable!("a key of this code may have any length"),
        };
        code.update(CSRF_PURPOSE);
        code
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

impl SessionId {
    /// The id of those bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_of(text).map(Self).ok_or(InvalidSessionId)
    }
}

/// What a key of failed logins is stored under. It may contain what somebody typed: hashing it bounds its length, spares
/// stores the characters that they cannot keep, and keeps typed passwords out of them.
pub(crate) fn failure_key(key: &str) -> String {
    hexadecimal(&Sha256::digest(key.as_bytes())[..16])
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

/// The bytes of small hexadecimal digits.
fn bytes_of<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let digits = digits.as_bytes();
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_43_characters_that_can_be_read_again() {
        let token = SessionToken::from_bytes([0xff; 32]);
        assert_eq!(token.as_str(), "__________________________________________8");
        assert_eq!(SessionToken::parse(token.as_str()), Some(token));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let good = SessionToken::from_bytes([1; 32]);
        let (short, long) = (&good.as_str()[1..], format!("{}A", good.as_str()));
        // The last character of 43 has four bits: others would be a second spelling of the same token.
        let respelled = format!("{}F", &good.as_str()[..42]);
        let with_plus = format!("+{short}");
        for text in ["", short, &long, &respelled, &with_plus, &"ä".repeat(43), "a".repeat(86).as_str()] {
            assert_eq!(SessionToken::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn ids_and_csrf_tokens_follow_from_the_token_and_do_not_change() {
        let token = SessionToken::from_bytes([0; 32]);
        assert_eq!(token.id().to_string(), "0f007385b6f9d4b7eeb2748605afe1a9");
        assert_eq!(token.csrf(), "4a8d16301be6e37ac28e19968f41c8ec");
        assert_ne!(token.id(), SessionToken::from_bytes([1; 32]).id());
        assert!(token.is_csrf(&token.csrf()));
        let other = SessionToken::from_bytes([1; 32]).csrf();
        for wrong in ["", &other, &token.csrf()[1..], &token.csrf().to_uppercase(), &token.id().to_string()] {
            assert!(!token.is_csrf(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn nothing_shows_a_token() {
        let token = SessionToken::from_bytes([0; 32]);
        assert_eq!(format!("{token:?}"), "SessionToken(…)");
    }

    #[test]
    fn ids_are_ordered_as_their_texts() {
        let ids: Vec<_> = (0..=255).map(|byte| SessionId([byte; 16])).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1] && pair[0].to_string() < pair[1].to_string()));
        assert_eq!(ids[171].to_string().parse(), Ok(ids[171]));
        for text in ["", "ab", "0f115db062b7c0dd030b16878c99deaG", "0F115DB062B7C0DD030B16878C99DEA5"] {
            assert_eq!(text.parse::<SessionId>(), Err(InvalidSessionId));
        }
    }
}
