//! Queries from outside: XPath over a compiled model, without a microflow.

use brooklet_compiler::{Options, QueryPart, compile, diagnostics::render_text, query, source::Source};
use brooklet_model::{Condition, DefaultValue, EntityId, Manifest, Operand, Query};

const MODEL: &str = "
    create enumeration Shop.State ( Open 'Open', Closed 'Closed' );
    create persistent entity Shop.Customer ( Name: String, Secret: HashedString, Vip: Boolean, owner: AutoOwner );
    create persistent entity Shop.Company extends Shop.Customer ( Number: Integer );
    create persistent entity Shop.Order (
      Title: String, Total: Decimal, Pieces: Integer, State: enum Shop.State, Placed: DateTime, Paid: Boolean,
      Words: String calculated by Shop.Words
    );
    create persistent entity Shop.Line ( Pieces: Integer );
    create non-persistent entity Shop.Basket ( Title: String );
    create association Shop.Order_Customer from Shop.Order to Shop.Customer;
    create association Shop.Line_Order from Shop.Line to Shop.Order;
    create association Shop.Order_Parent from Shop.Order to Shop.Order;
    create association Shop.Basket_Order from Shop.Basket to Shop.Order;
    create microflow Shop.Words ($Order: Shop.Order) returns String begin return 'x'; end;";

fn manifest(text: &str) -> Manifest {
    let sources = [Source { name: "model.mdl".to_owned(), text: text.to_owned() }];
    let compilation = compile(&sources, &Options::default());
    let found: String = compilation.diagnostics.iter().map(|one| render_text(one, &sources)).collect();
    compilation.manifest.unwrap_or_else(|| panic!("{found}"))
}

fn named(manifest: &Manifest, name: &str) -> EntityId {
    manifest.entity_named(name).expect("the model has it")
}

/// What a microflow's retrieve makes of a constraint and a sort order.
fn retrieved(constraint: &str, sort: &str) -> (Manifest, Query) {
    let clauses = format!("{constraint} {sort}");
    let flow = format!("create microflow Shop.M () begin retrieve $L from Shop.Order {clauses}; end;");
    let manifest = manifest(&format!("mdl 1;\n{MODEL}\n{flow}"));
    let query = manifest.queries[0].clone();
    (manifest, query)
}

#[test]
fn a_constraint_means_what_it_means_in_a_microflow() {
    for constraint in [
        "[Title = 'it''s']",
        "Title = 'x' and Pieces > 3 or not(Paid)",
        "[Paid][Total >= 12.50]",
        "[Pieces = -5 and Pieces != empty]",
        "[State = 'Open' or State = Shop.State.Closed or State = empty]",
        "[contains(Title, 'x')][starts-with(Title, 'a') or ends-with(Title, 'b')]",
        "[length(Title) > 3 and year-from-dateTime(Placed) = 2026]",
        "[Shop.Order_Customer/Shop.Customer/Name = 'Ann']",
        "[Shop.Order_Customer/Shop.Company[Number > 3]/Name = 'Ann']",
        "[Shop.Line_Order/Shop.Line[Pieces > 1]]",
        "[not(Shop.Order_Customer)]",
        "[Shop.Order_Customer/Shop.Customer/System.owner = '[%CurrentUser%]']",
        "[Order_Parent[reversed()]/Shop.Order/Title = 'x']",
        "[Placed > '[%BeginOfCurrentDay%] - 3 * [%DayLength%]' and Placed <= [%CurrentDateTime%]]",
        "['[%UserRole_Clerk%]']",
        "[true() and not(false())]",
        "[((Pieces > 1 or Pieces < 0) and (Paid or Title != 'y'))]",
    ] {
        let (manifest, expected) = retrieved(&format!("where {constraint}"), "");
        let order = named(&manifest, "Shop.Order");
        let found = query(&manifest, order, constraint, &[]).unwrap_or_else(|error| panic!("{constraint}: {error}"));
        assert_eq!(found.constraint, expected.constraint, "{constraint}");
        assert_eq!((found.entity, found.parameters.as_slice()), (order, &[][..]));
    }
}

#[test]
fn a_sort_order_means_what_it_means_in_a_microflow() {
    let clause = "sort by Title desc, Shop.Order_Customer/Shop.Customer/Name asc, Shop.Customer.Vip asc";
    let (manifest, expected) = retrieved("", clause);
    let sort = [("Title", true), ("Shop.Order_Customer/Shop.Customer/Name", false), ("Shop.Customer.Vip", false)];
    let found = query(&manifest, named(&manifest, "Shop.Order"), "", &sort).unwrap();
    assert_eq!(found.sort, expected.sort);
    assert_eq!(found.constraint, None);
}

#[test]
fn moments_and_objects_are_spelled_out() {
    let manifest = manifest(MODEL);
    let order = named(&manifest, "Shop.Order");
    let literals = |constraint: &str| -> Vec<DefaultValue> {
        let found = query(&manifest, order, constraint, &[]).unwrap_or_else(|error| panic!("{constraint}: {error}"));
        let Some(Condition::Compare { left, right, .. }) = found.constraint else { panic!("{constraint}") };
        [left, right]
            .into_iter()
            .filter_map(|side| if let Operand::Literal(value) = side { Some(value) } else { None })
            .collect()
    };
    assert_eq!(literals("[Placed >= '2000-02-29T12:30:15.25Z']"), [DefaultValue::DateTime(951_827_415_250)]);
    assert_eq!(literals("['1970-01-01' != Placed]"), [DefaultValue::DateTime(0)]);
    for constraint in
        ["[id = 281474976710657]", "[id = '281474976710657']", "['281474976710657' = Shop.Order_Customer]"]
    {
        assert_eq!(literals(constraint), [DefaultValue::Integer(281_474_976_710_657)], "{constraint}");
    }
}

#[test]
fn a_user_role_beside_user_roles_is_one_of_them() {
    let manifest = manifest(MODEL);
    let user = named(&manifest, "System.User");
    let one = |text| query(&manifest, user, text, &[]).unwrap().constraint.unwrap();
    assert_eq!(
        one("[System.UserRoles = '[%UserRole_Clerk%]']"),
        one("[System.UserRoles/System.UserRole[Name = 'Clerk']]")
    );
    assert_eq!(
        one("[System.UserRoles != '[%UserRole_Clerk%]']"),
        one("[System.UserRoles/System.UserRole[Name != 'Clerk'] or not(System.UserRoles)]")
    );
    assert_eq!(one("['[%UserRole_Clerk%]' = true()]"), one("[true() = '[%UserRole_Clerk%]']").flipped());
}

/// The same comparison with its sides exchanged.
trait Flipped {
    fn flipped(self) -> Self;
}

impl Flipped for Condition {
    fn flipped(self) -> Self {
        match self {
            Condition::Compare { left, operator, right } => Condition::Compare { left: right, operator, right: left },
            other => other,
        }
    }
}

#[test]
fn what_is_wrong_says_what_to_type() {
    let manifest = manifest(MODEL);
    let order = named(&manifest, "Shop.Order");
    for (constraint, expected) in [
        (
            "[Totl > 3]",
            "constraint, character 2: 'Shop.Order' has no attribute or association 'Totl'; did you mean `Total`?",
        ),
        ("[Title = $Name]", "no microflow gives `$Name` a value here; write the value itself"),
        ("[Title = $Order/Title]", "no microflow gives `$Order` a value here"),
        ("[Total > 2 * 3]", "nothing computes values for this constraint; write the value itself"),
        ("[Title = toLowerCase('X')]", "nothing computes values for this constraint"),
        ("[Title = @Shop.Constant]", "nothing computes values for this constraint"),
        ("[State = 'Opn']", "there is no value 'Opn'"),
        ("[Title > 3]", "String and Integer cannot be compared"),
        ("[Words = 'x']", "a calculated attribute is not in the database"),
        (
            "[Shop.Order_Customer/Shop.Customer/Secret = 'x']",
            "'Secret' holds a hash; it can be set, but not be searched",
        ),
        ("[Shop.Basket_Order]", "'Shop.Basket_Order' is not stored in the database"),
        ("[Placed > 'yesterday']", "'yesterday' is no moment; write `'2026-12-31T23:59:59.999Z'`"),
        ("[id = 'abc']", "'abc' is no id of an object"),
        ("[id < 5]", "these values have no order; compare with `=` or `!=`"),
        ("[Pieces = id]", "Integer and Shop.Order cannot be compared"),
        ("[Title = '[%UserRole_Clerk%]']", "'[%UserRole_Clerk%]' is compared with a user role; write"),
        ("[Title]", "this attribute is not a Boolean; compare it with something"),
        ("[Title = 'x'", "expected `]`"),
        ("[Title = 'x']]", "expected the end of the text"),
        ("Title = 'x' order by Title", "expected the end of the text, found `order`"),
        ("[]", "expected a constraint"),
        ("[Title = 'x", "this text does not end"),
        ("[unknown(Title)]", "`unknown` with 1 arguments is no condition"),
        ("[first(Title) = 'x']", "XPath has no function 'first'"),
        ("[Placed > [%Tomorow%]]", "is no token"),
    ] {
        let error = query(&manifest, order, constraint, &[]).expect_err(constraint);
        assert_eq!(error.part, QueryPart::Constraint);
        assert!(error.to_string().contains(expected), "{constraint}: {error}");
    }
    for (sort, expected) in [
        (
            "Titel",
            "sort key 2, character 1: 'Shop.Order' has no attribute or association 'Titel'; did you mean `Title`?",
        ),
        ("Shop.Order_Customer", "objects have no order; sort by one of their attributes"),
        ("Shop.Order_Customer[Vip]/Shop.Customer/Name", "this is no attribute; write the name of an attribute"),
        ("Shop.Customer.Secret", "'Secret' holds a hash"),
        ("1", "this is no attribute"),
        ("Title desc", "expected the end of the text, found `desc`"),
        ("", "expected a constraint"),
    ] {
        let error = query(&manifest, order, "", &[("Title", false), (sort, true)]).expect_err(sort);
        assert_eq!(error.part, QueryPart::Sort(1));
        assert!(error.to_string().contains(expected), "{sort}: {error}");
    }
    for (entity, name) in [(named(&manifest, "Shop.Basket"), "Shop.Basket"), (EntityId(u32::MAX), "the entity")] {
        let error = query(&manifest, entity, "", &[]).expect_err(name);
        assert_eq!(error.to_string(), format!("{name} is not in the database"));
    }
}

#[test]
fn blank_text_constrains_nothing() {
    let manifest = manifest(MODEL);
    let order = named(&manifest, "Shop.Order");
    assert_eq!(query(&manifest, order, " \n ", &[]).unwrap(), Query::all(order));
}

#[test]
fn constraints_of_access_rules_are_conditions() {
    let text = "[Shop.Order_Customer/Shop.Customer/System.owner = '[%CurrentUser%]'][State = 'Open']";
    let quoted = text.replace('\'', "''");
    let manifest = manifest(&format!(
        "mdl 1; {MODEL}
         create module role Shop.Clerk; create module role Shop.Boss;
         grant read * on entity Shop.Order to Shop.Clerk, Shop.Boss where '{quoted}';
         grant write (Title) on entity Shop.Order to Shop.Clerk where '{quoted}';
         grant read * on entity Shop.Line to Shop.Clerk where Pieces > 3;
         grant read * on entity Shop.Customer to Shop.Clerk;
         grant read * on entity Shop.Line to Shop.Boss where [Nonsense = 1];
         revoke all on entity Shop.Line from Shop.Boss;"
    ));
    let expected = |entity: &str, constraint| {
        query(&manifest, named(&manifest, entity), constraint, &[]).expect("it can be read").constraint
    };
    let rules = manifest.security.access.iter();
    let rules = rules.map(|rule| (manifest.entity(rule.entity).name.as_str(), &rule.condition));
    let found: Vec<_> = rules.filter(|(entity, _)| entity.starts_with("Shop.")).collect();
    let order = expected("Shop.Order", text);
    let line = expected("Shop.Line", "[Pieces > 3]");
    assert!(order.is_some() && line.is_some());
    let expected = [("Shop.Order", &order), ("Shop.Order", &order), ("Shop.Line", &line), ("Shop.Customer", &None)];
    assert_eq!(found, expected);
    let again = Manifest::from_bytes(&manifest.to_bytes()).expect("it can be read back");
    assert_eq!(again.security, manifest.security);
}

#[test]
fn a_constraint_that_cannot_be_resolved_is_an_error_at_its_place() {
    for (rule, place, expected) in [
        ("grant read * on entity Shop.Order to Shop.Clerk where [Totl > 3];", "2:56", "did you mean `Total`?"),
        ("grant read * on entity Shop.Order to Shop.Clerk where Title = $Name;", "2:63", "no microflow gives `$Name`"),
        ("grant Shop.Clerk on Shop.Order (read *) where '[Totl > 3]';", "2:47", "did you mean `Total`?"),
        (
            "grant read * on entity Shop.Basket to Shop.Clerk where [Title = 'x'];",
            "2:56",
            "'Shop.Basket' is not persistent",
        ),
    ] {
        let text = format!("{MODEL} create module role Shop.Clerk;\n{rule}").replace('\n', " ").replacen(
            rule,
            &format!("\n{rule}"),
            1,
        );
        let sources = [Source { name: "model.mdl".to_owned(), text }];
        let compilation = compile(&sources, &Options::default());
        let found: String = compilation.diagnostics.iter().map(|one| render_text(one, &sources)).collect();
        assert!(compilation.manifest.is_none(), "{rule}");
        assert!(found.contains(&format!("model.mdl:{place}")) && found.contains(expected), "{rule}\n{found}");
    }
}

/// Texts that are as large, long or deep as can be, each of many kinds.
fn hostile() -> Vec<String> {
    let times = |count: usize, text: &str| text.repeat(count);
    let mut texts = vec![
        "x".repeat(1 << 20),
        "'".repeat(1 << 14),
        "\u{0}\u{feff}é[%".repeat(1000),
        "[%".repeat(8000),
        "$".repeat(16_000),
        format!("Title = '{}'", times(8000, "''")),
    ];
    for count in [10, 30, 100, 190, 199, 250, 499, 600, 2000, 5000] {
        texts.extend([
            format!("{}Paid{}", times(count, "("), times(count, ")")),
            format!("{}Paid{}", times(count, "["), times(count, "]")),
            format!("{}Paid{}", times(count, "not("), times(count, ")")),
            format!("{}Paid", times(count, "not ")),
            format!("Paid{}", times(count, " or Paid")),
            format!("Paid{}", times(count, "[Paid]")),
            format!("Paid{}", times(count, " and Paid or Paid")),
            format!("Pieces = 1{}", times(count, " + 1")),
            format!("Pieces = {}1", times(count, "-")),
            format!("Shop.Order_Parent{}", times(count, "/Shop.Order_Parent")),
            format!("Shop.Order_Parent{}", times(count, "[Paid]")),
            format!("{}Paid{}", times(count, "Shop.Order_Parent["), times(count, "]")),
            format!("{}Title{} = 1", times(count, "length("), times(count, ")")),
            format!("{}1{}", times(count, "abs("), times(count, ")")),
            format!("contains({}Title)", times(count, "Title, ")),
            format!("Placed > '[%CurrentDateTime%]{}'", times(count, " + [%DayLength%]")),
        ]);
    }
    texts
}

#[test]
fn hostile_texts_need_little_stack_and_time() {
    let manifest = manifest(MODEL);
    let order = named(&manifest, "Shop.Order");
    let run = move || {
        let begin = std::time::Instant::now();
        let mut accepted = 0;
        for text in hostile() {
            if let Err(error) = query(&manifest, order, &text, &[(&text, true)]) {
                assert!(error.to_string().len() < 40_000);
            }
            accepted += usize::from(query(&manifest, order, &text, &[]).is_ok());
        }
        assert!(accepted > 20, "{accepted} are accepted: the texts try what they should");
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(run).unwrap().join().unwrap();
}
