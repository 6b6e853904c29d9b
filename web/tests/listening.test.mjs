// The first election as somebody hears it who sees nothing: the story is followed by what is announced, and by the names of what has
// the focus or can be found, and by nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { until } from "./reader.mjs";

const synod = site();

/** Writes down, in order, whatever the page's live regions say. It runs before the page's own scripts. */
function listen() {
  window.heard = [];
  const live = "[aria-live=polite], [aria-live=assertive], [role=status], [role=alert]";
  const said = new Map();
  new MutationObserver(() => {
    for (const region of document.querySelectorAll(live)) {
      // What is hidden from everybody is not read either.
      if (!region.checkVisibility() || region.closest("[aria-hidden=true]")) continue;
      const text = region.textContent.replaceAll("\u200b", "").trim();
      if (text && said.get(region) !== region.textContent) window.heard.push(text);
      said.set(region, region.textContent);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}

/** What stands in each language, as far as it is listened for. */
const SAID = {
  "en-US": {
    next: "PageDown",
    asks: /(S\d) heard from no leader: it asks whether it could win term 1/,
    candidate: /(S\d) becomes a candidate for term 1 and votes for itself/,
    question: /How many must vote for S\d, itself included/,
    leads: /(S\d) leads term 1: (.+?) voted for it/,
    heartbeats: /From now on (S\d) sends heartbeats/,
    majority: /Three votes of five are a majority/,
    leader: (node) => new RegExp(`^${node}: leader, term 1`),
    end: /The run is yours now/,
    stage: "What is on the stage",
  },
  "zh-CN": {
    next: "PageDown",
    asks: /(S\d) 没有听到领导者/,
    candidate: /(S\d) 成为任期 1 的候选者/,
    question: /S\d 需要几票才能领导/,
    leads: /(S\d) 成为任期 1 的领导者 \(leader\)：(.+?) 投票给它/,
    heartbeats: /(S\d) 不断发送心跳/,
    majority: /五票得三票/,
    leader: (node) => new RegExp(`^${node}[：:].*领导者`),
    end: /现在这次运行交给你/,
    stage: "舞台上的内容",
  },
};

for (const locale of Object.keys(SAID)) {
  const words = SAID[locale];
  test(`${locale}: the first election is followed by ear alone`, () =>
    synod.open({ locale, init: listen, at: "?scenario=raft/first-election" }, async ({ page }) => {
      const heard = () => page.evaluate(() => window.heard);
      const hears = (what) => until(`it is said: ${what}`, async () => (await heard()).some((text) => what.test(text))).catch(async (error) => {
        error.message += `\nheard: ${JSON.stringify(await heard(), null, 1)}`;
        throw error;
      });
      const found = async (what) => what.exec((await heard()).findLast((text) => what.test(text)));
      const on = () => page.keyboard.press(words.next);

      // Five servers, and nobody leads; then the first runs out of patience, and it is said who.
      await until("the first words are said", async () => (await heard()).length > 0);
      await on();
      await hears(words.asks);
      const [, first] = await found(words.asks);
      await on();
      await hears(words.candidate);
      assert.equal((await found(words.candidate))[1], first, "whoever asked becomes the candidate");
      // The beat asks before it shows; going on again has it shown.
      await on();
      await hears(words.question);
      await on();
      await hears(words.leads);
      const [, leader, voters] = await found(words.leads);
      assert.equal(leader, first);
      const nodes = voters.match(/S\d/g);
      // Its own vote was told with its candidacy.
      assert(nodes.length >= 2 && !nodes.includes(leader), `the voters are named: ${voters}`);
      await on();
      await hears(words.majority);
      // What can be found without seeing says the same.
      const stage = page.getByRole("region", { name: words.stage }).getByRole("listitem");
      await until("the stage is described", async () => (await stage.allInnerTexts()).some((line) => words.leader(leader).test(line)));
      for (let beats = 0; beats < 8 && !(await heard()).some((text) => words.end.test(text)); beats += 1) {
        const before = (await heard()).length;
        await on();
        await until("something is said", async () => (await heard()).length > before);
      }
      await hears(words.heartbeats);
      assert.equal((await found(words.heartbeats))[1], leader);
      await hears(words.end);
      // Said once each: nobody listens to the same sentence twice.
      const all = (await heard()).filter((text) => words.leads.test(text));
      assert.equal(all.length, 1, `${all.length} times: ${all.join(" | ")}`);
    }));
}
