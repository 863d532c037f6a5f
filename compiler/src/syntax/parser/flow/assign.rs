//! `$x = …` and `set …`: what is assigned decides which activity it is.
//!
//! **List operation or function?** In alpha, both are written as calls. An operation that no function shares its name
//! with (`head`, `tail`, `filter`, `sort`, `union`, `intersect`, `subtract`, `equals`, `range`, `reduce`, `all`, `any`,
//! and the aggregates `sum`, `average`, `minimum`, `maximum` with the forms `f($L.A)` and `f($L, e)`) becomes a list
//! statement. `find($L, e)` does so when `e` is a condition (a comparison, `and`, `or`, `not`, `true`, `false`) and not
//! a text. Everything else stays a [`StatementKind::Set`] of a call: `contains($a, $b)`, `find($a, $b)`, `length($a)`
//! and `count($a)` are to be told apart by the types of their arguments. The canonical spellings (`head $L`,
//! `contains $o in $L`, …) are unmistakable. From version 1 on, `find(…)` and `contains(…)` are functions.

use super::super::super::ast::{
    BinaryOperator, Expression, ExpressionKind, ListOperation, StatementKind, UnaryOperator, Variable,
};
use super::super::super::token::TokenKind;
use super::super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `set $x = e`, `set $o/A = e`
    pub(super) fn set(&mut self) -> Parsed<StatementKind> {
        self.expect_word("set")?;
        self.assignment(true)
    }

    /// An assignment, behind `set` or without it.
    pub(super) fn assignment(&mut self, has_set: bool) -> Parsed<StatementKind> {
        let start = self.peek();
        let variable = self.variable()?;
        if let Some(member) = self.optional_member()? {
            self.expect(TokenKind::Equal)?;
            self.bare_assignment(has_set, start.start);
            return Ok(StatementKind::SetMember { object: variable, member, value: self.expression()? });
        }
        self.expect(TokenKind::Equal)?;
        if let Some(statement) = self.assigned_activity(&variable)? {
            return Ok(statement);
        }
        let value = self.expression()?;
        if let Some(operation) = self.find_operation(&value) {
            return Ok(StatementKind::ListOperation { result: variable, operation });
        }
        self.bare_assignment(has_set, start.start);
        Ok(StatementKind::Set { variable, value })
    }

    /// `$x = e` without `set` is alpha's.
    fn bare_assignment(&mut self, has_set: bool, start: u32) {
        if !has_set && !self.is_alpha() {
            let span = self.span_from(start);
            self.diagnostics
                .error(codes::NOT_IN_THIS_VERSION, span, "an assignment begins with `set`")
                .help("write `set $x = …`");
        }
    }

    /// An activity whose result is assigned; none when an expression is.
    fn assigned_activity(&mut self, result: &Variable) -> Parsed<Option<StatementKind>> {
        let next = self.peek_at(1).kind;
        if next == TokenKind::Word || next == TokenKind::Quoted {
            let known = match self.lower(0).as_str() {
                "create" => self.create_object(Some(result.clone())),
                "call" => self.call_statement(Some(result.clone())),
                "rest" | "send" | "import" | "export" | "execute" | "get" | "notify" => {
                    self.service_statement(Some(result.clone()))
                }
                _ => return Ok(None),
            };
            return known.map(Some);
        }
        match (self.lower(0).as_str(), next) {
            ("cast", TokenKind::Variable) => self.cast(Some(result.clone())).map(Some),
            ("transform", TokenKind::Variable) => self.service_statement(Some(result.clone())).map(Some),
            ("", _) => Ok(None),
            (_, TokenKind::Variable) => self.canonical_list_operation(result),
            (_, TokenKind::LeftParenthesis) => self.called_list_operation(result),
            _ => Ok(None),
        }
    }

    /// `find($L, condition)`, which has been read as a call.
    fn find_operation(&self, value: &Expression) -> Option<ListOperation> {
        let ExpressionKind::Call(name, arguments) = &value.kind else { return None };
        let [list, condition] = arguments.as_slice() else { return None };
        let ExpressionKind::Variable(text) = &list.kind else { return None };
        if !self.is_alpha() || !name.text().eq_ignore_ascii_case("find") || !is_condition(condition) {
            return None;
        }
        let list = Variable { text: text.clone(), span: list.span };
        Some(ListOperation::Find(list, condition.clone()))
    }
}

/// Whether an expression can be nothing but a condition.
fn is_condition(expression: &Expression) -> bool {
    use BinaryOperator::{And, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, Or};
    match &expression.kind {
        ExpressionKind::Boolean(_) | ExpressionKind::Unary(UnaryOperator::Not, _) => true,
        ExpressionKind::Binary(operator, ..) => {
            matches!(operator, And | Or | Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
        }
        _ => false,
    }
}
