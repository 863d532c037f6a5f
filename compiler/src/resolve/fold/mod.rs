//! Applies statements to a draft, in order.
//!
//! Nothing is looked up but the target of a statement that changes something, so that definitions may come in any
//! order. A definition that exists is replaced, with a warning unless the statement says that it means to.

mod domain;
mod entity;
mod lifecycle;
mod report;
mod security;
mod settings;

use brooklet_model::SourceId;

use self::report::Report;
pub(super) use self::settings::CONSTANTS;
use super::draft::{ActionDraft, ConstantDraft, Draft, MicroflowDraft, RuleDraft};
use super::places::Places;
use super::prelude;
use crate::codes;
use crate::diagnostics::Diagnostics;
use crate::source::Span;
use crate::syntax::ast::Name;
use crate::syntax::document::{CreateMode, DocumentKind, Script, ScriptStatement, ScriptStatementKind};

/// How deep scripts may include one another.
const INCLUDES_MAX: usize = 64;

/// Applies all statements of all scripts.
pub(super) fn fold(places: &Places<'_>, scripts: Vec<Script>, diagnostics: &mut Diagnostics) -> Draft {
    let sources = places.sources();
    let prelude = sources.iter().rposition(|source| source.name == prelude::NAME);
    let mut folder = Folder {
        draft: Draft::default(),
        report: Report { places, diagnostics, prelude: prelude.map(|index| SourceId(index as u32)) },
        pending: scripts.into_iter().map(Some).collect(),
        version: 0,
        depth: 0,
    };
    // The prelude runs first, wherever it stands.
    for index in prelude.into_iter().chain(0..folder.pending.len()) {
        folder.script(index);
    }
    folder.draft
}

/// A draft, and the scripts that have not run yet.
struct Folder<'a, 'd> {
    draft: Draft,
    report: Report<'a, 'd>,
    pending: Vec<Option<Script>>,
    /// The language version of the script that runs.
    version: u32,
    depth: usize,
}

impl Folder<'_, '_> {
    /// Runs a script, unless it has run.
    fn script(&mut self, index: usize) {
        let Some(script) = self.pending.get_mut(index).and_then(Option::take) else { return };
        let outer = std::mem::replace(&mut self.version, script.version);
        for statement in script.statements {
            self.statement(statement);
        }
        self.version = outer;
    }

    fn statement(&mut self, statement: ScriptStatement) {
        use ScriptStatementKind as Kind;
        let ScriptStatement { kind, span, documentation, excluded, applies_entity_access } = statement;
        if excluded {
            self.report.diagnostics.note(codes::EXCLUDED, span, "this document is excluded and left out");
            self.draft.skipped_statements += 1;
            return;
        }
        match kind {
            Kind::CreateModule(name) => self.create_module(name, span),
            Kind::CreateEnumeration { mode, name, values } => {
                self.create_enumeration((mode, name, span), values, documentation);
            }
            Kind::AlterEnumeration { name, change } => self.alter_enumeration(&name, change),
            Kind::CreateConstant { mode, name, data_type, value, exposed } => {
                let Some(full) = self.report.qualified(&name) else { return };
                let value = ConstantDraft { data_type, value, exposed };
                self.report.define(&mut self.draft.constants, "constant", (mode, full, span), value);
            }
            Kind::CreateEntity(declaration) => self.create_entity(*declaration, span, documentation),
            Kind::AlterEntity { name, changes } => self.alter_entity(&name, changes),
            Kind::CreateAssociation { mode, name, from, to, options } => {
                self.create_association((mode, name, span), (from, to), options, documentation);
            }
            Kind::AlterAssociation { name, options } => self.alter_association(&name, options),
            Kind::CreateValidationRule { mode, name, entity, check, message } => {
                let Some(full) = self.report.qualified(&name) else { return };
                let value = RuleDraft { entity, check, message, version: self.version };
                self.report.define(&mut self.draft.rules, "validation rule", (mode, full, span), value);
            }
            Kind::CreateMicroflow(declaration) => {
                let Some(full) = self.report.qualified(&declaration.name) else { return };
                let (mode, version) = (declaration.mode, self.version);
                let value = MicroflowDraft { declaration, applies_entity_access, documentation, version };
                self.report.define(&mut self.draft.microflows, "microflow", (mode, full, span), value);
            }
            Kind::CreateAction { mode, javascript, name, parameters, returns } => {
                let Some(full) = self.report.qualified(&name) else { return };
                let value = ActionDraft { javascript, parameters, returns };
                self.report.define(&mut self.draft.actions, "action", (mode, full, span), value);
            }
            Kind::CreateRegularExpression { mode, name, pattern } => {
                let Some(full) = self.report.qualified(&name) else { return };
                let table = &mut self.draft.regular_expressions;
                self.report.define(table, "regular expression", (mode, full, span), pattern);
            }
            Kind::CreateOther { mode, kind, name, .. } => self.create_other(mode, kind, name.text(), span),
            Kind::Rename { kind, from, to } => self.rename(&kind, &from, &to),
            Kind::Move { kind, name, module } => self.move_to(&kind, &name, module.as_ref()),
            Kind::Drop { kind, name } => self.drop_document(&kind, &name),
            Kind::AlterSettings { section, subject, values } => {
                self.alter_settings(section, subject.as_deref(), values)
            }
            Kind::ExecuteScript { path } => self.include(&path, span),
            Kind::Skipped { .. } => self.draft.skipped_statements += 1,
            security => self.security(security, span),
        }
    }

    fn create_module(&mut self, name: Name, span: Span) {
        // Harmless when repeated: each script of an application may start with it.
        if !self.draft.modules.defines(&name.text) {
            self.draft.modules.insert(name.text, span, ());
        }
    }

    /// Remembers a document by its name; the parser has said that it is left out.
    fn create_other(&mut self, mode: CreateMode, kind: DocumentKind, name: String, span: Span) {
        self.draft.skipped_statements += 1;
        let table = self.draft.documents.entry(kind).or_default();
        // It does nothing here, so that a second definition is not worth a word.
        if mode != CreateMode::IfMissing || !table.defines(&name) {
            table.insert(name, span, ());
        }
    }

    /// Runs another of the given sources, found by its name relative to the source that includes it.
    fn include(&mut self, path: &str, span: Span) {
        let sources = self.report.places.sources();
        let includer = sources.get(span.source.index()).map_or("", |source| source.name.as_str());
        let folder = includer.rsplit_once('/').map_or("", |(folder, _)| folder);
        let candidates = [normalized(&format!("{folder}/{path}")), normalized(path)];
        let found = candidates
            .iter()
            .find_map(|candidate| sources.iter().position(|source| normalized(&source.name) == *candidate));
        match found {
            None => {
                self.report
                    .diagnostics
                    .warning(codes::UNKNOWN_SCRIPT, span, format!("there is no script '{path}' among the sources"))
                    .help("add the file to what is compiled");
            }
            Some(_) if self.depth == INCLUDES_MAX => {
                let message = format!("scripts include one another more than {INCLUDES_MAX} deep");
                self.report.diagnostics.error(codes::INCLUDES_TOO_DEEP, span, message);
            }
            Some(index) => {
                self.depth += 1;
                self.script(index);
                self.depth -= 1;
            }
        }
    }
}

/// A path without `.`, `..` and backslashes.
fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
