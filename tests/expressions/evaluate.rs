//! What an expression means, computed straight from its tree.
//!
//! Written from the semantics, not from the compiler. Functions of the library and decimals are those of
//! `brooklet-values`; operators, conversions, emptiness, and the order in which things happen are this module's own.

use std::sync::Arc;

use brooklet_values::{
    Context, Decimal, DecimalError, Function, FunctionErrorKind, TimeZone, Value, evaluate as call_library,
};

use crate::{
    inputs::{Inputs, NOW_MS},
    tree::{COLOURS, Expr, Kind, Node, Operator},
};

/// A value, or the code of an error.
pub(crate) type Answer = Result<Value, &'static str>;

/// Evaluates an expression that is to have that type.
pub(crate) fn evaluate(expr: &Expr, wanted: Kind, inputs: &Inputs) -> Answer {
    let random = Arc::new(|| unreachable!("no expression here asks for chance"));
    let context = Context::new(TimeZone::UTC, "en_US", NOW_MS, random);
    Evaluator { inputs, context }.value(expr).map(|value| as_kind(value, wanted))
}

struct Evaluator<'i> {
    inputs: &'i Inputs,
    context: Context,
}

impl Evaluator<'_> {
    fn value(&self, expr: &Expr) -> Answer {
        match &expr.node {
            Node::Empty => Ok(Value::Empty),
            Node::Boolean(value) => Ok(Value::Boolean(*value)),
            Node::Integer(number) => Ok(Value::Integer(*number)),
            Node::Decimal(digits) => Ok(Value::Decimal(Decimal::parse(digits).expect("a decimal literal"))),
            Node::Text(text) => Ok(text.as_str().into()),
            Node::Colour(index) => Ok(Value::Enumeration(COLOURS[*index].0.into())),
            Node::Now => Ok(Value::DateTime(NOW_MS)),
            Node::Parameter(index) => Ok(self.inputs.parameters[*index].clone()),
            Node::Attribute { of_nothing: true, .. } => Err("empty-object"),
            Node::Attribute { attribute, .. } => Ok(self.inputs.attributes[*attribute].clone()),
            Node::Plus(inner) => self.value(inner),
            Node::Minus(inner) => match self.some(inner)? {
                Value::Integer(number) => number.checked_neg().map(Value::Integer).ok_or("integer-overflow"),
                number => decimals(Decimal::subtract, Decimal::zero().into(), number),
            },
            Node::Not(inner) => Ok(Value::Boolean(!self.is_true(inner)?)),
            Node::Binary(operator, left, right) => self.binary(*operator, left, right, expr.kind),
            Node::If(condition, then, otherwise) => {
                let chosen = if self.is_true(condition)? { then } else { otherwise };
                self.value(chosen).map(|value| expr.kind.map_or(value.clone(), |kind| as_kind(value, kind)))
            }
            Node::Call(function, arguments) => self.call(*function, arguments, expr.kind),
            Node::Caption(inner) => Ok(match self.value(inner)? {
                Value::Enumeration(key) => {
                    COLOURS.iter().find(|(one, _)| *one == key.as_ref()).map_or("", |(_, caption)| caption).into()
                }
                _ => "".into(),
            }),
        }
    }

    fn is_true(&self, expr: &Expr) -> Result<bool, &'static str> {
        Ok(self.value(expr)? == Value::Boolean(true))
    }

    /// The value of an operand that must have one.
    fn some(&self, expr: &Expr) -> Answer {
        match self.value(expr)? {
            Value::Empty => Err("empty-operand"),
            value => Ok(value),
        }
    }

    fn binary(&self, operator: Operator, left: &Expr, right: &Expr, kind: Option<Kind>) -> Answer {
        match operator {
            Operator::And => Ok(Value::Boolean(self.is_true(left)? && self.is_true(right)?)),
            Operator::Or => Ok(Value::Boolean(self.is_true(left)? || self.is_true(right)?)),
            Operator::Equal => self.equal(left, right).map(Value::Boolean),
            Operator::NotEqual => self.equal(left, right).map(|equal| Value::Boolean(!equal)),
            Operator::Less => self.order(left, right).map(|order| order.is_lt().into()),
            Operator::LessOrEqual => self.order(left, right).map(|order| order.is_le().into()),
            Operator::Greater => self.order(left, right).map(|order| order.is_gt().into()),
            Operator::GreaterOrEqual => self.order(left, right).map(|order| order.is_ge().into()),
            Operator::Add if kind == Some(Kind::Text) => {
                let (left, right) = (self.text(left)?, self.text(right)?);
                Ok((left + &right).into())
            }
            _ => {
                let (left, right) = (self.some(left)?, self.some(right)?);
                arithmetic(operator, left, right)
            }
        }
    }

    /// What stands next to a text is written as one; nothing is written for what is empty.
    fn text(&self, expr: &Expr) -> Result<String, &'static str> {
        match self.library(Function::ToString, &[self.value(expr)?])? {
            Value::Text(text) => Ok(text.as_ref().to_owned()),
            other => panic!("toString gave {other:?}"),
        }
    }

    fn equal(&self, left: &Expr, right: &Expr) -> Result<bool, &'static str> {
        // A member of an empty object is empty when it is compared with `empty`, and an error everywhere else.
        let is_member_of_nothing = |expr: &Expr| matches!(expr.node, Node::Attribute { of_nothing: true, .. });
        if left.kind.is_none() && is_member_of_nothing(right) || right.kind.is_none() && is_member_of_nothing(left) {
            return Ok(true);
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        Ok(match (left.to_decimal(), right.to_decimal()) {
            (Some(left), Some(right)) => left == right,
            _ => left == right,
        })
    }

    fn order(&self, left: &Expr, right: &Expr) -> Result<std::cmp::Ordering, &'static str> {
        let (left, right) = (self.some(left)?, self.some(right)?);
        Ok(match (&left, &right) {
            // As Java does: by units of UTF-16.
            (Value::Text(left), Value::Text(right)) => left.encode_utf16().cmp(right.encode_utf16()),
            (Value::DateTime(left), Value::DateTime(right)) => left.cmp(right),
            _ => left.to_decimal().expect("a number").cmp(&right.to_decimal().expect("a number")),
        })
    }

    fn call(&self, function: Function, arguments: &[Expr], kind: Option<Kind>) -> Answer {
        let values = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
        let result = self.library(function, &values)?;
        Ok(kind.map_or(result.clone(), |kind| as_kind(result, kind)))
    }

    fn library(&self, function: Function, values: &[Value]) -> Answer {
        call_library(function, values, &self.context).map_err(|error| match error.kind {
            FunctionErrorKind::EmptyOperand => "empty-operand",
            FunctionErrorKind::OutOfRange | FunctionErrorKind::Limit => "out-of-range",
            FunctionErrorKind::DivisionByZero => "division-by-zero",
            FunctionErrorKind::InvalidArgument | FunctionErrorKind::Parse | FunctionErrorKind::PatternSyntax => {
                "invalid-argument"
            }
        })
    }
}

/// Two Integers give an Integer, but for the division; everything else is exact, or a quotient of 34 digits.
fn arithmetic(operator: Operator, left: Value, right: Value) -> Answer {
    let (&Value::Integer(a), &Value::Integer(b)) = (&left, &right) else {
        return match operator {
            Operator::Add => decimals(Decimal::add, left, right),
            Operator::Subtract => decimals(Decimal::subtract, left, right),
            Operator::Multiply => decimals(Decimal::multiply, left, right),
            Operator::Divide => decimals(Decimal::divide, left, right),
            _ => decimals(Decimal::remainder, left, right),
        };
    };
    match operator {
        Operator::Add => a.checked_add(b).map(Value::Integer).ok_or("integer-overflow"),
        Operator::Subtract => a.checked_sub(b).map(Value::Integer).ok_or("integer-overflow"),
        Operator::Multiply => a.checked_mul(b).map(Value::Integer).ok_or("integer-overflow"),
        Operator::Divide => decimals(Decimal::divide, left, right),
        _ if b == 0 => Err("division-by-zero"),
        _ => Ok(Value::Integer(a.wrapping_rem(b))),
    }
}

fn decimals(
    compute: impl Fn(&Decimal, &Decimal) -> Result<Decimal, DecimalError>,
    left: Value,
    right: Value,
) -> Answer {
    let (left, right) = (left.to_decimal().expect("a number"), right.to_decimal().expect("a number"));
    compute(&left, &right).map(Value::Decimal).map_err(|error| match error {
        DecimalError::DivisionByZero => "division-by-zero",
        _ => "out-of-range",
    })
}

/// An Integer where a Decimal is wanted becomes one, and a Boolean is never empty.
fn as_kind(value: Value, kind: Kind) -> Value {
    match (kind, value) {
        (Kind::Decimal, Value::Integer(number)) => Value::Decimal(number.into()),
        (Kind::Boolean, Value::Empty) => Value::Boolean(false),
        (_, value) => value,
    }
}
