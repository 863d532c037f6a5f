//! XPath constraints: `[A = $x]`, `A = $x and B != empty`, `'[A = ''x'']'`, `[A][B]`.
//!
//! An operand that does not depend on the candidate (a literal, a variable, a token, a calculation or function over
//! those) becomes one [`XPathKind::Value`]; `true()` and `false()` are literals, too. A quoted token, with or without
//! arithmetic (`'[%CurrentDateTime%] - 7 * [%DayLength%]'`), is the expression that it stands for.

use super::super::ast::{
    BinaryOperator, Expression, ExpressionKind, Name, QualifiedName, UnaryOperator, XPath, XPathKind, XPathStep,
};
use super::super::token::TokenKind;
use super::super::{Fragment, Place};
use super::expressions::placeholder_name;
use super::{Failed, Parsed, Parser};
use crate::codes;

/// XPath's functions with a hyphen in their names.
const HYPHENATED_FUNCTIONS: &[&str] = &[
    "starts-with",
    "ends-with",
    "string-length",
    "year-from-dateTime",
    "month-from-dateTime",
    "day-from-dateTime",
    "day-of-year-from-dateTime",
    "week-from-dateTime",
    "weekday-from-dateTime",
    "hours-from-dateTime",
    "minutes-from-dateTime",
    "seconds-from-dateTime",
    "quarter-from-dateTime",
];

impl Parser<'_> {
    /// The constraint behind `where`, with its text as written (a quoted one without its quotes).
    pub(super) fn constraint(&mut self) -> Parsed<(XPath, String)> {
        let start = self.peek();
        if start.kind == TokenKind::Text && self.text(start)[1..].trim_start().starts_with('[') {
            self.bump();
            let text = self.text_of(start);
            let fragment = Fragment { text: &text, place: Place::Whole(self.span_of(start)), version: self.version };
            let xpath = super::super::parse_xpath(fragment, self.limits, self.diagnostics);
            return Ok((xpath, text));
        }
        let xpath = self.xpath()?;
        let text = self.text[start.start as usize..self.last_end as usize].to_owned();
        Ok((xpath, text))
    }

    /// An XPath expression.
    pub(crate) fn xpath(&mut self) -> Parsed<XPath> {
        let operators = std::mem::take(&mut self.operators);
        let xpath = self.xpath_or();
        self.operators = operators;
        xpath
    }

    fn xpath_or(&mut self) -> Parsed<XPath> {
        self.nested(|parser| {
            let start = parser.peek().start;
            let mut left = parser.xpath_and()?;
            while parser.at_word("or") {
                let token = parser.bump();
                parser.count_operator(token)?;
                let kind = XPathKind::Or(Box::new(left), Box::new(parser.xpath_and()?));
                left = XPath { kind, span: parser.span_from(start) };
            }
            Ok(left)
        })
    }

    /// `a and b`; brackets that follow each other mean the same.
    fn xpath_and(&mut self) -> Parsed<XPath> {
        let start = self.peek().start;
        let mut left = self.xpath_comparison()?;
        while self.at_word("and") || self.at(TokenKind::LeftBracket) {
            let token = self.peek();
            self.count_operator(token)?;
            self.eat_word("and");
            let kind = XPathKind::And(Box::new(left), Box::new(self.xpath_comparison()?));
            left = XPath { kind, span: self.span_from(start) };
        }
        Ok(left)
    }

    fn xpath_comparison(&mut self) -> Parsed<XPath> {
        let start = self.peek().start;
        let left = self.xpath_sum()?;
        let operator = match self.peek().kind {
            TokenKind::Equal => BinaryOperator::Equal,
            TokenKind::NotEqual => BinaryOperator::NotEqual,
            TokenKind::Less => BinaryOperator::Less,
            TokenKind::LessOrEqual => BinaryOperator::LessOrEqual,
            TokenKind::Greater => BinaryOperator::Greater,
            TokenKind::GreaterOrEqual => BinaryOperator::GreaterOrEqual,
            _ => return Ok(left),
        };
        self.bump();
        let right = self.xpath_sum()?;
        let kind = XPathKind::Compare(operator, Box::new(left), Box::new(right));
        Ok(XPath { kind, span: self.span_from(start) })
    }

    /// Calculations, which XPath has over values only.
    fn xpath_sum(&mut self) -> Parsed<XPath> {
        let mut left = self.xpath_product()?;
        loop {
            let operator = match self.peek().kind {
                TokenKind::Plus => BinaryOperator::Add,
                TokenKind::Minus => BinaryOperator::Subtract,
                _ => return Ok(left),
            };
            left = self.calculation(left, operator, Self::xpath_product)?;
        }
    }

    fn xpath_product(&mut self) -> Parsed<XPath> {
        let mut left = self.xpath_operand()?;
        loop {
            let operator = match self.peek().kind {
                TokenKind::Star => BinaryOperator::Multiply,
                TokenKind::Colon => BinaryOperator::Divide,
                TokenKind::Word if self.at_word("div") => BinaryOperator::Divide,
                TokenKind::Word if self.at_word("mod") => BinaryOperator::Remainder,
                _ => return Ok(left),
            };
            left = self.calculation(left, operator, Self::xpath_operand)?;
        }
    }

    fn calculation(
        &mut self,
        left: XPath,
        operator: BinaryOperator,
        operand: fn(&mut Self) -> Parsed<XPath>,
    ) -> Parsed<XPath> {
        let token = self.bump();
        self.count_operator(token)?;
        let right = operand(self)?;
        match (left.kind, right.kind) {
            (XPathKind::Value(left), XPathKind::Value(right)) => {
                let span = left.span.to(right.span);
                let kind = ExpressionKind::Binary(operator, Box::new(left), Box::new(right));
                Ok(XPath { kind: XPathKind::Value(Expression { kind, span }), span })
            }
            _ => {
                let span = self.span_of(token);
                self.diagnostics
                    .error(codes::XPATH_ARITHMETIC, span, "XPath cannot calculate with attributes")
                    .help("compute the other side into a variable first, and compare the attribute with that");
                Err(Failed)
            }
        }
    }

    fn xpath_operand(&mut self) -> Parsed<XPath> {
        let start = self.peek().start;
        let kind = match self.peek().kind {
            TokenKind::LeftParenthesis => self.xpath_in(TokenKind::RightParenthesis)?.kind,
            TokenKind::LeftBracket => self.xpath_in(TokenKind::RightBracket)?.kind,
            TokenKind::Text => self.xpath_text(),
            TokenKind::Minus | TokenKind::Plus => return self.xpath_sign(),
            TokenKind::Number
            | TokenKind::DollarText
            | TokenKind::Placeholder
            | TokenKind::At
            | TokenKind::Variable => XPathKind::Value(self.xpath_value()?),
            TokenKind::Word | TokenKind::Quoted => self.xpath_word()?,
            _ => return self.expected("a constraint"),
        };
        Ok(XPath { kind, span: self.span_from(start) })
    }

    fn xpath_in(&mut self, close: TokenKind) -> Parsed<XPath> {
        self.bump();
        let inner = self.xpath_or()?;
        self.expect(close)?;
        Ok(inner)
    }

    fn xpath_value(&mut self) -> Parsed<Expression> {
        let start = self.peek().start;
        let kind = match self.peek().kind {
            TokenKind::Variable => self.variable_path()?,
            TokenKind::At => {
                self.bump();
                ExpressionKind::Constant(self.qualified_name()?)
            }
            TokenKind::Placeholder => {
                let token = self.bump();
                ExpressionKind::Token(placeholder_name(self.text(token)))
            }
            TokenKind::Number => {
                let token = self.bump();
                super::expressions::number(self.text(token))
            }
            _ => ExpressionKind::Text(self.expect_text()?),
        };
        Ok(Expression { kind, span: self.span_from(start) })
    }

    fn xpath_sign(&mut self) -> Parsed<XPath> {
        let token = self.bump();
        let operator = if token.kind == TokenKind::Minus { UnaryOperator::Minus } else { UnaryOperator::Plus };
        let operand = self.nested(Self::xpath_operand)?;
        let XPathKind::Value(value) = operand.kind else { return self.expected("a number") };
        let span = self.span_from(token.start);
        let kind = ExpressionKind::Unary(operator, Box::new(value));
        Ok(XPath { kind: XPathKind::Value(Expression { kind, span }), span })
    }

    /// A text; one that begins with a token is the expression that it holds.
    fn xpath_text(&mut self) -> XPathKind {
        let token = self.bump();
        let text = self.text_of(token);
        let span = self.span_of(token);
        let kind = if text.trim_start().starts_with("[%") {
            let fragment = Fragment { text: &text, place: Place::Whole(span), version: self.version };
            super::super::expression_within(fragment, self.limits, self.diagnostics).kind
        } else {
            ExpressionKind::Text(text)
        };
        XPathKind::Value(Expression { kind, span })
    }

    fn xpath_word(&mut self) -> Parsed<XPathKind> {
        let token = self.peek();
        let next = self.peek_at(1).kind;
        if token.kind == TokenKind::Word && next != TokenKind::Dot && next != TokenKind::Slash {
            let called = next == TokenKind::LeftParenthesis;
            let literal = match self.lower(0).as_str() {
                "not" if self.negates() => return self.xpath_not(),
                "empty" | "null" if !called => {
                    self.bump();
                    return Ok(XPathKind::Empty);
                }
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            };
            if let Some(value) = literal {
                self.bump();
                if called && self.peek_at(1).kind == TokenKind::RightParenthesis {
                    self.bump();
                    self.bump();
                }
                let kind = ExpressionKind::Boolean(value);
                return Ok(XPathKind::Value(Expression { kind, span: self.span_from(token.start) }));
            }
            if let Some(QualifiedName { parts, span }) = self.hyphenated_name(HYPHENATED_FUNCTIONS) {
                return self.xpath_call(Name { text: parts.join("."), span }, token.start);
            }
            if called {
                let name = self.name()?;
                return self.xpath_call(name, token.start);
            }
        }
        self.xpath_path()
    }

    /// Whether the word `not` here negates something, and is not an attribute's name.
    fn negates(&self) -> bool {
        matches!(
            self.peek_at(1).kind,
            TokenKind::LeftParenthesis | TokenKind::Word | TokenKind::Quoted | TokenKind::Variable
        )
    }

    fn xpath_not(&mut self) -> Parsed<XPathKind> {
        self.bump();
        let operand = if self.at(TokenKind::LeftParenthesis) {
            self.xpath_in(TokenKind::RightParenthesis)?
        } else {
            self.nested(Self::xpath_comparison)?
        };
        Ok(XPathKind::Not(Box::new(operand)))
    }

    /// A function: over values only, it is a value itself.
    fn xpath_call(&mut self, name: Name, start: u32) -> Parsed<XPathKind> {
        self.expect(TokenKind::LeftParenthesis)?;
        let arguments = self.list_until(TokenKind::RightParenthesis, Self::xpath_or)?;
        let is_value = |argument: &XPath| matches!(argument.kind, XPathKind::Value(_) | XPathKind::Empty);
        if name.text.contains('-') || !arguments.iter().all(is_value) {
            return Ok(XPathKind::Call(name, arguments));
        }
        let values = arguments
            .into_iter()
            .map(|argument| match argument.kind {
                XPathKind::Value(value) => value,
                _ => Expression { kind: ExpressionKind::Empty, span: argument.span },
            })
            .collect();
        let function = QualifiedName { parts: vec![name.text], span: name.span };
        let span = self.span_from(start);
        Ok(XPathKind::Value(Expression { kind: ExpressionKind::Call(function, values), span }))
    }

    fn xpath_path(&mut self) -> Parsed<XPathKind> {
        let mut steps = vec![self.xpath_step()?];
        while self.at(TokenKind::Slash) && self.is_name(1) {
            // Each step is one more level of what the database is asked.
            let token = self.bump();
            self.count_operator(token)?;
            steps.push(self.xpath_step()?);
        }
        Ok(XPathKind::Path(steps))
    }

    fn xpath_step(&mut self) -> Parsed<XPathStep> {
        let mut step = XPathStep { name: self.qualified_name()?, predicates: Vec::new(), reversed: false };
        while self.at(TokenKind::LeftBracket) {
            if self.is_word(1, "reversed") && self.peek_at(2).kind == TokenKind::LeftParenthesis {
                self.bump();
                self.bump();
                self.bump();
                self.expect(TokenKind::RightParenthesis)?;
                self.expect(TokenKind::RightBracket)?;
                step.reversed = true;
            } else {
                step.predicates.push(self.xpath_in(TokenKind::RightBracket)?);
            }
        }
        Ok(step)
    }
}
