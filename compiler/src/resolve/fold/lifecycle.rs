//! Statements that take a definition's name away: rename, move and drop.
//!
//! References elsewhere go on to work after a rename or a move, because tables keep the former name as an alias.

use super::Folder;
use super::report::Report;
use crate::codes;
use crate::resolve::draft::Draft;
use crate::resolve::table::Table;
use crate::syntax::ast::{Name, QualifiedName};
use crate::syntax::document::DocumentKind;

impl Folder<'_, '_> {
    pub(super) fn rename(&mut self, kind: &DocumentKind, from: &QualifiedName, to: &Name) {
        match kind {
            DocumentKind::Module => return self.rename_module(from, to),
            DocumentKind::UserRole => {
                let table = &mut self.draft.security.user_roles;
                return rename(table, "user role", from, to.text.clone(), &mut self.report);
            }
            _ => {}
        }
        let [module, _] = from.parts.as_slice() else {
            self.report.qualified(from);
            return;
        };
        self.give_name(kind, from, format!("{module}.{}", to.text));
    }

    pub(super) fn move_to(&mut self, kind: &DocumentKind, name: &QualifiedName, module: Option<&Name>) {
        // Folders do not matter to a runtime.
        let Some(module) = module else { return };
        let [former, last] = name.parts.as_slice() else {
            self.report.qualified(name);
            return;
        };
        if former == &module.text {
            return;
        }
        if *kind == DocumentKind::Entity {
            self.move_associations(name, former, &module.text);
        }
        self.give_name(kind, name, format!("{}.{last}", module.text));
    }

    /// Associations belong to the module of the entity that owns them.
    fn move_associations(&mut self, entity: &QualifiedName, former: &str, module: &str) {
        let Draft { entities, associations, .. } = &mut self.draft;
        let text = entity.text();
        let Some(moved) = entities.canonical(&text) else { return };
        let owned: Vec<(String, String)> = associations
            .iter()
            .filter(|entry| entities.canonical(&entry.value.from.text()) == Some(moved))
            .filter_map(|entry| {
                let last = entry.name.strip_prefix(former)?.strip_prefix('.')?;
                Some((entry.name.clone(), format!("{module}.{last}")))
            })
            .collect();
        for (from, to) in owned {
            if !associations.defines(&to) {
                associations.rename(&from, &to);
            }
        }
    }

    fn give_name(&mut self, kind: &DocumentKind, from: &QualifiedName, to: String) {
        let Draft { documents, .. } = &mut self.draft;
        let report = &mut self.report;
        match kind {
            DocumentKind::Entity => rename(&mut self.draft.entities, "entity", from, to, report),
            DocumentKind::Enumeration => rename(&mut self.draft.enumerations, "enumeration", from, to, report),
            DocumentKind::Association => rename(&mut self.draft.associations, "association", from, to, report),
            DocumentKind::Constant => rename(&mut self.draft.constants, "constant", from, to, report),
            DocumentKind::Microflow | DocumentKind::Nanoflow => {
                rename(&mut self.draft.microflows, "microflow", from, to, report);
            }
            DocumentKind::JavaAction | DocumentKind::JavaScriptAction => {
                rename(&mut self.draft.actions, "action", from, to, report);
            }
            DocumentKind::ValidationRule => rename(&mut self.draft.rules, "validation rule", from, to, report),
            DocumentKind::RegularExpression => {
                rename(&mut self.draft.regular_expressions, "regular expression", from, to, report);
            }
            DocumentKind::ModuleRole => {
                rename(&mut self.draft.security.module_roles, "module role", from, to, report);
            }
            // What is known by name only is renamed without a word, whether it is there or not.
            other => documents.entry(other.clone()).or_default().rename(&from.text(), &to),
        }
    }

    fn rename_module(&mut self, from: &QualifiedName, to: &Name) {
        let (from_name, to_name) = (from.text(), to.text.as_str());
        let prefix = format!("{from_name}.");
        let draft = &mut self.draft;
        let mut count = usize::from(draft.modules.defines(&from_name));
        if !draft.modules.defines(to_name) {
            draft.modules.rename(&from_name, to_name);
        }
        count += draft.entities.rename_prefix(&prefix, to_name);
        count += draft.enumerations.rename_prefix(&prefix, to_name);
        count += draft.associations.rename_prefix(&prefix, to_name);
        count += draft.constants.rename_prefix(&prefix, to_name);
        count += draft.microflows.rename_prefix(&prefix, to_name);
        count += draft.actions.rename_prefix(&prefix, to_name);
        count += draft.rules.rename_prefix(&prefix, to_name);
        count += draft.regular_expressions.rename_prefix(&prefix, to_name);
        count += draft.security.module_roles.rename_prefix(&prefix, to_name);
        for table in draft.documents.values_mut() {
            count += table.rename_prefix(&prefix, to_name);
        }
        if count == 0 {
            self.report.unknown("module", &from_name, from.span, draft.modules.names());
        }
    }

    pub(super) fn drop_document(&mut self, kind: &DocumentKind, name: &QualifiedName) {
        let (draft, report) = (&mut self.draft, &mut self.report);
        match kind {
            DocumentKind::Module => self.drop_module(name),
            DocumentKind::Entity => self.drop_entity(name),
            DocumentKind::Enumeration => drop(&mut draft.enumerations, "enumeration", name, report),
            DocumentKind::Association => drop(&mut draft.associations, "association", name, report),
            DocumentKind::Constant => drop(&mut draft.constants, "constant", name, report),
            DocumentKind::Microflow | DocumentKind::Nanoflow => {
                let known = draft.microflows.canonical(&name.text()).map(str::to_owned);
                let microflows = &draft.microflows;
                draft.security.microflow_access.retain(|access| {
                    known.is_none() || microflows.canonical(&access.microflow.text()) != known.as_deref()
                });
                drop(&mut draft.microflows, "microflow", name, report);
            }
            DocumentKind::JavaAction | DocumentKind::JavaScriptAction => {
                drop(&mut draft.actions, "action", name, report);
            }
            DocumentKind::ValidationRule => drop(&mut draft.rules, "validation rule", name, report),
            DocumentKind::RegularExpression => {
                drop(&mut draft.regular_expressions, "regular expression", name, report);
            }
            DocumentKind::ModuleRole => {
                drop(&mut draft.security.module_roles, "module role", name, report);
                draft.security.forget_dropped_roles();
            }
            DocumentKind::UserRole => drop(&mut draft.security.user_roles, "user role", name, report),
            DocumentKind::DemoUser => drop(&mut draft.security.demo_users, "demo user", name, report),
            other => {
                if let Some(table) = draft.documents.get_mut(other) {
                    table.remove(&name.text());
                }
            }
        }
    }

    /// With an entity go its associations, its rules and the rights on it: they would mean nothing.
    fn drop_entity(&mut self, name: &QualifiedName) {
        let draft = &mut self.draft;
        let Some(dropped) = draft.entities.canonical(&name.text()).map(str::to_owned) else {
            return self.report.nothing_dropped("entity", &name.text(), name.span, draft.entities.names());
        };
        let entities = &draft.entities;
        let is_dropped = |name: &QualifiedName| entities.canonical(&name.text()) == Some(dropped.as_str());
        draft.associations.retain(|association| !is_dropped(&association.from) && !is_dropped(&association.to));
        draft.rules.retain(|rule| !is_dropped(&rule.entity));
        draft.security.entity_access.retain(|access| !is_dropped(&access.entity));
        draft.entities.remove(&dropped);
    }

    fn drop_module(&mut self, name: &QualifiedName) {
        let text = name.text();
        let prefix = format!("{text}.");
        let draft = &mut self.draft;
        let entities: Vec<String> =
            draft.entities.names().filter(|name| name.starts_with(&prefix)).map(str::to_owned).collect();
        let mut count = usize::from(draft.modules.remove(&text).is_some()) + entities.len();
        count += draft.enumerations.remove_prefix(&prefix);
        count += draft.associations.remove_prefix(&prefix);
        count += draft.constants.remove_prefix(&prefix);
        count += draft.microflows.remove_prefix(&prefix);
        count += draft.actions.remove_prefix(&prefix);
        count += draft.rules.remove_prefix(&prefix);
        count += draft.regular_expressions.remove_prefix(&prefix);
        count += draft.security.module_roles.remove_prefix(&prefix);
        for table in draft.documents.values_mut() {
            count += table.remove_prefix(&prefix);
        }
        draft.security.microflow_access.retain(|access| !access.microflow.text().starts_with(&prefix));
        draft.security.forget_dropped_roles();
        if count == 0 {
            self.report.nothing_dropped("module", &text, name.span, draft.modules.names());
        }
        for entity in entities {
            self.drop_entity(&QualifiedName { parts: entity.split('.').map(str::to_owned).collect(), span: name.span });
        }
    }
}

fn rename<T>(table: &mut Table<T>, what: &str, from: &QualifiedName, to: String, report: &mut Report<'_, '_>) {
    let text = from.text();
    let Some(known) = table.canonical(&text) else {
        return report.unknown(what, &text, from.span, table.names());
    };
    if known == to {
        return;
    }
    if table.defines(&to) {
        let message = format!("the name '{to}' is taken by another {what}");
        report
            .diagnostics
            .error(codes::NAME_TAKEN, from.span, message)
            .help("choose another name, or drop the other one first");
        return;
    }
    table.rename(&text, &to);
}

fn drop<T>(table: &mut Table<T>, what: &str, name: &QualifiedName, report: &mut Report<'_, '_>) {
    if table.remove(&name.text()).is_none() {
        report.nothing_dropped(what, &name.text(), name.span, table.names());
    }
}
