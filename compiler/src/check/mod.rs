//! From syntax trees to microflows with every name looked up and every type known.
//!
//! Each flow is checked on its own: an error in one leaves the others alone, and everything wrong in a flow is said in one run.
//! A flow that needs something that this version leaves out becomes one that raises an error which says so.

mod access;
mod calls;
mod control;
mod exclusive;
mod expression;
mod finish;
mod flow;
pub(crate) mod ir;
mod lists;
mod objects;
mod outside;
mod path;
mod retrieve;
mod statement;
mod successors;
mod xpath;

use brooklet_model::{Manifest, Microflow, MicroflowId, Query, Type};

use crate::{
    codes,
    diagnostics::Diagnostics,
    resolve::{self, FlowBody, Names, Places},
    source::Span,
    syntax::ast::{Expression, ExpressionKind, Variable},
};

pub(crate) use access::constraints;
use flow::{FlowChecker, Surroundings};
use ir::{Expr, ExprKind, Flow, Node, NodeKind};
pub use outside::{QueryError, QueryPart, query};

/// What tests expect: of the microflow with the number `first` and those after it.
#[derive(Clone, Copy)]
pub(crate) struct TestExpectations<'a> {
    pub(crate) first: usize,
    pub(crate) of: &'a [Vec<Expression>],
}

/// Checks all flows of a model; the manifest learns their activities and queries. The flows answered come in the order of
/// the manifest's microflows.
pub(crate) fn check(
    manifest: &mut Manifest,
    flows: &[resolve::Flow],
    names: &Names,
    places: &Places<'_>,
    tests: TestExpectations<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Flow> {
    let mut queries: Vec<Query> = Vec::new();
    let mut checked = Vec::with_capacity(flows.len());
    let mut outcomes = Vec::with_capacity(flows.len());
    for (index, (flow, signature)) in flows.iter().zip(&manifest.microflows).enumerate() {
        let surroundings = Surroundings {
            manifest,
            scope: names.scope(&flow.module),
            diagnostics,
            queries: &mut queries,
            places,
            version: flow.version,
            returns: signature.returns,
            broken: flow.broken,
        };
        let mut checker = FlowChecker::new(surroundings);
        let body = match &flow.body {
            FlowBody::Microflow(declaration) => {
                for (parameter, declared) in signature.parameters.iter().zip(&declaration.parameters) {
                    checker.declare(&declared.name.text, parameter.kind);
                    if parameter.kind == Type::Nothing {
                        // Its type is unknown, which has been said.
                        checker.poison(&declared.name.text);
                    }
                }
                let own = MicroflowId(index as u32);
                let entering = declaration.disallow_concurrent.as_ref();
                let mut nodes: Vec<Node> =
                    entering.map(|clause| checker.begin_exclusive(own, clause)).into_iter().collect();
                nodes.extend(checker.block(&declaration.body));
                if let Some(expectations) = index.checked_sub(tests.first).and_then(|test| tests.of.get(test)) {
                    checker.expectations(expectations, &mut nodes);
                }
                if let Some(result) = &declaration.result_name {
                    checker.return_named(result, &mut nodes);
                }
                checker.must_return(&nodes, declaration.name.span);
                nodes
            }
            FlowBody::RuleExpression { entity, expression } => {
                let object = checker.declare("currentObject", Type::Object(*entity));
                checker.elements.push(object);
                checker.bare_members = true;
                let activity = checker.activity("rule", expression.span, None);
                let value = checker.condition(expression);
                let kind = NodeKind::Return(Some(value.unwrap_or(Expr::new(ExprKind::Boolean(true), Type::Boolean))));
                vec![lists::node(activity, kind)]
            }
        };
        let (flow, outcome) = checker.finish(body, signature);
        checked.push(flow);
        outcomes.push(outcome);
    }
    for (microflow, outcome) in manifest.microflows.iter_mut().zip(outcomes) {
        microflow.activities = outcome.activities;
        microflow.unavailable = outcome.unavailable;
    }
    manifest.queries = queries;
    checked
}

/// What the manifest learns about a flow.
struct Outcome {
    activities: Vec<brooklet_model::Activity>,
    unavailable: Option<brooklet_model::Unavailable>,
}

impl FlowChecker<'_> {
    /// What a test expects, after its body.
    fn expectations(&mut self, expectations: &[Expression], nodes: &mut Vec<Node>) {
        for (number, expectation) in expectations.iter().enumerate() {
            let activity = self.activity("expect", expectation.span, None);
            let Some(condition) = self.condition(expectation) else { continue };
            let sides: Vec<Expr> = match &expectation.kind {
                ExpressionKind::Binary(_, left, right) => [(left, right), (right, left)]
                    .into_iter()
                    .filter_map(|(side, other)| self.operand_of_equality(side, other))
                    .collect(),
                ExpressionKind::Call(_, arguments) => {
                    arguments.iter().filter_map(|argument| self.expression(argument)).collect()
                }
                _ => vec![condition.clone()],
            };
            let sides = sides
                .into_iter()
                .map(|side| if expression::is_untyped(&side) { Expr::new(ExprKind::Empty, Type::Text) } else { side })
                .collect();
            nodes.push(lists::node(activity, NodeKind::Expect { number: number as u32, condition, sides }));
        }
    }

    /// In alpha scripts, `returns T as $v` gives `$v` where the end is reached without `return`.
    fn return_named(&mut self, result: &Variable, nodes: &mut Vec<Node>) {
        if self.version > 0 || self.returns == Type::Nothing || finish::terminates(nodes, self.manifest) {
            return;
        }
        if let Some(local) = self.lookup(&result.text)
            && self.fits(self.locals[local.index()].kind, self.returns)
        {
            let activity = self.activity("return", result.span, None);
            let value = self.read(local);
            nodes.push(lists::node(activity, NodeKind::Return(Some(value))));
        }
    }

    /// A microflow with a result must return one on every way.
    fn must_return(&mut self, nodes: &[Node], span: Span) {
        let complete = self.returns == Type::Nothing || finish::terminates(nodes, self.manifest);
        if !complete && !self.has_errors && self.unavailable.is_none() {
            let kind = self.type_name(self.returns);
            self.error(codes::MISSING_RETURN, span, format!("not every way through this microflow returns {kind}"))
                .help("end each of them with `return …;`");
        }
    }

    fn finish(mut self, body: Vec<Node>, signature: &Microflow) -> (Flow, Outcome) {
        let message = match &self.unavailable {
            Some(unavailable) => Some(format!("{}: {}", signature.name, unavailable.message)),
            // The model cannot be built then; what stands here is never run.
            None if self.has_errors => Some(format!("{} has errors", signature.name)),
            None => None,
        };
        let mut flow = Flow {
            locals: std::mem::take(&mut self.locals),
            parameters: signature.parameters.len(),
            returns: signature.returns,
            body,
        };
        let mut activities = std::mem::take(&mut self.activities);
        match message {
            Some(message) => flow.body = vec![lists::node(0, NodeKind::Unavailable(message))],
            None => {
                successors::link(&flow.body, &mut activities);
                finish::find_nullable(&mut flow);
                finish::aggregate_in_database(&mut flow);
            }
        }
        (flow, Outcome { activities, unavailable: self.unavailable })
    }
}
