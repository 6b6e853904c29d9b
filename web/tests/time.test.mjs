// Time in the reader's hands: pause, step, back, moments, goals, the timeline, and the address that follows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

test("a pause stops time; a step goes on by one event, and back undoes exactly that", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    await shot("1280-paused");
    const here = await synod.where();
    const digest = await synod.digest();
    const stage = await synod.described();
    const sentence = await synod.sentence();
    assert.equal(here.step, here.steps, "it stands at the end");
    await page.waitForFunction(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))));
    assert.deepEqual(await synod.where(), here, "time stands still");

    await synod.press("Step", synod.time);
    assert.equal(await synod.step(), here.step + 1);
    assert.notEqual(await synod.digest(), digest, "another step has another digest");
    assert.notEqual(await synod.sentence(), sentence);

    await synod.press("Back", synod.time);
    const again = await synod.where();
    assert.equal(again.step, here.step);
    assert.equal(again.steps, here.step + 1, "what came of the step is kept");
    assert.equal(await synod.digest(), digest);
    assert.deepEqual(await synod.described(), stage);
    assert.equal(await synod.sentence(), sentence);
  }));

test("the past says that it is the past, and where; Go to live leads out of it", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    const end = await synod.step();
    for (let times = 0; times < 3; times += 1) await synod.press("Back", synod.time);
    await synod.time.getByText(`Past of A · step ${end - 3} of ${end}`).waitFor();
    await shot("1280-past");
    await synod.press("Go to live", synod.time);
    assert.equal(await synod.step(), end);
    await synod.time.getByText("Live", { exact: true }).waitFor();
    assert.equal(await synod.button("Go to live").count(), 0);
  }));

test("the address follows, by replacing itself", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const pages = await page.evaluate(() => history.length);
    // It is written at most once a second.
    const follows = async () => {
      const { link } = await synod.shared();
      await until("the address was the link to this moment", () => page.url() === link);
      return link;
    };
    const first = await follows();
    await synod.press("Step", synod.time);
    assert.notEqual(await follows(), first);
    await synod.press("Back", synod.time);
    assert.equal(await follows(), first);
    assert.equal(await page.evaluate(() => history.length), pages, "the browser's Back leaves the page");
  }));

test("Next moment and Previous moment go from turning point to turning point", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.pause();
    const told = [];
    for (let times = 0; times < 6; times += 1) {
      const before = await synod.step();
      await synod.press("Next moment", synod.time);
      await until("the next moment came", async () => (await synod.step()) > before);
      told.push({ step: await synod.step(), sentence: await synod.sentence() });
    }
    assert(told.some(({ sentence }) => /becomes a candidate for term 1/.test(sentence)), JSON.stringify(told));
    assert(told.some(({ sentence }) => /leads term 1/.test(sentence)), JSON.stringify(told));
    await synod.press("Previous moment", synod.time);
    assert.deepEqual({ step: await synod.step(), sentence: await synod.sentence() }, told.at(-2));
  }));

test("the timeline seeks under the pointer and by keys", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const end = await synod.step();
    const box = await synod.timeline.boundingBox();
    await page.mouse.click(box.x + box.width * 0.7, box.y + box.height / 2);
    const there = await until("the cursor moved", async () => {
      const step = await synod.step();
      return step < end && step;
    });
    assert(there > 0, "not to the very start");
    await synod.timeline.press("Home");
    assert.equal(await synod.step(), 0);
    assert.match(await synod.sentence(), /^The cluster has just started/);
    await synod.timeline.press("ArrowRight");
    assert.equal(await synod.step(), 1);
    await synod.timeline.press("End");
    assert.equal(await synod.step(), end);
  }));
