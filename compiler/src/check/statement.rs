//! Statements of microflows.

use brooklet_model::{AttributeType, EntityId, Type};

use crate::{
    codes,
    resolve::Member,
    source::Span,
    suggest::did_you_mean,
    syntax::{
        ast::{
            Argument, Block, CallTarget, CaseValue, CommitMode, DataTypeKind, Expression, ExpressionKind, MemberItem,
            OnError, QualifiedName, Range, Retrieve, RetrieveSource, Statement, StatementKind, Template, Variable,
        },
        document::DocumentKind,
    },
};

use super::{
    expression::{is_primitive, is_untyped, text, to_text},
    flow::{FlowChecker, LoopScope},
    ir::{self, Assignment, ErrorMode, Expr, ExprKind, Node, NodeKind},
    lists::node,
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
    fn nested(&mut self, block: &Block) -> Vec<Node> {
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

    fn poison_result(&mut self, result: Option<&Variable>) {
        if let Some(result) = result {
            self.poison(&result.text);
        }
    }

    fn declaration(
        &mut self,
        activity: u32,
        variable: &Variable,
        data_type: &crate::syntax::ast::DataType,
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

    /// A variable that is an object, and its entity.
    pub(super) fn object(&mut self, variable: &Variable) -> Option<(Expr, EntityId)> {
        let object = self.variable(&variable.text, variable.span)?;
        match object.ty {
            Type::Object(entity) => Some((object, entity)),
            kind => {
                let kind = self.type_name(kind);
                self.error(
                    codes::NOT_AN_OBJECT,
                    variable.span,
                    format!("`${}` is {kind}, not an object", variable.text),
                );
                None
            }
        }
    }

    fn member(&mut self, entity: EntityId, name: &QualifiedName) -> Option<ir::Member> {
        let member = self.scope.member(entity, name, self.diagnostics);
        Some(match self.found(member)? {
            Member::Attribute(attribute) => ir::Member::Attribute(self.manifest.slot(attribute)),
            Member::Association(association, _) => ir::Member::Association(association),
        })
    }

    fn assignments(&mut self, entity: EntityId, items: &[MemberItem]) -> Option<Vec<Assignment>> {
        // All are checked, so that a run says all.
        let checked: Vec<Option<Assignment>> =
            items.iter().map(|item| self.assignment(entity, &item.member, &item.value)).collect();
        checked.into_iter().collect()
    }

    fn assignment(&mut self, entity: EntityId, name: &QualifiedName, value: &Expression) -> Option<Assignment> {
        let member = self.scope.member(entity, name, self.diagnostics);
        match self.found(member)? {
            Member::Attribute(attribute) => {
                let record = self.manifest.attribute(attribute);
                let reason = match record.kind {
                    AttributeType::AutoNumber => Some("the database numbers it"),
                    _ if record.calculated.is_some() => Some("a microflow calculates it"),
                    _ => None,
                };
                let kind = super::attribute_type(&record.kind);
                let full = record.name.clone();
                if let Some(reason) = reason {
                    self.error(codes::NOT_WRITABLE, name.span, format!("'{full}' cannot be set: {reason}"));
                    return None;
                }
                let value = self.expected(value, kind)?;
                Some(Assignment { member: ir::Member::Attribute(self.manifest.slot(attribute)), value })
            }
            Member::Association(association, reversed) => {
                let record = self.manifest.association(association);
                let far = if reversed { record.from } else { record.to };
                let value_expr = self.expression(value)?;
                let wanted = match value_expr.ty {
                    Type::List(_) => Type::List(far),
                    _ => Type::Object(far),
                };
                let is_set = matches!(self.far_type(association, reversed), Type::List(_));
                if matches!(wanted, Type::List(_)) && !is_set {
                    let record_name = self.manifest.association(association).name.clone();
                    self.error(
                        codes::TYPE_MISMATCH,
                        value.span,
                        format!("'{record_name}' refers to one object, not to a list"),
                    );
                    return None;
                }
                let value = self.coerce(value_expr, wanted, value.span)?;
                Some(Assignment { member: ir::Member::Association(association), value })
            }
        }
    }

    /// A change of a list changes each of its objects.
    fn change(
        &mut self,
        activity: u32,
        variable: &Variable,
        items: &[MemberItem],
        commit: CommitMode,
    ) -> Option<Vec<Node>> {
        let value = self.object_or_list(variable)?;
        let commit = commit_mode(commit);
        let Type::List(entity) = value.ty else {
            let Type::Object(entity) = value.ty else { return None };
            let items = self.assignments(entity, items)?;
            return Some(vec![node(activity, NodeKind::Change { object: value, items, commit })]);
        };
        let items = self.assignments(entity, items)?;
        let number = self.loop_count;
        self.loop_count += 1;
        self.loops.push(LoopScope { number, written: false, index: None });
        let item = self.hidden("item", Type::Object(entity));
        self.loops.pop();
        let body = vec![node(activity, NodeKind::Change { object: self.read(item), items, commit: None })];
        let mut nodes = vec![node(activity, NodeKind::Loop { number, item, list: value.clone(), index: None, body })];
        if let Some(events) = commit {
            nodes.push(node(activity, NodeKind::Commit { of: value, events }));
        }
        Some(nodes)
    }

    fn retrieve(&mut self, activity: u32, retrieve: &Retrieve, span: Span) -> Option<Vec<Node>> {
        match &retrieve.source {
            RetrieveSource::Oql { .. } => {
                self.leave_out("OQL", span);
                None
            }
            RetrieveSource::Database { entity, constraint, text } => {
                let id = self.scope.entity(entity, self.diagnostics);
                let id = self.found(id)?;
                let record = self.manifest.entity(id);
                if let Some(reason) = record.unavailable.clone() {
                    self.leave_out(&reason, span);
                    return None;
                }
                let first = retrieve.range == Range::First;
                let ty = if first { Type::Object(id) } else { Type::List(id) };
                if !record.persistable {
                    let name = record.name.clone();
                    self.diagnostics
                        .warning(
                            codes::NOTHING_IN_DATABASE,
                            entity.span,
                            format!("'{name}' is not persistent: the database has none"),
                        )
                        .help("retrieve such objects over an association");
                    let target = self.target(&retrieve.result, ty);
                    let kind = if first { ExprKind::Empty } else { ExprKind::NewList };
                    return Some(vec![node(activity, NodeKind::Assign(target, Expr::new(kind, ty)))]);
                }
                let query = self.query(id, constraint.as_ref(), text, &retrieve.sort);
                let range = match &retrieve.range {
                    Range::All => Some(ir::Range::All),
                    Range::First => Some(ir::Range::First),
                    Range::Limited { limit, offset } => {
                        let (limit, offset) = (self.optional(limit.as_ref()), self.optional(offset.as_ref()));
                        Some(ir::Range::Limited { limit: limit?, offset: offset? })
                    }
                };
                let (query, parameters) = query?;
                let target = self.target(&retrieve.result, ty);
                Some(vec![node(activity, NodeKind::Retrieve { target, query, parameters, range: range? })])
            }
            RetrieveSource::Association { object, association, entity } => {
                let followed = self.follow(object, association, entity.as_ref())?;
                self.take(activity, followed, retrieve)
            }
        }
    }

    /// What stands at the other end of an association of a variable.
    fn follow(
        &mut self,
        object: &Variable,
        association: &QualifiedName,
        entity: Option<&QualifiedName>,
    ) -> Option<Expr> {
        let (object, of) = self.object(object)?;
        let Some((association, reversed)) = self.scope.association_of(of, association) else {
            // The lookup of a member says what is wrong.
            let member = self.scope.member(of, association, self.diagnostics);
            if self.found(member).is_some() {
                self.error(
                    codes::UNKNOWN_ASSOCIATION,
                    association.span,
                    format!("'{}' is no association", association.text()),
                );
            }
            return None;
        };
        let ty = self.far_type(association, reversed);
        let expr = Expr::new(ExprKind::Follow { object: Box::new(object), association, reversed, tolerant: false }, ty);
        let Some(entity) = entity else { return Some(expr) };
        let named = self.scope.entity(entity, self.diagnostics);
        let named = self.found(named)?;
        Some(match ty {
            Type::Object(far) if far != named && self.scope.names().is_a(named, far) => {
                Expr::new(ExprKind::Cast(Box::new(expr), named), Type::Object(named))
            }
            _ => expr,
        })
    }

    /// The order and the range of a retrieve by association.
    fn take(&mut self, activity: u32, followed: Expr, retrieve: &Retrieve) -> Option<Vec<Node>> {
        let Type::List(entity) = followed.ty else {
            let target = self.target(&retrieve.result, followed.ty);
            return Some(vec![node(activity, NodeKind::Assign(target, followed))]);
        };
        let keys = self.sort_keys(entity, &retrieve.sort)?;
        let mut nodes = Vec::new();
        let mut list = followed;
        if !keys.is_empty() {
            let sorted = self.hidden("sorted", list.ty);
            nodes.push(node(activity, NodeKind::Sort { target: sorted, list, keys }));
            list = self.read(sorted);
        }
        let ty = list.ty;
        let value = match &retrieve.range {
            Range::All => list,
            Range::First => Expr::new(ExprKind::ListHead(Box::new(list)), Type::Object(entity)),
            Range::Limited { limit, offset } => {
                let limit = self.optional(limit.as_ref())?.map(Box::new);
                let offset = self.optional(offset.as_ref())?.map(Box::new);
                Expr::new(ExprKind::ListRange(Box::new(list), offset, limit), ty)
            }
        };
        let target = self.target(&retrieve.result, value.ty);
        nodes.push(node(activity, NodeKind::Assign(target, value)));
        Some(nodes)
    }

    fn add_or_remove(
        &mut self,
        activity: u32,
        value: &Expression,
        target: &Variable,
        association: Option<&QualifiedName>,
        add: bool,
    ) -> Option<Vec<Node>> {
        let span = value.span;
        let value = self.expression(value)?;
        let Some(association) = association else {
            let (list, entity) = self.list(target)?;
            let wanted = if matches!(value.ty, Type::List(_)) { Type::List(entity) } else { Type::Object(entity) };
            let value = self.coerce(value, wanted, span)?;
            let kind = if add { NodeKind::ListAdd { list, value } } else { NodeKind::ListRemove { list, value } };
            return Some(vec![node(activity, kind)]);
        };
        let (object, entity) = self.object(target)?;
        let member = self.scope.member(entity, association, self.diagnostics);
        let Member::Association(id, reversed) = self.found(member)? else {
            self.error(
                codes::UNKNOWN_ASSOCIATION,
                association.span,
                format!("'{}' is no association", association.text()),
            );
            return None;
        };
        let record = self.manifest.association(id);
        let far = if reversed { record.from } else { record.to };
        let wanted = if matches!(value.ty, Type::List(_)) { Type::List(far) } else { Type::Object(far) };
        let value = self.coerce(value, wanted, span)?;
        Some(vec![node(activity, NodeKind::ChangeReference { object, association: id, value, add })])
    }

    fn branches(
        &mut self,
        activity: u32,
        branches: &[(Expression, Block)],
        otherwise: Option<&Block>,
    ) -> Option<Vec<Node>> {
        let mut checked = Vec::with_capacity(branches.len());
        for (condition, body) in branches {
            let condition = self.condition(condition);
            checked.push((condition, self.nested(body)));
        }
        let mut rest = otherwise.map(|block| self.nested(block)).unwrap_or_default();
        for (condition, then) in checked.into_iter().rev() {
            rest = vec![node(activity, NodeKind::If { condition: condition?, then, otherwise: rest })];
        }
        Some(rest)
    }

    fn case(
        &mut self,
        activity: u32,
        subject: &Expression,
        branches: &[crate::syntax::ast::CaseBranch],
        otherwise: Option<&Block>,
    ) -> Option<Vec<Node>> {
        let span = subject.span;
        let subject = self.expression(subject);
        let enumeration = match subject.as_ref().map(|subject| subject.ty) {
            Some(Type::Enumeration(id)) => Some(Some(id)),
            Some(Type::Boolean) => Some(None),
            Some(other) => {
                let kind = self.type_name(other);
                self.error(codes::TYPE_MISMATCH, span, format!("`case` takes an enumeration or a Boolean, not {kind}"));
                None
            }
            None => None,
        };
        let mut checked = Vec::with_capacity(branches.len());
        for branch in branches {
            let mut keys = Vec::with_capacity(branch.values.len());
            for value in &branch.values {
                match (value, enumeration) {
                    (CaseValue::Empty(_), _) => keys.push(None),
                    (CaseValue::Key(name), Some(Some(id))) => {
                        let key = name.parts.last().map_or("", String::as_str);
                        let position = self.scope.key(id, key, name, self.diagnostics);
                        if let Some(position) = self.found(position) {
                            let values = &self.manifest.enumeration(id).values;
                            keys.push(Some(values[position as usize].key.clone()));
                        }
                    }
                    (CaseValue::Key(name), Some(None)) => {
                        let key = name.text().to_ascii_lowercase();
                        if key == "true" || key == "false" {
                            keys.push(Some(key));
                        } else {
                            self.error(codes::TYPE_MISMATCH, name.span, "a Boolean is true or false");
                        }
                    }
                    (CaseValue::Key(_), None) => {}
                }
            }
            checked.push((keys, self.nested(&branch.body)));
        }
        let otherwise = otherwise.map(|block| self.nested(block)).unwrap_or_default();
        enumeration?;
        Some(vec![node(activity, NodeKind::Case { subject: subject?, branches: checked, otherwise })])
    }

    fn cast(
        &mut self,
        activity: u32,
        result: &Variable,
        object: Option<&Variable>,
        entity: Option<&QualifiedName>,
        span: Span,
    ) -> Option<Vec<Node>> {
        let (value, local) = match object {
            Some(object) => (self.object(object)?.0, self.lookup(&object.text)),
            None => {
                let Some(&(local, _)) = self.splits.last() else {
                    self.error(codes::MISPLACED, span, "`cast` stands outside of a `split type`")
                        .help("name the object: `$special = cast $object`");
                    return None;
                };
                (self.read(local), Some(local))
            }
        };
        let special = match entity {
            Some(name) => {
                let id = self.scope.entity(name, self.diagnostics);
                self.found(id)?
            }
            None => {
                let split = self.splits.iter().rev().find(|(subject, _)| Some(*subject) == local);
                match split {
                    Some((_, entity)) => *entity,
                    None => {
                        self.error(codes::MISPLACED, span, "nothing says what the object is to be cast to")
                            .help("cast inside a branch of `split type` over the same object");
                        self.poison(&result.text);
                        return None;
                    }
                }
            }
        };
        let target = self.target(result, Type::Object(special));
        let value = Expr::new(ExprKind::Cast(Box::new(value), special), Type::Object(special));
        Some(vec![node(activity, NodeKind::Assign(target, value))])
    }

    fn begin_loop(&mut self) -> u32 {
        let number = self.loop_count;
        self.loop_count += 1;
        self.loops.push(LoopScope { number, written: true, index: None });
        number
    }

    fn loop_over(
        &mut self,
        activity: u32,
        item: &Variable,
        list: &Variable,
        association: Option<&QualifiedName>,
        body: &Block,
        span: Span,
    ) -> Option<Vec<Node>> {
        let list = match association {
            Some(association) => self.follow(list, association, None),
            None => self.list(list).map(|(list, _)| list),
        };
        let entity = match list.as_ref().map(|list| list.ty) {
            Some(Type::List(entity)) => Some(entity),
            Some(other) => {
                let kind = self.type_name(other);
                self.error(codes::NOT_A_LIST, span, format!("a loop goes over a list, not over {kind}"));
                None
            }
            None => None,
        };
        let number = self.begin_loop();
        let (local, body) = self.in_block(|this| {
            let local = entity.map(|entity| this.declare(&item.text, Type::Object(entity)));
            if local.is_none() {
                this.poison(&item.text);
            }
            (local, this.block(body))
        });
        let index = self.loops.pop().and_then(|one| one.index);
        Some(vec![node(activity, NodeKind::Loop { number, item: local?, list: list?, index, body })])
    }

    fn return_value(&mut self, activity: u32, value: Option<&Expression>, span: Span) -> Option<Vec<Node>> {
        let value = match (value, self.returns) {
            // The type of the result is unknown, which has been said.
            (_, Type::Nothing) if self.broken => return Some(Vec::new()),
            (None, Type::Nothing) => None,
            (None, kind) => {
                let kind = self.type_name(kind);
                self.error(codes::RETURN_VALUE, span, format!("the microflow returns {kind}, this returns nothing"));
                return None;
            }
            // `return empty` in a microflow without a result says nothing.
            (Some(Expression { kind: ExpressionKind::Empty, .. }), Type::Nothing) => None,
            (Some(value), Type::Nothing) => {
                self.error(codes::RETURN_VALUE, value.span, "the microflow returns nothing")
                    .help("declare its result: `returns Boolean`, for instance");
                return None;
            }
            (Some(value), kind) => Some(self.expected(value, kind)?),
        };
        Some(vec![node(activity, NodeKind::Return(value))])
    }

    #[allow(clippy::too_many_arguments)] // They are the parts of the statement.
    fn call(
        &mut self,
        activity: u32,
        result: Option<&Variable>,
        target: CallTarget,
        name: &QualifiedName,
        arguments: &[Argument],
        queue: Option<&QualifiedName>,
        span: Span,
    ) -> Option<Vec<Node>> {
        if matches!(target, CallTarget::JavaAction | CallTarget::JavaScriptAction) {
            return self.call_action(result, target, name, arguments, span);
        }
        let id = self.scope.microflow(name, self.diagnostics);
        let id = self.found(id)?;
        let callee = self.manifest.microflow(id);
        let mut values: Vec<Option<Expr>> = callee.parameters.iter().map(|_| None).collect();
        let mut complete = true;
        for argument in arguments {
            let wanted = &argument.name.text;
            let exact = callee.parameters.iter().position(|parameter| parameter.name == *wanted);
            let position = exact
                .or_else(|| callee.parameters.iter().position(|parameter| parameter.name.eq_ignore_ascii_case(wanted)));
            let Some(position) = position else {
                let help = did_you_mean(wanted, callee.parameters.iter().map(|parameter| parameter.name.as_str()));
                let message = format!("'{}' has no parameter '{wanted}'", callee.name);
                let error = self.error(codes::UNKNOWN_PARAMETER, argument.name.span, message);
                if let Some(help) = help {
                    error.help(help);
                }
                complete = false;
                continue;
            };
            match self.expected(&argument.value, callee.parameters[position].kind) {
                Some(value) => values[position] = Some(value),
                None => complete = false,
            }
        }
        if queue.is_some() {
            self.leave_out("task queues", span);
            return None;
        }
        let arguments = values
            .into_iter()
            .zip(&callee.parameters)
            .map(|(value, parameter)| value.unwrap_or_else(|| unset(parameter.kind)))
            .collect();
        let target = match result {
            None => None,
            Some(result) if callee.returns == Type::Nothing => {
                let callee = callee.name.clone();
                self.error(codes::RETURN_VALUE, result.span, format!("'{callee}' returns nothing"))
                    .help("call it without a variable in front");
                return None;
            }
            Some(result) => {
                let target = self.target(result, callee.returns);
                self.locals[target.index()].nullable = true;
                Some(target)
            }
        };
        complete.then(|| vec![node(activity, NodeKind::Call { target, microflow: id.0, arguments })])
    }

    /// Java and JavaScript actions are left out: all that is checked is what can be.
    fn call_action(
        &mut self,
        result: Option<&Variable>,
        target: CallTarget,
        name: &QualifiedName,
        arguments: &[Argument],
        span: Span,
    ) -> Option<Vec<Node>> {
        let feature = match target {
            CallTarget::JavaScriptAction => format!("the JavaScript action '{}'", name.text()),
            _ => format!("the Java action '{}'", name.text()),
        };
        self.leave_out(&feature, span);
        let action = self.scope.try_action(name);
        for argument in arguments {
            // An argument may name an entity or a microflow, which is no expression.
            let bare = matches!(argument.value.kind, ExpressionKind::Name(_) | ExpressionKind::Empty);
            if !bare {
                let _ = self.expression(&argument.value);
            }
        }
        if let (Some(result), Some(kind)) = (result, action.and_then(|action| action.returns))
            && kind != Type::Nothing
        {
            self.target(result, kind);
            return Some(Vec::new());
        }
        None
    }

    fn instruct(
        &mut self,
        activity: u32,
        kind: &'static str,
        name: Option<&QualifiedName>,
        arguments: &[Argument],
    ) -> Option<Vec<Node>> {
        if let (Some(name), "show-page") = (name, kind)
            && !self.scope.has_document(&DocumentKind::Page, name)
        {
            self.diagnostics.warning(
                codes::UNKNOWN_PAGE,
                name.span,
                format!("no source defines the page '{}'", name.text()),
            );
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.expression(&argument.value)?;
            let value = if is_untyped(&value) { Expr::new(ExprKind::Empty, Type::Text) } else { value };
            values.push((argument.name.text.clone(), value));
        }
        let name = name.map(|name| self.scope.full(name)).unwrap_or_default();
        Some(vec![node(activity, NodeKind::Instruct { kind, name, arguments: values })])
    }

    /// Any primitive as a text.
    fn text_of(&mut self, expression: &Expression) -> Option<Expr> {
        let value = self.expression(expression)?;
        if is_untyped(&value) {
            return Some(text(""));
        }
        if value.ty == Type::Text || is_primitive(value.ty) {
            return Some(to_text(value));
        }
        let kind = self.type_name(value.ty);
        self.error(codes::TYPE_MISMATCH, expression.span, format!("a String is expected here, not {kind}"));
        None
    }

    /// A message with its placeholders filled in: the parts one after the other when the text is known, for the text is data
    /// and may have braces of its own otherwise.
    pub(super) fn template(&mut self, template: &Template) -> Option<Expr> {
        let mut arguments = Vec::with_capacity(template.arguments.len());
        for argument in &template.arguments {
            arguments.push(self.text_of(argument));
        }
        let pattern = self.text_of(&template.text)?;
        let arguments: Vec<Expr> = arguments.into_iter().collect::<Option<_>>()?;
        if arguments.is_empty() {
            return Some(pattern);
        }
        let ExprKind::Text(pattern) = &pattern.kind else {
            // A computed text: the placeholders are replaced one after the other.
            let replaced = arguments.into_iter().enumerate().fold(pattern, |so_far, (index, argument)| {
                let placeholder = text(&format!("{{{}}}", index + 1));
                let arguments = vec![so_far, placeholder, argument];
                Expr::new(ExprKind::Function(brooklet_model::functions::Function::Replace, arguments), Type::Text)
            });
            return Some(replaced);
        };
        Some(Expr::new(ExprKind::Concat(parts(pattern, &arguments)), Type::Text))
    }
}

/// The parts of a text with placeholders `{1}`, `{2}`, …; `{{` is a brace.
fn parts(pattern: &str, arguments: &[Expr]) -> Vec<Expr> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        literal.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            literal.push('{');
            rest = after;
            continue;
        }
        let argument = rest.split_once('}').and_then(|(number, after)| {
            Some((arguments.get(number.trim().parse::<usize>().ok()?.checked_sub(1)?)?, after))
        });
        match argument {
            Some((argument, after)) => {
                if !literal.is_empty() {
                    parts.push(text(&std::mem::take(&mut literal)));
                }
                parts.push(argument.clone());
                rest = after;
            }
            None => literal.push('{'),
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(text(&literal));
    }
    parts
}

/// What a parameter is when a call does not give it.
fn unset(kind: Type) -> Expr {
    match kind {
        Type::Boolean => Expr::new(ExprKind::Boolean(false), kind),
        _ => Expr::new(ExprKind::Empty, kind),
    }
}

fn commit_mode(mode: CommitMode) -> Option<bool> {
    match mode {
        CommitMode::No => None,
        CommitMode::WithEvents => Some(true),
        CommitMode::WithoutEvents => Some(false),
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
