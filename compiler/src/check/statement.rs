//! Statements of microflows.

use brooklet_model::Type;

use crate::{
    codes,
    source::Span,
    syntax::ast::{
        Block, CallTarget, DataType, DataTypeKind, Expression, OnError, QualifiedName, Statement, StatementKind,
        Variable,
    },
};

use super::{
    expression::{is_untyped, text},
    flow::FlowChecker,
    ir::{ErrorMode, Expr, ExprKind, Node, NodeKind},
    lists::node,
    objects::commit_mode,
};

impl FlowChecker<'_> {
    pub(super) fn block(&mut self, block: &Block) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(block.len());
        for statement in block {
            let activity = self.activity(words(&statement.kind), statement.span, statement.caption.as_deref());
            let checked = self.statement(activity, &statement.kind, statement.span);
            // What follows is checked all the same, so that a run says all.
            let mut checked = checked.unwrap_or_default();
            let on_error = self.on_error(statement);
            match (checked.len(), on_error) {
                (_, ErrorMode::Propagate) | (0, _) => {}
                (1, on_error) => checked[0].on_error = on_error,
                (_, on_error) => {
                    // Several nodes stand for one statement: they fail together.
                    let condition = Expr::new(ExprKind::Boolean(true), Type::Boolean);
                    let kind = NodeKind::If { condition, then: checked, otherwise: Vec::new() };
                    checked = vec![Node { activity, kind, on_error }];
                }
            }
            nodes.append(&mut checked);
        }
        nodes
    }

    /// A block with variables of its own.
    pub(super) fn nested(&mut self, block: &Block) -> Vec<Node> {
        self.in_block(|this| this.block(block))
    }

    fn on_error(&mut self, statement: &Statement) -> ErrorMode {
        let (rollback, body) = match &statement.on_error {
            OnError::Rollback => return ErrorMode::Propagate,
            OnError::Continue => return ErrorMode::Continue,
            OnError::Custom(body) => (true, body),
            OnError::CustomWithoutRollback(body) => (false, body),
        };
        self.handlers += 1;
        let body = self.nested(body);
        self.handlers -= 1;
        ErrorMode::Handle { rollback, body }
    }

    #[allow(clippy::too_many_lines)] // One arm per statement; each says what it is and hands over.
    fn statement(&mut self, activity: u32, kind: &StatementKind, span: Span) -> Option<Vec<Node>> {
        let single = |kind: NodeKind| Some(vec![node(activity, kind)]);
        match kind {
            StatementKind::Declare { variable, data_type, value } => {
                self.declaration(activity, variable, data_type, value.as_ref())
            }
            StatementKind::Set { variable, value } => self.set(activity, variable, value),
            StatementKind::SetMember { object, member, value } => {
                let (object, entity) = self.object(object)?;
                let items = vec![self.assignment(entity, member, value)?];
                single(NodeKind::Change { object, items, commit: None })
            }
            StatementKind::Create { result, entity, items, commit, .. } => {
                let id = self.scope.entity(entity, self.diagnostics);
                let Some(id) = self.found(id) else {
                    self.poison_result(result.as_ref());
                    return None;
                };
                let items = self.assignments(id, items);
                let target = result.as_ref().map(|variable| self.target(variable, Type::Object(id)));
                single(NodeKind::Create { target, entity: id, items: items?, commit: commit_mode(*commit) })
            }
            StatementKind::Change { object, items, commit, .. } => self.change(activity, object, items, *commit),
            StatementKind::Commit { object, events, .. } => {
                let of = self.object_or_list(object)?;
                single(NodeKind::Commit { of, events: *events })
            }
            StatementKind::Rollback { object, .. } => {
                let of = self.object_or_list(object)?;
                single(NodeKind::Rollback(of))
            }
            StatementKind::Delete { object, .. } => {
                let of = self.object_or_list(object)?;
                single(NodeKind::Delete(of))
            }
            StatementKind::Retrieve(retrieve) => {
                let nodes = self.retrieve(activity, retrieve, span);
                if nodes.is_none() {
                    self.poison(&retrieve.result.text);
                }
                nodes
            }
            StatementKind::CreateList { result, entity } => {
                let id = self.scope.entity(entity, self.diagnostics);
                let Some(id) = self.found(id) else {
                    self.poison_result(Some(result));
                    return None;
                };
                let ty = Type::List(id);
                let target = self.target(result, ty);
                single(NodeKind::Assign(target, Expr::new(ExprKind::NewList, ty)))
            }
            StatementKind::Add { value, target, association } => {
                self.add_or_remove(activity, value, target, association.as_ref(), true)
            }
            StatementKind::Remove { value, target, association } => {
                self.add_or_remove(activity, value, target, association.as_ref(), false)
            }
            StatementKind::ClearList { list } => {
                let (list, _) = self.list(list)?;
                single(NodeKind::ListClear(list))
            }
            StatementKind::ListOperation { result, operation } => {
                let nodes = self.list_operation(activity, result, operation);
                if nodes.is_none() {
                    self.poison(&result.text);
                }
                nodes
            }
            StatementKind::Aggregate { result, function, list } => {
                let nodes = self.aggregate(activity, result, function, list);
                if nodes.is_none() {
                    self.poison(&result.text);
                }
                nodes
            }
            StatementKind::If { branches, otherwise } => self.branches(activity, branches, otherwise.as_ref()),
            StatementKind::Case { subject, branches, otherwise } => {
                self.case(activity, subject, branches, otherwise.as_ref())
            }
            StatementKind::SplitType { object, branches, otherwise } => {
                let (value, entity) = self.object(object)?;
                let local = self.lookup(&object.text);
                let mut checked = Vec::with_capacity(branches.len());
                for branch in branches {
                    let special = match &branch.entity {
                        None => None,
                        Some(name) => {
                            let id = self.scope.entity(name, self.diagnostics);
                            let id = self.found(id)?;
                            if !self.scope.names().is_a(id, entity) {
                                let (name, general) = (name.text(), self.manifest.entity(entity).name.clone());
                                self.error(
                                    codes::WRONG_BRANCH,
                                    branch_span(&branch.entity, span),
                                    format!("'{name}' does not specialize '{general}'"),
                                );
                                return None;
                            }
                            Some(id)
                        }
                    };
                    if let (Some(local), Some(special)) = (local, special) {
                        self.splits.push((local, special));
                    }
                    let body = self.nested(&branch.body);
                    if local.is_some() && special.is_some() {
                        self.splits.pop();
                    }
                    checked.push((special, body));
                }
                // The most special entity decides.
                checked.sort_by_key(|(entity, _)| {
                    std::cmp::Reverse(entity.map_or(0, |id| self.manifest.lineage(id).count()))
                });
                let otherwise = otherwise.as_ref().map(|block| self.nested(block)).unwrap_or_default();
                single(NodeKind::Split { object: value, branches: checked, otherwise })
            }
            StatementKind::Cast { result, object, entity } => {
                self.cast(activity, result, object.as_ref(), entity.as_ref(), span)
            }
            StatementKind::Loop { item, list, association, body } => {
                self.loop_over(activity, item, list, association.as_ref(), body, span)
            }
            StatementKind::While { condition, body } => {
                let number = self.begin_loop();
                let condition = self.condition(condition);
                let body = self.nested(body);
                let index = self.loops.pop().and_then(|one| one.index);
                single(NodeKind::While { number, condition: condition?, index, body })
            }
            StatementKind::Break | StatementKind::Continue => {
                if !self.loops.iter().any(|one| one.written) {
                    let word = words(kind);
                    self.error(codes::MISPLACED, span, format!("`{word}` stands outside of a loop"));
                    return None;
                }
                single(if *kind == StatementKind::Break { NodeKind::Break } else { NodeKind::Continue })
            }
            StatementKind::Return(value) => self.return_value(activity, value.as_ref(), span),
            StatementKind::RaiseError => {
                if self.handlers == 0 {
                    self.error(codes::MISPLACED, span, "`raise error` stands outside of an error handler")
                        .help("it raises the latest error again; `throw 'text'` raises a new one");
                    return None;
                }
                single(NodeKind::Rethrow)
            }
            StatementKind::Throw(message) => {
                let message = self.text_of(message)?;
                single(NodeKind::Throw(message))
            }
            StatementKind::Call { result, target, name, arguments, queue } => {
                let nodes = self.call(activity, result.as_ref(), *target, name, arguments, queue.as_ref(), span);
                if nodes.is_none() {
                    self.poison_result(result.as_ref());
                }
                nodes
            }
            StatementKind::Log { level, node: log_node, message } => {
                let log_node = match log_node {
                    Some(log_node) => self.text_of(log_node),
                    None => Some(text("")),
                };
                let message = self.template(message);
                single(NodeKind::Log { level: *level, node: log_node?, message: message? })
            }
            StatementKind::ValidationFeedback { object, member, message } => {
                let message = self.template(message);
                let (object, entity) = self.object(object)?;
                let member = self.member(entity, member)?;
                single(NodeKind::Feedback { object, member, message: message? })
            }
            StatementKind::ShowMessage { severity, message, blocking } => {
                let message = self.template(message)?;
                single(NodeKind::Message { severity: *severity, message, blocking: *blocking })
            }
            StatementKind::Instruct { instruction, name, arguments } => {
                self.instruct(activity, instruction, name.as_ref(), arguments)
            }
            StatementKind::Unsupported { feature, results } => {
                self.leave_out(feature, span);
                for (variable, data_type) in results {
                    let kind = data_type.as_ref().and_then(|kind| self.scope.data_type(kind, self.diagnostics));
                    match kind {
                        Some(kind) if kind != Type::Nothing => {
                            self.declare(&variable.text, kind);
                        }
                        _ => self.poison(&variable.text),
                    }
                }
                None
            }
            StatementKind::Jump { label, .. } => {
                self.leave_out(&format!("shared merges (`{}`)", label.text), span);
                None
            }
        }
    }

    pub(super) fn poison_result(&mut self, result: Option<&Variable>) {
        if let Some(result) = result {
            self.poison(&result.text);
        }
    }

    fn declaration(
        &mut self,
        activity: u32,
        variable: &Variable,
        data_type: &DataType,
        value: Option<&Expression>,
    ) -> Option<Vec<Node>> {
        if matches!(data_type.kind, DataTypeKind::List(_)) {
            self.error(codes::DECLARED_LIST, data_type.span, "a list is not declared, it is made")
                .help(format!("write `${} = create list of …`, or retrieve it", variable.text));
            self.poison(&variable.text);
            return None;
        }
        let kind = self.scope.data_type(data_type, self.diagnostics);
        let Some(kind) = self.found(kind) else {
            self.poison(&variable.text);
            return None;
        };
        let value = match value {
            Some(value) => self.expected(value, kind),
            None if kind == Type::Boolean => Some(Expr::new(ExprKind::Boolean(false), kind)),
            None => Some(Expr::new(ExprKind::Empty, kind)),
        };
        let local = match self.lookup(&variable.text) {
            Some(known) if self.locals[known.index()].kind == kind && !self.is_poisoned(&variable.text) => known,
            _ => self.declare(&variable.text, kind),
        };
        Some(vec![node(activity, NodeKind::Assign(local, value?))])
    }

    fn set(&mut self, activity: u32, variable: &Variable, value: &Expression) -> Option<Vec<Node>> {
        if let Some(local) = self.lookup(&variable.text)
            && !self.is_poisoned(&variable.text)
        {
            let wanted = self.locals[local.index()].kind;
            let value = self.expected(value, wanted)?;
            return Some(vec![node(activity, NodeKind::Assign(local, value))]);
        }
        // In alpha scripts, setting a variable may declare it.
        let Some(value_expr) = self.expression(value) else {
            self.poison(&variable.text);
            return None;
        };
        if is_untyped(&value_expr) || value_expr.ty == Type::Nothing || self.version > 0 {
            self.error(
                codes::UNKNOWN_VARIABLE,
                variable.span,
                format!("there is no variable `${}` here", variable.text),
            )
            .help(format!("declare it with its type: `declare ${} String = empty;`", variable.text));
            return None;
        }
        let local = self.declare(&variable.text, value_expr.ty);
        Some(vec![node(activity, NodeKind::Assign(local, value_expr))])
    }
}

fn branch_span(entity: &Option<QualifiedName>, otherwise: Span) -> Span {
    entity.as_ref().map_or(otherwise, |name| name.span)
}

/// What an activity is called.
fn words(kind: &StatementKind) -> &'static str {
    match kind {
        StatementKind::Declare { .. } => "declare",
        StatementKind::Set { .. } | StatementKind::SetMember { .. } => "set",
        StatementKind::Create { .. } => "create",
        StatementKind::Change { .. } => "change",
        StatementKind::Commit { .. } => "commit",
        StatementKind::Rollback { .. } => "rollback",
        StatementKind::Delete { .. } => "delete",
        StatementKind::Retrieve(_) => "retrieve",
        StatementKind::CreateList { .. } => "create list",
        StatementKind::Add { .. } => "add",
        StatementKind::Remove { .. } => "remove",
        StatementKind::ClearList { .. } => "clear",
        StatementKind::ListOperation { .. } => "list operation",
        StatementKind::Aggregate { .. } => "aggregate",
        StatementKind::If { .. } => "if",
        StatementKind::Case { .. } => "case",
        StatementKind::SplitType { .. } => "split type",
        StatementKind::Cast { .. } => "cast",
        StatementKind::Loop { .. } => "loop",
        StatementKind::While { .. } => "while",
        StatementKind::Break => "break",
        StatementKind::Continue => "continue",
        StatementKind::Return(_) => "return",
        StatementKind::RaiseError => "raise error",
        StatementKind::Throw(_) => "throw",
        StatementKind::Call { target: CallTarget::Microflow, .. } => "call microflow",
        StatementKind::Call { target: CallTarget::Nanoflow, .. } => "call nanoflow",
        StatementKind::Call { target: CallTarget::JavaAction, .. } => "call java action",
        StatementKind::Call { target: CallTarget::JavaScriptAction, .. } => "call javascript action",
        StatementKind::Log { .. } => "log",
        StatementKind::ValidationFeedback { .. } => "validation feedback",
        StatementKind::ShowMessage { .. } => "show message",
        StatementKind::Instruct { instruction, .. } => instruction,
        StatementKind::Unsupported { feature, .. } => feature,
        StatementKind::Jump { is_merge: true, .. } => "merge",
        StatementKind::Jump { .. } => "join",
    }
}
