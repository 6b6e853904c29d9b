// What leaves the page for other programs: a log for ShiViz, a picture for LaTeX, an animation.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { OUTPUT, site } from "./harness.mjs";
import { reader, saved, until } from "./reader.mjs";
import { load } from "./shiviz.mjs";

const synod = site();
const run = promisify(execFile);
/** A story with crashes and restarts in it, of which the page and the command line must tell the same. */
const STORY = "raft/figure-8";

const banner = (page) => page.getByRole("banner").first();

/** Save something from the menu of everything else. */
async function save(synod, name) {
  await synod.press("More", banner(synod.page));
  return saved(synod.page, synod.button(name, synod.dialog));
}

test("the log is one that ShiViz loads, and its lines are the messages that arrived", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    await synod.press("Share", banner(page));
    const trace = await saved(page, synod.button("Save everything as JSON", synod.dialog));
    const log = await saved(page, synod.button("Save a log for ShiViz", synod.dialog));
    await shot("1280-share");
    assert.match(log.name, /\.log$/);
    const { hosts, events } = load(log.bytes.toString("utf8"));
    assert.deepEqual(hosts.filter((host) => /^[SC]\d$/.test(host)).length, hosts.length, hosts.join(" "));
    const recorded = JSON.parse(trace.bytes);
    assert.equal(events.length, recorded.events.length);
    for (const [place, event] of events.entries()) {
      const { stimulus, node } = recorded.events[place];
      assert.equal(event.host, recorded.nodes[node]);
      const from = stimulus.delivered && recorded.nodes[stimulus.delivered.from];
      if (from) assert(event.clock[from] > 0, `${event.event} knows of ${from}`);
      assert(event.parents.length <= 1, "one message at a time");
    }
    assert(events.some((event) => /becomes a candidate/.test(event.event)));
    assert(events.filter((event) => event.parents.length === 1).length > 10, "lines are drawn");
  }));

test("ShiViz loads the log of a story in either language, crashes and all", async () => {
  for (const language of ["en", "zh"]) {
    const { stdout } = await run(process.env.SYNOD_BIN, ["run", STORY, "--format", "shiviz", "--lang", language], { maxBuffer: 1 << 26 });
    const { hosts, events } = load(stdout);
    const network = { en: "network", zh: "网络" }[language];
    assert(hosts.includes(network), `${hosts}`);
    assert(events.some((event) => event.host === network && event.parents.length === 1), "what is sent to a node that is down ends there");
  }
});

test("the diagram is saved as SVG and as PNG", () =>
  synod.open({}, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    await synod.press("Diagram");
    const chart = page.getByRole("application", { name: /^Space-time diagram/ });
    const svg = await save(synod, "Save the picture as SVG");
    const text = svg.bytes.toString("utf8");
    const wrong = await page.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent, text);
    assert.equal(wrong, undefined);
    for (const drawn of [">S1<", ">C2<", ">AppendEntries<", " ms<"]) assert(text.includes(drawn), `${drawn} is in ${svg.name}`);
    const png = await save(synod, "Save the picture as PNG");
    assert.match(png.name, /diagram\.png$/);
    const box = await chart.boundingBox();
    assert(png.bytes.readUInt32BE(16) >= 2 * Math.floor(box.width), "twice as fine as the screen at least");
    assert(png.bytes.length > 10_000, "something is painted");
  }));

test("stage and diagram are saved as TikZ", () =>
  synod.open({}, async ({ page, shot }) => {
    const synod = reader(page);
    await synod.led();
    const sentence = await synod.sentence();
    await synod.press("More", banner(page));
    await shot("1280-more");
    await synod.close();
    const stage = await save(synod, "Save the picture as TikZ");
    await synod.press("Diagram");
    await page.getByRole("application", { name: /^Space-time diagram/ }).waitFor();
    const diagram = await save(synod, "Save the picture as TikZ");
    for (const [{ name, bytes }, label] of [
      [stage, "leader"],
      [diagram, "AppendEntries"],
    ]) {
      assert.match(name, /\.tex$/);
      const text = bytes.toString("utf8");
      assert(text.startsWith(`% ${sentence}\n`), text.slice(0, 200));
      assert.match(text, /\\begin\{tikzpicture\}[^]*\\end\{tikzpicture\}\n$/);
      for (const drawn of ["S1", "S5", "C1", label]) assert(text.includes(`{${drawn}}`), `${drawn} is in ${name}`);
    }
    assert.notEqual(stage.name, diagram.name);
  }));

/** The chunks of a PNG file: type and data. */
function chunks(bytes) {
  const all = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    all.push({ type: bytes.toString("latin1", at + 4, at + 8), data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return all;
}

/** What the browser's own decoder makes of an animation: for each frame how long it is seen, and whether it differs from the last. */
const decoded = (page, bytes) =>
  page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type: "image/png" });
    await decoder.tracks.ready;
    await decoder.completed;
    const frames = [];
    const canvas = new OffscreenCanvas(1, 1);
    let before;
    for (let frameIndex = 0; frameIndex < decoder.tracks.selectedTrack.frameCount; frameIndex += 1) {
      const { image } = await decoder.decode({ frameIndex });
      [canvas.width, canvas.height] = [image.displayWidth, image.displayHeight];
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      const differs = before ? pixels.some((pixel, place) => pixel !== before[place]) : true;
      frames.push({ ms: image.duration / 1000, width: canvas.width, height: canvas.height, differs });
      before = pixels;
      image.close();
    }
    return frames;
  }, bytes.toString("base64"));

/** The dialog of the animation, opened. */
async function opened(synod) {
  await synod.press("More", banner(synod.page));
  await synod.press("Save as animation…", synod.dialog);
  return synod.page.getByRole("dialog", { name: "Save as animation…" });
}

test("a stretch of the run is saved as an animation, the same each time", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await synod.led();
    const step = await synod.step();
    const dialog = await opened(synod);
    await dialog.getByText(/^Step 0 .* pictures, \d+\.\d s\.$/).waitFor();
    // From one of the last turning points on it is short.
    const beginnings = dialog.getByRole("combobox", { name: "From" });
    const labels = await beginnings.getByRole("option").allInnerTexts();
    assert(labels.some((label) => /^Step \d+: S\d leads term 1/.test(label)), labels.join(" | "));
    const begin = /^Step (\d+): /.exec(labels.at(-2))[1];
    await beginnings.selectOption(begin);
    await dialog.getByText(new RegExp(`^Step ${begin} `)).waitFor();
    await axe();
    await shot("1280-film");
    const note = await dialog.getByRole("status").innerText();
    const [, pictures, seconds] = /: (\d+) pictures, ([\d.]+) s\./.exec(note);
    const make = () => saved(page, synod.button("Save the animation", dialog));
    const first = await make();
    await dialog.getByText(`The animation is saved: ${pictures} pictures`).waitFor();
    assert.match(first.name, new RegExp(`^synod-raft-\\d+-${begin}-${step}\\.png$`));
    writeFileSync(join(OUTPUT, "film.png"), first.bytes);
    const second = await make();
    assert(first.bytes.equals(second.bytes), "no clock is read");

    const all = chunks(first.bytes);
    assert.deepEqual(all.slice(0, 5).map(({ type }) => type), ["IHDR", "acTL", "tRNS", "fcTL", "IDAT"]);
    assert.equal(all.at(-1).type, "IEND");
    const numbers = all.filter(({ type }) => type === "fcTL" || type === "fdAT").map(({ data }) => data.readUInt32BE(0));
    assert.deepEqual(numbers, numbers.map((_, place) => place), "numbered without gaps");
    const frames = await decoded(page, first.bytes);
    assert.equal(frames.length, all.filter(({ type }) => type === "fcTL").length);
    assert(frames.length > 20 && frames.length <= Number(pictures), `${frames.length} of ${pictures}`);
    assert(frames.every(({ width, height, differs }) => width === 1280 && height === 720 && differs), "each shows something new");
    const ms = frames.reduce((sum, frame) => sum + frame.ms, 0);
    assert(Math.abs(ms / 1000 - Number(seconds)) < 0.1, `${ms} ms are ${seconds} s`);
    await synod.close();
    assert.equal(await synod.step(), step, "the cursor stays where it is");
  }));

test("it begins at a mark, has a picture a step for those who want less motion, and can be given up", () =>
  synod.open({ reducedMotion: "reduce" }, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const from = await synod.step();
    await synod.press("Begin at the cursor", await opened(synod));
    await page.getByText(`An animation will begin here, at step ${from}.`).filter({ visible: true }).first().waitFor();
    const empty = await opened(synod);
    assert.equal(await synod.button("Begin at the cursor", empty).count(), 1);
    await synod.close();
    for (let times = 0; times < 5; times += 1) await synod.press("Step", synod.time);
    const dialog = await opened(synod);
    assert.equal(await dialog.getByRole("combobox", { name: "From" }).inputValue(), `${from}`);
    await dialog.getByText(new RegExp(`^Step ${from} .* to step ${from + 5} .*: 6 pictures`)).waitFor();
    const { name, bytes } = await saved(page, synod.button("Save the animation", dialog));
    assert.match(name, new RegExp(`-${from}-${from + 5}\\.png$`));
    assert((await decoded(page, bytes)).length <= 6);

    await dialog.getByRole("combobox", { name: "From" }).selectOption("0");
    await dialog.getByRole("combobox", { name: "Pictures" }).selectOption({ label: "20 a second, at the speed of the page" });
    const downloads = [];
    page.on("download", (download) => downloads.push(download));
    await synod.press("Save the animation", dialog);
    await dialog.getByRole("progressbar").waitFor();
    await synod.press("Cancel", dialog);
    await dialog.getByText("The animation was given up.").waitFor();
    await synod.press("Save the animation", dialog);
    await dialog.getByRole("progressbar").waitFor();
    // Closing gives up as well.
    await synod.close();
    await until("nothing is made any more", async () => !(await page.evaluate(() => window.synodFilm.isOn())));
    assert.deepEqual(downloads, []);
  }));

test("a browser that cannot compress pictures is said to", () =>
  synod.open({ init: () => delete globalThis.CompressionStream }, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    const dialog = await opened(synod);
    await synod.press("Save the animation", dialog);
    await dialog.getByText(/^This browser could not make the animation/).waitFor();
    assert(await synod.button("Save the animation", dialog).isVisible(), "another try is possible");
  }));

for (const [name, options] of [
  ["360", { width: 360, height: 640 }],
  ["1280-dark", { colorScheme: "dark" }],
]) {
  test(`${name}: the dialog of the animation in Chinese`, () =>
    synod.open({ ...options, locale: "zh-CN" }, async ({ page, shot, axe }) => {
      await page.getByRole("slider", { name: "时间线" }).waitFor();
      await until("something has happened", async () => /第 [3-9]\d/.test(await page.getByRole("slider", { name: "时间线" }).getAttribute("aria-valuetext")));
      const header = banner(page);
      await header.getByRole("button", { name: "更多", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "保存为动画…", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "保存为动画…" });
      await dialog.getByText(/幅画面/).first().waitFor();
      await axe();
      await shot(`${name}-film-zh`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert(wide <= 0, "nothing is wider than the page");
    }));
}
