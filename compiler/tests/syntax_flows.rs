//! Expressions, constraints and statements of microflows: what a text says, in one line per form.

// A shared module of tests: everything in it is for them.
#[allow(missing_docs, unreachable_pub)]
mod shape;

use brooklet_compiler::diagnostics::{Diagnostics, Severity};
use brooklet_compiler::source::Source;
use brooklet_compiler::syntax::{self, Fragment, Place};
use brooklet_model::SourceId;

fn fragment(text: &str, version: u32) -> Fragment<'_> {
    Fragment { text, place: Place::Offset { source: SourceId(0), base: 0 }, version }
}

/// The text of the findings that are not notes.
fn findings(text: &str, diagnostics: Diagnostics) -> String {
    let sources = [Source { name: "t.mdl".to_owned(), text: text.to_owned() }];
    let mut renderer = brooklet_compiler::diagnostics::Renderer::new(&sources);
    let found = diagnostics.into_sorted();
    found.iter().filter(|one| one.severity != Severity::Note).map(|one| renderer.text(one)).collect()
}

fn expression(text: &str, expected: &str) {
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse_expression(fragment(text, 0), &mut diagnostics);
    assert_eq!(findings(text, diagnostics), "", "{text}");
    assert_eq!(shape::expression(&tree), expected, "{text}");
}

fn constraint(text: &str, expected: &str) {
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse_xpath(fragment(text, 0), syntax::Limits::MODEL, &mut diagnostics);
    assert_eq!(findings(text, diagnostics), "", "{text}");
    assert_eq!(shape::xpath(&tree), expected, "{text}");
}

fn statements(version: u32, text: &str, expected: &str) {
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse_block(fragment(text, version), &mut diagnostics);
    let found = findings(text, diagnostics);
    assert!(!found.contains("error["), "{text}\n{found}");
    assert_eq!(shape::block(&tree), expected, "{text}");
}

/// Alpha statements.
fn alpha(text: &str, expected: &str) {
    statements(0, text, expected);
}

/// Statements that both versions read alike.
fn both(text: &str, expected: &str) {
    statements(0, text, expected);
    statements(1, text, expected);
}

#[test]
fn operators_bind_as_they_do_in_mendix() {
    expression("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)");
    expression("$a - $b + $c", "(($a - $b) + $c)");
    expression("$a div 2 mod 3 : 4 % 5", "(((($a div 2) mod 3) div 4) mod 5)");
    expression("$a or $b and $c = 1", "($a or ($b and ($c = 1)))");
    expression("$a = 1 and $b != 2 or $c <> 3", "((($a = 1) and ($b != 2)) or ($c != 3))");
    expression("not($a) and $b", "((not $a) and $b)");
    expression("not $a = $b and $c", "((not ($a = $b)) and $c)");
    expression("-$a * -1", "((- $a) * (- 1))");
    expression("5 - -3 + +2", "((5 - (- 3)) + (+ 2))");
    expression("($a + 1) * 2", "(($a + 1) * 2)");
    expression("$a-$b", "($a - $b)");
    expression("$Order/Total-5", "($Order/Total - 5)");
}

#[test]
fn operands() {
    expression("1.50", "1.50d");
    expression("1e3", "1e3d");
    expression("'it''s'", "\"it's\"");
    expression(r"'a\nb\d\\'", r#""a\nb\\d\\""#);
    expression("'a\nb'", r#""a\nb""#);
    expression("$$ raw 'text' $$", "\" raw 'text' \"");
    expression("[%CurrentDateTime%]", "[%CurrentDateTime%]");
    expression("@Shop.Limit", "@Shop.Limit");
    expression("Shop.State.\"Open\"", "Shop.State.Open");
    expression("EMPTY", "empty");
    expression("true()", "true");
    expression("$o/Shop.Line_Order/Shop.Order/`Number`", "$o/Shop.Line_Order/Shop.Order/Number");
    expression("$o / Number", "$o/Number");
    expression("length(trim($s)) > 0", "(length(trim($s)) > 0)");
    expression("Shop.IsValid(Order = $o)", "Shop.IsValid((Order = $o))");
    expression("if $a then 1 else if $b then 2 else 3", "(if $a then 1 else (if $b then 2 else 3))");
    expression("count($Lines)", "count($Lines)");
}

#[test]
fn a_backslash_is_a_character_from_version_1_on() {
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse_expression(fragment(r"'a\nb' + 'c:\'", 1), &mut diagnostics);
    assert_eq!(shape::expression(&tree), r#"("a\\nb" + "c:\\")"#);
}

#[test]
fn constraints_have_many_spellings() {
    constraint("[State = 'Open' and Total >= $min]", "((State = {\"Open\"}) and (Total >= {$min}))");
    constraint("State = 'Open' and Total >= $min", "((State = {\"Open\"}) and (Total >= {$min}))");
    constraint("[State = 'Open'][Total >= $min]", "((State = {\"Open\"}) and (Total >= {$min}))");
    constraint("[State = 'Open'] or [Total >= $min]", "((State = {\"Open\"}) or (Total >= {$min}))");
    constraint("[not(Paid)]", "(not Paid)");
    constraint("[not Paid or Open]", "((not Paid) or Open)");
    constraint("[Paid = true() and Open = false]", "((Paid = {true}) and (Open = {false}))");
    constraint("[Note = empty or Note = NULL]", "((Note = empty) or (Note = empty))");
    constraint("[($p = empty or Note = $p)]", "(({$p} = empty) or (Note = {$p}))");
    constraint("[State = Shop.State.Open]", "(State = Shop.State.Open)");
    constraint("[id != $o]", "(id != {$o})");
}

#[test]
fn constraints_go_over_associations() {
    constraint("[Shop.Line_Order = $o]", "(Shop.Line_Order = {$o})");
    constraint("[Shop.Line_Order/Shop.Order/Number = $o/Number]", "(Shop.Line_Order/Shop.Order/Number = {$o/Number})");
    constraint("[not(Shop.Line_Order/Shop.Order)]", "(not Shop.Line_Order/Shop.Order)");
    constraint(
        "[Shop.Line_Order/Shop.Order[Open = true][Total > 1]/Number = 1]",
        "(Shop.Line_Order/Shop.Order[(Open = {true})][(Total > {1})]/Number = {1})",
    );
    constraint("[Shop.Parent[reversed()]/Shop.Order]", "Shop.Parent[reversed]/Shop.Order");
    constraint("[System.owner = '[%CurrentUser%]']", "(System.owner = {[%CurrentUser%]})");
}

#[test]
fn constraints_call_functions() {
    constraint("starts-with(Name, 'a')", "starts-with(Name, {\"a\"})");
    constraint("[contains(Name, $s) and ends-with(Name, 'z')]", "(contains(Name, {$s}) and ends-with(Name, {\"z\"}))");
    constraint("[Name = toString($n)]", "(Name = {toString($n)})");
    constraint("[Due < [%CurrentDateTime%]]", "(Due < {[%CurrentDateTime%]})");
    constraint(
        "[Due < '[%CurrentDateTime%] - 7 * [%DayLength%]']",
        "(Due < {([%CurrentDateTime%] - (7 * [%DayLength%]))})",
    );
    constraint("[Total > $a * 2 - 1]", "(Total > {(($a * 2) - 1)})");
    constraint("[year-from-dateTime(Due) = 2030]", "(year-from-dateTime(Due) = {2030})");
}

#[test]
fn variables() {
    both("declare $x Integer = 1;", "declare $x Integer = 1");
    both("declare $s string(20);", "declare $s String(Bounded(20)) = nothing");
    both("set $x = $x + 1;", "set $x = ($x + 1)");
    both("set $o/Shop.Order_Customer = $c;", "set $o/Shop.Order_Customer = $c");
    alpha("$x = 5; $o/Name = 'a';", "set $x = 5, set $o/Name = \"a\"");
}

#[test]
fn objects() {
    both(
        "$o = create Shop.Order (Number = 1, Shop.Order_Customer = $c) commit without events refresh;",
        "$o = create Shop.Order (Number = 1, Shop.Order_Customer = $c) commit without events refresh",
    );
    both("create \"Shop\".\"Order\";", "$_ = create Shop.Order ()");
    alpha("$o = create Shop.Order () commit $o", "$o = create Shop.Order (), commit $o events true refresh false");
    both("change $o (Paid = true) refresh commit;", "change $o (Paid = true) commit refresh");
    both("change $o;", "change $o ()");
    both("commit $o with events refresh;", "commit $o events true refresh true");
    both("commit $o without events;", "commit $o events false refresh false");
    both("rollback $o refresh; delete $o;", "rollback $o refresh true, delete $o refresh false");
    both("$s = cast $o;", "$s = cast $o _");
    both("cast $s;", "$s = cast $_ _");
}

#[test]
fn retrieves() {
    both("retrieve $r from Shop.Order;", "$r = retrieve Shop.Order all");
    both(
        "retrieve $r from Shop.Order where [Paid = true] sort by Total desc, Shop.Line_Order/Shop.Line/Number limit $n + 1 offset 2;",
        "$r = retrieve Shop.Order where (Paid = {true}) by Total desc, Shop.Line_Order/Shop.Line/Number limit ($n + 1) offset 2",
    );
    both("retrieve $r from Shop.Order where Paid first;", "$r = retrieve Shop.Order where Paid first");
    both("retrieve $r from Shop.Order where '[Name = ''a'']';", "$r = retrieve Shop.Order where (Name = {\"a\"}) all");
    both("retrieve $r from $o/Shop.Line_Order;", "$r = retrieve $o/Shop.Line_Order all");
    both("retrieve $r from $o/Shop.Line_Order/Shop.Line;", "$r = retrieve $o/Shop.Line_Order/Shop.Line all");
    both("retrieve $r from (select 1 as A from Shop.Order);", "$r = retrieve (select 1 as A from Shop.Order) all");
}

#[test]
fn limit_1_is_an_object_in_alpha_and_a_list_later() {
    statements(0, "retrieve $r from Shop.Order limit 1;", "$r = retrieve Shop.Order first");
    statements(1, "retrieve $r from Shop.Order limit 1;", "$r = retrieve Shop.Order limit 1 offset nothing");
    statements(0, "retrieve $r from Shop.Order limit 1 offset 3;", "$r = retrieve Shop.Order limit 1 offset 3");
    statements(0, "retrieve $r from Shop.Order limit $n;", "$r = retrieve Shop.Order limit $n offset nothing");
}

#[test]
fn list_operations_in_both_spellings() {
    alpha("$h = head($L); set $t = tail($L);", "$h = head $L, $t = tail $L");
    both("$h = head $L; $t = tail $L;", "$h = head $L, $t = tail $L");
    alpha("$f = filter($L, $currentObject/Paid = true);", "$f = filter $L ($currentObject/Paid = true)");
    both("$f = filter $L where Paid = true;", "$f = filter $L (Paid = true)");
    both("$f = find $L by Number = 3;", "$f = find $L (Number = 3)");
    alpha("$f = find($L, Number = 3);", "$f = find $L (Number = 3)");
    alpha("$s = sort($L, \"Order\" desc, Name);", "$s = sort $L by Order desc, Name");
    both("$s = sort $L by Name asc;", "$s = sort $L by Name");
    alpha("$u = union($A, $B); $s = subtract($A, $B);", "$u = union $A $B, $s = $A without $B");
    both("$u = union $A with $B; $s = subtract $B from $A;", "$u = union $A $B, $s = $A without $B");
    both("$c = contains $o in $L; $e = equals $A and $B;", "$c = $L contains $o, $e = $A equals $B");
    alpha("$r = range($L, 10, 5);", "$r = range $L offset 10 limit 5");
    both("$r = range $L offset 10 limit 5;", "$r = range $L offset 10 limit 5");
    both("$l = create list of Shop.Order;", "$l = list of Shop.Order");
    both("add $o to $l; remove $o from $l; clear $l;", "add $o to $l, remove $o from $l, clear $l");
    both("add if $a then $b else $c to $o/Shop.Tags;", "add (if $a then $b else $c) to $o/Shop.Tags");
}

#[test]
fn what_may_be_a_function_stays_a_call() {
    alpha("$c = contains($a, $b);", "set $c = contains($a, $b)");
    alpha("$c = find($a, $b);", "set $c = find($a, $b)");
    alpha("$c = find($a, 'x');", "set $c = find($a, \"x\")");
    alpha("$c = length($a); $d = count($a);", "set $c = length($a), set $d = count($a)");
    alpha("$m = max($a, $b);", "set $m = max($a, $b)");
    statements(1, "set $c = find($a, $b = 1);", "set $c = find($a, ($b = 1))");
}

#[test]
fn aggregates_in_both_spellings() {
    alpha("$s = sum($L.Total);", "$s = aggregate $L sum $currentObject/Total");
    alpha("$s = average($L, $currentObject/Total * 2);", "$s = aggregate $L average ($currentObject/Total * 2)");
    both(
        "$s = maximum $L by Total; $n = count $L;",
        "$s = aggregate $L maximum $currentObject/Total, $n = aggregate $L count",
    );
    both("$s = minimum $L of $currentObject/A + 1;", "$s = aggregate $L minimum ($currentObject/A + 1)");
    both("$s = all $L where Paid; $t = any $L where Paid;", "$s = aggregate $L all Paid, $t = aggregate $L any Paid");
    both(
        "$s = reduce $L from 0 as Integer using $currentResult + 1;",
        "$s = aggregate $L reduce 0 as Integer by ($currentResult + 1)",
    );
    alpha(
        "$s = reduce($L, $currentResult + 1, initial: 0, returns: Integer);",
        "$s = aggregate $L reduce 0 as Integer by ($currentResult + 1)",
    );
}

#[test]
fn branches_and_loops() {
    both(
        "if $a then return 1; elsif $b then return 2; else return 3; end if;",
        "if $a {return 1} elsif $b {return 2} else {return 3}",
    );
    both(
        "case $o/State when Open, Paid then break; when (empty) then continue; else return; end case;",
        "case $o/State Open, Paid {break} (empty) {continue} else {return nothing}",
    );
    alpha(
        "split type $o case Shop.Car cast $c; else return; end split;",
        "split $o Shop.Car {$c = cast $_ _} else {return nothing}",
    );
    both(
        "split type $o when Shop.Car then return 1; when (empty) then return 2; end split;",
        "split $o Shop.Car {return 1} (empty) {return 2}",
    );
    both("loop $i in $L begin break; end loop;", "loop $i in $L {break}");
    both("loop $i in $o/Shop.Lines begin end loop;", "loop $i in $o/Shop.Lines {}");
    both("while $n > 0 begin set $n = $n - 1; end while;", "while ($n > 0) {set $n = ($n - 1)}");
    alpha("while $n > 0 set $n = $n - 1; end;", "while ($n > 0) {set $n = ($n - 1)}");
    both("merge done; join done;", "jump true done, jump false done");
    both("raise error; throw 'x';", "raise error, throw \"x\"");
}

#[test]
fn calls_and_error_handlers() {
    both(
        "$r = call microflow Shop.Pay(Order = $o, \"Total\" = 1) in queue Shop.Q on error continue;",
        "$r = call Microflow Shop.Pay(Order = $o, Total = 1) in Shop.Q on error continue",
    );
    both("call nanoflow Shop.N();", "call Nanoflow Shop.N()");
    both("call java action Shop.J(P = empty);", "call JavaAction Shop.J(P = empty)");
    both("call javascript action Shop.J($P = 1);", "call JavaScriptAction Shop.J(P = 1)");
    both("commit $o on error rollback;", "commit $o events true refresh false");
    both("commit $o on error { raise error; };", "commit $o events true refresh false on error {raise error}");
    both(
        "commit $o on error without rollback begin raise error; end error;",
        "commit $o events true refresh false on error without rollback {raise error}",
    );
}

#[test]
fn messages_and_the_client() {
    both("log 'a';", "log Info nothing \"a\" []");
    both("log warning node 'N' 'a {1} {2}' with ({2} = 2, {1} = $x);", "log Warning \"N\" \"a {1} {2}\" [$x, 2]");
    alpha("log trace node 'N' 'a'\n return $x;", "log Trace \"N\" \"a\" [], return $x");
    both("validation feedback $o/Name message 'no {1}' objects [$x];", "feedback $o/Name \"no {1}\" [$x]");
    both("show message 'a' type Error with ({1} = 2) blocking;", "message Error \"a\" [2] blocking true");
    both("show page Shop.P ($Order = $o);", "show-page Shop.P(Order = $o)");
    both("show page Shop.P (\"Order\": $o);", "show-page Shop.P(Order = $o)");
    both("show home page; close page;", "show-home-page(), close-page()");
    both("download file $f show in browser;", "download-file(file = $f, show-in-browser = true)");
    both("open user task $t; open workflow $w;", "open-user-task(task = $t), open-workflow(workflow = $w)");
}

#[test]
fn services_are_read_to_their_end() {
    let rest = "$r = rest call post 'https://h/{1}' with ({1} = $x) header 'A-B' = 'c' header Accept = 'd' \
                auth basic $u password $p body '{1}' with ({1} = 2) timeout 30 returns string on error continue; break;";
    both(rest, "needs REST calls ($r: String(Unspecified)) on error continue, break");
    both(
        "call rest service get $url returns mapping Shop.IM as list of Shop.Order; break;",
        "needs REST calls (), break",
    );
    both("$r = rest call get $u returns response;", "needs REST calls ($r: System.HttpResponse)");
    both("$r = rest call get $u body mapping Shop.EM from $o returns none;", "needs REST calls ($r: Nothing)");
    both(
        "$r = send rest request Shop.Api.Get with ($a = 1) body $b; break;",
        "needs consumed REST services ($r: ?), break",
    );
    both("$o = import from mapping Shop.IM($s) first; break;", "needs import mappings ($o: ?), break");
    both("$s = export to mapping Shop.EM($o); break;", "needs export mappings ($s: String(Unspecified)), break");
    both("$s = transform $j with Shop.DT; break;", "needs data transformers ($s: String(Unspecified)), break");
    both(
        "$l = execute database query Shop.C.Q dynamic 'select' (a = 1); break;",
        "needs external databases ($l: ?), break",
    );
    both(
        "$x = call web service Shop.S operation Get receive mapping Shop.M timeout 3; break;",
        "needs SOAP services ($x: ?), break",
    );
    both("call external action Shop.C.Reset(); break;", "needs actions of OData services (), break");
    both("$w = call workflow Shop.W ($o); break;", "needs workflows ($w: ?), break");
    both(
        "$d = get workflow data $w as Shop.W; notify workflow $w; lock workflow all;",
        "needs workflows ($d: ?), needs workflows (), needs workflows ()",
    );
    both(
        "workflow operation abort $w reason 'x'; set task outcome $t 'Yes'; break;",
        "needs workflows (), needs workflows (), break",
    );
}

#[test]
fn annotations_are_read_and_only_captions_kept() {
    both(
        "@position(1, 2) @caption 'Save' @color Green\n commit $o; @anchor(to: (from: top)) @annotation 'free'",
        "@\"Save\" commit $o events true refresh false",
    );
}

#[test]
fn alpha_leaves_out_semicolons() {
    alpha(
        "declare $x Integer = 1 set $x = 2 change $o (A = 1) commit $o log info 'a' return $x",
        "declare $x Integer = 1, set $x = 2, change $o (A = 1), commit $o events true refresh false, log Info nothing \"a\" [], return $x",
    );
}
