// Every protocol of the catalogue: it opens and runs, tells a story to its end, survives a crash, and shares a link that opens alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

/** The value and the name of each protocol in the header's list. */
function protocols(locale, label = "Protocol") {
  return synod.open({ locale }, async ({ page }) => {
    const options = page.getByRole("combobox", { name: label }).getByRole("option");
    await options.first().waitFor({ state: "attached" });
    return options.evaluateAll((all) => all.map(({ value, textContent }) => ({ id: value, name: textContent })));
  });
}

test("each opens, runs, survives a crash and is shared", async () => {
  const all = await protocols();
  assert(all.length >= 3, `${all.length} protocols`);
  for (const { id, name } of all) {
    const run = await synod.open({}, async ({ page, url, shot, axe }) => {
      const here = reader(page);
      await here.ready();
      await page.getByRole("combobox", { name: "Protocol" }).selectOption(id);
      await until(`${name} runs`, async () => (await here.step()) > 3);
      await here.pause();
      await shot(`protocol-${id}`);
      await axe();
      await here.dock.getByRole("tab", { name: /^Node/ }).click();
      await here.panel.getByRole("radio").last().click();
      await here.tools.getByRole("button", { name: /^Crash / }).click();
      const before = await here.step();
      for (let times = 0; times < 12; times += 1) await here.press("Step", here.time);
      assert((await here.step()) > before, `${name} goes on`);
      const { link, digest } = await here.shared();
      return { at: link.slice(url.length), digest, step: await here.step() };
    });
    await synod.open({ at: run.at }, async ({ page }) => {
      const there = reader(page);
      await there.ready();
      await until(`the link of ${name} opened`, async () => (await there.step()) === run.step);
      assert.equal(await there.digest(), run.digest, name);
    });
  }
});

for (const [locale, words] of [
  ["en-US", { protocol: "Protocol", stories: "Stories", caption: "What just happened", on: /^(Next|Skip|Reveal)$/, end: "The end" }],
  ["zh-CN", { protocol: "协议", stories: "故事", caption: "刚刚发生了什么", on: /^(下一幕|跳过|揭晓)$/, end: "剧终" }],
]) {
  test(`${locale}: each tells a story of its own to the end`, async () => {
    for (const { id, name } of await protocols(locale, words.protocol)) {
      await synod.open({ locale }, async ({ page, shot }) => {
        await page.getByRole("button", { name: words.stories, exact: true }).click();
        const shelf = page.getByRole("dialog").getByRole("region", { name, exact: true });
        await shelf.getByRole("button").nth(1).click();
        await until(`${id} is told`, () => page.url().includes(`?scenario=${id}/`));
        const guide = page.getByRole("region", { name: words.caption }).getByRole("group").first();
        for (let times = 0; times < 60 && !(await guide.innerText()).includes(words.end); times += 1) {
          const place = await guide.innerText();
          await guide.getByRole("button", { name: words.on }).click();
          await until("it went on", async () => (await guide.innerText()) !== place);
        }
        assert((await guide.innerText()).includes(words.end), name);
        await shot(`protocol-${id}-told-${locale}`);
      });
    }
  });
}

test("load balancing draws its charts", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = reader(page);
    await here.ready();
    await page.getByRole("combobox", { name: "Protocol" }).selectOption("load-balancing");
    await until("requests are answered", async () => (await here.step()) > 60);
    await here.pause();
    await here.dock.getByRole("tab", { name: "Charts" }).click();
    await until("charts were drawn", async () => (await here.panel.locator("svg").count()) >= 3);
    await shot("1280-charts");
    await axe();
  }));
