// Opening the page is enough: a cluster runs, elects and commits, and the caption tells it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

test("a candidate, a leader and a committed write come without a click", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.ready();
    assert(await synod.playing(), "it plays by itself");
    const told = [];
    const tells = async (what, pattern) => {
      await until(`the caption told of ${what}; it told: ${told.join(" ")}`, async () => {
        const sentence = await synod.sentence();
        if (told.at(-1) !== sentence) told.push(sentence);
        return pattern.test(sentence);
      });
    };
    await tells("a candidate", /becomes a candidate for term 1|asks whether it could win term 1/);
    await tells("a leader", /^S\d leads term 1: (S\d(, | and )?)+ voted for it/);
    await shot("1280-flight");
    await tells("a commit", /^S\d commits (index \d|indices)/);
    // The words and the stage tell the same story.
    await synod.pause();
    const { node, term } = await synod.leader();
    assert(told.some((sentence) => sentence.startsWith(`${node} leads term ${term}:`)), told.join(" "));
  }));

test("after the first answer the caption invites to crash the leader, and the invitation does so", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.ready();
    for (let times = 0; times < 3; times += 1) await synod.press("Faster", synod.time);
    const invitation = synod.button("Crash the leader", synod.caption);
    await invitation.waitFor();
    await invitation.click();
    await until("the crash was told", async () => /^S\d crashes/.test(await synod.sentence()));
    await synod.pause();
    assert((await synod.described()).some((line) => /^S\d is down/.test(line)));
  }));

test("a screen reader hears what runs and how to stop it, then the turning points", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.ready();
    const said = page.getByRole("status").last();
    await until("the first words were said", async () =>
      /A five-server Raft cluster is running\. Pause: Space\./.test(await said.innerText()),
    );
    await until("a turning point was said", async () => /S\d .*term 1/.test(await said.innerText()));
  }));
