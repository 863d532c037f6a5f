//! `alter settings`, `create configuration`, and lists of properties.
//!
//! A constant's value is kept with the keys `value` and `configuration` (where one is named); a `drop` of it with the
//! key `drop`.

use super::super::ast::Name;
use super::super::document::ScriptStatementKind;
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `alter settings model K = v`, `alter settings runtime ( K: v )`, `alter settings constant 'M.C' value v`
    pub(super) fn alter_settings(&mut self) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let token = self.peek();
        if self.eat_word("drop") {
            self.expect_word("constant")?;
            let subject = self.constant_name()?;
            let mut values = vec![self.word_value(token, "drop", String::new())];
            self.in_configuration(&mut values)?;
            return Ok(constant_settings(subject, values));
        }
        let mut section = self.name()?.text.to_ascii_lowercase();
        match section.as_str() {
            "constant" => return self.constant_value(),
            "configuration" => {
                let subject = Some(self.name_or_text()?.text);
                return Ok(ScriptStatementKind::AlterSettings { section, subject, values: self.assignments()? });
            }
            "model" => self.old_spelling(codes::OLD_SETTINGS_MODEL, token, "`settings runtime`"),
            "runtime" => section = "model".to_owned(),
            _ => {}
        }
        Ok(ScriptStatementKind::AlterSettings { section, subject: None, values: self.assignments()? })
    }

    /// `'M.C' value v in configuration 'D'`, `'M.C' drop in configuration 'D'`
    fn constant_value(&mut self) -> Parsed<ScriptStatementKind> {
        let subject = self.constant_name()?;
        let token = self.peek();
        let value = if self.eat_word("drop") {
            self.word_value(token, "drop", String::new())
        } else {
            self.expect_word("value")?;
            let text = self.property_value()?;
            self.word_value(token, "value", text)
        };
        let mut values = vec![value];
        self.in_configuration(&mut values)?;
        Ok(constant_settings(subject, values))
    }

    fn constant_name(&mut self) -> Parsed<String> {
        let token = self.peek();
        if token.kind == TokenKind::Text {
            self.old_spelling(codes::OLD_SETTINGS_CONSTANT, token, "`@Module.Constant`");
        }
        self.eat(TokenKind::At);
        Ok(self.any_name()?.text())
    }

    fn in_configuration(&mut self, values: &mut Vec<(Name, String)>) -> Parsed<()> {
        let token = self.peek();
        if self.eat_words(&["in", "configuration"]) {
            let configuration = self.name_or_text()?.text;
            values.push(self.word_value(token, "configuration", configuration));
        }
        Ok(())
    }

    fn word_value(&self, token: super::Token, key: &str, value: String) -> (Name, String) {
        (Name { text: key.to_owned(), span: self.span_of(token) }, value)
    }

    /// `configuration 'C' K = v, …`, behind `create`: the same as altering it.
    pub(super) fn create_configuration(&mut self) -> Parsed<ScriptStatementKind> {
        self.expect_word("configuration")?;
        let subject = Some(self.name_or_text()?.text);
        let values =
            if self.is_name(0) && self.peek_at(1).kind == TokenKind::Equal || self.at(TokenKind::LeftParenthesis) {
                self.assignments()?
            } else {
                Vec::new()
            };
        Ok(ScriptStatementKind::AlterSettings { section: "configuration".to_owned(), subject, values })
    }

    /// `K = v, …`, or the list of properties that it has become.
    fn assignments(&mut self) -> Parsed<Vec<(Name, String)>> {
        if self.at(TokenKind::LeftParenthesis) {
            return self.properties();
        }
        let token = self.peek();
        let mut values = Vec::new();
        if matches!(self.lower(0).as_str(), "add" | "drop" | "remove") && self.peek_at(1).kind != TokenKind::Equal {
            // Languages and the like: nothing that a server needs.
            self.skip_rest(true);
            return Ok(values);
        }
        loop {
            let key = self.name()?;
            if !self.eat(TokenKind::Colon) {
                self.expect(TokenKind::Equal)?;
            }
            values.push((key, self.property_value()?));
            if !self.eat(TokenKind::Comma) {
                self.old_spelling(codes::OLD_SETTINGS, token, "`( Key: value )`");
                return Ok(values);
            }
        }
    }

    /// `( Key: value, … )`
    pub(super) fn properties(&mut self) -> Parsed<Vec<(Name, String)>> {
        self.expect(TokenKind::LeftParenthesis)?;
        self.list_until(TokenKind::RightParenthesis, |parser| {
            let key = parser.property_key()?;
            Ok((key, parser.property_value()?))
        })
    }

    /// `Key:`
    pub(super) fn property_key(&mut self) -> Parsed<Name> {
        let key = self.name_or_text()?;
        self.expect(TokenKind::Colon)?;
        Ok(key)
    }

    /// A value as text: a text without its quotes, a number with its sign, a name.
    pub(super) fn property_value(&mut self) -> Parsed<String> {
        let start = self.peek();
        match start.kind {
            TokenKind::Text | TokenKind::DollarText => return self.expect_text(),
            TokenKind::Minus | TokenKind::Plus => {
                self.bump();
                self.expect(TokenKind::Number)?;
            }
            TokenKind::Number | TokenKind::Placeholder => {
                self.bump();
            }
            TokenKind::At => {
                self.bump();
                self.qualified_name()?;
            }
            TokenKind::Word | TokenKind::Quoted => return Ok(self.qualified_name()?.text()),
            _ => return self.expected("a value"),
        }
        Ok(self.text[start.start as usize..self.last_end as usize].to_owned())
    }
}

fn constant_settings(subject: String, values: Vec<(Name, String)>) -> ScriptStatementKind {
    ScriptStatementKind::AlterSettings { section: "constant".to_owned(), subject: Some(subject), values }
}
