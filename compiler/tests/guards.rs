//! Microflows that must not run twice at once, and those that are held to rights: what is compiled, and what is refused.

use brooklet_compiler::{Options, compile, diagnostics::render_text, source::Source};
use brooklet_model::Manifest;

const MODEL: &str = "mdl 1;
    create persistent entity Shop.Customer ( Name: String );
    create persistent entity Shop.Vip extends Shop.Customer ( Level: Integer );
    create microflow Shop.Busy ($Name: String, $Customer: Shop.Customer) returns Integer begin return 0; end;
    create microflow Shop.Silent () begin log info node 'Shop' 'busy'; end;";

fn compiled(flows: &str) -> Result<(Manifest, Vec<u8>), String> {
    let sources = [Source { name: "model.mdl".to_owned(), text: format!("{MODEL}\n{flows}") }];
    let compilation = compile(&sources, &Options::default());
    let found: String = compilation.diagnostics.iter().map(|one| render_text(one, &sources)).collect();
    match (compilation.manifest, compilation.component) {
        (Some(manifest), Some(component)) => {
            wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
                .validate_all(&component)
                .expect("the component is valid");
            Ok((manifest, component))
        }
        _ => Err(found),
    }
}

fn mentions(component: &[u8], name: &str) -> bool {
    component.windows(name.len()).any(|part| part == name.as_bytes())
}

#[test]
fn entering_is_an_activity_of_its_own() {
    let (manifest, _) = compiled(
        "create microflow Shop.Alone ($Customer: Shop.Vip, $name: String) returns Integer
           disallow concurrent execution error microflow Shop.Busy
         begin
           return 1;
         end;
         create microflow Shop.Rude () disallow concurrent execution error message 'Not now' begin return; end;",
    )
    .unwrap();
    let microflow = |name| manifest.microflow(manifest.microflow_named(name).unwrap());
    let [entering, _] = microflow("Shop.Alone").activities.as_slice() else { panic!("two activities") };
    assert_eq!((entering.kind.as_str(), entering.line), ("disallow concurrent execution", 7));
    let successors: Vec<_> = entering.successors.iter().map(|next| (next.activity, next.when.as_str())).collect();
    assert_eq!(successors, [(Some(1), "true"), (None, "false")]);
    assert_ne!(entering.offset, u32::MAX);
    let rule = |name| microflow(name).disallow_concurrent.clone().unwrap();
    assert_eq!(rule("Shop.Alone").microflow.as_deref(), Some("Shop.Busy"));
    assert_eq!(rule("Shop.Rude").message.as_deref(), Some("Not now"));
}

#[test]
fn results_that_do_not_fit_are_empty() {
    for (returns, instead) in [
        ("", "Shop.Busy"),
        ("returns Integer", "Shop.Silent"),
        ("returns Boolean", "Shop.Busy"),
        ("returns list of Shop.Vip", "Shop.Busy"),
        ("returns DateTime", "Shop.Silent"),
        ("returns Shop.Vip", "Shop.Silent"),
    ] {
        let flow = format!(
            "create microflow Shop.Alone ($Customer: Shop.Vip, $Name: String) {returns}
               disallow concurrent execution error microflow {instead}
             begin throw 'never'; end;"
        );
        compiled(&flow).unwrap_or_else(|found| panic!("{flow}\n{found}"));
    }
}

#[test]
fn what_cannot_run_instead_is_an_error_at_the_clause() {
    for (parameters, instead, expected) in [
        ("$Name: String", "Shop.Busy", "MDL0206] nothing gives 'Shop.Busy' its parameter 'Customer'"),
        (
            "$Name: Integer, $Customer: Shop.Vip",
            "Shop.Busy",
            "MDL0202] 'Shop.Busy' wants String for its parameter 'Name'",
        ),
        ("", "Shop.Alone", "MDL0211] 'Shop.Alone' cannot run instead of itself"),
        ("", "Shop.Bsy", "MDL0107] there is no microflow 'Shop.Bsy'"),
    ] {
        let flow = format!(
            "create microflow Shop.Alone ({parameters})\n  disallow concurrent execution error microflow {instead}\nbegin return; end;"
        );
        let found = compiled(&flow).expect_err(expected);
        assert!(found.contains(expected.split("] ").last().unwrap()), "{found}");
        assert!(found.contains(&expected[..7]) && found.contains("model.mdl:7:"), "{found}");
    }
}

#[test]
fn who_uses_no_guards_pays_for_none() {
    let plain = "create microflow Shop.Plain () begin call microflow Shop.Silent(); end;";
    let (_, plain) = compiled(plain).unwrap();
    assert!(!mentions(&plain, "apply-access") && !mentions(&plain, "begin-exclusive"));
    let (_, alone) =
        compiled("create microflow Shop.Alone () disallow concurrent execution begin return; end;").unwrap();
    assert!(mentions(&alone, "begin-exclusive") && !mentions(&alone, "apply-access"));
    let (_, held) = compiled("@applyentityaccess create microflow Shop.Held () begin return; end;").unwrap();
    assert!(!mentions(&held, "begin-exclusive") && mentions(&held, "apply-access"));
}
