// Calls exports of the bench's wasm module, one a line of input (`name argument…`), and answers each with the milliseconds
// that it took and the bytes of the module's memory after it.
import { createInterface } from "node:readline";
import { open } from "../wasm/module.mjs";

const module = open();
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...words] = line.trim().split(" ");
  const [call, values] = [module[name], words.map(Number)];
  const begin = performance.now();
  call(...values);
  const took = performance.now() - begin;
  process.stdout.write(`${took} ${module.memory.buffer.byteLength}\n`);
}
