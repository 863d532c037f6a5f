//! Lists: their operations and aggregates in both spellings, and `add`, `remove`, `clear`.

use super::super::super::ast::{
    AggregateFunction, Expression, ExpressionKind, ListOperation, QualifiedName, SortItem, StatementKind, Variable,
};
use super::super::super::token::TokenKind;
use super::super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `head $L`, `sort $L by A desc`, `sum $L by A`: the words tell what it is. None when no operation has the name.
    pub(super) fn canonical_list_operation(&mut self, result: &Variable) -> Parsed<Option<StatementKind>> {
        let word = self.lower(0);
        let operation = match word.as_str() {
            "head" | "tail" | "find" | "filter" | "sort" | "union" | "intersect" | "subtract" | "contains"
            | "equals" | "range" => self.canonical_operation(word.as_str())?,
            "count" | "sum" | "average" | "minimum" | "maximum" | "all" | "any" | "reduce" => {
                return self.canonical_aggregate(result, word.as_str()).map(Some);
            }
            _ => return Ok(None),
        };
        Ok(Some(StatementKind::ListOperation { result: result.clone(), operation }))
    }

    fn canonical_operation(&mut self, word: &str) -> Parsed<ListOperation> {
        self.bump();
        let list = self.variable()?;
        Ok(match word {
            "head" => ListOperation::Head(list),
            "tail" => ListOperation::Tail(list),
            "find" => ListOperation::Find(list, self.condition()?),
            "filter" => ListOperation::Filter(list, self.condition()?),
            "sort" => {
                self.expect_word("by")?;
                ListOperation::Sort(list, self.sort_items()?)
            }
            "union" => ListOperation::Union(list, self.second("with")?),
            "intersect" => ListOperation::Intersect(list, self.second("with")?),
            // `subtract $B from $A` is A without B.
            "subtract" => ListOperation::Subtract(self.second("from")?, list),
            "contains" => ListOperation::Contains(self.second("in")?, list),
            "equals" => ListOperation::Equals(list, self.second("and")?),
            _ => {
                let offset = if self.eat_word("offset") { Some(self.expression()?) } else { None };
                let limit = if self.eat_word("limit") { Some(self.expression()?) } else { None };
                ListOperation::Range { list, offset, limit }
            }
        })
    }

    fn second(&mut self, word: &str) -> Parsed<Variable> {
        self.expect_word(word)?;
        self.variable()
    }

    /// `where e`, `by A = e`
    fn condition(&mut self) -> Parsed<Expression> {
        if !self.eat_word("where") && !self.eat_word("by") {
            return self.expected("`where` or `by`");
        }
        self.expression()
    }

    fn canonical_aggregate(&mut self, result: &Variable, word: &str) -> Parsed<StatementKind> {
        self.bump();
        let list = self.variable()?;
        let function = match word {
            "count" => AggregateFunction::Count,
            "all" => AggregateFunction::All(self.condition()?),
            "any" => AggregateFunction::Any(self.condition()?),
            "reduce" => {
                self.expect_word("from")?;
                let initial = self.expression()?;
                self.expect_word("as")?;
                let data_type = self.data_type()?;
                self.expect_word("using")?;
                AggregateFunction::Reduce { initial, data_type, step: self.expression()? }
            }
            _ if self.eat_word("by") => {
                let start = self.peek().start;
                let step = self.qualified_name()?;
                aggregate(word, current_object(step, self.span_from(start)))
            }
            _ => {
                self.expect_word("of")?;
                aggregate(word, self.expression()?)
            }
        };
        Ok(StatementKind::Aggregate { result: result.clone(), function, list })
    }

    /// `head($L)`, `sort($L, A desc)`, `sum($L.A)`: alpha's calls. None when an expression is to be read (see
    /// [`super::assign`]).
    pub(super) fn called_list_operation(&mut self, result: &Variable) -> Parsed<Option<StatementKind>> {
        if self.peek_at(2).kind != TokenKind::Variable {
            return Ok(None);
        }
        let word = self.lower(0);
        let token = self.peek();
        // `min($a, $b)` and `max($a, $b)` are functions; `sum($a)` without an attribute is nothing at all.
        let by_path = matches!(self.peek_at(3).kind, TokenKind::Dot | TokenKind::Slash);
        let by_expression = self.peek_at(3).kind == TokenKind::Comma;
        match word.as_str() {
            "head" | "tail" | "filter" | "sort" | "union" | "intersect" | "subtract" | "equals" | "range"
                if !by_path =>
            {
                let operation = self.called_operation(word.as_str())?;
                self.old_spelling(
                    codes::OLD_LIST_OPERATION,
                    token,
                    "the list operation without parentheses: `head $List`",
                );
                Ok(Some(StatementKind::ListOperation { result: result.clone(), operation }))
            }
            "sum" | "average" | "minimum" | "maximum" | "all" | "any" | "reduce" if by_path || by_expression => {
                let statement = self.called_aggregate(result, word.as_str())?;
                self.old_spelling(
                    codes::OLD_AGGREGATE,
                    token,
                    "the aggregate without parentheses: `sum $List by Attribute`",
                );
                Ok(Some(statement))
            }
            _ => Ok(None),
        }
    }

    fn called_operation(&mut self, word: &str) -> Parsed<ListOperation> {
        self.bump();
        self.expect(TokenKind::LeftParenthesis)?;
        let list = self.variable()?;
        let operation = match word {
            "head" => ListOperation::Head(list),
            "tail" => ListOperation::Tail(list),
            "filter" => ListOperation::Filter(list, self.argument()?),
            "sort" => {
                self.expect(TokenKind::Comma)?;
                ListOperation::Sort(list, self.sort_items()?)
            }
            "union" => ListOperation::Union(list, self.list_argument()?),
            "intersect" => ListOperation::Intersect(list, self.list_argument()?),
            "subtract" => ListOperation::Subtract(list, self.list_argument()?),
            "equals" => ListOperation::Equals(list, self.list_argument()?),
            _ => {
                let offset = if self.at(TokenKind::Comma) { Some(self.argument()?) } else { None };
                let limit = if self.at(TokenKind::Comma) { Some(self.argument()?) } else { None };
                ListOperation::Range { list, offset, limit }
            }
        };
        self.expect(TokenKind::RightParenthesis)?;
        Ok(operation)
    }

    fn argument(&mut self) -> Parsed<Expression> {
        self.expect(TokenKind::Comma)?;
        self.expression()
    }

    fn list_argument(&mut self) -> Parsed<Variable> {
        self.expect(TokenKind::Comma)?;
        self.variable()
    }

    fn called_aggregate(&mut self, result: &Variable, word: &str) -> Parsed<StatementKind> {
        self.bump();
        self.expect(TokenKind::LeftParenthesis)?;
        let list = self.variable()?;
        let start = self.peek().start;
        let steps = self.steps()?;
        let function = if steps.is_empty() {
            let value = self.argument()?;
            if word == "reduce" { self.reduce_options(value)? } else { aggregate(word, value) }
        } else {
            let span = self.span_from(start);
            aggregate(word, Expression { kind: current_object_path(steps), span })
        };
        self.expect(TokenKind::RightParenthesis)?;
        Ok(StatementKind::Aggregate { result: result.clone(), function, list })
    }

    /// `, initial: 0, returns: Decimal`
    fn reduce_options(&mut self, step: Expression) -> Parsed<AggregateFunction> {
        self.expect(TokenKind::Comma)?;
        self.expect_word("initial")?;
        self.expect(TokenKind::Colon)?;
        let initial = self.expression()?;
        self.expect(TokenKind::Comma)?;
        self.expect_word("returns")?;
        self.expect(TokenKind::Colon)?;
        Ok(AggregateFunction::Reduce { initial, data_type: self.data_type()?, step })
    }

    /// `A asc, M.E.B desc, M.Assoc/M.F/C`
    pub(super) fn sort_items(&mut self) -> Parsed<Vec<SortItem>> {
        let mut items = Vec::new();
        loop {
            let start = self.peek().start;
            let mut path = vec![self.qualified_name()?];
            while self.at(TokenKind::Slash) && self.is_name(1) {
                self.bump();
                path.push(self.qualified_name()?);
            }
            let span = self.span_from(start);
            let descending = self.eat_word("desc") || self.eat_word("descending");
            if !descending && !self.eat_word("asc") {
                self.eat_word("ascending");
            }
            items.push(SortItem { path, descending, span });
            if !self.eat(TokenKind::Comma) {
                return Ok(items);
            }
        }
    }

    /// `add e to $l`, `add e to $o/M.Assoc`
    pub(super) fn add(&mut self) -> Parsed<StatementKind> {
        self.expect_word("add")?;
        let value = self.expression()?;
        self.expect_word("to")?;
        let target = self.variable()?;
        Ok(StatementKind::Add { value, target, association: self.optional_member()? })
    }

    /// `remove e from $l`, `remove e from $o/M.Assoc`
    pub(super) fn remove(&mut self) -> Parsed<StatementKind> {
        self.expect_word("remove")?;
        let value = self.expression()?;
        self.expect_word("from")?;
        let target = self.variable()?;
        Ok(StatementKind::Remove { value, target, association: self.optional_member()? })
    }

    /// `clear $l`
    pub(super) fn clear(&mut self) -> Parsed<StatementKind> {
        self.expect_word("clear")?;
        Ok(StatementKind::ClearList { list: self.variable()? })
    }
}

fn aggregate(word: &str, value: Expression) -> AggregateFunction {
    match word {
        "sum" => AggregateFunction::Sum(value),
        "average" => AggregateFunction::Average(value),
        "minimum" => AggregateFunction::Minimum(value),
        "maximum" => AggregateFunction::Maximum(value),
        "all" => AggregateFunction::All(value),
        _ => AggregateFunction::Any(value),
    }
}

/// `A` of the element that an aggregate is at.
fn current_object(step: QualifiedName, span: crate::source::Span) -> Expression {
    Expression { kind: current_object_path(vec![step]), span }
}

fn current_object_path(steps: Vec<QualifiedName>) -> ExpressionKind {
    ExpressionKind::Member { variable: "currentObject".to_owned(), steps }
}
