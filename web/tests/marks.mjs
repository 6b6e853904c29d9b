// Opens a site whose wasm notes which functions run, as readers would, and writes down what ran: one `0` or `1` a function.
//
//     node marks.mjs FOLDER MEMORY FUNCTIONS OUT      MEMORY and FUNCTIONS as `split mark` printed them
//
// What is played here is what the page does before its other parts have come, which they do at once when it has started: opening in
// either language, light or dark, wide or narrow, and the first election. What comes later still may need them, and waits.
import { writeFileSync } from "node:fs";
import { launch } from "./harness.mjs";
import { serve } from "./server.mjs";

const [folder, memory, functions, out] = process.argv.slice(2);
const READERS = [
  { locale: "en-US", viewport: { width: 1280, height: 800 } },
  { locale: "zh-CN", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  { locale: "en-US", viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true },
  { locale: "en-US", viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" },
];
/**
 * So long the home run plays: the first timer runs out, the votes go round. Somewhat longer than the page goes on by itself before
 * the rest has come (`web/src/parts.rs`); measured in what was played, for on a slow machine a frame counts for less than it takes.
 */
const PLAYED_MS = 2_800;
const FRAME_MS_MAX = 100;
/** A page that is not seen to play is not waited for. */
const PATIENCE_MS = 60_000;

/** Counts how long the page plays, from its start on. */
const count = (most) => {
  globalThis.played = 0;
  addEventListener("synod-started", () => {
    let last;
    const frame = (now) => {
      globalThis.played += Math.min(now - (last ?? now), most);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
};

/** Keeps the memory of the page's wasm that is called `name`. */
const watch = (name) => {
  for (const how of ["instantiateStreaming", "instantiate"]) {
    const original = WebAssembly[how];
    WebAssembly[how] = async (...all) => {
      const result = await original.apply(WebAssembly, all);
      globalThis.marks ??= (result.instance ?? result).exports?.[name];
      return result;
    };
  }
};

/** What ran while a reader with these habits opened the page and looked. */
async function ran(browser, url, habits) {
  const context = await browser.newContext(habits);
  const page = await context.newPage();
  await page.addInitScript(watch, memory);
  await page.addInitScript(count, FRAME_MS_MAX);
  await page.goto(url);
  await page.waitForFunction((ms) => globalThis.played >= ms, PLAYED_MS, { timeout: PATIENCE_MS });
  const marks = await page.evaluate(
    (count) => Array.from(new Uint8Array(globalThis.marks.buffer, 0, count)),
    Number(functions),
  );
  await context.close();
  return marks;
}

const server = await serve(folder);
const browser = await launch();
try {
  const all = await Promise.all(READERS.map((habits) => ran(browser, server.url, habits)));
  const any = all[0].map((_, at) => all.some((marks) => marks[at] !== 0));
  if (!any.includes(true)) throw new Error(`no function of ${folder} left a mark: its wasm is not a marked one`);
  writeFileSync(out, any.map((mark) => (mark ? "1" : "0")).join(""));
  console.log(`   ${any.filter(Boolean).length} of ${any.length} functions ran at the opening`);
} finally {
  await browser.close();
  await server.close();
}
