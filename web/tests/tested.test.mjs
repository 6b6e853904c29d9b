// Tests of real nodes that are begun from the page, and several bridges that are one cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NATIVE, bridge, hubs } from "./elsewhere.mjs";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();
const options = NATIVE ? {} : { skip: "the command line is not built: SYNOD_BIN names it" };

const banner = (page) => page.getByRole("banner").first();
const dialogOf = (page) => page.getByRole("dialog", { name: "Join real nodes…" });

/** A page that has joined a bridge by its address. */
async function joined(there, use) {
  await synod.open({ at: `?join=${there.address}/watch?token=${there.token}` }, async (opened) => {
    await opened.page.getByText("You joined a bridge").filter({ visible: true }).first().waitFor();
    return use(reader(opened.page), opened);
  });
}

/** Begins a test from the dialog, and waits for its report; what that says. */
async function tested(synod, workload, shot) {
  const { page } = synod;
  await synod.press("More", banner(page));
  await synod.press("Join real nodes…", synod.dialog);
  const dialog = dialogOf(page);
  await dialog.getByRole("combobox", { name: "Test with" }).selectOption(workload);
  await synod.press("Test for 10 s", dialog);
  const progress = dialog.getByText(/^Testing: [1-9]\d* operations? (has|have) ended/);
  await progress.waitFor();
  await synod.button("End the test", dialog).waitFor();
  await shot(`1280-testing-${workload}`);
  const report = dialog.getByRole("status").filter({ hasText: `${workload}: ` });
  await report.filter({ hasText: /^[✓✗…]/ }).waitFor({ timeout: 60_000 });
  await synod.button("Test for 10 s", dialog).waitFor();
  assert.equal(await progress.count(), 0, "nothing goes on any more");
  return report.innerText();
}

test("a store that keeps the promise is tested from the page, and its report says so", options, async () => {
  const there = await bridge(new URL(synod.url).origin, { node: ["examples/python/lin_kv.py"] });
  await joined(there, async (synod, { shot, axe }) => {
    const report = await tested(synod, "lin-kv", shot);
    assert.match(report, /^✓ lin-kv: what was promised was kept\. [1-9][\d,]* operations succeeded/);
    assert.equal(await dialogOf(synod.page).getByRole("list", { name: "What was found" }).count(), 0);
    await shot("1280-tested-valid");
    await axe();
    await synod.close();
    // What the clients did and heard is among the events.
    assert((await synod.events()).some((sentence) => /has its answer|receives \w+_ok/.test(sentence)));
  });
});

test("a store that breaks the promise is found out, and the anomaly is shown", options, async () => {
  const node = ["crates/synod/tests/bridge/nodes/wrong.py", "stale"];
  const there = await bridge(new URL(synod.url).origin, { node });
  await joined(there, async (synod, { page, shot, axe }) => {
    const report = await tested(synod, "lin-kv", shot);
    assert.match(report, /^✗ lin-kv: what was promised was broken/);
    const found = dialogOf(page).getByRole("list", { name: "What was found" }).getByRole("listitem");
    const [first] = await found.allInnerTexts();
    assert.match(first, /not-linearizable[\s\S]*no order explains the answers[\s\S]*client \d+ read/);
    await shot("1280-tested-invalid");
    await axe();
  });
});

/** Who is at which hub, as the hub itself tells whoever watches: the nodes that it started, and those of the others by hub. */
async function whereabouts(page, { address, token }) {
  const nodes = await page.evaluate(
    (address) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(address);
        socket.onmessage = ({ data }) => {
          socket.close();
          resolve(JSON.parse(data).nodes);
        };
        socket.onerror = () => reject(new Error(`${address} does not answer`));
      }),
    `${address}/watch?token=${token}`,
  );
  const at = {};
  for (const { node, hub } of nodes) (at[hub ?? "here"] ??= []).push(node);
  return at;
}

test("three hubs are one cluster: seen, held and killed from any of them, and going on without one", options, async () => {
  const there = await hubs(new URL(synod.url).origin, 3, ["--latency", "50"]);
  const at = `?join=${there[0].address}/watch?token=${there[0].token}`;
  await synod.open({ at }, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await page.getByText("You joined a bridge").filter({ visible: true }).first().waitFor();
    const described = async () => {
      // What lives is described when somebody asks.
      await synod.button("Describe the stage now", synod.description).evaluate((button) => button.click());
      return (await synod.described()).join("\n");
    };
    for (const node of ["n0", "n1", "n2", "n3", "n4", "n5"]) await until(`${node} is seen`, async () => (await described()).includes(`${node}: `));
    await until("all of them speak", async () => (await synod.step()) > 30);
    const { here, ...others } = await whereabouts(page, there[0]);
    const elsewhere = Object.values(others);
    assert.deepEqual([here.length, ...elsewhere.map((nodes) => nodes.length)], [2, 2, 2]);
    await shot("1280-hubs");

    // A message from a hub to another waits, and is delivered by hand.
    await synod.press("Hold everything", synod.panel);
    await synod.button("Release everything", synod.panel).waitFor();
    const hubOf = (node) => [here, ...elsewhere].findIndex((nodes) => nodes.includes(node));
    const list = page.getByRole("tabpanel", { name: "Up next" });
    const [between, from, dest] = await until("a message between hubs is held", async () => {
      const rows = await synod.rows();
      const ends = rows.filter(({ time }) => /held/.test(time)).map(({ words }) => /^gossip (n\d) → (n\d)/.exec(words) ?? []);
      return ends.find(([, from, dest]) => from && hubOf(from) > 0 && hubOf(dest) > 0 && hubOf(from) !== hubOf(dest));
    });
    await list.getByRole("button", { name: new RegExp(`^${between}`) }).first().click();
    await shot("1280-hubs-held");
    await synod.press("Deliver now", list);
    await until("it arrives", async () => (await synod.events()).some((sentence) => sentence.includes(`${dest} receives gossip from ${from}`)));
    await axe();

    // A process that another hub started is killed from here, and started again.
    const [victim] = elsewhere[0];
    await synod.tab(/^Node/);
    await synod.panel.getByRole("radio", { name: victim, exact: true }).click();
    await synod.press(`Crash ${victim}`, synod.tools);
    await synod.button(`Restart ${victim}`, synod.tools).waitFor();
    await until("it is down", async () => (await described()).includes(`${victim} is down`));
    await synod.press(`Restart ${victim}`, synod.tools);
    await synod.button(`Crash ${victim}`, synod.tools).waitFor();
    await synod.tab("Up next");
    await synod.press("Release everything", list);

    // A hub is killed, with its nodes. The others go on, and so does the page.
    const killed = await whichHas(page, there.slice(1), elsewhere[1]);
    await killed.process.kill();
    for (const node of elsewhere[1]) await until(`${node} is gone`, async () => (await described()).includes(`${node} is down`));
    await shot("1280-hubs-killed");
    const alive = [...here, ...elsewhere[0]];
    const step = await synod.step();
    await until("those who are left go on speaking to each other over hubs", async () => {
      const sentences = (await synod.events()).map((words) => /(n\d) receives gossip from (n\d)/.exec(words) ?? []);
      const heard = sentences.some(([, one, other]) => alive.includes(one) && alive.includes(other) && hubOf(one) !== hubOf(other));
      return heard && (await synod.step()) > step + 40;
    });
    assert(await synod.time.getByText("Live", { exact: true }).isVisible());
    assert.equal(await page.getByText(/No connection/).filter({ visible: true }).count(), 0);
  });
});

/** The hub that started these nodes. */
async function whichHas(page, hubs, nodes) {
  for (const hub of hubs) {
    const { here } = await whereabouts(page, hub);
    if (here.join() === nodes.join()) return hub;
  }
  return assert.fail(`nobody started ${nodes}`);
}
