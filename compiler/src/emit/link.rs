//! All functions of a guest put into one core module.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use brooklet_model::Manifest;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TypeSection,
    ValType::{self, I32},
};

use super::{
    code::{Body, CALL_OPERAND_BYTES, Callee},
    flow,
    guest::Helper,
    imports::Import,
    invoke::{self, Signature},
    layout::Texts,
};

/// A core module.
pub(super) struct Linked {
    pub(super) bytes: Vec<u8>,
    /// The number of the first microflow's function; the others follow.
    pub(super) first_microflow: u32,
}

/// The types of functions, each once.
#[derive(Default)]
struct Types {
    section: TypeSection,
    known: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
}

impl Types {
    fn index(&mut self, parameters: &[ValType], results: &[ValType]) -> u32 {
        let key = (parameters.to_vec(), results.to_vec());
        if let Some(&index) = self.known.get(&key) {
            return index;
        }
        let index = self.known.len() as u32;
        self.section.ty().function(parameters.iter().copied(), results.iter().copied());
        self.known.insert(key, index);
        index
    }
}

/// Links the bodies of all microflows, in the order of the manifest, with what they need.
pub(super) fn link(manifest: &Manifest, microflows: Vec<Body>, texts: &Texts) -> Linked {
    let count = microflows.len();
    let mut types = Types::default();
    let mut functions: Vec<(u32, Body)> = Vec::new();

    for (microflow, body) in manifest.microflows.iter().zip(microflows) {
        let parameters = flow::parameters(microflow.parameters.iter().map(|parameter| parameter.kind));
        functions.push((types.index(&parameters, &flow::results(microflow.returns)), body));
    }

    let reader_type = types.index(&[I32, I32], &[]);
    let mut readers: BTreeMap<Signature, u32> = BTreeMap::new();
    let mut reader_of: Vec<u32> = Vec::new();
    for (index, microflow) in manifest.microflows.iter().enumerate() {
        let function_type = functions[index].0;
        let reader = *readers.entry(Signature::of(microflow)).or_insert_with_key(|signature| {
            functions.push((reader_type, invoke::reader(signature, function_type)));
            functions.len() as u32 - 1
        });
        reader_of.push(reader);
    }
    let invoke_at = functions.len() as u32;
    functions.push((types.index(&[I32; 4], &[I32]), invoke::invoke(count, reader_type)));
    let post_invoke_at = functions.len() as u32;
    functions.push((types.index(&[I32], &[]), invoke::post_invoke(texts.heap_base())));

    // Helpers call helpers: take what is named until nothing new is.
    let mut helpers: BTreeMap<Helper, u32> = BTreeMap::new();
    let mut imports: BTreeSet<Import> = BTreeSet::new();
    let mut wanted = vec![Helper::Realloc];
    let mut looked_at = 0;
    loop {
        for (_, body) in &functions[looked_at..] {
            for (_, callee) in &body.calls {
                match callee {
                    Callee::Import(import) => {
                        imports.insert(*import);
                    }
                    Callee::Helper(helper) => wanted.push(*helper),
                    Callee::Microflow(_) => {}
                }
            }
        }
        looked_at = functions.len();
        wanted.retain(|helper| !helpers.contains_key(helper));
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            break;
        }
        for helper in std::mem::take(&mut wanted) {
            helpers.insert(helper, functions.len() as u32);
            let body = helper.body().unwrap_or_else(|| invoke::run_handler(manifest));
            functions.push((types.index(helper.parameters(), helper.results()), body));
        }
    }

    let import_types: Vec<(Import, u32)> =
        imports.iter().map(|import| (*import, types.index(import.parameters(), import.results()))).collect();
    let first = import_types.len() as u32;
    let import_index: HashMap<Import, u32> =
        imports.iter().enumerate().map(|(index, import)| (*import, index as u32)).collect();

    let mut import_section = ImportSection::new();
    for (import, kind) in &import_types {
        import_section.import(import.interface(), import.name(), EntityType::Function(*kind));
    }
    let mut function_section = FunctionSection::new();
    let mut code_section = CodeSection::new();
    for (kind, body) in &mut functions {
        function_section.function(*kind);
        for (at, callee) in &body.calls {
            let number = match callee {
                Callee::Import(import) => import_index[import],
                Callee::Helper(helper) => first + helpers[helper],
                Callee::Microflow(microflow) => first + microflow,
            };
            body.bytes[*at..*at + CALL_OPERAND_BYTES].copy_from_slice(&padded(number));
        }
        code_section.raw(&body.bytes);
    }

    let mut module = Module::new();
    module.section(&types.section);
    module.section(&import_section);
    module.section(&function_section);
    module.section(&table(count));
    module.section(&memory(texts));
    module.section(&globals(texts));
    module.section(&exports(first + invoke_at, first + post_invoke_at, first + helpers[&Helper::Realloc]));
    let entries: Vec<u32> = (0..count as u32).chain(reader_of).map(|function| first + function).collect();
    let mut elements = ElementSection::new();
    elements.active(Some(0), &ConstExpr::i32_const(0), Elements::Functions(entries.into()));
    module.section(&elements);
    module.section(&code_section);
    let (address, bytes) = texts.segment();
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(address as i32), bytes.iter().copied());
    module.section(&data);
    Linked { bytes: module.finish(), first_microflow: first }
}

/// A number as LEB128 in its longest form.
fn padded(number: u32) -> [u8; CALL_OPERAND_BYTES] {
    std::array::from_fn(|index| {
        let bits = ((number >> (7 * index)) & 0x7f) as u8;
        if index + 1 < CALL_OPERAND_BYTES { bits | 0x80 } else { bits }
    })
}

fn table(microflows: usize) -> TableSection {
    let entries = 2 * microflows as u64;
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: entries,
        maximum: Some(entries),
        shared: false,
    });
    tables
}

const PAGE_BYTES: u32 = 1 << 16;

/// Pages that a guest has from the beginning, beyond its texts: most requests never grow.
const SPARE_PAGES: u32 = 1;

fn pages(texts: &Texts) -> u32 {
    texts.heap_base().div_ceil(PAGE_BYTES) + SPARE_PAGES
}

fn memory(texts: &Texts) -> MemorySection {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: u64::from(pages(texts)),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    memories
}

fn globals(texts: &Texts) -> GlobalSection {
    let mut globals = GlobalSection::new();
    let variable = GlobalType { val_type: I32, mutable: true, shared: false };
    for value in [texts.heap_base(), pages(texts) * PAGE_BYTES, 0] {
        globals.global(variable, &ConstExpr::i32_const(value as i32));
    }
    globals
}

fn exports(invoke: u32, post_invoke: u32, realloc: u32) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("cabi_realloc", ExportKind::Func, realloc);
    exports.export("invoke", ExportKind::Func, invoke);
    exports.export("cabi_post_invoke", ExportKind::Func, post_invoke);
    exports
}
