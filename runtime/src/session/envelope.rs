//! What the state store keeps for a session: the image of its objects, and how to take it back.
//!
//! A request may change the session's objects, which are in the state store, and the database, both or neither. The two are
//! kept together without a transaction over both:
//!
//! 1. The new image is saved in an envelope with a *marker*, a random number, and with the image before it.
//! 2. The marker is written into the database in the transaction of the request, and committed with it.
//!
//! Whoever reads an envelope with a marker asks the database. When the marker is there, the transaction was committed, and
//! the new image holds. When it is not, the reader forbids it, so that the transaction can never commit, and goes on with
//! the image before. A node that dies anywhere in between leaves nothing that the next request cannot tell.
//!
//! Markers are not kept for ever: a request that meets an old one writes the session anew, without it.

use brooklet_store::Marker;

/// The layout. To be raised with it.
const PLAIN: u8 = 1;
const MARKED: u8 = 2;

/// What is kept for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Envelope<'a> {
    /// The image holds.
    Plain {
        /// The objects.
        image: &'a [u8],
    },
    /// The image holds if the database has the marker, otherwise the one before.
    Marked {
        /// Names the transaction.
        marker: Marker,
        /// When it was written.
        at_ms: i64,
        /// The objects as the transaction left them.
        image: &'a [u8],
        /// The objects as they were before it.
        before: &'a [u8],
    },
}

/// The bytes are no envelope that this node can read.
#[derive(Debug, thiserror::Error)]
#[error("the session's envelope cannot be read; it was written by another version of brooklet, or damaged")]
pub(super) struct EnvelopeError;

impl<'a> Envelope<'a> {
    /// Reads what [`Envelope::to_bytes`] wrote.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, EnvelopeError> {
        match bytes.split_first() {
            None => Ok(Self::Plain { image: &[] }),
            Some((&PLAIN, image)) => Ok(Self::Plain { image }),
            Some((&MARKED, rest)) => {
                let (marker, rest) = rest.split_first_chunk::<16>().ok_or(EnvelopeError)?;
                let (at_ms, rest) = rest.split_first_chunk::<8>().ok_or(EnvelopeError)?;
                let (length, rest) = rest.split_first_chunk::<4>().ok_or(EnvelopeError)?;
                let length = u32::from_le_bytes(*length) as usize;
                let (before, image) = rest.split_at_checked(length).ok_or(EnvelopeError)?;
                let marker = Marker(u128::from_le_bytes(*marker));
                Ok(Self::Marked { marker, at_ms: i64::from_le_bytes(*at_ms), image, before })
            }
            Some(_) => Err(EnvelopeError),
        }
    }

    /// The bytes for the state store: none for a session without objects.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Plain { image: [] } => Vec::new(),
            Self::Plain { image } => [&[PLAIN], image].concat(),
            Self::Marked { marker, at_ms, image, before } => {
                let length = (before.len() as u32).to_le_bytes();
                let (marker, at_ms) = (marker.0.to_le_bytes(), at_ms.to_le_bytes());
                [&[MARKED], marker.as_slice(), &at_ms, &length, before, image].concat()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_read_as_it_was_written() {
        let envelopes = [
            Envelope::Plain { image: &[] },
            Envelope::Plain { image: b"objects" },
            Envelope::Marked { marker: Marker(u128::MAX - 7), at_ms: 1, image: b"after", before: b"" },
            Envelope::Marked { marker: Marker(1), at_ms: i64::MAX, image: b"", before: b"before" },
        ];
        for envelope in envelopes {
            let bytes = envelope.to_bytes();
            assert_eq!(Envelope::read(&bytes).expect("an envelope"), envelope);
        }
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        for bytes in [&[9, 1, 2][..], &[MARKED, 1, 2], &[&[MARKED][..], &[0; 24], &[255, 0, 0, 0], b"short"].concat()] {
            assert!(Envelope::read(bytes).is_err(), "{bytes:?}");
        }
    }
}
