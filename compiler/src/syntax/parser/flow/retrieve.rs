//! `retrieve $r from …`

use super::super::super::ast::{
    Expression, ExpressionKind, QualifiedName, Range, Retrieve, RetrieveSource, StatementKind, XPath,
};
use super::super::super::token::TokenKind;
use super::super::{Parsed, Parser};
use crate::codes;

/// What stands behind `from`.
enum From {
    Entity(QualifiedName),
    Other(RetrieveSource),
}

impl Parser<'_> {
    /// `retrieve $r from M.E where … sort by … limit … offset …`. Its clauses may come in any order.
    pub(super) fn retrieve(&mut self) -> Parsed<StatementKind> {
        self.expect_word("retrieve")?;
        let result = self.variable()?;
        self.expect_word("from")?;
        if self.at_word("database") && self.peek_at(1).kind == TokenKind::Text {
            self.bump();
            self.bump();
            return Ok(StatementKind::Unsupported { feature: "external databases", results: vec![(result, None)] });
        }
        let from = self.retrieve_source()?;
        let mut constraint: Option<(XPath, String)> = None;
        let mut sort = Vec::new();
        let mut range = Range::All;
        loop {
            let token = self.peek();
            match self.lower(0).as_str() {
                "where" => {
                    self.bump();
                    constraint = Some(self.constraint()?);
                    if !matches!(from, From::Entity(_)) {
                        let span = self.span_from(token.start);
                        self.diagnostics
                            .error(
                                codes::CONSTRAINED_ASSOCIATION,
                                span,
                                "only a retrieve from an entity has a constraint",
                            )
                            .help("retrieve from the entity, with the association in the constraint");
                    }
                }
                "sort" | "order" if self.is_word(1, "by") => {
                    self.bump();
                    self.bump();
                    sort = self.sort_items()?;
                }
                "limit" => {
                    self.bump();
                    let value = self.expression()?;
                    range = self.with_limit(value, range);
                }
                "offset" => {
                    self.bump();
                    let value = self.expression()?;
                    range = with_offset(value, range);
                }
                "first" => {
                    self.bump();
                    range = Range::First;
                }
                "all" => {
                    self.bump();
                    range = Range::All;
                }
                _ => break,
            }
        }
        let source = match from {
            From::Other(source) => source,
            From::Entity(entity) => {
                let (constraint, text) = constraint.map_or((None, String::new()), |(xpath, text)| (Some(xpath), text));
                RetrieveSource::Database { entity, constraint, text }
            }
        };
        Ok(StatementKind::Retrieve(Box::new(Retrieve { result, source, sort, range })))
    }

    fn retrieve_source(&mut self) -> Parsed<From> {
        match self.peek().kind {
            TokenKind::Variable => {
                let object = self.variable()?;
                let start = self.peek().start;
                let mut steps = self.steps()?.into_iter();
                let Some(association) = steps.next() else { return self.expected("`/` and an association") };
                let entity = steps.next();
                if steps.next().is_some() {
                    let span = self.span_from(start);
                    self.diagnostics
                        .error(
                            codes::MEMBER_EXPECTED,
                            span,
                            "only an association of the object itself can be retrieved",
                        )
                        .help("retrieve in two steps");
                }
                Ok(From::Other(RetrieveSource::Association { object, association, entity }))
            }
            TokenKind::LeftParenthesis => {
                let start = self.peek().end;
                self.skip_brackets()?;
                let text = &self.text[start as usize..self.last_end.saturating_sub(1).max(start) as usize];
                Ok(From::Other(RetrieveSource::Oql { text: text.trim().to_owned() }))
            }
            _ => Ok(From::Entity(self.qualified_name()?)),
        }
    }

    /// `limit e`: in alpha, the literal 1 without an offset asks for an object instead of a list.
    fn with_limit(&self, value: Expression, range: Range) -> Range {
        match range {
            Range::Limited { offset, .. } => Range::Limited { limit: Some(value), offset },
            _ if self.is_alpha() && is_one(&value) && !self.at_word("offset") => Range::First,
            _ => Range::Limited { limit: Some(value), offset: None },
        }
    }
}

fn with_offset(value: Expression, range: Range) -> Range {
    match range {
        Range::Limited { limit, .. } => Range::Limited { limit, offset: Some(value) },
        _ => Range::Limited { limit: None, offset: Some(value) },
    }
}

fn is_one(value: &Expression) -> bool {
    matches!(&value.kind, ExpressionKind::Integer(digits) if digits.trim_start_matches('0') == "1")
}
