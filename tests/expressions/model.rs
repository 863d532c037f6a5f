//! Compiles expressions, each into a microflow of its own, and calls them through the runtime.

use std::fmt::Write;

use brooklet_compiler::{Options, compile, diagnostics::Renderer, resolve::prelude, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    clock::Clock,
    flow::{Call, Trigger},
};
use tokio::runtime::Runtime;

use crate::{
    evaluate::evaluate,
    inputs::{ATTRIBUTES, Inputs, NOW_MS, PARAMETERS, json},
    print::print,
    tree::{COLOURS, Expr, Kind},
};

/// Expressions of one model, and the language version that it is written in.
pub(crate) struct Batch {
    pub(crate) expressions: Vec<Expr>,
    pub(crate) version: u32,
}

/// What comparing a batch found.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) calls: usize,
    /// Calls that were to end in an error.
    pub(crate) errors: usize,
    /// At most one for each expression.
    pub(crate) disagreements: Vec<Disagreement>,
}

/// An expression that does not come out as it should.
#[derive(Clone, Debug)]
pub(crate) struct Disagreement {
    /// Which of the batch.
    pub(crate) index: usize,
    pub(crate) text: String,
    pub(crate) arguments: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
}

/// A node, and what it takes to call it.
pub(crate) struct Host {
    runtime: Runtime,
    node: Node,
}

impl Host {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (clock, _) = Clock::fixed(NOW_MS);
        let node = runtime.block_on(Node::start(NodeOptions { clock, ..NodeOptions::default() }));
        Self { runtime, node: node.expect("a node") }
    }

    /// Runs every expression of a batch with every set of arguments, and evaluates it directly.
    ///
    /// Fails with the diagnostics when they do not compile.
    pub(crate) fn compare(&self, batch: &Batch) -> Result<Outcome, String> {
        let inputs = Inputs::all();
        let kind = |expr: &Expr| expr.kind.expect("a whole expression has a type");
        let texts: Vec<_> = batch.expressions.iter().map(|expr| (print(expr, batch.version), kind(expr))).collect();
        let answers = self.answers(&texts, batch.version, &inputs)?;
        let mut outcome = Outcome::default();
        for (index, (expr, answers)) in batch.expressions.iter().zip(answers).enumerate() {
            let mut disagreement = None;
            for (inputs, actual) in inputs.iter().zip(answers) {
                let expected = evaluate(expr, kind(expr), inputs);
                outcome.calls += 1;
                outcome.errors += usize::from(expected.is_err());
                let expected = expected.map_or_else(str::to_owned, |value| json(&value));
                if expected != actual && disagreement.is_none() {
                    let (text, arguments) = (texts[index].0.clone(), inputs.json());
                    disagreement = Some(Disagreement { index, text, arguments, expected, actual });
                }
            }
            outcome.disagreements.extend(disagreement);
        }
        Ok(outcome)
    }

    /// What each expression, given as text, answers for each set of arguments: a value as JSON, or the code of an error.
    pub(crate) fn answers(
        &self,
        texts: &[(String, Kind)],
        version: u32,
        inputs: &[Inputs],
    ) -> Result<Vec<Vec<String>>, String> {
        let source = Source { name: "expressions.mdl".to_owned(), text: model(texts, version) };
        let sources = [source, prelude()];
        let compilation = compile(&sources[..1], &Options::default());
        let Some(component) = compilation.component else {
            let mut renderer = Renderer::new(&sources);
            let found = compilation.diagnostics.iter().take(10).map(|one| renderer.text(one));
            return Err(format!("well-typed expressions do not compile:\n{}", found.collect::<Vec<_>>().join("\n")));
        };
        let arguments: Vec<_> = inputs.iter().map(Inputs::json).collect();
        self.runtime.block_on(async {
            let activated = self.node.activate(component.into(), None).await;
            activated.map_err(|error| format!("the model does not start: {error}\n{}", sources[0].text))?;
            let mut all = Vec::with_capacity(texts.len());
            for index in 0..texts.len() {
                let microflow = format!("Gen.E{index}");
                let mut answers = Vec::with_capacity(arguments.len());
                for arguments in &arguments {
                    let call = Call::new(&microflow, arguments, Trigger::Test);
                    answers.push(match self.node.run(call).await {
                        Ok(outcome) => outcome.result,
                        Err(failure) => failure.code.to_owned(),
                    });
                }
                all.push(answers);
            }
            Ok(all)
        })
    }
}

/// A model with a microflow for each expression.
fn model(texts: &[(String, Kind)], version: u32) -> String {
    let mut text = String::new();
    if version > 0 {
        text.push_str("mdl 1;\n");
    }
    let colours: Vec<_> =
        COLOURS.iter().map(|(key, caption)| format!("{key} '{}'", caption.replace('\'', "''"))).collect();
    let attributes: Vec<_> = ATTRIBUTES.iter().map(|(name, _, kind)| format!("{name}: {kind}")).collect();
    let parameters: Vec<_> = PARAMETERS.iter().map(|(name, kind)| format!("{name}: {}", kind.name())).collect();
    let parameters = format!("{}, Thing: Gen.Thing, Nothing: Gen.Thing", parameters.join(", "));
    let written = write!(
        text,
        "create module Gen;\n\
         create enumeration Gen.Colour ( {} );\n\
         create non-persistent entity Gen.Thing ( {} );\n",
        colours.join(", "),
        attributes.join(", ")
    );
    written.expect("a string can be written to");
    for (index, (expression, kind)) in texts.iter().enumerate() {
        let kind = kind.name();
        let flow = format!(
            "create microflow Gen.E{index} ( {parameters} ) returns {kind}\nbegin\n  return {expression};\nend;\n"
        );
        text.push_str(&flow);
    }
    text
}
