//! Microflows that must not run twice at once: how they begin.

use brooklet_model::{MicroflowId, Type};

use crate::{codes, syntax::document::ConcurrencyClause};

use super::{
    calls::unset,
    flow::FlowChecker,
    ir::{Expr, Node, NodeKind},
    lists::node,
};

impl FlowChecker<'_> {
    /// The first activity of a microflow that must not run twice at once. Whoever comes second is an error, or runs another
    /// microflow with the parameters of the same names.
    pub(super) fn begin_exclusive(&mut self, own: MicroflowId, clause: &ConcurrencyClause) -> Node {
        let activity = self.activity("disallow concurrent execution", clause.span, None);
        let instead = clause.microflow.as_ref().and_then(|name| self.scope.try_microflow(name));
        let otherwise = instead.and_then(|instead| self.instead(activity, own, instead, clause)).unwrap_or_default();
        node(activity, NodeKind::BeginExclusive { microflow: own, otherwise })
    }

    /// Another microflow, which runs instead. Its result is this one's where it fits.
    fn instead(
        &mut self,
        activity: u32,
        own: MicroflowId,
        instead: MicroflowId,
        clause: &ConcurrencyClause,
    ) -> Option<Vec<Node>> {
        let callee = self.manifest.microflow(instead);
        if instead == own {
            let message = format!("'{}' cannot run instead of itself", callee.name);
            self.error(codes::MISPLACED, clause.span, message).help("name another microflow, or an error message");
            return None;
        }
        let arguments: Vec<Option<Expr>> =
            callee.parameters.iter().map(|wanted| self.namesake(own, &callee.name, wanted, clause)).collect();
        let arguments = arguments.into_iter().collect::<Option<_>>()?;
        let fits = self.returns != Type::Nothing && self.fits(callee.returns, self.returns);
        let target = fits.then(|| {
            let target = self.hidden("instead", callee.returns);
            self.locals[target.index()].nullable = true;
            target
        });
        let result = match target {
            Some(target) => Some(self.read(target)),
            None => (self.returns != Type::Nothing).then(|| unset(self.returns)),
        };
        Some(vec![
            node(activity, NodeKind::Call { target, microflow: instead, arguments }),
            node(activity, NodeKind::Return(result)),
        ])
    }

    /// The parameter of this microflow that another one of that name gets.
    fn namesake(
        &mut self,
        own: MicroflowId,
        callee: &str,
        wanted: &brooklet_model::Parameter,
        clause: &ConcurrencyClause,
    ) -> Option<Expr> {
        let signature = self.manifest.microflow(own);
        let parameters = &signature.parameters;
        let exact = parameters.iter().find(|parameter| parameter.name == wanted.name);
        let found =
            exact.or_else(|| parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(&wanted.name)));
        let kind = self.type_name(wanted.kind);
        let Some(found) = found else {
            let message = format!("nothing gives '{callee}' its parameter '{}'", wanted.name);
            self.error(codes::UNKNOWN_PARAMETER, clause.span, message)
                .help(format!("add a parameter `{}: {kind}` to '{}'", wanted.name, signature.name));
            return None;
        };
        if !self.fits(found.kind, wanted.kind) {
            let message = format!("'{callee}' wants {kind} for its parameter '{}'", wanted.name);
            let given = self.type_name(found.kind);
            self.error(codes::TYPE_MISMATCH, clause.span, message)
                .help(format!("give it the type that '{}' has for it: {given}", signature.name));
            return None;
        }
        let local = self.lookup(&found.name)?;
        Some(self.read(local))
    }
}
