// Prints what a visitor of the site downloads: raw, gzip and brotli, file by file.
//
// A file is needed at start when index.html names it, or when a script or style sheet that is needed at start does.
// What the page fetches by itself once it has started, or for another language, counts as "on demand".
import { readFileSync, readdirSync } from "node:fs";
import { basename, extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const site = process.argv[2] ?? "dist";
const files = readdirSync(site, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(site, join(entry.parentPath ?? entry.path, entry.name)));
const text = (file) => readFileSync(join(site, file), "utf8");

// The parts of the wasm that web/parts.js brings after the start.
const parts = /const PARTS = (\{.*?\});/.exec(text("index.html"));
const after = new Set(Object.values(JSON.parse(parts?.[1] ?? "{}")).map((file) => basename(file)));
// What a browser asks for when the page is installed or kept, and the page when a story is presented or an animation made.
const LATER = ["manifest.webmanifest", "offline.js", "speaker.html", "scripts/film.js"];
for (const file of files) if (file.startsWith("icons/") || LATER.includes(file)) after.add(file);
const start = new Set(["index.html"]);
for (const file of start) {
  if (![".html", ".js", ".mjs", ".css"].includes(extname(file))) continue;
  const body = text(file);
  for (const other of files) if (body.includes(basename(other)) && !after.has(other)) start.add(other);
}

const kilo = (bytes) => (bytes / 1000).toFixed(1).padStart(9);
const measure = (file) => {
  const bytes = readFileSync(join(site, file));
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotli.length];
};
const table = (title, names) => {
  if (names.length === 0) return;
  const rows = names.map((name) => [name, measure(name)]).sort((a, b) => b[1][2] - a[1][2]);
  const sum = [0, 1, 2].map((column) => rows.reduce((total, [, sizes]) => total + sizes[column], 0));
  console.log(`\n${title.padEnd(44)}${"raw kB".padStart(9)}${"gzip kB".padStart(9)}${"br kB".padStart(9)}`);
  for (const [name, sizes] of rows) console.log(`  ${name.padEnd(42)}${sizes.map(kilo).join("")}`);
  console.log(`  ${"together".padEnd(42)}${sum.map(kilo).join("")}`);
};
table("Downloaded at start", [...start]);
table("On demand", files.filter((file) => !start.has(file)));
