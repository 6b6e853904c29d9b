//! Modules written by hand are divided and read again: who went where, what still fits together, what is refused.

use split::{Apart, MARKS, SplitError, divide, mark, shorten};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, ImportSection, MemorySection, MemoryType, Module,
    RefType, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{ExternalKind, Operator, Parser, Payload, TypeRef};

const TEXT: &[u8] = b"words of another language";

/// `load` is imported; 1 `run` calls 2 and 3; 2 stays; 3 and 4 call each other, and 3 calls 2; the table holds 2 and 4.
fn module() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import("./page.js", "__wbg_load_1", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    for kind in [1, 1, 1, 1] {
        functions.function(kind);
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 3,
        maximum: None,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, 1);
    exports.export("memory", ExportKind::Memory, 0);
    let mut elements = ElementSection::new();
    elements.active(
        None,
        &ConstExpr::i32_const(1),
        Elements::Functions(vec![2, 4].into()),
    );
    let mut code = CodeSection::new();
    for called in [&[2, 3][..], &[], &[2, 4], &[3]] {
        let mut body = Function::new([]);
        let mut body_of = body.instructions();
        body_of.local_get(0);
        for function in called {
            body_of.call(*function);
        }
        body_of.end();
        code.function(&body);
    }
    let mut data = DataSection::new();
    let bytes = [b"before ".as_slice(), TEXT, b" between ", TEXT].concat();
    data.active(0, &ConstExpr::i32_const(64), bytes);
    let mut out = Module::new();
    out.section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables)
        .section(&memories);
    out.section(&exports)
        .section(&elements)
        .section(&code)
        .section(&data);
    out.finish()
}

const RAN: [bool; 4] = [true, true, false, false];

fn apart(text: &[u8]) -> [Apart; 1] {
    [Apart {
        texts: vec![("other.txt".into(), text.to_vec())],
    }]
}

/// What a test looks at.
#[derive(Default, Debug, PartialEq)]
struct Read {
    imports: Vec<String>,
    exports: Vec<(String, ExternalKind, u32)>,
    calls: Vec<Vec<u32>>,
    elements: Vec<(u32, i32, Vec<u32>)>,
    data: Vec<(i32, Vec<u8>)>,
    started: bool,
}

fn number(expression: &wasmparser::ConstExpr) -> i32 {
    match expression.get_operators_reader().read().unwrap() {
        Operator::I32Const { value } => value,
        other => panic!("{other:?}"),
    }
}

fn read(wasm: &[u8]) -> Read {
    let mut read = Read::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.unwrap();
                    let kind = if matches!(import.ty, TypeRef::Func(_)) {
                        "func "
                    } else {
                        ""
                    };
                    read.imports
                        .push(format!("{kind}{} {}", import.module, import.name));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.unwrap();
                    read.exports
                        .push((export.name.into(), export.kind, export.index));
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element.unwrap();
                    let wasmparser::ElementKind::Active {
                        table_index,
                        offset_expr,
                    } = element.kind
                    else {
                        panic!("only active elements");
                    };
                    let wasmparser::ElementItems::Functions(items) = element.items else {
                        panic!("only functions");
                    };
                    let items = items.into_iter().map(Result::unwrap).collect();
                    read.elements
                        .push((table_index.unwrap_or(0), number(&offset_expr), items));
                }
            }
            Payload::CodeSectionEntry(body) => {
                let mut calls = Vec::new();
                for operator in body.get_operators_reader().unwrap() {
                    if let Operator::Call { function_index } = operator.unwrap() {
                        calls.push(function_index);
                    }
                }
                read.calls.push(calls);
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data.unwrap();
                    let wasmparser::DataKind::Active { offset_expr, .. } = data.kind else {
                        panic!("only active data");
                    };
                    read.data.push((number(&offset_expr), data.data.to_vec()));
                }
            }
            Payload::StartSection { .. } => read.started = true,
            _ => {}
        }
    }
    read
}

#[test]
fn what_ran_stays_and_the_rest_is_called_through_stubs() {
    let divided = divide(&module(), &RAN, "load", &[]).unwrap();
    let first = read(&divided.first);
    // 1 run, 2, 3 the look whether the rest is there, 4 and 5 the stubs of those that moved.
    assert_eq!(first.imports, ["func ./page.js __wbg_load_1"]);
    assert_eq!(first.calls, [vec![2, 4], vec![], vec![0], vec![3], vec![3]]);
    assert_eq!(first.exports[0], ("run".into(), ExternalKind::Func, 1));
    assert_eq!(first.elements, [(0, 1, vec![2, 5])]);

    let later = read(&divided.later);
    // 0 is what it calls of the first, 1 and 2 are those that moved, 3 says that it is there.
    assert_eq!(later.imports[0], "func first ~f0");
    assert_eq!(later.calls, [vec![0, 2], vec![1], vec![]]);
    assert_eq!(later.elements, [(1, 0, vec![1, 2]), (0, 2, vec![2])]);
    assert!(later.started, "it says that it is there");
    let exported = |name: &str| first.exports.iter().any(|(export, ..)| export == name);
    for import in &later.imports {
        let name = import.rsplit(' ').next().unwrap();
        assert!(exported(name), "the first part exports {name}");
    }
}

#[test]
fn texts_stand_apart_at_all_their_places() {
    let divided = divide(&module(), &RAN, "load", &apart(TEXT)).unwrap();
    let place = 64 + "before ".len();
    let between = place + TEXT.len();
    let again = between + " between ".len();
    let first = read(&divided.first).data;
    let left = [
        (64, b"before ".to_vec()),
        (between as i32, b" between ".to_vec()),
    ];
    assert_eq!(first, left);
    let text = read(&divided.apart[0]);
    let moved = [place, again].map(|at| (at as i32, TEXT.to_vec()));
    assert_eq!(text.data, moved);
    assert_eq!(text.imports, ["first ~m0"]);
}

#[test]
fn pieces_that_stand_close_together_are_sent_as_one() {
    let text = b" between ";
    let divided = divide(&module(), &RAN, "load", &apart(text)).unwrap();
    let left = [b"before ".as_slice(), TEXT, &[0; 9], TEXT].concat();
    assert_eq!(read(&divided.first).data, [(64, left)]);
    let place = 64 + "before ".len() + TEXT.len();
    let moved = [(place as i32, text.to_vec())];
    assert_eq!(read(&divided.apart[0]).data, moved);
}

#[test]
fn imports_have_short_names_in_module_and_script() {
    let script = "return { __wbg_load_1: () => __wbg_load_10() };";
    let short = shorten(&module(), script).unwrap();
    assert_eq!(short.script, "return { a: () => __wbg_load_10() };");
    let (before, after) = (read(&module()), read(&short.wasm));
    assert_eq!(after.imports, ["func ./page.js a"]);
    let rest = |read: Read| (read.exports, read.calls, read.elements, read.data);
    assert_eq!(rest(after), rest(before));
    let said = shorten(&module(), "another script").err().unwrap();
    assert!(said.to_string().contains("`__wbg_load_1`"), "{said}");
}

#[test]
fn a_marked_module_has_a_mark_for_every_function_and_changes_nothing_else() {
    let module = module();
    let marked = mark(&module).unwrap();
    assert_eq!(marked.functions, 4);
    let (before, after) = (read(&module), read(&marked.wasm));
    let last = after.exports.last().unwrap();
    assert_eq!(
        (last.0.as_str(), last.1, last.2),
        (MARKS, ExternalKind::Memory, 1)
    );
    assert_eq!(after.exports[..before.exports.len()], before.exports);
    assert_eq!(
        (after.calls, after.elements, after.data),
        (before.calls, before.elements, before.data)
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let refused = |wasm: &[u8], ran: &[bool], loader: &str, apart: &[Apart]| {
        divide(wasm, ran, loader, apart)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let module = module();
    let said = refused(&module, &[true], "load", &[]);
    assert!(said.contains("4 functions, they speak of 1"), "{said}");
    let said = refused(&module, &RAN, "nobody", &[]);
    assert!(said.contains("no import that brings"), "{said}");
    let said = refused(&module, &RAN, "load", &apart(b"nowhere"));
    assert!(said.contains("`other.txt`"), "{said}");
    assert!(matches!(mark(b"no module"), Err(SplitError::Unreadable(_))));
}
