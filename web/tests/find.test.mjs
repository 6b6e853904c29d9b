// Find a violation: a rule is broken on purpose, workers find a run that shows it, it is made small and watched.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

/** The words of the dialog, by the reader's language. */
const WORDS = {
  "en-US": {
    more: "More",
    find: "Find a violation",
    watch: "Watch it",
    parameters: "Parameters",
    variant: "Variant",
    small: /none of them can go/,
  },
  "zh-CN": {
    more: "更多",
    find: "寻找违反性质的运行",
    watch: "观看",
    parameters: "参数",
    variant: "变体",
    small: /一个也不能再去掉/,
  },
};

/** Raft with a rule switched off, and the dialog of the search. */
async function opened(page, words, variant) {
  const here = reader(page);
  await page.locator("#stage").waitFor();
  const menu = async (name) => {
    await page.getByRole("banner").first().getByRole("button", { name: words.more, exact: true }).click();
    await page.getByRole("dialog", { name: words.more }).getByRole("button", { name, exact: true }).click();
    const dialog = page.getByRole("dialog", { name });
    await dialog.waitFor();
    return dialog;
  };
  const parameters = await menu(words.parameters);
  await parameters.getByRole("combobox", { name: words.variant, exact: true }).selectOption(variant);
  // From what was broken on purpose it is one step to what breaks of it.
  const again = await menu(words.parameters);
  await again.getByRole("button", { name: words.find, exact: true }).click();
  const dialog = page.getByRole("dialog", { name: words.find });
  await dialog.waitFor();
  return { here, dialog };
}

for (const [name, options, language] of [
  ["1280", {}, "en-US"],
  ["1920-dark", { width: 1920, height: 1080, colorScheme: "dark" }, "en-US"],
  ["phone-zh", { width: 360, height: 640, hasTouch: true, isMobile: true, locale: "zh-CN" }, "zh-CN"],
]) {
  test(`${name}: a broken rule is found, made small and watched to where it breaks`, () =>
    synod.open(options, async ({ page, shot, axe }) => {
      const words = WORDS[language];
      const { here, dialog } = await opened(page, words, "no-election-restriction");
      await shot(`${name}-find-form`);
      await axe();
      await dialog.getByRole("button", { name: words.find, exact: true }).click();
      const watch = dialog.getByRole("button", { name: words.watch, exact: true });
      await watch.waitFor({ timeout: 60_000 });
      await dialog.getByText(words.small).waitFor();
      await shot(`${name}-find-found`);
      await axe();
      await watch.click();
      await dialog.waitFor({ state: "detached" });
      // It plays by itself up to what breaks.
      for (let times = 0; times < 4; times += 1) await page.locator("#stage").press("+");
      await page.locator(".caption.violation").waitFor({ timeout: 90_000 });
      await shot(`${name}-find-broken`);
      await axe();
      const link = new URL(page.url()).hash;
      assert(link.length > 10 && link.length < 1_000, `the link stays short: ${link.length}`);
      assert(here);
    }));
}

test("by keyboard; a sound cluster keeps its promises, and the search is stopped", () =>
  synod.open({}, async ({ page, shot }) => {
    const here = reader(page);
    await here.ready();
    await here.pause();
    await page.getByRole("banner").first().getByRole("button", { name: "More", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "More" }).getByRole("button", { name: "Find a violation" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Find a violation" });
    await dialog.getByRole("combobox", { name: "Which promise" }).selectOption({ index: 1 });
    await dialog.getByRole("button", { name: "Find a violation", exact: true }).focus();
    await page.keyboard.press("Enter");
    const progress = dialog.getByText(/schedules so far, [\d,]+ a second/);
    await progress.waitFor();
    const tried = async () => Number(/^[\d,]+/.exec(await progress.innerText())[0].replaceAll(",", ""));
    await until("it goes on", async () => (await tried()) > 200);
    await shot("1280-find-going");
    await dialog.getByRole("button", { name: "Stop", exact: true }).focus();
    await page.keyboard.press("Enter");
    await dialog.getByText(/^Stopped after/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await here.press("Step", here.time);
  }));

test("where there are no workers, it says so", () =>
  synod.open({ init: "delete window.Worker" }, async ({ page }) => {
    const { dialog } = await opened(page, WORDS["en-US"], "minority-commit");
    await dialog.getByRole("button", { name: "Find a violation", exact: true }).click();
    await dialog.getByRole("alert").getByText(/cannot go on/).waitFor();
  }));
