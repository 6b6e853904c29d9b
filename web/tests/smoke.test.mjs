// The site opens under a sub-path, by its name, without a word on the console.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { site } from "./harness.mjs";

const synod = site();

test("the page has its title and stays silent", () =>
  synod.open({}, async ({ page, shot }) => {
    assert.equal(await page.title(), "Synod");
    await page.waitForLoadState("networkidle");
    // Long enough for the browser to complain about files that it fetched early and never used.
    await pause(4000);
    await shot("smoke");
  }));

test("the site works under another path, compressed", async () => {
  const { serve } = await import("./server.mjs");
  const { DIST, launch, listen } = await import("./harness.mjs");
  const server = await serve(DIST, { prefix: "/a/b/c/", brotli: true });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const messages = listen(page);
    await page.goto(server.url);
    await page.waitForLoadState("networkidle");
    assert.deepEqual(messages, []);
    assert.equal(await page.title(), "Synod");
  } finally {
    await browser.close();
    await server.close();
  }
});
