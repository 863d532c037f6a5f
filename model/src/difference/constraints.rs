//! What an entity demands of its objects and does with them: rules, indexes, event handlers.
//!
//! Each is written as text in terms of the later version; those that only one side has are the differences.

use super::{Class, Differ, without};
use crate::{AttributeRef, Bound, Entity, EventHandler, Index, Moment, Operation, RuleKind, ValidationRule};

impl Differ<'_> {
    pub(super) fn rules(&mut self, was: &Entity, now: &Entity) {
        let texts = |rules: &[ValidationRule], differ: &Self, earlier: bool| -> Vec<String> {
            rules.iter().map(|rule| differ.rule(rule, earlier)).collect()
        };
        let (before, after) = (texts(&was.rules, self, true), texts(&now.rules, self, false));
        let subject = format!("entity {}", now.name);
        for rule in without(&after, &before) {
            self.say(Class::Breaking, &subject, format!("demands more of its objects: {rule}"));
        }
        for rule in without(&before, &after) {
            self.say(Class::Interface, &subject, format!("demands no more: {rule}"));
        }
        // The same demand with other words.
        let messages = |rules: &[ValidationRule], texts: &[String]| -> Vec<(String, Option<String>)> {
            rules.iter().zip(texts).map(|(rule, text)| (text.clone(), rule.message.clone())).collect()
        };
        let (worded_before, worded_after) = (messages(&was.rules, &before), messages(&now.rules, &after));
        for (rule, _) in without(&worded_after, &worded_before) {
            if before.contains(rule) {
                self.say(Class::Interface, &subject, format!("has another message for: {rule}"));
            }
        }
        self.rule_bodies(&subject, was, now);
    }

    /// Rules with expressions are microflows; that they are other ones is noticed here, what they do elsewhere.
    fn rule_bodies(&mut self, subject: &str, was: &Entity, now: &Entity) {
        let bodies = |rules: &[ValidationRule], manifest: &crate::Manifest| -> Vec<String> {
            let of = |rule: &ValidationRule| match rule.kind {
                RuleKind::Expression(id) => Some(manifest.microflow(id).body.clone()),
                _ => None,
            };
            rules.iter().filter_map(of).collect()
        };
        let (before, after) = (bodies(&was.rules, self.pairing.before), bodies(&now.rules, self.pairing.after));
        if before.len() == after.len() && (before != after || before.iter().any(String::is_empty)) {
            self.say(Class::BodyOnly, subject, "has a rule whose expression is another");
        }
    }

    pub(super) fn indexes(&mut self, was: &Entity, now: &Entity) {
        let texts = |indexes: &[Index], differ: &Self, earlier: bool| -> Vec<String> {
            let column = |column: &crate::IndexColumn| {
                let name = differ.attribute_name(column.attribute, earlier);
                if column.descending { format!("{name} descending") } else { name }
            };
            indexes.iter().map(|index| index.columns.iter().map(column).collect::<Vec<_>>().join(", ")).collect()
        };
        let (before, after) = (texts(&was.indexes, self, true), texts(&now.indexes, self, false));
        let subject = format!("entity {}", now.name);
        for index in without(&after, &before) {
            self.say(Class::Additive, &subject, format!("has a new index: {index}"));
        }
        for index in without(&before, &after) {
            self.say(Class::BodyOnly, &subject, format!("has no index any more: {index}"));
        }
    }

    pub(super) fn handlers(&mut self, was: &Entity, now: &Entity) {
        let texts = |handlers: &[EventHandler], differ: &Self, earlier: bool| -> Vec<String> {
            handlers.iter().map(|handler| differ.handler(handler, earlier)).collect()
        };
        let (before, after) = (texts(&was.handlers, self, true), texts(&now.handlers, self, false));
        if before != after {
            let list = if after.is_empty() { "none".to_owned() } else { after.join("; ") };
            self.say(Class::BodyOnly, format!("entity {}", now.name), format!("has other event handlers: {list}"));
        }
    }

    fn rule(&self, rule: &ValidationRule, earlier: bool) -> String {
        let of = rule.attribute.map_or_else(|| "the object".to_owned(), |at| self.attribute_name(at, earlier));
        let bound = |bound: &Bound| match bound {
            Bound::Value(value) => value.to_string(),
            Bound::Attribute(at) => self.attribute_name(*at, earlier),
        };
        match &rule.kind {
            RuleKind::Required => format!("{of} is required"),
            RuleKind::Unique(attributes) => {
                let names: Vec<_> = attributes.iter().map(|at| self.attribute_name(*at, earlier)).collect();
                format!("{} is unique", names.join(", "))
            }
            RuleKind::MaxLength(length) => format!("{of} has at most {length} characters"),
            RuleKind::Equals(value) => format!("{of} equals {}", bound(value)),
            RuleKind::Range { minimum, maximum } => match (minimum, maximum) {
                (Some(minimum), Some(maximum)) => {
                    format!("{of} is between {} and {}", bound(minimum), bound(maximum))
                }
                (Some(minimum), None) => format!("{of} is at least {}", bound(minimum)),
                (None, Some(maximum)) => format!("{of} is at most {}", bound(maximum)),
                (None, None) => format!("{of} has any value"),
            },
            RuleKind::Regex(pattern) => format!("{of} matches {pattern}"),
            RuleKind::Expression(_) => format!("{of} satisfies an expression"),
        }
    }

    fn handler(&self, handler: &EventHandler, earlier: bool) -> String {
        let (manifest, id) = match self.pairing.microflow(handler.microflow).filter(|_| earlier) {
            Some(now) => (self.pairing.after, now),
            None if earlier => (self.pairing.before, handler.microflow),
            None => (self.pairing.after, handler.microflow),
        };
        let moment = match handler.moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        let operation = match handler.operation {
            Operation::Create => "create",
            Operation::Commit => "commit",
            Operation::Delete => "delete",
            Operation::Rollback => "rollback",
        };
        let object = if handler.passes_object { "" } else { " without the object" };
        let error = if handler.raise_error { " or an error" } else { "" };
        format!("{moment} {operation} {}{object}{error}", manifest.microflow(id).name)
    }

    /// The name that an attribute has in the later version, or had if it is gone.
    fn attribute_name(&self, at: AttributeRef, earlier: bool) -> String {
        let (manifest, at) = match self.pairing_of(at, earlier) {
            Some(now) => (self.pairing.after, now),
            None => (self.pairing.before, at),
        };
        manifest.attribute(at).name.clone()
    }

    fn pairing_of(&self, at: AttributeRef, earlier: bool) -> Option<AttributeRef> {
        if earlier { self.pairing.attribute(at) } else { Some(at) }
    }
}
