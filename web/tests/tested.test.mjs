// Tests of real nodes that are begun from the page, and several bridges that are one cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NATIVE, bridge, hubs } from "./elsewhere.mjs";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();
const options = NATIVE ? {} : { skip: "the command line is not built: SYNOD_BIN names it" };
/** What a browser writes to its console of a connection that broke. */
const LOST = [/WebSocket connection to .* failed/];

const banner = (page) => page.getByRole("banner").first();
const dialogOf = (page) => page.getByRole("dialog", { name: "Join real nodes…" });

/** Joins a bridge by its address. */
async function joined(page, url, there) {
  await page.goto(`${url}?join=${there.address}/watch?token=${there.token}`);
  const synod = reader(page);
  await page.getByText("You joined a bridge").filter({ visible: true }).first().waitFor();
  return synod;
}

/** Begins a test from the dialog, and waits for its report; what that says. */
async function tested(synod, workload, shot) {
  const { page } = synod;
  await synod.press("More", banner(page));
  await synod.press("Join real nodes…", synod.dialog);
  const dialog = dialogOf(page);
  await dialog.getByRole("combobox", { name: "Test with" }).selectOption(workload);
  await synod.press("Test for 10 s", dialog);
  const progress = dialog.getByText(/^Testing: .* [1-9]\d* operations? (has|have) ended/);
  await progress.waitFor();
  await synod.button("End the test", dialog).waitFor();
  await shot(`1280-testing-${workload}`);
  const report = dialog.getByRole("status").filter({ hasText: `${workload}: ` });
  await report.filter({ hasText: /^[✓✗…]/ }).waitFor({ timeout: 60_000 });
  await synod.button("Test for 10 s", dialog).waitFor();
  assert.equal(await progress.count(), 0, "nothing goes on any more");
  return report.innerText();
}

test("a store that keeps the promise is tested from the page, and its report says so", options, () =>
  synod.open({}, async ({ page, url, shot, axe }) => {
    const there = await bridge(new URL(url).origin, { node: ["examples/python/lin_kv.py"] });
    const synod = await joined(page, url, there);
    const report = await tested(synod, "lin-kv", shot);
    assert.match(report, /^✓ lin-kv: what was promised was kept\. [1-9][\d,]* operations succeeded/);
    await shot("1280-tested-valid");
    await axe();
    await synod.close();
    // The clients' operations are among the events.
    assert((await synod.events()).some((sentence) => /has its answer/.test(sentence)));
  }));

test("a store that breaks the promise is found out, and the anomaly is shown", options, () =>
  synod.open({}, async ({ page, url, shot, axe }) => {
    const node = ["crates/synod/tests/bridge/nodes/wrong.py", "stale"];
    const there = await bridge(new URL(url).origin, { node });
    const synod = await joined(page, url, there);
    const report = await tested(synod, "lin-kv", shot);
    assert.match(report, /^✗ lin-kv: what was promised was broken/);
    const found = dialogOf(page).getByRole("list", { name: "What is wrong" }).getByRole("listitem");
    assert.match((await found.allInnerTexts()).join("\n"), /nonlinearizable[\s\S]*read/);
    await shot("1280-tested-invalid");
    await axe();
  }));

test("three hubs are one cluster: their nodes are seen, held, killed from any, and go on when a hub is killed", options, () =>
  synod.open({ allow: LOST }, async ({ page, url, shot, axe }) => {
    const there = await hubs(new URL(url).origin, 3, ["--latency", "50"]);
    const synod = await joined(page, url, there[0]);
    const nodes = ["n0", "n1", "n2", "n3", "n4", "n5"];
    const described = async () => (await synod.described()).join("\n");
    console.log(await described());
    await shot("1280-hubs");
  }));
