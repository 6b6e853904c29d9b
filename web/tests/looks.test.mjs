// How it looks: axe-core finds nothing in any state of the page; light, dark and less motion; pictures are kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, whole } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

test("axe-core finds nothing while the home run plays, paused, in the past, cut, and in each tab", () =>
  synod.open({}, async ({ page, axe }) => {
    const synod = reader(page);
    await synod.ready();
    await axe();
    const { node } = await synod.led();
    await axe();
    await synod.committed(node);
    await axe();
    for (const name of [/^Node/, "Events", "Up next"]) {
      await synod.tab(name);
      await axe();
    }
    await (await synod.rows())[1].row.click();
    await axe();
    await synod.press("Why?", synod.caption);
    await axe();
    await synod.press("Close the question", synod.panel);
    await synod.press("Cut", synod.tools);
    await axe();
    const cut = page.getByRole("group", { name: "Cut the network" });
    await synod.press("S1 on the other side", cut);
    await synod.press("Cut here", cut);
    await synod.press("Back", synod.time);
    await axe();
  }));

test("axe-core finds nothing in any dialog", () =>
  synod.open({}, async ({ page, axe, shot }) => {
    const synod = reader(page);
    await synod.led();
    const banner = page.getByRole("banner").first();
    const dialogs = [
      ["share", synod.button("Share", banner)],
      ["help", synod.button("Help", banner)],
      ["properties", banner.getByRole("button", { name: /propert/ })],
      ["more", synod.button("More", banner)],
      ["until", synod.button("Run until…", synod.time)],
      ["branches", synod.button("Branches", synod.time)],
      ["ask", synod.button("Ask", synod.tools)],
    ];
    for (const [name, opener] of dialogs) {
      await opener.click();
      await synod.dialog.waitFor();
      await axe();
      await shot(`dialog-${name}`);
      await synod.close();
    }
    await synod.button("More", banner).click();
    await synod.press("Parameters", synod.dialog);
    await page.getByRole("dialog", { name: "Parameters" }).waitFor();
    await axe();
    await shot("dialog-parameters");
  }));

test("axe-core finds nothing when a link does not open", () =>
  synod.open({ at: "#nonsense" }, async ({ page, axe, shot }) => {
    const synod = reader(page);
    await synod.notice.waitFor();
    await axe();
    await shot("notice");
  }));

test("dark: axe-core finds nothing, and the switch goes round", () =>
  synod.open({ colorScheme: "dark" }, async ({ page, axe, shot }) => {
    const synod = reader(page);
    await synod.ready();
    await until("somebody leads", async () => /leads term/.test(await synod.sentence()));
    await shot("dark-flight");
    await synod.led();
    await axe();
    await shot("dark-paused");
    await synod.tab("Events");
    await axe();
    await synod.press("Help", page.getByRole("banner").first());
    await axe();
    await synod.close();

    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const bright = (colour) => colour.match(/[\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) > 382;
    assert.equal(bright(await ground()), false, "as the system: dark");
    await page.getByRole("button", { name: "Theme: as the system" }).click();
    await page.getByRole("button", { name: "Theme: light" }).waitFor();
    assert.equal(bright(await ground()), true, "light");
    await axe();
    await page.getByRole("button", { name: "Theme: light" }).click();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    assert.equal(bright(await ground()), false, "dark");
    await whole(page);
    await page.reload();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    assert.equal(bright(await ground()), false, "and remembered");
  }));

test("a phone and Chinese: axe-core finds nothing", async () => {
  await synod.open({ width: 360, height: 640, hasTouch: true, isMobile: true }, async ({ page, axe }) => {
    const synod = reader(page);
    await synod.led();
    await axe();
    for (const name of ["Up next", "Node", "Events"]) {
      const tab = synod.dock.getByRole("tab", { name });
      if (!((await synod.panel.isVisible()) && (await tab.getAttribute("aria-selected")) === "true")) await tab.tap();
      await axe();
    }
  });
  await synod.open({ locale: "zh-CN" }, async ({ page, axe, shot }) => {
    await page.getByRole("button", { name: "暂停", exact: true }).click();
    await axe();
    await page.getByRole("button", { name: "帮助", exact: true }).click();
    await axe();
    await shot("zh-paused");
  });
});

/** Whether the stage moves while nothing happens: pictures of it between the same two events. */
async function moves(options) {
  return synod.open(options, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.pause();
    await synod.runUntil("a node becomes leader");
    for (let times = 0; times < 3; times += 1) await synod.press("Slower", synod.time);
    await synod.press("Play", synod.time);
    if (options.reducedMotion) await shot("reduced-motion");
    const compared = await until("two pictures were taken between two events", async () => {
      const before = await synod.step();
      const one = await synod.stage.screenshot();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const other = await synod.stage.screenshot();
      return (await synod.step()) === before && { moved: !one.equals(other) };
    });
    assert(await synod.playing(), "it played on");
    return compared.moved;
  });
}

test("messages fly, but not for those who asked for less motion", async () => {
  assert.equal(await moves({}), true);
  assert.equal(await moves({ reducedMotion: "reduce" }), false);
});

for (const [name, width, height] of [
  ["tablet", 820, 1180],
  ["1920", 1920, 1080],
  ["4k", 3840, 2160],
]) {
  test(`${width} × ${height}: everything is in sight`, () =>
    synod.open({ width, height }, async ({ page, shot }) => {
      const synod = reader(page);
      await synod.led();
      await shot(`${name}-paused`);
      for (const part of [synod.stage, synod.caption, synod.time, synod.dock]) {
        const box = await part.boundingBox();
        assert(box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 0.5 && box.y + box.height <= height + 0.5);
        assert(box.width > 100 && box.height > 30);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(wide <= width);
      // Where the transport has no room for the speed, the menu has.
      const slower = page.getByRole("button", { name: "Slower" }).filter({ visible: true });
      const inMenu = (await slower.count()) === 0;
      if (inMenu) await synod.press("More", page.getByRole("banner").first());
      // It is pressed again and again: the menu stays open.
      for (const ratio of ["1:200", "1:500"]) {
        await slower.first().click();
        await (inMenu ? synod.dialog : page).getByText(ratio).filter({ visible: true }).first().waitFor();
      }
    }));
}
