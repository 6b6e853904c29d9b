// Two runs side by side: the same arrivals under two policies, on one clock, shared as one link.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

const HERE = "Policy: random";
const THERE = "Policy: power of d choices";

/** The second stage, its sentences, and the way back. */
function second(page) {
  return {
    stage: page.getByRole("img", { name: THERE, exact: true }),
    sentences: () =>
      page.getByRole("region", { name: THERE, exact: true }).getByRole("listitem").allInnerTexts(),
    end: page.getByRole("button", { name: "End comparison" }),
  };
}

/** A dialog that is opened from the menu of everything else. */
async function opened(page, name) {
  await page.getByRole("banner").first().getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("dialog", { name: "More" }).getByRole("button", { name, exact: true }).click();
  const dialog = page.getByRole("dialog", { name });
  await dialog.waitFor();
  return dialog;
}

/** Load balancing by `random`, and beside it by the better of two. */
async function compared(page, { axe, shot } = {}) {
  const here = reader(page);
  await here.ready();
  await page.getByRole("combobox", { name: "Protocol" }).selectOption("load-balancing");
  await here.pause();
  const parameters = await opened(page, "Parameters");
  await parameters.getByRole("combobox", { name: "Policy", exact: true }).selectOption({ label: "random" });
  await here.close();
  const dialog = await opened(page, "Compare with…");
  await dialog.getByRole("combobox", { name: "Policy in the second run" }).selectOption({ label: "power of d choices" });
  await axe?.();
  await shot?.("dialog-compare");
  await dialog.getByRole("button", { name: "Compare side by side" }).click();
  await second(page).stage.waitFor();
  return here;
}

/** The virtual time at which the page stands, as its words say it. */
const now = async (here) => (await here.where()).words.replace(/^.*, /, "");

/** The rows of the table that both runs share: name, here, there. */
async function figures(here) {
  const rows = await here.panel.getByRole("table").getByRole("row").all();
  return Promise.all(rows.map(async (row) => (await row.innerText()).split("\t").map((cell) => cell.trim())));
}

test("two policies play on one clock, with the charts of both, and a link keeps them", async () => {
  const run = await synod.open({}, async ({ page, url, shot, axe }) => {
    const here = await compared(page, { axe, shot });
    const { stage, sentences } = second(page);
    for (let times = 0; times < 4; times += 1) await here.press("Faster", here.time);
    await here.press("Play", here.time);
    await until("requests were answered", async () => (await here.step()) > 400);
    await shot("1280-beside-playing");
    const [one, other] = [await here.stage.boundingBox(), await stage.boundingBox()];
    assert(Math.abs(one.width - other.width) < 2 && Math.abs(one.height - other.height) < 2, "both have the same room");
    await here.pause();
    await axe();

    await here.tab("Charts");
    const table = await figures(here);
    assert.deepEqual(table[0].slice(1), [HERE, THERE]);
    const asked = table.find(([name]) => name === "Requests") ?? table[1];
    assert.equal(asked[1], asked[2], "both met the same requests");
    const charts = await here.panel.getByRole("group").or(here.panel.locator("svg[role]")).count();
    assert(charts >= 8, `${charts} charts`);
    const named = async (policy) =>
      here.panel.locator("svg").evaluateAll((all, name) => all.filter((svg) => svg.getAttribute("aria-label")?.startsWith(name)).length, policy);
    assert.equal(await named(HERE), await named(THERE));
    await shot("1280-beside-charts");
    await axe();

    // A crash is in both; the second stage's description says so.
    const down = (lines) => lines.filter((line) => /^S2\b.*down/.test(line)).length;
    await here.tab(/^Node/);
    await here.panel.getByRole("radio", { name: "S2", exact: true }).click();
    await here.press("Crash S2", here.tools);
    await until("S2 is down in both", async () => down(await sentences()) === 1 && down(await here.described()) === 1);
    await shot("1280-beside-crash");
    for (let times = 0; times < 5; times += 1) await here.press("Step", here.time);
    const { link, digest } = await here.shared();
    return { at: link.slice(url.length), digest, step: await here.step(), now: await now(here), stage: await sentences() };
  });
  await synod.open({ at: run.at }, async ({ page }) => {
    const there = reader(page);
    await there.ready();
    await until("the step was reached", async () => (await there.step()) === run.step);
    assert.equal(await there.digest(), run.digest);
    assert.equal(await now(there), run.now);
    const { sentences, end, stage } = second(page);
    await until("the second run came as far", async () => JSON.stringify(await sentences()) === JSON.stringify(run.stage));
    // The keyboard ends it, and the run goes on alone.
    await end.focus();
    await page.keyboard.press("Enter");
    await stage.waitFor({ state: "detached" });
    await there.press("Step", there.time);
    assert.equal(await there.step(), run.step + 1);
  });
});

for (const [name, options] of [
  ["1920-dark", { width: 1920, height: 1080, colorScheme: "dark" }],
  ["phone", { width: 360, height: 640, hasTouch: true, isMobile: true }],
]) {
  test(`${name}: both stages are in sight`, () =>
    synod.open(options, async ({ page, shot, axe }) => {
      const here = await compared(page);
      await here.press("Play", here.time);
      await until("requests fly", async () => (await here.step()) > 40);
      await here.pause();
      for (const stage of [here.stage, second(page).stage]) {
        const box = await stage.boundingBox();
        assert(box.width > 150 && box.height > 100, JSON.stringify(box));
        assert(box.x >= 0 && box.x + box.width <= options.width + 0.5 && box.y + box.height <= options.height);
      }
      await shot(`${name}-beside`);
      await axe();
    }));
}
