//! Models compiled from text to component.

use brooklet_compiler::{Compilation, Options, compile, diagnostics::render_text, source::Source};

fn compile_text(text: &str) -> (Vec<Source>, Compilation) {
    let sources = vec![Source { name: "model.mdl".to_owned(), text: text.to_owned() }];
    let compilation = compile(&sources, &Options::default());
    (sources, compilation)
}

fn all(compilation: &Compilation, sources: &[Source]) -> String {
    compilation.diagnostics.iter().map(|one| render_text(one, sources)).collect()
}

#[test]
fn a_compiled_component_is_valid_and_the_same_each_time() {
    let text = "
        create module Shop;
        create entity Shop.Item ( Name: String, Price: Decimal, Count: Integer );
        create microflow Shop.Total ( $Items: list of Shop.Item, Rate: Decimal ) returns Decimal
        begin
          declare $Sum Decimal = 0;
          loop $Item in $Items begin
            if $Item/Count > 3 then set $Sum = $Sum + $Item/Price * $Item/Count; end if;
          end loop;
          return $Sum * $Rate;
        end;";
    let (sources, first) = compile_text(text);
    assert!(first.diagnostics.is_empty(), "{}", all(&first, &sources));
    let component = first.component.expect("there are no errors");
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&component)
        .expect("the component is valid");
    let (_, second) = compile_text(text);
    assert_eq!(Some(component), second.component);
}

#[test]
fn scratch() {
    let Ok(path) = std::env::var("SCRATCH") else { return };
    let text = std::fs::read_to_string(path).expect("readable");
    let start = std::time::Instant::now();
    let (sources, compilation) = compile_text(&text);
    println!("{}", all(&compilation, &sources));
    println!(
        "{:?} in {:?}; {:?} bytes",
        compilation.summary,
        start.elapsed(),
        compilation.component.as_ref().map(Vec::len)
    );
    if let Some(component) = compilation.component {
        std::fs::write("/tmp/scratch.wasm", &component).expect("writable");
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&component)
            .expect("valid");
    }
}
