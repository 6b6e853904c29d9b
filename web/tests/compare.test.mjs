// Two runs compared: two branches under one cursor, where they part, and another protocol beside this one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

/** Pause with a leader, go back some steps and crash it: branch B leaves A there. */
async function forked(page) {
  const here = reader(page);
  const { node } = await here.led();
  for (let times = 0; times < 4; times += 1) await here.press("Back", here.time);
  const fork = await here.step();
  await here.press(`Crash ${node}`, here.tools);
  await until("the leader was down", async () => (await here.described()).some((line) => line.startsWith(`${node} is down`)));
  for (let times = 0; times < 3; times += 1) await here.press("Step", here.time);
  return { here, node, fork };
}

/** Branch A beside the current one, from the list of branches. */
async function besideA(here) {
  // On a narrow page the list is in the menu.
  const opener = here.button("Branches", here.time);
  if (await opener.isVisible()) await opener.click();
  else {
    await here.press("More", here.page.getByRole("banner").first());
    await here.press("Branches", here.dialog);
  }
  await here.press("Compare with A", here.dialog);
  await here.stage.page().getByRole("img", { name: /^A · / }).waitFor();
}

const second = (page) => page.getByRole("region", { name: /^A · / }).getByRole("listitem").allInnerTexts();

/** What the page says of where the two part. */
const parting = async (page) => page.getByText(/The same for \d+ steps, until/).innerText();

test("two branches stand under one cursor, and the first difference is said, marked and gone to", async () => {
  const link = await synod.open({}, async ({ page, url, shot, axe }) => {
    const { here, node, fork } = await forked(page);
    await here.press("Branches", here.time);
    await axe();
    await shot("1280-compare-branches");
    await here.close();
    await besideA(here);
    const said = await parting(page);
    assert.match(said, new RegExp(`The same for ${fork} steps, until .*Then in B, at [^:]*: ${node} crashes.*In A, at `));
    await shot("1280-compare");
    await axe();

    await here.press("First difference");
    assert.equal(await here.step(), fork + 1);
    assert((await here.described()).some((line) => line.startsWith(`${node} is down`) && line.includes("otherwise in the other run")));
    assert((await second(page)).some((line) => line.startsWith(`${node}: leader`) && line.includes("otherwise in the other run")));
    await page.getByText(new RegExp(`Different now: ${node}`)).waitFor();
    await shot("1280-compare-parting");

    // A node that is pressed on the second stage tells its state in both.
    const stage = page.getByRole("img", { name: /^A · / });
    await here.tab(/^Node/);
    await here.panel.getByRole("radio", { name: node, exact: true }).click();
    const there = here.panel.getByRole("group", { name: /^A · / });
    await there.getByText(`${node}: leader`).or(there.getByText(new RegExp(`${node} is a? ?leader`))).first().waitFor();
    assert.match(await there.innerText(), /log/);
    const box = await stage.boundingBox();
    assert(box.width > 200 && box.height > 200);
    await shot("1280-compare-node");
    await axe();

    // One step back, and nothing differs.
    await here.press("Back", here.time);
    await page.getByText("Nothing that is seen differs now.").waitFor();
    const { link } = await here.shared();
    return link.slice(url.length);
  });
  await synod.open({ at: link }, async ({ page }) => {
    const there = reader(page);
    await there.ready();
    await page.getByRole("img", { name: /^A · / }).waitFor();
    assert.match(await parting(page), /Then in B, at /);
    // Who goes into the branch beside has the other one beside.
    await there.switchTo("A");
    await page.getByRole("img", { name: /^B · / }).waitFor();
  });
});

test("a pointer on the second stage tells a node, and a press selects it in both", () =>
  synod.open({}, async ({ page }) => {
    const { here } = await forked(page);
    await besideA(here);
    const stage = page.getByRole("img", { name: /^A · / });
    const box = await stage.boundingBox();
    // Somewhere on the stage there is a node.
    let hint = "";
    for (let place = 0; place < 400 && !/^S\d/.test(hint); place += 1) {
      const x = box.x + box.width * (0.1 + 0.04 * (place % 20));
      const y = box.y + box.height * (0.1 + 0.04 * Math.floor(place / 20));
      await page.mouse.move(x, y);
      hint = (await stage.getAttribute("title")) ?? "";
      if (/^S\d/.test(hint)) await page.mouse.click(x, y);
    }
    const [label] = /^S\d/.exec(hint) ?? assert.fail("no node was found");
    await here.dock.getByRole("tab", { name: new RegExp(`^Node ${label}`), selected: true }).waitFor();
    await here.panel.getByRole("group", { name: /^A · / }).waitFor();
  }));

test("the keyboard alone compares, goes to the first difference and ends it", () =>
  synod.open({}, async ({ page, axe }) => {
    const { here, fork } = await forked(page);
    await here.stage.focus();
    await page.keyboard.press("v");
    await here.dialog.waitFor();
    await axe();
    const what = here.dialog.getByRole("combobox", { name: "What differs" });
    assert.equal(await what.evaluate((select) => select.selectedOptions[0].textContent), "Branch");
    const start = here.dialog.getByRole("button", { name: "Compare side by side" });
    await start.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: /^A · / }).waitFor();
    await here.stage.focus();
    await page.keyboard.press("g");
    await until("the first difference was reached", async () => (await here.step()) === fork + 1);
    const end = page.getByRole("button", { name: "End comparison" });
    await end.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: /^A · / }).waitFor({ state: "detached" });
  }));

test("Multi-Paxos stands beside Raft, meets the same crash, and says what is passed over", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = reader(page);
    await here.pause();
    await page.getByRole("banner").first().getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("dialog", { name: "More" }).getByRole("button", { name: "Compare with…", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Compare with…" });
    await dialog.getByRole("combobox", { name: "What differs" }).selectOption({ label: "Protocol" });
    await axe();
    await shot("dialog-compare-protocol");
    await dialog.getByRole("button", { name: "Compare side by side" }).click();
    await page.getByRole("img", { name: "Multi-Paxos", exact: true }).waitFor();
    await here.runUntil("a client has its answer");
    const sentences = () => page.getByRole("region", { name: "Multi-Paxos", exact: true }).getByRole("listitem").allInnerTexts();
    await here.tab(/^Node/);
    await here.panel.getByRole("radio", { name: "S2", exact: true }).click();
    await here.press("Crash S2", here.tools);
    await until("S2 was down in both", async () => {
      const down = (lines) => lines.some((line) => line.startsWith("S2 is down"));
      return down(await here.described()) && down(await sentences());
    });
    assert((await sentences()).some((line) => line.includes("ballot")), "its own words");
    await shot("1280-compare-protocol");
    await axe();
  }));

for (const [name, options] of [
  ["1920-dark", { width: 1920, height: 1080, colorScheme: "dark" }],
  ["phone", { width: 360, height: 640, hasTouch: true, isMobile: true }],
]) {
  test(`${name}: both branches and where they part are in sight`, () =>
    synod.open(options, async ({ page, shot, axe }) => {
      const { here } = await forked(page);
      await besideA(here);
      for (const place of [here.stage, page.getByRole("img", { name: /^A · / }), page.getByRole("button", { name: "First difference" })]) {
        const box = await place.boundingBox();
        assert(box.width > 40 && box.height > 20, JSON.stringify(box));
        assert(box.x >= 0 && box.x + box.width <= options.width + 0.5 && box.y + box.height <= options.height);
      }
      await here.press("First difference");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(wide <= options.width, `the page is ${wide} wide`);
      await shot(`${name}-compare`);
      await axe();
    }));
}

test("in Chinese everything of it is Chinese", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const { here, node } = await forked(page);
    await besideA(here);
    await page.getByRole("banner").first().getByRole("button", { name: "中文" }).click();
    const said = await page.getByText(/步相同，直到/).innerText();
    assert.match(said, new RegExp(`B（[^）]*）：${node} 崩溃`));
    assert.doesNotMatch(said.replaceAll(/\b(?:[SC]\d+|[A-Z]\w*|ms|s)\b|µs/g, ""), /[A-Za-z]{2,}/);
    await page.getByRole("button", { name: "首个差异" }).waitFor();
    await shot("1280-compare-chinese");
    await axe();
  }));
