// Acting in the past: the other future begins, and the old one stays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

test("another choice in the past starts a branch; both remain and can be switched between", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    const { node } = await synod.led();
    const end = await synod.step();
    const digest = await synod.digest();
    for (let times = 0; times < 4; times += 1) await synod.press("Back", synod.time);
    await synod.tab("Up next");
    await synod.panel.getByText("Deliver instead: starts branch B; A stays").waitFor();

    // The recorded future can be replayed without a fork.
    await synod.press("Step", synod.time);
    assert.deepEqual((await synod.branches()).length, 1);
    await synod.press("Back", synod.time);

    await synod.press(`Crash ${node}`, synod.tools);
    await until("the leader was down", async () => (await synod.described()).some((line) => line.startsWith(`${node} is down`)));
    for (let times = 0; times < 3; times += 1) await synod.press("Step", synod.time);
    const other = { step: await synod.step(), digest: await synod.digest() };
    await synod.time.getByText("Live", { exact: true }).waitFor();
    await synod.press("Branches", synod.time);
    await shot("1280-branches");
    await synod.close();
    const branches = await synod.branches();
    assert.equal(branches.length, 2, branches.join(" | "));
    assert.match(branches[1], new RegExp(`^B .*${node}.*; left A after step ${end - 4}$`), "named by its first action");

    await synod.switchTo("A");
    await synod.timeline.press("End");
    assert.equal(await synod.step(), end);
    assert.equal(await synod.digest(), digest);
    assert.equal((await synod.leaders())[0].node, node);

    await synod.switchTo("B");
    await synod.timeline.press("End");
    assert.equal(await synod.step(), other.step);
    assert.equal(await synod.digest(), other.digest);
  }));

test("what went next is marked, and doing it again starts no branch", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    await synod.press("Back", synod.time);
    await synod.tab("Up next");
    const [first] = await synod.rows();
    await first.row.click();
    await synod.press("Went next: do it again", synod.panel);
    await until("the end was reached", async () => {
      const { step, steps } = await synod.where();
      return step === steps;
    });
    assert.equal((await synod.branches()).length, 1);
  }));
