// Real nodes are joined: processes of the command line on this machine, seen, looked back at, lost and found again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NATIVE, bridge, cluster, ports, start } from "./elsewhere.mjs";
import { site } from "./harness.mjs";
import { reader, saved, until } from "./reader.mjs";

const synod = site();
const options = NATIVE ? {} : { skip: "the command line is not built: SYNOD_BIN names it" };
/** What a browser writes to its console of a connection that cannot be made. */
const REFUSED = [/WebSocket connection to .* failed/, /Failed to load resource/, /ERR_CONNECTION_REFUSED/, /^failed: http:\/\/127/, /status 4\d\d: http:\/\/127/];

const banner = (page) => page.getByRole("banner").first();

/** Opens the dialog and joins by it. */
async function join(synod, addresses, token = "") {
  const { page } = synod;
  if (!(await synod.dialog.isVisible())) {
    await synod.press("More", banner(page));
    await synod.press("Join real nodes…", synod.dialog);
  }
  await synod.dialog.getByLabel("Addresses").fill(addresses);
  await synod.dialog.getByLabel("Token").fill(token);
  await synod.dialog.getByRole("button", { name: /^Join( anew)?$/ }).click();
}

/** Waits until the page shows what it joined. */
async function shown(synod) {
  await synod.button("live", banner(synod.page)).waitFor();
}

/** Where the page says that it shows the present. */
const live = (synod) => synod.time.getByText("Live", { exact: true });

/** What the dialog says of its connections. */
async function connections(synod) {
  return (await synod.dialog.getByRole("status").first().innerText()).replace(/\s+/g, " ");
}

/** The field of a request is as wide as its dialog, and has several lines. */
async function roomy(dialog, name) {
  const [field, all] = await Promise.all([dialog.getByRole("textbox", { name }).boundingBox(), dialog.boundingBox()]);
  assert(field.width > 0.85 * all.width - 24, `${field.width} of ${all.width}`);
  assert(field.height > 80, `${field.height}`);
}

test("three servers and a client are joined, followed, looked back at, saved and opened again", options, async () => {
  const there = await cluster();
  await synod.open({ allow: REFUSED }, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await synod.ready();
    await synod.press("More", banner(page));
    await synod.press("Join real nodes…", synod.dialog);
    await until("one may type at once", () => page.evaluate(() => document.activeElement.id === "join-addresses"));
    await axe();
    await join(synod, there.addresses);
    await shown(synod);
    await page.getByText("You joined 4 real nodes").filter({ visible: true }).first().waitFor();
    const first = await synod.step();
    await until("something happens there", async () => (await synod.step()) > first + 20);
    await live(synod).waitFor();
    await shot("1280-joined");

    // Back through what happened; the record goes on meanwhile.
    await synod.pause();
    const leaders = await synod.leaders();
    assert.equal(leaders.length, 1, "one leads");
    const { step, steps } = await synod.where();
    for (let times = 0; times < 5; times += 1) await synod.press("Back", synod.time);
    assert.equal(await synod.step(), step - 5);
    await until("more has happened", async () => (await synod.where()).steps > steps + 20);
    assert.equal(await synod.step(), step - 5);
    const sentences = await synod.events();
    assert(sentences.some((sentence) => /AppendEntries/.test(sentence)), sentences.join("\n"));
    for (const tool of ["Cut", "Ask"]) {
      const button = synod.button(tool, synod.tools);
      assert(await button.isDisabled(), tool);
      assert.match(await button.getAttribute("title"), /real nodes/);
    }
    await axe();
    await shot("1280-joined-past");
    await synod.press("Go to live", synod.time);
    await until("it is live again", async () => live(synod).isVisible());
    const now = await synod.step();
    await until("it goes along", async () => (await synod.step()) > now + 10);

    // A server is killed, and comes back.
    const victim = there.nodes.find((node) => node.label === leaders[0].node);
    await victim.process.kill();
    const seen = async (pattern) => {
      await synod.pause();
      const said = (await synod.described()).join("\n");
      await synod.press("Go to live", synod.time);
      return pattern.test(said);
    };
    await until("it is seen to be down", () => seen(new RegExp(`^${victim.label} is down`, "m")));
    await shot("1280-joined-down");
    await victim.again();
    await until("it is back", () => seen(new RegExp(`^${victim.label}: (follower|leader|candidate)`, "m")));

    // What was seen is a file, and opens again.
    await synod.press("Share", banner(page));
    const file = await saved(page, synod.button("Save everything as JSON", synod.dialog));
    await synod.close();
    const recorded = JSON.parse(file.bytes);
    await synod.press("More", banner(page));
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), synod.dialog.getByText("Open a file…").click()]);
    await chooser.setFiles({ name: file.name, mimeType: "application/json", buffer: file.bytes });
    await page.getByText(/^You opened /).filter({ visible: true }).first().waitFor();
    await synod.stage.focus();
    await page.keyboard.press("End");
    assert.equal(await synod.step(), recorded.events.length);
    await synod.button("read-only", banner(page)).waitFor();
  });
});

test("an address joins by itself, and its token leaves the address bar", options, async () => {
  const there = await cluster(["--token", "open-sesame"]);
  const first = there.nodes[0].address;
  await synod.open({ at: `?join=${first}/watch?token=open-sesame`, allow: REFUSED }, async ({ page }) => {
    const synod = reader(page);
    await shown(synod);
    assert.doesNotMatch(page.url(), /sesame|join/);
    await until("something happens there", async () => (await synod.step()) > 5);
    await synod.pause();
    assert.match(await synod.describes("S2"), /not watched/);
  });

  await synod.open({ allow: REFUSED }, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.ready();
    await join(synod, first, "sesame");
    await until("it is said", async () => /wants another token/.test(await connections(synod)));
    await shot("1280-wrong-token");
    await join(synod, first, "open-sesame");
    await shown(synod);
  });
});

test("what is wrong with an address is said, and the run goes on", options, () =>
  synod.open({ allow: REFUSED }, async ({ page, url }) => {
    const synod = reader(page);
    await synod.ready();
    await join(synod, "127.0.0.1:x");
    await synod.dialog.getByRole("alert").filter({ hasText: "“127.0.0.1:x” is no address" }).waitFor();
    const [nobody] = await ports(1);
    await join(synod, `127.0.0.1:${nobody}`);
    await until("nobody is said to answer", async () => /Nobody answers at/.test(await connections(synod)));
    // A web server, and no Synod.
    await join(synod, new URL(url).host);
    await until("it is said to be none", async () => /Something answers at/.test(await connections(synod)));
    await synod.close();
    const step = await synod.step();
    await synod.press("Step", synod.time);
    assert.equal(await synod.step(), step + 1);
  }));

test("on a phone and in Chinese", options, async () => {
  const there = await cluster();
  const at = `?join=${there.nodes.map((node) => node.address).join(",")}`;
  await synod.open({ width: 360, height: 640, hasTouch: true, at, allow: REFUSED }, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await until("something happens there", async () => (await synod.step()) > 40);
    await shot("360-joined");
    await synod.press("More", banner(page));
    await synod.press("Join real nodes…", synod.dialog);
    await shot("360-join");
    await axe();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  });
  await synod.open({ width: 1920, height: 1080, locale: "zh-CN", colorScheme: "dark", at, allow: REFUSED }, async ({ page, shot }) => {
    await page.getByRole("button", { name: "实时", exact: true }).waitFor();
    await page.waitForTimeout(1_500);
    await shot("1920-dark-joined-zh");
    await page.getByRole("button", { name: "更多" }).click();
    await page.getByRole("button", { name: "加入真实节点…" }).click();
    await shot("1920-dark-join-zh");
  });
});

test("a bridge's messages are held and delivered one by one, its nodes cut off, killed and restarted", options, () =>
  synod.open({ allow: REFUSED }, async ({ page, url, shot, axe }) => {
    const synod = reader(page);
    await synod.ready();
    const there = await bridge(new URL(url).origin);
    await join(synod, there.address, "wrong");
    await until("it is said", async () => /wants another token/.test(await connections(synod)));
    await join(synod, there.address, there.token);
    await shown(synod);
    const toast = (text) => page.getByText(text).filter({ visible: true }).first().waitFor();
    await toast("You joined a bridge");
    await until("messages are seen", async () => (await synod.step()) > 20);

    // Everything is held: nothing arrives but what is delivered here.
    await synod.press("Hold everything", synod.panel);
    await synod.button("Release everything", synod.panel).waitFor();
    await until("messages wait", async () => (await synod.rows()).filter((row) => /held/.test(row.time)).length >= 3);
    await shot("1280-bridge-held");
    await axe();
    const list = page.getByRole("tabpanel", { name: "Up next" });
    await list.getByRole("button", { name: /gossip n0 → n1/ }).first().click();
    await synod.press("Deliver now", list);
    await toast(/^You picked: gossip n0 → n1|gossip n0 → n1/);
    await list.getByRole("button", { name: /gossip n1 → n2/ }).first().click();
    await synod.press("Drop", list);
    await toast(/You dropped gossip from n1 to n2/);
    const sentences = await synod.events();
    assert(sentences.some((sentence) => /gossip/.test(sentence)), sentences.join("\n"));
    await synod.tab("Up next");
    await synod.press("Release everything", list);
    await synod.button("Hold everything", list).waitFor();

    // A node is cut off, and heals.
    await synod.press("Cut", synod.tools);
    const cut = page.getByRole("group", { name: "Cut the network" });
    await synod.press("n2 on the other side", cut);
    await synod.press("Cut here", cut);
    await synod.button("Heal", synod.tools).waitFor();
    await shot("1280-bridge-cut");
    await synod.press("Heal", synod.tools);

    // Killed and restarted.
    await synod.tab(/^Node/);
    await synod.panel.getByRole("radio", { name: "n1", exact: true }).click();
    await synod.press("Crash n1", synod.tools);
    await synod.button("Restart n1", synod.tools).waitFor();
    await shot("1280-bridge-killed");
    await synod.press("Restart n1", synod.tools);
    await synod.button("Crash n1", synod.tools).waitFor();

    // Looked back at, and returned.
    await synod.pause();
    for (let times = 0; times < 5; times += 1) await synod.press("Back", synod.time);
    await synod.tab("Up next");
    await page.getByText("You are looking back").first().waitFor();
    await synod.stage.focus();
    await page.keyboard.press("End");
    await until("it is live", async () => live(synod).isVisible());

    // A client's request, and a test.
    await synod.press("Ask", synod.tools);
    await synod.dialog.getByRole("radio", { name: "n2", exact: true }).click();
    await roomy(synod.dialog, "Body (JSON)");
    await shot("1280-bridge-ask");
    const body = synod.dialog.getByRole("textbox", { name: "Body (JSON)" });
    await body.fill('{"type": "broadcast",');
    await body.press("Shift+Enter");
    await body.press("Enter");
    await synod.dialog.getByText(/This is no JSON/).waitFor();
    assert.match(await body.inputValue(), /\n$/, "a line began");
    await body.fill('{"type": "broadcast", "message": 7}');
    await synod.press("Send to n2", synod.dialog);
    await toast("You sent n2 a request");
    await until("it is answered", async () => (await synod.events()).some((sentence) => /receives broadcast_ok from n2/.test(sentence)));

    await there.process.kill();
    await page.getByText(/No connection to ws/).first().waitFor();
    await synod.press("More", banner(page));
    await synod.press("Join real nodes…", synod.dialog);
    assert.match(await connections(synod), /lost|Nobody answers/);
    await shot("1280-bridge-lost");
  }));

test("a bridge is joined on a phone, in the dark and in Chinese", options, async () => {
  await synod.open({ width: 360, height: 640, hasTouch: true, allow: REFUSED }, async ({ page, url, shot, axe }) => {
    const synod = reader(page);
    await synod.ready();
    const there = await bridge(new URL(url).origin, { args: ["--latency", "200"] });
    await page.goto(`${url}?join=${there.address}/watch?token=${there.token}`);
    await until("messages are seen", async () => (await synod.step()) > 20);
    await synod.dock.getByRole("tab", { name: "Up next" }).click();
    await synod.press("Hold everything", synod.panel);
    await synod.button("Release everything", synod.panel).waitFor();
    await until("messages wait", async () => (await synod.rows()).filter((row) => /held/.test(row.time)).length >= 3);
    // No font need have the sign of what is held.
    for (const { row, time } of await synod.rows()) {
      if (/held/.test(time)) assert(await row.locator("svg").first().isVisible(), "it is drawn");
    }
    await shot("360-bridge-held");
    await axe();
    await synod.dock.getByRole("tab", { name: "Up next" }).click();
    await synod.press("Ask", synod.tools);
    await roomy(synod.dialog, "Body (JSON)");
    await shot("360-bridge-ask");
    await axe();
  });
  await synod.open({ width: 1920, height: 1080, locale: "zh-CN", colorScheme: "dark", allow: REFUSED }, async ({ page, url, shot }) => {
    const there = await bridge(new URL(url).origin, { nodes: 5, args: ["--latency", "400"] });
    await page.goto(`${url}?join=${there.address}/watch?token=${there.token}`);
    await page.getByRole("button", { name: "扣住全部" }).waitFor();
    await page.waitForTimeout(2_000);
    await shot("1920-dark-bridge-zh");
    await page.getByRole("toolbar").getByRole("button", { name: "发出请求" }).click();
    await roomy(page.getByRole("dialog"), "消息体（JSON）");
    await shot("1920-dark-bridge-ask-zh");
  });
});

test("simulated nodes that join a bridge say in the reader's language what they are", options, async () => {
  const origin = new URL(synod.url).origin;
  const token = "let-me-in";
  const there = await start(["bridge", "--listen", "127.0.0.1:0", "--token", token, "--allow-origin", origin], /pages watch at (ws:\S+)\?token=/);
  const address = there.found[1].replace("/watch", "");
  await start(["run", "raft", "--set", "servers=3", "--bridge", `${address}/node?token=${token}`], /S1 joined the bridge/, "info");
  await synod.open({ locale: "zh-CN", at: `?join=${address}/watch?token=${token}`, allow: REFUSED }, async ({ page, shot }) => {
    // What lives is described when somebody asks.
    const describedAs = async (name, ask) => {
      const region = page.getByRole("region", { name });
      await region.getByRole("button", { name: ask }).evaluate((button) => button.click());
      return (await region.getByRole("listitem").allInnerTexts()).join("\n");
    };
    const described = () => describedAs("舞台上的内容", "现在描述舞台");
    await until("one of them leads", async () => /^S\d：领导者/m.test(await described()));
    await until("the others follow", async () => /^S\d：跟随者/m.test(await described()));
    assert.doesNotMatch(await described(), /leader|follower|role\./);
    await page.getByRole("tab", { name: /^节点/ }).click();
    await page.getByRole("radio", { name: "S1", exact: true }).click();
    await until("its pictures have Chinese titles", async () => !/picture\./.test(await page.getByRole("tabpanel").innerText()));
    await shot("1280-bridge-raft-zh");
    // In English at once, what is past as well.
    await page.getByRole("button", { name: "English" }).click();
    await until("it is said in English", async () => /^S\d: leader/m.test(await describedAs("What is on the stage", "Describe the stage now")));
  });
});
