// The page without network, in a new version, and within another page.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { DIST, site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const folder = mkdtempSync(join(tmpdir(), "synod-site-"));
cpSync(DIST, folder, { recursive: true });
after(() => rmSync(folder, { recursive: true, force: true }));

const synod = site();
const changing = site({ folder });

/** Wait until the page is kept, whole. */
const kept = (page) => page.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.active.scriptURL));

test("the second visit needs no network: the home run, a link, a story, another language", () =>
  synod.open({ keeps: true }, async ({ page, context, url }) => {
    const here = reader(page);
    await here.ready();
    assert.match(await kept(page), /\/some\/path\/offline\.js$/);
    await here.pause();
    const { link, digest } = await here.shared();
    await context.setOffline(true);
    for (const address of [url, link, `${url}?scenario=raft/first-election`]) {
      const again = await context.newPage();
      await again.goto(address);
      const there = reader(again);
      await there.ready();
      if (address === link) assert.equal(await there.digest(), digest);
      await again.close();
    }
    await page.reload();
    await here.ready();
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("button", { name: "分享" }).waitFor();
  }));

test("a new version is said, and comes when the reader wants it", () =>
  changing.open({ keeps: true }, async ({ page, shot, axe }) => {
    const here = reader(page);
    await here.ready();
    await kept(page);
    const announced = page.getByRole("status").filter({ hasText: "A new version of Synod is here" });
    assert.equal(await announced.count(), 0, "what is new to a first visit is no news");
    for (const [file, from, to] of [
      ["index.html", "<title>Synod</title>", "<title>Synod, renewed</title>"],
      ["offline.js", /const VERSION = "[0-9a-f]+"/, 'const VERSION = "renewed"'],
    ]) {
      const text = readFileSync(join(folder, file), "utf8");
      assert.match(text, new RegExp(from));
      writeFileSync(join(folder, file), text.replace(from, to));
    }
    await page.reload();
    await here.ready();
    assert.equal(await page.title(), "Synod", "the old version stays until then");
    await announced.waitFor();
    await axe();
    await shot("1280-newer");
    await page.setViewportSize({ width: 360, height: 640 });
    await shot("360-newer");
    await announced.getByRole("button", { name: "Load it" }).click();
    await until("the new version is here", async () => (await page.title()) === "Synod, renewed");
    await here.ready();
    assert.equal(await announced.count(), 0);
    const names = await page.evaluate(() => caches.keys());
    assert.equal(names.length, 1, `the old one is gone: ${names}`);
  }));

test("an embedded page waits, shows the stage alone, and leads to the whole page at its moment", () =>
  synod.open({}, async ({ page, context, url, shot }) => {
    const here = reader(page);
    await here.led();
    const { link, digest } = await here.shared();
    const slide = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><title>A slide</title><h1>Elections</h1>
        <iframe src="${url}?embed${link.slice(link.indexOf("#"))}" title="Synod: Raft" width="960" height="560" style="border: 0"></iframe>`);
    });
    await new Promise((resolve) => slide.listen(0, "127.0.0.1", resolve));
    try {
      await page.goto(`http://127.0.0.1:${slide.address().port}/`);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("button", { name: "Play", exact: true }).waitFor();
      assert.equal(await frame.getByRole("banner").count(), 0, "no header");
      assert.equal(await frame.getByRole("tablist").count(), 0, "no dock");
      await shot("1280-slide");
      const [whole] = await Promise.all([context.waitForEvent("page"), frame.getByRole("link", { name: "Open in Synod" }).click()]);
      await whole.waitForLoadState();
      assert.doesNotMatch(whole.url(), /embed/);
      const there = reader(whole);
      await there.ready();
      assert.equal(await there.digest(), digest);
      await frame.getByRole("button", { name: "Play", exact: true }).click();
      await frame.getByRole("button", { name: "Pause", exact: true }).waitFor();
    } finally {
      slide.close();
    }
  }));

for (const [name, options] of Object.entries({
  "1280-embed": { width: 960, height: 560 },
  "dark-embed": { width: 1280, height: 720, colorScheme: "dark", locale: "zh-CN" },
  "360-embed": { width: 360, height: 420 },
})) {
  test(`${name}: an embedded page is silent for axe and scrolls nowhere`, () =>
    synod.open({ ...options, at: "?embed" }, async ({ page, shot, axe }) => {
      await page.locator(".transport canvas").waitFor();
      assert.equal(await page.getByRole("banner").count(), 0);
      const [needs, has] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(needs <= has, `${needs} pixels of ${has}`);
      await axe();
      await shot(name);
    }));
}

test("what is copied is the whole address, or a frame of it", () =>
  synod.open({ permissions: ["clipboard-read", "clipboard-write"] }, async ({ page }) => {
    const here = reader(page);
    await here.pause();
    await here.press("Share", page.getByRole("banner").first());
    const copied = async (button) => {
      await here.press(button, here.dialog);
      await here.dialog.getByText("The link is on the clipboard.").waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const link = await here.dialog.getByRole("textbox", { name: "Link" }).inputValue();
    assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/some\/path\/#1\./);
    assert.equal(await copied("Copy the link"), link);
    const frame = await copied("Copy for a page or slide");
    assert.ok(frame.includes(`src="${link.replace("#", "?embed#")}"`), frame);
  }));
