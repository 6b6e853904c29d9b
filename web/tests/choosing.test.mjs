// Up next: anything may go before its turn, wait, fall or come twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

const MESSAGE = /^(\w+) (\w+) → (\w+)$/;

/** Up to a new leader: its first entries fly to the others. */
async function inFlight(page) {
  const synod = reader(page);
  await synod.pause();
  await synod.runUntil("a node becomes leader");
  await synod.tab("Up next");
  return synod;
}

/** The first two rows that are messages. */
async function twoMessages(synod) {
  const all = (await synod.rows()).filter(({ words }) => MESSAGE.test(words));
  assert(all.length >= 2, "a new leader has messages on the way");
  return all.slice(0, 2);
}

const arrival = (words) => words.replace(MESSAGE, "$3 receives $1 from $2");

test("the second message is delivered before the first", () =>
  synod.open({}, async ({ page }) => {
    const synod = await inFlight(page);
    const [first, second] = await twoMessages(synod);
    const before = await synod.step();
    await second.row.click();
    await synod.press("Deliver now", synod.panel);
    await until("it was delivered", async () => (await synod.step()) === before + 1);
    const left = (await synod.rows()).map(({ words }) => words);
    assert.equal(left[0], first.words, "the first still waits, and is still the first");
    assert(!left.includes(second.words));
    await synod.press("Step", synod.time);
    const [chosen, then] = (await synod.events()).slice(-2);
    assert(chosen.includes(arrival(second.words)), `${chosen} is ${second.words}`);
    assert(then.includes(arrival(first.words)), `${then} is ${first.words}`);
    await synod.tools.getByText(/^You chose: /).waitFor();
  }));

test("a held message waits until it is released", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = await inFlight(page);
    const [held] = await twoMessages(synod);
    await held.row.click();
    await synod.press("Hold", synod.panel);
    const state = async () => (await synod.rows()).find(({ words }) => words === held.words)?.time;
    await until("it was held", async () => (await state()) === "held");
    for (let times = 0; times < 8; times += 1) await synod.press("Step", synod.time);
    assert.equal(await state(), "held", "steps pass it by");
    await shot("1280-held");
    const row = (await synod.rows()).find(({ words }) => words === held.words).row;
    if ((await synod.button("Release", synod.panel).count()) === 0) await row.click();
    await synod.press("Release", synod.panel);
    await until("it flew again", async () => (await state()) !== "held");
    await synod.press("Step", synod.time);
    assert((await synod.events()).at(-1).includes(arrival(held.words)), "overdue, it is the next to arrive");
  }));

test("a message can be dropped, and another comes twice", () =>
  synod.open({}, async ({ page }) => {
    const synod = await inFlight(page);
    const [first, second] = await twoMessages(synod);
    const count = async (words) => (await synod.rows()).filter((row) => row.words === words).length;
    await first.row.click();
    await synod.press("Drop", synod.panel);
    await until("it was gone", async () => (await count(first.words)) === 0);
    await synod.tools.getByText(/^You dropped /).waitFor();
    const twice = (await synod.rows()).find(({ words }) => words === second.words);
    await twice.row.click();
    await synod.press("Duplicate", synod.panel);
    await until("it was there twice", async () => (await count(second.words)) === 2);
  }));

for (const [locale, upNext, folded] of [
  ["en-US", "Up next", /^\+ \d+ heartbeats$/],
  ["zh-CN", "即将发生", /^\+ \d+ 个心跳$/],
]) {
  test(`${locale}: heartbeats fold into one row with one plus`, () =>
    synod.open({ locale }, async ({ page }) => {
      const dock = page.getByRole("tablist");
      await dock.getByRole("tab", { name: upNext }).click();
      const fold = page.getByRole("tabpanel").getByRole("listitem").getByRole("button", { expanded: false });
      // Caught while it plays: heartbeats come and go.
      const words = await until("heartbeats were folded", async () => {
        const all = await fold.allInnerTexts();
        return all.find((text) => text.includes("+"));
      });
      assert.match(words.replace(/\s+/g, " ").trim(), folded);
    }));
}
