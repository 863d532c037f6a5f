//! XPath constraints: names looked up relative to the candidate, and what the microflow passes collected as parameters.

use brooklet_model::{
    AttributePath, AttributeType, CompareOperator, Condition, DefaultValue, EntityId, Operand, PathStep, Query,
    SortKey, TextMatch, Type, XPathFunction,
};

use crate::{
    codes,
    resolve::Member,
    source::Span,
    suggest::did_you_mean,
    syntax::ast::{BinaryOperator, Expression, ExpressionKind, QualifiedName, SortItem, XPath, XPathKind, XPathStep},
};

use super::{
    expression::is_untyped,
    flow::FlowChecker,
    ir::{Expr, ExprKind},
    path::{parse_token, token_of},
};

/// What a path leads to.
enum Place {
    /// An attribute.
    Attribute(AttributePath),
    /// Objects.
    Objects(Vec<PathStep>, EntityId),
}

/// A side of a comparison, with its type; no type for `empty`.
struct Side {
    operand: Operand,
    kind: Option<Type>,
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

/// Collects the values that a query is given.
#[derive(Default)]
pub(super) struct Parameters {
    values: Vec<Expr>,
}

impl Parameters {
    fn operand(&mut self, value: Expr) -> Operand {
        let number = match self.values.iter().position(|known| *known == value) {
            Some(number) => number,
            None => {
                self.values.push(value);
                self.values.len() - 1
            }
        };
        Operand::Parameter(number as u32)
    }
}

impl FlowChecker<'_> {
    /// Adds a query to the model; answers its number and the values of its parameters.
    pub(super) fn query(
        &mut self,
        entity: EntityId,
        constraint: Option<&XPath>,
        text: &str,
        sort: &[SortItem],
    ) -> Option<(u32, Vec<Expr>)> {
        let mut parameters = Parameters::default();
        let condition = constraint.map(|constraint| self.xpath(entity, constraint, &mut parameters));
        let keys: Vec<Option<SortKey>> = sort.iter().map(|item| self.sort_key(entity, item)).collect();
        let constraint = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        let query = Query {
            entity,
            constraint,
            sort: keys.into_iter().collect::<Option<_>>()?,
            parameters: parameters.values.iter().map(|value| value.ty).collect(),
            text: text.to_owned(),
        };
        let number = match self.queries.iter().position(|known| *known == query) {
            Some(number) => number,
            None => {
                self.queries.push(query);
                self.queries.len() - 1
            }
        };
        Some((number as u32, parameters.values))
    }

    fn sort_key(&mut self, entity: EntityId, item: &SortItem) -> Option<SortKey> {
        if let [name] = item.path.as_slice()
            && let Some(path) = self.attribute_of_neighbour(entity, name)
        {
            return Some(SortKey { path, descending: item.descending });
        }
        let steps: Vec<XPathStep> = item
            .path
            .iter()
            .map(|name| XPathStep { name: name.clone(), predicates: Vec::new(), reversed: false })
            .collect();
        match self.path(entity, &steps, item.span, &mut Parameters::default())? {
            Place::Attribute(path) => Some(SortKey { path, descending: item.descending }),
            Place::Objects(..) => {
                self.error(codes::INVALID_XPATH, item.span, "objects have no order")
                    .help("sort by one of their attributes");
                None
            }
        }
    }

    /// `M.E.A` of an entity to which exactly one association leads.
    fn attribute_of_neighbour(&self, entity: EntityId, name: &QualifiedName) -> Option<AttributePath> {
        let [module, owner, attribute] = name.parts.as_slice() else { return None };
        let owner = QualifiedName { parts: vec![module.clone(), owner.clone()], span: name.span };
        let target = self.scope.try_entity(&owner)?;
        let names = self.scope.names();
        if names.is_a(entity, target) {
            return None;
        }
        let mut steps = self.manifest.associations_of(entity).filter_map(|(association, record)| {
            let forward = names.is_a(entity, record.from) && names.is_a(target, record.to);
            let backward = names.is_a(entity, record.to) && names.is_a(target, record.from);
            (forward || backward).then_some(PathStep { association, reversed: !forward, target, filter: None })
        });
        let step = steps.next().filter(|_| steps.next().is_none())?;
        Some(AttributePath { steps: vec![step], attribute: names.attribute(target, attribute)? })
    }

    fn xpath(&mut self, entity: EntityId, xpath: &XPath, parameters: &mut Parameters) -> Option<Condition> {
        match &xpath.kind {
            XPathKind::Or(left, right) => {
                let (left, right) = (self.xpath(entity, left, parameters), self.xpath(entity, right, parameters));
                Some(Condition::Or(vec![left?, right?]))
            }
            XPathKind::And(left, right) => {
                let (left, right) = (self.xpath(entity, left, parameters), self.xpath(entity, right, parameters));
                Some(Condition::And(vec![left?, right?]))
            }
            XPathKind::Not(inner) => Some(Condition::Not(Box::new(self.xpath(entity, inner, parameters)?))),
            XPathKind::Compare(operator, left, right) => {
                self.comparison(entity, *operator, left, right, xpath.span, parameters)
            }
            XPathKind::Call(name, arguments) => self.predicate(entity, &name.text, arguments, xpath.span, parameters),
            XPathKind::Path(steps) => match self.path(entity, steps, xpath.span, parameters)? {
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
                let value = self.expected(value, Type::Boolean)?;
                Some(Condition::Holds(parameters.operand(value)))
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
        let (left, right) = (self.with_kind(left, &right), right);
        let right = self.with_kind(right, &left);
        if !self.comparable(left.kind, right.kind) {
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
        if ordered && matches!(left.kind, Some(Type::Boolean | Type::Object(_) | Type::Enumeration(_))) {
            self.error(codes::INVALID_XPATH, span, "these values have no order").help("compare with `=` or `!=`");
            return None;
        }
        Some(Condition::Compare { left: left.operand, operator, right: right.operand })
    }

    /// Whether a side depends on the candidate.
    fn is_candidate_path(&self, entity: EntityId, xpath: &XPath) -> bool {
        match &xpath.kind {
            XPathKind::Path(steps) => steps
                .first()
                .is_some_and(|step| step.name.parts == ["id"] || self.scope.try_member(entity, &step.name).is_some()),
            XPathKind::Call(..) => true,
            _ => false,
        }
    }

    /// An `empty` takes the type of the other side.
    fn with_kind(&self, side: Side, other: &Side) -> Side {
        Side { kind: side.kind.or(other.kind), operand: side.operand }
    }

    fn comparable(&self, left: Option<Type>, right: Option<Type>) -> bool {
        match (left, right) {
            (None, _) | (_, None) => true,
            (Some(Type::Object(a)), Some(Type::Object(b))) => {
                self.scope.names().is_a(a, b) || self.scope.names().is_a(b, a)
            }
            (Some(Type::Integer | Type::Decimal), Some(Type::Integer | Type::Decimal)) => true,
            (Some(a), Some(b)) => a == b,
        }
    }

    fn side(
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
                Some(match self.path(entity, steps, xpath.span, parameters)? {
                    Place::Attribute(path) => {
                        let kind = super::attribute_type(&self.manifest.attribute(path.attribute).kind);
                        Side { operand: Operand::Attribute(path), kind: Some(kind) }
                    }
                    Place::Objects(steps, entity) => {
                        Side { operand: Operand::Identity(steps), kind: Some(Type::Object(entity)) }
                    }
                })
            }
            XPathKind::Call(name, arguments) => match (name.text.as_str(), arguments.as_slice()) {
                ("true", []) => {
                    Some(Side { operand: Operand::Literal(DefaultValue::Boolean(true)), kind: Some(Type::Boolean) })
                }
                ("false", []) => {
                    Some(Side { operand: Operand::Literal(DefaultValue::Boolean(false)), kind: Some(Type::Boolean) })
                }
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
        Some(Side { operand: Operand::Literal(DefaultValue::Enumeration(key)), kind: Some(Type::Enumeration(id)) })
    }

    fn value(&mut self, value: &Expression, wanted: Option<Type>, parameters: &mut Parameters) -> Option<Side> {
        if matches!(value.kind, ExpressionKind::Binary(..))
            && let Some(token) = token_of(value)
        {
            return Some(Side { operand: Operand::Token(token), kind: Some(Type::DateTime) });
        }
        let literal =
            |value: DefaultValue, kind: Type| Some(Side { operand: Operand::Literal(value), kind: Some(kind) });
        match &value.kind {
            ExpressionKind::Empty => return Some(Side { operand: Operand::Literal(DefaultValue::Empty), kind: None }),
            ExpressionKind::Text(text) if text.trim_start().starts_with("[%") => {
                return self.quoted_token(text, value.span);
            }
            ExpressionKind::Token(text) => return self.quoted_token(&format!("[%{text}"), value.span),
            ExpressionKind::Text(key) => {
                if let Some(Type::Enumeration(id)) = wanted {
                    let name = QualifiedName { parts: vec![key.clone()], span: value.span };
                    let position = self.scope.key(id, key, &name, self.diagnostics);
                    self.found(position)?;
                    return literal(DefaultValue::Enumeration(key.clone()), Type::Enumeration(id));
                }
                if wanted == Some(Type::Boolean) && (key == "true" || key == "false") {
                    return literal(DefaultValue::Boolean(key == "true"), Type::Boolean);
                }
            }
            _ => {}
        }
        let expr = self.expression(value)?;
        Some(match (&expr.kind, expr.ty) {
            _ if is_untyped(&expr) => Side { operand: Operand::Literal(DefaultValue::Empty), kind: None },
            (ExprKind::Boolean(value), ty) => {
                Side { operand: Operand::Literal(DefaultValue::Boolean(*value)), kind: Some(ty) }
            }
            (ExprKind::Integer(value), ty) => {
                Side { operand: Operand::Literal(DefaultValue::Integer(*value)), kind: Some(ty) }
            }
            (ExprKind::Text(text), Type::Text) => {
                Side { operand: Operand::Literal(DefaultValue::Text(text.clone())), kind: Some(Type::Text) }
            }
            (ExprKind::Text(text), Type::Decimal) => {
                Side { operand: Operand::Literal(DefaultValue::Decimal(text.clone())), kind: Some(Type::Decimal) }
            }
            (ExprKind::Text(key), ty @ Type::Enumeration(_)) => {
                Side { operand: Operand::Literal(DefaultValue::Enumeration(key.clone())), kind: Some(ty) }
            }
            (ExprKind::CurrentUser, ty) => Side { operand: Operand::CurrentUser, kind: Some(ty) },
            (_, Type::List(_)) => {
                self.error(codes::INVALID_XPATH, value.span, "a list cannot be compared in XPath")
                    .help("compare with one object");
                return None;
            }
            (_, ty) => Side { operand: parameters.operand(expr), kind: Some(ty) },
        })
    }

    fn quoted_token(&mut self, text: &str, span: Span) -> Option<Side> {
        let text = if text.contains("%]") { text.to_owned() } else { format!("{text}%]") };
        let name = text.trim().trim_start_matches("[%").trim_end_matches("%]").trim();
        if name == "CurrentUser" {
            let user = self.variable("currentUser", span)?;
            return Some(Side { operand: Operand::CurrentUser, kind: Some(user.ty) });
        }
        if let Some(role) = name.strip_prefix("UserRole_") {
            return Some(Side { operand: Operand::UserRole(role.to_owned()), kind: None });
        }
        let Some(token) = parse_token(&text) else {
            self.error(codes::INVALID_TOKEN, span, format!("'{text}' is no token"))
                .help("write `'[%BeginOfCurrentDay%] - 3 * [%DayLength%]'`, for instance");
            return None;
        };
        Some(Side { operand: Operand::Token(token), kind: Some(Type::DateTime) })
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

    /// Steps over associations, each with its entity or without, and an attribute at the end, or none.
    fn path(
        &mut self,
        entity: EntityId,
        steps: &[XPathStep],
        span: Span,
        parameters: &mut Parameters,
    ) -> Option<Place> {
        let mut at = entity;
        let mut path: Vec<PathStep> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let is_last = index + 1 == steps.len();
            if is_last && step.name.parts == ["id"] {
                break;
            }
            if let Some(last) = path.last_mut()
                && let Some(named) = self.scope.try_entity(&step.name)
                && self.scope.try_member(at, &step.name).is_none()
            {
                let names = self.scope.names();
                if !names.is_a(named, at) && !names.is_a(at, named) {
                    return self.wrong_end(&step.name, at);
                }
                if names.is_a(named, at) {
                    last.target = named;
                    at = named;
                }
                let filter = self.filters(at, step, parameters)?;
                merge(last, filter);
                continue;
            }
            let member = self.scope.member(at, &step.name, self.diagnostics);
            match self.found(member)? {
                Member::Attribute(attribute) => {
                    if !is_last {
                        self.error(codes::INVALID_XPATH, step.name.span, "an attribute ends a path");
                        return None;
                    }
                    if self.manifest.attribute(attribute).calculated.is_some() {
                        self.error(
                            codes::INVALID_XPATH,
                            step.name.span,
                            "a calculated attribute is not in the database",
                        );
                        return None;
                    }
                    return Some(Place::Attribute(AttributePath { steps: path, attribute }));
                }
                Member::Association(association, reversed) => {
                    let record = self.manifest.association(association);
                    // `[reversed()]` turns an association of an entity with itself around.
                    let reversed = reversed != (step.reversed && record.from == record.to);
                    at = if reversed { record.from } else { record.to };
                    let filter = self.filters(at, step, parameters)?;
                    let mut next = PathStep { association, reversed, target: at, filter: None };
                    merge(&mut next, filter);
                    path.push(next);
                }
            }
        }
        let _ = span;
        Some(Place::Objects(path, at))
    }

    fn wrong_end(&mut self, name: &QualifiedName, at: EntityId) -> Option<Place> {
        let end = self.manifest.entity(at).name.clone();
        self.error(
            codes::INVALID_XPATH,
            name.span,
            format!("the association leads to '{end}', not to '{}'", name.text()),
        )
        .help(format!("write `{end}`"));
        None
    }

    fn filters(&mut self, entity: EntityId, step: &XPathStep, parameters: &mut Parameters) -> Option<Vec<Condition>> {
        let conditions: Vec<Option<Condition>> =
            step.predicates.iter().map(|predicate| self.xpath(entity, predicate, parameters)).collect();
        conditions.into_iter().collect()
    }
}

/// Adds conditions to those of a step.
fn merge(step: &mut PathStep, conditions: Vec<Condition>) {
    if conditions.is_empty() {
        return;
    }
    let mut all: Vec<Condition> = step.filter.take().map(|filter| *filter).into_iter().collect();
    all.extend(conditions);
    step.filter = Some(Box::new(match all.len() {
        1 => all.remove(0),
        _ => Condition::And(all),
    }));
}
