// Why not: a node is asked, and answers with what holds and what is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

test("a follower says why it does not lead, by keyboard too", () =>
  synod.open({}, async ({ page, shot, axe }) => {
    const here = reader(page);
    await here.led();
    await here.dock.getByRole("tab", { name: /^Node/ }).click();
    await here.panel.getByRole("radio", { name: "S2" }).click();
    const question = here.panel.getByText("Why is S2 not leader?");
    await question.waitFor();
    const missing = here.panel.getByRole("img", { name: "missing" }).first();
    assert.equal(await missing.isVisible(), false, "an answer stands behind its question");
    await question.focus();
    await page.keyboard.press("Enter");
    await until("the answer is in sight", () => missing.isVisible());
    await here.panel.getByText(/^S1 leads term 1: as long as S2 hears from it/).waitFor();
    await axe();
    await shot("1280-why-not");
    await here.press("Step", here.time);
    assert(await missing.isVisible(), "it stays open while the run goes on");
  }));
