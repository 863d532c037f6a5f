//! The sides of comparisons, each with its type.

use brooklet_model::{DefaultValue, EntityId, Operand, Type, XPathFunction};

use crate::{
    codes,
    resolve::parse_moment,
    source::Span,
    suggest::did_you_mean,
    syntax::ast::{Expression, ExpressionKind, QualifiedName, XPath, XPathKind, XPathStep},
};

use super::{
    super::{
        expression::is_untyped,
        flow::FlowChecker,
        ir::{Expr, ExprKind},
        path::{parse_token, token_of},
    },
    Parameters,
    path::Place,
};

/// A side of a comparison, with its type; no type for `empty`.
pub(super) struct Side {
    pub(super) operand: Operand,
    pub(super) kind: Option<Type>,
}

/// Functions of XPath by name.
const FUNCTIONS: [(&str, XPathFunction); 12] = [
    ("length", XPathFunction::Length),
    ("string-length", XPathFunction::Length),
    ("year-from-dateTime", XPathFunction::YearFromDateTime),
    ("quarter-from-dateTime", XPathFunction::QuarterFromDateTime),
    ("month-from-dateTime", XPathFunction::MonthFromDateTime),
    ("day-from-dateTime", XPathFunction::DayFromDateTime),
    ("hours-from-dateTime", XPathFunction::HoursFromDateTime),
    ("minutes-from-dateTime", XPathFunction::MinutesFromDateTime),
    ("seconds-from-dateTime", XPathFunction::SecondsFromDateTime),
    ("week-from-dateTime", XPathFunction::WeekFromDateTime),
    ("weekday-from-dateTime", XPathFunction::WeekdayFromDateTime),
    ("day-of-year-from-dateTime", XPathFunction::DayOfYearFromDateTime),
];

impl Side {
    fn literal(value: DefaultValue, kind: Type) -> Self {
        Self { operand: Operand::Literal(value), kind: Some(kind) }
    }

    /// An `empty` takes the type of the other side.
    pub(super) fn beside(self, other: &Side) -> Side {
        Side { kind: self.kind.or(other.kind), operand: self.operand }
    }
}

/// The role of `[%UserRole_X%]`, quoted or not.
pub(super) fn user_role(value: &Expression) -> Option<String> {
    let (ExpressionKind::Token(text) | ExpressionKind::Text(text)) = &value.kind else { return None };
    let quoted = matches!(value.kind, ExpressionKind::Text(_));
    let name = if quoted { text.trim().strip_prefix("[%")?.strip_suffix("%]")? } else { text };
    name.trim().strip_prefix("UserRole_").map(str::to_owned)
}

/// Whether somebody has to compute the value.
pub(super) fn is_computed(value: &Expression) -> bool {
    matches!(
        value.kind,
        ExpressionKind::Binary(..) | ExpressionKind::Call(..) | ExpressionKind::If(..) | ExpressionKind::Constant(_)
    )
}

impl FlowChecker<'_> {
    /// Whether a side depends on the candidate.
    pub(super) fn is_candidate_path(&self, entity: EntityId, xpath: &XPath) -> bool {
        match &xpath.kind {
            XPathKind::Path(steps) => steps
                .first()
                .is_some_and(|step| step.name.parts == ["id"] || self.scope.try_member(entity, &step.name).is_some()),
            XPathKind::Call(..) => true,
            _ => false,
        }
    }

    pub(super) fn side(
        &mut self,
        entity: EntityId,
        xpath: &XPath,
        wanted: Option<Type>,
        parameters: &mut Parameters,
    ) -> Option<Side> {
        match &xpath.kind {
            XPathKind::Empty => Some(Side { operand: Operand::Literal(DefaultValue::Empty), kind: None }),
            XPathKind::Value(value) => self.value(value, wanted, parameters),
            XPathKind::Path(steps) => {
                if let [step] = steps.as_slice()
                    && let Some(side) = self.enumeration_value(entity, step, wanted)
                {
                    return Some(side);
                }
                Some(match self.path(entity, steps, parameters)? {
                    Place::Attribute(path) => {
                        let kind = self.manifest.attribute(path.attribute).kind.value_type();
                        Side { operand: Operand::Attribute(path), kind: Some(kind) }
                    }
                    Place::Objects(steps, entity) => {
                        Side { operand: Operand::Identity(steps), kind: Some(Type::Object(entity)) }
                    }
                })
            }
            XPathKind::Call(name, arguments) => match (name.text.as_str(), arguments.as_slice()) {
                ("true", []) => Some(Side::literal(DefaultValue::Boolean(true), Type::Boolean)),
                ("false", []) => Some(Side::literal(DefaultValue::Boolean(false), Type::Boolean)),
                (_, [argument]) => {
                    let function = self.xpath_function(&name.text, name.span)?;
                    let inner = self.side(entity, argument, None, parameters)?;
                    let expected = if function == XPathFunction::Length { Type::Text } else { Type::DateTime };
                    if inner.kind.is_some_and(|kind| kind != expected) {
                        let expected = self.type_name(expected);
                        self.error(codes::INVALID_XPATH, argument.span, format!("`{}` takes a {expected}", name.text));
                        return None;
                    }
                    Some(Side {
                        operand: Operand::Function(function, Box::new(inner.operand)),
                        kind: Some(Type::Integer),
                    })
                }
                _ => {
                    self.error(codes::INVALID_XPATH, xpath.span, format!("`{}` takes one argument", name.text));
                    None
                }
            },
            _ => {
                self.error(codes::INVALID_XPATH, xpath.span, "a condition cannot be compared")
                    .help("compare its parts, and connect them with `and` or `or`");
                None
            }
        }
    }

    fn xpath_function(&mut self, name: &str, span: Span) -> Option<XPathFunction> {
        let found = FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function);
        if found.is_none() {
            let known =
                FUNCTIONS.iter().map(|(known, _)| *known).chain(["contains", "starts-with", "ends-with", "not"]);
            let help = did_you_mean(name, known);
            let error = self.error(codes::INVALID_XPATH, span, format!("XPath has no function '{name}'"));
            if let Some(help) = help {
                error.help(help);
            }
        }
        found
    }

    /// `M.Enum.Value`, or a bare key beside an attribute of that enumeration.
    fn enumeration_value(&mut self, entity: EntityId, step: &XPathStep, wanted: Option<Type>) -> Option<Side> {
        let (id, position) = match (step.name.parts.as_slice(), wanted) {
            ([key], Some(Type::Enumeration(id))) if self.scope.try_member(entity, &step.name).is_none() => {
                (id, self.scope.names().enumeration_key(id, key)?)
            }
            _ => self.scope.try_enumeration_value(&step.name)?,
        };
        let key = self.manifest.enumeration(id).values[position as usize].key.clone();
        Some(Side::literal(DefaultValue::Enumeration(key), Type::Enumeration(id)))
    }

    fn value(&mut self, value: &Expression, wanted: Option<Type>, parameters: &mut Parameters) -> Option<Side> {
        if matches!(value.kind, ExpressionKind::Binary(..))
            && let Some(token) = token_of(value)
        {
            return Some(Side { operand: Operand::Token(token), kind: Some(Type::DateTime) });
        }
        if let Some(role) = user_role(value) {
            return Some(Side { operand: Operand::UserRole(role), kind: None });
        }
        match &value.kind {
            ExpressionKind::Empty => return Some(Side { operand: Operand::Literal(DefaultValue::Empty), kind: None }),
            ExpressionKind::Text(text) if text.trim_start().starts_with("[%") => {
                return self.quoted_token(text, value.span);
            }
            ExpressionKind::Token(text) => return self.quoted_token(&format!("[%{text}"), value.span),
            ExpressionKind::Text(text) => match wanted {
                Some(Type::Enumeration(id)) => {
                    let name = QualifiedName { parts: vec![text.clone()], span: value.span };
                    let position = self.scope.key(id, text, &name, self.diagnostics);
                    self.found(position)?;
                    return Some(Side::literal(DefaultValue::Enumeration(text.clone()), Type::Enumeration(id)));
                }
                Some(Type::Boolean) if text == "true" || text == "false" => {
                    return Some(Side::literal(DefaultValue::Boolean(text == "true"), Type::Boolean));
                }
                // Without variables, moments and objects are spelled out.
                Some(Type::DateTime) if self.fixed => {
                    let Some(moment) = parse_moment(text) else {
                        self.error(codes::INVALID_LITERAL, value.span, format!("'{text}' is no moment"))
                            .help("write `'2026-12-31T23:59:59.999Z'`; it is in UTC");
                        return None;
                    };
                    return Some(Side::literal(DefaultValue::DateTime(moment), Type::DateTime));
                }
                Some(Type::Object(_)) if self.fixed => {
                    let Ok(id) = text.parse() else {
                        self.error(codes::INVALID_LITERAL, value.span, format!("'{text}' is no id of an object"))
                            .help("an id is a number");
                        return None;
                    };
                    return Some(Side::literal(DefaultValue::Integer(id), Type::Integer));
                }
                _ => {}
            },
            _ => {}
        }
        if self.fixed && is_computed(value) {
            return self.uncomputed(value.span);
        }
        let expr = self.expression(value)?;
        Some(match (&expr.kind, expr.ty) {
            _ if is_untyped(&expr) => Side { operand: Operand::Literal(DefaultValue::Empty), kind: None },
            (ExprKind::Boolean(value), ty) => Side::literal(DefaultValue::Boolean(*value), ty),
            (ExprKind::Integer(value), ty) => Side::literal(DefaultValue::Integer(*value), ty),
            (ExprKind::Text(text), Type::Text) => Side::literal(DefaultValue::Text(text.clone()), Type::Text),
            (ExprKind::Text(text), Type::Decimal) => Side::literal(DefaultValue::Decimal(text.clone()), Type::Decimal),
            (ExprKind::Text(key), ty @ Type::Enumeration(_)) => {
                Side::literal(DefaultValue::Enumeration(key.clone()), ty)
            }
            (ExprKind::CurrentUser, ty) => Side { operand: Operand::CurrentUser, kind: Some(ty) },
            (_, Type::List(_)) => {
                self.error(codes::INVALID_XPATH, value.span, "a list cannot be compared in XPath")
                    .help("compare with one object");
                return None;
            }
            (_, ty) => Side { operand: self.passed(expr, value.span, parameters)?, kind: Some(ty) },
        })
    }

    /// A value that the microflow computes and passes.
    pub(super) fn passed(&mut self, value: Expr, span: Span, parameters: &mut Parameters) -> Option<Operand> {
        if self.fixed { self.uncomputed(span) } else { Some(parameters.operand(value)) }
    }

    /// Says that nothing computes a value.
    pub(super) fn uncomputed<T>(&mut self, span: Span) -> Option<T> {
        self.error(codes::INVALID_XPATH, span, "nothing computes values for this constraint")
            .help("write the value itself: a number, a text, true, false, empty or a token");
        None
    }

    fn quoted_token(&mut self, text: &str, span: Span) -> Option<Side> {
        let text = if text.contains("%]") { text.to_owned() } else { format!("{text}%]") };
        let name = text.trim().trim_start_matches("[%").trim_end_matches("%]").trim();
        if name == "CurrentUser" {
            let user = self.variable("currentUser", span)?;
            return Some(Side { operand: Operand::CurrentUser, kind: Some(user.ty) });
        }
        let Some(token) = parse_token(&text) else {
            self.error(codes::INVALID_TOKEN, span, format!("'{text}' is no token"))
                .help("write `'[%BeginOfCurrentDay%] - 3 * [%DayLength%]'`, for instance");
            return None;
        };
        Some(Side { operand: Operand::Token(token), kind: Some(Type::DateTime) })
    }
}
