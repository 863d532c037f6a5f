//! Random well-typed expressions.

use brooklet_model::functions::ParameterKind;
use brooklet_test_support::Random;
use brooklet_values::Function;

use crate::{
    inputs::{ATTRIBUTES, PARAMETERS},
    tree::{COLOURS, Expr, Kind, Node, Operator},
};

/// How deeply expressions are nested at most.
const DEPTH: usize = 5;

const INTEGERS: [i64; 16] =
    [0, 1, -1, 2, 3, -4, 7, 10, 60, 100, 1000, -86_400_000, 2_147_483_647, 1_709_209_815_250, i64::MAX, i64::MIN];

const DECIMALS: [&str; 10] =
    ["0.0", "0.1", "1.50", "3.14159", "12.5", "100.00", "0.005", "2.5", "123456789.987654321", "1e3"];

const TEXTS: [&str; 16] = [
    "",
    " ",
    "a",
    "b",
    "abc",
    "Hello, World!",
    "it's",
    " padded\t",
    "12",
    "-3.5",
    "1,234.50",
    "true",
    "2024-02-29",
    "Größe ẞ",
    "😀x😀",
    "back\\slash\nand line",
];

/// Patterns of regular expressions. The last are broken.
const PATTERNS: [&str; 9] = ["[a-z]+", "[0-9]*", ".*", "(a|b)c", "\\d+", "\\Q.\\E", "(?i)HELLO.*", "(unclosed", "[a-"];

const MOMENT_PATTERNS: [&str; 6] =
    ["yyyy-MM-dd", "dd/MM/yy HH:mm", "EEE, d MMM yyyy HH:mm:ss Z", "h:mm a", "yyyy-MM-dd'T'HH:mm:ss.SSS", "w D u"];

const NUMBER_PATTERNS: [&str; 6] = ["#,##0.00", "0", "#.###", "000.0", "#,###.##;(#)", "0%"];

const LANGUAGES: [&str; 4] = ["en_US", "nl_NL", "de-DE", "xx"];

pub(crate) struct Generator {
    random: Random,
}

impl Generator {
    pub(crate) fn new(random: Random) -> Self {
        Self { random }
    }

    /// An expression of that type.
    pub(crate) fn expression(&mut self, kind: Kind) -> Expr {
        let depth = 1 + self.random.below(DEPTH);
        self.nested(kind, depth)
    }

    fn nested(&mut self, kind: Kind, depth: usize) -> Expr {
        if depth == 0 || self.random.one_in(8) {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        match self.random.below(10) {
            0 => self.choice(kind, depth),
            1..=3 => self.call(kind, depth),
            _ => self.operation(kind, depth),
        }
    }

    fn leaf(&mut self, kind: Kind) -> Expr {
        match self.random.below(10) {
            0..=3 => self.parameter(kind),
            4..=5 => self.attribute(kind),
            _ => self.literal(kind),
        }
    }

    fn parameter(&mut self, kind: Kind) -> Expr {
        let fitting: Vec<_> = (0..PARAMETERS.len()).filter(|index| PARAMETERS[*index].1 == kind).collect();
        let mut index = *self.random.pick(&fitting);
        // Too many empty operands would leave few expressions with a value.
        if PARAMETERS[index].0.starts_with("Empty") && !self.random.one_in(4) {
            index = fitting[0];
        }
        Expr::new(kind, Node::Parameter(index))
    }

    fn attribute(&mut self, kind: Kind) -> Expr {
        let attribute = ATTRIBUTES.iter().position(|(_, one, _)| *one == kind).expect("there is one of each type");
        Expr::new(kind, Node::Attribute { of_nothing: self.random.one_in(40), attribute })
    }

    fn literal(&mut self, kind: Kind) -> Expr {
        let node = match kind {
            Kind::Boolean => Node::Boolean(self.random.one_in(2)),
            Kind::Integer => Node::Integer(*self.random.pick(&INTEGERS)),
            Kind::Decimal => Node::Decimal((*self.random.pick(&DECIMALS)).to_owned()),
            Kind::Text => Node::Text((*self.random.pick(&TEXTS)).to_owned()),
            Kind::Enumeration => Node::Colour(self.random.below(COLOURS.len())),
            Kind::DateTime if self.random.one_in(3) => Node::Now,
            Kind::DateTime => return self.moment(),
        };
        Expr::new(kind, node)
    }

    /// `dateTime(2024, 2, 29)`: its arguments are literals.
    fn moment(&mut self) -> Expr {
        let ranges = [(1800, 2200), (1, 12), (1, 28), (0, 23), (0, 59), (0, 59)];
        let count = 1 + self.random.below(ranges.len());
        let arguments = ranges[..count].iter().map(|(least, most)| {
            let number = least + self.random.below((most - least + 1) as usize) as i64;
            Expr::new(Kind::Integer, Node::Integer(number))
        });
        let arguments = arguments.collect();
        let function = *self.random.pick(&[Function::DateTime, Function::DateTimeUtc]);
        Expr::new(Kind::DateTime, Node::Call(function, arguments))
    }

    fn choice(&mut self, kind: Kind, depth: usize) -> Expr {
        let condition = Box::new(self.nested(Kind::Boolean, depth));
        let mut then = self.nested(kind, depth);
        let mut otherwise = self.nested(kind, depth);
        let other = match self.random.below(8) {
            0 if kind != Kind::Boolean => Some(Expr::empty()),
            // One branch makes the other a Decimal.
            1 if kind == Kind::Decimal => Some(self.nested(Kind::Integer, depth)),
            _ => None,
        };
        if let Some(other) = other {
            if self.random.one_in(2) { then = other } else { otherwise = other }
        }
        Expr::new(kind, Node::If(condition, Box::new(then), Box::new(otherwise)))
    }

    fn operation(&mut self, kind: Kind, depth: usize) -> Expr {
        match kind {
            Kind::Boolean => self.condition(depth),
            Kind::Integer | Kind::Decimal => self.arithmetic(kind, depth),
            Kind::Text => self.concatenation(depth),
            Kind::DateTime => self.call(kind, depth),
            Kind::Enumeration => self.choice(kind, depth),
        }
    }

    fn condition(&mut self, depth: usize) -> Expr {
        let node = match self.random.below(10) {
            0 => Node::Not(Box::new(self.nested(Kind::Boolean, depth))),
            1..=3 => {
                let operator = *self.random.pick(&[Operator::And, Operator::Or]);
                self.binary(operator, Kind::Boolean, Kind::Boolean, depth)
            }
            4..=6 => {
                let operator = *self.random.pick(&[Operator::Equal, Operator::NotEqual]);
                let left = *self.random.pick(&Kind::ALL);
                if self.random.one_in(4) {
                    return self.emptiness(operator, left, depth);
                }
                let right = self.like(left);
                self.binary(operator, left, right, depth)
            }
            _ => {
                let operator = *self.random.pick(&Operator::ORDERS);
                let left = *self.random.pick(&[Kind::Integer, Kind::Decimal, Kind::DateTime, Kind::Text]);
                let right = self.like(left);
                self.binary(operator, left, right, depth)
            }
        };
        Expr::new(Kind::Boolean, node)
    }

    /// A comparison with the literal `empty`.
    fn emptiness(&mut self, operator: Operator, kind: Kind, depth: usize) -> Expr {
        let value = if self.random.one_in(3) { self.attribute(kind) } else { self.nested(kind, depth) };
        let (left, right) = if self.random.one_in(4) { (Expr::empty(), value) } else { (value, Expr::empty()) };
        Expr::new(Kind::Boolean, Node::Binary(operator, Box::new(left), Box::new(right)))
    }

    /// A type whose values compare with those of another.
    fn like(&mut self, kind: Kind) -> Kind {
        if kind.is_number() { self.number() } else { kind }
    }

    fn number(&mut self) -> Kind {
        *self.random.pick(&[Kind::Integer, Kind::Decimal])
    }

    fn arithmetic(&mut self, kind: Kind, depth: usize) -> Expr {
        if self.random.one_in(8) {
            let inner = Box::new(self.nested(kind, depth));
            return Expr::new(kind, if self.random.one_in(5) { Node::Plus(inner) } else { Node::Minus(inner) });
        }
        let exact = [Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Remainder];
        let node = match kind {
            Kind::Integer => {
                let operator = *self.random.pick(&exact);
                self.binary(operator, Kind::Integer, Kind::Integer, depth)
            }
            _ if self.random.one_in(3) => {
                let (left, right) = (self.number(), self.number());
                self.binary(Operator::Divide, left, right, depth)
            }
            _ => {
                let operator = *self.random.pick(&exact);
                let other = self.number();
                let (left, right) = if self.random.one_in(2) { (Kind::Decimal, other) } else { (other, Kind::Decimal) };
                self.binary(operator, left, right, depth)
            }
        };
        Expr::new(kind, node)
    }

    fn concatenation(&mut self, depth: usize) -> Expr {
        let other = if self.random.one_in(2) { Kind::Text } else { *self.random.pick(&Kind::ALL) };
        let (left, right) = if self.random.one_in(2) { (Kind::Text, other) } else { (other, Kind::Text) };
        let mut node = self.binary(Operator::Add, left, right, depth);
        if let Node::Binary(_, left, right) = &mut node
            && right.kind == Some(Kind::Text)
            && self.random.one_in(12)
        {
            **left = Expr::empty();
        }
        Expr::new(Kind::Text, node)
    }

    fn binary(&mut self, operator: Operator, left: Kind, right: Kind, depth: usize) -> Node {
        let left = self.nested(left, depth);
        let right = self.nested(right, depth);
        Node::Binary(operator, Box::new(left), Box::new(right))
    }

    /// A call of a function with that result; a leaf when chance finds none.
    fn call(&mut self, kind: Kind, depth: usize) -> Expr {
        for _ in 0..200 {
            let function = *self.random.pick(Function::ALL);
            if !function.is_deterministic() || function.takes_literals_only() {
                continue;
            }
            if function == Function::GetKey && kind == Kind::Text && self.random.one_in(2) {
                let key = Box::new(self.nested(Kind::Enumeration, depth));
                return Expr::new(kind, Node::Caption(key));
            }
            let Some(kinds) = self.parameters(function, kind) else { continue };
            let mut arguments = Vec::with_capacity(kinds.len());
            for (index, kind) in kinds.iter().enumerate() {
                arguments.push(self.argument(function, index, *kind, depth));
            }
            let types: Vec<_> = arguments.iter().map(|one| one.kind.map(Kind::as_type)).collect();
            let result = function.overload(&types).map(|overload| overload.result(&types));
            if result.and_then(Kind::of_type) == Some(kind) {
                return Expr::new(kind, Node::Call(function, arguments));
            }
        }
        self.leaf(kind)
    }

    /// Types of arguments with which the function may have that result.
    fn parameters(&mut self, function: Function, wanted: Kind) -> Option<Vec<Kind>> {
        let overload = self.random.pick(function.overloads());
        let optional = self.random.below(overload.optional.len() + 1);
        let repeated = if overload.repeated.is_some() { self.random.below(3) } else { 0 };
        let count = overload.required.len() + optional + repeated;
        let mut kinds = Vec::with_capacity(count);
        for index in 0..count {
            kinds.push(match overload.parameter(index)? {
                ParameterKind::Integer => Kind::Integer,
                ParameterKind::Number => self.number(),
                ParameterKind::Text => Kind::Text,
                ParameterKind::DateTime => Kind::DateTime,
                ParameterKind::Enumeration => Kind::Enumeration,
                ParameterKind::Boolean => Kind::Boolean,
                ParameterKind::Primitive => *self.random.pick(&Kind::ALL),
                ParameterKind::List => return None,
            });
        }
        let types: Vec<_> = kinds.iter().map(|kind| Some(kind.as_type())).collect();
        (Kind::of_type(overload.result(&types)) == Some(wanted)).then_some(kinds)
    }

    /// An argument that means something to the function, most of the time.
    fn argument(&mut self, function: Function, index: usize, kind: Kind, depth: usize) -> Expr {
        use Function as F;
        if self.random.one_in(40) {
            return Expr::empty();
        }
        let texts: &[&str] = match (function, index, kind) {
            (F::Pow, 1, Kind::Integer) => return Expr::new(kind, Node::Integer(self.random.below(14) as i64 - 4)),
            (F::Pow, 1, _) => {
                return Expr::new(kind, Node::Decimal((*self.random.pick(&["0.5", "2.0", "1.25"])).to_owned()));
            }
            (F::Round, 1, _) => return Expr::new(kind, Node::Integer(self.random.below(20) as i64 - 6)),
            (F::IsMatch | F::ReplaceAll | F::ReplaceFirst, 1, _) => &PATTERNS,
            (F::ParseDateTime | F::ParseDateTimeUtc | F::FormatDateTime | F::FormatDateTimeUtc, 1, _) => {
                &MOMENT_PATTERNS
            }
            (F::FormatDecimal | F::ParseDecimal, 1, Kind::Text) => &NUMBER_PATTERNS,
            (F::FormatDecimal, 2, _) => &LANGUAGES,
            _ => return self.nested(kind, depth),
        };
        Expr::new(Kind::Text, Node::Text((*self.random.pick(texts)).to_owned()))
    }
}
