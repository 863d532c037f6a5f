use std::path::*;
use brooklet_compiler::{diagnostics::*, source::*, syntax};
#[test]
fn dump() {
    let mut stack = vec![PathBuf::from("/work/shared/corpus")];
    let mut all = String::new();
    while let Some(d) = stack.pop() {
        for e in std::fs::read_dir(d).unwrap().flatten() {
            let p = e.path();
            if p.is_dir() { stack.push(p); continue; }
            if p.extension().map_or(true, |x| x != "mdl") { continue; }
            let s = [Source { name: p.display().to_string(), text: std::fs::read_to_string(&p).unwrap() }];
            let mut d = Diagnostics::default();
            let t = syntax::parse(brooklet_model::SourceId(0), &s[0], &mut d);
            let mut r = Renderer::new(&s);
            for x in d.into_sorted() { all.push_str(&r.text(&x)); }
            std::fs::write(format!("/tmp/dump/{}.txt", p.file_name().unwrap().to_string_lossy()), format!("{t:#?}")).unwrap();
        }
    }
    std::fs::write("/tmp/dump/_all.diag", all).unwrap();
}
