// A run is a link: whoever opens it sees the same moment, or is told why not.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

/** The command line, built natively. */
const NATIVE = process.env.SYNOD_BIN;

const unpack = (fragment) => JSON.parse(inflateRawSync(Buffer.from(fragment.split(".")[1], "base64url")));
const pack = (link, format = 1) => `${format}.${deflateRawSync(JSON.stringify(link)).toString("base64url")}`;

/** Make a run with a history and hand back what its link must open. */
async function made() {
  return synod.open({}, async ({ page }) => {
    const synod = reader(page);
    const { node } = await synod.led();
    await synod.press(`Crash ${node}`, synod.tools);
    for (let times = 0; times < 12; times += 1) await synod.press("Step", synod.time);
    const { link, digest } = await synod.shared();
    return { fragment: link.slice(link.indexOf("#")), digest, step: await synod.step(), stage: await synod.described() };
  });
}

test("a link opened in a fresh profile shows the same step with the same digest", async () => {
  const run = await made();
  await synod.open({ at: run.fragment }, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.ready();
    await until("the step was reached", async () => (await synod.step()) === run.step);
    assert.equal(await synod.playing(), false, "it waits for the reader");
    assert.equal(await synod.digest(), run.digest);
    assert.deepEqual(await synod.described(), run.stage);
    assert.equal(await synod.notice.count(), 0);
    await shot("1280-link");
  });
});

test("a link to the past opens in the past, and one with all branches brings them", () =>
  synod.open({}, async ({ page, url }) => {
    const here = reader(page);
    const { node } = await here.led();
    await here.press(`Pause ${node}`, here.tools);
    for (let times = 0; times < 4; times += 1) await here.press("Back", here.time);
    await here.press(`Crash ${node}`, here.tools);
    for (let times = 0; times < 6; times += 1) await here.press("Step", here.time);
    for (let times = 0; times < 3; times += 1) await here.press("Back", here.time);
    const past = await here.shared();
    const at = await here.where();
    await here.press("Share", page.getByRole("banner").first());
    await here.dialog.getByRole("checkbox", { name: "With all branches" }).check();
    await here.close();
    const all = await here.shared();
    assert.notEqual(all.link, past.link);
    for (const [link, branches] of [
      [past.link, 1],
      [all.link, 2],
    ]) {
      await synod.open({ at: link.slice(url.length) }, async ({ page }) => {
        const there = reader(page);
        await there.ready();
        await until("the step was reached", async () => (await there.step()) === at.step);
        assert.equal(await there.digest(), past.digest);
        assert.equal((await there.branches()).length, branches);
      });
    }
  }));

test("a link pasted into the open page is opened", async () => {
  const run = await made();
  await synod.open({}, async ({ page, url }) => {
    const synod = reader(page);
    await synod.pause();
    await page.goto(url + run.fragment);
    await until("the step was reached", async () => (await synod.step()) === run.step);
    assert.equal(await synod.digest(), run.digest);
  });
});

/** Open what does not open as it should: the notice says `says`, and a run goes on beneath. */
function refused(at, says) {
  return synod.open({ at }, async ({ page }) => {
    const synod = reader(page);
    await synod.ready();
    await synod.notice.getByRole("heading", { name: "This link does not open" }).waitFor();
    for (const pattern of says) assert.match(await synod.notice.innerText(), pattern);
    await until("the home run went on beneath", async () => (await synod.step()) > 0);
    await synod.press("Close", synod.notice);
    await synod.notice.waitFor({ state: "detached" });
    assert(await synod.playing());
  });
}

test("a damaged link is called damaged", async () => {
  const { fragment } = await made();
  await refused(fragment.slice(0, fragment.length / 2), [/the link is damaged/, /Copy the whole link again/]);
});

test("a foreign link is called foreign", () => refused("#section-2", [/not a link of Synod/]));

test("a link of a newer format asks for a newer version", () =>
  refused("#2.SGVsbG8", [/made by a newer version/, /Open it with a newer version of Synod/]));

test("a link of a protocol or variant that is not here names those that are", async () => {
  const run = { protocol: "raft", behaviour: 1, seed: 1 };
  await refused(`#${pack({ run: { ...run, protocol: "zab" }, step: 1 })}`, [/“zab”, which is not available here/, /raft/]);
  await refused(`#${pack({ run: { ...run, variant: "perfect" }, step: 1 })}`, [/“perfect”, which is not available here/, /sound/]);
});

/** Open a link that was changed: it opens, and the notice says in what it differs. */
async function differs(change, says) {
  const run = await made();
  const link = unpack(run.fragment);
  change(link);
  await synod.open({ at: `#${pack(link)}` }, async ({ page }) => {
    const synod = reader(page);
    await synod.ready();
    await synod.notice.getByRole("heading", { name: "This run is not quite what the link says" }).waitFor();
    const words = await synod.notice.innerText();
    for (const pattern of says(run)) assert.match(words, pattern);
    await synod.press("Close", synod.notice);
    assert.equal(await synod.step(), run.step);
    await synod.press("Step", synod.time);
    assert.equal(await synod.step(), run.step + 1, "it can be used all the same");
  });
}

test("a digest that does not match is said, with both digests", () =>
  differs(
    (link) => {
      link.digest = "0123456789abcdef";
    },
    ({ step, digest }) => [new RegExp(`At step ${step} the link expects digest 0123456789abcdef, and this run has ${digest}`)],
  ));

test("a run of another behaviour version is said to be one", () =>
  differs(
    (link) => {
      link.run.behaviour += 1;
    },
    () => [/made with version \d+ of Raft, and this is version \d+/],
  ));

test("the command line and the page agree on the digest", { skip: !NATIVE && "SYNOD_BIN names no binary" }, async (context) => {
  const native = (...args) => execFileSync(NATIVE, args, { encoding: "utf8" });
  for (const args of [
    ["--seed", "7", "--steps", "400"],
    ["--seed", "3", "--set", "servers=3", "--set", "loss_permille=80", "--steps", "700"],
  ]) {
    const file = JSON.parse(native("run", "raft", ...args, "--format", "run"));
    const fragment = execFileSync(NATIVE, ["url", "-"], { encoding: "utf8", input: JSON.stringify(file) }).trim();
    // The page must find the digest by itself.
    const { digest, ...bare } = unpack(fragment);
    assert.equal(digest, file.digest);
    await synod.open({ at: `#${pack(bare)}` }, async ({ page }) => {
      const synod = reader(page);
      await synod.ready();
      await until("the step was reached", async () => (await synod.step()) === file.step);
      const found = await synod.digest();
      context.diagnostic(`raft ${args.join(" ")}: natively ${file.digest}, in the page ${found}`);
      assert.equal(found, file.digest);
    });
  }
});

test("the command line replays what the page shares", { skip: !NATIVE && "SYNOD_BIN names no binary" }, async () => {
  const run = await made();
  const told = execFileSync(NATIVE, ["replay", run.fragment.slice(1)], { encoding: "utf8" });
  assert.match(told, new RegExp(`digest ${run.digest}\\s*$`));
});
