//! `brooklet test`: runs the tests of a model.
//!
//! Each test is compiled to a microflow of its own, runs in a transaction of its own, and is undone unless it says
//! `@cleanup none`. The model's after-startup microflow runs first, as it does in a node.

mod gather;
mod judge;
mod junit;

use std::{fs, path::PathBuf, time::Instant};

use anyhow::Context;
use brooklet_compiler::tests_input::microflow_name;
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Ending, Trigger},
};
use clap::Args;
use serde_json::json;

use crate::{
    failure::Exit,
    output::{self, Format},
    runtime,
    testfile::Cleanup,
};
use gather::{Gathered, Planned};
use judge::{Finding, Verdict};

/// Runs the tests of a model.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet test model/                               the tests in a folder, on its model
  brooklet test model/ orders.test.mdl --junit report.xml
  brooklet test model/ orders.test.md --list

A test is a documentation comment, statements, and a line with a single slash:

  /**
   * @test Paying an order empties the account
   * @setup Shop.SUB_Seed
   * @expect $ok = true
   * @expect count($entries) = 2
   */
  $ok = call microflow Shop.ACT_Pay(Order = $o);
  retrieve $entries from Shop.Entry;
  /

Further tags: @throws 'part of the message', @cleanup rollback or none. A @setup at the head of a file is for all its tests.")]
pub(crate) struct Test {
    /// Files and folders of the model; .test.mdl and .test.md files. Without any of the latter, those in the folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Names the tests instead of running them.
    #[arg(long)]
    list: bool,
    /// Counts a test that expects nothing as failed.
    #[arg(long)]
    require_assertions: bool,
    /// Writes a report in the JUnit format.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The database: sqlite::memory:, sqlite:FILE or postgres://….
    #[arg(long, value_name = "URL", default_value = "sqlite::memory:")]
    store: String,
}

/// A test that has run.
struct Ran {
    test: Planned,
    verdict: Verdict,
    seconds: f64,
}

impl Test {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let Some(gathered) = gather::gather(&self.paths, self.list, format)? else { return Ok(Exit::Faulty) };
        if self.list {
            gathered.tests.iter().for_each(|test| print_name(test, format));
            return Ok(Exit::Clean);
        }
        let faults = gathered.faults.len();
        for fault in &gathered.faults {
            output::complain(&format!("error: {fault}"));
        }
        let ran = runtime::block_on(self.run(gathered, format))?;
        if let Some(path) = &self.junit {
            fs::write(path, junit::report(&ran)).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let passed = ran.iter().filter(|one| one.verdict.has_passed()).count();
        let failed = ran.len() - passed;
        match format {
            Format::Text => output::line(&format!("{passed} passed, {failed} failed")),
            Format::Json => output::json(&json!({ "summary": { "passed": passed, "failed": failed } })),
        }
        Ok(if failed + faults > 0 { Exit::Faulty } else { Exit::Clean })
    }

    async fn run(&self, gathered: Gathered, format: Format) -> anyhow::Result<Vec<Ran>> {
        let node = Node::start(NodeOptions { store: self.store.clone(), ..NodeOptions::default() }).await?;
        let Gathered { model, tests, .. } = gathered;
        node.activate(model.component, Some(model.manifest)).await.context("the model does not start")?;
        let mut ran = Vec::with_capacity(tests.len());
        for test in tests {
            let began = Instant::now();
            let verdict = self.run_one(&node, &test).await;
            let one = Ran { test, verdict, seconds: began.elapsed().as_secs_f64() };
            print_verdict(&one, format);
            ran.push(one);
        }
        node.close().await;
        Ok(ran)
    }

    async fn run_one(&self, node: &Node, test: &Planned) -> Verdict {
        let Some(number) = test.number else { return Verdict { findings: test.broken.clone() } };
        if let Some(finding) = judge::refuse(test, self.require_assertions) {
            return Verdict { findings: vec![finding] };
        }
        let name = microflow_name(number);
        let setup: Vec<_> = test.setup.iter().map(|(name, _)| name.clone()).collect();
        let ending = match test.cleanup {
            Cleanup::Rollback => Ending::Rollback,
            Cleanup::None => Ending::Commit,
        };
        let call = Call { setup: &setup, ending, ..Call::new(&name, "{}", Trigger::Test) };
        judge::judge(test, node.run(call).await)
    }
}

fn print_name(test: &Planned, format: Format) {
    match format {
        Format::Text => output::line(&format!("{} ({}:{})", test.name, test.file, test.line)),
        Format::Json => output::json(&json!({ "test": test.name, "file": test.file, "line": test.line })),
    }
}

fn print_verdict(ran: &Ran, format: Format) {
    let Ran { test, verdict, seconds } = ran;
    match format {
        Format::Text => {
            let word = if verdict.has_passed() { "pass" } else { "FAIL" };
            output::line(&format!("{word}  {} ({}:{})", test.name, test.file, test.line));
            for finding in &verdict.findings {
                output::line(&finding.text(&test.file));
            }
        }
        Format::Json => output::json(&json!({
            "test": test.name,
            "file": test.file,
            "line": test.line,
            "passed": verdict.has_passed(),
            "milliseconds": seconds * 1000.0,
            "findings": verdict.findings.iter().map(Finding::json).collect::<Vec<_>>(),
        })),
    }
}
