//! Functions of expressions, and values that the deployment gives.

use std::sync::Arc;

use brooklet_model::{ConstantId, EnumerationId};
use brooklet_values::{Context, Decimal, DecimalError, Function, FunctionError, FunctionErrorKind, Value};

use super::{Arithmetic, Request};
use crate::errors::{Interruption, MicroflowError, Outcome, codes};

impl Request {
    /// WIT `functions.decimal-arithmetic`.
    pub fn decimal_arithmetic(&self, how: Arithmetic, left: &str, right: &str) -> Outcome<String> {
        let (left, right) = (decimal(left)?, decimal(right)?);
        let result = match how {
            Arithmetic::Add => left.add(&right),
            Arithmetic::Subtract => left.subtract(&right),
            Arithmetic::Multiply => left.multiply(&right),
            Arithmetic::Divide => left.divide(&right),
            Arithmetic::Remainder => left.remainder(&right),
        };
        result.map(|number| number.to_string()).map_err(|error| {
            let code = match error {
                DecimalError::DivisionByZero => codes::DIVISION_BY_ZERO,
                _ => codes::OUT_OF_RANGE,
            };
            MicroflowError::new(code, error.to_string()).into()
        })
    }

    /// WIT `functions.decimal-compare`: -1, 0 or 1.
    pub fn decimal_compare(&self, left: &str, right: &str) -> Outcome<i32> {
        Ok(decimal(left)?.cmp(&decimal(right)?) as i32)
    }

    /// WIT `functions.evaluate`: the function of that number in [`brooklet_model::functions`].
    pub fn evaluate(&mut self, function: u32, arguments: &[Value]) -> Outcome<Value> {
        let function = Function::from_number(function).ok_or_else(|| {
            Interruption::internal(format!("the guest called function {function}, which does not exist"))
        })?;
        if let (Function::Length, [Value::List(list)]) = (function, arguments) {
            return Ok(Value::Integer(self.lists.elements(Some(*list))?.len() as i64));
        }
        brooklet_values::evaluate(function, arguments, self.context_now()).map_err(function_error)
    }

    /// WIT `functions.constant`.
    pub fn constant(&self, constant: ConstantId) -> Outcome<Value> {
        self.model.constant(constant).cloned().ok_or_else(|| {
            Interruption::internal(format!("the guest named constant {}, which does not exist", constant.0))
        })
    }

    /// WIT `functions.caption`. A key that the enumeration does not have is its own caption.
    pub fn caption(&self, enumeration: EnumerationId, key: &str) -> Outcome<Arc<str>> {
        let Some(enumeration) = self.model.manifest().enumerations.get(enumeration.index()) else {
            let message = format!("the guest named enumeration {}, which does not exist", enumeration.0);
            return Err(Interruption::internal(message));
        };
        let value = enumeration.values.iter().find(|value| value.key == key);
        Ok(value.map_or(key, |value| &value.caption).into())
    }

    /// The context of functions, with the time as it is now.
    pub(super) fn context_now(&mut self) -> &Context {
        self.context.now_ms = self.clock.now_ms();
        &self.context
    }
}

/// A decimal of the guest; it never sends anything else.
fn decimal(text: &str) -> Outcome<Decimal> {
    text.parse().map_err(|error: DecimalError| Interruption::internal(format!("the guest sent {error}")))
}

/// What an error of a function means to the model.
pub(super) fn function_error(error: FunctionError) -> Interruption {
    let code = match error.kind {
        FunctionErrorKind::EmptyOperand => codes::EMPTY_OPERAND,
        FunctionErrorKind::OutOfRange | FunctionErrorKind::Limit => codes::OUT_OF_RANGE,
        FunctionErrorKind::DivisionByZero => codes::DIVISION_BY_ZERO,
        FunctionErrorKind::InvalidArgument | FunctionErrorKind::Parse | FunctionErrorKind::PatternSyntax => {
            codes::INVALID_ARGUMENT
        }
    };
    MicroflowError::new(code, error.message).into()
}
