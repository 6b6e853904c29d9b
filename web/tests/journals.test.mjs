// What real nodes left behind: the journals of a bridge and of Maelstrom's network open as files, and are looked at like runs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { NATIVE, ROOT, journal } from "./elsewhere.mjs";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();
const options = NATIVE ? {} : { skip: "the command line is not built: SYNOD_BIN names it" };
const MAELSTROM = join(ROOT, "crates/recording/tests/data/net-journal.fressian");

const banner = (page) => page.getByRole("banner").first();
const chart = (page) => page.getByRole("application", { name: /^Space-time diagram/ });

/** Chooses a file with this content in the menu. */
async function give(synod, name, content) {
  await synod.ready();
  await synod.press("More", banner(synod.page));
  const [chooser] = await Promise.all([synod.page.waitForEvent("filechooser"), synod.dialog.getByText("Open a file…").click()]);
  await chooser.setFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
}

/** Opens it, and waits until it is what is shown. */
async function opened(synod, name, content) {
  await give(synod, name, content);
  await synod.page.getByText(`You opened ${name}`).filter({ visible: true }).first().waitFor();
  assert.equal(await synod.page.getByRole("combobox", { name: "Protocol" }).inputValue(), "recording");
}

/** How many lines and events the diagram says that it draws. */
async function drawn(page) {
  const words = await page.locator(`#${await chart(page).getAttribute("aria-describedby")}`).innerText();
  const [, lines, events] = /: (\d+) lines?, ([\d,]+) events?/.exec(words) ?? [];
  return { lines: Number(lines), events: Number(events?.replaceAll(",", "")) };
}

/** Nobody can act in what happened elsewhere, and the tools say why. */
async function cannotAct(synod, why) {
  for (const tool of ["Cut", "Ask"]) {
    const button = synod.button(tool, synod.tools);
    assert(await button.isDisabled(), tool);
    assert.match(await button.getAttribute("title"), why, tool);
  }
}

/** To the first event in whose sentence this stands, by searching for it. */
async function to(synod, words) {
  await synod.tab("Events");
  const search = synod.panel.getByRole("searchbox", { name: "Search the events" });
  await search.fill(words);
  await synod.panel.getByRole("listitem").getByRole("button").filter({ hasText: words }).first().click();
  await search.fill("");
}

/** The end of what was opened. */
async function end(synod) {
  await synod.stage.focus();
  await synod.page.keyboard.press("End");
}

test("a bridge's journal: stage, events, diagram and Why? as of a run, and nobody acts in it", options, async () => {
  const text = await journal();
  const records = text.trim().split("\n").map((line) => JSON.parse(line));
  await synod.open({}, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await opened(synod, "run.jsonl", text);
    await end(synod);
    const { step, steps } = await synod.where();
    assert.equal(step, steps);
    assert(steps >= records.filter(({ type }) => ["send", "receive", "op"].includes(type)).length, `${steps} steps`);
    const described = (await synod.described()).join("\n");
    for (const node of ["n0: node.", "n1: node.", "n2: node.", "c1: client."]) assert(described.includes(node), described);
    await synod.button("read-only", banner(page)).waitFor();
    await cannotAct(synod, /this is a recording/);
    await shot("1280-journal");

    // A message is on its way on the stage from when it was sent until it arrives.
    await to(synod, "sends gossip to");
    const [, from, dest] = /^(n\d) sends gossip to (n\d): messages/.exec(await synod.sentence());
    const flies = new RegExp(`^gossip from ${from} to ${dest}: arrives in `, "m");
    assert.match((await synod.described()).join("\n"), flies);
    await shot("1280-journal-flight");

    // Why was something received? Because it was sent.
    await to(synod, `${dest} receives gossip from ${from}`);
    assert.doesNotMatch((await synod.described()).join("\n"), flies);
    await synod.press("Why?", synod.caption);
    const causes = page.getByRole("tabpanel", { name: "Why?" }).getByRole("list").getByRole("button");
    await until("what led there is told", async () => (await causes.count()) > 1);
    const told = (await causes.allInnerTexts()).join("\n");
    assert.match(told, new RegExp(`${from} sends gossip to ${dest}`));
    await axe();
    await shot("1280-journal-why");

    // The nemesis cut the network, and made it whole.
    await to(synod, "The network is cut");
    assert.match(await synod.sentence(), /The network is cut: n\d on one side/);

    await synod.press("Diagram", page);
    await until("everything is drawn", async () => {
      const { lines, events } = await drawn(page);
      return lines >= 7 && events > 0;
    });
    await shot("1280-journal-diagram");
    await axe();
  });
});

test("of a journal that was not written to its end the last line is left out, and that is said", options, async () => {
  const text = (await journal()).trimEnd();
  const lines = text.split("\n").length;
  await synod.open({}, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await give(synod, "run.jsonl", text.slice(0, -9));
    await synod.notice.getByRole("heading", { name: "This file is not whole" }).waitFor();
    assert.match(await synod.notice.innerText(), new RegExp(`run\\.jsonl: line ${lines}, the last one, is incomplete and was left out`));
    await axe();
    await shot("1280-journal-cut-off");
    await synod.press("Close", synod.notice);
    await end(synod);
    assert((await synod.step()) > 50, "what there was before is shown");
  });
});

test("a journal that is broken in the middle is refused by its line, and the run goes on", options, async () => {
  const lines = (await journal()).split("\n");
  lines[20] = lines[20].slice(0, 30);
  await synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.pause();
    const step = await synod.step();
    await give(synod, "broken.jsonl", lines.join("\n"));
    await synod.notice.getByRole("heading", { name: "This file does not open" }).waitFor();
    assert.match(await synod.notice.innerText(), /broken\.jsonl: line 21 is no record of a journal/);
    await synod.press("Close", synod.notice);
    assert.equal(await synod.step(), step);
  });
});

test("Maelstrom's journal of its network: what nobody received is lost, and a file that is neither is refused", async () => {
  const bytes = await readFile(MAELSTROM);
  await synod.open({ width: 360, height: 640, hasTouch: true, colorScheme: "dark" }, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await opened(synod, "net-journal.fressian", bytes);
    const described = async () => (await synod.described()).join("\n");
    await end(synod);
    for (const node of ["n0: node.", "n10: node.", "c2: client.", "lin-kv: service."]) assert((await described()).includes(node), node);
    await cannotAct(synod, /this is a recording/);
    await shot("360-dark-maelstrom");
    await axe();
  });
  await synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await opened(synod, "net-journal.fressian", bytes);
    const described = async () => (await synod.described()).join("\n");
    await to(synod, "n1 sends gossip to n10");
    assert.match(await described(), /^gossip from n1 to n10: the network loses it/m);
    await to(synod, "n1 receives kind0 from n0");
    await synod.press("Why?", synod.caption);
    await page.getByRole("tabpanel", { name: "Why?" }).getByRole("button", { name: /n0 sends kind0 to n1/ }).waitFor();
    await synod.press("Diagram", page);
    await until("everything is drawn", async () => (await drawn(page)).lines === 6);
    await shot("1280-maelstrom-diagram");
    await chart(page).press("D");

    // Cut off in the middle of an event, and then no such file at all.
    await give(synod, "short.fressian", bytes.subarray(0, bytes.length - 5));
    await synod.notice.getByRole("heading", { name: "This file is not whole" }).waitFor();
    assert.match(await synod.notice.innerText(), /short\.fressian: event \d+, the last one, is incomplete/);
    await synod.press("Close", synod.notice);
    await end(synod);
    const step = await synod.step();
    await give(synod, "picture.bin", Uint8Array.from({ length: 64 }, (_, place) => 255 - place));
    await synod.notice.getByRole("heading", { name: "This file does not open" }).waitFor();
    assert.match(await synod.notice.innerText(), /picture\.bin: it is no text, and no journal that Maelstrom keeps/);
    await synod.press("Close", synod.notice);
    assert.equal(await synod.step(), step, "what was shown is shown still");
  });
});
