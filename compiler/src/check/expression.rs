//! Expressions: their types, and the conversions between them.

use brooklet_model::{Type, functions::Function};

use crate::{
    codes,
    source::Span,
    suggest::did_you_mean,
    syntax::ast::{BinaryOperator, Expression, ExpressionKind, QualifiedName, UnaryOperator},
};

use super::{
    flow::FlowChecker,
    ir::{Combination, Expr, ExprKind, Operator, Ordering},
};

/// An expression whose type is not known yet: the literal `empty`.
fn untyped_empty() -> Expr {
    Expr::new(ExprKind::Empty, Type::Nothing)
}

pub(super) fn is_untyped(expr: &Expr) -> bool {
    expr.ty == Type::Nothing && expr.kind == ExprKind::Empty
}

pub(super) fn boolean(kind: ExprKind) -> Expr {
    Expr::new(kind, Type::Boolean)
}

pub(super) fn text(text: &str) -> Expr {
    Expr::new(ExprKind::Text(text.to_owned()), Type::Text)
}

impl FlowChecker<'_> {
    /// An expression of a wanted type.
    pub(super) fn expected(&mut self, expression: &Expression, wanted: Type) -> Option<Expr> {
        let expr = self.expression_for(expression, Some(wanted))?;
        self.coerce(expr, wanted, expression.span)
    }

    /// A Boolean expression.
    pub(super) fn condition(&mut self, expression: &Expression) -> Option<Expr> {
        self.expected(expression, Type::Boolean)
    }

    /// An expression of any type; the literal `empty` stays untyped.
    pub(super) fn expression(&mut self, expression: &Expression) -> Option<Expr> {
        self.expression_for(expression, None)
    }

    /// An expression that may be spelled shorter where a type is wanted: an enumeration's value without its enumeration.
    fn expression_for(&mut self, expression: &Expression, wanted: Option<Type>) -> Option<Expr> {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Empty => Some(untyped_empty()),
            ExpressionKind::Boolean(value) => Some(boolean(ExprKind::Boolean(*value))),
            ExpressionKind::Integer(digits) => self.integer(digits, span),
            ExpressionKind::Decimal(digits) => Some(Expr::new(ExprKind::Text(canonical(digits)), Type::Decimal)),
            ExpressionKind::Text(value) => Some(text(value)),
            ExpressionKind::Variable(name) => self.variable(name, span),
            ExpressionKind::Member { variable, steps } => self.member_path(variable, steps, false, span),
            ExpressionKind::Constant(name) => {
                let constant = self.scope.constant(name, self.diagnostics);
                let id = self.found(constant)?;
                let kind = self.manifest.constants[id.index()].kind.value_type();
                Some(Expr::new(ExprKind::Constant(id), kind))
            }
            ExpressionKind::Name(name) => self.bare_name(name, wanted),
            ExpressionKind::Token(token) => self.token(token, span),
            ExpressionKind::Unary(operator, operand) => self.unary(*operator, operand, span),
            ExpressionKind::Binary(operator, left, right) => self.binary(*operator, left, right, span),
            ExpressionKind::If(condition, then, otherwise) => {
                let condition = self.condition(condition);
                let then_expr = self.expression_for(then, wanted);
                let otherwise_expr = self.expression_for(otherwise, wanted);
                let (condition, then_expr, otherwise_expr) = (condition?, then_expr?, otherwise_expr?);
                let (then_expr, otherwise_expr) = self.unify(then_expr, otherwise_expr, span)?;
                let ty = then_expr.ty;
                Some(Expr::new(ExprKind::If(Box::new(condition), Box::new(then_expr), Box::new(otherwise_expr)), ty))
            }
            ExpressionKind::Call(name, arguments) => self.call_function(name, arguments, span),
            ExpressionKind::Error => {
                self.has_errors = true;
                None
            }
        }
    }

    /// Gives an expression a wanted type, or says why it cannot have it.
    pub(super) fn coerce(&mut self, expr: Expr, wanted: Type, span: Span) -> Option<Expr> {
        if is_untyped(&expr) {
            // A Boolean is never empty.
            let kind = if wanted == Type::Boolean { ExprKind::Boolean(false) } else { ExprKind::Empty };
            return Some(Expr::new(kind, wanted));
        }
        if self.fits(expr.ty, wanted) {
            return Some(expr);
        }
        if expr.ty == Type::Integer && wanted == Type::Decimal {
            return Some(to_decimal(expr));
        }
        if let Some(meant) = self.alpha_text(&expr, wanted) {
            return Some(meant);
        }
        let (from, to) = (self.type_name(expr.ty), self.type_name(wanted));
        let help = match (expr.ty, wanted) {
            (Type::Decimal, Type::Integer) => Some("use `round`, `floor` or `ceil`".to_owned()),
            (Type::Text, Type::Integer) => Some("use `parseInteger`".to_owned()),
            (Type::Text, Type::Decimal) => Some("use `parseDecimal`".to_owned()),
            (Type::Text, Type::DateTime) => Some("use `parseDateTime`".to_owned()),
            (Type::Text, Type::Enumeration(_)) => match &expr.kind {
                ExprKind::Text(key) => Some(format!("write `{}.{key}`", to.trim_start_matches("enumeration "))),
                _ => None,
            },
            (Type::Object(general), Type::Object(special)) if self.scope.names().is_a(special, general) => {
                Some(format!("find out with `split type` whether it is one, then `cast` it to `{to}`"))
            }
            (Type::List(_), Type::Object(_)) => Some("take one object of the list with `head`".to_owned()),
            (_, Type::Text) if is_primitive(expr.ty) => Some("use `toString`".to_owned()),
            _ => None,
        };
        let error = self.error(codes::TYPE_MISMATCH, span, format!("{to} is expected here, not {from}"));
        if let Some(help) = help {
            error.help(help);
        }
        None
    }

    /// In alpha scripts a quoted token stands for the token, and a quoted key for the enumeration's value, where one is
    /// expected.
    fn alpha_text(&self, expr: &Expr, wanted: Type) -> Option<Expr> {
        let ExprKind::Text(text) = &expr.kind else { return None };
        if self.version > 0 || expr.ty != Type::Text {
            return None;
        }
        match wanted {
            Type::DateTime => super::path::quoted_moment(text),
            Type::Enumeration(id) => {
                let position = self.scope.names().enumeration_key(id, text)?;
                Some(self.enumeration_key(id, position))
            }
            _ => None,
        }
    }

    /// Gives two expressions one type.
    fn unify(&mut self, left: Expr, right: Expr, span: Span) -> Option<(Expr, Expr)> {
        if is_untyped(&left) && is_untyped(&right) {
            return Some((left, right));
        }
        if is_untyped(&left) {
            let wanted = right.ty;
            return Some((self.coerce(left, wanted, span)?, right));
        }
        if is_untyped(&right) || self.fits(right.ty, left.ty) {
            let wanted = left.ty;
            let right = if is_untyped(&right) { self.coerce(right, wanted, span)? } else { right };
            return Some((left, right));
        }
        if self.fits(left.ty, right.ty) {
            return Some((left, right));
        }
        match (left.ty, right.ty) {
            (Type::Integer, Type::Decimal) => Some((to_decimal(left), right)),
            (Type::Decimal, Type::Integer) => Some((left, to_decimal(right))),
            (a, b) => {
                let (a, b) = (self.type_name(a), self.type_name(b));
                self.error(codes::TYPE_MISMATCH, span, format!("{a} and {b} do not go together"));
                None
            }
        }
    }

    fn integer(&mut self, digits: &str, span: Span) -> Option<Expr> {
        match digits.parse::<i64>() {
            Ok(value) => Some(Expr::new(ExprKind::Integer(value), Type::Integer)),
            Err(_) => {
                self.error(codes::INVALID_LITERAL, span, format!("{digits} does not fit into 64 bits"))
                    .help(format!("write `{digits}.0` for a Decimal"));
                None
            }
        }
    }

    fn bare_name(&mut self, name: &QualifiedName, wanted: Option<Type>) -> Option<Expr> {
        if let [single] = name.parts.as_slice() {
            if self.bare_members && self.elements.last().is_some() {
                return self.member_path("currentObject", std::slice::from_ref(name), false, name.span);
            }
            if let Some(Type::Enumeration(id)) = wanted {
                let position = self.scope.key(id, single, name, self.diagnostics);
                let position = self.found(position)?;
                return Some(self.enumeration_key(id, position));
            }
        }
        if let Some((id, position)) = self.scope.try_enumeration_value(name) {
            return Some(self.enumeration_key(id, position));
        }
        if self.bare_members && name.parts.len() == 2 && self.elements.last().is_some() {
            return self.member_path("currentObject", std::slice::from_ref(name), false, name.span);
        }
        if name.parts.len() < 3 {
            let text = name.text();
            self.error(codes::UNKNOWN_VARIABLE, name.span, format!("'{text}' means nothing here")).help(format!(
                "a variable is `${text}`, a text `'{text}'`, an enumeration's value `Module.Enumeration.Value`"
            ));
            return None;
        }
        let value = self.scope.enumeration_value(name, self.diagnostics);
        let (id, position) = self.found(value)?;
        Some(self.enumeration_key(id, position))
    }

    pub(super) fn enumeration_key(&self, id: brooklet_model::EnumerationId, position: u32) -> Expr {
        let key = &self.manifest.enumeration(id).values[position as usize].key;
        Expr::new(ExprKind::Text(key.clone()), Type::Enumeration(id))
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Expression, span: Span) -> Option<Expr> {
        // The least number has no positive twin.
        if let (UnaryOperator::Minus, ExpressionKind::Integer(digits)) = (operator, &operand.kind) {
            return self.integer(&format!("-{digits}"), span);
        }
        if operator == UnaryOperator::Not {
            let inner = self.condition(operand)?;
            return Some(boolean(ExprKind::Not(Box::new(inner))));
        }
        let inner = self.expression(operand)?;
        if !matches!(inner.ty, Type::Integer | Type::Decimal) {
            let kind = self.type_name(inner.ty);
            self.error(codes::OPERATOR, span, format!("a sign goes before a number, not before {kind}"));
            return None;
        }
        match (operator, &inner.kind, inner.ty) {
            (UnaryOperator::Plus, ..) => Some(inner),
            (_, ExprKind::Text(digits), Type::Decimal) => {
                let opposite = digits.strip_prefix('-').map_or_else(|| format!("-{digits}"), str::to_owned);
                Some(Expr::new(ExprKind::Text(canonical(&opposite)), Type::Decimal))
            }
            _ => {
                let ty = inner.ty;
                Some(Expr::new(ExprKind::Negate(Box::new(inner)), ty))
            }
        }
    }

    fn binary(&mut self, operator: BinaryOperator, left: &Expression, right: &Expression, span: Span) -> Option<Expr> {
        match operator {
            BinaryOperator::And | BinaryOperator::Or => {
                let (left, right) = (self.condition(left), self.condition(right));
                let (left, right) = (Box::new(left?), Box::new(right?));
                Some(boolean(match operator {
                    BinaryOperator::And => ExprKind::And(left, right),
                    _ => ExprKind::Or(left, right),
                }))
            }
            BinaryOperator::Equal => self.equality(left, right, span),
            BinaryOperator::NotEqual => {
                let equal = self.equality(left, right, span)?;
                Some(boolean(ExprKind::Not(Box::new(equal))))
            }
            BinaryOperator::Less => self.order(Ordering::Less, left, right, span),
            BinaryOperator::LessOrEqual => self.order(Ordering::LessOrEqual, left, right, span),
            BinaryOperator::Greater => self.order(Ordering::Greater, left, right, span),
            BinaryOperator::GreaterOrEqual => self.order(Ordering::GreaterOrEqual, left, right, span),
            BinaryOperator::Add => self.addition(left, right, span),
            BinaryOperator::Subtract => self.arithmetic(Operator::Subtract, left, right, span),
            BinaryOperator::Multiply => self.arithmetic(Operator::Multiply, left, right, span),
            BinaryOperator::Divide => self.arithmetic(Operator::Divide, left, right, span),
            BinaryOperator::Remainder => self.arithmetic(Operator::Remainder, left, right, span),
        }
    }

    /// Members of empty objects are empty when they are compared with `empty` directly, and errors everywhere else.
    pub(super) fn operand_of_equality(&mut self, operand: &Expression, other: &Expression) -> Option<Expr> {
        match &operand.kind {
            ExpressionKind::Member { variable, steps } if other.kind == ExpressionKind::Empty => {
                self.member_path(variable, steps, true, operand.span)
            }
            _ => self.expression(operand),
        }
    }

    fn equality(&mut self, left: &Expression, right: &Expression, span: Span) -> Option<Expr> {
        // A bare enumeration value takes its enumeration from the other side.
        let (left_expr, right_expr) =
            if matches!(&left.kind, ExpressionKind::Name(name) if name.parts.len() == 1) && !self.bare_members {
                let right_expr = self.operand_of_equality(right, left);
                let wanted = right_expr.as_ref().map(|expr| expr.ty);
                (self.expression_for(left, wanted), right_expr)
            } else {
                let left_expr = self.operand_of_equality(left, right);
                let wanted = left_expr.as_ref().map(|expr| expr.ty);
                let right_expr = match &right.kind {
                    ExpressionKind::Name(_) => self.expression_for(right, wanted),
                    _ => self.operand_of_equality(right, left),
                };
                (left_expr, right_expr)
            };
        let (left_expr, right_expr) = (left_expr?, right_expr?);
        Some(match (is_untyped(&left_expr), is_untyped(&right_expr)) {
            (true, true) => boolean(ExprKind::Boolean(true)),
            (true, false) => is_empty(right_expr),
            (false, true) => is_empty(left_expr),
            (false, false) => {
                let (left_expr, right_expr) = match (left_expr.ty, right_expr.ty) {
                    (Type::Object(a), Type::Object(b)) if self.related(a, b) => (left_expr, right_expr),
                    _ => self.unify(left_expr, right_expr, span)?,
                };
                boolean(ExprKind::Equal(Box::new(left_expr), Box::new(right_expr)))
            }
        })
    }

    fn related(&self, a: brooklet_model::EntityId, b: brooklet_model::EntityId) -> bool {
        self.scope.names().is_a(a, b) || self.scope.names().is_a(b, a)
    }

    fn order(&mut self, how: Ordering, left: &Expression, right: &Expression, span: Span) -> Option<Expr> {
        let (left, right) = (self.expression(left), self.expression(right));
        let (left, right) = self.unify(left?, right?, span)?;
        if !matches!(left.ty, Type::Integer | Type::Decimal | Type::DateTime | Type::Text) {
            let kind = self.type_name(left.ty);
            self.error(codes::OPERATOR, span, format!("{kind} has no order"))
                .help("numbers, dates and strings can be compared by order");
            return None;
        }
        Some(boolean(ExprKind::Order(how, Box::new(left), Box::new(right))))
    }

    fn addition(&mut self, left: &Expression, right: &Expression, span: Span) -> Option<Expr> {
        let (left, right) = (self.expression(left), self.expression(right));
        let (left, right) = (left?, right?);
        if left.ty != Type::Text && right.ty != Type::Text {
            return self.numbers(Operator::Add, left, right, span);
        }
        let mut parts = Vec::new();
        for side in [left, right] {
            match side.kind {
                ExprKind::Concat(inner) => parts.extend(inner),
                _ if is_untyped(&side) => {}
                _ if side.ty == Type::Text => parts.push(side),
                _ if is_primitive(side.ty) => parts.push(to_text(side)),
                _ => {
                    let kind = self.type_name(side.ty);
                    self.error(codes::OPERATOR, span, format!("{kind} cannot be added to a String"))
                        .help("add one of its attributes, in `toString(…)`");
                    return None;
                }
            }
        }
        Some(Expr::new(ExprKind::Concat(parts), Type::Text))
    }

    fn arithmetic(&mut self, operator: Operator, left: &Expression, right: &Expression, span: Span) -> Option<Expr> {
        let (left, right) = (self.expression(left), self.expression(right));
        self.numbers(operator, left?, right?, span)
    }

    fn numbers(&mut self, operator: Operator, left: Expr, right: Expr, span: Span) -> Option<Expr> {
        // `empty` in arithmetic is an error when it runs, as any empty operand is.
        let other = |expr: &Expr| if is_untyped(expr) { Type::Integer } else { expr.ty };
        let (a, b) = (other(&left), other(&right));
        if !matches!((a, b), (Type::Integer | Type::Decimal, Type::Integer | Type::Decimal)) {
            let (a, b) = (self.type_name(a), self.type_name(b));
            let error = self.error(codes::OPERATOR, span, format!("{a} and {b} are not two numbers"));
            if a == "String" || b == "String" {
                error.help("use `parseInteger` or `parseDecimal`");
            }
            return None;
        }
        let decimal = operator == Operator::Divide || a == Type::Decimal || b == Type::Decimal;
        let ty = if decimal { Type::Decimal } else { Type::Integer };
        let (left, right) = (self.coerce(left, ty, span)?, self.coerce(right, ty, span)?);
        Some(Expr::new(ExprKind::Arithmetic(operator, Box::new(left), Box::new(right)), ty))
    }

    fn call_function(&mut self, name: &QualifiedName, arguments: &[Expression], span: Span) -> Option<Expr> {
        let text = name.text();
        if name.parts.len() > 1 {
            // A rule, called as in a decision.
            self.leave_out(&format!("the rule '{text}'"), name.span);
            return None;
        }
        let mut checked = Vec::with_capacity(arguments.len());
        for argument in arguments {
            checked.push(self.expression(argument));
        }
        let arguments: Vec<Expr> = checked.into_iter().collect::<Option<_>>()?;
        if let Some(result) = self.special_function(&text, &arguments, span) {
            return result;
        }
        let Some(function) = Function::named(&text) else {
            let names = Function::ALL.iter().map(|function| function.name()).chain(SPECIAL_FUNCTIONS);
            let help = did_you_mean(&text, names);
            let error = self.error(codes::UNKNOWN_FUNCTION, name.span, format!("there is no function '{text}'"));
            if let Some(help) = help {
                error.help(help);
            }
            return None;
        };
        self.library_function(function, arguments, span)
    }

    pub(super) fn library_function(&mut self, function: Function, arguments: Vec<Expr>, span: Span) -> Option<Expr> {
        let types_of = |arguments: &[Expr]| -> Vec<Option<Type>> {
            arguments.iter().map(|argument| (!is_untyped(argument)).then_some(argument.ty)).collect()
        };
        let mut arguments = arguments;
        let mut types = types_of(&arguments);
        if function.overload(&types).is_none() {
            for argument in &mut arguments {
                if let Some(moment) = self.alpha_text(argument, Type::DateTime) {
                    *argument = moment;
                }
            }
            types = types_of(&arguments);
        }
        let Some(overload) = function.overload(&types) else {
            let given: Vec<String> =
                types.iter().map(|kind| kind.map_or_else(|| "empty".to_owned(), |kind| self.type_name(kind))).collect();
            let message = format!("`{}` cannot be called with ({})", function.name(), given.join(", "));
            self.error(codes::WRONG_ARGUMENTS, span, message).help(format!("it is {}", function.usage()));
            return None;
        };
        let ty = overload.result(&types);
        let arguments: Vec<Expr> = arguments
            .into_iter()
            .map(|argument| if is_untyped(&argument) { Expr::new(ExprKind::Empty, Type::Text) } else { argument })
            .collect();
        let [first, ..] = arguments.as_slice() else {
            return Some(Expr::new(ExprKind::Function(function, arguments), ty));
        };
        Some(match function {
            Function::ToString => to_text(first.clone()),
            Function::Length => Expr::new(ExprKind::TextLength(Box::new(first.clone())), Type::Integer),
            Function::GetKey => to_text(first.clone()),
            _ => Expr::new(ExprKind::Function(function, arguments), ty),
        })
    }

    /// Functions that need the object space or the model, and operations on lists in the guise of functions.
    fn special_function(&mut self, name: &str, arguments: &[Expr], span: Span) -> Option<Option<Expr>> {
        let list =
            |index: usize| arguments.get(index).filter(|one| matches!(one.ty, Type::List(_))).cloned().map(Box::new);
        let integer = |kind| Some(Some(Expr::new(kind, Type::Integer)));
        match (name, arguments) {
            ("isNew", [object]) if matches!(object.ty, Type::Object(_)) => {
                Some(Some(boolean(ExprKind::IsNew(Box::new(object.clone())))))
            }
            ("isNew", _) => {
                self.error(codes::WRONG_ARGUMENTS, span, "`isNew` takes an object");
                Some(None)
            }
            ("getCaption", [key]) if matches!(key.ty, Type::Enumeration(_)) => {
                let Type::Enumeration(id) = key.ty else { return None };
                Some(Some(Expr::new(ExprKind::Caption(id, Box::new(key.clone())), Type::Text)))
            }
            ("getCaption", _) => {
                self.error(codes::WRONG_ARGUMENTS, span, "`getCaption` takes an enumeration's value");
                Some(None)
            }
            ("not", [condition]) if condition.ty == Type::Boolean => {
                Some(Some(boolean(ExprKind::Not(Box::new(condition.clone())))))
            }
            ("empty", [value]) => Some(Some(is_empty(value.clone()))),
            ("true", []) => Some(Some(boolean(ExprKind::Boolean(true)))),
            ("false", []) => Some(Some(boolean(ExprKind::Boolean(false)))),
            ("count" | "length", [_]) => integer(ExprKind::ListLength(list(0)?)),
            ("head", [of]) => {
                let Type::List(entity) = of.ty else { return None };
                Some(Some(Expr::new(ExprKind::ListHead(list(0)?), Type::Object(entity))))
            }
            ("tail", [of]) => Some(Some(Expr::new(ExprKind::ListTail(list(0)?), of.ty))),
            ("contains", [_, element]) => {
                let of = list(0)?;
                if !matches!(element.ty, Type::Object(_) | Type::List(_)) {
                    self.error(codes::WRONG_ARGUMENTS, span, "a list contains objects");
                    return Some(None);
                }
                Some(Some(boolean(ExprKind::ListContains(of, Box::new(element.clone())))))
            }
            ("equals", [_, _]) => Some(Some(boolean(ExprKind::ListEquals(list(0)?, list(1)?)))),
            ("union", [of, _]) => {
                Some(Some(Expr::new(ExprKind::ListCombine(Combination::Union, list(0)?, list(1)?), of.ty)))
            }
            ("intersect", [of, _]) => {
                Some(Some(Expr::new(ExprKind::ListCombine(Combination::Intersect, list(0)?, list(1)?), of.ty)))
            }
            ("subtract", [of, _]) => {
                Some(Some(Expr::new(ExprKind::ListCombine(Combination::Subtract, list(0)?, list(1)?), of.ty)))
            }
            _ => None,
        }
    }
}

/// Names of functions that are not in the library.
const SPECIAL_FUNCTIONS: [&str; 4] = ["isNew", "getCaption", "not", "count"];

/// Whether a value has a text.
pub(super) fn is_primitive(kind: Type) -> bool {
    matches!(kind, Type::Boolean | Type::Integer | Type::Decimal | Type::DateTime | Type::Text | Type::Enumeration(_))
}

pub(super) fn to_text(expr: Expr) -> Expr {
    match (&expr.kind, expr.ty) {
        (ExprKind::Text(value), _) => text(value),
        _ => Expr::new(ExprKind::ToText(Box::new(expr)), Type::Text),
    }
}

pub(super) fn to_decimal(expr: Expr) -> Expr {
    let kind = match expr.kind {
        ExprKind::Integer(number) => ExprKind::Text(number.to_string()),
        _ => ExprKind::ToDecimal(Box::new(expr)),
    };
    Expr::new(kind, Type::Decimal)
}

pub(super) fn is_empty(expr: Expr) -> Expr {
    match expr.kind {
        // A Boolean is never empty, so that only its object can be.
        ExprKind::Attribute { object, tolerant: true, .. } | ExprKind::Calculated { object, tolerant: true, .. }
            if expr.ty == Type::Boolean =>
        {
            boolean(ExprKind::IsEmpty(object))
        }
        kind => boolean(ExprKind::IsEmpty(Box::new(Expr { kind, ty: expr.ty }))),
    }
}

/// A decimal literal in canonical notation: no exponent, no superfluous zeros, no sign of zero.
fn canonical(literal: &str) -> String {
    let (sign, digits) = literal.strip_prefix('-').map_or(("", literal), |rest| ("-", rest));
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or(0)),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    // Where the point stands among all digits; the parser bounds exponents.
    let point = whole.len() as i32 + exponent.clamp(-1000, 1000);
    let padded = match point {
        ..=0 => format!("{}{all}", "0".repeat(1 + point.unsigned_abs() as usize)),
        _ => format!("{all}{}", "0".repeat((point as usize).saturating_sub(all.len()))),
    };
    let point = point.max(1) as usize;
    let (whole, fraction) = padded.split_at(point.min(padded.len()));
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    match (whole, fraction) {
        ("0", "") => "0".to_owned(),
        (_, "") => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn equal_decimals_have_one_notation() {
        for (literal, expected) in [
            ("12.50", "12.5"),
            ("100.0", "100"),
            ("0.0", "0"),
            ("-0.0", "0"),
            ("-1.20", "-1.2"),
            ("007.1", "7.1"),
            ("1e3", "1000"),
            ("1.5e1", "15"),
            ("1.25E-2", "0.0125"),
            ("1e-1", "0.1"),
            ("12e-1", "1.2"),
        ] {
            assert_eq!(canonical(literal), expected, "{literal}");
        }
    }
}
