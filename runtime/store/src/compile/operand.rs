//! Operands of comparisons, and comparisons of two of them.

use brooklet_model::{CompareOperator, Operand, PathStep, Token, Type, XPathFunction};
use sea_query::{BinOper, Expr, ExprTrait, Func};

use super::{NOBODY, Reason, Renderer, Slot, literal, scope::ScopeId};
use crate::kind::Kind;

/// An operand as SQL.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// It has no value, whatever the object.
    Missing,
    /// An expression; `nullable` when it has no value for some objects.
    Known { expression: Expr, kind: Kind, nullable: bool },
    /// A list of identities, as one value.
    Ids(Expr),
}

/// The path of an attribute operand, whatever functions stand around it.
pub(super) fn attribute_steps(operand: &Operand) -> &[PathStep] {
    match operand {
        Operand::Attribute(path) => &path.steps,
        Operand::Function(_, inner) => attribute_steps(inner),
        _ => &[],
    }
}

impl Renderer<'_> {
    /// An operand, seen from the object at the end of its path.
    pub(super) fn term(&mut self, scope: ScopeId, operand: &Operand) -> Result<Term, Reason> {
        let known = |expression, kind| Ok(Term::Known { expression, kind, nullable: false });
        match operand {
            Operand::Attribute(path) => {
                let attribute = path.attribute;
                let column = self.model.schema.attribute(attribute).ok_or_else(|| {
                    let name = &self.model.manifest.attribute(attribute).name;
                    format!("the attribute {name} is not stored, so that no query can use it")
                })?;
                let expression = self.member(scope, attribute.entity, &column.name)?;
                Ok(Term::Known { expression, kind: column.kind, nullable: true })
            }
            Operand::Identity(steps) => match steps.as_slice() {
                [] => known(self.id(scope), Kind::Id),
                [step] => match self.reference(scope, step)? {
                    Some(expression) => Ok(Term::Known { expression, kind: Kind::Id, nullable: true }),
                    None => Err("an association to many can only be compared with = and !=".to_owned()),
                },
                _ => Err("a path of associations can only be compared with = and !=".to_owned()),
            },
            Operand::Parameter(number) => self.parameter(*number),
            Operand::Literal(brooklet_model::DefaultValue::CurrentDateTime) => {
                known(self.placeholder(Slot::Token(now())), Kind::DateTime)
            }
            Operand::Literal(value) => {
                let Some(value) = literal(value)? else { return Ok(Term::Missing) };
                let kind = kind_of(&value);
                known(Expr::Value(kind.bind(self.flavor().dialect, &value)?), kind)
            }
            Operand::Token(token) => known(self.placeholder(Slot::Token(token.clone())), Kind::DateTime),
            Operand::CurrentUser if self.empty & NOBODY != 0 => Ok(Term::Missing),
            Operand::CurrentUser => known(self.placeholder(Slot::CurrentUser), Kind::Id),
            Operand::UserRole(name) => known(self.placeholder(Slot::Role(name.clone())), Kind::Boolean),
            Operand::Function(function, inner) => self.function(scope, *function, inner),
        }
    }

    fn parameter(&mut self, number: u32) -> Result<Term, Reason> {
        let kind = match self.parameters.get(number as usize) {
            None => return Err(format!("it has no parameter {number}")),
            Some(Type::List(_)) => return Ok(Term::Ids(self.placeholder(Slot::ParameterIds(number)))),
            Some(Type::Boolean) => Kind::Boolean,
            Some(Type::Integer) => Kind::Integer,
            Some(Type::Decimal) => Kind::Decimal,
            Some(Type::DateTime) => Kind::DateTime,
            Some(Type::Text) => Kind::Text,
            Some(Type::Enumeration(_)) => Kind::Key,
            Some(Type::Object(_)) => Kind::Id,
            Some(Type::Binary | Type::Nothing) => return Err(format!("parameter {number} has no usable type")),
        };
        if self.empty & (1 << number) != 0 {
            return Ok(Term::Missing);
        }
        let expression = self.placeholder(Slot::Parameter(number, kind));
        Ok(Term::Known { expression, kind, nullable: false })
    }

    fn function(&mut self, scope: ScopeId, function: XPathFunction, inner: &Operand) -> Result<Term, Reason> {
        let (expression, kind, nullable) = match self.term(scope, inner)? {
            Term::Missing => return Ok(Term::Missing),
            Term::Ids(_) => return Err("a function needs a single value".to_owned()),
            Term::Known { expression, kind, nullable } => (expression, kind, nullable),
        };
        let expression = match (function, kind) {
            (XPathFunction::Length, kind) if kind.is_text() => Func::cust("length").arg(expression).into(),
            (XPathFunction::Length, _) => return Err("length() needs a text".to_owned()),
            (part, Kind::DateTime) => self.flavor().date_part(part, expression),
            _ => return Err("a date function needs a date and time".to_owned()),
        };
        Ok(Term::Known { expression, kind: Kind::Integer, nullable })
    }

    /// Compares two terms. The answer is NULL or false where the comparison (or, when negated, its opposite) does not hold.
    pub(super) fn compare(
        &mut self,
        left: Term,
        operator: CompareOperator,
        right: Term,
        negated: bool,
    ) -> Result<Expr, Reason> {
        use CompareOperator::{Equal, NotEqual};
        let is_equality = matches!(operator, Equal | NotEqual);
        let wants_equal = (operator == Equal) != negated;
        match (left, right) {
            (Term::Missing, Term::Missing) => Ok(constant(if is_equality { wants_equal } else { negated })),
            (Term::Missing, Term::Known { expression, nullable, .. })
            | (Term::Known { expression, nullable, .. }, Term::Missing) => Ok(match (is_equality, nullable) {
                (false, _) => constant(negated),
                (true, false) => constant(!wants_equal),
                (true, true) if wants_equal => expression.is_null(),
                (true, true) => expression.is_not_null(),
            }),
            (Term::Ids(ids), Term::Known { expression, kind: Kind::Id, nullable })
            | (Term::Known { expression, kind: Kind::Id, nullable }, Term::Ids(ids))
                if is_equality =>
            {
                let is_in = self.flavor().is_in_ids(expression.clone(), ids);
                Ok(match (wants_equal, nullable) {
                    (true, _) => is_in,
                    (false, false) => is_in.not(),
                    (false, true) => is_in.not().or(expression.is_null()),
                })
            }
            (Term::Ids(_), _) | (_, Term::Ids(_)) => {
                Err("a list can only be compared with objects by = and !=".to_owned())
            }
            (
                Term::Known { expression: left, kind: left_kind, nullable: left_nullable },
                Term::Known { expression: right, kind: right_kind, nullable: right_nullable },
            ) => {
                let (left, right) = self.comparable((left, left_kind), (right, right_kind))?;
                Ok(if is_equality {
                    equality(left, right, wants_equal, (left_nullable, right_nullable))
                } else {
                    relation(left, operator, right, negated, (left_nullable, right_nullable))
                })
            }
        }
    }

    /// Two expressions of kinds that the database compares by value.
    fn comparable(&mut self, left: (Expr, Kind), right: (Expr, Kind)) -> Result<(Expr, Expr), Reason> {
        let ((left, left_kind), (right, right_kind)) = (left, right);
        Ok(match (left_kind, right_kind) {
            (Kind::Decimal, Kind::Decimal) => (self.flavor().ordered(Kind::Decimal, left), right),
            (Kind::Decimal, Kind::Integer) => (self.flavor().ordered(Kind::Decimal, left), self.as_decimal(right)),
            (Kind::Integer, Kind::Decimal) => (self.as_decimal(left), self.flavor().ordered(Kind::Decimal, right)),
            // An object that is named by its number.
            (Kind::Id, Kind::Integer) | (Kind::Integer, Kind::Id) => (left, right),
            (left_kind, right_kind) if left_kind == right_kind => (left, right),
            (left_kind, right_kind) if left_kind.is_text() && right_kind.is_text() => (left, right),
            _ => {
                return Err(format!(
                    "values of the types {} and {} cannot be compared",
                    left_kind.code(),
                    right_kind.code()
                ));
            }
        })
    }

    /// An integer as a decimal: a parameter is passed as one, a literal becomes one, anything else is converted.
    fn as_decimal(&mut self, integer: Expr) -> Expr {
        if let Some(Slot::Parameter(_, kind)) = self.slot_of(&integer) {
            *kind = Kind::Decimal;
            return integer;
        }
        self.flavor().integer_as_decimal(integer)
    }
}

fn kind_of(value: &brooklet_values::Value) -> Kind {
    use brooklet_values::Value as V;
    match value {
        V::Boolean(_) => Kind::Boolean,
        V::Integer(_) => Kind::Integer,
        V::Decimal(_) => Kind::Decimal,
        V::DateTime(_) => Kind::DateTime,
        V::Enumeration(_) => Kind::Key,
        V::Binary(_) => Kind::Binary,
        _ => Kind::Text,
    }
}

/// The current moment.
fn now() -> Token {
    Token { unit: None, end: false, day_offset: 0, utc: true, offsets: Vec::new() }
}

/// A condition that always or never holds.
pub(super) fn constant(holds: bool) -> Expr {
    Expr::cust(if holds { "1 = 1" } else { "1 = 0" })
}

fn equality(left: Expr, right: Expr, wants_equal: bool, nullable: (bool, bool)) -> Expr {
    match (wants_equal, nullable) {
        (true, (true, true)) => left.clone().eq(right.clone()).or(left.is_null().and(right.is_null())),
        (true, _) => left.eq(right),
        (false, (true, true)) => left.binary(BinOper::Custom("IS DISTINCT FROM"), right),
        (false, (true, false)) => left.clone().ne(right).or(left.is_null()),
        (false, (false, true)) => left.ne(right.clone()).or(right.is_null()),
        (false, (false, false)) => left.ne(right),
    }
}

fn relation(left: Expr, operator: CompareOperator, right: Expr, negated: bool, nullable: (bool, bool)) -> Expr {
    use CompareOperator as C;
    let (l, r) = (left.clone(), right.clone());
    let holds = match (operator, negated) {
        (C::Less, false) | (C::GreaterOrEqual, true) => l.lt(r),
        (C::LessOrEqual, false) | (C::Greater, true) => l.lte(r),
        (C::Greater, false) | (C::LessOrEqual, true) => l.gt(r),
        _ => l.gte(r),
    };
    match (negated, nullable) {
        (false, _) | (true, (false, false)) => holds,
        (true, (true, false)) => holds.or(left.is_null()),
        (true, (false, true)) => holds.or(right.is_null()),
        (true, (true, true)) => holds.or(left.is_null()).or(right.is_null()),
    }
}
