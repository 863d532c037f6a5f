//! Branches, loops and ways out.

use super::super::super::ast::{CaseBranch, CaseValue, Expression, QualifiedName, StatementKind, TypeBranch};
use super::super::super::token::TokenKind;
use super::super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `if … then … elsif … then … else … end if`
    pub(super) fn if_statement(&mut self) -> Parsed<StatementKind> {
        self.bump();
        let mut branches = vec![self.branch()?];
        while self.eat_word("elsif") || self.eat_word("elseif") {
            branches.push(self.branch()?);
        }
        let otherwise = if self.eat_word("else") { Some(self.block()) } else { None };
        self.end_of("if")?;
        Ok(StatementKind::If { branches, otherwise })
    }

    fn branch(&mut self) -> Parsed<(Expression, super::Block)> {
        let condition = self.block_header(|parser| {
            let condition = parser.expression()?;
            parser.expect_word("then")?;
            Ok(condition)
        })?;
        Ok((condition, self.block()))
    }

    /// What stands in front of a block. When it cannot be read, the statement fails as a whole, but only after its
    /// blocks have been read, so that their ends are not taken for other ends.
    fn block_header<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let result = read(self);
        if result.is_err() {
            loop {
                self.skip_header();
                self.block();
                let continues = !self.at_word("end") && self.at(TokenKind::Word) && self.at_block_end();
                if !continues || self.too_many_errors() {
                    break;
                }
            }
            if self.eat_word("end") && matches!(self.lower(0).as_str(), "if" | "loop" | "while" | "case" | "split") {
                self.bump();
            }
        }
        result
    }

    /// Skips to the begin of a block: behind a `then` or `begin`, or to the next line.
    fn skip_header(&mut self) {
        while !self.at(TokenKind::End) && !self.at(TokenKind::Semicolon) {
            if self.eat_word("then") || self.eat_word("begin") {
                return;
            }
            self.bump();
            if Self::begins_line(self.peek()) {
                return;
            }
        }
    }

    /// `end if` and its like.
    fn end_of(&mut self, what: &str) -> Parsed<()> {
        if self.eat_words(&["end", what]) { Ok(()) } else { self.expected(&format!("`end {what}`")) }
    }

    /// `case $o/State when A, B then … else … end case`
    pub(super) fn case(&mut self) -> Parsed<StatementKind> {
        self.bump();
        let subject = self.block_header(Self::expression)?;
        let mut branches = Vec::new();
        while self.eat_word("when") {
            let values = self.block_header(Self::case_values)?;
            branches.push(CaseBranch { values, body: self.block() });
        }
        let otherwise = if self.eat_word("else") { Some(self.block()) } else { None };
        self.end_of("case")?;
        Ok(StatementKind::Case { subject, branches, otherwise })
    }

    /// `A, B then`
    fn case_values(&mut self) -> Parsed<Vec<CaseValue>> {
        let mut values = vec![self.case_value()?];
        while self.eat(TokenKind::Comma) {
            values.push(self.case_value()?);
        }
        self.expect_word("then")?;
        Ok(values)
    }

    fn case_value(&mut self) -> Parsed<CaseValue> {
        let start = self.peek();
        if start.kind == TokenKind::LeftParenthesis {
            self.empty_value()?;
            return Ok(CaseValue::Empty(self.span_from(start.start)));
        }
        if start.kind == TokenKind::Text {
            let name = self.name_or_text()?;
            return Ok(CaseValue::Key(QualifiedName { parts: vec![name.text], span: name.span }));
        }
        Ok(CaseValue::Key(self.qualified_name()?))
    }

    /// `(empty)`
    fn empty_value(&mut self) -> Parsed<()> {
        self.expect(TokenKind::LeftParenthesis)?;
        self.expect_word("empty")?;
        self.expect(TokenKind::RightParenthesis).map(drop)
    }

    /// `split type $o when M.Sub then … end split`; alpha writes `case M.Sub …`.
    pub(super) fn split_type(&mut self) -> Parsed<StatementKind> {
        self.bump();
        let object = self.block_header(|parser| {
            parser.expect_word("type")?;
            parser.variable()
        })?;
        let mut branches = Vec::new();
        loop {
            let legacy = self.eat_word("case");
            if !legacy && !self.eat_word("when") {
                break;
            }
            let entity = self.block_header(|parser| parser.type_value(legacy))?;
            branches.push(TypeBranch { entity, body: self.block() });
        }
        let otherwise = if self.eat_word("else") { Some(self.block()) } else { None };
        if !branches.is_empty() || otherwise.is_some() || self.at_word("end") && self.is_word(1, "split") {
            self.end_of("split")?;
        }
        Ok(StatementKind::SplitType { object, branches, otherwise })
    }

    /// `M.Sub then`, `(empty) then`; behind `case`, the `then` may be missing.
    fn type_value(&mut self, legacy: bool) -> Parsed<Option<QualifiedName>> {
        let entity = if self.at(TokenKind::LeftParenthesis) {
            self.empty_value()?;
            None
        } else {
            Some(self.qualified_name()?)
        };
        if !self.eat_word("then") && !legacy {
            return self.expected("`then`");
        }
        Ok(entity)
    }

    /// `loop $i in $list begin … end loop`
    pub(super) fn loop_statement(&mut self) -> Parsed<StatementKind> {
        self.bump();
        let (item, list, association) = self.block_header(|parser| {
            let item = parser.variable()?;
            parser.expect_word("in")?;
            let list = parser.variable()?;
            let association = parser.optional_member()?;
            parser.expect_word("begin")?;
            Ok((item, list, association))
        })?;
        let body = self.block();
        self.end_of("loop")?;
        Ok(StatementKind::Loop { item, list, association, body })
    }

    /// `while c begin … end while`; alpha may leave out `begin` and the last `while`.
    pub(super) fn while_statement(&mut self) -> Parsed<StatementKind> {
        let token = self.bump();
        let condition = self.block_header(Self::expression)?;
        let begun = self.eat_word("begin");
        let body = self.block();
        self.expect_word("end")?;
        let ended = self.eat_word("while");
        let complete = begun && ended;
        if !complete && !self.is_alpha() {
            let span = self.span_of(token);
            self.diagnostics
                .error(codes::NOT_IN_THIS_VERSION, span, "`while` needs `begin` and `end while`")
                .help("write `while … begin … end while;`");
        }
        Ok(StatementKind::While { condition, body })
    }

    /// `return e`, `return`
    pub(super) fn return_statement(&mut self) -> Parsed<StatementKind> {
        self.expect_word("return")?;
        // Nothing can follow a `return` in its block, so whatever stands there, even on the next line, is its value.
        let nothing = self.at(TokenKind::Semicolon) || self.at_block_end();
        Ok(StatementKind::Return(if nothing { None } else { Some(self.expression()?) }))
    }

    /// `raise error`
    pub(super) fn raise(&mut self) -> Parsed<StatementKind> {
        self.expect_word("raise")?;
        self.expect_word("error")?;
        Ok(StatementKind::RaiseError)
    }

    /// `throw e`
    pub(super) fn throw(&mut self) -> Parsed<StatementKind> {
        self.expect_word("throw")?;
        Ok(StatementKind::Throw(self.expression()?))
    }

    /// `merge label`, `join label`
    pub(super) fn jump(&mut self) -> Parsed<StatementKind> {
        let is_merge = self.at_word("merge");
        self.bump();
        Ok(StatementKind::Jump { is_merge, label: self.name_or_text()? })
    }

    /// `/M.Assoc` behind a variable.
    pub(super) fn optional_member(&mut self) -> Parsed<Option<QualifiedName>> {
        if matches!(self.peek().kind, TokenKind::Slash | TokenKind::Dot) {
            return self.member_of_path().map(Some);
        }
        Ok(None)
    }

    /// The one member that follows a variable: `/A`, `/M.Assoc`.
    pub(super) fn member_of_path(&mut self) -> Parsed<QualifiedName> {
        let start = self.peek().start;
        let mut steps = self.steps()?.into_iter();
        match (steps.next(), steps.next()) {
            (Some(member), None) => Ok(member),
            (None, _) => self.expected("`/` and an attribute or association"),
            (Some(_), Some(_)) => {
                let span = self.span_from(start);
                self.diagnostics
                    .error(codes::MEMBER_EXPECTED, span, "only a member of the object itself can be named here")
                    .help("retrieve the other object first");
                Err(super::super::Failed)
            }
        }
    }
}
