// The page in parts: what comes before the cluster moves and what after it, and that nothing is missed while a part is on its way.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as rest } from "node:timers/promises";
import { DIST, site, whole } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();
const divided = readdirSync(DIST).some((name) => name.startsWith("later-"));
// A page that was built without a browser has one part, and nothing of this.
const options = { skip: divided ? false : "the page's wasm was not divided" };

/** Holds back every file whose name begins with one of these until `release` is called. */
async function holdBack(page, context, ...names) {
  // Nothing of the first opening may still be on its way.
  await whole(page);
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  const asked = [];
  await context.route(new RegExp(`/(${names.join("|")})-[0-9a-f]+\\.wasm$`), async (route) => {
    asked.push(route.request().url());
    await gate;
    await route.continue().catch(() => {});
  });
  return { asked, release };
}

test("the cluster moves, and an English reader sees the panels, while all else is held back", options, () =>
  synod.open({ init: () => {} }, async ({ page, context }) => {
    const { asked, release } = await holdBack(page, context, "later", "zh");
    await page.reload();
    const synod = reader(page);
    await synod.ready();
    await until("the cluster moved", async () => (await synod.step()) > 0);
    await until("the other parts were asked for", () => asked.length === 2);
    release();
    await whole(page);
    await synod.press("中文");
    await page.getByRole("region", { name: "刚刚发生了什么" }).waitFor();
  }));

test("what comes late is waited for by a page that stands still and does not freeze", options, () =>
  synod.open({}, async ({ page, context }) => {
    const { asked, release } = await holdBack(page, context, "later");
    await page.reload();
    const synod = reader(page);
    await synod.ready();
    await until("the rest was asked for", () => asked.length > 0);
    await rest(5_000);
    const step = await synod.step();
    await rest(1_000);
    assert.equal(await synod.step(), step, "it stands still");
    assert.equal(asked.length, 1, "nothing calls for what is on its way");
    release();
    await whole(page);
    await until("it goes on", async () => (await synod.step()) > step);
  }));

test("a Chinese reader never sees English while the words are on their way", options, () =>
  synod.open({ locale: "zh-CN" }, async ({ page, context }) => {
    const { release } = await holdBack(page, context, "zh");
    await page.reload({ waitUntil: "commit" });
    await page.getByText("五台服务器即将选举领导者").waitFor();
    await rest(500);
    assert.equal(await page.getByRole("slider").count(), 0, "the page waits for its words");
    assert.doesNotMatch(await page.locator("body").innerText(), /about to elect/);
    release();
    await page.getByRole("region", { name: "刚刚发生了什么" }).waitFor();
  }));

test("what needs a part that is still on its way waits for it", options, () =>
  // The browser may say that waiting is discouraged.
  synod.open({ allow: [/Synchronous XMLHttpRequest/] }, async ({ page, context }) => {
    const { asked, release } = await holdBack(page, context, "later", "zh");
    await page.reload();
    const synod = reader(page);
    await synod.ready();
    await until("the other parts were asked for", () => asked.length === 2);
    setTimeout(release, 700);
    await synod.press("中文");
    await page.getByRole("region", { name: "刚刚发生了什么" }).waitFor();
    assert.ok(asked.length > 2, "they were asked for again, to be waited for");
  }));

test("workers get a part that had to be waited for, too", options, () =>
  // The browser never has time: no part comes before something needs it.
  synod.open({ allow: [/Synchronous XMLHttpRequest/], init: "window.requestIdleCallback = () => {}" }, async ({ page }) => {
    await reader(page).ready();
    await page.locator(".timeline").press("Home");
    await page.locator("#stage").focus();
    await page.keyboard.press("f");
    const dialog = page.getByRole("dialog", { name: "What can still happen?" });
    await dialog.getByRole("button", { name: "Ask", exact: true }).click();
    await dialog.getByText(/^Yes, in \d+ steps/).waitFor({ timeout: 90_000 });
  }));

test("a part that never comes is said", options, () =>
  synod.open({ allow: [/ERR_FAILED|Synchronous|did not arrive|NetworkError/] }, async ({ page, context }) => {
    await whole(page);
    await context.route(/\/(later|zh)-[0-9a-f]+\.wasm$/, (route) => route.abort());
    await page.reload();
    // The cluster goes on until it needs what is not there.
    await page.getByRole("alert").getByRole("heading", { name: "The page could not be loaded" }).waitFor();
  }));
