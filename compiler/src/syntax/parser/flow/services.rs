//! Statements that need what is not built yet: REST, mappings, transformers, external databases, SOAP, OData actions,
//! workflows.
//!
//! They are read completely, so that what follows is read too, and kept as [`StatementKind::Unsupported`].

use super::super::super::ast::{DataType, DataTypeKind, QualifiedName, StatementKind, StringLength, Variable};
use super::super::super::token::TokenKind;
use super::super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `rest call …`, `send rest request …`, `import from mapping …` and the others, with their result.
    pub(super) fn service_statement(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        let token = self.peek();
        match (self.lower(0).as_str(), self.lower(1).as_str()) {
            ("rest", "call") => {
                self.bump();
                self.bump();
                self.old_spelling(codes::OLD_REST_CALL, token, "`call rest service`");
                self.rest_call(result)
            }
            ("send", "rest") => self.send_rest_request(result),
            ("import", "from") | ("export", "to") => self.mapping(result),
            ("transform", _) => {
                self.bump();
                self.variable()?;
                self.expect_word("with")?;
                self.qualified_name()?;
                unsupported("data transformers", result, Some(DataTypeKind::String(StringLength::Unspecified)))
            }
            ("execute", "database") => self.database_query(result),
            _ => self.workflow_with_result(result),
        }
    }

    /// `call web service …`, `call external action …`, `call workflow …`, behind `call`.
    pub(super) fn service_call(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        if self.eat_words(&["external", "action"]) {
            self.qualified_name()?;
            self.arguments()?;
            return unsupported("actions of OData services", result, None);
        }
        if self.eat_word("workflow") {
            self.qualified_name()?;
            if self.at(TokenKind::LeftParenthesis) {
                self.skip_brackets()?;
            }
            return unsupported("workflows", result, None);
        }
        self.expect_word("web")?;
        self.expect_word("service")?;
        if self.eat_word("raw") {
            self.expect_text()?;
            return unsupported("SOAP services", result, None);
        }
        self.service_name()?;
        if self.eat_word("operation") {
            self.service_name()?;
            self.arguments()?;
        }
        if self.eat_words(&["send", "mapping"]) {
            self.service_name()?;
            if self.eat_word("from") {
                self.variable()?;
            }
        }
        if self.eat_words(&["receive", "mapping"]) {
            self.service_name()?;
        }
        if self.eat_word("timeout") {
            self.expression()?;
        }
        unsupported("SOAP services", result, None)
    }

    fn service_name(&mut self) -> Parsed<()> {
        if self.at(TokenKind::Text) { self.expect_text().map(drop) } else { self.qualified_name().map(drop) }
    }

    /// `get 'https://…' with (…) header … auth … body … timeout … returns …`, behind `rest call`.
    pub(super) fn rest_call(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        if !matches!(self.lower(0).as_str(), "get" | "post" | "put" | "patch" | "delete" | "head" | "options") {
            return self.expected("`get`, `post`, `put`, `patch` or `delete`");
        }
        self.bump();
        self.expression()?;
        self.placeholders()?;
        let mut returns = None;
        loop {
            match self.lower(0).as_str() {
                "header" => {
                    self.bump();
                    self.header_name()?;
                    if !self.eat(TokenKind::Colon) {
                        self.expect(TokenKind::Equal)?;
                    }
                    self.expression()?;
                }
                "auth" => {
                    self.bump();
                    self.expect_word("basic")?;
                    self.expression()?;
                    self.expect_word("password")?;
                    self.expression()?;
                }
                "body" => self.request_body()?,
                "timeout" => {
                    self.bump();
                    self.expression()?;
                }
                "returns" => {
                    self.bump();
                    returns = self.rest_result()?;
                }
                _ => break,
            }
        }
        unsupported("REST calls", result, returns)
    }

    /// `Accept`, `'Content-Type'`, `Content-Type`
    fn header_name(&mut self) -> Parsed<()> {
        self.name_or_text()?;
        while self.at(TokenKind::Minus) && self.is_name(1) {
            self.bump();
            self.bump();
        }
        Ok(())
    }

    fn request_body(&mut self) -> Parsed<()> {
        self.expect_word("body")?;
        if self.at_word("mapping") && self.is_name(1) {
            self.bump();
            self.qualified_name()?;
            self.expect_word("from")?;
            return self.variable().map(drop);
        }
        self.eat_word("binary");
        self.expression()?;
        self.placeholders().map(drop)
    }

    fn rest_result(&mut self) -> Parsed<Option<DataTypeKind>> {
        let token = self.peek();
        if self.peek_at(1).kind != TokenKind::Dot {
            match self.lower(0).as_str() {
                "none" => {
                    self.bump();
                    self.old_spelling(codes::OLD_RETURNS_NONE, token, "`returns nothing`");
                    return Ok(Some(DataTypeKind::Nothing));
                }
                "response" => {
                    self.bump();
                    let parts = vec!["System".to_owned(), "HttpResponse".to_owned()];
                    return Ok(Some(DataTypeKind::Named(QualifiedName { parts, span: self.span_of(token) })));
                }
                "mapping" => {
                    self.bump();
                    self.qualified_name()?;
                    return if self.eat_word("as") { Ok(Some(self.data_type()?.kind)) } else { Ok(None) };
                }
                _ => {}
            }
        }
        Ok(Some(self.data_type()?.kind))
    }

    fn send_rest_request(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        self.expect_word("send")?;
        self.expect_word("rest")?;
        self.expect_word("request")?;
        self.qualified_name()?;
        if self.eat_word("with") {
            self.arguments()?;
        }
        if self.eat_word("body") {
            self.expression()?;
        }
        unsupported("consumed REST services", result, None)
    }

    /// `import from mapping M.IM($s) all|first|limit n`, `export to mapping M.EM($o)`
    fn mapping(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        let is_import = self.at_word("import");
        self.bump();
        self.bump();
        self.expect_word("mapping")?;
        self.qualified_name()?;
        self.expect(TokenKind::LeftParenthesis)?;
        self.expression()?;
        self.expect(TokenKind::RightParenthesis)?;
        if !is_import {
            return unsupported("export mappings", result, Some(DataTypeKind::String(StringLength::Unspecified)));
        }
        if !self.eat_word("all") && !self.eat_word("first") {
            if self.eat_word("limit") {
                self.expression()?;
            }
            if self.eat_word("offset") {
                self.expression()?;
            }
        }
        unsupported("import mappings", result, None)
    }

    /// `execute database query M.C.Q dynamic e (p = e) connection (…)`
    fn database_query(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        self.expect_word("execute")?;
        self.expect_word("database")?;
        self.expect_word("query")?;
        self.qualified_name()?;
        if self.eat_word("dynamic") {
            self.expression()?;
        }
        self.arguments()?;
        if self.eat_word("connection") {
            self.arguments()?;
        }
        unsupported("external databases", result, None)
    }

    /// `get workflow data $w as M.W`, `get workflows for $o`, `notify workflow $w` and those without a result.
    fn workflow_with_result(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        if self.eat_words(&["get", "workflow", "data"]) {
            self.variable()?;
            self.expect_word("as")?;
            self.qualified_name()?;
        } else if self.eat_words(&["get", "workflows", "for"])
            || self.eat_words(&["get", "workflow", "activity", "records"])
            || self.eat_words(&["notify", "workflow"])
        {
            self.variable()?;
        } else {
            return self.workflow_statement();
        }
        unsupported("workflows", result, None)
    }

    /// `workflow operation abort $w reason e`, `set task outcome $t 'A'`, `lock workflow $w`
    pub(super) fn workflow_statement(&mut self) -> Parsed<StatementKind> {
        if self.eat_words(&["workflow", "operation"]) {
            self.name()?;
            self.variable()?;
            if self.eat_word("reason") {
                self.expression()?;
            }
        } else if self.eat_words(&["set", "task", "outcome"]) {
            self.variable()?;
            self.expression()?;
        } else if self.eat_words(&["lock", "workflow"]) || self.eat_words(&["unlock", "workflow"]) {
            if !self.eat_word("all") {
                self.variable()?;
            }
        } else {
            return self.unknown_statement();
        }
        unsupported("workflows", None, None)
    }
}

/// A statement that is not built, with the variable that it would set.
fn unsupported(feature: &'static str, result: Option<Variable>, kind: Option<DataTypeKind>) -> Parsed<StatementKind> {
    let results = result
        .into_iter()
        .map(|variable| {
            let data_type = kind.clone().map(|kind| DataType { kind, span: variable.span });
            (variable, data_type)
        })
        .collect();
    Ok(StatementKind::Unsupported { feature, results })
}
