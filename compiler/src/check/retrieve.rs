//! Retrieves, from the database and over associations.

use brooklet_model::Type;

use crate::{
    codes,
    source::Span,
    syntax::ast::{QualifiedName, Range, Retrieve, RetrieveSource, Variable},
};

use super::{
    flow::FlowChecker,
    ir::{self, Expr, ExprKind, Node, NodeKind},
    lists::node,
};

impl FlowChecker<'_> {
    pub(super) fn retrieve(&mut self, activity: u32, retrieve: &Retrieve, span: Span) -> Option<Vec<Node>> {
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
    pub(super) fn follow(
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
    pub(super) fn take(&mut self, activity: u32, followed: Expr, retrieve: &Retrieve) -> Option<Vec<Node>> {
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
}
