//! What types and microflows are called, and what a wrong name was probably meant to be.

use brooklet_model::{Manifest, Microflow, Type};

/// The name of a type, as the model's language spells it.
pub fn type_name(kind: Type, manifest: &Manifest) -> String {
    kind.name(manifest)
}

/// `Shop.Pay(Order: Shop.Order, Amount: Decimal) returns Boolean`.
pub fn signature(microflow: &Microflow, manifest: &Manifest) -> String {
    let parameters: Vec<_> =
        microflow.parameters.iter().map(|one| format!("{}: {}", one.name, type_name(one.kind, manifest))).collect();
    let returns = match microflow.returns {
        Type::Nothing => String::new(),
        kind => format!(" returns {}", type_name(kind, manifest)),
    };
    format!("{}({}){returns}", microflow.name, parameters.join(", "))
}

/// The name that is so near to a wrong one that it was probably meant.
pub(crate) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&lower, &name.to_lowercase());
    let best = names.map(|name| (distance(name), name)).min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 1.max(wrong.len() / 4)).then_some(best.1)
}
