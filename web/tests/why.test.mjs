// Why: what led to something is told, visited, and marked on the stage, the timeline and in the list of events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

/** The tab in which a question is answered: its steps, newest first. */
const causes = (here) => here.page.getByRole("tabpanel", { name: "Why?" }).getByRole("list").getByRole("button");

/** A cluster that has just elected a leader, paused. */
async function elected(page) {
  const here = reader(page);
  await here.pause();
  if ((await here.leaders()).length === 0) await here.runUntil("a node becomes leader");
  return here;
}

test("why a node leads: votes and a timeout, each visited, and back", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = await elected(page);
    const end = await here.step();
    const sentence = await here.sentence();
    await here.press("Why?", here.caption);
    await until("the newest step has the focus", () => page.evaluate(() => document.activeElement?.getAttribute("aria-current") === "step"));
    const told = await causes(here).allInnerTexts();
    assert.match(told[0], /votes? for|voted for/, `${sentence}: ${told[0]}`);
    assert.equal(told.filter((words) => /grants its vote/.test(words)).length, 2, told.join("\n"));
    assert.match(told.at(-1), /election timer/);
    await here.panel.getByText("because it was sent this message here:").first().waitFor();
    await here.panel.getByText(/Raft/).first().waitFor();
    await shot("1280-why");
    await axe();
    // By the keyboard to the beginning and back.
    await causes(here).last().focus();
    await page.keyboard.press("Enter");
    await until("the cursor went to the cause", async () => (await here.step()) < end);
    assert.equal(await causes(here).last().getAttribute("aria-current"), "step");
    await shot("1280-why-first-cause");
    await here.press(`Back to step ${end}`, here.panel);
    assert.equal(await here.step(), end);
    await page.keyboard.press("Escape");
    await until("the question is closed", async () => (await here.dock.getByRole("tab", { name: "Why?" }).count()) === 0);
  }));

test("the list of events marks what led there, shows it alone, and asks by w", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = await elected(page);
    await here.press("Why?", here.caption);
    const told = await causes(here).count();
    await here.tab("Events");
    const rows = here.panel.getByRole("listitem");
    const marked = here.panel.getByText("led to it", { exact: true });
    assert.equal(await marked.count(), told);
    assert((await rows.count()) > told);
    await shot("1280-why-events");
    await here.press("Only what led to this", here.panel);
    await until("only these are listed", async () => (await rows.count()) === told);
    await axe();
    // Another question, from a row in the middle.
    await rows.nth(3).getByRole("button").first().focus();
    await page.keyboard.press("w");
    await here.dock.getByRole("tab", { name: "Why?" }).waitFor();
    await until("less led to an earlier event", async () => {
      const now = await causes(here).count();
      return now > 0 && now < told;
    });
  }));

test("a role, an entry of a log, and what waits are asked about", () =>
  synod.open({}, async ({ page, shot }) => {
    const here = reader(page);
    const { node } = await here.led();
    await here.tab(/^Node/);
    await here.panel.getByRole("radio", { name: node, exact: true }).click();
    await here.press(`Why is ${node} so?`, here.panel);
    await here.panel.getByRole("heading", { name: `Why is ${node} leader?` }).waitFor();
    await here.tab(/^Node/);
    await here.panel.getByText("Why is it in the log?").click();
    await here.panel.getByRole("button", { name: /at index 1\?$/ }).click();
    await here.panel.getByRole("heading", { name: `Why does ${node} know index 1 to be committed?` }).waitFor();
    await shot("1280-why-entry");
    // On the matrix a click asks the same of the cell under it.
    await here.tab(/^Node/);
    const logs = page.getByRole("img", { name: "The logs of all servers" });
    const box = await logs.boundingBox();
    let asked = 0;
    for (let x = 40; x < box.width && !asked; x += 12) {
      await page.mouse.click(box.x + x, box.y + box.height - 14);
      asked = await page.getByRole("heading", { name: /^Why does S\d/ }).count();
    }
    assert(asked, "no cell answered");
    await here.tab("Up next");
    const [{ row, words }] = await here.rows();
    await row.click();
    await here.press("Why?", here.panel);
    await here.panel.getByRole("heading", { name: words.replace(/\s*\d.*$/, "").slice(0, 12) }).waitFor();
  }));

for (const [name, options] of [
  ["1920-dark", { width: 1920, height: 1080, colorScheme: "dark" }],
  ["phone", { width: 360, height: 640, hasTouch: true, isMobile: true }],
]) {
  test(`${name}: the answer leaves the stage in sight`, () =>
    synod.open(options, async ({ page, shot, axe }) => {
      const here = await elected(page);
      await here.press("Why?", here.caption);
      await causes(here).first().waitFor();
      const [stage, list] = [await here.stage.boundingBox(), await here.panel.boundingBox()];
      const covered = Math.max(0, Math.min(stage.y + stage.height, list.y + list.height) - Math.max(stage.y, list.y));
      const beside = list.x >= stage.x + stage.width - 1;
      assert(beside || stage.height - covered > 140, JSON.stringify({ stage, list }));
      await shot(`${name}-why`);
      await axe();
    }));
}

test("in Chinese", () =>
  synod.open({ locale: "zh-CN" }, async ({ page, shot }) => {
    await page.getByRole("slider", { name: "时间线" }).waitFor();
    await page.getByRole("region", { name: "刚刚发生了什么" }).getByRole("button", { name: "为什么？" }).click();
    await page.getByRole("tabpanel", { name: "为什么？" }).getByRole("heading").waitFor();
    await shot("1280-why-zh");
  }));
