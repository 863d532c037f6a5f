//! Tests as microflows: each case becomes one that runs the body and reports its expectations.

use brooklet_model::{Microflow, MicroflowKind, SourceId, Type};

use crate::{
    diagnostics::Diagnostics,
    resolve::{Flow, FlowBody, Places, Resolved},
    source::Span,
    syntax::{
        self, Fragment, Place,
        ast::{Expression, QualifiedName},
        document::{CreateMode, MicroflowDeclaration},
    },
    tests_input::{TestCase, Tests, microflow_name},
};

/// Adds a microflow for each case; answers the expectations of each.
pub(crate) fn add(
    resolved: &mut Resolved,
    tests: &Tests,
    first_source: usize,
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Expression>> {
    let places = Places::new(&tests.sources);
    let mut expectations = Vec::with_capacity(tests.cases.len());
    for (index, case) in tests.cases.iter().enumerate() {
        let source = SourceId((first_source + case.source) as u32);
        let text = &tests.sources[case.source].text;
        let version = syntax::header_version(text);
        let fragment = |range: &std::ops::Range<u32>| Fragment {
            text: &text[range.start as usize..range.end as usize],
            place: Place::Offset { source, base: range.start },
            version,
        };
        let body = syntax::parse_block(fragment(&case.body), diagnostics);
        expectations.push(
            case.expects.iter().map(|one| syntax::parse_expression(fragment(&one.expression), diagnostics)).collect(),
        );
        let name = microflow_name(index);
        let span = Span { source, start: case.body.start, end: case.body.start };
        let local = Span { source: SourceId(case.source as u32), ..span };
        resolved.manifest.microflows.push(signature(
            &name,
            case,
            brooklet_model::Place { source, ..places.place(local) },
        ));
        let declaration = MicroflowDeclaration {
            mode: CreateMode::New,
            nanoflow: false,
            name: QualifiedName { parts: name.split('.').map(str::to_owned).collect(), span },
            parameters: Vec::new(),
            returns: None,
            result_name: None,
            disallow_concurrent: None,
            body,
        };
        resolved.flows.push(Flow {
            version,
            source,
            module: String::new(),
            broken: false,
            body: FlowBody::Microflow(Box::new(declaration)),
        });
    }
    expectations
}

fn signature(name: &str, case: &TestCase, place: brooklet_model::Place) -> Microflow {
    Microflow {
        name: name.to_owned(),
        kind: MicroflowKind::Test,
        parameters: Vec::new(),
        returns: Type::Nothing,
        place,
        applies_entity_access: false,
        disallow_concurrent: None,
        allowed_roles: Vec::new(),
        unavailable: None,
        activities: Vec::new(),
        function: 0,
        body: String::new(),
        documentation: case.name.clone(),
    }
}
