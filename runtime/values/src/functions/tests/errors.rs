//! What errors say.

use super::context;
use crate::{Function, Value, evaluate};

fn message(function: Function, arguments: &[Value]) -> String {
    evaluate(function, arguments, &context()).expect_err("an error").to_string()
}

#[test]
fn messages_name_the_function_the_value_and_a_remedy() {
    assert_eq!(
        message(Function::Substring, &["abc".into(), 5.into()]),
        "substring: position 5 is not in a text of length 3; compare it with length(…) first"
    );
    assert_eq!(
        message(Function::ToUpperCase, &[Value::Empty]),
        "toUpperCase: argument 1 is empty, but must be a String; test it with `!= empty` first"
    );
    assert_eq!(
        message(Function::Find, &["abc".into(), 5.into()]),
        "find: argument 2 is of type Integer/Long, but must be a String; convert it first"
    );
    assert_eq!(
        message(Function::Find, &["abc".into()]),
        "find: the number of arguments, 1, does not fit; use find(String, String, [Integer])"
    );
    assert_eq!(
        message(Function::ParseInteger, &["abc".into()]),
        "parseInteger: `abc` is not an Integer/Long; test the text first, or give a default as the last argument"
    );
    assert_eq!(
        message(Function::ParseDateTime, &["abc".into(), "yyyy".into()]),
        "parseDateTime: `abc` is not a DateTime of the form `yyyy`; test the text first, or give a default as the last \
         argument"
    );
    assert_eq!(
        message(Function::FormatDateTime, &[Value::DateTime(0), "yyyy-bb".into()]),
        "formatDateTime: the date pattern `yyyy-bb` is wrong: the letter b has no meaning; put text between quotes"
    );
}

/// Whatever a guest sends, there is a value or an error.
#[test]
fn no_function_panics_on_any_kind_of_argument() {
    let values = [
        Value::Empty,
        Value::Boolean(true),
        Value::Integer(i64::MIN),
        Value::Integer(i64::MAX),
        Value::Integer(-1),
        Value::Integer(3),
        Value::DateTime(i64::MIN),
        Value::DateTime(0),
        Value::DateTime(253_402_207_200_000),
        Value::Decimal("-1e999".parse().expect("a number")),
        Value::Decimal("0.5".parse().expect("a number")),
        "".into(),
        "😀'%[\\".into(),
        "yyyy-MM-dd".into(),
        Value::Enumeration("Key".into()),
        Value::List(crate::ListHandle(1)),
    ];
    let context = context();
    for &function in Function::ALL {
        for first in &values {
            let _ = evaluate(function, std::slice::from_ref(first), &context);
            for second in &values {
                let _ = evaluate(function, &[first.clone(), second.clone()], &context);
                for third in &values {
                    let _ = evaluate(function, &[first.clone(), second.clone(), third.clone()], &context);
                }
            }
        }
    }
}
