// A phone, 360 by 640: nothing scrolls sideways, the sheet leaves stage and caption in sight, targets fit a finger.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();
const PHONE = { width: 360, height: 640, hasTouch: true, isMobile: true };

/** Finger's width, in CSS pixels. */
const TARGET = 44;

async function fits(page) {
  const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: innerWidth }));
  assert.equal(room, 360);
  assert(wide <= room, `the page is ${wide} wide`);
}

/** How much of `locator` lies within the window, as a height in CSS pixels. */
async function seen(page, locator) {
  const box = await locator.boundingBox();
  if (!box) return 0;
  assert(box.x >= -0.5 && box.x + box.width <= 360.5, `${locator} leaves the window sideways: ${JSON.stringify(box)}`);
  const covered = await locator.evaluate((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    return !(top && (element.contains(top) || top.contains(element)));
  });
  return covered ? 0 : Math.min(box.y + box.height, 640) - Math.max(box.y, 0);
}

/** Every control in sight is large enough for a finger. */
async function targets(page) {
  const roles = ["button", "tab", "combobox", "radio", "checkbox", "searchbox", "slider"];
  const small = [];
  for (const role of roles) {
    for (const one of await page.getByRole(role).all()) {
      const box = await one.boundingBox();
      if (!box || box.y >= 640 || box.y + box.height <= 0) continue;
      const name = (await one.getAttribute("aria-label")) ?? (await one.innerText());
      // What only a screen reader meets has no size; its label has.
      if (box.width <= 1) continue;
      // The timeline is a picture of the design's 32 pixels; every place on it has a button as well.
      if (role === "slider") continue;
      // A check box is as large as its label.
      const area = role === "checkbox" ? await one.locator("xpath=ancestor::label").first().boundingBox() : box;
      if (area.width < TARGET - 0.5 || area.height < TARGET - 0.5) {
        small.push(`${role} “${name.replace(/\s+/g, " ")}”: ${area.width.toFixed(0)} × ${area.height.toFixed(0)}`);
      }
    }
  }
  assert.deepEqual(small, []);
}

test("stage, caption and the four transport buttons are in sight; nothing scrolls sideways", () =>
  synod.open(PHONE, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.ready();
    await until("somebody leads", async () => /leads term/.test(await synod.sentence()));
    await shot("phone-flight");
    await synod.led();
    await fits(page);
    assert((await seen(page, synod.stage)) >= 200, "the stage has room");
    assert((await seen(page, synod.caption)) >= 60, "the caption has room");
    for (const name of ["Back", "Play", "Step", "Next moment"]) {
      assert((await seen(page, synod.button(name, synod.time))) >= TARGET - 0.5, name);
    }
    await shot("phone-paused");
  }));

test("every control is as large as a finger", () =>
  synod.open(PHONE, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    await targets(page);
  }));

for (const [locale, story] of [
  ["en-US", "raft/single-server-change-bug"],
  ["zh-CN", "raft/lease-reads"],
]) {
  test(`${locale}: with a cut to heal, too, every word of the tools is whole`, () =>
    synod.open({ ...PHONE, locale, at: `?scenario=${story}` }, async ({ page, shot }) => {
      const tools = page.getByRole("toolbar").getByRole("button");
      const on = page.getByRole("region").getByRole("button", { name: /^(Next|Reveal|Skip|下一幕|揭晓|跳过)$/ });
      await until("there was a cut", async () => {
        if ((await tools.getByText(/^(Heal|修复网络)$/).count()) > 0) return true;
        await on.first().click({ timeout: 1_000 }).catch(() => {});
        return false;
      }, 60_000);
      await shot(`phone-tools-${locale}`);
      const broken = await tools.locator("span").evaluateAll((words) =>
        words
          .filter((word) => {
            const [inner, outer] = [word.getBoundingClientRect(), word.parentElement.getBoundingClientRect()];
            return inner.left < outer.left || inner.right > outer.right || inner.bottom > outer.bottom || inner.height > 20;
          })
          .map((word) => word.textContent),
      );
      assert.deepEqual(broken, []);
    }));
}

test("the sheets open and close, and leave stage and caption in sight", () =>
  synod.open(PHONE, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    if (await synod.panel.isVisible()) await synod.dock.getByRole("tab", { selected: true }).tap();
    await until("the sheet was closed", async () => !(await synod.panel.isVisible()));
    for (const name of ["Up next", "Node", "Events"]) {
      const tab = synod.dock.getByRole("tab", { name });
      await tab.tap();
      await until(`${name} opened`, async () => (await synod.panel.isVisible()) && (await tab.getAttribute("aria-selected")) === "true");
      await fits(page);
      assert((await seen(page, synod.panel)) >= 120, `${name} has room`);
      assert((await seen(page, synod.stage)) >= 100, `the stage is in sight above ${name}`);
      assert((await seen(page, synod.caption)) >= 48, `the caption is in sight beside ${name}`);
      await targets(page);
      await shot(`phone-${name.toLowerCase().replace(" ", "-")}`);
      await tab.tap();
      await until(`${name} closed`, async () => !(await synod.panel.isVisible()));
    }
  }));

test("what the header has no room for is in the menu, and dialogs fit", () =>
  synod.open(PHONE, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    const more = synod.button("More", page.getByRole("banner").first());
    await more.tap();
    await shot("phone-more");
    await targets(page);
    for (const name of ["Parameters", "Branches", "Run until…", "Share", "Help"]) {
      if (!(await synod.dialog.count())) await more.tap();
      await synod.button(name, synod.dialog).tap();
      await page.getByRole("dialog", { name }).waitFor();
      await fits(page);
      await targets(page);
      await shot(`phone-${name.toLowerCase().replace(/\W+/g, "-").replace(/-$/, "")}`);
      await synod.close();
    }
  }));

test("by touch: step, crash, undo, and a tap on the stage opens the node", () =>
  synod.open(PHONE, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const before = await synod.step();
    await synod.button("Step", synod.time).tap();
    await until("it stepped", async () => (await synod.step()) === before + 1);
    const { node } = await synod.leader();
    await synod.button(`Crash ${node}`, synod.tools).tap();
    await until("it was down", async () => (await synod.described()).some((line) => line.startsWith(`${node} is down`)));
    await synod.button("Undo", synod.tools).tap();
    await until("it leads", async () => (await synod.leaders())[0]?.node === node);
  }));
