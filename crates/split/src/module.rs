//! A module, read as far as dividing it needs: its parts in the order of the file, not yet understood.

use crate::SplitError;
use wasmparser::{
    Data, Element, Export, FuncType, FunctionBody, Global, Import, MemoryType, Parser, Payload,
    Table, TypeRef, TypeSectionReader,
};

/// A module's parts.
#[derive(Default)]
pub(crate) struct Module<'a> {
    /// The types, as they stand and one by one.
    pub(crate) types: Vec<FuncType>,
    pub(crate) type_section: Option<TypeSectionReader<'a>>,
    /// Functions only: a module that imports anything else is refused.
    pub(crate) imports: Vec<(Import<'a>, u32)>,
    /// The type of each function that is defined here.
    pub(crate) functions: Vec<u32>,
    pub(crate) tables: Vec<Table<'a>>,
    pub(crate) memories: Vec<MemoryType>,
    pub(crate) globals: Vec<Global<'a>>,
    pub(crate) exports: Vec<Export<'a>>,
    pub(crate) start: Option<u32>,
    pub(crate) elements: Vec<Element<'a>>,
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    pub(crate) data: Vec<Data<'a>>,
}

impl<'a> Module<'a> {
    /// Reads `wasm`.
    ///
    /// # Errors
    /// It is no module, or has what cannot be moved.
    pub(crate) fn read(wasm: &'a [u8]) -> Result<Self, SplitError> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            module.take(payload?)?;
        }
        if module.memories.len() != 1 {
            return Err(SplitError::Unfit("no memory of its own, or several"));
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), SplitError> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone().into_iter_err_on_gc_types() {
                    self.types.push(group?);
                }
                self.type_section = Some(section);
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let TypeRef::Func(kind) = import.ty else {
                        return Err(SplitError::Unfit("an import that is no function"));
                    };
                    self.imports.push((import, kind));
                }
            }
            Payload::FunctionSection(section) => self.functions = collect(section)?,
            Payload::TableSection(section) => self.tables = collect(section)?,
            Payload::MemorySection(section) => self.memories = collect(section)?,
            Payload::GlobalSection(section) => self.globals = collect(section)?,
            Payload::ExportSection(section) => self.exports = collect(section)?,
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.elements = collect(section)?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(section) => self.data = collect(section)?,
            Payload::TagSection(_) => return Err(SplitError::Unfit("exceptions")),
            // Names and notes of tools.
            _ => {}
        }
        Ok(())
    }

    /// The number of imported functions: the first of the module's own.
    pub(crate) const fn own(&self) -> u32 {
        self.imports.len() as u32
    }

    /// The type of any function, imported or not.
    pub(crate) fn type_of(&self, function: u32) -> u32 {
        match self.imports.get(function as usize) {
            Some((_, kind)) => *kind,
            None => self.functions[(function - self.own()) as usize],
        }
    }
}

fn collect<T, E>(items: impl IntoIterator<Item = Result<T, E>>) -> Result<Vec<T>, SplitError>
where
    SplitError: From<E>,
{
    Ok(items.into_iter().collect::<Result<_, _>>()?)
}
