// What a reader does and perceives, by the names and roles that assistive technology knows. No test reaches past these.
//
// It knows the page's English words, and nothing of its elements, classes or code.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout as rest } from "node:timers/promises";

/** How long a condition may take to come true: generous, as the tests may share two slow cores with a build. */
export const PATIENCE_MS = 20_000;

/**
 * Ask `look` again and again until it answers with something true, and give that back.
 * `what` ends the sentence "it never happened that …".
 */
export async function until(what, look, patienceMs = PATIENCE_MS) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) assert.fail(`it never happened that ${what}`);
    await rest(40);
  }
}

/** Press `button` and take the file that comes. */
export async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** The page as a reader knows it. */
export class Reader {
  constructor(page) {
    page.setDefaultTimeout(PATIENCE_MS);
    this.page = page;
    this.caption = page.getByRole("region", { name: "What just happened" });
    this.dock = page.getByRole("region", { name: "Details" });
    this.panel = page.getByRole("tabpanel");
    this.dialog = page.getByRole("dialog");
    this.stage = page.getByRole("application");
    this.time = page.getByRole("region", { name: "Time" });
    this.timeline = page.getByRole("slider", { name: "Timeline" });
    this.tools = page.getByRole("toolbar", { name: "Faults and requests" });
    this.description = page.getByRole("region", { name: "What is on the stage" });
    this.notice = page.getByRole("alert");
  }

  /** A button by its whole name. */
  button(name, within = this.page) {
    return within.getByRole("button", { name, exact: true });
  }

  async press(name, within = this.page) {
    await this.button(name, within).click();
  }

  /** Wait until the cluster is there. */
  async ready() {
    await this.timeline.waitFor();
  }

  async playing() {
    return (await this.button("Pause", this.time).count()) > 0;
  }

  async pause() {
    await this.ready();
    if (await this.playing()) await this.press("Pause", this.time);
    await this.button("Play", this.time).waitFor();
  }

  /** The sentence of this moment. */
  async sentence() {
    return this.caption.getByRole("paragraph").first().innerText();
  }

  /** Where the cursor stands: the step, how many there are, and the words for it. */
  async where() {
    const words = await this.timeline.getAttribute("aria-valuetext");
    const [, step, steps] = /^Step ([\d,]+) of ([\d,]+), .*\d/.exec(words) ?? assert.fail(`no place: ${words}`);
    const number = (text) => Number(text.replaceAll(",", ""));
    return { step: number(step), steps: number(steps), words };
  }

  async step() {
    return (await this.where()).step;
  }

  /** The branch, the digest and the link that *Share* tells. */
  async shared() {
    await this.press("Share", this.page.getByRole("banner").first());
    const note = await this.dialog.getByRole("paragraph").first().innerText();
    const link = await this.dialog.getByRole("textbox", { name: "Link" }).inputValue();
    const words = await this.dialog.innerText();
    const digest = /Digest ([0-9a-f]{16})/.exec(words)?.[1];
    assert(digest, `no digest: ${words}`);
    await this.close();
    return { note, link, digest };
  }

  async digest() {
    return (await this.shared()).digest;
  }

  async close() {
    await this.page.keyboard.press("Escape");
    await this.dialog.waitFor({ state: "detached" });
  }

  /** *Run until…*: on to the goal of that name, and stopped there. */
  async runUntil(goal) {
    const before = await this.step();
    // On a narrow page it is in the menu.
    const opener = this.button("Run until…", this.time);
    if (await opener.isVisible()) await opener.click();
    else {
      await this.press("More", this.page.getByRole("banner").first());
      await this.press("Run until…", this.dialog);
    }
    await this.press(goal, this.page.getByRole("dialog", { name: "Run until…" }));
    // The menu may stay open for the next goal.
    if (await this.dialog.count()) await this.close();
    await until(`the run came to “${goal}”`, async () => (await this.step()) > before && !(await this.playing()));
  }

  /** On to a leader and the first answer to a client: everything is at rest and known. */
  async led() {
    await this.pause();
    if ((await this.leaders()).length === 0) await this.runUntil("a node becomes leader");
    await this.runUntil("a client has its answer");
    return this.leader();
  }

  /** The stage's sentences, as they are for those who do not see it. */
  async described() {
    return this.description.getByRole("listitem").allInnerTexts();
  }

  /** The sentence about one node. */
  async describes(node) {
    const found = (await this.described()).find((line) => line.startsWith(`${node}: `));
    return found ?? assert.fail(`${node} is not described`);
  }

  /** Who leads, in which term; the newest term if there are several. */
  async leaders() {
    const found = (await this.described()).flatMap((line) => {
      const [, node, term] = /^(\w+): leader, term (\d+)/.exec(line) ?? [];
      return node ? [{ node, term: Number(term) }] : [];
    });
    return found.sort((one, other) => other.term - one.term);
  }

  async leader() {
    const [newest] = await this.leaders();
    return newest ?? assert.fail("nobody leads");
  }

  async tab(name) {
    await this.dock.getByRole("tab", { name }).click();
    await this.page.getByRole("tabpanel", { name }).waitFor();
  }

  /** The rows of *Up next*, earliest first: name without the time, and the row itself. */
  async rows() {
    const all = await this.panel.getByRole("listitem").getByRole("button").all();
    const rows = [];
    for (const row of all) {
      const [words, ...rest] = (await row.innerText()).split("\n").map((line) => line.trim()).filter((line) => !/^[▸+]?$/.test(line));
      // What a message carries stands behind it.
      const [carried = ""] = await row.locator(".words .soft").allInnerTexts();
      rows.push({ words: words.slice(0, words.length - carried.length).trim(), carried: carried.trim(), time: rest.join(" "), row });
    }
    return rows;
  }

  /** The sentences of *Events*, oldest first. */
  async events() {
    await this.tab("Events");
    // A row's first button is its sentence; the row of the cursor has *Why?* behind it. All at once: what lives grows and folds meanwhile.
    const rows = await this.panel.getByRole("listitem").locator("button:first-child").allInnerTexts();
    return rows.map((row) => row.replace(/\s+/g, " ").trim());
  }

  /** Up to which index a server has committed, as *Node* shows its memory. */
  async committed(node) {
    await this.tab(/^Node/);
    await this.panel.getByRole("radio", { name: node, exact: true }).click();
    const panel = this.page.getByRole("tabpanel", { name: `Node ${node}` });
    const row = panel.getByRole("listitem").filter({ hasText: /^\s*commit_index/ });
    // What the last step changed also says what it was.
    return Number(/(\d+)\s*$/.exec(await row.innerText())[1]);
  }

  /** The branches that can be chosen. */
  async branches() {
    await this.press("Branches", this.time);
    const all = this.dialog.getByRole("listitem").getByRole("button", { name: /^[A-Z]\d*\b/ });
    const words = (await all.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
    await this.close();
    return words;
  }

  async switchTo(letter) {
    await this.press("Branches", this.time);
    await this.dialog.getByRole("listitem").getByRole("button", { name: new RegExp(`^${letter}\\b`) }).click();
    if (await this.dialog.count()) await this.close();
  }
}

/** A reader of a page that `harness.open` has opened. */
export const reader = (page) => new Reader(page);
