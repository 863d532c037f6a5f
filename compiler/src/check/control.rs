//! Statements that decide what runs next.

use brooklet_model::Type;

use crate::{
    codes,
    source::Span,
    syntax::ast::{Block, CaseBranch, CaseValue, Expression, ExpressionKind, QualifiedName, Variable},
};

use super::{
    flow::{FlowChecker, LoopScope},
    ir::{Expr, ExprKind, Node, NodeKind},
    lists::node,
};

impl FlowChecker<'_> {
    pub(super) fn branches(
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

    pub(super) fn case(
        &mut self,
        activity: u32,
        subject: &Expression,
        branches: &[CaseBranch],
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

    pub(super) fn cast(
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

    pub(super) fn begin_loop(&mut self) -> u32 {
        let number = self.loop_count;
        self.loop_count += 1;
        self.loops.push(LoopScope { number, written: true, index: None });
        number
    }

    pub(super) fn loop_over(
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

    pub(super) fn return_value(&mut self, activity: u32, value: Option<&Expression>, span: Span) -> Option<Vec<Node>> {
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
}
