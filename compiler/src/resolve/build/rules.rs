//! Validation rules: those that attributes declare, and those that are documents.

use brooklet_model::{
    AttributeRef, AttributeType, Bound, EntityId, Microflow, MicroflowId, MicroflowKind, Parameter, RuleKind, Type,
    ValidationRule,
};

use super::{Builder, module_of, values};
use crate::codes;
use crate::resolve::draft::{EntityDraft, RuleDraft};
use crate::resolve::table::{Entry, Table};
use crate::resolve::{Flow, FlowBody};
use crate::source::Span;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{DataTypeKind, Expression, ExpressionKind, Name, QualifiedName};
use crate::syntax::document::{AttributeDeclaration, RegexSource, RuleCheck};

/// The parameter of the microflow that a rule with an expression becomes.
const RULE_PARAMETER: &str = "currentObject";

impl Builder<'_, '_> {
    /// `not null` and `unique`, in the order of the attributes.
    pub(super) fn attribute_rules(&mut self, entries: &[Entry<EntityDraft>]) {
        for (index, entry) in entries.iter().enumerate() {
            let id = EntityId(index as u32);
            for declaration in &entry.value.attributes {
                if matches!(declaration.data_type.kind, DataTypeKind::SystemMember(_)) {
                    continue;
                }
                let Some(at) = self.names.attribute(id, &declaration.name.text).filter(|at| at.entity == id) else {
                    continue;
                };
                self.declared_rules(id, at, declaration);
            }
        }
    }

    fn declared_rules(&mut self, id: EntityId, at: AttributeRef, declaration: &AttributeDeclaration) {
        let mut rules = Vec::new();
        // An AutoNumber gets its value at the first commit: it is never empty afterwards, and empty when rules are
        // checked.
        let is_filled = self.manifest.attribute(at).kind == AttributeType::AutoNumber;
        if let Some(message) = declaration.required.as_ref().filter(|_| !is_filled) {
            rules.push((RuleKind::Required, message));
        }
        if let Some(message) = &declaration.unique {
            rules.push((RuleKind::Unique(vec![at]), message));
        }
        let entity = &mut self.manifest.entities[id.index()];
        if !rules.is_empty() && !entity.persistable {
            let message =
                format!("the rules of '{}' are not checked: '{}' is not stored", declaration.name.text, entity.name);
            self.diagnostics.note(codes::RULE_DOES_NOT_FIT, declaration.name.span, message);
            return;
        }
        entity.rules.extend(rules.into_iter().map(|(kind, message)| ValidationRule {
            attribute: Some(at),
            kind,
            message: message.clone(),
        }));
    }

    pub(super) fn rules(&mut self, entries: Vec<Entry<RuleDraft>>, regular_expressions: &Table<String>) {
        for Entry { name, span, value } in entries {
            let RuleDraft { entity, check, message, version } = value;
            let Some(id) = self.names.scope(module_of(&name)).entity(&entity, self.diagnostics) else { continue };
            if !self.manifest.entity(id).persistable {
                let message =
                    format!("the rule '{name}' is not checked: '{}' is not stored", self.manifest.entity(id).name);
                self.diagnostics.note(codes::RULE_DOES_NOT_FIT, span, message);
                continue;
            }
            let rule = match check {
                RuleCheck::Expression(expression) => {
                    Some((None, self.expression_rule(&name, span, version, id, expression)))
                }
                check => self.rule(module_of(&name), id, check, regular_expressions),
            };
            if let Some((attribute, kind)) = rule {
                self.manifest.entities[id.index()].rules.push(ValidationRule { attribute, kind, message });
            }
        }
    }

    fn rule(
        &mut self,
        module: &str,
        id: EntityId,
        check: RuleCheck,
        regular_expressions: &Table<String>,
    ) -> Option<(Option<AttributeRef>, RuleKind)> {
        match check {
            RuleCheck::Required(name) => Some((Some(self.rule_attribute(id, &name)?), RuleKind::Required)),
            RuleCheck::Unique(names) => {
                let attributes: Option<Vec<_>> = names.iter().map(|name| self.rule_attribute(id, name)).collect();
                let attributes = attributes?;
                // A constraint of the database is over the columns of one table.
                if let Some((name, _)) = names.iter().zip(&attributes).find(|(_, at)| at.entity != id) {
                    let message = format!("'{}' is inherited, and cannot be unique here", name.text);
                    self.diagnostics
                        .error(codes::INHERITED_ATTRIBUTE, name.span, message)
                        .help("write the rule for the entity that declares the attribute");
                    return None;
                }
                let shown = attributes.first().copied().filter(|_| attributes.len() == 1);
                Some((shown, RuleKind::Unique(attributes)))
            }
            RuleCheck::Range(name, minimum, maximum) => {
                let at = self.rule_attribute(id, &name)?;
                let is_ordered =
                    |kind: &AttributeType| is_number(kind) || matches!(kind, AttributeType::DateTime { .. });
                self.fits(at, &name, is_ordered, "a range needs a number or a moment")?;
                let bound = |builder: &mut Self, bound: Option<Expression>| match bound {
                    None => Some(None),
                    Some(bound) => builder.bound(module, id, at, &bound).map(Some),
                };
                let minimum = bound(self, minimum)?;
                let maximum = bound(self, maximum)?;
                Some((Some(at), RuleKind::Range { minimum, maximum }))
            }
            RuleCheck::Equals(name, other) => {
                let at = self.rule_attribute(id, &name)?;
                let bound = self.bound(module, id, at, &other)?;
                Some((Some(at), RuleKind::Equals(bound)))
            }
            RuleCheck::Regex(name, source) => {
                let at = self.rule_attribute(id, &name)?;
                self.fits(at, &name, is_text, "a regular expression needs a text")?;
                let pattern = match source {
                    RegexSource::Pattern(pattern) => pattern,
                    RegexSource::Named(document) => self.pattern(module, &document, regular_expressions)?,
                };
                Some((Some(at), RuleKind::Regex(pattern)))
            }
            RuleCheck::MaxLength(name, length) => {
                let at = self.rule_attribute(id, &name)?;
                self.fits(at, &name, is_text, "a length needs a text")?;
                Some((Some(at), RuleKind::MaxLength(length)))
            }
            RuleCheck::Expression(_) => None,
        }
    }

    fn rule_attribute(&mut self, id: EntityId, name: &Name) -> Option<AttributeRef> {
        let written = QualifiedName { parts: vec![name.text.clone()], span: name.span };
        match self.names.scope("").member(id, &written, self.diagnostics)? {
            crate::resolve::Member::Attribute(at) => Some(at),
            crate::resolve::Member::Association(..) => {
                let message = format!("'{}' is an association; rules are for attributes", name.text);
                self.diagnostics.error(codes::RULE_DOES_NOT_FIT, name.span, message);
                None
            }
        }
    }

    fn fits(
        &mut self,
        at: AttributeRef,
        name: &Name,
        condition: impl Fn(&AttributeType) -> bool,
        message: &str,
    ) -> Option<()> {
        if condition(&self.manifest.attribute(at).kind) {
            return Some(());
        }
        self.diagnostics.error(codes::RULE_DOES_NOT_FIT, name.span, format!("{message}; '{}' is none", name.text));
        None
    }

    /// What an attribute is compared with: another attribute of the object, or a literal.
    fn bound(&mut self, module: &str, id: EntityId, at: AttributeRef, bound: &Expression) -> Option<Bound> {
        let kind = self.manifest.attribute(at).kind.clone();
        let other = match &bound.kind {
            ExpressionKind::Name(name) => match name.parts.as_slice() {
                [single] => self.names.attribute(id, single),
                _ => None,
            },
            ExpressionKind::Member { variable, steps } if variable == RULE_PARAMETER => match steps.as_slice() {
                [step] => self.names.attribute(id, step.parts.last()?),
                _ => None,
            },
            _ => None,
        };
        let Some(other) = other else {
            let scope = self.names.scope(module);
            return values::value(scope, &self.manifest, &kind, bound, self.diagnostics).map(Bound::Value);
        };
        let attribute = self.manifest.attribute(other);
        if attribute.kind == kind
            || (is_number(&attribute.kind) && is_number(&kind))
            || (is_text(&attribute.kind) && is_text(&kind))
        {
            return Some(Bound::Attribute(other));
        }
        let message = format!("'{}' cannot be compared with the attribute: their types differ", attribute.name);
        self.diagnostics.error(codes::RULE_DOES_NOT_FIT, bound.span, message);
        None
    }

    fn pattern(&mut self, module: &str, document: &QualifiedName, known: &Table<String>) -> Option<String> {
        let full = self.names.scope(module).full(document);
        let found = known.get(&full).map(|entry| entry.value.clone());
        if found.is_none() {
            let message = format!("there is no regular expression '{full}'");
            let error = self.diagnostics.error(codes::UNKNOWN_REGULAR_EXPRESSION, document.span, message);
            if let Some(help) = did_you_mean(&full, known.names()) {
                error.help(help);
            }
        }
        found
    }

    /// A microflow that answers whether the object satisfies the rule.
    fn expression_rule(
        &mut self,
        name: &str,
        span: Span,
        version: u32,
        entity: EntityId,
        expression: Expression,
    ) -> RuleKind {
        let id = MicroflowId(self.manifest.microflows.len() as u32);
        // Nobody calls it by its name, but names of microflows are unique.
        let name = match self.names.microflows.get(name) {
            Some(_) => format!("{name}_rule"),
            None => name.to_owned(),
        };
        self.flows.push(Flow {
            version,
            source: span.source,
            module: module_of(&name).to_owned(),
            broken: false,
            body: FlowBody::RuleExpression { entity, expression },
        });
        self.manifest.microflows.push(Microflow {
            name,
            kind: MicroflowKind::Rule,
            parameters: vec![Parameter { name: RULE_PARAMETER.to_owned(), kind: Type::Object(entity) }],
            returns: Type::Boolean,
            place: self.places.place(span),
            applies_entity_access: false,
            disallow_concurrent: None,
            allowed_roles: Vec::new(),
            unavailable: None,
            activities: Vec::new(),
            function: 0,
            body: String::new(),
            documentation: String::new(),
        });
        RuleKind::Expression(id)
    }
}

fn is_number(kind: &AttributeType) -> bool {
    matches!(kind, AttributeType::Integer | AttributeType::Long | AttributeType::Decimal | AttributeType::AutoNumber)
}

fn is_text(kind: &AttributeType) -> bool {
    matches!(kind, AttributeType::String { .. })
}
