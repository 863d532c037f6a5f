//! Statements of scripts: every spelling of a document gives the same tree, and old spellings are told from new ones.

use brooklet_compiler::diagnostics::{Diagnostics, Renderer, Severity};
use brooklet_compiler::source::Source;
use brooklet_compiler::syntax;
use brooklet_compiler::syntax::document::{
    CreateMode, DocumentKind, EntityChange, EntityKind, RuleCheck, Script, ScriptStatementKind,
};
use brooklet_model::{DeleteBehavior, MemberAccess, Operation, SourceId};

fn parse(name: &str, text: &str) -> (Script, Vec<(&'static str, Severity)>, String) {
    let sources = [Source { name: name.to_owned(), text: text.to_owned() }];
    let mut diagnostics = Diagnostics::default();
    let script = syntax::parse(SourceId(0), &sources[0], &mut diagnostics);
    let found = diagnostics.into_sorted();
    let mut renderer = Renderer::new(&sources);
    let codes = found.iter().map(|one| (one.code, one.severity)).collect();
    (script, codes, found.iter().map(|one| renderer.text(one)).collect())
}

/// The statements of a script that must have no error.
fn script(text: &str) -> Script {
    let (script, codes, rendered) = parse("t.mdl", text);
    assert!(codes.iter().all(|(_, severity)| *severity == Severity::Note), "{text}\n{rendered}");
    script
}

/// The only statement of a script.
fn one(text: &str) -> ScriptStatementKind {
    let mut statements = script(text).statements;
    assert_eq!(statements.len(), 1, "{text}");
    statements.remove(0).kind
}

/// A tree as text, without its places.
fn without_places(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut pieces = text.split("Span {");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| all + "_" + piece.split_once('}').map_or("", |(_, rest)| rest))
}

/// The old spelling, its code, and the canonical one.
const SPELLINGS: &[(&str, &str, &str)] = &[
    ("create or replace enumeration M.E (A);", "MDL-DEPR001", "create or modify enumeration M.E (A);"),
    (
        "create entity M.E (A: String not null error 'm');",
        "MDL-DEPR021",
        "create entity M.E (A: String not null error message 'm');",
    ),
    (
        "create association M.A from M.X to M.Y type ReferenceSet delete_behavior DELETE_AND_REFERENCES;",
        "MDL-DEPR022",
        "create association M.A from M.X to M.Y type ReferenceSet on delete cascade;",
    ),
    (
        "create association M.A from M.X to M.Y delete_behavior delete_if_no_references;",
        "MDL-DEPR022",
        "create association M.A from M.X to M.Y on delete restrict;",
    ),
    (
        "create association M.A from M.X to M.Y delete_behavior DELETE_BUT_KEEP_REFERENCES;",
        "MDL-DEPR022",
        "create association M.A from M.X to M.Y on delete set null;",
    ),
    (
        "create association M.A from M.X to M.Y type reference_set;",
        "MDL-DEPR023",
        "create association M.A from M.X to M.Y type ReferenceSet;",
    ),
    (
        "create association M.A ( from M.X to M.Y, type: Reference );",
        "MDL-DEPR064",
        "create association M.A from M.X to M.Y type Reference;",
    ),
    (
        "grant M.R on M.E (create, read *, write (A, B)) where '[A = ''x'']';",
        "MDL-DEPR030",
        "grant create, read *, write (A, B) on entity M.E to M.R where [A = 'x'];",
    ),
    ("revoke M.R on M.E (read *);", "MDL-DEPR082", "revoke read * on entity M.E from M.R;"),
    ("revoke M.R on M.E;", "MDL-DEPR082", "revoke all on entity M.E from M.R;"),
    ("alter settings runtime A = 'x', B = 2;", "MDL-DEPR060", "alter settings runtime ( A: 'x', B: 2 );"),
    ("alter settings model ( A: 'x' );", "MDL-DEPR555", "alter settings runtime ( A: 'x' );"),
    (
        "alter settings constant 'M.C' value '1' in configuration 'D';",
        "MDL-DEPR085",
        "alter settings constant @M.C value '1' in configuration 'D';",
    ),
    (
        "alter entity M.E modify attribute A String(20);",
        "MDL-DEPR065",
        "alter entity M.E modify attribute A: String(20);",
    ),
    ("alter entity M.E add column A: String;", "MDL-DEPR093", "alter entity M.E add attribute A: String;"),
    ("alter entity M.E set comment 'x';", "MDL-DEPR135", "alter entity M.E set documentation 'x';"),
    ("alter user role R remove module roles (M.R);", "MDL-DEPR091", "alter user role R drop module roles (M.R);"),
    ("alter app security level production;", "MDL-DEPR133", "alter app security ( SecurityLevel: Production );"),
    (
        "alter project security ( EnableDemoUsers: true );",
        "MDL-DEPR554",
        "alter app security ( EnableDemoUsers: true );",
    ),
    (
        "create constant M.C type Integer default 5;",
        "MDL-DEPR136",
        "create constant M.C ( Type: Integer, DefaultValue: 5 );",
    ),
    ("/** d */ create module M;", "", "/** d */ create module M;"),
    ("create module M comment 'd';", "MDL-DEPR100", "/** d */ create module M;"),
    (
        "create demo user 'u' password 'p' entity M.E (R, S);",
        "MDL-DEPR137",
        "create demo user 'u' ( Password: 'p', Entity: M.E, UserRoles: (R, S) );",
    ),
    ("drop rest client M.C;", "MDL-DEPR550", "drop consumed rest service M.C;"),
    ("drop odata client M.C;", "MDL-DEPR551", "drop consumed odata service M.C;"),
    ("drop odata service M.C;", "MDL-DEPR552", "drop published odata service M.C;"),
    ("drop queue M.Q;", "MDL-DEPR553", "drop task queue M.Q;"),
    (
        "create microflow M.F () begin $h = head($L); end;",
        "MDL-DEPR003",
        "create microflow M.F () begin $h = head $L; end;",
    ),
    (
        "create microflow M.F () begin $s = sum($L.A); end;",
        "MDL-DEPR004",
        "create microflow M.F () begin $s = sum $L by A; end;",
    ),
    (
        "create microflow M.F () begin call microflow M.G($P = 1); end;",
        "MDL-DEPR006",
        "create microflow M.F () begin call microflow M.G(P = 1); end;",
    ),
    (
        "create microflow M.F () begin show page M.P(P: $o); end;",
        "MDL-DEPR007",
        "create microflow M.F () begin show page M.P(P = $o); end;",
    ),
    (
        "create microflow M.F () begin show message '{1}' type Error objects [1]; end;",
        "MDL-DEPR009",
        "create microflow M.F () begin show message '{1}' type Error with ({1} = 1); end;",
    ),
    (
        "create microflow M.F () begin rest call get 'x' returns nothing; end;",
        "MDL-DEPR094",
        "create microflow M.F () begin call rest service get 'x' returns nothing; end;",
    ),
    (
        "create microflow M.F () begin call rest service get 'x' returns none; end;",
        "MDL-DEPR024",
        "create microflow M.F () begin call rest service get 'x' returns nothing; end;",
    ),
    (
        "create microflow M.F () begin commit $o on error { break; }; end;",
        "MDL-DEPR540",
        "create microflow M.F () begin commit $o on error begin break; end error; end;",
    ),
];

#[test]
fn old_and_canonical_spellings_give_the_same_tree() {
    for (old, _, canonical) in SPELLINGS {
        assert_eq!(without_places(&script(old)), without_places(&script(canonical)), "{old}");
    }
}

#[test]
fn an_old_spelling_is_usual_in_alpha_a_warning_in_1_and_refused_in_2() {
    for (old, code, canonical) in SPELLINGS.iter().filter(|(_, code, _)| !code.is_empty()) {
        let found = |version: u32, text: &str| parse("t.mdl", &format!("mdl {version};\n{text}"));
        let of_code = |codes: &[(&str, Severity)]| codes.iter().find(|(one, _)| one == code).map(|(_, how)| *how);
        assert_eq!(of_code(&parse("t.mdl", old).1), None, "{old}");
        let (_, codes, rendered) = found(1, old);
        assert_eq!(of_code(&codes), Some(Severity::Warning), "{old}\n{rendered}");
        let (_, codes, rendered) = found(2, old);
        assert_eq!(of_code(&codes), Some(Severity::Error), "{old}\n{rendered}");
        let (_, codes, rendered) = found(2, canonical);
        assert!(codes.iter().all(|(_, severity)| *severity == Severity::Note), "{canonical}\n{rendered}");
    }
}

#[test]
fn an_entity_with_everything() {
    let text = "create or modify persistent entity \"M\".`Order` extends System.FileDocument (
        /** the number */
        Number: AutoNumber not null default 1000,
        @RenamedFrom('Head')
        Title: String(80) required error 'r' unique default 'x',
        State: Enumeration(M.State) default Open,
        Lines: Integer calculated by M.CALC,
        Owner: AutoOwner,
    ) index (Number desc, Title), index idx on (State)
    on before commit call M.BCO($currentObject)
    on after delete call M.ADE
    comment 'An order';";
    let ScriptStatementKind::CreateEntity(entity) = one(text) else { panic!("an entity") };
    assert_eq!(
        (entity.mode, entity.kind, entity.name.text().as_str()),
        (CreateMode::OrModify, EntityKind::Persistent, "M.Order")
    );
    assert_eq!(entity.generalization.map(|name| name.text()).as_deref(), Some("System.FileDocument"));
    let names: Vec<_> = entity.attributes.iter().map(|one| one.name.text.as_str()).collect();
    assert_eq!(names, ["Number", "Title", "State", "Lines", "Owner"]);
    assert_eq!(entity.attributes[0].documentation, "the number");
    assert_eq!(entity.attributes[0].required, Some(None));
    assert_eq!(entity.attributes[1].required, Some(Some("r".to_owned())));
    assert_eq!(entity.attributes[1].unique, Some(None));
    assert!(matches!(&entity.attributes[3].calculated, Some(Some(name)) if name.text() == "M.CALC"));
    assert_eq!(entity.indexes.len(), 2);
    assert!(entity.indexes[0].columns[0].1 && !entity.indexes[0].columns[1].1);
    let handlers: Vec<_> =
        entity.handlers.iter().map(|one| (one.before, one.operation, one.passes_object, one.raise_error)).collect();
    assert_eq!(handlers, [(true, Operation::Commit, Some(true), true), (false, Operation::Delete, None, false)]);
    assert_eq!(script(text).statements[0].documentation, "An order");
}

#[test]
fn kinds_of_entities() {
    let kind = |text| match one(text) {
        ScriptStatementKind::CreateEntity(entity) => (entity.kind, entity.query),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("create entity M.E;"), (EntityKind::Persistent, None));
    assert_eq!(kind("CREATE NON-PERSISTENT ENTITY M.E ( A: String );"), (EntityKind::NonPersistent, None));
    assert_eq!(
        kind("create view entity M.V ( A: Integer ) as ( select 1 as A from M.E );"),
        (EntityKind::View, Some("select 1 as A from M.E".to_owned()))
    );
    assert_eq!(
        kind("create view entity M.V ( A: Integer ) as\n  select count(e.A) as A\n  from M.E as e;\n/"),
        (EntityKind::View, Some("select count(e.A) as A\n  from M.E as e".to_owned()))
    );
    assert_eq!(
        kind("create external entity M.E from odata client M.C ( EntitySet: 'E' ) ( A: String );").0,
        EntityKind::External
    );
}

#[test]
fn an_entity_changes_in_many_ways() {
    let text = "alter entity M.E
        add attribute if not exists A: Decimal default 0,
        rename attribute B to C
        drop attribute if exists D
        add index (A) drop index idx
        add event handler on before delete call M.F() raise error
        drop event handler on after create
        set position (1, 2);";
    let ScriptStatementKind::AlterEntity { changes, .. } = one(text) else { panic!("changes") };
    assert_eq!(changes.len(), 8);
    assert!(matches!(&changes[0], EntityChange::AddAttribute { if_missing: true, .. }));
    assert!(matches!(&changes[1], EntityChange::RenameAttribute(from, to) if from.text == "B" && to.text == "C"));
    assert!(matches!(&changes[5], EntityChange::AddHandler(handler) if handler.passes_object == Some(false)));
    assert!(matches!(changes[6], EntityChange::DropHandler { before: false, operation: Operation::Create }));
}

#[test]
fn the_owner_of_an_association_and_what_a_deletion_does() {
    let text = "create association M.A from M.X to M.Y type reference owner both storage column \
                on delete restrict error message 'still used';";
    let ScriptStatementKind::CreateAssociation { from, options, .. } = one(text) else { panic!("an association") };
    assert_eq!(from.text(), "M.X");
    assert_eq!((options.reference_set, options.owner_both), (Some(false), Some(true)));
    assert_eq!(options.on_delete, Some(DeleteBehavior::Prevent));
    assert_eq!(options.delete_message.as_deref(), Some("still used"));
}

#[test]
fn validation_rules() {
    let check = |text| match one(text) {
        ScriptStatementKind::CreateValidationRule { check, message, .. } => (check, message),
        other => panic!("{other:?}"),
    };
    let (rule, message) = check("create validation rule M.R for M.E range Total >= 0 and Total <= 9 feedback 'f';");
    assert!(matches!(rule, RuleCheck::Range(_, Some(_), Some(_))));
    assert_eq!(message.as_deref(), Some("f"));
    let (rule, _) = check("create validation rule M.R for M.E range Total between 1 and 2 error message 'f';");
    assert!(matches!(rule, RuleCheck::Range(_, Some(_), Some(_))));
    let (rule, _) = check("create validation rule for M.E.Total range from 1 feedback 'f';");
    assert!(matches!(rule, RuleCheck::Range(name, Some(_), None) if name.text == "Total"));
    let (rule, _) = check("create validation rule M.R for M.E unique A, B feedback 'f';");
    assert!(matches!(rule, RuleCheck::Unique(names) if names.len() == 2));
    assert!(matches!(check("create validation rule M.R for M.E required \"Order\";").0, RuleCheck::Required(_)));
    assert!(matches!(check("create validation rule M.R for M.E regex A '^x';").0, RuleCheck::Regex(..)));
    assert!(matches!(check("create validation rule M.R for M.E maxlength A 5;").0, RuleCheck::MaxLength(_, 5)));
}

#[test]
fn a_microflow_with_everything() {
    let text = "/** Pays.
 *
 * Twice. */
@applyentityaccess
@excluded
create or modify microflow M.Pay ( $Order: M.Order, Rate: Decimal, \"List\": list of M.Line )
folder 'Orders' returns Boolean as $Ok
disallow concurrent execution error message 'busy'
begin return true; end;
/";
    let script = script(text);
    let statement = &script.statements[0];
    assert_eq!(statement.documentation, "Pays.\n\nTwice.");
    assert!(statement.excluded && statement.applies_entity_access);
    let ScriptStatementKind::CreateMicroflow(microflow) = &statement.kind else { panic!("a microflow") };
    let names: Vec<_> = microflow.parameters.iter().map(|one| one.name.text.as_str()).collect();
    assert_eq!(names, ["Order", "Rate", "List"]);
    assert_eq!(microflow.result_name.as_ref().map(|name| name.text.as_str()), Some("Ok"));
    assert_eq!(microflow.disallow_concurrent.as_ref().and_then(|rule| rule.message.as_deref()), Some("busy"));
    assert_eq!(microflow.body.len(), 1);
}

#[test]
fn actions_are_signatures() {
    let text = "create java action M.J(P: String not null, L: list of M.E, S: stringtemplate(sql)) returns Boolean \
                exposed as 'c' in 'g' as $$ return true; /* '); */ $$;";
    let ScriptStatementKind::CreateAction { parameters, returns, .. } = one(text) else { panic!("an action") };
    assert_eq!((parameters.len(), returns.is_some()), (3, true));
}

#[test]
fn rights_and_roles() {
    let text = "grant M.A, M.B on M.E (create, delete, read *, write (\"Order\", M.Assoc)) where '[A = 1]';";
    let ScriptStatementKind::EntityAccess { roles, rights, constraint, .. } = one(text) else { panic!("access") };
    assert_eq!(roles.len(), 2);
    assert!(rights.create && rights.delete && !rights.everything && rights.read == MemberAccess::All);
    assert_eq!(rights.write, MemberAccess::Some(vec!["Order".to_owned(), "M.Assoc".to_owned()]));
    assert_eq!(constraint.map(|constraint| constraint.text).as_deref(), Some("[A = 1]"));

    let text = "grant access on published rest service M.S to M.R;";
    let ScriptStatementKind::DocumentAccess { kind, .. } = one(text) else { panic!("access") };
    assert_eq!(kind, DocumentKind::Other("published rest service".to_owned()));

    let text = "create or modify user role \"Clerk\" ( ModuleRoles: (M.A, System.User), ManageAllRoles: true );";
    let ScriptStatementKind::CreateUserRole { module_roles, manage_all_roles, .. } = one(text) else {
        panic!("a role")
    };
    assert_eq!((module_roles.len(), manage_all_roles), (2, true));

    let text = "alter project security guest access on role Visitor;";
    let ScriptStatementKind::AlterSecurity { guest_access, guest_role, .. } = one(text) else { panic!("security") };
    assert_eq!((guest_access, guest_role.map(|name| name.text).as_deref()), (Some(true), Some("Visitor")));
}

#[test]
fn renaming_moving_and_dropping() {
    assert!(matches!(one("rename module A to B;"), ScriptStatementKind::Rename { kind: DocumentKind::Module, .. }));
    assert!(matches!(one("move entity M.A to N;"), ScriptStatementKind::Move { module: Some(_), .. }));
    assert!(matches!(one("move microflow M.A to folder 'F/G';"), ScriptStatementKind::Move { module: None, .. }));
    assert!(matches!(one("move microflow M.A to folder 'F' in N;"), ScriptStatementKind::Move { module: Some(_), .. }));
    assert!(matches!(
        one("drop demo user if exists 'u';"),
        ScriptStatementKind::Drop { kind: DocumentKind::DemoUser, .. }
    ));
    assert!(
        matches!(one("execute script 'a/b.mdl';"), ScriptStatementKind::ExecuteScript { path } if path == "a/b.mdl")
    );
}

#[test]
fn what_means_nothing_to_a_server_is_skipped_to_its_end() {
    let text = "create page M.P ( Title: 'a; b', Params: { $o: M.E } ) {
  dataview d (datasource: $o) { textbox t (attribute: Name, visible: [Name != 'x;']) }
}
alter page M.P {
  set Caption = 'x' on t;
  drop widget t;
}
show microflows
create workflow M.W parameter $c: M.E begin
  user task T 'x' outcomes 'A' { } ;
  call microflow M.F;
end workflow;
create module N;";
    let kinds: Vec<_> = script(text)
        .statements
        .into_iter()
        .map(|statement| match statement.kind {
            ScriptStatementKind::CreateOther { name, needs, .. } => format!("{} {needs:?}", name.text()),
            ScriptStatementKind::Skipped { what } => what,
            ScriptStatementKind::CreateModule(name) => format!("module {}", name.text),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["M.P None", "alter page", "show microflows", "M.W Some(\"workflows\")", "module N"]);
}

#[test]
fn tests_are_statements_of_files_that_say_so() {
    let text = "/** @setup M.Seed */

/**
 * @test Paying
 * @expect $ok = true
 */
$ok = call microflow M.Pay(Order = $o);
retrieve $all from M.Order
/

/** @test Nothing */
create M.Order (Number = 1);
commit $o;
/
create module M;";
    let (script, codes, rendered) = parse("a.test.mdl", text);
    assert!(codes.is_empty(), "{rendered}");
    assert_eq!(script.documentation, "@setup M.Seed");
    let lengths: Vec<_> = script
        .statements
        .iter()
        .map(|statement| match &statement.kind {
            ScriptStatementKind::Test { body } => body.len(),
            _ => 0,
        })
        .collect();
    assert_eq!(lengths, [2, 2, 0]);
    assert_eq!(script.statements[0].documentation, "@test Paying\n@expect $ok = true");
    let (_, codes, _) = parse("a.mdl", text);
    assert_eq!(codes, [("MDL0011", Severity::Error), ("MDL0011", Severity::Error)]);
}
