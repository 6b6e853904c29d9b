// Breaking things: a leader falls, a minority is cut off, and the cluster goes on and comes together again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

test("the leader crashes, another leads; the old one comes back as a follower", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    const old = await synod.led();
    await synod.press(`Crash ${old.node}`, synod.tools);
    await until("it was down", async () => /is down/.test((await synod.described()).join("\n")));
    await synod.tools.getByText(`You crashed ${old.node}`).waitFor();
    await shot("1280-crashed");
    await synod.runUntil("a node becomes leader");
    const next = await synod.leader();
    assert.notEqual(next.node, old.node);
    assert(next.term > old.term);
    assert.match(await synod.sentence(), new RegExp(`^${next.node} leads term ${next.term}:`));
    await synod.runUntil("a client has its answer");
    await synod.tab(/^Node/);
    await synod.panel.getByRole("radio", { name: old.node, exact: true }).click();
    await synod.press(`Restart ${old.node}`, synod.panel);
    await until("it followed", async () =>
      (await synod.described()).some((line) => new RegExp(`^${old.node}: (follower|pre-candidate)`).test(line)),
    );
  }));

test("undo returns to before the crash, and what came of it stays", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    const { node } = await synod.led();
    const digest = await synod.digest();
    await synod.press(`Crash ${node}`, synod.tools);
    for (let times = 0; times < 5; times += 1) await synod.press("Step", synod.time);
    const crashed = await synod.digest();
    await synod.press("Undo", synod.tools);
    await until("it was undone", async () => (await synod.leaders())[0]?.node === node);
    assert.equal(await synod.digest(), digest);
    const branches = await synod.branches();
    assert.equal(branches.length, 2, branches.join(" | "));
    await synod.switchTo("A");
    await synod.timeline.press("End");
    assert.equal(await synod.digest(), crashed);
  }));

test("cut off, the minority stalls while the majority commits; healed, it catches up", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    const old = await synod.led();
    const companion = ["S1", "S2", "S3", "S4", "S5"].find((node) => node !== old.node);
    const minority = [old.node, companion];
    await synod.press("Cut", synod.tools);
    const cut = page.getByRole("group", { name: "Cut the network" });
    for (const node of minority) await synod.press(`${node} on the other side`, cut);
    await synod.press("Cut here", cut);
    await until("the cut was told", async () => /^The network is cut: /.test(await synod.sentence()));
    // Within the minority the word of what was committed before may still spread.
    const before = await synod.committed(old.node);

    await synod.runUntil("a node becomes leader");
    const next = await synod.leader();
    assert(!minority.includes(next.node), "only a majority can elect");
    await synod.runUntil("a client has its answer");
    await shot("1280-partitioned");
    for (const node of minority) assert((await synod.committed(node)) <= before, `${node} is in the minority and stalls`);
    const ahead = await synod.committed(next.node);
    assert(ahead > before, "the majority goes on");

    await synod.press("Heal", synod.tools);
    assert.equal(await synod.button("Heal", synod.tools).count(), 0);
    await until("the minority caught up", async () => {
      await synod.press("Next moment", synod.time);
      return (await synod.committed(companion)) >= ahead && (await synod.committed(old.node)) >= ahead;
    });
    assert.equal((await synod.leaders()).length, 1, "the old leader has given way");
  }));

test("a one-way cut stops one way alone", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    const { node } = await synod.led();
    const other = node === "S1" ? "S2" : "S1";
    await synod.press("Cut", synod.tools);
    const cut = page.getByRole("group", { name: "Cut the network" });
    await synod.press(`${other} on the other side`, cut);
    await synod.press("One way only", cut);
    await cut.getByText(/One-way cut: nothing from .* will reach .*; the way back still works\./).waitFor();
    await synod.press("Cut here", cut);
    const told = "Nothing from .* reaches .* any more; the way back still works";
    await until("the cut was told", async () => new RegExp(`^${told}`).test(await synod.sentence()));
    assert((await synod.described()).some((line) => new RegExp(`^${told}`).test(line)));
    await synod.button("Heal", synod.tools).waitFor();
  }));

test("a client asks what the reader tells it to", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    const { node } = await synod.led();
    await synod.press("Ask", synod.tools);
    await synod.dialog.getByRole("radio", { name: "C2", exact: true }).click();
    await synod.dialog.getByRole("radio", { name: "put", exact: true }).click();
    await synod.dialog.getByRole("textbox", { name: "key", exact: true }).fill("cat");
    await synod.dialog.getByRole("textbox", { name: "value", exact: true }).fill("Tilly");
    await synod.press("Ask C2", synod.dialog);
    if (await synod.dialog.count()) await synod.close();
    await synod.tools.getByText(/^You asked C2: /).waitFor();
    await synod.tab(/^Node/);
    await synod.panel.getByRole("radio", { name: node, exact: true }).click();
    // What the client was asked before comes first.
    await until("the leader carried it out", async () => {
      await synod.runUntil("a client has its answer");
      return (await synod.panel.getByRole("row", { name: "cat Tilly" }).count()) > 0;
    });
  }));
