//! What all folding statements need: names in full, and findings with their places.

use brooklet_model::SourceId;

use crate::codes;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::places::Places;
use crate::resolve::table::Table;
use crate::source::Span;
use crate::suggest::did_you_mean;
use crate::syntax::ast::QualifiedName;
use crate::syntax::document::CreateMode;

/// Where findings go while statements are applied.
pub(super) struct Report<'a, 'd> {
    pub(super) places: &'a Places<'a>,
    pub(super) diagnostics: &'d mut Diagnostics,
    /// The source whose definitions may be replaced without a word.
    pub(super) prelude: Option<SourceId>,
}

impl Report<'_, '_> {
    /// The name of a definition, which must have a module and nothing but a module.
    pub(super) fn qualified(&mut self, name: &QualifiedName) -> Option<String> {
        if name.parts.len() == 2 {
            return Some(name.text());
        }
        let message = format!("'{}' is not a name in a module", name.text());
        self.diagnostics.error(codes::NOT_QUALIFIED, name.span, message).help("write `Module.Name`");
        None
    }

    /// Adds a definition to a table, as its mode says.
    pub(super) fn define<T>(
        &mut self,
        table: &mut Table<T>,
        what: &str,
        (mode, name, span): (CreateMode, String, Span),
        value: T,
    ) {
        if self.may_define(table, what, mode, &name, span) {
            table.insert(name, span, value);
        }
    }

    /// Whether a definition is to be made; says so when it replaces one that it does not mean to replace.
    pub(super) fn may_define<T>(
        &mut self,
        table: &Table<T>,
        what: &str,
        mode: CreateMode,
        name: &str,
        span: Span,
    ) -> bool {
        let Some(existing) = table.get(name).filter(|_| table.defines(name)) else { return true };
        match mode {
            CreateMode::IfMissing => return false,
            CreateMode::OrModify => {}
            CreateMode::New if Some(existing.span.source) == self.prelude => {}
            CreateMode::New => {
                let first = self.places.text(existing.span);
                self.diagnostics
                    .warning(
                        codes::DEFINED_TWICE,
                        span,
                        format!("the {what} '{name}' is defined twice; the last definition counts"),
                    )
                    .help(format!("it is first defined at {first}; write `create or modify` to replace it"));
            }
        }
        true
    }

    /// Reports a change of something that there is not.
    pub(super) fn unknown<'t>(
        &mut self,
        what: &str,
        name: &str,
        span: Span,
        candidates: impl IntoIterator<Item = &'t str>,
    ) {
        let error =
            self.diagnostics.error(codes::NOTHING_TO_CHANGE, span, format!("there is no {what} '{name}' to change"));
        suggest(error, name, candidates);
    }

    /// Reports that something that is to be dropped is not there.
    pub(super) fn nothing_dropped<'t>(
        &mut self,
        what: &str,
        name: &str,
        span: Span,
        candidates: impl IntoIterator<Item = &'t str>,
    ) {
        let warning =
            self.diagnostics.warning(codes::NOTHING_TO_DROP, span, format!("there is no {what} '{name}' to drop"));
        suggest(warning, name, candidates);
    }
}

fn suggest<'t>(finding: &mut Diagnostic, name: &str, candidates: impl IntoIterator<Item = &'t str>) {
    if let Some(help) = did_you_mean(name, candidates) {
        finding.help(help);
    }
}
