//! `call microflow`, `call java action` and their arguments.

use super::super::super::ast::{Argument, CallTarget, StatementKind, Variable};
use super::super::super::token::TokenKind;
use super::super::{Parsed, Parser};
use crate::codes;
use crate::suggest::did_you_mean;

/// What can be called.
const TARGETS: &[&str] = &[
    "microflow",
    "nanoflow",
    "java action",
    "javascript action",
    "rest service",
    "web service",
    "external action",
    "workflow",
];

impl Parser<'_> {
    /// `call …`
    pub(super) fn call_statement(&mut self, result: Option<Variable>) -> Parsed<StatementKind> {
        self.expect_word("call")?;
        let target = match (self.lower(0).as_str(), self.lower(1).as_str()) {
            ("microflow", _) => CallTarget::Microflow,
            ("nanoflow", _) => CallTarget::Nanoflow,
            ("java", "action") => CallTarget::JavaAction,
            ("javascript", "action") => CallTarget::JavaScriptAction,
            ("rest", "service") => {
                self.bump();
                self.bump();
                return self.rest_call(result);
            }
            ("web" | "external", _) | ("workflow", _) => return self.service_call(result),
            _ => return self.unknown_target(),
        };
        self.bump();
        if matches!(target, CallTarget::JavaAction | CallTarget::JavaScriptAction) {
            self.bump();
        }
        let name = self.qualified_name()?;
        self.eat_word("with");
        let arguments = self.arguments()?;
        let queue = if self.eat_words(&["in", "queue"]) { Some(self.qualified_name()?) } else { None };
        Ok(StatementKind::Call { result, target, name, arguments, queue })
    }

    fn unknown_target<T>(&mut self) -> Parsed<T> {
        let word = self.text(self.peek());
        let help = did_you_mean(word, TARGETS.iter().copied())
            .unwrap_or_else(|| format!("these can be called: {}", TARGETS.join(", ")));
        self.unexpected("what is called").help(help);
        Err(super::super::Failed)
    }

    /// `(P = e, $P = e, P: e)`, which may be missing.
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        if !self.eat(TokenKind::LeftParenthesis) {
            return Ok(Vec::new());
        }
        self.list_until(TokenKind::RightParenthesis, Self::argument_pair)
    }

    fn argument_pair(&mut self) -> Parsed<Argument> {
        let token = self.peek();
        let name = if token.kind == TokenKind::Variable {
            let name = self.variable()?;
            self.old_spelling(codes::OLD_DOLLAR_ARGUMENT, token, "the parameter's name without `$`");
            name
        } else {
            self.name()?
        };
        let sign = self.peek();
        if sign.kind == TokenKind::Colon {
            self.bump();
            self.old_spelling(codes::OLD_COLON_ARGUMENT, sign, "`=`");
        } else if sign.kind == TokenKind::Equal {
            self.bump();
        } else {
            self.unexpected("`=` and the argument's value").help("arguments are named: `(Parameter = value)`");
            return Err(super::super::Failed);
        }
        Ok(Argument { name, value: self.expression()? })
    }
}
