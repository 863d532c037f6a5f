//! What stands where in a guest's memory, and the texts of a model.
//!
//! A text is the address of a header, its length in bytes (four bytes, little-endian), with its UTF-8 bytes after it. Address
//! 0 is no text; memory there stays zero, so that the length of no text reads as 0.

use std::collections::HashMap;

/// The text of length 0.
pub(super) const EMPTY_TEXT: u32 = 8;
/// Where the host writes results that are not flat: at most 40 bytes.
pub(super) const RETURN_AREA: u32 = 16;
/// Where the payload of a value within a `result<value>` in the return area stands.
pub(super) const RETURN_VALUE: u32 = RETURN_AREA + 8;
/// Where the texts of the model begin.
const TEXTS: u32 = 64;
/// The length of a text's header.
pub(super) const TEXT_HEADER: u32 = 4;

/// Size and parts of a `value` in memory.
pub(super) const VALUE_BYTES: u32 = 16;
/// The payload of a `value`.
pub(super) const VALUE_PAYLOAD: u32 = 8;
/// Size of an `assignment`: a member (case and number), then a value.
pub(super) const ASSIGNMENT_BYTES: u32 = 24;
/// The value of an `assignment`.
pub(super) const ASSIGNMENT_VALUE: u32 = 8;
/// Size of an effect's `argument`: a name (address and length), then a value.
pub(super) const ARGUMENT_BYTES: u32 = 24;
/// Size of a `sort-key`: a slot, then whether it descends.
pub(super) const SORT_KEY_BYTES: u32 = 8;

/// Cases of the variant `value`.
pub(super) mod case {
    pub(crate) const BOOLEAN: i32 = 1;
    pub(crate) const INTEGER: i32 = 2;
    pub(crate) const DECIMAL: i32 = 3;
    pub(crate) const DATE_TIME: i32 = 4;
    pub(crate) const ENUMERATION: i32 = 5;
    pub(crate) const TEXT: i32 = 6;
    pub(crate) const OBJECT: i32 = 7;
    pub(crate) const OBJECTS: i32 = 8;
}

/// Reasons of `errors.raise`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Reason {
    EmptyOperand = 0,
    EmptyObject = 1,
    IntegerOverflow = 2,
    DivisionByZero = 3,
    Unavailable = 5,
    Prevented = 6,
    Thrown = 7,
}

/// Global variables of the guest.
pub(super) mod global {
    /// Where the next allocation begins.
    pub(crate) const BUMP: u32 = 0;
    /// Where the memory ends.
    pub(crate) const HEAP_END: u32 = 1;
    /// How deep microflows may nest.
    pub(crate) const DEPTH_LIMIT: u32 = 2;
}

/// The texts of a model, each once, in the order of their first use.
#[derive(Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    addresses: HashMap<String, u32>,
}

impl Texts {
    /// The address of a text.
    pub(super) fn address(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return EMPTY_TEXT;
        }
        if let Some(&address) = self.addresses.get(text) {
            return address;
        }
        let address = TEXTS + self.bytes.len() as u32;
        self.bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.addresses.insert(text.to_owned(), address);
        address
    }

    /// Where they begin, and their bytes.
    pub(super) fn segment(&self) -> (u32, &[u8]) {
        (TEXTS, &self.bytes)
    }

    /// Where allocations may begin.
    pub(super) fn heap_base(&self) -> u32 {
        (TEXTS + self.bytes.len() as u32).next_multiple_of(16)
    }
}
