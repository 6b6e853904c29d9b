// The history of what clients called: it grows with the run, its parts are told and lead to their events, and where it fails the
// few answers that cannot all be right are named.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

const WORDS = {
  "en-US": { tab: "History", right: /^Linearizable so far/, wrong: /Not linearizable: these \d+ answers/, list: /Not linearizable/, slider: "Timeline" },
  "zh-CN": { tab: "历史", right: /^到目前为止可线性化/, wrong: /不可线性化.*这 \d+ 个答复/, list: /不可线性化/, slider: "时间线" },
};

/** A link to a run whose leader commits with half of the servers, cut in two, some time later. */
const split = () => {
  const run = {
    protocol: "raft",
    behaviour: 1,
    variant: "minority-commit",
    config: { clients: "3", keys: "1", request_gap_us: "30000" },
    seed: 13,
    edits: [{ t: 900_000, do: { cut: { from: [0, 1, 5], to: [2, 3, 4, 6, 7], both: true } } }],
  };
  return `#1.${deflateRawSync(JSON.stringify({ run, step: 660 })).toString("base64url")}`;
};

/** The parts of the picture. */
const parts = (here) => here.panel.getByRole("group", { name: "History" }).getByRole("button");

/** A cluster with some answers and a crash, paused, its history in sight. */
async function looked(page) {
  const here = reader(page);
  const { node } = await here.led();
  await here.tab("History");
  await here.runUntil("a client has its answer");
  await here.press(`Crash ${node}`, here.tools);
  for (let times = 0; times < 3; times += 1) await here.runUntil("a client has its answer");
  return here;
}

test("it grows with the run, and its parts are told and lead to their events", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = await looked(page);
    await here.panel.getByText(WORDS["en-US"].right).waitFor();
    const before = await parts(here).count();
    await shot("1280-history");
    await axe();
    await here.runUntil("a client has its answer");
    await until("another operation is there", async () => (await parts(here).count()) > before);
    const bars = parts(here).filter({ hasText: /takes effect as number/ });
    await bars.first().hover();
    const sentence = await bars.first().getAttribute("aria-label");
    assert.match(sentence, /^C\d: .+ – .+ \(.+ to .+\)\. It takes effect as number 1\.$/);
    await here.panel.getByText(sentence).last().waitFor();
    await shot("1280-history-told");
    // The crash stands on the same axis.
    assert.equal(await parts(here).filter({ hasText: /crash/ }).count(), 1);
    const end = await here.step();
    await bars.first().click();
    const call = await here.step();
    assert(call < end);
    await bars.first().click();
    const answer = await here.step();
    assert(answer > call && answer < end, `${call} ${answer} ${end}`);
    await shot("1280-history-past");
    await axe();
  }));

test("by keyboard: from part to part, to an event and on", () =>
  synod.open({}, async ({ page }) => {
    const here = await looked(page);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
    await parts(here).first().focus();
    const first = await focused();
    await page.keyboard.press("ArrowDown");
    const second = await focused();
    assert.notEqual(second, first);
    const end = await here.step();
    await page.keyboard.press("Enter");
    await until("the cursor went there", async () => (await here.step()) < end);
    assert.equal(await focused(), second, "the focus stays on the part");
    await page.keyboard.press("Home");
    assert.equal(await focused(), first);
    await page.keyboard.press("Space");
    assert.equal(await focused(), first);
    // One stop for Tab, and one way back.
    await page.keyboard.press("Shift+Tab");
    assert.notEqual(await focused(), first);
    // Its key, on the stage.
    await here.tab("Events");
    await here.stage.focus();
    await page.keyboard.press("4");
    await until("the key opens the tab", async () => (await parts(here).count()) > 0);
  }));

test("it follows a run that plays, and stays where it was put", () =>
  synod.open({ reducedMotion: "reduce" }, async ({ page, shot }) => {
    const here = await looked(page);
    for (let times = 0; times < 6; times += 1) await here.press("Faster", here.time).catch(() => {});
    await here.press("Play", here.time);
    await until("there is more than fits", async () => (await here.panel.getByRole("button", { name: "Earlier" }).count()) > 0, 90_000);
    await here.pause();
    await shot("1280-history-long");
    const of = async () => here.panel.getByText(/^Operations \d+ to \d+ of \d+$/).innerText();
    const last = await of();
    await here.press("Earlier", here.panel);
    await until("earlier ones are shown", async () => (await of()) !== last);
    assert.match(await of(), /^Operations 1 to/);
    await here.press("Follow", here.panel);
    await until("it follows again", async () => (await of()) === last);
  }));

for (const [name, options] of [
  ["1280", {}],
  ["1920-dark", { width: 1920, height: 1080, colorScheme: "dark" }],
  ["phone-zh", { width: 360, height: 640, hasTouch: true, isMobile: true, locale: "zh-CN" }],
]) {
  test(`${name}: two leaders that both commit are caught, and few answers say why`, () =>
    synod.open({ ...options, at: split() }, async ({ page, shot, axe }) => {
      const words = WORDS[options.locale ?? "en-US"];
      await page.getByRole("slider", { name: words.slider }).waitFor();
      await page.getByRole("tab", { name: words.tab }).click();
      const panel = page.getByRole("tabpanel", { name: words.tab });
      await panel.getByText(words.wrong).waitFor();
      const answers = panel.getByRole("list", { name: words.list }).getByRole("button");
      const count = await answers.count();
      assert(count >= 2 && count <= 5, `${count} answers`);
      await shot(`${name}-history-broken`);
      await axe();
      await answers.last().click();
      await until("the cursor went there", async () => (await answers.last().getAttribute("aria-current")) === "step");
      await shot(`${name}-history-broken-there`);
      await axe();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
      assert(wide, "nothing is wider than the page");
    }));
}
