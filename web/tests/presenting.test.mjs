// Presenting: large type without chrome, a clicker's keys, the presenter's window with notes and time; and the handout to print.
import assert from "node:assert/strict";
import { test } from "node:test";
import { axe as axeOf, listen, shot, site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

const WORDS = {
  "en-US": { caption: "What just happened", present: "Present", notes: "Notes", end: "End", next: "Next", more: "More", handout: "Handout", elapsed: "Time since the beginning" },
  "zh-CN": { caption: "刚刚发生了什么", present: "演示", notes: "备注", end: "结束", next: "下一幕", more: "更多", handout: "讲义", elapsed: "已用时间" },
};

const STORY = "?scenario=raft/split-vote";

/** The story, presented. */
async function presented(page, locale = "en-US") {
  const words = WORDS[locale];
  const caption = page.getByRole("region", { name: words.caption });
  await caption.getByRole("button", { name: words.present, exact: true }).click();
  await until("it is presented", () => page.evaluate(() => document.documentElement.classList.contains("presenting")));
  return { words, caption, place: () => caption.getByRole("group").first().innerText() };
}

for (const [locale, colorScheme, width, height] of [
  ["en-US", "light", 1280, 800],
  ["en-US", "dark", 1920, 1080],
  ["zh-CN", "light", 1920, 1080],
]) {
  test(`${width} ${locale} ${colorScheme}: a clicker turns the beats in large type, blanks the screen, and never loses the run`, () =>
    synod.open({ locale, colorScheme, width, height, at: STORY }, async ({ page, shot, axe, url }) => {
      const small = await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".sentence")).fontSize));
      const { caption, place } = await presented(page, locale);
      const large = await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".sentence")).fontSize));
      assert(large >= 1.3 * small, `${small} → ${large}`);
      for (const part of [".header", ".dock", ".transport", ".tools"]) assert(!(await page.locator(part).first().isVisible()), part);
      for (const key of ["PageDown", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
      await until("it went on", async () => /[3-5]/.test(await place()));
      await axe();
      await shot(`present-${width}-${locale}-${colorScheme}`);
      await page.keyboard.press("PageUp");
      await page.keyboard.press("b");
      await until("the screen is blank", async () => (await page.locator(".blank").count()) === 1);
      await page.keyboard.press("F5");
      await page.keyboard.press("Escape");
      await until("it is shown again", async () => (await page.locator(".blank").count()) === 0);
      await until("the question is asked", async () => {
        if (await caption.getByRole("group").nth(1).count()) return true;
        await page.keyboard.press("PageDown");
        return false;
      });
      await shot(`present-ask-${width}-${locale}-${colorScheme}`);
      await page.keyboard.press("Escape");
      await page.getByRole("banner").first().waitFor();
      assert.equal(page.url(), `${url}${STORY}`);
    }));
}

for (const [locale, colorScheme] of [
  ["en-US", "light"],
  ["zh-CN", "dark"],
]) {
  test(`${locale}: the presenter's window shows notes, what comes next and the time, and its keys turn the beats`, () =>
    synod.open({ locale, colorScheme, at: STORY }, async ({ page, context, axe }) => {
      const { words, caption, place } = await presented(page, locale);
      const [window] = await Promise.all([
        context.waitForEvent("page"),
        caption.getByRole("button", { name: words.notes, exact: true }).click(),
      ]);
      const said = listen(window);
      await window.setViewportSize({ width: 720, height: 620 });
      const note = window.locator("#note");
      await until("the note is there", async () => /(four of them|Four servers|四台)/i.test(await note.innerText()));
      assert(/(lose patience|失去耐心)/.test(await window.locator("#next").innerText()));
      const before = await place();
      await window.keyboard.press("PageDown");
      await until("the key turned the beat", async () => (await place()) !== before);
      await window.getByRole("button", { name: words.next, exact: true }).click();
      await until("the time goes on", async () => (await window.getByRole("timer", { name: words.elapsed }).innerText()) >= "00:01");
      await axeOf(window);
      await shot(window, `speaker-${locale}-${colorScheme}`);
      // Closed and opened again, it shows the same.
      await window.reload();
      await until("it is back", async () => (await note.innerText()).length > 10);
      await page.bringToFront();
      await axe();
      await window.close();
      await page.keyboard.press("Escape");
      assert.deepEqual(said, []);
    }));
}

test("a window that the browser blocks is said, and the presentation goes on", () =>
  synod.open({ at: STORY, init: () => (globalThis.open = () => null) }, async ({ page, shot }) => {
    const { caption } = await presented(page);
    await caption.getByRole("button", { name: "Notes", exact: true }).click();
    await reader(page).notice.getByText(/Allow pop-up windows for this page/).waitFor();
    await shot("present-blocked");
    assert(await page.evaluate(() => document.documentElement.classList.contains("presenting")));
  }));

for (const locale of ["en-US", "zh-CN"]) {
  test(`${locale}: the handout opens in a tab of its own, ready to print`, () =>
    synod.open({ locale, at: STORY }, async ({ page, context }) => {
      const words = WORDS[locale];
      await page.getByRole("button", { name: words.more, exact: true }).click();
      const [handout] = await Promise.all([
        context.waitForEvent("page"),
        page.getByRole("dialog").getByRole("button", { name: words.handout, exact: true }).click(),
      ]);
      const said = listen(handout);
      await handout.waitForLoadState();
      assert((await handout.locator("img").count()) >= 7, "a picture for each beat");
      const drawn = await handout.evaluate(() => [...document.images].every((image) => image.complete && image.naturalWidth > 0));
      assert(drawn, "every picture is drawn");
      await handout.setViewportSize({ width: 900, height: 1200 });
      await shot(handout, `handout-${locale}`);
      await handout.emulateMedia({ media: "print" });
      assert(!(await handout.getByRole("button").isVisible()), "what prints it is not printed");
      await shot(handout, `handout-print-${locale}`);
      assert.deepEqual(said, []);
    }));
}
