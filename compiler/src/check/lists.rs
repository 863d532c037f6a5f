//! Operations on lists and aggregates. What the host can do over a whole list at once stays one call; conditions and
//! expressions over the elements become loops.

use brooklet_model::{AttributeRef, AttributeType, EntityId, Type};

use crate::{
    codes,
    resolve::Member,
    source::Span,
    syntax::ast::{
        AggregateFunction, BinaryOperator, Expression, ExpressionKind, ListOperation, QualifiedName, SortItem, Variable,
    },
};

use super::{
    expression::{boolean, is_empty},
    flow::{FlowChecker, LoopScope},
    ir::{self, Aggregation, Combination, ErrorMode, Expr, ExprKind, LocalId, Node, NodeKind, Operator, Ordering},
};

impl FlowChecker<'_> {
    /// A variable that is a list, and the entity of its elements.
    pub(super) fn list(&mut self, variable: &Variable) -> Option<(Expr, EntityId)> {
        let list = self.variable(&variable.text, variable.span)?;
        match list.ty {
            Type::List(entity) => Some((list, entity)),
            kind => {
                let kind = self.type_name(kind);
                self.error(codes::NOT_A_LIST, variable.span, format!("`${}` is {kind}, not a list", variable.text));
                None
            }
        }
    }

    pub(super) fn list_operation(
        &mut self,
        activity: u32,
        result: &Variable,
        operation: &ListOperation,
    ) -> Option<Vec<Node>> {
        let single = |kind| Some(vec![node(activity, kind)]);
        let value = match operation {
            ListOperation::Head(list) => {
                let (list, entity) = self.list(list)?;
                Expr::new(ExprKind::ListHead(Box::new(list)), Type::Object(entity))
            }
            ListOperation::Tail(list) => {
                let (list, _) = self.list(list)?;
                let ty = list.ty;
                Expr::new(ExprKind::ListTail(Box::new(list)), ty)
            }
            ListOperation::Find(list, condition) => return self.filter(activity, result, list, condition, true),
            ListOperation::Filter(list, condition) => return self.filter(activity, result, list, condition, false),
            ListOperation::Sort(list, items) => {
                let (list, entity) = self.list(list)?;
                let keys = self.sort_keys(entity, items)?;
                let target = self.target(result, list.ty);
                return single(NodeKind::Sort { target, list, keys });
            }
            ListOperation::Union(left, right) => self.combine(Combination::Union, left, right)?,
            ListOperation::Intersect(left, right) => self.combine(Combination::Intersect, left, right)?,
            ListOperation::Subtract(left, right) => self.combine(Combination::Subtract, left, right)?,
            ListOperation::Contains(list, element) => {
                let (list, _) = self.list(list)?;
                let element = self.object_or_list(element)?;
                boolean(ExprKind::ListContains(Box::new(list), Box::new(element)))
            }
            ListOperation::Equals(left, right) => {
                let (left, right) = (self.list(left)?.0, self.list(right)?.0);
                boolean(ExprKind::ListEquals(Box::new(left), Box::new(right)))
            }
            ListOperation::Range { list, offset, limit } => {
                let (list, _) = self.list(list)?;
                let offset = self.optional(offset.as_ref())?;
                let limit = self.optional(limit.as_ref())?;
                let ty = list.ty;
                Expr::new(ExprKind::ListRange(Box::new(list), offset.map(Box::new), limit.map(Box::new)), ty)
            }
        };
        let target = self.target(result, value.ty);
        single(NodeKind::Assign(target, value))
    }

    /// A number that may not be given.
    pub(super) fn optional(&mut self, number: Option<&Expression>) -> Option<Option<Expr>> {
        match number {
            Some(number) => self.expected(number, Type::Integer).map(Some),
            None => Some(None),
        }
    }

    /// An object stands for the list with it alone.
    fn combine(&mut self, how: Combination, left: &Variable, right: &Variable) -> Option<Expr> {
        let (left, entity) = self.list(left)?;
        let (right, other) = self.list(right)?;
        let common = if self.scope.names().is_a(entity, other) { other } else { entity };
        let ty = Type::List(if how == Combination::Union { common } else { entity });
        Some(Expr::new(ExprKind::ListCombine(how, Box::new(left), Box::new(right)), ty))
    }

    pub(super) fn object_or_list(&mut self, variable: &Variable) -> Option<Expr> {
        let value = self.variable(&variable.text, variable.span)?;
        self.must_be_object_or_list(value, variable.span)
    }

    pub(super) fn must_be_object_or_list(&mut self, value: Expr, span: Span) -> Option<Expr> {
        if matches!(value.ty, Type::Object(_) | Type::List(_)) {
            return Some(value);
        }
        let kind = self.type_name(value.ty);
        self.error(codes::NOT_AN_OBJECT, span, format!("an object or a list is expected here, not {kind}"));
        None
    }

    pub(super) fn sort_keys(&mut self, entity: EntityId, items: &[SortItem]) -> Option<Vec<(AttributeRef, bool)>> {
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            let [name] = item.path.as_slice() else {
                self.error(codes::INVALID_SORT, item.span, "a list is sorted by attributes of its own entity")
                    .help("sort in the retrieve to sort over associations");
                return None;
            };
            let attribute = self.stored_attribute(entity, name)?.0;
            keys.push((attribute, item.descending));
        }
        Some(keys)
    }

    /// A stored attribute, and its type.
    fn stored_attribute(&mut self, entity: EntityId, name: &QualifiedName) -> Option<(AttributeRef, Type)> {
        let member = self.scope.member(entity, name, self.diagnostics);
        match self.found(member)? {
            Member::Attribute(attribute) if self.manifest.attribute(attribute).calculated.is_none() => {
                let kind = self.manifest.attribute(attribute).kind.value_type();
                Some((attribute, kind))
            }
            _ => {
                self.error(codes::INVALID_SORT, name.span, format!("'{}' is no stored attribute", name.text()));
                None
            }
        }
    }

    /// Checks something that sees the elements of a list.
    fn with_element<T>(&mut self, item: LocalId, check: impl FnOnce(&mut Self) -> T) -> T {
        self.elements.push(item);
        let bare = std::mem::replace(&mut self.bare_members, true);
        let result = check(self);
        self.bare_members = bare;
        self.elements.pop();
        result
    }

    fn filter(
        &mut self,
        activity: u32,
        result: &Variable,
        list: &Variable,
        condition: &Expression,
        first: bool,
    ) -> Option<Vec<Node>> {
        let (list, entity) = self.list(list)?;
        let ty = if first { Type::Object(entity) } else { list.ty };
        if let Some((member, value)) = self.member_equals(entity, condition) {
            let value = value?;
            let target = self.target(result, ty);
            return Some(vec![node(activity, NodeKind::FilterMember { target, first, list, member, value })]);
        }
        let (number, item) = self.begin_hidden_loop(entity);
        let condition = self.with_element(item, |this| this.condition(condition));
        self.loops.pop();
        let condition = condition?;
        let target = self.target(result, ty);
        let found = self.hidden("found", ty);
        let (start, then) = if first {
            let take = node(activity, NodeKind::Assign(found, self.read(item)));
            (Expr::new(ExprKind::Empty, ty), vec![take, node(activity, NodeKind::Break)])
        } else {
            let add = NodeKind::ListAdd { list: self.read(found), value: self.read(item) };
            (Expr::new(ExprKind::NewList, ty), vec![node(activity, add)])
        };
        let body = vec![node(activity, NodeKind::If { condition, then, otherwise: Vec::new() })];
        Some(vec![
            node(activity, NodeKind::Assign(found, start)),
            node(activity, NodeKind::Loop { number, item, list, index: None, body }),
            node(activity, NodeKind::Assign(target, self.read(found))),
        ])
    }

    /// `Member = value`, where the value does not depend on the element: one call for the whole list.
    #[allow(clippy::option_option)]
    fn member_equals(&mut self, entity: EntityId, condition: &Expression) -> Option<(ir::Member, Option<Expr>)> {
        let ExpressionKind::Binary(BinaryOperator::Equal, left, right) = &condition.kind else { return None };
        if mentions_element(right) {
            return None;
        }
        let name = match &left.kind {
            ExpressionKind::Name(name) => name,
            ExpressionKind::Member { variable, steps } if variable == "currentObject" && steps.len() == 1 => &steps[0],
            _ => return None,
        };
        match self.scope.try_member(entity, name)? {
            Member::Attribute(attribute) => {
                let record = self.manifest.attribute(attribute);
                if record.calculated.is_some()
                    || matches!(record.kind, AttributeType::HashedString | AttributeType::Binary)
                {
                    return None;
                }
                let kind = record.kind.value_type();
                let member = ir::Member::Attribute(attribute);
                Some((member, self.expected(right, kind)))
            }
            Member::Association(association, false) => {
                let Type::Object(far) = self.far_type(association, false) else { return None };
                Some((ir::Member::Association(association), self.expected(right, Type::Object(far))))
            }
            Member::Association(..) => None,
        }
    }

    fn begin_hidden_loop(&mut self, entity: EntityId) -> (u32, LocalId) {
        let number = self.loop_count;
        self.loop_count += 1;
        self.loops.push(LoopScope { number, written: false, index: None });
        (number, self.hidden("currentObject", Type::Object(entity)))
    }

    pub(super) fn aggregate(
        &mut self,
        activity: u32,
        result: &Variable,
        function: &AggregateFunction,
        list: &Variable,
    ) -> Option<Vec<Node>> {
        let (list, entity) = self.list(list)?;
        let (how, expression) = match function {
            AggregateFunction::Count => {
                let target = self.target(result, Type::Integer);
                let length = Expr::new(ExprKind::ListLength(Box::new(list)), Type::Integer);
                return Some(vec![node(activity, NodeKind::Assign(target, length))]);
            }
            AggregateFunction::Sum(expression) => (Aggregation::Sum, expression),
            AggregateFunction::Average(expression) => (Aggregation::Average, expression),
            AggregateFunction::Minimum(expression) => (Aggregation::Minimum, expression),
            AggregateFunction::Maximum(expression) => (Aggregation::Maximum, expression),
            AggregateFunction::All(condition) => {
                return self.quantifier(activity, result, list, entity, condition, true);
            }
            AggregateFunction::Any(condition) => {
                return self.quantifier(activity, result, list, entity, condition, false);
            }
            AggregateFunction::Reduce { initial, data_type, step } => {
                let kind = self.scope.data_type(data_type, self.diagnostics);
                let kind = self.found(kind)?;
                let initial = self.expected(initial, kind)?;
                return self.reduce(activity, result, (list, entity), kind, initial, step);
            }
        };
        if let Some(name) = element_attribute(expression)
            && let Some(Member::Attribute(attribute)) = self.scope.try_member(entity, name)
            && self.manifest.attribute(attribute).calculated.is_none()
        {
            let (attribute, kind) = self.stored_attribute(entity, name)?;
            let ty = self.aggregate_type(how, kind, expression.span)?;
            let target = self.target(result, ty);
            self.locals[target.index()].nullable = true;
            return Some(vec![node(activity, NodeKind::AggregateMember { target, list, how, attribute })]);
        }
        self.fold(activity, result, (list, entity), how, expression)
    }

    fn aggregate_type(&mut self, how: Aggregation, kind: Type, span: Span) -> Option<Type> {
        let fits = match how {
            Aggregation::Sum | Aggregation::Average => matches!(kind, Type::Integer | Type::Decimal),
            Aggregation::Minimum | Aggregation::Maximum => {
                matches!(kind, Type::Integer | Type::Decimal | Type::DateTime)
            }
        };
        if !fits {
            let kind = self.type_name(kind);
            self.error(codes::OPERATOR, span, format!("{kind} cannot be aggregated this way"));
            return None;
        }
        Some(if how == Aggregation::Average { Type::Decimal } else { kind })
    }

    /// An aggregate of an expression. Empty values are left out.
    fn fold(
        &mut self,
        activity: u32,
        result: &Variable,
        (list, entity): (Expr, EntityId),
        how: Aggregation,
        expression: &Expression,
    ) -> Option<Vec<Node>> {
        let (number, item) = self.begin_hidden_loop(entity);
        let value = self.with_element(item, |this| this.expression(expression));
        let current = value.as_ref().map(|value| self.hidden("value", value.ty));
        self.loops.pop();
        let (value, current) = (value?, current?);
        let kind = value.ty;
        let ty = self.aggregate_type(how, kind, expression.span)?;
        let so_far = self.hidden("soFar", kind);
        let count = self.hidden("count", Type::Integer);
        let target = self.target(result, ty);

        let zero = match (how, kind) {
            (Aggregation::Minimum | Aggregation::Maximum, _) => Expr::new(ExprKind::Empty, kind),
            (_, Type::Decimal) => Expr::new(ExprKind::Text("0".to_owned()), kind),
            _ => integer(0),
        };
        let (so_far_now, current_now, count_now) = (self.read(so_far), self.read(current), self.read(count));
        let next = match how {
            Aggregation::Sum | Aggregation::Average => vec![
                node(activity, NodeKind::Assign(so_far, add(so_far_now.clone(), current_now.clone(), kind))),
                node(activity, NodeKind::Assign(count, add(count_now.clone(), integer(1), Type::Integer))),
            ],
            Aggregation::Minimum | Aggregation::Maximum => {
                let order = if how == Aggregation::Minimum { Ordering::Less } else { Ordering::Greater };
                let better = boolean(ExprKind::Or(
                    Box::new(is_empty(so_far_now.clone())),
                    Box::new(boolean(ExprKind::Order(
                        order,
                        Box::new(current_now.clone()),
                        Box::new(so_far_now.clone()),
                    ))),
                ));
                let take = node(activity, NodeKind::Assign(so_far, current_now.clone()));
                vec![node(activity, NodeKind::If { condition: better, then: vec![take], otherwise: Vec::new() })]
            }
        };
        let has_value = boolean(ExprKind::Not(Box::new(is_empty(current_now))));
        let body = vec![
            node(activity, NodeKind::Assign(current, value)),
            node(activity, NodeKind::If { condition: has_value, then: next, otherwise: Vec::new() }),
        ];
        let outcome = match how {
            Aggregation::Average => {
                let total = if kind == Type::Decimal { so_far_now } else { super::expression::to_decimal(so_far_now) };
                let none = boolean(ExprKind::Equal(Box::new(count_now.clone()), Box::new(integer(0))));
                let mean = Expr::new(
                    ExprKind::Arithmetic(
                        Operator::Divide,
                        Box::new(total),
                        Box::new(super::expression::to_decimal(count_now)),
                    ),
                    Type::Decimal,
                );
                let empty = Expr::new(ExprKind::Empty, Type::Decimal);
                Expr::new(ExprKind::If(Box::new(none), Box::new(empty), Box::new(mean)), Type::Decimal)
            }
            _ => so_far_now,
        };
        Some(vec![
            node(activity, NodeKind::Assign(so_far, zero)),
            node(activity, NodeKind::Assign(count, integer(0))),
            node(activity, NodeKind::Loop { number, item, list, index: None, body }),
            node(activity, NodeKind::Assign(target, outcome)),
        ])
    }

    /// `all` begins with true and ends at the first false; `any` the other way round.
    fn quantifier(
        &mut self,
        activity: u32,
        result: &Variable,
        list: Expr,
        entity: EntityId,
        condition: &Expression,
        all: bool,
    ) -> Option<Vec<Node>> {
        let (number, item) = self.begin_hidden_loop(entity);
        let condition = self.with_element(item, |this| this.condition(condition));
        self.loops.pop();
        let condition = condition?;
        let holds = self.hidden("holds", Type::Boolean);
        let target = self.target(result, Type::Boolean);
        let decides = if all { boolean(ExprKind::Not(Box::new(condition))) } else { condition };
        let then = vec![
            node(activity, NodeKind::Assign(holds, boolean(ExprKind::Boolean(!all)))),
            node(activity, NodeKind::Break),
        ];
        let body = vec![node(activity, NodeKind::If { condition: decides, then, otherwise: Vec::new() })];
        Some(vec![
            node(activity, NodeKind::Assign(holds, boolean(ExprKind::Boolean(all)))),
            node(activity, NodeKind::Loop { number, item, list, index: None, body }),
            node(activity, NodeKind::Assign(target, self.read(holds))),
        ])
    }

    fn reduce(
        &mut self,
        activity: u32,
        result: &Variable,
        (list, entity): (Expr, EntityId),
        kind: Type,
        initial: Expr,
        step: &Expression,
    ) -> Option<Vec<Node>> {
        let so_far = self.hidden("currentResult", kind);
        self.locals[so_far.index()].nullable = true;
        let (number, item) = self.begin_hidden_loop(entity);
        let next = self.in_block(|this| {
            this.name(so_far, "currentResult");
            this.with_element(item, |this| this.expected(step, kind))
        });
        self.loops.pop();
        let next = next?;
        let target = self.target(result, kind);
        let body = vec![node(activity, NodeKind::Assign(so_far, next))];
        Some(vec![
            node(activity, NodeKind::Assign(so_far, initial)),
            node(activity, NodeKind::Loop { number, item, list, index: None, body }),
            node(activity, NodeKind::Assign(target, self.read(so_far))),
        ])
    }
}

pub(super) fn node(activity: u32, kind: NodeKind) -> Node {
    Node { activity, kind, on_error: ErrorMode::Propagate }
}

fn integer(number: i64) -> Expr {
    Expr::new(ExprKind::Integer(number), Type::Integer)
}

fn add(left: Expr, right: Expr, kind: Type) -> Expr {
    Expr::new(ExprKind::Arithmetic(Operator::Add, Box::new(left), Box::new(right)), kind)
}

/// The attribute, when an aggregate's expression is one of the element's and nothing else.
fn element_attribute(expression: &Expression) -> Option<&QualifiedName> {
    match &expression.kind {
        ExpressionKind::Name(name) => Some(name),
        ExpressionKind::Member { variable, steps } if variable == "currentObject" && steps.len() == 1 => steps.first(),
        _ => None,
    }
}

/// Whether an expression may depend on the element of a list: bare names count.
fn mentions_element(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Name(name) => name.parts.len() < 3,
        ExpressionKind::Variable(name) => name == "currentObject",
        ExpressionKind::Member { variable, .. } => variable == "currentObject",
        ExpressionKind::Unary(_, operand) => mentions_element(operand),
        ExpressionKind::Binary(_, left, right) => mentions_element(left) || mentions_element(right),
        ExpressionKind::If(condition, then, otherwise) => {
            mentions_element(condition) || mentions_element(then) || mentions_element(otherwise)
        }
        ExpressionKind::Call(_, arguments) => arguments.iter().any(mentions_element),
        _ => false,
    }
}
