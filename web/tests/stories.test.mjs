// Stories: the gallery, a story beat by beat, one's own try and the way back, files of one's own, and what an address names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, whole } from "./harness.mjs";
import { reader, until } from "./reader.mjs";
import { story, WORDS } from "./story.mjs";

const synod = site();

async function gallery(page, locale = "en-US") {
  await page.getByRole("banner").first().getByRole("button", { name: WORDS[locale].stories, exact: true }).click();
  return page.getByRole("dialog", { name: WORDS[locale].stories });
}

test("the gallery is searched, and a story opens from it", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await synod.ready();
    const dialog = await gallery(page);
    await axe();
    await shot("1280-stories");
    await dialog.getByRole("searchbox", { name: "Search the stories" }).fill("herd");
    await dialog.getByRole("status").getByText("1 story").waitFor();
    await dialog.getByRole("searchbox").fill("no such thing");
    await dialog.getByText("No story fits").waitFor();
    await dialog.getByRole("searchbox").fill("");
    await dialog.getByRole("radio", { name: "Elections" }).click();
    await dialog.getByRole("button", { name: /^The first election/ }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("group", { name: "The first election" }).getByText("1 of 6").waitFor();
    await until("the address names it", () => page.url().endsWith("?scenario=raft/first-election"));
    await axe();
    await shot("1280-story");
  }));

for (const [locale, colorScheme] of [
  ["en-US", "dark"],
  ["zh-CN", "light"],
]) {
  test(`${locale}: the first election is told beat by beat to its end`, () =>
    synod.open({ locale, colorScheme, at: "?scenario=raft/first-election" }, async ({ page, shot, axe }) => {
      const told = story(page, locale);
      await told.button(told.words.next).waitFor();
      const said = new Set();
      await told.button(told.words.next).click();
      // The second beat plays by itself until somebody asks for votes.
      await until("the beat came to its end", async () => (await told.button(told.words.next).count()) === 1);
      await shot(`1280-story-${locale}`);
      for (let beats = 0; beats < 12 && !(await told.ended()); beats += 1) {
        said.add(await told.sentence());
        await told.next();
      }
      assert(await told.ended(), "it has an end");
      assert(said.size >= 5, `${said.size} beats were told`);
      await axe();
      await shot(`1280-story-end-${locale}`);
      const ways = await told.caption.getByRole("button").count();
      assert(ways >= 3, "back, the next story, the sandbox");
    }));
}

test("PageDown and PageUp turn the beats, and each is announced", () =>
  synod.open({ at: "?scenario=raft/leader-crash" }, async ({ page }) => {
    const told = story(page);
    const guide = page.getByRole("group", { name: /^The leader crashes/ });
    await guide.getByText("1 of 8").waitFor();
    await page.keyboard.press("PageDown");
    await page.keyboard.press("PageDown");
    await guide.getByText("2 of 8").waitFor();
    await until("it was announced", async () => {
      const said = await page.getByRole("status").allTextContents();
      // Behind the words the caption may note what is passed over.
      const sentence = await told.sentence();
      return said.map((text) => text.replace("\u200b", "")).some((text) => text.length > 10 && sentence.startsWith(text));
    });
    await page.keyboard.press("PageUp");
    await page.keyboard.press("PageUp");
    await guide.getByText("1 of 8").waitFor();
  }));

test("whoever acts leaves the story and comes back; what they share is an ordinary run", () =>
  synod.open({ at: "?scenario=raft/log-replication" }, async ({ page, shot, axe }) => {
    const synod = reader(page);
    const told = story(page);
    await told.next();
    await until("the beat rests", async () => !(await synod.playing()));
    const [words, step] = [await told.sentence(), await synod.step()];
    await synod.tools.getByRole("button", { name: /^Crash / }).click();
    await told.caption.getByText(/^Left at beat/).waitFor();
    await axe();
    await shot("1280-story-left");
    const { link } = await synod.shared();
    assert(!link.includes("scenario="), link);
    await told.button("Back to the story").click();
    await until("it is where it was", async () => (await synod.step()) === step);
    assert.equal(await told.sentence(), words);
  }));

const OWN = `protocol = "raft"
topic = "failures"
title.en = "Mine"
title.zh = "我的"
summary.en = "An election."
summary.zh = "一次选举。"

[[beat]]
say.en = "Somebody is elected."
say.zh = "有一台当选。"
until = { fact = "became-leader" }
`;

async function choose(page, text) {
  const dialog = await gallery(page);
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    dialog.getByText("Open a story file…").click(),
  ]);
  await chooser.setFiles({ name: "mine.toml", mimeType: "application/toml", buffer: Buffer.from(text) });
}

test("a file of one's own is told; a bad one is refused with line, column and cure", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await synod.ready();
    await choose(page, OWN.replace("became-leader", "became-laeder"));
    await synod.notice.getByText(/Line 11, column \d+: .*did you mean .became-leader/).waitFor();
    await axe();
    await shot("1280-story-mistake");
    await choose(page, OWN);
    await page.getByRole("group", { name: "Mine" }).waitFor();
    assert.equal(await synod.notice.count(), 0);
    const told = story(page);
    await told.next();
    assert(await told.ended());
  }));

test("an address names a file, and one that is not there is said", async () => {
  const file = "lecture/mine.toml";
  for (const there of [true, false]) {
    await synod.open({ allow: there ? [] : [/404/, /ERR_ABORTED/] }, async ({ page, context, url }) => {
      await context.route(`**/${file}`, (route) => route.fulfill(there ? { body: OWN } : { status: 404, body: "" }));
      await whole(page);
      await page.goto(`${url}?scenario=${file}`);
      if (there) await page.getByRole("group", { name: "Mine" }).waitFor();
      else await page.getByRole("alert").getByText(/lecture\/mine.toml did not come: 404/).waitFor();
    });
  }
});

test("on a phone the story is told in the caption, and the gallery fits", () =>
  synod.open({ width: 360, height: 640, hasTouch: true, isMobile: true }, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await synod.ready();
    await page.getByRole("button", { name: "More", exact: true }).tap();
    await synod.dialog.getByRole("button", { name: "Stories", exact: true }).tap();
    const dialog = page.getByRole("dialog", { name: "Stories" });
    await dialog.waitFor();
    await shot("phone-stories");
    await axe();
    await dialog.getByRole("button", { name: /^The first election/ }).tap();
    const told = story(page);
    for (let beats = 0; beats < 4; beats += 1) await told.next();
    await shot("phone-story");
    await axe();
    const box = await told.button(told.words.next).or(told.button(told.words.skip)).boundingBox();
    assert(box.height >= 43.5 && box.x + box.width <= 360.5, JSON.stringify(box));
    assert((await synod.stage.boundingBox()).height >= 180, "the stage is in sight");
    assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  }));
