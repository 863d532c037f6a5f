//! Members of objects: create, change, add, remove.

use brooklet_model::{AttributeType, EntityId, Type};

use crate::{
    codes,
    resolve::Member,
    syntax::ast::{CommitMode, Expression, MemberItem, QualifiedName, Variable},
};

use super::{
    flow::{FlowChecker, LoopScope},
    ir::{self, Assignment, Expr, Node, NodeKind},
    lists::node,
};

impl FlowChecker<'_> {
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

    pub(super) fn member(&mut self, entity: EntityId, name: &QualifiedName) -> Option<ir::Member> {
        let member = self.scope.member(entity, name, self.diagnostics);
        Some(match self.found(member)? {
            Member::Attribute(attribute) => ir::Member::Attribute(attribute),
            Member::Association(association, _) => ir::Member::Association(association),
        })
    }

    pub(super) fn assignments(&mut self, entity: EntityId, items: &[MemberItem]) -> Option<Vec<Assignment>> {
        // All are checked, so that a run says all.
        let checked: Vec<Option<Assignment>> =
            items.iter().map(|item| self.assignment(entity, &item.member, &item.value)).collect();
        checked.into_iter().collect()
    }

    pub(super) fn assignment(
        &mut self,
        entity: EntityId,
        name: &QualifiedName,
        value: &Expression,
    ) -> Option<Assignment> {
        let member = self.scope.member(entity, name, self.diagnostics);
        match self.found(member)? {
            Member::Attribute(attribute) => {
                let record = self.manifest.attribute(attribute);
                let reason = match record.kind {
                    AttributeType::AutoNumber => Some("the database numbers it"),
                    _ if record.calculated.is_some() => Some("a microflow calculates it"),
                    _ => None,
                };
                let kind = record.kind.value_type();
                let full = record.name.clone();
                if let Some(reason) = reason {
                    self.error(codes::NOT_WRITABLE, name.span, format!("'{full}' cannot be set: {reason}"));
                    return None;
                }
                let value = self.expected(value, kind)?;
                Some(Assignment { member: ir::Member::Attribute(attribute), value })
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
    pub(super) fn change(
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

    pub(super) fn add_or_remove(
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
}

pub(super) fn commit_mode(mode: CommitMode) -> Option<bool> {
    match mode {
        CommitMode::No => None,
        CommitMode::WithEvents => Some(true),
        CommitMode::WithoutEvents => Some(false),
    }
}
