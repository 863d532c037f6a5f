//! Regular expressions.

use super::{cases, context, expression::result_of};
use crate::{Function, FunctionErrorKind, Value, evaluate};

cases! {
    is_match:
        "isMatch('NLG 123.45', '[0-9]')" => "false",
        "isMatch('NLG 123.45', '.*[0-9].*')" => "true",
        "isMatch('', '.*[0-9].*')" => "false",
        "isMatch('ab', 'a|ab')" => "true",
        "isMatch('a.b', '\\Qa.b\\E')" => "true",
        "isMatch('axb', '\\Qa.b\\E')" => "false",
        "isMatch('a', '[')" => "!PatternSyntax",
        "isMatch('a', 'a\\')" => "!PatternSyntax",
        "isMatch(empty, 'a')" => "!EmptyOperand";
    is_match_with_look_around_and_back_references:
        "isMatch('Passw0rd', '^(?=.*[A-Z])(?=.*\\d).{8,}$')" => "true",
        "isMatch('password', '^(?=.*[A-Z])(?=.*\\d).{8,}$')" => "false",
        "isMatch('abab', '(ab)\\1')" => "true",
        "isMatch('xyxy', '(?<pair>xy)\\k<pair>')" => "true",
        "isMatch('aaab', 'a++b')" => "true";
    is_match_with_classes_of_java:
        "isMatch('٣', '\\d')" => "false",
        "isMatch('é', '\\w')" => "false",
        "isMatch('é', '\\p{L}')" => "true",
        "isMatch('é', '\\p{IsAlphabetic}')" => "true",
        "isMatch('é', '\\p{Alpha}')" => "false",
        "isMatch('_-', '[\\w-]+')" => "true",
        "isMatch('a!~', '[\\p{Punct}a]+')" => "true",
        "isMatch('b', '[a-z&&[^aeiou]]')" => "true",
        "isMatch('a', '[a-z&&[^aeiou]]')" => "false",
        "isMatch('a~~b', '[ab~~]+')" => "true",
        "isMatch(' ', '\\h')" => "true",
        "isMatch('<a@b.c>', '\\<\\w+\\@\\w+\\.\\w+\\>')" => "true",
        "isMatch('A', '\\x41|\\u0042|\\0103')" => "true",
        "isMatch('C', '\\x41|\\u0042|\\0103')" => "true",
        "isMatch('.', '[+\\--/]')" => "true";
    is_match_and_line_ends:
        "isMatch('a\rb', 'a.b')" => "false",
        "isMatch('a\rb', '(?s)a.b')" => "true",
        "isMatch('AB', '(?i)ab')" => "true";
    replace_all:
        "replaceAll('75', '([0-9])', 'NUMBER')" => "'NUMBERNUMBER'",
        "replaceAll('a1b22', '[0-9]+', '$1\\')" => "'a$1\\b$1\\'",
        "replaceAll('abc', '', '-')" => "'-a-b-c-'",
        "replaceAll('a.b', '\\Q.\\E', '')" => "'ab'",
        "replaceAll('abc', 'x', 'y')" => "'abc'",
        "replaceAll('😀x', 'x', 'y')" => "'😀y'",
        "replaceAll('a', empty, 'b')" => "!EmptyOperand";
    replace_first:
        "replaceFirst('75', '([0-9])', 'NUMBER')" => "'NUMBER5'",
        "replaceFirst('abc', 'x', 'y')" => "'abc'";
}

#[test]
fn an_expression_that_would_run_for_years_ends_with_a_limit() {
    let text = "ab".repeat(40);
    let arguments = [text.as_str().into(), r"(a|b|ab)*(?=c)".into()];
    let error = evaluate(Function::IsMatch, &arguments, &context()).expect_err("a limit");
    assert_eq!(error.kind, FunctionErrorKind::Limit);
    // Without look-around the same text is no problem.
    assert_eq!(evaluate(Function::IsMatch, &[text.as_str().into(), "(a|b|ab)*c".into()], &context()), Ok(false.into()));
}

#[test]
fn enormous_expressions_are_refused() {
    for pattern in
        ["a".repeat(10_001), "(".repeat(5_000) + &")".repeat(5_000), r"((\p{L}{900}x?){900}){900}".to_owned()]
    {
        let result = evaluate(Function::IsMatch, &["a".into(), pattern.as_str().into()], &context());
        assert!(result.is_err(), "{:.20} {result:?}", pattern);
    }
}

#[test]
fn more_expressions_than_the_cache_holds_still_work() {
    for number in 0..2 * crate::REGEX_CACHE_LIMIT {
        let expression = format!("isMatch('a{number}', 'a{number}')");
        assert_eq!(result_of(&expression, &context()), "true");
    }
}

#[test]
fn a_replacement_does_not_fill_the_memory() {
    let text = "a".repeat(100_000);
    let arguments: [Value; 3] = [text.as_str().into(), "a".into(), text.as_str().into()];
    for function in [Function::ReplaceAll, Function::Replace] {
        let error = evaluate(function, &arguments, &context()).expect_err("a limit");
        assert_eq!(error.kind, FunctionErrorKind::Limit);
    }
}
