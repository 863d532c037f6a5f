use super::{Cleanup, read};

const FILE: &str = "-- A file.

/**
 * @setup Shop.Seed
 */

/**
 * @test Paying an order empties the account
 * @setup Shop.Second
 * @expect $ok = true
 * @expect count($entries) = 2
 * @cleanup none
 */
$ok = call microflow Shop.ACT_Pay(Order = $o);
retrieve $entries from Shop.Entry;
/

/** @test One line */
$x = call microflow Shop.X();
/
/**
 * @test Fails
 * @throws 'it''s empty'
 */
call microflow Shop.Y();
";

#[test]
fn a_file_is_read_test_by_test() {
    let file = read(FILE, 3, false);
    assert_eq!(file.faults, []);
    let names: Vec<_> = file.tests.iter().map(|test| test.case.name.as_str()).collect();
    assert_eq!(names, ["Paying an order empties the account", "One line", "Fails"]);

    let first = &file.tests[0];
    assert_eq!(first.case.source, 3);
    assert_eq!(first.case.line, 8);
    let expects: Vec<_> = first
        .case
        .expects
        .iter()
        .map(|one| (&FILE[one.expression.start as usize..one.expression.end as usize], one.line))
        .collect();
    assert_eq!(expects, [("$ok = true", 10), ("count($entries) = 2", 11)]);
    let body = &FILE[first.case.body.start as usize..first.case.body.end as usize];
    assert_eq!(body.trim(), "$ok = call microflow Shop.ACT_Pay(Order = $o);\nretrieve $entries from Shop.Entry;");
    assert_eq!(first.cleanup, Cleanup::None);
    let setup: Vec<_> = first.setup.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(setup, ["Shop.Seed", "Shop.Second"]);

    assert_eq!(file.tests[1].setup.len(), 1, "the file's own set-up comes before every test");
    assert_eq!(file.tests[2].throws.as_ref().map(|throws| throws.part.as_str()), Some("it's empty"));
}

#[test]
fn markdown_has_tests_in_fences() {
    let text = "# Tests\n\n```mdl\n/** @test not this */\n```\n\nProse.\n\n```mdl-test\n/**\n * @test In a fence\n * @expect $a = 1\n */\n$a = 1;\n/\n```\n\n````mdl-test\n/** @test Second */\n$b = 2;\n````\n";
    let file = read(text, 0, true);
    assert_eq!(file.faults, []);
    let tests: Vec<_> = file
        .tests
        .iter()
        .map(|test| {
            (
                test.case.name.as_str(),
                test.case.line,
                text[test.case.body.start as usize..test.case.body.end as usize].trim(),
            )
        })
        .collect();
    assert_eq!(tests, [("In a fence", 11, "$a = 1;"), ("Second", 19, "$b = 2;")]);
}

#[test]
fn slips_are_reported_with_their_lines() {
    let file = read("/**\n * @test A\n * @expct $x = 1\n * @cleanup maybe\n * @author me\n */\n/\n", 0, false);
    let faults: Vec<_> = file.faults.iter().map(|fault| (fault.line, fault.message.as_str())).collect();
    assert_eq!(
        faults,
        [(3, "unknown tag @expct; did you mean @expect?"), (4, "@cleanup takes rollback or none, not `maybe`")]
    );
}

#[test]
fn a_comment_without_an_end_is_a_fault() {
    let file = read("/**\n * @test A\n", 0, false);
    assert_eq!(file.tests.len(), 0);
    assert_eq!(file.faults[0].message, "this comment does not end; add */");
}
