// No mouse: everything can be reached with Tab and done with keys; letters are keys on the stage and in Up next alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

const focused = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Press Tab until `locator` has the focus: it must be reachable so. */
async function tabTo(page, locator, key = "Tab") {
  for (let times = 0; times < 80; times += 1) {
    if (await focused(locator)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`Tab never reached ${locator}`);
}

test("play, pause, step, pick, crash and undo, by keys alone", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    const press = (keys) => page.keyboard.press(keys);
    await synod.ready();

    // The first Tab offers the way past the header.
    await press("Tab");
    const skip = page.getByRole("link", { name: "Skip to the stage" });
    assert(await focused(skip));
    await press("Enter");
    assert(await focused(synod.stage), "the stage has the focus");
    assert(!page.url().includes("#stage"), "the address stays the run's");

    await press("Space");
    await until("it paused", async () => !(await synod.playing()));
    await press("Space");
    await until("it played", () => synod.playing());
    await press("Space");
    await until("it paused", async () => !(await synod.playing()));

    const start = await synod.step();
    await press("ArrowRight");
    await press("ArrowRight");
    assert.equal(await synod.step(), start + 2);
    await press("ArrowLeft");
    assert.equal(await synod.step(), start + 1);
    await press("End");
    assert.equal(await synod.step(), start + 2);

    // Moments until somebody leads.
    await until("somebody led", async () => {
      await press("Shift+ArrowRight");
      return (await synod.leaders()).length === 1;
    });

    // Up next, its second row.
    await press("1");
    const [, second] = await synod.rows();
    await press("j");
    await until("the second row was chosen and had the focus", () => focused(second.row));
    const before = await synod.step();
    await press("Enter");
    await until("it was done", async () => (await synod.step()) === before + 1);
    assert(!(await synod.rows()).some(({ words }) => words === second.words), `${second.words} is no longer up`);
    await synod.tools.getByText(/^You chose: /).waitFor();

    // Back on the stage: crash the leader, then undo.
    await tabTo(page, synod.stage, "Shift+Tab");
    const { node } = await synod.leader();
    await press("c");
    await until("the leader was down", async () => (await synod.described()).some((line) => line.startsWith(`${node} is down`)));
    await shot("1280-keyboard");
    await press("Control+z");
    await until("the leader was back", async () => (await synod.leaders())[0]?.node === node);
    await press("Control+Shift+z");
    await until("it was down again", async () => (await synod.described()).some((line) => line.startsWith(`${node} is down`)));
  }));

test("nodes are chosen with arrows, and Enter opens what can be done with them", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    await tabTo(page, synod.stage, "Shift+Tab");
    await page.keyboard.press("ArrowDown");
    await synod.dock.getByRole("tab", { name: "Node S1" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await synod.dock.getByRole("tab", { name: "Node S2" }).waitFor();
    await page.keyboard.press("Enter");
    await synod.dialog.waitFor();
    await tabTo(page, synod.button("Pause S2", synod.dialog));
    await page.keyboard.press("Enter");
    await until("S2 was paused", async () => (await synod.described()).some((line) => /^S2: .* It stands still and keeps its memory/.test(line)));
    assert.equal(await synod.dialog.count(), 0);
  }));

test("letters do nothing outside the stage and Up next, and can be switched off", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const same = async (doing) => {
      const before = [await synod.where(), await synod.described(), await synod.dialog.count()];
      await doing();
      assert.deepEqual([await synod.where(), await synod.described(), await synod.dialog.count()], before);
    };
    for (const locator of [
      synod.button("Step", synod.time),
      synod.timeline,
      page.getByRole("combobox", { name: "Protocol" }),
      synod.dock.getByRole("tab", { name: "Up next" }),
    ]) {
      await locator.focus();
      await same(async () => {
        for (const letter of ["c", "p", "b", "w", "x", "?"]) await page.keyboard.press(letter);
      });
    }
    await synod.tab("Events");
    const search = synod.panel.getByRole("searchbox");
    await search.focus();
    await same(() => page.keyboard.type("c p x"));
    assert.equal(await search.inputValue(), "c p x");

    // The switch stands in the help; the stage then knows no letters either.
    await synod.stage.focus();
    await page.keyboard.press("?");
    await synod.press("Letters act as keys", synod.dialog);
    await page.keyboard.press("Escape");
    await synod.dialog.waitFor({ state: "detached" });
    await synod.stage.focus();
    await same(async () => {
      for (const letter of ["c", "p", "b", "?"]) await page.keyboard.press(letter);
    });
    const before = await synod.step();
    await page.keyboard.press("ArrowRight");
    assert.equal(await synod.step(), before + 1, "arrows are no letters");
  }));

test("Space on a control acts on that control alone, and a closed menu gives the focus back", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const before = await synod.step();
    await synod.button("Step", synod.time).focus();
    await page.keyboard.press("Space");
    assert.equal(await synod.step(), before + 1);
    assert.equal(await synod.playing(), false);

    const share = page.getByRole("banner").first().getByRole("button", { name: "Share", exact: true });
    await share.focus();
    await page.keyboard.press("Enter");
    await synod.dialog.waitFor();
    await page.keyboard.press("Escape");
    await synod.dialog.waitFor({ state: "detached" });
    assert(await focused(share));
  }));

test("tabs and choices move with arrows", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.pause();
    await tabTo(page, synod.dock.getByRole("tab", { name: "Up next" }));
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tabpanel", { name: "Node" }).waitFor();
    await tabTo(page, synod.panel.getByRole("radio", { name: "S1", exact: true }));
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tabpanel", { name: "Node S2" }).waitFor();
  }));
