//! Conditions: what must hold of a candidate.

use brooklet_model::{
    AttributePath, AttributeType, CompareOperator, Condition, DefaultValue, EntityId, Operand, PathStep, TextMatch,
    Type,
};

use crate::{
    codes,
    source::Span,
    syntax::ast::{BinaryOperator, ExpressionKind, XPath, XPathKind},
};

use super::{
    super::flow::FlowChecker,
    Parameters,
    operand::{Side, is_computed, user_role},
    path::{Place, merge},
};

impl FlowChecker<'_> {
    pub(super) fn xpath(&mut self, entity: EntityId, xpath: &XPath, parameters: &mut Parameters) -> Option<Condition> {
        match &xpath.kind {
            XPathKind::Or(..) => self.chain(entity, xpath, parameters).map(Condition::Or),
            XPathKind::And(..) => self.chain(entity, xpath, parameters).map(Condition::And),
            XPathKind::Not(inner) => Some(Condition::Not(Box::new(self.xpath(entity, inner, parameters)?))),
            XPathKind::Compare(operator, left, right) => {
                self.comparison(entity, *operator, left, right, xpath.span, parameters)
            }
            XPathKind::Call(name, arguments) => self.predicate(entity, &name.text, arguments, xpath.span, parameters),
            XPathKind::Path(steps) => match self.path(entity, steps, parameters)? {
                Place::Objects(steps, _) if steps.is_empty() => {
                    self.error(codes::INVALID_XPATH, xpath.span, "an id alone is no condition");
                    None
                }
                Place::Objects(steps, _) => Some(Condition::Exists(steps)),
                Place::Attribute(path) => {
                    let kind = self.manifest.attribute(path.attribute).kind.clone();
                    if kind != AttributeType::Boolean {
                        self.error(codes::INVALID_XPATH, xpath.span, "this attribute is not a Boolean")
                            .help("compare it with something, with `!= empty` for instance");
                        return None;
                    }
                    Some(Condition::Holds(Operand::Attribute(path)))
                }
            },
            XPathKind::Value(value) => {
                if let ExpressionKind::Boolean(value) = value.kind {
                    return Some(Condition::Constant(value));
                }
                if let Some(role) = user_role(value) {
                    return Some(Condition::Holds(Operand::UserRole(role)));
                }
                if self.fixed && is_computed(value) {
                    return self.uncomputed(value.span);
                }
                let expr = self.expected(value, Type::Boolean)?;
                Some(Condition::Holds(self.passed(expr, value.span, parameters)?))
            }
            XPathKind::Empty => {
                self.error(codes::INVALID_XPATH, xpath.span, "`empty` alone is no condition");
                None
            }
            XPathKind::Error => {
                self.has_errors = true;
                None
            }
        }
    }

    /// The parts of `a and b and c`, or with `or`: one condition, however long the chain is.
    fn chain(&mut self, entity: EntityId, xpath: &XPath, parameters: &mut Parameters) -> Option<Vec<Condition>> {
        let mut parts = Vec::new();
        let mut at = xpath;
        loop {
            match (&xpath.kind, &at.kind) {
                (XPathKind::Or(..), XPathKind::Or(left, right)) | (XPathKind::And(..), XPathKind::And(left, right)) => {
                    parts.push(&**right);
                    at = left;
                }
                _ => break parts.push(at),
            }
        }
        // All are read before one is missed, so that everything wrong is said at once.
        let conditions: Vec<_> = parts.into_iter().rev().map(|part| self.xpath(entity, part, parameters)).collect();
        conditions.into_iter().collect()
    }

    fn comparison(
        &mut self,
        entity: EntityId,
        operator: BinaryOperator,
        left: &XPath,
        right: &XPath,
        span: Span,
        parameters: &mut Parameters,
    ) -> Option<Condition> {
        // A bare or quoted key takes its enumeration from the other side.
        let (first, second, swapped) =
            if self.is_candidate_path(entity, left) { (left, right, false) } else { (right, left, true) };
        let first = self.side(entity, first, None, parameters)?;
        let second = self.side(entity, second, first.kind, parameters)?;
        let (left, right) = if swapped { (second, first) } else { (first, second) };
        let (left, right) = (left.beside(&right), right);
        let right = right.beside(&left);
        if let Some(condition) = self.user_role_comparison(operator, &left, &right, span) {
            return condition;
        }
        if !self.comparable(&left, &right) {
            let name = |this: &Self, kind: Option<Type>| kind.map_or("empty".to_owned(), |kind| this.type_name(kind));
            let (a, b) = (name(self, left.kind), name(self, right.kind));
            self.error(codes::INVALID_XPATH, span, format!("{a} and {b} cannot be compared"));
            return None;
        }
        let operator = match operator {
            BinaryOperator::Equal => CompareOperator::Equal,
            BinaryOperator::NotEqual => CompareOperator::NotEqual,
            BinaryOperator::Less => CompareOperator::Less,
            BinaryOperator::LessOrEqual => CompareOperator::LessOrEqual,
            BinaryOperator::Greater => CompareOperator::Greater,
            BinaryOperator::GreaterOrEqual => CompareOperator::GreaterOrEqual,
            _ => {
                self.error(codes::INVALID_XPATH, span, "this is no comparison");
                return None;
            }
        };
        let ordered = !matches!(operator, CompareOperator::Equal | CompareOperator::NotEqual);
        let unordered = |side: &Side| matches!(side.kind, Some(Type::Boolean | Type::Object(_) | Type::Enumeration(_)));
        if ordered && (unordered(&left) || unordered(&right)) {
            self.error(codes::INVALID_XPATH, span, "these values have no order").help("compare with `=` or `!=`");
            return None;
        }
        Some(Condition::Compare { left: left.operand, operator, right: right.operand })
    }

    fn comparable(&self, left: &Side, right: &Side) -> bool {
        match (left.kind, right.kind) {
            (None, _) | (_, None) => true,
            (Some(Type::Object(a)), Some(Type::Object(b))) => {
                self.scope.names().is_a(a, b) || self.scope.names().is_a(b, a)
            }
            (Some(Type::Integer | Type::Decimal), Some(Type::Integer | Type::Decimal)) => true,
            // Who has no variables names an object by its id.
            (Some(Type::Object(_)), Some(Type::Integer)) => self.fixed && is_literal(&right.operand),
            (Some(Type::Integer), Some(Type::Object(_))) => self.fixed && is_literal(&left.operand),
            (Some(a), Some(b)) => a == b,
        }
    }

    /// `System.UserRoles = '[%UserRole_X%]'`: beside user roles, the token is the one of that name; elsewhere it says
    /// whether the current user has it. None when neither side is such a token.
    fn user_role_comparison(
        &mut self,
        operator: BinaryOperator,
        left: &Side,
        right: &Side,
        span: Span,
    ) -> Option<Option<Condition>> {
        let (role, other) = match (&left.operand, &right.operand) {
            (Operand::UserRole(role), _) => (role, right),
            (_, Operand::UserRole(role)) => (role, left),
            _ => return None,
        };
        let roles = self.manifest.entity_named("System.UserRole")?;
        let steps = match (&other.operand, other.kind) {
            (Operand::Identity(steps), Some(Type::Object(entity))) if self.scope.names().is_a(entity, roles) => steps,
            (_, Some(Type::Boolean)) => return None,
            _ => {
                self.error(codes::INVALID_XPATH, span, format!("'[%UserRole_{role}%]' is compared with a user role"))
                    .help(
                        "write `System.UserRoles = '[%UserRole_X%]'`, or the token alone to ask for the current user",
                    );
                return Some(None);
            }
        };
        let wants_equal = match operator {
            BinaryOperator::Equal => true,
            BinaryOperator::NotEqual => false,
            _ => {
                self.error(codes::INVALID_XPATH, span, "these values have no order").help("compare with `=` or `!=`");
                return Some(None);
            }
        };
        let attribute = self.scope.names().attribute(roles, "Name")?;
        let is_it = Condition::Compare {
            left: Operand::Attribute(AttributePath { steps: Vec::new(), attribute }),
            operator: if wants_equal { CompareOperator::Equal } else { CompareOperator::NotEqual },
            right: Operand::Literal(DefaultValue::Text(role.clone())),
        };
        if steps.is_empty() {
            return Some(Some(is_it));
        }
        let mut narrowed: Vec<PathStep> = steps.clone();
        if let Some(last) = narrowed.last_mut() {
            merge(last, vec![is_it]);
        }
        let some = Condition::Exists(narrowed);
        Some(Some(if wants_equal {
            some
        } else {
            // As with any object: none there differs from it.
            Condition::Or(vec![some, Condition::Not(Box::new(Condition::Exists(steps.clone())))])
        }))
    }

    fn predicate(
        &mut self,
        entity: EntityId,
        name: &str,
        arguments: &[XPath],
        span: Span,
        parameters: &mut Parameters,
    ) -> Option<Condition> {
        let how = match (name, arguments) {
            ("true", []) => return Some(Condition::Constant(true)),
            ("false", []) => return Some(Condition::Constant(false)),
            ("not", [inner]) => return Some(Condition::Not(Box::new(self.xpath(entity, inner, parameters)?))),
            ("contains", [_, _]) => TextMatch::Contains,
            ("starts-with" | "startsWith", [_, _]) => TextMatch::StartsWith,
            ("ends-with" | "endsWith", [_, _]) => TextMatch::EndsWith,
            _ => {
                self.error(
                    codes::INVALID_XPATH,
                    span,
                    format!("`{name}` with {} arguments is no condition", arguments.len()),
                )
                .help("conditions are comparisons, `contains`, `starts-with`, `ends-with`, `not` and paths");
                return None;
            }
        };
        let mut sides = Vec::with_capacity(2);
        for argument in arguments {
            let side = self.side(entity, argument, None, parameters)?;
            if side.kind.is_some_and(|kind| !matches!(kind, Type::Text | Type::Enumeration(_))) {
                self.error(codes::INVALID_XPATH, argument.span, format!("`{name}` searches a String"));
                return None;
            }
            sides.push(side.operand);
        }
        let needle = sides.pop()?;
        Some(Condition::Match { operand: sides.pop()?, how, needle })
    }
}

fn is_literal(operand: &Operand) -> bool {
    matches!(operand, Operand::Literal(_))
}
