//! Calls, instructions for the client, and messages with placeholders.

use brooklet_model::Type;

use crate::{
    codes,
    source::Span,
    suggest::did_you_mean,
    syntax::{
        ast::{Argument, CallTarget, Expression, ExpressionKind, QualifiedName, Template, Variable},
        document::DocumentKind,
    },
};

use super::{
    expression::{is_primitive, is_untyped, text, to_text},
    flow::FlowChecker,
    ir::{Expr, ExprKind, Node, NodeKind},
    lists::node,
};

impl FlowChecker<'_> {
    #[allow(clippy::too_many_arguments)] // They are the parts of the statement.
    pub(super) fn call(
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
        complete.then(|| vec![node(activity, NodeKind::Call { target, microflow: id, arguments })])
    }

    /// Java and JavaScript actions are left out: all that is checked is what can be.
    pub(super) fn call_action(
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

    pub(super) fn instruct(
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
    pub(super) fn text_of(&mut self, expression: &Expression) -> Option<Expr> {
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
pub(super) fn unset(kind: Type) -> Expr {
    match kind {
        Type::Boolean => Expr::new(ExprKind::Boolean(false), kind),
        _ => Expr::new(ExprKind::Empty, kind),
    }
}
