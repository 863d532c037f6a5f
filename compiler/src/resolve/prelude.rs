//! What every model has before its first statement: the platform's own modules, as MDL text.

use crate::source::Source;

/// The name by which messages call the prelude.
pub(super) const NAME: &str = "prelude.mdl";

/// The source that comes first.
pub fn prelude() -> Source {
    Source { name: NAME.to_owned(), text: include_str!("prelude.mdl").to_owned() }
}
