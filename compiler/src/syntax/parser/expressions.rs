//! Expressions of microflows, by precedence climbing.
//!
//! From loose to tight: `or`, `and`, comparisons (which do not chain), `+ -`, `* div mod`, a sign. `not(…)` looks like
//! a function and binds like one. All binary operators are left-associative. A `/` only joins the members of a path;
//! where it stands for a division, an error says so.

use super::super::ast::{BinaryOperator, Expression, ExpressionKind, QualifiedName, UnaryOperator};
use super::super::token::{Token, TokenKind};
use super::{Failed, Parsed, Parser};
use crate::codes;

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Comparison,
    Sum,
    Product,
}

/// Functions whose names have a hyphen. They are XPath's; expressions take them for convenience.
const HYPHENATED_FUNCTIONS: &[&str] = &["starts-with", "ends-with"];

impl Parser<'_> {
    /// An expression.
    pub(crate) fn expression(&mut self) -> Parsed<Expression> {
        let operators = std::mem::take(&mut self.operators);
        let expression = self.nested(|parser| parser.binary(Level::Or));
        self.operators = operators;
        expression
    }

    /// An expression within another one: it counts towards the same limit of operators.
    fn inner_expression(&mut self) -> Parsed<Expression> {
        self.nested(|parser| parser.binary(Level::Or))
    }

    /// An expression up to a comparison or `and`: a bound of a range.
    pub(super) fn calculated_value(&mut self) -> Parsed<Expression> {
        self.nested(|parser| parser.binary(Level::Sum))
    }

    fn binary(&mut self, lowest: Level) -> Parsed<Expression> {
        let start = self.peek().start;
        let mut left = self.unary()?;
        let mut compared = false;
        while let Some((operator, level)) = self.binary_operator() {
            if level < lowest {
                break;
            }
            let token = self.bump();
            self.count_operator(token)?;
            if level == Level::Comparison && std::mem::replace(&mut compared, true) {
                let span = self.span_of(token);
                self.diagnostics
                    .error(codes::CHAINED_COMPARISON, span, "a comparison cannot be compared again")
                    .help("join two comparisons with `and`, or put one of them into parentheses");
            } else if level < Level::Comparison {
                compared = false;
            }
            let right = self.operand_above(level)?;
            let kind = ExpressionKind::Binary(operator, Box::new(left), Box::new(right));
            left = Expression { kind, span: self.span_from(start) };
        }
        Ok(left)
    }

    fn operand_above(&mut self, level: Level) -> Parsed<Expression> {
        match level {
            Level::Or => self.binary(Level::And),
            Level::And => self.binary(Level::Comparison),
            Level::Comparison => self.binary(Level::Sum),
            Level::Sum => self.binary(Level::Product),
            Level::Product => self.unary(),
        }
    }

    /// The operator that comes next. Nothing is taken.
    fn binary_operator(&mut self) -> Option<(BinaryOperator, Level)> {
        let token = self.peek();
        Some(match token.kind {
            TokenKind::Word => match self.lower(0).as_str() {
                "or" => (BinaryOperator::Or, Level::Or),
                "and" => (BinaryOperator::And, Level::And),
                "div" => (BinaryOperator::Divide, Level::Product),
                "mod" => (BinaryOperator::Remainder, Level::Product),
                _ => return None,
            },
            TokenKind::Equal => (BinaryOperator::Equal, Level::Comparison),
            TokenKind::NotEqual => (BinaryOperator::NotEqual, Level::Comparison),
            TokenKind::Less => (BinaryOperator::Less, Level::Comparison),
            TokenKind::LessOrEqual => (BinaryOperator::LessOrEqual, Level::Comparison),
            TokenKind::Greater => (BinaryOperator::Greater, Level::Comparison),
            TokenKind::GreaterOrEqual => (BinaryOperator::GreaterOrEqual, Level::Comparison),
            TokenKind::Plus => (BinaryOperator::Add, Level::Sum),
            TokenKind::Minus => (BinaryOperator::Subtract, Level::Sum),
            TokenKind::Star => (BinaryOperator::Multiply, Level::Product),
            TokenKind::Colon => (BinaryOperator::Divide, Level::Product),
            TokenKind::Percent => (BinaryOperator::Remainder, Level::Product),
            TokenKind::Slash if self.begins_operand(1) => {
                let span = self.span_of(token);
                self.diagnostics
                    .error(codes::SLASH_DIVISION, span, "`/` joins the members of a path and does not divide")
                    .help("write `div`");
                (BinaryOperator::Divide, Level::Product)
            }
            _ => return None,
        })
    }

    /// Counts one operator of the present expression.
    pub(super) fn count_operator(&mut self, token: Token) -> Parsed<()> {
        self.operators += 1;
        let limit = self.limits.operators;
        if self.operators <= limit {
            return Ok(());
        }
        let span = self.span_of(token);
        self.diagnostics
            .error(codes::TOO_LONG, span, format!("this expression has more than {limit} operators"))
            .help("compute it in steps");
        Err(Failed)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let token = self.peek();
        let operator = match token.kind {
            TokenKind::Minus => UnaryOperator::Minus,
            TokenKind::Plus => UnaryOperator::Plus,
            TokenKind::Word if self.at_word("not") && !self.is_qualified(0) => return self.not(),
            _ => return self.primary(),
        };
        self.bump();
        let operand = self.nested(Self::unary)?;
        let kind = ExpressionKind::Unary(operator, Box::new(operand));
        Ok(Expression { kind, span: self.span_from(token.start) })
    }

    /// `not(…)`. Alpha scripts leave the parentheses out, too: `not $a = $b` negates the comparison.
    fn not(&mut self) -> Parsed<Expression> {
        let token = self.bump();
        let operand = if self.at(TokenKind::LeftParenthesis) {
            self.parenthesized()?
        } else {
            if !self.is_alpha() {
                let span = self.span_of(token);
                self.diagnostics
                    .error(codes::NOT_IN_THIS_VERSION, span, "`not` needs parentheses")
                    .help("write `not(…)`");
            }
            self.nested(|parser| parser.binary(Level::Comparison))?
        };
        let kind = ExpressionKind::Unary(UnaryOperator::Not, Box::new(operand));
        Ok(Expression { kind, span: self.span_from(token.start) })
    }

    fn parenthesized(&mut self) -> Parsed<Expression> {
        self.expect(TokenKind::LeftParenthesis)?;
        let inner = self.inner_expression()?;
        self.expect(TokenKind::RightParenthesis)?;
        Ok(inner)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let start = self.peek().start;
        let kind = match self.peek().kind {
            TokenKind::LeftParenthesis => {
                let Expression { kind, .. } = self.parenthesized()?;
                kind
            }
            TokenKind::Text | TokenKind::DollarText => ExpressionKind::Text(self.expect_text()?),
            TokenKind::Number => {
                let token = self.bump();
                number(self.text(token))
            }
            TokenKind::Placeholder => {
                let token = self.bump();
                ExpressionKind::Token(placeholder_name(self.text(token)))
            }
            TokenKind::Variable => self.variable_path()?,
            TokenKind::At => {
                self.bump();
                ExpressionKind::Constant(self.qualified_name()?)
            }
            TokenKind::Word => self.word_expression()?,
            TokenKind::Quoted => self.name_or_call()?,
            _ => return self.expected("an expression"),
        };
        Ok(Expression { kind, span: self.span_from(start) })
    }

    /// `$o`, `$o/A`, `$o/M.Assoc/M.E/A`, `$L.A`
    pub(super) fn variable_path(&mut self) -> Parsed<ExpressionKind> {
        let variable = self.variable()?.text;
        let steps = self.steps()?;
        Ok(if steps.is_empty() {
            ExpressionKind::Variable(variable)
        } else {
            ExpressionKind::Member { variable, steps }
        })
    }

    /// The members behind a variable, each behind a `/` (or a `.`, as aggregates have it).
    pub(super) fn steps(&mut self) -> Parsed<Vec<QualifiedName>> {
        let mut steps = Vec::new();
        while matches!(self.peek().kind, TokenKind::Slash | TokenKind::Dot) && self.is_name(1) {
            self.bump();
            steps.push(self.qualified_name()?);
        }
        Ok(steps)
    }

    fn word_expression(&mut self) -> Parsed<ExpressionKind> {
        if !self.is_qualified(0) {
            let called = self.peek_at(1).kind == TokenKind::LeftParenthesis;
            let literal = match self.lower(0).as_str() {
                "true" => Some(ExpressionKind::Boolean(true)),
                "false" => Some(ExpressionKind::Boolean(false)),
                "empty" | "null" if !called => Some(ExpressionKind::Empty),
                "if" => return self.if_expression(),
                _ => None,
            };
            if let Some(literal) = literal {
                self.bump();
                // XPath's `true()`.
                if called && self.peek_at(1).kind == TokenKind::RightParenthesis {
                    self.bump();
                    self.bump();
                }
                return Ok(literal);
            }
        }
        if let Some(name) = self.hyphenated_name(HYPHENATED_FUNCTIONS) {
            return self.call(name);
        }
        self.name_or_call()
    }

    /// Whether the name so many tokens ahead has more than one segment.
    fn is_qualified(&self, ahead: usize) -> bool {
        self.peek_at(ahead + 1).kind == TokenKind::Dot
    }

    /// Whether the token so many ahead begins an operand.
    fn begins_operand(&self, ahead: usize) -> bool {
        let token = self.peek_at(ahead);
        matches!(
            token.kind,
            TokenKind::LeftParenthesis
                | TokenKind::Text
                | TokenKind::Number
                | TokenKind::Placeholder
                | TokenKind::Variable
                | TokenKind::At
                | TokenKind::Word
                | TokenKind::Quoted
        )
    }

    /// Takes a function's name with hyphens, if it is one of those given and `(` follows.
    pub(super) fn hyphenated_name(&mut self, names: &[&str]) -> Option<QualifiedName> {
        let start = self.peek().start as usize;
        let rest = &self.text[start..];
        let name = names.iter().find(|name| {
            rest.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name))
                && rest[name.len()..].trim_start().starts_with('(')
        })?;
        let end = (start + name.len()) as u32;
        while self.peek().end <= end && !self.at(TokenKind::End) {
            self.bump();
        }
        Some(QualifiedName { parts: vec![(*name).to_owned()], span: self.span_from(start as u32) })
    }

    fn name_or_call(&mut self) -> Parsed<ExpressionKind> {
        let name = self.qualified_name()?;
        if self.at(TokenKind::LeftParenthesis) { self.call(name) } else { Ok(ExpressionKind::Name(name)) }
    }

    /// The arguments of a call. A named argument, `f(P = e)`, is the comparison that it looks like.
    fn call(&mut self, name: QualifiedName) -> Parsed<ExpressionKind> {
        self.expect(TokenKind::LeftParenthesis)?;
        let arguments = self.list_until(TokenKind::RightParenthesis, Self::inner_expression)?;
        Ok(ExpressionKind::Call(name, arguments))
    }

    fn if_expression(&mut self) -> Parsed<ExpressionKind> {
        self.expect_word("if")?;
        let condition = self.inner_expression()?;
        self.expect_word("then")?;
        let then = self.inner_expression()?;
        self.expect_word("else")?;
        let otherwise = self.inner_expression()?;
        Ok(ExpressionKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)))
    }
}

/// A number without a sign.
pub(super) fn number(text: &str) -> ExpressionKind {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        ExpressionKind::Integer(text.to_owned())
    } else {
        ExpressionKind::Decimal(text.to_owned())
    }
}

/// What stands between `[%` and `%]`.
pub(super) fn placeholder_name(text: &str) -> String {
    text.trim_start_matches("[%").trim_end_matches("%]").trim().to_owned()
}
