// What leaves the page as a file, and comes back as one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, saved, until } from "./reader.mjs";

const synod = site();

const banner = (page) => page.getByRole("banner").first();

test("the stage is saved as SVG and as PNG", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const sentence = await synod.sentence();
    const save = async (name) => {
      await synod.press("More", banner(page));
      return saved(page, synod.button(name, synod.dialog));
    };

    const svg = await save("Save the picture as SVG");
    assert.match(svg.name, /\.svg$/);
    const text = svg.bytes.toString("utf8");
    const read = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
      return {
        root: parsed.documentElement.localName,
        error: parsed.querySelector("parsererror")?.textContent ?? null,
        title: parsed.querySelector("title")?.textContent,
        labels: [...parsed.querySelectorAll("text")].map((one) => one.textContent),
      };
    }, text);
    assert.equal(read.error, null);
    assert.equal(read.root, "svg");
    assert.equal(read.title, sentence);
    for (const label of ["S1", "S2", "S3", "S4", "S5", "C1", "C2", "leader", "follower"]) {
      assert(read.labels.some((text) => text.includes(label)), `${label} is drawn`);
    }
    assert.doesNotMatch(text, /<script|https?:\/\/(?!www\.w3\.org)/, "it needs nothing from elsewhere");

    const png = await save("Save the picture as PNG");
    assert.match(png.name, /\.png$/);
    assert.deepEqual([...png.bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const stage = await synod.stage.boundingBox();
    assert(png.bytes.readUInt32BE(16) >= 2 * Math.floor(stage.width), "twice as fine as the screen at least");
    assert(png.bytes.readUInt32BE(20) >= 2 * Math.floor(stage.height));
    assert(png.bytes.length > 10_000, "something is painted");
  }));

test("a run, and everything as JSON, are saved and open again at the same digest", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    const { node } = await synod.led();
    await synod.press(`Crash ${node}`, synod.tools);
    for (let times = 0; times < 8; times += 1) await synod.press("Step", synod.time);
    const digest = await synod.digest();
    const step = await synod.step();

    await synod.press("Share", banner(page));
    const run = await saved(page, synod.button("Save the run", synod.dialog));
    const trace = await saved(page, synod.button("Save everything as JSON", synod.dialog));
    const transcript = await saved(page, synod.button("Save a transcript", synod.dialog));
    await synod.close();

    assert.match(run.name, /\.json$/);
    assert.equal(JSON.parse(run.bytes).digest, digest);
    const recorded = JSON.parse(trace.bytes);
    assert.equal(recorded.digest, digest);
    assert.equal(recorded.events.length, step);
    assert.match(transcript.bytes.toString("utf8"), new RegExp(`${node} leads term 1`));

    for (const file of [run, trace]) await opens(file, step, digest, choose);
    await opens(run, step, digest, (synod, name, buffer) => drop(synod, [{ name, buffer }]));
  }));

/** In a fresh profile the file opens at the same step with the same digest, once `give` has given it. */
function opens(file, step, digest, give) {
  return synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.pause();
    await give(synod, file.name, file.bytes);
    await until(`${file.name} was opened`, async () => (await synod.step()) === step);
    assert.equal(await synod.digest(), digest, file.name);
    assert.equal(await synod.notice.count(), 0);
  });
}

/** Choose a file in the menu, as the browser's own window would. */
async function choose(synod, name, buffer) {
  await synod.press("More", banner(synod.page));
  const [chooser] = await Promise.all([
    synod.page.waitForEvent("filechooser"),
    synod.dialog.getByText("Open a file…").click(),
  ]);
  await chooser.setFiles({ name, mimeType: "application/json", buffer });
}

/** Drag files over the page, as the window manager would, and let go of them over the stage; `seen` looks in between. */
async function drop(synod, files, seen = async () => {}) {
  const { page } = synod;
  const data = await page.evaluateHandle(
    (files) => {
      const data = new DataTransfer();
      for (const { name, text } of files) data.items.add(new File([text], name, { type: "application/json" }));
      return data;
    },
    files.map(({ name, buffer }) => ({ name, text: buffer.toString("utf8") })),
  );
  // A page that does not take what hovers over it is not given it.
  const taken = await synod.stage.evaluate((stage, dataTransfer) => {
    const options = { dataTransfer, bubbles: true, cancelable: true };
    return !stage.dispatchEvent(new DragEvent("dragover", options));
  }, data);
  assert(taken, "the page takes files");
  await seen();
  const handled = await synod.stage.evaluate((stage, dataTransfer) => {
    const options = { dataTransfer, bubbles: true, cancelable: true };
    return !stage.dispatchEvent(new DragEvent("drop", options));
  }, data);
  assert(handled, "or the browser would leave the page for the file");
}

test("a text that is dropped is what MapReduce works on", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.ready();
    await drop(synod, [{ name: "rose.txt", buffer: Buffer.from("a rose is a rose is a rose") }]);
    await until("MapReduce is shown", async () => (await page.getByRole("combobox", { name: "Protocol" }).inputValue()) === "map-reduce");
    await page.getByText("You opened rose.txt: the run works on its 26 bytes").filter({ visible: true }).first().waitFor();
    await until("it runs", async () => (await synod.step()) > 5);
    await shot("1280-text");
  }));

test("several files dropped at once are refused, a bad one by name, and what is no file is let be", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    const step = await synod.step();
    const bad = { name: "shopping.json", buffer: Buffer.from('{"milk": 2}') };
    const dropping = async () => {
      await until("the page shows that it takes the file", () => page.evaluate(() => !!document.querySelector(".dropping")));
    };
    await drop(synod, [bad, { ...bad, name: "list.json" }], dropping);
    await page.getByText("2 files came at once: open one at a time.").filter({ visible: true }).first().waitFor();
    assert.equal(await synod.notice.count(), 0);

    await drop(synod, [bad], async () => {
      await dropping();
      await shot("dropping");
    });
    await synod.notice.getByRole("heading", { name: "This file does not open" }).waitFor();
    assert.match(await synod.notice.innerText(), /shopping\.json/);
    await synod.press("Close", synod.notice);
    assert.equal(await page.evaluate(() => document.querySelector(".dropping")), null);

    const untaken = await synod.stage.evaluate((stage) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData("text/plain", "a word");
      return stage.dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true }));
    });
    assert(untaken, "a dragged word is none of the page's business");
    assert.equal(await synod.step(), step);
  }));

test("a file that is no run is refused by name, and the run goes on", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const step = await synod.step();
    await choose(synod, "shopping.json", Buffer.from('{"milk": 2}'));
    await synod.notice.getByRole("heading", { name: "This file does not open" }).waitFor();
    assert.match(await synod.notice.innerText(), /shopping\.json/);
    await synod.press("Close", synod.notice);
    assert.equal(await synod.step(), step);
  }));

test("a log that ShiViz reads is looked at like a run, and nobody can act in it", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    await synod.press("Share", banner(page));
    const log = await saved(page, synod.button("Save a log for ShiViz", synod.dialog));
    await synod.close();

    await choose(synod, log.name, log.bytes);
    await until("it is shown", async () => (await page.getByRole("combobox", { name: "Protocol" }).inputValue()) === "recording");
    await page.getByText(/^You opened .*, recorded elsewhere/).filter({ visible: true }).first().waitFor();
    await synod.close();
    assert.equal(await synod.step(), 0);
    for (const tool of ["Cut", "Ask"]) {
      const button = synod.button(tool, synod.tools);
      assert(await button.isDisabled(), tool);
    }
    for (let times = 0; times < 5; times += 1) await synod.press("Step", synod.time);
    assert.equal(await synod.step(), 5);
    assert.notEqual(await synod.sentence(), "");
    await synod.press("Diagram", page);
    await shot("1280-recording");

    // What went before is an undo away.
    await synod.press("Undo", synod.tools);
    await until("the run is back", async () => (await page.getByRole("combobox", { name: "Protocol" }).inputValue()) === "raft");
  }));
