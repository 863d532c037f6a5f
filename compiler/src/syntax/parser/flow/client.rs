//! Messages and instructions to the client: log, feedback, messages, pages, files.

use super::super::super::ast::{
    Argument, Expression, ExpressionKind, LogLevel, Name, QualifiedName, Severity, StatementKind, Template,
};
use super::super::super::token::TokenKind;
use super::super::{Failed, Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `log info node 'N' 'text {1}' with ({1} = e)`
    pub(super) fn log(&mut self) -> Parsed<StatementKind> {
        self.expect_word("log")?;
        let level = match self.lower(0).as_str() {
            "trace" => Some(LogLevel::Trace),
            "debug" => Some(LogLevel::Debug),
            "info" => Some(LogLevel::Info),
            "warning" | "warn" => Some(LogLevel::Warning),
            "error" => Some(LogLevel::Error),
            "critical" => Some(LogLevel::Critical),
            _ => None,
        };
        if level.is_some() {
            self.bump();
        }
        let node = if self.eat_word("node") { Some(self.expression()?) } else { None };
        let text = self.expression()?;
        let arguments = self.placeholders()?;
        let message = Template { text, arguments };
        Ok(StatementKind::Log { level: level.unwrap_or(LogLevel::Info), node, message })
    }

    /// `validation feedback $o/A message '…'`
    pub(super) fn validation_feedback(&mut self) -> Parsed<StatementKind> {
        self.expect_word("validation")?;
        self.expect_word("feedback")?;
        let object = self.variable()?;
        let member = self.member_of_path()?;
        self.expect_word("message")?;
        let text = self.expression()?;
        let arguments = self.placeholders()?;
        Ok(StatementKind::ValidationFeedback { object, member, message: Template { text, arguments } })
    }

    /// What stands for `{1}`, `{2}`, …: `with ({1} = e)`, or by position `objects [e]`, `parameters [e]`.
    pub(super) fn placeholders(&mut self) -> Parsed<Vec<Expression>> {
        let token = self.peek();
        let next = self.peek_at(1).kind;
        if (self.at_word("objects") || self.at_word("parameters")) && next == TokenKind::LeftBracket {
            self.bump();
            self.bump();
            self.old_spelling(codes::OLD_POSITIONAL_ARGUMENTS, token, "`with ({1} = …)`");
            return self.list_until(TokenKind::RightBracket, Self::expression);
        }
        if !self.at_word("with") || next != TokenKind::LeftParenthesis {
            return Ok(Vec::new());
        }
        self.bump();
        self.bump();
        let mut numbered = self.list_until(TokenKind::RightParenthesis, |parser| {
            parser.expect(TokenKind::LeftBrace)?;
            let number = parser.small_number()?;
            parser.expect(TokenKind::RightBrace)?;
            parser.expect(TokenKind::Equal)?;
            Ok((number, parser.expression()?))
        })?;
        numbered.sort_by_key(|(number, _)| *number);
        if numbered.iter().enumerate().any(|(index, (number, _))| *number as usize != index + 1) {
            let span = self.span_from(token.start);
            self.diagnostics
                .error(codes::PLACEHOLDERS, span, "the placeholders are not {1}, {2} and so on")
                .help("number them from 1, each once");
            return Err(Failed);
        }
        Ok(numbered.into_iter().map(|(_, value)| value).collect())
    }

    /// `show message`, `show page`, `show home page`
    pub(super) fn show(&mut self) -> Parsed<StatementKind> {
        self.expect_word("show")?;
        if self.eat_word("message") {
            return self.show_message();
        }
        if self.eat_words(&["home", "page"]) {
            return Ok(instruction("show-home-page", None, Vec::new()));
        }
        if !self.eat_word("page") {
            return self.expected("`message`, `page` or `home page`");
        }
        let name = self.qualified_name()?;
        let mut arguments = self.arguments()?;
        if self.eat_word("for") {
            arguments.push(self.variable_argument("for")?);
        }
        if self.eat_word("with") {
            if self.at(TokenKind::LeftParenthesis) {
                arguments.extend(self.arguments()?);
            } else {
                while self.is_name(0) && self.peek_at(1).kind == TokenKind::Equal {
                    let name = self.name()?;
                    self.bump();
                    arguments.push(Argument { name, value: self.expression()? });
                    self.eat(TokenKind::Comma);
                }
            }
        }
        Ok(instruction("show-page", Some(name), arguments))
    }

    /// `'text' type Error objects [e] blocking`, its clauses in any order.
    fn show_message(&mut self) -> Parsed<StatementKind> {
        let text = self.expression()?;
        let mut severity = Severity::Information;
        let mut arguments = Vec::new();
        let mut blocking = false;
        loop {
            match self.lower(0).as_str() {
                "type" => {
                    self.bump();
                    severity = match self.lower(0).as_str() {
                        "information" | "info" => Severity::Information,
                        "warning" => Severity::Warning,
                        "error" => Severity::Error,
                        _ => return self.expected("`Information`, `Warning` or `Error`"),
                    };
                    self.bump();
                }
                "objects" | "parameters" | "with" => {
                    let before = self.position;
                    arguments = self.placeholders()?;
                    if self.position == before {
                        return self.expected("the values of the placeholders");
                    }
                }
                "blocking" => {
                    self.bump();
                    blocking = true;
                }
                _ => break,
            }
        }
        Ok(StatementKind::ShowMessage { severity, message: Template { text, arguments }, blocking })
    }

    /// `close page`, `download file $f show in browser`, `synchronize …`
    pub(super) fn instruction(&mut self) -> Parsed<StatementKind> {
        if self.eat_word("close") {
            self.expect_word("page")?;
            let mut arguments = Vec::new();
            if self.at(TokenKind::Number) {
                let span = self.span_of(self.peek());
                let name = Name { text: "pages".to_owned(), span };
                arguments.push(Argument { name, value: self.expression()? });
            }
            return Ok(instruction("close-page", None, arguments));
        }
        if self.eat_word("download") {
            self.expect_word("file")?;
            let mut arguments = vec![self.variable_argument("file")?];
            let start = self.peek().start;
            if self.eat_words(&["show", "in", "browser"]) {
                let span = self.span_from(start);
                let name = Name { text: "show-in-browser".to_owned(), span };
                arguments.push(Argument { name, value: Expression { kind: ExpressionKind::Boolean(true), span } });
            }
            return Ok(instruction("download-file", None, arguments));
        }
        self.expect_word("synchronize")?;
        let mut arguments = Vec::new();
        if !self.eat_word("all") && !self.eat_word("unsynchronized") {
            while self.at(TokenKind::Variable) {
                arguments.push(self.variable_argument("object")?);
                self.eat(TokenKind::Comma);
            }
        }
        Ok(instruction("synchronize", None, arguments))
    }

    /// `open user task $t`, `open workflow $w`
    pub(super) fn open(&mut self) -> Parsed<StatementKind> {
        self.expect_word("open")?;
        if self.eat_words(&["user", "task"]) {
            return Ok(instruction("open-user-task", None, vec![self.variable_argument("task")?]));
        }
        if self.eat_word("workflow") {
            return Ok(instruction("open-workflow", None, vec![self.variable_argument("workflow")?]));
        }
        self.expected("`user task` or `workflow`")
    }

    fn variable_argument(&mut self, name: &str) -> Parsed<Argument> {
        let variable = self.variable()?;
        let value = Expression { kind: ExpressionKind::Variable(variable.text), span: variable.span };
        Ok(Argument { name: Name { text: name.to_owned(), span: variable.span }, value })
    }
}

fn instruction(instruction: &'static str, name: Option<QualifiedName>, arguments: Vec<Argument>) -> StatementKind {
    StatementKind::Instruct { instruction, name, arguments }
}
