// A room: a presenter and those who follow, each with a page of their own, over a real `synod bridge`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { DIST, site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";
import { story } from "./story.mjs";

const NATIVE = process.env.SYNOD_BIN;
const options = { skip: !NATIVE && "SYNOD_BIN names no binary" };
const synod = site();

/** The hub, and the addresses that it tells. */
let hub;
before(async () => {
  if (!NATIVE) return;
  const child = spawn(NATIVE, ["bridge", "--page", DIST, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  const told = (kind) => lines.map((line) => line.match(new RegExp(`${kind}: (http\\S+)`))?.[1]).find(Boolean);
  hub = { child, lines };
  hub.present = await until(`the hub told where to present: ${lines.join("\n")}`, () => told("to present"));
  hub.follow = await until("the hub told the address to give away", () => told("to give away"));
});
after(async () => {
  if (!hub) return;
  hub.child.kill("SIGTERM");
  await once(hub.child, "exit");
});

/** Pages for a presenter and a follower; `at` is where the hub serves them. */
function classroom({ presenter = {}, follower = {} }, use) {
  return synod.open({ ...presenter, goto: hub.present }, async (there) => {
    const dialog = there.page.getByRole("dialog", { name: "Room: present or follow…" });
    await dialog.getByText(hub.follow).waitFor();
    await there.shot("1280-room-dialog");
    const wide = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
    assert.equal(wide, 0, "the address fits in the dialog");
    await there.axe();
    await there.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    return synod.open({ ...follower, goto: hub.follow }, (here) => use(there, here));
  });
}

test("a follower is shown what the presenter does: steps, faults, the past", options, () =>
  classroom({ follower: { colorScheme: "dark" } }, async (there, here) => {
    const [presenter, follower] = [reader(there.page), reader(here.page)];
    await presenter.ready();
    await follower.ready();
    await presenter.pause();
    await until("the presenter knows of the follower", () => there.page.getByRole("button", { name: "Presenting to 1" }).count());
    const { node } = await presenter.led();
    await presenter.press(`Crash ${node}`, presenter.tools);
    const same = async () => (await presenter.step()) === (await follower.step());
    await until("they are at the same step", same);
    await until("they see the same", async () => isDeepStrictEqual(await follower.described(), await presenter.described()));
    await there.shot("1280-room-presents");
    await here.shot("1280-dark-room-follows");
    await presenter.timeline.press("Home");
    await until("the follower is in the past as well", async () => (await follower.step()) === 0);
    // The follower's address still leads into the room; the presenter's holds no token.
    assert(here.page.url().includes("#follow="), here.page.url());
    await until("the presenter's address is that of the run", () => !there.page.url().includes("token"));
    await there.axe();
    await here.axe();
  }));

test("who looks around alone stays there, and comes back", options, () =>
  classroom({}, async (there, here) => {
    const [presenter, follower] = [reader(there.page), reader(here.page)];
    await presenter.pause();
    await presenter.led();
    await until("they are at the same step", async () => (await presenter.step()) === (await follower.step()));
    await follower.press("Back", follower.time).catch(() => follower.timeline.press("ArrowLeft"));
    const back = follower.button("Back to the presenter", follower.caption);
    await back.waitFor();
    const alone = await follower.step();
    await presenter.press("Step", presenter.time);
    await here.page.getByRole("button", { name: "By yourself" }).waitFor();
    assert.equal(await follower.step(), alone);
    await here.shot("1280-room-alone");
    await back.click();
    await until("it is where the presenter is", async () => (await presenter.step()) === (await follower.step()));
    assert.equal(await back.count(), 0);
  }));

test("a story is followed on a phone, in Chinese, while the presenter tells it in English", options, () =>
  classroom({ follower: { width: 360, height: 640, hasTouch: true, isMobile: true, locale: "zh-CN" } }, async (there, here) => {
    const presenter = reader(there.page);
    await presenter.ready();
    await there.page.getByRole("banner").first().getByRole("button", { name: "Stories", exact: true }).click();
    await there.page.getByRole("dialog", { name: "Stories" }).getByRole("button", { name: /^The first election/ }).click();
    const told = story(there.page);
    const heard = here.page.getByRole("region", { name: "刚刚发生了什么" }).getByRole("paragraph").first();
    const said = new Set();
    for (let beat = 0; beat < 3; beat += 1) {
      await told.next();
      await until("the follower reads another beat", async () => {
        const words = await heard.innerText();
        return /[\u4e00-\u9fff]/.test(words) && !said.has(words) && said.add(words);
      });
    }
    await here.page.getByRole("button", { name: "跟随中", exact: true }).waitFor();
    await here.shot("360-zh-room-story");
    assert((await here.page.evaluate(() => document.documentElement.scrollWidth)) <= 360, "nothing scrolls sideways");
    await here.axe();
  }));

test("on a phone the header says that one follows, is alone, or has no connection", options, () =>
  classroom({ follower: { width: 360, height: 640, hasTouch: true, isMobile: true } }, async (there, here) => {
    const [presenter, follower] = [reader(there.page), reader(here.page)];
    await presenter.pause();
    const header = here.page.getByRole("banner").first();
    const says = async (name) => {
      const button = header.getByRole("button", { name, exact: true });
      await button.waitFor();
      const box = await button.boundingBox();
      assert(box.width >= 44 && box.height >= 44, `${name}: ${box.width} by ${box.height}`);
      for (const one of await header.getByRole("button").all()) {
        const { x, width } = await one.boundingBox();
        assert(x >= 0 && x + width <= 360, "everything in the header is in sight");
      }
      return button;
    };
    await says("Following");
    await here.shot("360-room-follows");
    await here.axe();
    await follower.timeline.press("ArrowLeft");
    const alone = await says("By yourself");
    await here.shot("360-room-alone");
    await alone.click();
    await here.page.getByRole("dialog", { name: "Room: present or follow…" }).getByText(/look around by yourself/).waitFor();
    await here.page.keyboard.press("Escape");
    await follower.press("Back to the presenter", follower.caption);
    await says("Following");
    await there.page.close();
    await says("Nobody presents");
    await here.shot("360-room-waits");
  }));

test("what does not let one in is said in the dialog, and nothing is lost", options, () =>
  // The browser itself notes a connection that is refused.
  synod.open({ goto: new URL("#", hub.follow).href, allow: [/WebSocket connection/] }, async ({ page, shot, axe }) => {
    const synod = reader(page);
    await synod.pause();
    const before = await synod.step();
    await synod.press("More", page.getByRole("banner").first());
    await page.getByRole("dialog", { name: "More" }).getByRole("button", { name: "Room: present or follow…" }).click();
    const dialog = page.getByRole("dialog", { name: "Room: present or follow…" });
    await dialog.getByRole("textbox", { name: "Bridge" }).waitFor();
    await dialog.getByRole("textbox", { name: "Room" }).fill("my class");
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").getByText(/letters, digits/).waitFor();
    await shot("1280-room-mistake");
    await axe();
    await dialog.getByRole("textbox", { name: "Room" }).fill("class");
    await dialog.getByLabel("Token").fill("wrong");
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").getByText(/token|does not let/).waitFor();
    // The room's token lets nobody present.
    await dialog.getByLabel("Token").fill(new URL(hub.follow).hash.match(/token=([^&]+)/)[1]);
    await dialog.getByRole("button", { name: "Present", exact: true }).click();
    await dialog.getByRole("alert").getByText(/only follow/).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await synod.step(), before);
  }));
