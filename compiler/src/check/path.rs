//! Paths over members, and date tokens.

use brooklet_model::{
    AssociationId, AssociationKind, AssociationOwner, AttributeType, DateTokenUnit, EntityId, Token, TokenOffset, Type,
    functions::Function,
};

use crate::{
    codes,
    resolve::Member,
    source::Span,
    syntax::ast::{BinaryOperator, Expression, ExpressionKind, QualifiedName},
};

use super::{
    flow::FlowChecker,
    ir::{Expr, ExprKind},
};

impl FlowChecker<'_> {
    /// `$v/A`, `$v/M.Assoc`, `$v/M.Assoc/M.E/A`.
    pub(super) fn member_path(
        &mut self,
        variable: &str,
        steps: &[QualifiedName],
        tolerant: bool,
        span: Span,
    ) -> Option<Expr> {
        let mut at = self.variable(variable, span)?;
        for step in steps {
            let Type::Object(entity) = at.ty else {
                let kind = self.type_name(at.ty);
                let error =
                    self.error(codes::NOT_AN_OBJECT, step.span, format!("{kind} has no member '{}'", step.text()));
                if matches!(at.ty, Type::List(_)) {
                    error.help("a path leads over single objects; loop over the list, or use an aggregate");
                }
                return None;
            };
            // After an association, its entity may be named: it says what the object is.
            let after_association = matches!(at.kind, ExprKind::Follow { .. });
            if after_association
                && let Some(named) = self.scope.try_entity(step)
                && (self.scope.names().is_a(named, entity) || self.scope.names().is_a(entity, named))
                && self.scope.try_member(entity, step).is_none()
            {
                if !self.scope.names().is_a(entity, named) {
                    at = Expr::new(ExprKind::Cast(Box::new(at), named), Type::Object(named));
                }
                continue;
            }
            let member = self.scope.member(entity, step, self.diagnostics);
            at = match self.found(member)? {
                Member::Attribute(attribute) => {
                    let record = self.manifest.attribute(attribute);
                    let kind = record.kind.value_type();
                    if matches!(record.kind, AttributeType::HashedString | AttributeType::Binary) {
                        let what = if record.kind == AttributeType::Binary { "bytes" } else { "a hash" };
                        let name = record.name.clone();
                        self.error(codes::NOT_READABLE, step.span, format!("'{name}' holds {what}"))
                            .help("it can be set, but not be used in an expression");
                        return None;
                    }
                    let object = Box::new(at);
                    let kind_of = match record.calculated {
                        Some(microflow) => ExprKind::Calculated { object, microflow, tolerant },
                        None => ExprKind::Attribute { object, attribute, tolerant },
                    };
                    Expr::new(kind_of, kind)
                }
                Member::Association(association, reversed) => {
                    let ty = self.far_type(association, reversed);
                    Expr::new(ExprKind::Follow { object: Box::new(at), association, reversed, tolerant }, ty)
                }
            };
        }
        Some(at)
    }

    /// What is at the other end of an association: an object where there can be one only, else a list.
    pub(super) fn far_type(&self, association: AssociationId, reversed: bool) -> Type {
        let record = self.manifest.association(association);
        let one = record.kind == AssociationKind::Reference && (!reversed || record.owner == AssociationOwner::Both);
        let entity: EntityId = if reversed { record.from } else { record.to };
        if one { Type::Object(entity) } else { Type::List(entity) }
    }

    /// `[%CurrentDateTime%]` and its like in an expression.
    pub(super) fn token(&mut self, text: &str, span: Span) -> Option<Expr> {
        match text.trim() {
            "CurrentUser" => return self.variable("currentUser", span),
            "CurrentSession" => return self.variable("currentSession", span),
            "CurrentObject" => return self.variable("currentObject", span),
            _ => {}
        }
        let Some(token) = parse_token(text) else {
            self.error(codes::INVALID_TOKEN, span, format!("there is no token '[%{}%]'", text.trim())).help(
                "tokens are CurrentDateTime, CurrentUser, BeginOfCurrentDay, EndOfCurrentMonth, BeginOfTomorrow, …",
            );
            return None;
        };
        Some(token_expression(&token))
    }
}

/// The moment that a quoted token stands for.
pub(super) fn quoted_moment(text: &str) -> Option<Expr> {
    text.trim_start().starts_with("[%").then(|| parse_token(text)).flatten().map(|token| token_expression(&token))
}

/// A date token as functions of the current moment.
fn token_expression(token: &Token) -> Expr {
    let call =
        |function: Function, arguments: Vec<Expr>| Expr::new(ExprKind::Function(function, arguments), Type::DateTime);
    let number = |number: i64| Expr::new(ExprKind::Integer(number), Type::Integer);
    let mut at = call(Function::CurrentDateTime, Vec::new());
    let pick = |local: Function, utc: Function| if token.utc { utc } else { local };
    if token.day_offset != 0 {
        let add = pick(Function::AddDays, Function::AddDaysUtc);
        at = call(add, vec![at, number(i64::from(token.day_offset))]);
    }
    if let Some(unit) = token.unit {
        let (begin, end) = match unit {
            DateTokenUnit::Second => (Function::TrimToSeconds, Function::AddSeconds),
            DateTokenUnit::Minute => (Function::TrimToMinutes, Function::AddMinutes),
            DateTokenUnit::Hour => (pick(Function::TrimToHours, Function::TrimToHoursUtc), Function::AddHours),
            DateTokenUnit::Day => {
                (pick(Function::BeginOfDay, Function::BeginOfDayUtc), pick(Function::EndOfDay, Function::EndOfDayUtc))
            }
            DateTokenUnit::Week => (
                pick(Function::BeginOfWeek, Function::BeginOfWeekUtc),
                pick(Function::EndOfWeek, Function::EndOfWeekUtc),
            ),
            DateTokenUnit::Month => (
                pick(Function::BeginOfMonth, Function::BeginOfMonthUtc),
                pick(Function::EndOfMonth, Function::EndOfMonthUtc),
            ),
            DateTokenUnit::Year => (
                pick(Function::BeginOfYear, Function::BeginOfYearUtc),
                pick(Function::EndOfYear, Function::EndOfYearUtc),
            ),
        };
        let below_a_day = matches!(unit, DateTokenUnit::Second | DateTokenUnit::Minute | DateTokenUnit::Hour);
        at = match (token.end, below_a_day) {
            (false, _) => call(begin, vec![at]),
            (true, false) => call(end, vec![at]),
            (true, true) => {
                let next = call(end, vec![call(begin, vec![at]), number(1)]);
                call(Function::AddMilliseconds, vec![next, number(-1)])
            }
        };
    }
    for offset in &token.offsets {
        // As in XPath: lengths up to a week are durations, months and years are steps of the calendar.
        let (add, count) = match offset.unit {
            DateTokenUnit::Second => (Function::AddSeconds, 1),
            DateTokenUnit::Minute => (Function::AddMinutes, 1),
            DateTokenUnit::Hour => (Function::AddHours, 1),
            DateTokenUnit::Day => (Function::AddHours, 24),
            DateTokenUnit::Week => (Function::AddHours, 7 * 24),
            DateTokenUnit::Month => (pick(Function::AddMonths, Function::AddMonthsUtc), 1),
            DateTokenUnit::Year => (pick(Function::AddYears, Function::AddYearsUtc), 1),
        };
        at = call(add, vec![at, number(offset.count.saturating_mul(count))]);
    }
    at
}

/// Reads the text of a date token: between its percent signs, or, quoted, with brackets and arithmetic:
/// `[%BeginOfCurrentDay%] - 3 * [%DayLength%]`.
pub(super) fn parse_token(text: &str) -> Option<Token> {
    let text = text.trim();
    let (head, rest) = match text.strip_prefix("[%") {
        Some(inner) => inner.split_once("%]")?,
        None => match text.split_once("%]") {
            Some((head, rest)) => (head, rest),
            None => (text, ""),
        },
    };
    let mut token = parse_moment(head.trim())?;
    let mut rest = rest.trim();
    while !rest.is_empty() {
        let sign = match rest.as_bytes()[0] {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        rest = rest[1..].trim_start();
        let next = rest.find(['+', '-']).unwrap_or(rest.len());
        let (term, after) = rest.split_at(next);
        token.offsets.push(parse_offset(term, sign)?);
        rest = after.trim();
    }
    Some(token)
}

/// The token that an expression over tokens stands for: `[%BeginOfCurrentDay%] - 3 * [%DayLength%]`.
pub(super) fn token_of(expression: &Expression) -> Option<Token> {
    match &expression.kind {
        ExpressionKind::Token(text) => parse_token(text),
        ExpressionKind::Binary(operator, left, right) => {
            let sign = match operator {
                BinaryOperator::Add => 1,
                BinaryOperator::Subtract => -1,
                _ => return None,
            };
            let mut token = token_of(left)?;
            let offset = offset_of(right)?;
            token.offsets.push(TokenOffset { count: offset.count.checked_mul(sign)?, ..offset });
            Some(token)
        }
        _ => None,
    }
}

fn offset_of(expression: &Expression) -> Option<TokenOffset> {
    match &expression.kind {
        ExpressionKind::Token(text) => parse_offset(&format!("[%{text}%]"), 1),
        ExpressionKind::Binary(BinaryOperator::Multiply, left, right) => {
            let (count, unit) = match (&left.kind, &right.kind) {
                (ExpressionKind::Integer(count), _) => (count, right),
                (_, ExpressionKind::Integer(count)) => (count, left),
                _ => return None,
            };
            let offset = offset_of(unit)?;
            Some(TokenOffset { count: offset.count.checked_mul(count.parse().ok()?)?, ..offset })
        }
        _ => None,
    }
}

/// `3 * [%DayLength%]`, `[%DayLength%] * 3`, `[%DayLength%]`.
fn parse_offset(term: &str, sign: i64) -> Option<TokenOffset> {
    let mut count = sign;
    let mut unit = None;
    for factor in term.split('*').map(str::trim) {
        if let Some(name) = factor.strip_prefix("[%").and_then(|rest| rest.strip_suffix("%]")) {
            let name = name.trim().strip_suffix("UTC").unwrap_or(name.trim());
            let length = parse_unit(name.strip_suffix("Length")?)?;
            if unit.replace(length).is_some() {
                return None;
            }
        } else {
            count = count.checked_mul(factor.parse().ok()?)?;
        }
    }
    Some(TokenOffset { count, unit: unit? })
}

fn parse_moment(name: &str) -> Option<Token> {
    let (name, utc) = name.strip_suffix("UTC").map_or((name, false), |name| (name, true));
    let mut token = Token { unit: None, end: false, day_offset: 0, utc, offsets: Vec::new() };
    if name == "CurrentDateTime" {
        return Some(token);
    }
    let rest = match name.strip_prefix("EndOf") {
        Some(rest) => {
            token.end = true;
            rest
        }
        None => name.strip_prefix("BeginOf")?,
    };
    token.unit = Some(match rest {
        "Yesterday" => {
            token.day_offset = -1;
            DateTokenUnit::Day
        }
        "Tomorrow" => {
            token.day_offset = 1;
            DateTokenUnit::Day
        }
        _ => parse_unit(rest.strip_prefix("Current")?)?,
    });
    Some(token)
}

fn parse_unit(name: &str) -> Option<DateTokenUnit> {
    Some(match name {
        "Second" => DateTokenUnit::Second,
        "Minute" => DateTokenUnit::Minute,
        "Hour" => DateTokenUnit::Hour,
        "Day" => DateTokenUnit::Day,
        "Week" => DateTokenUnit::Week,
        "Month" => DateTokenUnit::Month,
        "Year" => DateTokenUnit::Year,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_take_arithmetic_when_they_are_quoted() {
        let token = parse_token("[%BeginOfCurrentDay%] - 3 * [%YearLength%] + [%DayLength%]").expect("it is a token");
        assert_eq!((token.unit, token.end), (Some(DateTokenUnit::Day), false));
        assert_eq!(
            token.offsets,
            [TokenOffset { count: -3, unit: DateTokenUnit::Year }, TokenOffset { count: 1, unit: DateTokenUnit::Day }]
        );
        assert_eq!(parse_token("EndOfTomorrowUTC").map(|token| (token.day_offset, token.utc)), Some((1, true)));
        assert_eq!(parse_token("BeginOfCurrentDecade"), None);
        assert_eq!(parse_token("[%CurrentDateTime%] * 2"), None);
    }
}
