//! Expressions as a model writes them, with as few parentheses as the precedence of operators asks for.

use crate::{
    inputs::{ATTRIBUTES, PARAMETERS},
    tree::{COLOURS, Expr, Node, Operator},
};

/// How tightly an expression binds, from loose to tight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// `if`, whose last branch takes all that follows.
    Loose,
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Sign,
    Primary,
}

/// The text of an expression in that language version.
pub(crate) fn print(expr: &Expr, version: u32) -> String {
    let mut printer = Printer { text: String::new(), version };
    printer.write(expr, Level::Loose);
    printer.text
}

struct Printer {
    text: String,
    version: u32,
}

impl Printer {
    /// Writes an expression where at least that level is needed.
    fn write(&mut self, expr: &Expr, needed: Level) {
        let level = level(expr);
        if level < needed {
            self.text.push('(');
            self.bare(expr);
            self.text.push(')');
        } else {
            self.bare(expr);
        }
    }

    fn bare(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Empty => self.text.push_str("empty"),
            Node::Boolean(value) => self.text.push_str(&value.to_string()),
            Node::Integer(number) => self.text.push_str(&number.to_string()),
            Node::Decimal(digits) => self.text.push_str(digits),
            Node::Text(text) => self.literal(text),
            Node::Colour(index) => self.text.push_str(&format!("Gen.Colour.{}", COLOURS[*index].0)),
            Node::Now => self.text.push_str("[%CurrentDateTime%]"),
            Node::Parameter(index) => self.text.push_str(&format!("${}", PARAMETERS[*index].0)),
            Node::Attribute { of_nothing, attribute } => {
                let object = if *of_nothing { "Nothing" } else { "Thing" };
                self.text.push_str(&format!("${object}/{}", ATTRIBUTES[*attribute].0));
            }
            Node::Minus(inner) => self.sign('-', inner),
            Node::Plus(inner) => self.sign('+', inner),
            Node::Not(inner) => self.call("not", [inner.as_ref()]),
            Node::Caption(inner) => self.call("getCaption", [inner.as_ref()]),
            Node::Call(function, arguments) => self.call(function.name(), arguments),
            Node::If(condition, then, otherwise) => {
                self.text.push_str("if ");
                self.write(condition, Level::Loose);
                self.text.push_str(" then ");
                self.write(then, Level::Loose);
                self.text.push_str(" else ");
                self.write(otherwise, Level::Loose);
            }
            Node::Binary(operator, left, right) => {
                let (word, level) = spelling(*operator);
                // Operators of one level are read from left to right; comparisons do not chain at all.
                let (on_left, on_right) = match level {
                    Level::Or => (Level::Or, Level::And),
                    Level::And => (Level::And, Level::Comparison),
                    Level::Comparison => (Level::Sum, Level::Sum),
                    Level::Sum => (Level::Sum, Level::Product),
                    _ => (Level::Product, Level::Sign),
                };
                self.write(left, on_left);
                self.text.push_str(&format!(" {word} "));
                self.write(right, on_right);
            }
        }
    }

    /// Two signs in a row would begin a comment.
    fn sign(&mut self, sign: char, inner: &Expr) {
        self.text.push(sign);
        self.write(inner, Level::Primary);
    }

    fn call<'a>(&mut self, name: &str, arguments: impl IntoIterator<Item = &'a Expr>) {
        self.text.push_str(name);
        self.text.push('(');
        for (index, argument) in arguments.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.write(argument, Level::Loose);
        }
        self.text.push(')');
    }

    fn literal(&mut self, text: &str) {
        let text = text.replace('\'', "''");
        // Alpha scripts know escapes.
        let text = if self.version == 0 { text.replace('\\', "\\\\") } else { text };
        self.text.push_str(&format!("'{text}'"));
    }
}

fn level(expr: &Expr) -> Level {
    match &expr.node {
        Node::If(..) => Level::Loose,
        Node::Binary(operator, ..) => spelling(*operator).1,
        Node::Minus(_) | Node::Plus(_) => Level::Sign,
        Node::Integer(number) if *number < 0 => Level::Sign,
        _ => Level::Primary,
    }
}

fn spelling(operator: Operator) -> (&'static str, Level) {
    match operator {
        Operator::Or => ("or", Level::Or),
        Operator::And => ("and", Level::And),
        Operator::Equal => ("=", Level::Comparison),
        Operator::NotEqual => ("!=", Level::Comparison),
        Operator::Less => ("<", Level::Comparison),
        Operator::LessOrEqual => ("<=", Level::Comparison),
        Operator::Greater => (">", Level::Comparison),
        Operator::GreaterOrEqual => (">=", Level::Comparison),
        Operator::Add => ("+", Level::Sum),
        Operator::Subtract => ("-", Level::Sum),
        Operator::Multiply => ("*", Level::Product),
        Operator::Divide => ("div", Level::Product),
        Operator::Remainder => ("mod", Level::Product),
    }
}
