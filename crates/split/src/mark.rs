//! A copy of a module whose functions each leave a mark when they run.
//!
//! The marks are bytes of a second memory, which the copy exports: the module's own allocator uses every byte of the first.

use crate::SplitError;
use crate::module::Module;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, MemorySection, MemoryType, Module as Encoder,
    RawSection,
};
use wasmparser::{Parser, Payload};

/// The name under which the marks are exported.
pub const MARKS: &str = "~marks";
/// Bytes of a page of wasm's memory.
const PAGE: u64 = 1 << 16;

/// A module that notes what runs, in the memory that it exports as [`MARKS`].
pub struct Marked {
    /// The module.
    pub wasm: Vec<u8>,
    /// How many functions there are: each has a byte, in the order of the module, which is 1 once it has run.
    pub functions: usize,
}

/// A copy of `wasm` that notes which functions run.
///
/// # Errors
/// It is no module, or one that [`crate::divide()`] would refuse too.
pub fn mark(wasm: &[u8]) -> Result<Marked, SplitError> {
    let module = Module::read(wasm)?;
    let functions = module.bodies.len();
    let mut code = CodeSection::new();
    for (at, body) in module.bodies.iter().enumerate() {
        let range = body.range();
        let begin = body.get_operators_reader()?.original_position();
        let mut marked = wasm[range.start..begin].to_vec();
        // i32.const place; i32.const 1; i32.store8 to memory 1
        marked.push(0x41);
        leb(at as i64, &mut marked);
        marked.extend([0x41, 1, 0x3a, 0x40, 1, 0]);
        marked.extend(&wasm[begin..range.end]);
        code.raw(&marked);
    }
    let mut memories = MemorySection::new();
    memories.memory(RoundtripReencoder.memory_type(module.memories[0])?);
    memories.memory(MemoryType {
        minimum: (functions as u64).div_ceil(PAGE),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    for export in &module.exports {
        RoundtripReencoder.parse_export(&mut exports, *export)?;
    }
    exports.export(MARKS, ExportKind::Memory, 1);
    let mut out = Encoder::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match payload {
            Payload::MemorySection(_) => out.section(&memories),
            Payload::ExportSection(_) => out.section(&exports),
            Payload::CodeSectionStart { .. } => out.section(&code),
            _ => match payload.as_section() {
                Some((id, range)) => out.section(&RawSection {
                    id,
                    data: &wasm[range],
                }),
                None => &mut out,
            },
        };
    }
    Ok(Marked {
        wasm: out.finish(),
        functions,
    })
}

/// A signed number as wasm writes it.
fn leb(mut value: i64, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}
