//! What a microflow does, as a few digits: equal digits mean that it does the same.
//!
//! The checked form is written out as text, with numbers replaced by the names that they stand for. So what else is in the
//! model, and where a microflow stands in its source, do not matter; attributes that are added to an entity do not, either.
//! What the text says too much of (names of variables, say) makes digits differ for microflows that do the same, which is
//! harmless: the other way round would not be.

use std::fmt::Write;

use brooklet_model::{
    AssociationId, AttributeRef, ConstantId, EntityId, EnumerationId, Manifest, MicroflowId, QueryId,
};
use sha2::{Digest, Sha256};

use crate::check::ir::Flow;

/// Bytes of the hash that are kept.
const BYTES: usize = 8;

/// The digits of a flow.
pub(super) fn fingerprint(flow: &Flow, manifest: &Manifest) -> String {
    let mut text = String::new();
    // Another compiler may make something else of the same flow.
    text.push_str(env!("CARGO_PKG_VERSION"));
    Named { manifest, text: &mut text }.append(&format!("{flow:?}"));
    Sha256::digest(text).iter().take(BYTES).fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Writes texts of the form that `Debug` gives, with names in the place of numbers.
struct Named<'a> {
    manifest: &'a Manifest,
    text: &'a mut String,
}

impl Named<'_> {
    fn append(&mut self, mut rest: &str) {
        while let Some(next) = rest.chars().next() {
            let length = match next {
                '"' => literal_length(rest),
                _ if next.is_ascii_alphabetic() => match self.named(rest) {
                    Some(length) => {
                        rest = &rest[length..];
                        continue;
                    }
                    None => rest.find(|one: char| !one.is_ascii_alphanumeric()).unwrap_or(rest.len()),
                },
                _ => next.len_utf8(),
            };
            self.text.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }

    /// Appends what a number at the beginning stands for, if there is one; how long it is there.
    fn named(&mut self, rest: &str) -> Option<usize> {
        let manifest = self.manifest;
        if let Some(inner) = rest.strip_prefix("AttributeRef { entity: EntityId(") {
            let (entity, after) = number(inner)?;
            let (index, after) = number(after.strip_prefix("), index: ")?)?;
            let after = after.strip_prefix(" }")?;
            let attribute = manifest.attribute(AttributeRef { entity: EntityId(entity), index });
            let _ = write!(self.text, "attribute {}.{}", manifest.entity(EntityId(entity)).name, attribute.name);
            return Some(rest.len() - after.len());
        }
        let (kind, inner) = rest.split_once('(')?;
        let known = ["EntityId", "AssociationId", "EnumerationId", "ConstantId", "MicroflowId", "QueryId"];
        if !known.contains(&kind) {
            return None;
        }
        let (id, after) = number(inner)?;
        let name = match kind {
            "EntityId" => &manifest.entity(EntityId(id)).name,
            "AssociationId" => &manifest.association(AssociationId(id)).name,
            "EnumerationId" => &manifest.enumeration(EnumerationId(id)).name,
            "ConstantId" => &manifest.constants[ConstantId(id).index()].name,
            "MicroflowId" => &manifest.microflow(MicroflowId(id)).name,
            _ => {
                self.append(&format!("{:?}", manifest.queries[QueryId(id).index()]));
                return Some(rest.len() - after.strip_prefix(')')?.len());
            }
        };
        let _ = write!(self.text, "{kind} {name}");
        Some(rest.len() - after.strip_prefix(')')?.len())
    }
}

/// The number at the beginning, and what comes after it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|one: char| !one.is_ascii_digit())?;
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// How long the quoted text at the beginning is, quotes included.
fn literal_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, one) in text.char_indices().skip(1) {
        match one {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
