//! Just enough of the expression language to write calls in tests.

use crate::{Context, Decimal, Function, FunctionError, Value, evaluate, format::tests::local_text};

/// What an expression gives, as text.
pub(super) fn result_of(expression: &str, context: &Context) -> String {
    let mut rest = expression;
    let result = value(&mut rest, context);
    assert!(rest.is_empty(), "`{rest}` is left of `{expression}`");
    match result {
        Ok(value) => text(&value, context),
        Err(error) => format!("!{:?}", error.kind),
    }
}

fn text(value: &Value, context: &Context) -> String {
    match value {
        Value::Empty => "empty".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => format!("{number}m"),
        Value::DateTime(moment_ms) => local_text(*moment_ms, context),
        Value::Text(text) => format!("'{text}'"),
        other => format!("{other:?}"),
    }
}

fn value(rest: &mut &str, context: &Context) -> Result<Value, FunctionError> {
    *rest = rest.trim_start();
    if let Some(quoted) = rest.strip_prefix('\'') {
        return Ok(quoted_text(quoted, rest).into());
    }
    if let Some(key) = rest.strip_prefix('#') {
        let length = key.find(')').unwrap_or(key.len());
        *rest = &key[length..];
        return Ok(Value::Enumeration(key[..length].into()));
    }
    let length = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | ':')).unwrap_or(rest.len());
    let (word, after) = rest.split_at(length);
    *rest = after;
    match word {
        "empty" => Ok(Value::Empty),
        "true" | "false" => Ok(Value::Boolean(word == "true")),
        _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Ok(number(word)),
        _ => call(word, rest, context),
    }
}

fn quoted_text(quoted: &str, rest: &mut &str) -> String {
    let mut text = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next().expect("a closing quote") {
            '\'' if characters.as_str().starts_with('\'') => {
                characters.next();
                text.push('\'');
            }
            '\'' => break,
            other => text.push(other),
        }
    }
    *rest = &rest[rest.len() - characters.as_str().len()..];
    text
}

/// `1`, `1.5` or a quotient `1:3`.
fn number(word: &str) -> Value {
    let decimal = |text: &str| Decimal::parse(text).expect("a number");
    match word.split_once(':') {
        Some((left, right)) => decimal(left).divide(&decimal(right)).expect("a quotient").into(),
        None if word.contains('.') => decimal(word).into(),
        None => word.parse::<i64>().expect("a number").into(),
    }
}

fn call(name: &str, rest: &mut &str, context: &Context) -> Result<Value, FunctionError> {
    let function = Function::named(name).unwrap_or_else(|| panic!("no function {name}"));
    *rest = rest.strip_prefix('(').expect("an opening parenthesis");
    let mut arguments = Vec::new();
    loop {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(')') {
            *rest = after;
            return evaluate(function, &arguments, context);
        }
        *rest = rest.strip_prefix(',').unwrap_or(rest);
        arguments.push(value(rest, context)?);
    }
}
