//! Validation rules: what an object must satisfy to be committed.
//!
//! All rules of all objects are checked and all messages collected, in order. Uniqueness comes last: the database checks
//! it when the objects are written. Rules with an expression are microflows, which run as event handlers do.
//!
//! A value that is empty satisfies every rule but *required* and *equals*.

use brooklet_model::{AttributeType, Bound, DefaultValue, RuleKind, ValidationRule};
use brooklet_values::{Function, ObjectHandle, Value};

use super::{
    super::{functions::function_error, model::fixed_value},
    Handler, Request,
};
use crate::{
    errors::{Interruption, LimitExceeded, MicroflowError, Outcome, ValidationMessage, codes},
    objects::{Object, compare, equal},
};

/// The validation of some objects.
#[derive(Debug)]
pub(super) struct Validation {
    objects: Vec<ObjectHandle>,
    /// The object that is being checked.
    at: usize,
    /// How many of its rules were checked; none before the checks that need no rule.
    rules: Option<usize>,
    messages: Vec<ValidationMessage>,
}

impl Validation {
    pub(super) fn new(objects: Vec<ObjectHandle>) -> Self {
        Self { objects, at: 0, rules: None, messages: Vec::new() }
    }

    /// The next rule that a microflow checks, given what the one before answered; none when all are checked.
    pub(super) fn next(&mut self, request: &mut Request, answer: Option<bool>) -> Outcome<Option<Handler>> {
        let model = request.model.clone();
        let mut answer = answer;
        while let Some(handle) = self.objects.get(self.at).copied() {
            let object = request.space.peek(handle)?;
            let entity = object.entity();
            let table = model.entity(entity);
            if object.is_gone() || object.is_transient() {
                (self.at, self.rules) = (self.at + 1, None);
                continue;
            }
            let Some(checked) = self.rules else {
                let found = built_in(request, object);
                self.rules = Some(0);
                found.into_iter().try_for_each(|message| self.report(request, message))?;
                continue;
            };
            if answer.take() == Some(false)
                && let Some(rule) = checked.checked_sub(1).and_then(|last| table.rules.get(last))
            {
                let message = message_of(request, handle, rule)?;
                self.report(request, message)?;
            }
            let Some(rule) = table.rules.get(checked) else {
                (self.at, self.rules) = (self.at + 1, None);
                continue;
            };
            self.rules = Some(checked + 1);
            if let RuleKind::Expression(microflow) = rule.kind {
                return Ok(Some(Handler { microflow, object: Some(handle) }));
            }
            if !holds(request, handle, rule)? {
                let message = message_of(request, handle, rule)?;
                self.report(request, message)?;
            }
        }
        Ok(None)
    }

    fn report(&mut self, request: &Request, message: ValidationMessage) -> Outcome<()> {
        let bound = request.limits.validation_messages;
        if self.messages.len() >= bound {
            let what = "messages of validation rules";
            return Err(Interruption::Limit(LimitExceeded { limit: "validation_messages", bound: bound as u64, what }));
        }
        self.messages.push(message);
        Ok(())
    }

    /// The error that all messages make.
    pub(super) fn finish(&mut self) -> Outcome<()> {
        let details = std::mem::take(&mut self.messages);
        if details.is_empty() {
            return Ok(());
        }
        let texts: Vec<_> = details.iter().map(|detail| detail.message.as_str()).collect();
        let mut error = MicroflowError::new(codes::VALIDATION_FAILED, texts.join("\n"));
        error.details = details;
        Err(error.into())
    }
}

/// What an attribute's type demands of a stored value.
fn built_in(request: &Request, object: &Object) -> Vec<ValidationMessage> {
    let slots = request.model.entity(object.entity()).slots.iter().zip(object.slots());
    let wrong = slots.filter_map(|(slot, value)| {
        let message = match (&slot.kind, value) {
            (AttributeType::String { length: Some(length) }, Value::Text(text))
                if utf16_length(text) > *length as usize =>
            {
                format!("{} is longer than {length} characters.", slot.name)
            }
            (AttributeType::Decimal, Value::Decimal(number)) if number.round_for_storage().is_err() => {
                format!("{} has more than 20 digits before the decimal point.", slot.name)
            }
            (AttributeType::Integer, Value::Integer(number)) if i32::try_from(*number).is_err() => {
                format!("{} does not fit into 32 bits.", slot.name)
            }
            _ => return None,
        };
        Some((slot.name.clone(), message))
    });
    let entity = &request.model.manifest().entity(object.entity()).name;
    wrong
        .map(|(member, message)| ValidationMessage {
            entity: entity.clone(),
            object: Some(object.id()),
            member: Some(member),
            message,
        })
        .collect()
}

/// Whether an object satisfies a rule that needs no microflow.
fn holds(request: &mut Request, of: ObjectHandle, rule: &ValidationRule) -> Outcome<bool> {
    let model = request.model.clone();
    let slots = |request: &Request| request.space.peek(of).map(|object| object.slots().to_vec());
    let Some(attribute) = rule.attribute else { return Ok(true) };
    let slots = slots(request)?;
    let slot = |at| slots.get(model.manifest().slot(at) as usize).cloned().unwrap_or_default();
    let now_ms = request.clock.now_ms();
    let bound = |bound: &Bound| match bound {
        Bound::Value(DefaultValue::CurrentDateTime) => Value::DateTime(now_ms),
        Bound::Value(value) => fixed_value(value),
        Bound::Attribute(other) => slot(*other),
    };
    let value = slot(attribute);
    let missing = match &value {
        Value::Empty => true,
        Value::Text(text) => text.trim().is_empty(),
        _ => false,
    };
    Ok(match &rule.kind {
        // The runtime draws the number after validation.
        RuleKind::Required if model.manifest().attribute(attribute).kind == AttributeType::AutoNumber => true,
        RuleKind::Required => !missing,
        RuleKind::Unique(_) | RuleKind::Expression(_) => true,
        RuleKind::Equals(other) => equal(&value, &bound(other)),
        _ if value.is_empty() => true,
        RuleKind::MaxLength(length) => match &value {
            Value::Text(text) => utf16_length(text) <= *length as usize,
            _ => true,
        },
        RuleKind::Range { minimum, maximum } => {
            let within = |limit: &Option<Bound>, wrong| match limit.as_ref().map(bound) {
                None | Some(Value::Empty) => true,
                Some(limit) => compare(&value, &limit) != wrong,
            };
            within(minimum, std::cmp::Ordering::Less) && within(maximum, std::cmp::Ordering::Greater)
        }
        RuleKind::Regex(pattern) => {
            let arguments = [value, Value::Text(pattern.as_str().into())];
            let matches = brooklet_values::evaluate(Function::IsMatch, &arguments, request.context_now());
            matches.map_err(function_error)? == Value::Boolean(true)
        }
    })
}

/// What a user reads when a rule is violated.
fn message_of(request: &Request, of: ObjectHandle, rule: &ValidationRule) -> Outcome<ValidationMessage> {
    let manifest = request.model.manifest();
    let object = request.space.peek(of)?;
    let member = rule.attribute.map(|attribute| manifest.attribute(attribute).name.clone());
    let message = rule.message.clone().unwrap_or_else(|| {
        let name = member.as_deref().unwrap_or(&manifest.entity(object.entity()).name);
        match &rule.kind {
            RuleKind::Required => format!("{name} is required."),
            RuleKind::MaxLength(length) => format!("{name} is longer than {length} characters."),
            _ => format!("{name} is not valid."),
        }
    });
    let entity = manifest.entity(object.entity()).name.clone();
    Ok(ValidationMessage { entity, object: Some(object.id()), member, message })
}

fn utf16_length(text: &str) -> usize {
    text.encode_utf16().count()
}
