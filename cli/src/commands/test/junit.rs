//! Reports in the format of JUnit, which build servers read.

use std::fmt::Write;

use super::Ran;

/// A report of tests that have run: one suite for each file.
pub(super) fn report(ran: &[Ran]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in ran.chunk_by(|left, right| left.test.file == right.test.file) {
        let file = escaped(&suite[0].test.file);
        let failures = suite.iter().filter(|one| !one.verdict.has_passed()).count();
        let seconds: f64 = suite.iter().map(|one| one.seconds).sum();
        // Writing to a string cannot fail.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failures}\" time=\"{seconds:.3}\">",
            suite.len()
        );
        suite.iter().for_each(|one| write_case(&mut xml, one, &file));
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn write_case(xml: &mut String, ran: &Ran, file: &str) {
    let name = escaped(&ran.test.name);
    let line = ran.test.line;
    let _ = write!(
        xml,
        "    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\" time=\"{:.3}\"",
        ran.seconds
    );
    let Some(first) = ran.verdict.findings.first() else {
        xml.push_str("/>\n");
        return;
    };
    let all: Vec<_> = ran.verdict.findings.iter().map(|finding| finding.text(&ran.test.file)).collect();
    let first = first.message.lines().next().unwrap_or_default();
    let _ = writeln!(
        xml,
        ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>",
        escaped(first),
        escaped(&all.join("\n"))
    );
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no way to write most control characters.
            control if control.is_control() && !matches!(control, '\n' | '\t') => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
