// The bench as a wasm module: its exports, and the text that it leaves in memory.
// SYNOD_BENCH_WASM names the file; `cargo xtask` builds it and sets the name.
import { readFileSync } from "node:fs";

export function open() {
  const file = process.env.SYNOD_BENCH_WASM;
  if (!file) throw new Error("SYNOD_BENCH_WASM is not set: run this by `cargo xtask test digest` or `cargo xtask bench`");
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {});
  const report = (place) => {
    const start = exports.case_report(place);
    return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, start, exports.report_len()));
  };
  return { ...exports, report };
}
