//! Name resolution: from statements in file order to a model whose parts refer to one another by number.
//!
//! Two passes. `fold` applies every statement of every script, in order, to a draft: definitions are
//! made, replaced, altered, renamed, moved and dropped, and nothing is looked up. `build` then turns the
//! draft into a [`Manifest`], so that a definition may be used before the statement that makes it. What a real
//! application calls its last definition wins.
//!
//! The platform's own modules, `System` and `Administration`, are MDL text too ([`prelude`]): one mechanism for all.
//!
//! Left to others: the bodies of microflows. [`Resolved::flows`] carries them to the checker, which looks names up in
//! [`Names`].

mod build;
mod draft;
mod fold;
mod history;
mod names;
mod places;
mod prelude;
mod table;

use brooklet_model::{EntityId, Manifest, SourceId};

use crate::diagnostics::Diagnostics;
use crate::source::Source;
use crate::syntax::ast::Expression;
use crate::syntax::document::{Constraint, MicroflowDeclaration, Script};

pub(crate) use build::parse_moment;
pub use names::{Action, Member, Names, Scope};
pub(crate) use places::Places;
pub use prelude::prelude;

/// A model with its names resolved, all but the bodies of its microflows.
#[derive(Debug)]
pub struct Resolved {
    /// The model. Its microflows have signatures, but no activities and no functions yet; there are no queries.
    pub manifest: Manifest,
    /// What the microflows do: the same index as `manifest.microflows`.
    pub flows: Vec<Flow>,
    /// What names mean.
    pub names: Names,
    /// Constraints of access rules, which have no conditions yet.
    pub constraints: Vec<AccessConstraint>,
    /// How many statements were left aside.
    pub skipped_statements: usize,
}

/// The constraint of the access rules of an entity that have its text.
#[derive(Debug)]
pub struct AccessConstraint {
    /// The entity.
    pub entity: EntityId,
    /// The module that completes unqualified names in it.
    pub module: String,
    /// What it says.
    pub constraint: Constraint,
}

/// What a microflow does, before it is checked.
#[derive(Debug)]
pub struct Flow {
    /// The language version of the script that defines it.
    pub version: u32,
    /// The source that defines it.
    pub source: SourceId,
    /// The module that completes unqualified names in it: the checker's [`Scope`].
    pub module: String,
    /// Whether its signature has errors, which have been reported. Unknown types in it are
    /// [`Type::Nothing`](brooklet_model::Type::Nothing).
    pub broken: bool,
    /// What it does.
    pub body: FlowBody,
}

/// The text of a microflow.
#[derive(Debug)]
pub enum FlowBody {
    /// A microflow or nanoflow of the model.
    Microflow(Box<MicroflowDeclaration>),
    /// A validation rule over the object that is the parameter `$currentObject`; bare names are its members.
    RuleExpression {
        /// The object's entity.
        entity: EntityId,
        /// What must be true.
        expression: Expression,
    },
}

/// Resolves the scripts of a model.
///
/// `scripts[i]` was parsed from `sources[i]`; one source should be the [`prelude`], which runs first. A script that another
/// one includes runs where it is included first, and only once. Sources beyond the scripts are known by their places only.
pub fn resolve(sources: &[Source], scripts: Vec<Script>, diagnostics: &mut Diagnostics) -> Resolved {
    let places = places::Places::new(sources);
    let draft = fold::fold(&places, scripts, diagnostics);
    build::build(&places, draft, diagnostics)
}
