// Stories that ask: the question before the beat, by mouse and by digit; the answer of the run; the score, which stays on this machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

const WORDS = {
  "en-US": {
    caption: "What just happened", answers: "Answers", next: "Next", reveal: "Reveal", stories: "Stories", clear: "Forget the score",
    asks: /^Five servers. How many must vote/, two: /^Two: itself and one more/, three: /^Three$/, right: /✓ Right\. Three of five/, wrong: /✗ Not so: “Two: itself/,
    score: /1 of 1 right$/, total: /^1 of 1 question answered right/,
  },
  "zh-CN": {
    caption: "刚刚发生了什么", answers: "可选的答案", next: "下一幕", reveal: "揭晓", stories: "故事", clear: "清除成绩",
    asks: /^五台服务器。算上它自己/, two: /^两票/, three: /^三票$/, right: /✓ 正确。五台中的三台/, wrong: /✗ 不对：“两票/,
    score: /1 题答对 1 题$/, total: /^已答 1 题，答对 1 题/,
  },
};

/** The first election, at its question. */
async function asked(page, locale = "en-US") {
  const words = WORDS[locale];
  const caption = page.getByRole("region", { name: words.caption });
  const answers = caption.getByRole("group", { name: words.answers });
  const on = (name) => caption.getByRole("button", { name, exact: true });
  await until("the story asks", async () => {
    if (await answers.count()) return true;
    for (const name of [words.next, locale === "zh-CN" ? "跳过" : "Skip"]) {
      if (await on(name).count()) await on(name).click({ timeout: 2_000 }).catch(() => {});
    }
    return false;
  });
  await caption.getByText(words.asks).waitFor();
  return { words, caption, answers, on, choice: (name) => answers.getByRole("button", { name }) };
}

for (const [locale, colorScheme, width, height, mobile] of [
  ["en-US", "light", 1280, 800, false],
  ["en-US", "dark", 1920, 1080, false],
  ["zh-CN", "light", 1280, 800, false],
  ["en-US", "light", 360, 640, true],
  ["zh-CN", "dark", 360, 640, true],
]) {
  const name = `${width}-${locale}-${colorScheme}`;
  test(`${name}: a question waits, is answered, and the run says why it was right or wrong`, () =>
    synod.open(
      { locale, colorScheme, width, height, hasTouch: mobile, isMobile: mobile, at: "?scenario=raft/first-election" },
      async ({ page, shot, axe }) => {
        const story = await asked(page, locale);
        await axe();
        await shot(`ask-${name}`);
        if (mobile) {
          const box = await story.choice(story.words.two).boundingBox();
          assert(box.height >= 43.5 && box.x + box.width <= 360.5 && box.y + box.height <= 640.5, JSON.stringify(box));
          assert((await page.locator("#stage").boundingBox()).height >= 120, "the stage stays in sight");
          assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
        }
        await story.choice(story.words.two).click();
        await story.caption.getByText(story.words.wrong).waitFor({ timeout: 30_000 });
        await axe();
        await shot(`ask-wrong-${name}`);
      },
    ));
}

test("digits choose, the focus stays on the way on, and the score is shown in the gallery until it is forgotten", () =>
  synod.open({ at: "?scenario=raft/first-election" }, async ({ page, shot, axe, url }) => {
    let story = await asked(page);
    assert.equal(await story.choice(story.words.three).getAttribute("aria-keyshortcuts"), "2");
    await story.choice(story.words.three).focus();
    await page.keyboard.press("2");
    await story.caption.getByText(story.words.right).waitFor({ timeout: 30_000 });
    await until("the way on has the focus", () => page.evaluate(() => document.activeElement.closest(".turn") !== null));
    // The next visit of this machine knows it.
    await page.goto(url);
    await reader(page).ready();
    const open = async () => {
      await page.getByRole("banner").first().getByRole("button", { name: story.words.stories, exact: true }).click();
      return page.getByRole("dialog", { name: story.words.stories });
    };
    const dialog = await open();
    await dialog.getByText(story.words.total).waitFor();
    await dialog.getByRole("button", { name: /^The first election/ }).getByText(story.words.score).waitFor();
    await axe();
    await shot("1280-stories-score");
    await dialog.getByRole("button", { name: story.words.clear }).click();
    assert.equal(await dialog.getByText(story.words.total).count(), 0);
    assert.equal(await page.evaluate(() => localStorage.getItem("synod.scores")), null);
  }));

test("a question is passed by the key of clickers, and then its answer is said", () =>
  synod.open({ at: "?scenario=raft/first-election" }, async ({ page }) => {
    const story = await asked(page);
    assert.equal(await story.on(story.words.reveal).count(), 1);
    await page.keyboard.press("PageDown");
    await until("nothing is asked any more", async () => (await story.answers.count()) === 0);
    await story.caption.getByText(/^It is: Three\. Three of five/).waitFor({ timeout: 30_000 });
    assert.equal(await page.evaluate(() => localStorage.getItem("synod.scores")), null);
  }));
