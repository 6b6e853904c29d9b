// The space-time diagram: it takes the stage's place, selects with the other views, moves and zooms, and moves arrivals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

const chart = (page) => page.getByRole("application", { name: /^Space-time diagram/ });
const view = (page) => page.getByRole("region", { name: "Diagram" });

/** What the diagram says of itself to those who do not see it: times, lines, events. */
async function summary(page) {
  const id = await chart(page).getAttribute("aria-describedby");
  const words = await page.locator(`#${id}`).innerText();
  const [, lines, events] = /: (\d+) lines?, ([\d,]+) events?/.exec(words) ?? assert.fail(`no summary: ${words}`);
  return { words, lines: Number(lines), events: Number(events.replaceAll(",", "")) };
}

/** A leader, and a crash of it, paused, with the diagram open. */
async function crashed(page) {
  const here = reader(page);
  const { node } = await here.led();
  await here.press(`Crash ${node}`, here.tools);
  await here.runUntil("a node becomes leader");
  await page.getByRole("button", { name: "Diagram", exact: true }).click();
  await chart(page).waitFor();
  await until("the diagram has its summary", async () => (await summary(page)).events > 0);
  return here;
}

test("it takes the stage's place, and gives it back", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = await crashed(page);
    assert.equal(await here.page.getByRole("application", { name: /^The cluster/ }).count(), 0);
    await until("it has the focus", () => page.evaluate(() => document.activeElement?.id === "diagram"));
    const { lines } = await summary(page);
    assert(lines >= 5, `${lines} lines`);
    await shot("1280-diagram");
    await axe();
    await page.keyboard.press("D");
    await chart(page).waitFor({ state: "detached" });
    await here.page.getByRole("application", { name: /^The cluster/ }).waitFor();
    await until("the stage has the focus", () => page.evaluate(() => document.activeElement?.id === "stage"));
    await page.keyboard.press("D");
    await chart(page).waitFor();
  }));

test("from event to event by the keyboard alone: caption and list go along", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = await crashed(page);
    await page.keyboard.press("ArrowLeft");
    const end = await here.step();
    const said = await here.sentence();
    await page.keyboard.press("ArrowUp");
    await until("it went to the cause", async () => (await here.step()) < end);
    assert.notEqual(await here.sentence(), said);
    await until("past and future are counted", async () => /concurrent with it/.test(await view(page).getByRole("status").innerText()));
    await here.tab("Events");
    assert.equal(await here.panel.locator("[aria-current]").count(), 1);
    await shot("1280-diagram-lit");
    await axe();
    await page.keyboard.press("Escape");
  }));

test("wheel, keys and buttons move what is seen", () =>
  synod.open({}, async ({ page, shot }) => {
    await crashed(page);
    const whole = await summary(page);
    const box = await chart(page).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.wheel(0, -600);
    await page.keyboard.press("+");
    await until("fewer events are in sight", async () => (await summary(page)).events < whole.events);
    await page.getByRole("button", { name: "All", exact: true }).click();
    await until("all are", async () => (await summary(page)).events > whole.events);
    await shot("1280-diagram-all");
    const before = await summary(page);
    await page.keyboard.press("+");
    await page.mouse.move(box.x + 300, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await until("another time is in sight", async () => (await summary(page)).words !== before.words);
    const moved = await summary(page);
    await chart(page).focus();
    await page.keyboard.press("PageDown");
    await until("later times are in sight", async () => (await summary(page)).words !== moved.words);
    await page.getByRole("button", { name: "Fold heartbeats" }).click();
    await shot("1280-diagram-folded");
  }));

test("an arrival comes later as a branch, and never before its sending", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = await crashed(page);
    const later = page.getByRole("button", { name: "Later", exact: true });
    // The last event of its node has nothing to come after: one before it, which is an arrival.
    let last = await here.step();
    do {
      await page.keyboard.press("ArrowLeft");
      await until("it went on", async () => (await here.step()) < last);
      last = await here.step();
    } while (!(await later.count()));
    const branches = (await here.branches()).length;
    await later.click();
    await until("it is a branch", async () => (await here.branches()).length > branches);
    await shot("1280-diagram-moved");
    await chart(page).focus();
    // As early as it goes: until its sending forbids it.
    for (let tries = 0; tries < 40; tries += 1) {
      await page.keyboard.press("<");
      if (/sending happens before arriving/.test(await here.tools.innerText())) break;
    }
    assert.match(await here.tools.innerText(), /sending happens before arriving/);
    await axe();
  }));

test("nodes and kinds of messages are left out, and shown again", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = await crashed(page);
    const { lines } = await summary(page);
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await axe();
    await shot("1280-diagram-filter");
    await here.dialog.getByRole("button", { name: "S1", exact: true }).click();
    await until("a line less", async () => (await summary(page)).lines === lines - 1);
    await here.press("Show everything", here.dialog);
    await until("all lines", async () => (await summary(page)).lines === lines);
    await here.close();
    await until("the button that opened it has the focus", () => page.evaluate(() => document.activeElement?.id === "opener-filter"));
  }));

test("a phone, the dark, Chinese, a projector", async () => {
  await synod.open({ width: 360, height: 640, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }, async ({ page, shot, axe }) => {
    await crashed(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= 360, `${wide} px wide`);
    await shot("360-diagram");
    await axe();
  });
  await synod.open({ colorScheme: "dark", locale: "zh-CN" }, async ({ page, shot, axe }) => {
    await page.getByRole("button", { name: "时空图", exact: true }).click();
    await page.getByRole("application", { name: /^时空图/ }).waitFor();
    await shot("1280-diagram-dark-zh");
    await axe();
  });
  await synod.open({ width: 1920, height: 1080 }, async ({ page, shot, axe }) => {
    const here = await crashed(page);
    assert.equal(await here.stage.count(), 2, "the stage stands above it");
    await shot("1920-diagram");
    await axe();
  });
});
