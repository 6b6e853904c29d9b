// English and 简体中文: the browser's language at first, the switch afterwards, and nothing left untranslated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, whole } from "./harness.mjs";
import { until } from "./reader.mjs";

const synod = site();

/** What stays Latin in a Chinese sentence: labels, the protocol's own names, keys and values, units, formats. */
const NAMES =
  /\b(?:[SC]\d+|[A-Z]|[a-z]|g\d+|Synod|English|Raft|(?:Multi-)?Paxos|MapReduce|(?:Pre|Request)Vote(?:Reply)?|AppendEntries(?:Reply)?|RegisterClient|Client(?:Request|Reply)|CheckQuorum|SVG|PNG|APNG|TikZ|ShiViz|JSON|Tab|Space|Shift|PageDown|PageUp|Ctrl|Home|End|Enter|Esc|ms|ppm)\b|[µμ]s|http\S+/g;

/** "领导者 (leader)": the field's own word stands beside its translation. */
const GLOSS = /\([a-z -]+\)/g;

const latin = (text) => text.replaceAll(GLOSS, "").replaceAll(NAMES, "").match(/[A-Za-z]{2,}/g) ?? [];

const CHINESE = /[\u4e00-\u9fff]/;

function chinese(text, where) {
  assert.match(text, CHINESE, where);
  assert.deepEqual(latin(text), [], `${where}: ${text}`);
}

const names = (page) => ({
  caption: page.getByRole("region", { name: "刚刚发生了什么" }),
  time: page.getByRole("region", { name: "时间" }),
  dock: page.getByRole("region", { name: "详情" }),
  banner: page.getByRole("banner").first(),
  panel: page.getByRole("tabpanel"),
  dialog: page.getByRole("dialog"),
  sentence: () => page.getByRole("region", { name: "刚刚发生了什么" }).getByRole("paragraph").first().innerText(),
});

test("a browser that prefers Chinese gets Chinese; the switch leads to English and back, and is remembered", () =>
  synod.open({ locale: "zh-CN" }, async ({ page }) => {
    const zh = names(page);
    await zh.time.getByRole("button", { name: "暂停", exact: true }).click();
    const lang = () => page.getByRole("document").or(page.locator(":root")).first().getAttribute("lang");
    assert.equal(await lang(), "zh-Hans");
    const toEnglish = zh.banner.getByRole("button", { name: "English" });
    assert.equal(await toEnglish.getAttribute("lang"), "en", "a screen reader reads it as English");
    await toEnglish.click();
    await page.getByRole("region", { name: "What just happened" }).waitFor();
    assert.equal(await lang(), "en");
    assert.doesNotMatch(await page.getByRole("region", { name: "What just happened" }).innerText(), CHINESE);
    await whole(page);
    await page.reload();
    await page.getByRole("region", { name: "What just happened" }).waitFor();
    await page.getByRole("button", { name: "中文", exact: true }).click();
    await zh.caption.waitFor();
    assert.equal(await lang(), "zh-Hans");
  }));

test("an English browser gets English", () =>
  synod.open({ locale: "en-GB" }, async ({ page }) => {
    await page.getByRole("region", { name: "What just happened" }).waitFor();
    await page.getByRole("slider", { name: "Timeline" }).waitFor();
    assert.equal(await page.locator(":root").getAttribute("lang"), "en");
    const english = (await page.getByRole("main").innerText()).replace("中文", "");
    assert.doesNotMatch(english, CHINESE);
  }));

test("no English is left in the caption, while it plays and step by step", () =>
  synod.open({ locale: "zh-CN" }, async ({ page, shot }) => {
    const zh = names(page);
    await zh.caption.waitFor();
    const pause = zh.time.getByRole("button", { name: "暂停", exact: true });
    await pause.waitFor();
    chinese(await zh.sentence(), "the first sentence");
    await until("somebody leads", async () => /任期|领导/.test(await zh.sentence()));
    await shot("zh-flight");
    await pause.click();
    const step = zh.time.getByRole("button", { name: "单步", exact: true });
    const seen = new Set();
    for (let times = 0; times < 40; times += 1) {
      const sentence = await zh.sentence();
      seen.add(sentence);
      chinese(sentence, "the caption");
      await step.click();
    }
    assert(seen.size >= 15, `many sentences were read: ${seen.size}`);
  }));

test("no English is left in panels, menus and names", () =>
  synod.open({ locale: "zh-CN" }, async ({ page, shot }) => {
    const zh = names(page);
    await zh.time.getByRole("button", { name: "暂停", exact: true }).click();
    const goals = zh.time.getByRole("button", { name: /^运行到/ });
    await goals.click();
    await zh.dialog.getByRole("button").filter({ hasText: /客户端/ }).first().click();
    if (await zh.dialog.count()) await page.keyboard.press("Escape");
    await zh.dialog.waitFor({ state: "detached" });

    /** The words of every element that is in sight, and the names of those that have no words. */
    const words = async (locator) => {
      const shown = (await locator.innerText()).split("\n");
      const named = await locator.locator("[aria-label], [title]").evaluateAll((all) =>
        all.flatMap((one) => [one.getAttribute("aria-label"), one.getAttribute("title")].filter(Boolean)),
      );
      return [...shown, ...named].map((line) => line.trim()).filter(Boolean);
    };
    const foreign = [];
    const read = async (where, locator, allow = () => false) => {
      for (const line of await words(locator)) {
        if (latin(line).length > 0 && !allow(line)) foreign.push(`${where}: ${line}`);
      }
    };
    // Where a rule's source is cited, the paper's name stays.
    const cites = (line) => /^(Raft|Ongaro|etcd)\b/.test(line);
    await read("header", zh.banner);
    await read("stage", page.getByRole("main"));
    await read("time", zh.time);
    await read("caption", zh.caption, cites);
    for (const name of [/^即将发生/, /^事件/]) {
      await zh.dock.getByRole("tab", { name }).click();
      await read(`tab ${name}`, zh.panel);
    }
    await shot("zh-events");
    for (const opener of [/^分享/, /^帮助/, /条性质|性质/]) {
      await zh.banner.getByRole("button", { name: opener }).click();
      await zh.dialog.waitFor();
      const addresses = (line) => /^http|^摘要|^[0-9a-f]{16}$/.test(line) || line.includes(" · ");
      await read(`dialog ${opener}`, zh.dialog, addresses);
      await shot(`zh-dialog-${String(opener).replace(/\W/g, "") || "more"}`);
      await page.keyboard.press("Escape");
      await zh.dialog.waitFor({ state: "detached" });
    }
    assert.deepEqual(foreign, []);
  }));
