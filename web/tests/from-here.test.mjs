// What can still happen? A question about the present, answered by workers, with a way to watch or numbers that say how far was looked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

/** The words of the dialog, by the reader's language. */
const WORDS = {
  "en-US": {
    more: "More",
    title: "What can still happen?",
    kind: "Question",
    anything: "Anything: a predicate",
    predicate: "Predicate",
    ask: "Ask",
    watch: "Watch it",
    yes: /^Yes, in \d+ steps/,
    no: /^Not within 4 steps/,
    way: "The way there",
    far: /How far/,
    steps: "Steps",
  },
  "zh-CN": {
    more: "更多",
    title: "还会发生什么？",
    kind: "问题",
    anything: "任意：一个条件",
    predicate: "条件",
    ask: "提问",
    watch: "观看",
    yes: /^能，\d+ 步之内/,
    no: /^4 步之内不能/,
    way: "到达的步骤",
    far: /试到多远/,
    steps: "步数",
  },
};

async function opened(page, words) {
  await page.locator("#stage").waitFor();
  // Before an election, however far a slow machine has come meanwhile.
  await page.locator(".timeline").press("Home");
  await page.getByRole("banner").first().getByRole("button", { name: words.more, exact: true }).click();
  await page.getByRole("dialog", { name: words.more }).getByRole("button", { name: words.title, exact: true }).click();
  const dialog = page.getByRole("dialog", { name: words.title });
  await dialog.waitFor();
  return dialog;
}

for (const [name, options, language] of [
  ["1280", {}, "en-US"],
  ["1920-dark", { width: 1920, height: 1080, colorScheme: "dark" }, "en-US"],
  ["phone-zh", { width: 360, height: 640, hasTouch: true, isMobile: true, locale: "zh-CN" }, "zh-CN"],
]) {
  test(`${name}: what can come about is shown and watched, and what cannot is said with its numbers`, () =>
    synod.open(options, async ({ page, shot, axe }) => {
      const words = WORDS[language];
      const dialog = await opened(page, words);
      await shot(`${name}-from-here-form`);
      await axe();
      const ask = dialog.getByRole("button", { name: words.ask, exact: true });
      // The home run opens before an election: whoever is asked about can still win it.
      await ask.click();
      await dialog.getByText(words.yes).waitFor({ timeout: 90_000 });
      const steps = await dialog.getByRole("list", { name: words.way }).getByRole("listitem").count();
      assert(steps > 2, `the way has its steps: ${steps}`);
      // On a phone it comes below what was asked.
      const [top, bottom] = await dialog.getByText(words.yes).evaluate((element) => {
        const box = element.getBoundingClientRect();
        return [box.top, innerHeight - box.bottom];
      });
      assert(top >= 0 && bottom >= 0, `the answer is in sight: ${top} px below the top, ${bottom} above the bottom`);
      await shot(`${name}-from-here-yes`);
      await axe();

      await dialog.getByRole("combobox", { name: words.kind, exact: true }).selectOption({ label: words.anything });
      const field = dialog.getByRole("textbox", { name: words.predicate });
      await field.fill('role = "leder"');
      await ask.click();
      await dialog.getByRole("alert").getByText(/leader/).waitFor();
      await shot(`${name}-from-here-mistake`);
      await axe();
      await field.fill('epoch = ">= 50"');
      await dialog.getByText(words.far).click();
      await dialog.getByRole("combobox", { name: words.steps, exact: true }).selectOption("4");
      await shot(`${name}-from-here-limits`);
      await axe();
      await ask.click();
      await dialog.getByText(words.no).waitFor({ timeout: 120_000 });
      await shot(`${name}-from-here-no`);
      await axe();

      await field.fill('event = "fired", count = 3');
      await ask.click();
      const watch = dialog.getByRole("button", { name: words.watch, exact: true });
      await watch.waitFor({ timeout: 90_000 });
      await watch.click();
      await dialog.waitFor({ state: "detached" });
      await shot(`${name}-from-here-watched`);
      await axe();
    }));
}

test("by keyboard: a question is asked with the letter f, is stopped, and its answer says what is known", () =>
  synod.open({}, async ({ page, shot }) => {
    const here = reader(page);
    await here.ready();
    await here.pause();
    await here.stage.focus();
    await page.keyboard.press("f");
    const dialog = page.getByRole("dialog", { name: "What can still happen?" });
    await dialog.getByRole("combobox", { name: "Question", exact: true }).selectOption({ label: "Can a promise be broken, or come true?" });
    await dialog.getByRole("button", { name: "Ask", exact: true }).focus();
    await page.keyboard.press("Enter");
    const progress = dialog.getByText(/different states, [\d,]+ steps a second/);
    await progress.waitFor();
    const states = async () => {
      const said = (await progress.count()) > 0 ? await progress.innerText() : "";
      return Number(/([\d,]+) different/.exec(said)?.[1].replaceAll(",", "") ?? 0);
    };
    await until("it goes on", async () => (await states()) > 500);
    await shot("1280-from-here-going");
    await dialog.getByRole("button", { name: "Stop", exact: true }).focus();
    await page.keyboard.press("Enter");
    await dialog.getByText("Stopped: not found so far.").waitFor();
    await dialog.getByText(/Every schedule of up to \d+ steps? /).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await here.press("Step", here.time);
  }));

test("where there are no workers, it says so", () =>
  synod.open({ init: "delete window.Worker" }, async ({ page }) => {
    const dialog = await opened(page, WORDS["en-US"]);
    await dialog.getByRole("button", { name: "Ask", exact: true }).click();
    await dialog.getByRole("alert").getByText(/cannot go on/).waitFor();
  }));
