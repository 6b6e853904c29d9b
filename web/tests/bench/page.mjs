// The page in Chromium, beside a plain HTML page, the smallest Yew page and a bare canvas loop: one figure a line, as
// `value | unit | target | figure | measured`. Paired rounds, each in a fresh profile; medians of the ratios within rounds.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DIST, launch } from "../harness.mjs";
import { serve } from "../server.mjs";
import { bare, commands } from "./canvas.mjs";
import { commandsOf } from "./crowd.mjs";

const ROUNDS = 9;
// RaftScope's page takes 7 to 14 ms of the main thread for a frame on the machine that the targets were set on.
const RAFTSCOPE_MS = 7;

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const tell = (value, unit, target, figure, measured) =>
  console.log(`${value.toFixed(3)} | ${unit} | ${target} | ${figure} | ${measured}`);
const ms = (value) => `${value.toFixed(1)} ms`;

if (!existsSync(join(DIST, "index.html"))) {
  console.log("dist/ is not there: `cargo xtask dist` builds it; nothing was opened.");
  process.exit(0);
}

// The yardsticks: a plain page, and Yew saying hello, built and packed as the real page is.
const folder = mkdtempSync(join(tmpdir(), "synod-bench-"));
const page = (name, body) => {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "index.html"), `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title>${body}`);
};
page("plain", "<h1>Hello</h1><p>A plain page.</p>");
page("hello", '<body><script type="module">import init from "./hello.js"; init();</script>');
const target = process.env.CARGO_TARGET_DIR ?? "target";
const wasm = ["--target", "wasm32-unknown-unknown", "--profile", "wasm"];
execFileSync("cargo", ["build", "--quiet", "--package", "bench", "--example", "hello", ...wasm], { stdio: ["ignore", 2, 2] });
const built = join(target, "wasm32-unknown-unknown/wasm/examples/hello.wasm");
const packed = join(folder, "hello/hello_bg.wasm");
execFileSync("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", join(folder, "hello"), built], { stdio: ["ignore", 2, 2] });
copyFileSync(packed, `${packed}.raw`);
const features = ["bulk-memory", "bulk-memory-opt", "call-indirect-overlong", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];
execFileSync("wasm-opt", ["-Oz", "--strip-debug", "--strip-producers", ...features.map((name) => `--enable-${name}`), `${packed}.raw`, "-o", packed], { stdio: ["ignore", 2, 2] });
rmSync(`${packed}.raw`);

// Notes when the cluster has moved (the stage's second picture), when Yew has said hello, and how often was painted.
const watch = () => {
  globalThis.seen = { pictures: 0 };
  let paint;
  Object.defineProperty(globalThis, "synodPaint", {
    get: () => (...all) => {
      globalThis.seen.pictures += 1;
      const stage = all[0]?.id === "stage";
      if (stage) globalThis.seen.stages = (globalThis.seen.stages ?? 0) + 1;
      if (stage && globalThis.seen.stages === 2) globalThis.seen.ready = performance.now();
      return paint(...all);
    },
    set: (given) => (paint = given),
  });
  new MutationObserver(() => {
    if (document.querySelector("h1")?.textContent === "Hello") globalThis.seen.ready ??= performance.now();
  }).observe(document, { childList: true, subtree: true });
};

const browser = await launch();
const servers = [await serve(DIST, { brotli: true }), await serve(folder, { brotli: true })];
const [site, yardsticks] = servers.map((server) => server.url);

/** Opens `url` in a fresh profile and answers with its first paint and the moment it was ready. */
async function open(url, becomesReady) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url);
  if (becomesReady) await page.waitForFunction(() => globalThis.seen.ready !== undefined);
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    ready: globalThis.seen.ready,
  }));
  await context.close();
  return times;
}

/** What a frame of the page at `url` costs the main thread, in milliseconds, once `begin` has made it move. */
async function work(url, begin) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url);
  await begin(page);
  await page.waitForTimeout(1500);
  const client = await context.newCDPSession(page);
  await client.send("Performance.enable");
  const look = async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    const spent = (name) => metrics.find((metric) => metric.name === `${name}Duration`).value * 1e3;
    const [all, script, style, layout] = ["Task", "Script", "RecalcStyle", "Layout"].map(spent);
    return { all, script, style, layout, pictures: await page.evaluate(() => globalThis.seen.pictures) };
  };
  const samples = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await look();
    await page.waitForTimeout(700);
    const after = await look();
    const frames = after.pictures - before.pictures;
    samples.push(Object.fromEntries(Object.keys(after).map((part) => [part, (after[part] - before[part]) / frames])));
  }
  await context.close();
  return Object.fromEntries(Object.keys(samples[0]).map((part) => [part, median(samples.map((sample) => sample[part]))]));
}

try {
  const rounds = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const plain = await open(`${yardsticks}plain/`, false);
    const synod = await open(site, true);
    const hello = await open(`${yardsticks}hello/`, true);
    // The first round warms up, the server's compressor above all.
    if (round > 0) rounds.push({ plain, synod, hello });
  }
  const of = (pick) => median(rounds.map(pick));
  tell(of((r) => r.synod.paint / r.plain.paint), "x", "<= 1.25", "first contentful paint / plain HTML page",
    `${ms(of((r) => r.synod.paint))} against ${ms(of((r) => r.plain.paint))}`);
  tell(of((r) => r.synod.ready / r.hello.ready), "x", "<= 1.5", "the cluster moves / a Yew hello-world is ready",
    `${ms(of((r) => r.synod.ready))} against ${ms(of((r) => r.hello.ready))}`);

  // The main thread's work for a frame, with a hundred messages on the stage; and for a canvas of that size on which only a
  // small square moves, which is what any canvas costs here.
  {
    const crowd = await work(`${site}#${process.env.SYNOD_BENCH_LINK ?? ""}`, (page) =>
      page.getByRole("button", { name: "Play", exact: true }).click(),
    );
    const nothing = await work(`${yardsticks}plain/`, (page) =>
      page.evaluate(() => {
        const canvas = document.body.appendChild(document.createElement("canvas"));
        [canvas.width, canvas.height] = [880, 640];
        const context = canvas.getContext("2d", { alpha: false });
        globalThis.synodPaint = () => context.fillRect(globalThis.seen.pictures % 800, 10, 5, 5);
        const frame = () => {
          globalThis.synodPaint();
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    );
    tell(crowd.all / RAFTSCOPE_MS, "x", "<= 0.25", "main thread's work for a frame / RaftScope's, at its least",
      `${crowd.all.toFixed(2)} ms, about 100 messages: script ${ms(crowd.script)}, style ${ms(crowd.style)}, layout ${ms(crowd.layout)}`);
    tell(nothing.all, "ms", "", "the same for a canvas on which almost nothing is drawn", "");
  }

  // The painter beside a bare loop that draws the same circles, lines and labels.
  {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(site);
    await page.waitForFunction(() => typeof globalThis.synodPaint === "function");
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    const ratios = await page.evaluate(
      async ([rounds, bareText, commandsText]) => {
        const [bare, commands] = [new Function(`return ${bareText}`)(), new Function(`return ${commandsText}`)()];
        const canvas = document.body.appendChild(document.createElement("canvas"));
        [canvas.width, canvas.height] = [1200, 720];
        const [items, frames, all] = [2500, 20, []];
        const context = canvas.getContext("2d", { alpha: false });
        const [list, texts, fonts, colours] = commands(items);
        const time = (draw) => {
          const begin = performance.now();
          for (let frame = 0; frame < frames; frame += 1) draw();
          context.getImageData(0, 0, 1, 1);
          return (performance.now() - begin) / frames;
        };
        for (let round = 0; round <= rounds; round += 1) {
          const plain = time(() => bare(context, items));
          const ours = time(() => globalThis.synodPaint(canvas, 1200, 720, 1, list, texts, fonts, colours));
          if (round > 0) all.push([plain, ours]);
        }
        return all;
      },
      [ROUNDS, bare.toString(), commands.toString()],
    );
    tell(median(ratios.map(([plain, ours]) => plain / ours)), "x", ">= 0.7", "painter's capacity / bare canvas loop",
      `2,500 items: ${ms(median(ratios.map(([, ours]) => ours)))} against ${ms(median(ratios.map(([plain]) => plain)))}`);
    await context.close();
  }
  // A hundred clients, three balancers and fifty servers with thousands of messages on their way.
  {
    const crowd = execFileSync("cargo", ["run", "--quiet", "--release", "--package", "bench", "--example", "crowd"], {
      stdio: ["ignore", "pipe", 2],
      encoding: "utf8",
    });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(site);
    await page.waitForFunction(() => typeof globalThis.synodPaint === "function");
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    const [times, items] = await page.evaluate(
      async ([rounds, text, commandsText]) => {
        const { list, texts, fonts, colours, items } = new Function(`return ${commandsText}`)()(text);
        const canvas = document.body.appendChild(document.createElement("canvas"));
        [canvas.width, canvas.height] = [1200, 720];
        const context = canvas.getContext("2d", { alpha: false });
        const all = [];
        for (let round = 0; round <= rounds; round += 1) {
          const begin = performance.now();
          for (let frame = 0; frame < 20; frame += 1) globalThis.synodPaint(canvas, 1200, 720, 1, list, texts, fonts, colours);
          context.getImageData(0, 0, 1, 1);
          if (round > 0) all.push((performance.now() - begin) / 20);
        }
        return [all, items];
      },
      [ROUNDS, crowd, commandsOf.toString()],
    );
    tell(median(times), "ms", "<= 16", "painting a crowd: 153 nodes, 4,000 messages as flows", `${items} items`);
    await context.close();
  }
} finally {
  await browser.close();
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true });
}
