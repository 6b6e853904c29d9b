// What every browser test stands on: the built site on a server of its own, a Chromium, pages that must stay silent.
//
// It knows the site's folder and nothing of what the page shows.
//
//     import { test } from "node:test";
//     import { site } from "./harness.mjs";
//     const page = site();                        // once per file: server and browser, closed after the last test
//     test("…", () => page.open({ width: 360, height: 640 }, async ({ page, shot, axe }) => { … }));
//
// `open` fails the test when the page wrote anything to the console, threw, or asked for a file that is not there.
import assert from "node:assert/strict";
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
/** The built site: what `cargo xtask dist` writes, unless SYNOD_DIST names another folder. */
export const DIST = process.env.SYNOD_DIST ?? join(HERE, "../../dist");
/** Where screenshots are kept. */
export const OUTPUT = join(HERE, "output");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
];

/** The browser: `CHROMIUM`, or the first of the usual places. */
export function browserPath() {
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = [process.env.CHROMIUM, ...usual].filter(Boolean).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  assert(found, "no Chromium was found: run `cargo xtask setup`, or name one in the variable CHROMIUM");
  return found;
}

/** Start a browser with the flags that every test uses; `flags` are added. */
export function launch(flags = []) {
  return chromium.launch({ executablePath: browserPath(), args: [...FLAGS, ...flags] });
}

/**
 * The site on a server of its own and a browser, for the tests of one file.
 *
 * `folder`, `prefix` and `brotli` are the server's; by default it serves `dist/` under `/some/path/`.
 */
export function site({ folder = DIST, ...options } = {}) {
  let server;
  let browser;
  before(async () => {
    assert(existsSync(join(folder, "index.html")), `${folder} holds no site: run \`cargo xtask dist\` first`);
    server = await serve(folder, options);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  return {
    /** The page's address; only while a test runs. */
    get url() {
      return server.url;
    },
    /**
     * Open the page in a fresh profile, hand it to `use`, and then require that it stayed silent.
     *
     * Options: `width`, `height` in CSS pixels; `locale`; `colorScheme`, `reducedMotion`, `hasTouch`,
     * `deviceScaleFactor` and whatever else a Playwright context takes; `at`, what to append to the address (a query, a
     * fragment); `goto`, a whole address in its place; `init`, a script to run before the page's own; `keeps`, whether the page may keep itself for a visit
     * without network; `allow`, patterns of console lines that this test provokes on purpose. `use` gets `page`, `context`, `url`, `messages` (so far), `shot(name)` and `axe()`.
     */
    async open(options, use) {
      const { width = 1280, height = 800, at = "", goto, init, keeps = false, allow = [], ...rest } = options;
      const context = await browser.newContext({ viewport: { width, height }, locale: "en-US", ...rest });
      try {
        const page = await context.newPage();
        const messages = listen(page);
        if (!keeps) await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "serviceWorker", { value: undefined }));
        if (init) await page.addInitScript(init);
        await page.goto(goto ?? server.url + at);
        const result = await use({
          page,
          context,
          url: server.url,
          messages,
          shot: (name) => shot(page, name),
          axe: () => axe(page),
        });
        const loud = messages.filter((line) => !allow.some((pattern) => pattern.test(line)));
        assert.deepEqual(loud, [], "the page must stay silent");
        return result;
      } finally {
        await context.close();
      }
    },
  };
}

/** Everything that the page complains about, as lines: console, uncaught errors, requests that fail. */
export function listen(page) {
  const messages = [];
  page.on("console", (message) => messages.push(`console.${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => messages.push(`uncaught: ${error.message}`));
  page.on("crash", () => messages.push("the page crashed"));
  page.on("requestfailed", (request) => messages.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) messages.push(`status ${response.status()}: ${response.url()}`);
  });
  return messages;
}

/** Wait until every part of the page has come (`web/parts.js`): leaving it sooner would cut off what is on its way. */
export async function whole(page) {
  await page.waitForFunction(() => {
    const named = [...document.scripts].map((script) => /const PARTS = (\{.*?\});/.exec(script.textContent)?.[1]).find(Boolean);
    const come = performance.getEntriesByType("resource").filter((file) => file.responseEnd > 0).map((file) => file.name);
    return Object.values(JSON.parse(named)).every((part) => come.includes(new URL(part, location.href).href));
  });
}

/** Keep a screenshot as `output/NAME.png`, and say where it is. */
export async function shot(page, name) {
  mkdirSync(OUTPUT, { recursive: true });
  const path = join(OUTPUT, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

const AXE = createRequire(import.meta.url).resolve("axe-core");

/** Require that axe-core finds nothing on the page as it is now. */
export async function axe(page) {
  await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const lines = found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${rule.help} (${node.target.join(" ")})`),
  );
  assert.deepEqual(lines, [], "axe-core must find nothing");
}
