// The main journey in Firefox, as it comes from its makers: it is driven through WebDriver BiDi, which it speaks by itself.
//
// Things are found by role and accessible name, as everywhere; the page must stay silent here as well.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { DIST, OUTPUT } from "./harness.mjs";
import { PATIENCE_MS, until } from "./reader.mjs";
import { serve } from "./server.mjs";

/** The browser: `FIREFOX`, or the first of the usual places that starts. */
function firefoxPath() {
  const usual = ["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"];
  const found = [process.env.FIREFOX, ...usual].filter(Boolean).find((path) => {
    try {
      return /Firefox/.test(execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    } catch {
      return false;
    }
  });
  assert(found, "no Firefox was found: run `cargo xtask setup`, or name one in the variable FIREFOX");
  return found;
}

let server;
let browser;
let downloads;
before(async () => {
  assert(existsSync(join(DIST, "index.html")), `${DIST} holds no site: run \`cargo xtask dist\` first`);
  server = await serve(DIST);
  downloads = await mkdtemp(join(tmpdir(), "synod-firefox-"));
  browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: firefoxPath(),
    headless: true,
    extraPrefsFirefox: {
      "browser.download.folderList": 2,
      "browser.download.dir": downloads,
      "browser.download.useDownloadDir": true,
      "browser.helperApps.neverAsk.saveToDisk": "image/png,text/plain,application/json",
      "intl.accept_languages": "en-US",
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  if (downloads) await rm(downloads, { recursive: true, force: true });
});

/** A page as a reader knows it. */
class Reader {
  constructor(page) {
    this.page = page;
  }

  /** What has this role and name, once it is there. */
  find(role, name) {
    return this.page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`, { timeout: PATIENCE_MS });
  }

  async has(role, name) {
    return (await this.page.$(`::-p-aria([name="${name}"][role="${role}"])`)) !== null;
  }

  async press(name) {
    await (await this.find("button", name)).click();
  }

  /** The text of a region. */
  async text(name) {
    return (await this.find("region", name)).evaluate((region) => region.innerText);
  }

  /** Wait until the caption tells of `what`. */
  /** Waits for a sentence in the caption, which stands for two seconds: looked for once, and then only read. */
  async tells(what) {
    const caption = await this.find("region", "What just happened");
    return until(`the caption tells ${what}`, async () => {
      const told = await caption.evaluate((region) => region.innerText);
      return what.test(told) && told;
    });
  }

  async step() {
    const words = await (await this.find("slider", "Timeline")).evaluate((slider) => slider.ariaValueText ?? slider.getAttribute("aria-valuetext"));
    return Number(/^Step ([\d,]+) of/.exec(words)[1].replaceAll(",", ""));
  }

  /** The link and the digest that *Share* tells. */
  async shared() {
    await this.press("Share");
    const link = await (await this.find("textbox", "Link")).evaluate((field) => field.value);
    const words = await (await this.find("dialog", "Share")).evaluate((dialog) => dialog.innerText);
    await this.page.keyboard.press("Escape");
    await until("the dialog is closed", async () => !(await this.has("dialog", "Share")));
    return { link, digest: /Digest ([0-9a-f]{16})/.exec(words)[1] };
  }

  async shot(name) {
    mkdirSync(OUTPUT, { recursive: true });
    await this.page.screenshot({ path: join(OUTPUT, `firefox-${name}.png`) });
  }
}

/** Open the page at `at`, hand it to `use`, and require that it stayed silent. */
async function open(at, use) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const messages = [];
    page.on("console", (message) => messages.push(`console.${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => messages.push(`uncaught: ${error.message}`));
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(server.url + at);
    const result = await use(new Reader(page));
    assert.deepEqual(messages, [], "the page must stay silent");
    return result;
  } finally {
    await context.close();
  }
}

test("a cluster elects, is stopped, stepped, broken and mended, and its link opens at the same digest", async () => {
  const { link, digest, step } = await open("", async (synod) => {
    await synod.find("button", "Pause");
    const [, leader] = /(S\d) leads term 1/.exec(await synod.tells(/S\d leads term 1/));
    await synod.press("Pause");
    await synod.find("button", "Play");
    await synod.shot("stage");
    const before = await synod.step();
    await synod.press("Step");
    await until("a step was taken", async () => (await synod.step()) === before + 1);

    await synod.press(`Crash ${leader}`);
    await synod.tells(new RegExp(`${leader} crashes`));
    assert.match(await synod.text("What is on the stage"), new RegExp(`${leader} is down`));
    await synod.press("Run until…");
    await synod.press("a node becomes leader");
    await synod.tells(/S\d leads term 2/);
    await until("it stands still", async () => synod.has("button", "Play"));
    if (await synod.has("dialog", "Run until…")) await synod.page.keyboard.press("Escape");
    await synod.press("Undo");
    await until("the crash was undone", async () => !new RegExp(`${leader} is down`).test(await synod.text("What is on the stage")));
    await synod.press("Diagram");
    await synod.find("region", "Diagram");
    await synod.shot("diagram");
    return { ...(await synod.shared()), step: await synod.step() };
  });
  await open(link.slice(link.indexOf("#")), async (synod) => {
    await until("the link was opened", async () => (await synod.step()) === step);
    assert.equal((await synod.shared()).digest, digest);
  });
});

test("a story is told beat by beat", () =>
  open("?scenario=raft/first-election", async (synod) => {
    await synod.tells(/Five servers, and nobody leads/);
    await synod.press("Next");
    await synod.tells(/Whoever runs out first speaks first/);
    for (const [words, asks] of [
      [/a question costs nothing/, false],
      [/begins term 1, votes for itself/, true],
      [/Three votes of five are a majority/, false],
    ]) {
      await until("there is a way on", async () => (await synod.has("button", "Next")) || (await synod.has("button", "Skip")));
      if (await synod.has("button", "Skip")) await synod.press("Skip");
      await synod.press("Next");
      if (asks) await synod.press("Reveal");
      await synod.tells(words);
    }
  }));

test("an animation is made, and saved", () =>
  open("", async (synod) => {
    await synod.tells(/S\d leads term 1/);
    await synod.press("Pause");
    await synod.press("More");
    await synod.press("Save as animation…");
    const beginnings = await synod.find("combobox", "From");
    const value = await beginnings.evaluate((select) => [...select.options].at(-2).value);
    await beginnings.select(value);
    await synod.press("Save the animation");
    const file = await until("a file is saved", async () => (await readdir(downloads)).find((name) => name.endsWith(".png")));
    const bytes = await until("it is whole", async () => {
      const bytes = await readFile(join(downloads, file));
      return bytes.subarray(-8).includes("IEND") && bytes;
    });
    assert(bytes.includes("acTL") && bytes.includes("fdAT"), "it moves");
  }));
