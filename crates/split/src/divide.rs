//! The division: functions that ran stay, the others move to a second module and leave a stub where something still calls them.
//!
//! A stub has the loader bring the second module, unless it is there, and calls the function through a table of its own. The
//! second module takes everything that it shares from the exports of the first, fills that table when it is instantiated, puts
//! its functions where the module's other tables held stubs, and says that it is there.

use crate::SplitError;
use crate::module::Module;
use std::collections::BTreeMap;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    MemorySection, Module as Encoder, RefType, StartSection, TableSection, TableType, TypeSection,
    ValType,
};
use wasmparser::{DataKind, ElementItems, ElementKind, ExternalKind, Operator};

/// The name under which the second module imports what the first exports.
const FIRST: &str = "first";
/// What stands before the names of those exports: no other export begins like this.
const MARK: &str = "~";

/// Texts that are to stand apart together, in a module that holds nothing else.
pub struct Apart {
    /// Each by the name that errors call it, as it stands in the module's memory.
    pub texts: Vec<(String, Vec<u8>)>,
}

/// What became of a module.
pub struct Divided {
    /// What runs at the opening. Needs nothing else until it calls what has moved.
    pub first: Vec<u8>,
    /// The functions that moved. Its imports are the exports of the first.
    pub later: Vec<u8>,
    /// The texts that stand apart, each with the exports of the first as its imports.
    pub apart: Vec<Vec<u8>>,
}

/// Divides `wasm`: functions that `ran`, in the order of the module, stay in the first part.
///
/// `loader` is a part of the name of the imported function, without parameters and results, that brings the others.
///
/// # Errors
/// It is no module or has what cannot be moved, `ran` is of another one, there is no loader, or a text is missing.
pub fn divide(
    wasm: &[u8],
    ran: &[bool],
    loader: &str,
    apart: &[Apart],
) -> Result<Divided, SplitError> {
    let module = Module::read(wasm)?;
    if ran.len() != module.bodies.len() {
        return Err(SplitError::OtherModule {
            functions: module.bodies.len(),
            noted: ran.len(),
        });
    }
    let division = Division::of(&module, ran, loader)?;
    let (data, moved) = take_apart(&module, apart)?;
    Ok(Divided {
        first: division.first(data)?,
        later: division.later()?,
        apart: moved.iter().map(|pieces| texts(&module, pieces)).collect(),
    })
}

/// Bytes of memory, and where they begin.
type Piece<'a> = (u64, &'a [u8]);

/// Who goes where.
struct Division<'m, 'a> {
    module: &'m Module<'a>,
    ran: &'m [bool],
    /// The imported function that brings the second module.
    loader: u32,
    /// Moved functions that the first module still calls, with their places in the table.
    slots: BTreeMap<u32, u32>,
    /// Functions of the first module that the second one calls.
    shared: Vec<u32>,
}

/// Functions by the numbers that they have in another module; notes which were asked for.
struct Renumber<F: FnMut(u32) -> u32>(F);

impl<F: FnMut(u32) -> u32> Reencode for Renumber<F> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        Ok((self.0)(function))
    }
}

impl<'m, 'a> Division<'m, 'a> {
    fn of(module: &'m Module<'a>, ran: &'m [bool], loader: &str) -> Result<Self, SplitError> {
        let loader = module
            .imports
            .iter()
            .position(|(import, kind)| {
                let kind = &module.types[*kind as usize];
                import.name.contains(loader)
                    && kind.params().is_empty()
                    && kind.results().is_empty()
            })
            .ok_or(SplitError::Unfit("no import that brings the second part"))?
            as u32;
        let mut division = Self {
            module,
            ran,
            loader,
            slots: BTreeMap::new(),
            shared: Vec::new(),
        };
        let mut from_first = Vec::new();
        let mut from_later = Vec::new();
        for (at, body) in module.bodies.iter().enumerate() {
            let seen = if ran[at] {
                &mut from_first
            } else {
                &mut from_later
            };
            for operator in body.get_operators_reader()? {
                match operator? {
                    Operator::Call { function_index }
                    | Operator::ReturnCall { function_index }
                    | Operator::RefFunc { function_index } => seen.push(function_index),
                    Operator::MemoryInit { .. } | Operator::DataDrop { .. } => return Err(COPIED),
                    _ => {}
                }
            }
        }
        for element in &module.elements {
            match element.items.clone() {
                ElementItems::Functions(all) => {
                    for function in all {
                        from_first.push(function?);
                    }
                }
                ElementItems::Expressions(..) => {
                    return Err(SplitError::Unfit("tables filled by expressions"));
                }
            }
        }
        let exports = module
            .exports
            .iter()
            .filter(|export| export.kind == ExternalKind::Func);
        from_first.extend(exports.map(|export| export.index));
        from_first.extend(module.start);
        from_first.retain(|function| division.moved(*function));
        from_first.sort_by_key(|function| (module.type_of(*function), *function));
        for function in from_first {
            let next = division.slots.len() as u32;
            division.slots.entry(function).or_insert(next);
        }
        from_later.retain(|function| !division.moved(*function));
        from_later.sort_unstable();
        from_later.dedup();
        division.shared = from_later;
        Ok(division)
    }

    fn moved(&self, function: u32) -> bool {
        function
            .checked_sub(self.module.own())
            .is_some_and(|at| !self.ran[at as usize])
    }

    /// The functions defined by the module, staying or moving ones, in its order.
    fn defined(&self, moving: bool) -> Vec<u32> {
        let own = self.module.own();
        let all = own..own + self.ran.len() as u32;
        all.filter(|function| self.moved(*function) == moving)
            .collect()
    }

    /// The moved functions that have stubs, in the order of the table.
    fn stubs(&self) -> Vec<u32> {
        let mut stubs: Vec<(u32, u32)> = self
            .slots
            .iter()
            .map(|(function, slot)| (*slot, *function))
            .collect();
        stubs.sort_unstable();
        stubs.into_iter().map(|(_, function)| function).collect()
    }

    const fn table(&self) -> u32 {
        self.module.tables.len() as u32
    }

    /// The number of the global that says whether the second module is there.
    const fn there(&self) -> u32 {
        self.module.globals.len() as u32
    }

    fn table_type(&self) -> TableType {
        TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: self.slots.len() as u64,
            maximum: Some(self.slots.len() as u64),
            shared: false,
        }
    }

    fn types(&self) -> Result<TypeSection, SplitError> {
        let mut types = TypeSection::new();
        if let Some(section) = self.module.type_section.clone() {
            reencode::RoundtripReencoder.parse_type_section(&mut types, section)?;
        }
        Ok(types)
    }

    fn first(&self, pieces: Vec<Piece>) -> Result<Vec<u8>, SplitError> {
        let module = self.module;
        let staying = self.defined(false);
        let stubs = self.stubs();
        let own = module.own();
        let ensure = own + staying.len() as u32;
        let numbers: BTreeMap<u32, u32> = staying
            .iter()
            .zip(own..)
            .chain(stubs.iter().zip(ensure + 1..))
            .map(|(old, new)| (*old, new))
            .collect();
        let number = |old: u32| numbers.get(&old).copied().unwrap_or(old);
        let mut renumber = Renumber(number);

        let mut imports = ImportSection::new();
        for (import, kind) in &module.imports {
            imports.import(import.module, import.name, EntityType::Function(*kind));
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for &old in &staying {
            functions.function(module.type_of(old));
            renumber.parse_function_body(&mut code, module.bodies[(old - own) as usize].clone())?;
        }
        functions.function(module.type_of(self.loader));
        let mut body = Function::new([]);
        body.instructions()
            .global_get(self.there())
            .br_if(0)
            .call(self.loader)
            .end();
        code.function(&body);
        for (slot, &old) in (0..).zip(&stubs) {
            let kind = module.type_of(old);
            functions.function(kind);
            let mut body = Function::new([]);
            let mut stub = body.instructions();
            stub.call(ensure);
            for parameter in 0..module.types[kind as usize].params().len() as u32 {
                stub.local_get(parameter);
            }
            stub.i32_const(slot).call_indirect(self.table(), kind).end();
            code.function(&body);
        }
        let mut tables = TableSection::new();
        for table in &module.tables {
            renumber.parse_table(&mut tables, table.clone())?;
        }
        tables.table(self.table_type());
        let mut memories = MemorySection::new();
        memories.memory(renumber.memory_type(module.memories[0])?);
        let mut globals = GlobalSection::new();
        for global in &module.globals {
            renumber.parse_global(&mut globals, global.clone())?;
        }
        globals.global(THERE, &ConstExpr::i32_const(0));
        let mut exports = ExportSection::new();
        for export in &module.exports {
            renumber.parse_export(&mut exports, *export)?;
        }
        for (at, &old) in self.shared.iter().enumerate() {
            exports.export(&name('f', at), ExportKind::Func, number(old));
        }
        for table in 0..=self.table() {
            exports.export(&name('t', table as usize), ExportKind::Table, table);
        }
        for global in 0..=self.there() {
            exports.export(&name('g', global as usize), ExportKind::Global, global);
        }
        exports.export(&name('m', 0), ExportKind::Memory, 0);
        let mut elements = ElementSection::new();
        for element in &module.elements {
            renumber.parse_element(&mut elements, element.clone())?;
        }
        let mut out = Encoder::new();
        out.section(&self.types()?)
            .section(&imports)
            .section(&functions)
            .section(&tables)
            .section(&memories);
        out.section(&globals).section(&exports);
        if let Some(function) = module.start {
            out.section(&StartSection {
                function_index: number(function),
            });
        }
        out.section(&elements)
            .section(&code)
            .section(&joined(pieces));
        Ok(out.finish())
    }

    fn later(&self) -> Result<Vec<u8>, SplitError> {
        let module = self.module;
        let moving = self.defined(true);
        let first = self.shared.len() as u32;
        let numbers: BTreeMap<u32, u32> = self
            .shared
            .iter()
            .zip(0..)
            .chain(moving.iter().zip(first..))
            .map(|(old, new)| (*old, new))
            .collect();
        let number = |old: u32| numbers.get(&old).copied().unwrap_or(old);
        let mut renumber = Renumber(number);

        let mut imports = ImportSection::new();
        for (at, &old) in self.shared.iter().enumerate() {
            imports.import(
                FIRST,
                &name('f', at),
                EntityType::Function(module.type_of(old)),
            );
        }
        let memory = renumber.memory_type(module.memories[0])?;
        imports.import(FIRST, &name('m', 0), EntityType::Memory(memory));
        for (at, table) in module.tables.iter().enumerate() {
            imports.import(
                FIRST,
                &name('t', at),
                EntityType::Table(renumber.table_type(table.ty)?),
            );
        }
        imports.import(
            FIRST,
            &name('t', self.table() as usize),
            EntityType::Table(self.table_type()),
        );
        for (at, global) in module.globals.iter().enumerate() {
            imports.import(
                FIRST,
                &name('g', at),
                EntityType::Global(renumber.global_type(global.ty)?),
            );
        }
        imports.import(
            FIRST,
            &name('g', self.there() as usize),
            EntityType::Global(THERE),
        );

        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for &old in &moving {
            functions.function(module.type_of(old));
            renumber.parse_function_body(
                &mut code,
                module.bodies[(old - module.own()) as usize].clone(),
            )?;
        }
        // When everything is in its place: it is there.
        functions.function(module.type_of(self.loader));
        let mut body = Function::new([]);
        body.instructions()
            .i32_const(1)
            .global_set(self.there())
            .end();
        code.function(&body);

        let mut elements = ElementSection::new();
        let table: Vec<u32> = self.stubs().into_iter().map(number).collect();
        elements.active(
            Some(self.table()),
            &ConstExpr::i32_const(0),
            Elements::Functions(table.into()),
        );
        for element in &module.elements {
            self.replace_stubs(element, &mut elements, &number)?;
        }
        let mut out = Encoder::new();
        out.section(&self.types()?)
            .section(&imports)
            .section(&functions);
        out.section(&StartSection {
            function_index: first + moving.len() as u32,
        });
        out.section(&elements).section(&code);
        Ok(out.finish())
    }

    /// Puts moved functions themselves where `element` of the first module put their stubs.
    fn replace_stubs(
        &self,
        element: &wasmparser::Element<'a>,
        out: &mut ElementSection,
        number: &impl Fn(u32) -> u32,
    ) -> Result<(), SplitError> {
        let (
            ElementKind::Active {
                table_index,
                offset_expr,
            },
            ElementItems::Functions(items),
        ) = (&element.kind, element.items.clone())
        else {
            return Ok(());
        };
        let Some(offset) = constant(offset_expr)? else {
            return Ok(());
        };
        let items: Vec<u32> = items.into_iter().collect::<Result<_, _>>()?;
        let mut at = 0;
        for run in items.chunk_by(|one, next| self.moved(*one) == self.moved(*next)) {
            if self.moved(run[0]) {
                let run: Vec<u32> = run.iter().map(|old| number(*old)).collect();
                let place = ConstExpr::i32_const(offset + at);
                out.active(*table_index, &place, Elements::Functions(run.into()));
            }
            at += run.len() as i32;
        }
        Ok(())
    }
}

const COPIED: SplitError = SplitError::Unfit("data that its code copies by number");

/// Whether the second module is there.
const THERE: GlobalType = GlobalType {
    val_type: ValType::I32,
    mutable: true,
    shared: false,
};

/// The name of an export for the second module.
fn name(kind: char, at: usize) -> String {
    format!("{MARK}{kind}{at}")
}

/// The value of a constant expression, if it is one number.
fn constant(expression: &wasmparser::ConstExpr) -> Result<Option<i32>, SplitError> {
    let mut reader = expression.get_operators_reader();
    Ok(match reader.read()? {
        Operator::I32Const { value } => Some(value),
        _ => None,
    })
}

/// The module's data without the texts that stand apart, and those.
#[allow(clippy::type_complexity, reason = "two lists of the same")]
fn take_apart<'a>(
    module: &Module<'a>,
    apart: &[Apart],
) -> Result<(Vec<Piece<'a>>, Vec<Vec<Piece<'a>>>), SplitError> {
    let mut left: Vec<Piece<'a>> = Vec::new();
    for data in &module.data {
        let DataKind::Active { offset_expr, .. } = &data.kind else {
            return Err(COPIED);
        };
        let offset = constant(offset_expr)?
            .ok_or(SplitError::Unfit("data at places that are not constant"))?;
        left.push((u64::from(offset as u32), data.data));
    }
    let mut moved = Vec::new();
    for group in apart {
        let mut pieces = Vec::new();
        for (name, text) in &group.texts {
            let before = pieces.len();
            // What several tables hold stands in each of them.
            while let Some((which, at)) = left.iter().enumerate().find_map(|(which, (_, bytes))| {
                let at = find(bytes, text)?;
                Some((which, at))
            }) {
                let (begin, bytes) = left.remove(which);
                let end = at + text.len();
                left.insert(which, (begin + end as u64, &bytes[end..]));
                left.insert(which, (begin, &bytes[..at]));
                pieces.push((begin + at as u64, &bytes[at..end]));
            }
            if pieces.len() == before {
                return Err(SplitError::NoSuchText(name.clone()));
            }
        }
        moved.push(pieces);
    }
    left.retain(|(_, bytes)| !bytes.is_empty());
    Ok((left, moved))
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    bytes.windows(text.len()).position(|window| window == text)
}

fn data(pieces: &[Piece]) -> DataSection {
    let mut data = DataSection::new();
    for (at, bytes) in pieces {
        data.active(0, &ConstExpr::i32_const(*at as i32), bytes.iter().copied());
    }
    data
}

/// So many zeros are sent in no more room than the place of another piece.
const ZEROS_MAX: u64 = 24;

/// The same with pieces that stand close together as one. What lies between them is zero, or comes with another module, later.
fn joined(mut pieces: Vec<Piece>) -> DataSection {
    pieces.sort_unstable();
    let mut all: Vec<(u64, Vec<u8>)> = Vec::new();
    for (at, bytes) in pieces {
        match all.last_mut() {
            Some((begin, before))
                if at
                    .checked_sub(*begin + before.len() as u64)
                    .is_some_and(|zeros| zeros <= ZEROS_MAX) =>
            {
                before.resize((at - *begin) as usize, 0);
                before.extend_from_slice(bytes);
            }
            _ => all.push((at, bytes.to_vec())),
        }
    }
    let all: Vec<Piece> = all
        .iter()
        .map(|(at, bytes)| (*at, bytes.as_slice()))
        .collect();
    data(&all)
}

/// A module that holds texts and puts them in their places of the first one's memory.
fn texts(module: &Module, pieces: &[Piece]) -> Vec<u8> {
    let memory = module.memories[0];
    let mut imports = ImportSection::new();
    imports.import(
        FIRST,
        &name('m', 0),
        EntityType::Memory(wasm_encoder::MemoryType {
            minimum: memory.initial,
            maximum: memory.maximum,
            memory64: memory.memory64,
            shared: memory.shared,
            page_size_log2: memory.page_size_log2,
        }),
    );
    let mut out = Encoder::new();
    out.section(&imports).section(&data(pieces));
    out.finish()
}
