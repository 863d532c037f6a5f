//! Trees on one line, for tests: every operator in its own parentheses, no places.

use std::fmt::Write;

use brooklet_compiler::syntax::ast::{
    AggregateFunction, BinaryOperator, Block, CaseValue, CommitMode, Expression, ExpressionKind, ListOperation,
    MemberItem, OnError, QualifiedName, Range, RetrieveSource, SortItem, Statement, StatementKind, Template,
    UnaryOperator, XPath, XPathKind,
};

pub fn expression(one: &Expression) -> String {
    match &one.kind {
        ExpressionKind::Empty => "empty".to_owned(),
        ExpressionKind::Boolean(value) => value.to_string(),
        ExpressionKind::Integer(digits) => digits.clone(),
        ExpressionKind::Decimal(digits) => format!("{digits}d"),
        ExpressionKind::Text(text) => format!("{text:?}"),
        ExpressionKind::Variable(name) => format!("${name}"),
        ExpressionKind::Member { variable, steps } => format!("${variable}/{}", path(steps)),
        ExpressionKind::Constant(name) => format!("@{}", name.text()),
        ExpressionKind::Name(name) => name.text(),
        ExpressionKind::Token(name) => format!("[%{name}%]"),
        ExpressionKind::Unary(UnaryOperator::Minus, operand) => format!("(- {})", expression(operand)),
        ExpressionKind::Unary(UnaryOperator::Plus, operand) => format!("(+ {})", expression(operand)),
        ExpressionKind::Unary(UnaryOperator::Not, operand) => format!("(not {})", expression(operand)),
        ExpressionKind::Binary(operator, left, right) => {
            format!("({} {} {})", expression(left), sign(*operator), expression(right))
        }
        ExpressionKind::If(condition, then, otherwise) => {
            format!("(if {} then {} else {})", expression(condition), expression(then), expression(otherwise))
        }
        ExpressionKind::Call(name, arguments) => format!("{}({})", name.text(), list(arguments, expression)),
        ExpressionKind::Error => "<error>".to_owned(),
    }
}

pub fn xpath(one: &XPath) -> String {
    match &one.kind {
        XPathKind::Or(left, right) => format!("({} or {})", xpath(left), xpath(right)),
        XPathKind::And(left, right) => format!("({} and {})", xpath(left), xpath(right)),
        XPathKind::Not(operand) => format!("(not {})", xpath(operand)),
        XPathKind::Compare(operator, left, right) => format!("({} {} {})", xpath(left), sign(*operator), xpath(right)),
        XPathKind::Call(name, arguments) => format!("{}({})", name.text, list(arguments, xpath)),
        XPathKind::Path(steps) => {
            let step = |step: &brooklet_compiler::syntax::ast::XPathStep| {
                let mut text = step.name.text();
                text.push_str(if step.reversed { "[reversed]" } else { "" });
                for predicate in &step.predicates {
                    let _ = write!(text, "[{}]", xpath(predicate));
                }
                text
            };
            steps.iter().map(step).collect::<Vec<_>>().join("/")
        }
        XPathKind::Empty => "empty".to_owned(),
        XPathKind::Value(value) => format!("{{{}}}", expression(value)),
        XPathKind::Error => "<error>".to_owned(),
    }
}

pub fn block(statements: &Block) -> String {
    list(statements, statement)
}

pub fn statement(one: &Statement) -> String {
    let kind = match &one.kind {
        StatementKind::Declare { variable, data_type, value } => {
            let value = value.as_ref().map_or("nothing".to_owned(), expression);
            format!("declare ${} {:?} = {value}", variable.text, data_type.kind)
        }
        StatementKind::Set { variable, value } => format!("set ${} = {}", variable.text, expression(value)),
        StatementKind::SetMember { object, member, value } => {
            format!("set ${}/{} = {}", object.text, member.text(), expression(value))
        }
        StatementKind::Create { result, entity, items, commit, refresh } => {
            let result = result.as_ref().map_or("_", |name| &name.text);
            format!("${result} = create {} ({}){}", entity.text(), members(items), flags(*commit, *refresh))
        }
        StatementKind::Change { object, items, commit, refresh } => {
            format!("change ${} ({}){}", object.text, members(items), flags(*commit, *refresh))
        }
        StatementKind::Commit { object, events, refresh } => {
            format!("commit ${} events {events} refresh {refresh}", object.text)
        }
        StatementKind::Rollback { object, refresh } => format!("rollback ${} refresh {refresh}", object.text),
        StatementKind::Delete { object, refresh } => format!("delete ${} refresh {refresh}", object.text),
        StatementKind::Retrieve(retrieve) => {
            let source = match &retrieve.source {
                RetrieveSource::Database { entity, constraint, .. } => {
                    let constraint = constraint.as_ref().map_or(String::new(), |one| format!(" where {}", xpath(one)));
                    format!("{}{constraint}", entity.text())
                }
                RetrieveSource::Association { object, association, entity } => {
                    let entity = entity.as_ref().map_or(String::new(), |name| format!("/{}", name.text()));
                    format!("${}/{}{entity}", object.text, association.text())
                }
                RetrieveSource::Oql { text } => format!("({text})"),
            };
            let sort = if retrieve.sort.is_empty() { String::new() } else { format!(" by {}", sort(&retrieve.sort)) };
            let range = match &retrieve.range {
                Range::All => "all".to_owned(),
                Range::First => "first".to_owned(),
                Range::Limited { limit, offset } => format!("limit {} offset {}", optional(limit), optional(offset)),
            };
            format!("${} = retrieve {source}{sort} {range}", retrieve.result.text)
        }
        StatementKind::CreateList { result, entity } => format!("${} = list of {}", result.text, entity.text()),
        StatementKind::Add { value, target, association } => {
            format!("add {} to ${}{}", expression(value), target.text, member(association))
        }
        StatementKind::Remove { value, target, association } => {
            format!("remove {} from ${}{}", expression(value), target.text, member(association))
        }
        StatementKind::ClearList { list } => format!("clear ${}", list.text),
        StatementKind::ListOperation { result, operation } => {
            format!("${} = {}", result.text, list_operation(operation))
        }
        StatementKind::Aggregate { result, function, list } => {
            let function = match function {
                AggregateFunction::Count => "count".to_owned(),
                AggregateFunction::Sum(value) => format!("sum {}", expression(value)),
                AggregateFunction::Average(value) => format!("average {}", expression(value)),
                AggregateFunction::Minimum(value) => format!("minimum {}", expression(value)),
                AggregateFunction::Maximum(value) => format!("maximum {}", expression(value)),
                AggregateFunction::All(value) => format!("all {}", expression(value)),
                AggregateFunction::Any(value) => format!("any {}", expression(value)),
                AggregateFunction::Reduce { initial, data_type, step } => {
                    format!("reduce {} as {:?} by {}", expression(initial), data_type.kind, expression(step))
                }
            };
            format!("${} = aggregate ${} {function}", result.text, list.text)
        }
        StatementKind::If { branches, otherwise } => {
            let branches: Vec<_> = branches
                .iter()
                .map(|(condition, body)| format!("{} {{{}}}", expression(condition), block(body)))
                .collect();
            format!("if {}{}", branches.join(" elsif "), rest(otherwise))
        }
        StatementKind::Case { subject, branches, otherwise } => {
            let branch = |branch: &brooklet_compiler::syntax::ast::CaseBranch| {
                let value = |value: &CaseValue| match value {
                    CaseValue::Empty(_) => "(empty)".to_owned(),
                    CaseValue::Key(name) => name.text(),
                };
                format!(" {} {{{}}}", list(&branch.values, value), block(&branch.body))
            };
            let branches: String = branches.iter().map(branch).collect();
            format!("case {}{branches}{}", expression(subject), rest(otherwise))
        }
        StatementKind::SplitType { object, branches, otherwise } => {
            let branch = |branch: &brooklet_compiler::syntax::ast::TypeBranch| {
                let entity = branch.entity.as_ref().map_or("(empty)".to_owned(), QualifiedName::text);
                format!(" {entity} {{{}}}", block(&branch.body))
            };
            let branches: String = branches.iter().map(branch).collect();
            format!("split ${}{branches}{}", object.text, rest(otherwise))
        }
        StatementKind::Cast { result, object, entity } => {
            let object = object.as_ref().map_or("_", |name| &name.text);
            format!("${} = cast ${object} {}", result.text, entity.as_ref().map_or("_".to_owned(), QualifiedName::text))
        }
        StatementKind::Loop { item, list, association, body } => {
            format!("loop ${} in ${}{} {{{}}}", item.text, list.text, member(association), block(body))
        }
        StatementKind::While { condition, body } => format!("while {} {{{}}}", expression(condition), block(body)),
        StatementKind::Break => "break".to_owned(),
        StatementKind::Continue => "continue".to_owned(),
        StatementKind::Return(value) => format!("return {}", optional(value)),
        StatementKind::RaiseError => "raise error".to_owned(),
        StatementKind::Throw(value) => format!("throw {}", expression(value)),
        StatementKind::Call { result, target, name, arguments, queue } => {
            let result = result.as_ref().map_or(String::new(), |name| format!("${} = ", name.text));
            let argument = |one: &brooklet_compiler::syntax::ast::Argument| {
                format!("{} = {}", one.name.text, expression(&one.value))
            };
            let queue = queue.as_ref().map_or(String::new(), |name| format!(" in {}", name.text()));
            format!("{result}call {target:?} {}({}){queue}", name.text(), list(arguments, argument))
        }
        StatementKind::Log { level, node, message } => {
            format!("log {level:?} {} {}", optional(node), template(message))
        }
        StatementKind::ValidationFeedback { object, member, message } => {
            format!("feedback ${}/{} {}", object.text, member.text(), template(message))
        }
        StatementKind::ShowMessage { severity, message, blocking } => {
            format!("message {severity:?} {} blocking {blocking}", template(message))
        }
        StatementKind::Instruct { instruction, name, arguments } => {
            let argument = |one: &brooklet_compiler::syntax::ast::Argument| {
                format!("{} = {}", one.name.text, expression(&one.value))
            };
            let name = name.as_ref().map_or(String::new(), |name| format!(" {}", name.text()));
            format!("{instruction}{name}({})", list(arguments, argument))
        }
        StatementKind::Unsupported { feature, results } => {
            let result = |(variable, data_type): &(brooklet_compiler::syntax::ast::Variable, _)| {
                let data_type: &Option<brooklet_compiler::syntax::ast::DataType> = data_type;
                let kind = data_type.as_ref().map_or("?".to_owned(), |one| match &one.kind {
                    brooklet_compiler::syntax::ast::DataTypeKind::Named(name) => name.text(),
                    brooklet_compiler::syntax::ast::DataTypeKind::List(name) => format!("list of {}", name.text()),
                    kind => format!("{kind:?}"),
                });
                format!("${}: {kind}", variable.text)
            };
            format!("needs {feature} ({})", list(results, result))
        }
        StatementKind::Jump { is_merge, label } => format!("jump {is_merge} {}", label.text),
    };
    let caption = one.caption.as_ref().map_or(String::new(), |caption| format!("@{caption:?} "));
    let handler = match &one.on_error {
        OnError::Rollback => String::new(),
        OnError::Continue => " on error continue".to_owned(),
        OnError::Custom(body) => format!(" on error {{{}}}", block(body)),
        OnError::CustomWithoutRollback(body) => format!(" on error without rollback {{{}}}", block(body)),
    };
    format!("{caption}{kind}{handler}")
}

fn list_operation(operation: &ListOperation) -> String {
    match operation {
        ListOperation::Head(list) => format!("head ${}", list.text),
        ListOperation::Tail(list) => format!("tail ${}", list.text),
        ListOperation::Find(list, condition) => format!("find ${} {}", list.text, expression(condition)),
        ListOperation::Filter(list, condition) => format!("filter ${} {}", list.text, expression(condition)),
        ListOperation::Sort(list, items) => format!("sort ${} by {}", list.text, sort(items)),
        ListOperation::Union(a, b) => format!("union ${} ${}", a.text, b.text),
        ListOperation::Intersect(a, b) => format!("intersect ${} ${}", a.text, b.text),
        ListOperation::Subtract(a, b) => format!("${} without ${}", a.text, b.text),
        ListOperation::Contains(a, b) => format!("${} contains ${}", a.text, b.text),
        ListOperation::Equals(a, b) => format!("${} equals ${}", a.text, b.text),
        ListOperation::Range { list, offset, limit } => {
            format!("range ${} offset {} limit {}", list.text, optional(offset), optional(limit))
        }
    }
}

fn sort(items: &[SortItem]) -> String {
    list(items, |item| format!("{}{}", path(&item.path), if item.descending { " desc" } else { "" }))
}

fn rest(otherwise: &Option<Block>) -> String {
    otherwise.as_ref().map_or(String::new(), |body| format!(" else {{{}}}", block(body)))
}

fn template(message: &Template) -> String {
    format!("{} [{}]", expression(&message.text), list(&message.arguments, expression))
}

fn members(items: &[MemberItem]) -> String {
    list(items, |item| format!("{} = {}", item.member.text(), expression(&item.value)))
}

fn member(association: &Option<QualifiedName>) -> String {
    association.as_ref().map_or(String::new(), |name| format!("/{}", name.text()))
}

fn flags(commit: CommitMode, refresh: bool) -> String {
    let commit = match commit {
        CommitMode::No => "",
        CommitMode::WithEvents => " commit",
        CommitMode::WithoutEvents => " commit without events",
    };
    format!("{commit}{}", if refresh { " refresh" } else { "" })
}

fn optional(value: &Option<Expression>) -> String {
    value.as_ref().map_or("nothing".to_owned(), expression)
}

fn path(steps: &[QualifiedName]) -> String {
    steps.iter().map(QualifiedName::text).collect::<Vec<_>>().join("/")
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn sign(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => "or",
        BinaryOperator::And => "and",
        BinaryOperator::Equal => "=",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "div",
        BinaryOperator::Remainder => "mod",
    }
}
