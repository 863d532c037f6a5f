//! Typed expressions.

use brooklet_model::{EnumerationId, Type};
use brooklet_values::Function;

/// The types of expressions that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Decimal,
    DateTime,
    Text,
    Enumeration,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Boolean, Self::Integer, Self::Decimal, Self::DateTime, Self::Text, Self::Enumeration];

    /// The type as the table of functions knows it.
    pub(crate) fn as_type(self) -> Type {
        match self {
            Self::Boolean => Type::Boolean,
            Self::Integer => Type::Integer,
            Self::Decimal => Type::Decimal,
            Self::DateTime => Type::DateTime,
            Self::Text => Type::Text,
            Self::Enumeration => Type::Enumeration(EnumerationId(0)),
        }
    }

    pub(crate) fn of_type(kind: Type) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_type() == kind)
    }

    /// The type as a model writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Boolean => "Boolean",
            Self::Integer => "Integer",
            Self::Decimal => "Decimal",
            Self::DateTime => "DateTime",
            Self::Text => "String",
            Self::Enumeration => "enum Gen.Colour",
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal)
    }
}

/// The keys of the enumeration `Gen.Colour`, and their captions.
pub(crate) const COLOURS: [(&str, &str); 3] = [("Red", "red"), ("Green", "Grün"), ("Blue", "it's blue")];

/// An expression and its type.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    /// None for the literal `empty`, which has none of its own.
    pub(crate) kind: Option<Kind>,
    pub(crate) node: Node,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Empty,
    Boolean(bool),
    Integer(i64),
    /// Without a sign, as written.
    Decimal(String),
    Text(String),
    /// The index of a colour.
    Colour(usize),
    Now,
    /// The index of a parameter.
    Parameter(usize),
    /// An attribute, by index, of `$Thing`, or of `$Nothing`, which is empty.
    Attribute {
        of_nothing: bool,
        attribute: usize,
    },
    Minus(Box<Expr>),
    Plus(Box<Expr>),
    Not(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
    Caption(Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(crate) const ORDERS: [Self; 4] = [Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual];
}

impl Expr {
    pub(crate) fn new(kind: Kind, node: Node) -> Self {
        Self { kind: Some(kind), node }
    }

    pub(crate) fn empty() -> Self {
        Self { kind: None, node: Node::Empty }
    }

    /// The parts, in the order in which they are written.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match &self.node {
            Node::Minus(inner) | Node::Plus(inner) | Node::Not(inner) | Node::Caption(inner) => vec![inner],
            Node::Binary(_, left, right) => vec![left, right],
            Node::If(condition, then, otherwise) => vec![condition, then, otherwise],
            Node::Call(_, arguments) => arguments.iter().collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.node {
            Node::Minus(inner) | Node::Plus(inner) | Node::Not(inner) | Node::Caption(inner) => vec![inner],
            Node::Binary(_, left, right) => vec![left, right],
            Node::If(condition, then, otherwise) => vec![condition, then, otherwise],
            Node::Call(_, arguments) => arguments.iter_mut().collect(),
            _ => Vec::new(),
        }
    }

    /// How many nodes it has.
    pub(crate) fn size(&self) -> usize {
        1 + self.children().into_iter().map(Self::size).sum::<usize>()
    }
}
