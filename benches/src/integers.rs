//! Loops of integer arithmetic, against native Rust with the same checks for overflow.
//!
//! Two of them: one whose time goes into the remainder of a division, as any loop with `mod` does, and one of cheap operations
//! only, where each check shows. Their operands come from outside, so that no compiler can compute anything beforehand.

use std::hint::black_box;

use anyhow::{Context, ensure};
use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Trigger},
};

use crate::figures::{Bar, Effort, Figure, spread, timed};

const MODEL: &str = "\
mdl 1;
create module Bench;

create microflow Bench.Remainders ( Count: Integer, Factor: Integer, Modulus: Integer ) returns Integer
begin
  declare $Index Integer = 0;
  declare $Sum Integer = 0;
  while $Index < $Count begin
    set $Sum = ($Sum * $Factor + $Index) mod $Modulus;
    if $Sum > 500000 then
      set $Sum = $Sum - 250000;
    end if;
    set $Index = $Index + 1;
  end while;
  return $Sum;
end;

create microflow Bench.Sums ( Count: Integer, Factor: Integer, Modulus: Integer ) returns Integer
begin
  declare $Index Integer = 0;
  declare $Sum Integer = 0;
  while $Index < $Count begin
    declare $Step Integer = $Index * $Factor + $Modulus;
    if $Step > $Sum then
      set $Sum = $Sum + $Step;
    else
      set $Sum = $Sum - $Index;
    end if;
    set $Index = $Index + 1;
  end while;
  return $Sum;
end;
";

const FACTOR: i64 = 31;
const MODULUS: i64 = 1_000_003;

type Native = fn(i64, i64, i64) -> Option<i64>;

fn remainders(count: i64, factor: i64, modulus: i64) -> Option<i64> {
    let (mut index, mut sum) = (0_i64, 0_i64);
    while index < count {
        sum = sum.checked_mul(factor)?.checked_add(index)?.checked_rem(modulus)?;
        if sum > 500_000 {
            sum = sum.checked_sub(250_000)?;
        }
        index = index.checked_add(1)?;
    }
    Some(sum)
}

fn sums(count: i64, factor: i64, modulus: i64) -> Option<i64> {
    let (mut index, mut sum) = (0_i64, 0_i64);
    while index < count {
        let step = index.checked_mul(factor)?.checked_add(modulus)?;
        sum = if step > sum { sum.checked_add(step)? } else { sum.checked_sub(index)? };
        index = index.checked_add(1)?;
    }
    Some(sum)
}

pub(crate) fn measure(effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let sources = [Source { name: "bench.mdl".to_owned(), text: MODEL.to_owned() }];
    let component = compile(&sources, &Options::default()).component.context("the model has faults")?;
    let node = runtime.block_on(async {
        let node = Node::start(NodeOptions::default()).await?;
        node.activate(component.into(), None).await?;
        anyhow::Ok(node)
    })?;
    let count = effort.iterations;
    let arguments = format!(r#"{{"Count": {count}, "Factor": {FACTOR}, "Modulus": {MODULUS}}}"#);
    let loops: [(&str, &str, Native); 2] = [
        ("a loop with mod, to native Rust", "Bench.Remainders", remainders),
        ("a loop without mod, to native Rust", "Bench.Sums", sums),
    ];
    let mut figures = Vec::new();
    for (what, microflow, native) in loops {
        let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..effort.rounds {
            let (expected, native_ms) = timed(|| native(black_box(count), black_box(FACTOR), black_box(MODULUS)));
            let call = Call::new(microflow, &arguments, Trigger::Test);
            let (outcome, ours_ms) = timed(|| runtime.block_on(node.run(call)));
            let expected = expected.context("the native loop overflows")?.to_string();
            let result = outcome?.result;
            ensure!(result == expected, "{microflow} answers {result}, and native Rust {expected}");
            ratios.push(ours_ms / native_ms);
            ours.push(ours_ms);
            theirs.push(native_ms);
        }
        let each = |times: &[f64]| spread(times).0 * 1e6 / count as f64;
        let detail = format!("{:.2} and {:.2} ns an iteration", each(&ours), each(&theirs));
        figures.push(Figure::median(what, "×", &ratios).with_bar(Bar::AtMost(2.0)).with_detail(detail));
    }
    runtime.block_on(node.close());
    Ok(figures)
}
