//! Signatures of microflows and actions.

use brooklet_model::{ConcurrencyRule, Microflow, MicroflowId, MicroflowKind, Parameter, Type};

use super::{Builder, module_of};
use crate::codes;
use crate::resolve::draft::{ActionDraft, MicroflowDraft};
use crate::resolve::names::Action;
use crate::resolve::table::Entry;
use crate::resolve::{Flow, FlowBody};
use crate::syntax::ast::{DataType, DataTypeKind};
use crate::syntax::document::ParameterDeclaration;

impl Builder<'_, '_> {
    pub(super) fn microflows(&mut self, entries: Vec<Entry<MicroflowDraft>>) {
        for (index, entry) in entries.iter().enumerate() {
            self.names.microflows.insert(entry.name.clone(), MicroflowId(index as u32));
        }
        for entry in entries {
            self.microflow(entry);
        }
        self.concurrent_alternatives();
    }

    /// Looks up the microflows that run instead of one that must not run twice at once.
    fn concurrent_alternatives(&mut self) {
        for index in 0..self.manifest.microflows.len() {
            let FlowBody::Microflow(declaration) = &self.flows[index].body else { continue };
            let clause = declaration.disallow_concurrent.as_ref();
            let Some(written) = clause.and_then(|clause| clause.microflow.as_ref()) else { continue };
            let found = self.names.scope(&self.flows[index].module).microflow(written, self.diagnostics);
            self.flows[index].broken |= found.is_none();
            let known = found.map(|id| self.manifest.microflow(id).name.clone());
            if let Some(rule) = &mut self.manifest.microflows[index].disallow_concurrent {
                rule.microflow = known;
            }
        }
    }

    fn microflow(&mut self, Entry { name, span, value }: Entry<MicroflowDraft>) {
        let MicroflowDraft { declaration, applies_entity_access, documentation, version } = value;
        let (parameters, parameters_sound) = self.parameters(&name, &declaration.parameters);
        let (returns, result_sound) = self.result(&name, declaration.returns.as_ref());
        let clause = declaration.disallow_concurrent.as_ref();
        // The microflow that runs instead may come later.
        let rule = clause.map(|clause| ConcurrencyRule { message: clause.message.clone(), microflow: None });
        self.manifest.microflows.push(Microflow {
            name: name.clone(),
            kind: if declaration.nanoflow { MicroflowKind::Nanoflow } else { MicroflowKind::Microflow },
            parameters,
            returns,
            place: self.places.place(span),
            applies_entity_access,
            disallow_concurrent: rule,
            allowed_roles: Vec::new(),
            unavailable: None,
            activities: Vec::new(),
            function: 0,
            body: String::new(),
            documentation,
        });
        self.flows.push(Flow {
            version,
            source: span.source,
            module: module_of(&name).to_owned(),
            broken: !(parameters_sound && result_sound),
            body: FlowBody::Microflow(declaration),
        });
    }

    /// Parameters, and whether all is well with them.
    fn parameters(&mut self, owner: &str, declared: &[ParameterDeclaration]) -> (Vec<Parameter>, bool) {
        let mut sound = true;
        let mut parameters: Vec<Parameter> = Vec::with_capacity(declared.len());
        for ParameterDeclaration { name, data_type } in declared {
            if parameters.iter().any(|other| other.name == name.text) {
                let message = format!("'{owner}' has two parameters '{}'", name.text);
                self.diagnostics.error(codes::PARAMETER_TWICE, name.span, message).help("rename one of them");
                sound = false;
                continue;
            }
            let kind = self.names.scope(module_of(owner)).data_type(data_type, self.diagnostics);
            if kind == Some(Type::Nothing) {
                let message = format!("the parameter '{}' needs a type", name.text);
                self.diagnostics.error(codes::TYPE_OUT_OF_PLACE, data_type.span, message);
            }
            let kind = kind.unwrap_or(Type::Nothing);
            sound &= kind != Type::Nothing;
            parameters.push(Parameter { name: name.text.clone(), kind });
        }
        (parameters, sound)
    }

    fn result(&mut self, owner: &str, declared: Option<&DataType>) -> (Type, bool) {
        let Some(data_type) = declared else { return (Type::Nothing, true) };
        let kind = self.names.scope(module_of(owner)).data_type(data_type, self.diagnostics);
        (kind.unwrap_or(Type::Nothing), kind.is_some())
    }

    pub(super) fn actions(&mut self, entries: Vec<Entry<ActionDraft>>) {
        for Entry { name, value, .. } in entries {
            let parameters = value
                .parameters
                .iter()
                .map(|parameter| (parameter.name.text.clone(), self.action_type(&name, &parameter.data_type)))
                .collect();
            let returns = match &value.returns {
                Some(data_type) => self.action_type(&name, data_type),
                None => Some(Type::Nothing),
            };
            let action = Action { name: name.clone(), javascript: value.javascript, parameters, returns };
            self.names.actions.insert(name, action);
        }
    }

    /// The type of an action's parameter or result; none when it can be many or is not known, which is no error:
    /// nothing runs an action yet.
    fn action_type(&self, owner: &str, data_type: &DataType) -> Option<Type> {
        if matches!(data_type.kind, DataTypeKind::Opaque(_) | DataTypeKind::Legacy(_)) {
            return None;
        }
        let mut aside = crate::diagnostics::Diagnostics::default();
        self.names.scope(module_of(owner)).data_type(data_type, &mut aside)
    }
}
