// The same runs in wasm and natively: equal digests, equal verdicts, and the same trace byte for byte.
// SYNOD_DIGEST names the native program that prints what it makes of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { open } from "./module.mjs";

const program = process.env.SYNOD_DIGEST;
assert.ok(program, "SYNOD_DIGEST is not set: run this by `cargo xtask test digest`");

const native = new Map();
for (const line of execFileSync(program, { encoding: "utf8" }).trimEnd().split("\n")) {
  const name = line.slice(0, line.indexOf(" "));
  native.set(name, [...(native.get(name) ?? []), line]);
}

const module = open();
const reports = Array.from({ length: module.case_count() }, (_, place) => module.report(place).trimEnd().split("\n"));

test("both sides play the same runs", () => {
  assert.deepEqual(reports.map((report) => report[0].split(" ")[0]), [...native.keys()]);
});

for (const report of reports) {
  const name = report[0].split(" ")[0];
  test(`${name}: the same in wasm as natively`, () => assert.deepEqual(report, native.get(name)));
}

test("a run in wasm is the same a second time, in an instance of its own", () => {
  assert.deepEqual(open().report(0), module.report(0));
});

test("the digests tell runs apart", () => {
  const last = reports.map((report) => report.find((line) => line.includes(" end ")).split(" ").at(-1));
  assert.equal(new Set(last).size, reports.length);
  const [one, other] = [module.digest(1n, 2000n), module.digest(2n, 2000n)];
  assert.notEqual(one, other);
});
