//! Variables and objects: declare, create, change, commit, rollback, delete, cast.

use super::super::super::ast::{CommitMode, MemberItem, StatementKind, Variable};
use super::super::super::token::TokenKind;
use super::super::{Parsed, Parser};

impl Parser<'_> {
    /// `declare $x Integer = 0`
    pub(super) fn declare(&mut self) -> Parsed<StatementKind> {
        self.expect_word("declare")?;
        let variable = self.variable()?;
        self.eat(TokenKind::Colon);
        let data_type = self.data_type()?;
        let value = if self.eat(TokenKind::Equal) { Some(self.expression()?) } else { None };
        Ok(StatementKind::Declare { variable, data_type, value })
    }

    /// `create M.E (A = e) commit refresh`, `create list of M.E`
    pub(super) fn create_object(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        self.expect_word("create")?;
        if self.at_words(&["list", "of"]) {
            self.bump();
            self.bump();
            let entity = self.qualified_name()?;
            let Some(result) = result else { return self.expected("`$List =` in front of `create list of`") };
            return Ok(StatementKind::CreateList { result, entity });
        }
        let entity = self.qualified_name()?;
        let items = self.member_items()?;
        let (commit, refresh) = self.commit_clauses();
        Ok(StatementKind::Create { result, entity, items, commit, refresh })
    }

    /// `change $o (A = e) commit refresh`
    pub(super) fn change(&mut self) -> Parsed<StatementKind> {
        self.expect_word("change")?;
        let object = self.variable()?;
        let items = self.member_items()?;
        let (commit, refresh) = self.commit_clauses();
        Ok(StatementKind::Change { object, items, commit, refresh })
    }

    /// `(A = e, M.Assoc = $p)`, which may be missing.
    fn member_items(&mut self) -> Parsed<Vec<MemberItem>> {
        if !self.eat(TokenKind::LeftParenthesis) {
            return Ok(Vec::new());
        }
        self.list_until(TokenKind::RightParenthesis, |parser| {
            let member = parser.qualified_name()?;
            parser.expect(TokenKind::Equal)?;
            Ok(MemberItem { member, value: parser.expression()? })
        })
    }

    /// `commit [with events|without events]` and `refresh` behind `create` and `change`. A `commit` that a variable
    /// follows is the next statement (of an alpha script that left out the `;`).
    fn commit_clauses(&mut self) -> (CommitMode, bool) {
        let mut commit = CommitMode::No;
        let mut refresh = false;
        loop {
            if self.at_word("commit") && self.peek_at(1).kind != TokenKind::Variable {
                self.bump();
                commit = if self.events() { CommitMode::WithEvents } else { CommitMode::WithoutEvents };
            } else if self.eat_word("refresh") {
                refresh = true;
                self.eat_words(&["in", "client"]);
            } else {
                return (commit, refresh);
            }
        }
    }

    /// `with events`, `without events`; true when nothing is said.
    fn events(&mut self) -> bool {
        if self.eat_words(&["without", "events"]) {
            return false;
        }
        self.eat_words(&["with", "events"]);
        true
    }

    /// `refresh`, `refresh in client`
    fn refresh(&mut self) -> bool {
        let found = self.eat_word("refresh");
        if found {
            self.eat_words(&["in", "client"]);
        }
        found
    }

    /// `commit $o with events refresh`
    pub(super) fn commit(&mut self) -> Parsed<StatementKind> {
        self.expect_word("commit")?;
        let object = self.variable()?;
        let early = self.refresh();
        let events = self.events();
        Ok(StatementKind::Commit { object, events, refresh: early | self.refresh() })
    }

    /// `rollback $o refresh`
    pub(super) fn rollback(&mut self) -> Parsed<StatementKind> {
        self.expect_word("rollback")?;
        Ok(StatementKind::Rollback { object: self.variable()?, refresh: self.refresh() })
    }

    /// `delete $o refresh`
    pub(super) fn delete(&mut self) -> Parsed<StatementKind> {
        self.expect_word("delete")?;
        Ok(StatementKind::Delete { object: self.variable()?, refresh: self.refresh() })
    }

    /// `$s = cast $o`; `cast $s` names the new variable only.
    pub(super) fn cast(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        self.expect_word("cast")?;
        let operand = self.variable()?;
        let entity = if self.eat_word("as") || self.eat_word("to") { Some(self.qualified_name()?) } else { None };
        Ok(match result {
            Some(result) => StatementKind::Cast { result, object: Some(operand), entity },
            None => StatementKind::Cast { result: operand, object: None, entity },
        })
    }
}
