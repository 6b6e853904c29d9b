// What can go wrong with a browser: no WebAssembly, no scripts, no storage, a file that does not come, a trap in the wasm.
// There is always a clear message and a way on, and never a blank page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site, whole } from "./harness.mjs";
import { reader, until } from "./reader.mjs";

const synod = site();

test("without WebAssembly the page says what is missing and what helps", () =>
  synod.open({ init: () => delete globalThis.WebAssembly }, async ({ page, axe, shot }) => {
    const notice = page.getByRole("alert");
    await notice.getByRole("heading", { name: "This browser cannot run the cluster" }).waitFor();
    assert.match(await notice.innerText(), /WebAssembly/);
    await page.getByRole("button", { name: "Copy this link" }).waitFor();
    await axe();
    await shot("unsupported");
  }));

test("and says it in Chinese to a Chinese browser", () =>
  synod.open({ locale: "zh-CN", init: () => delete globalThis.WebAssembly }, async ({ page }) => {
    await page.getByRole("alert").getByRole("heading", { name: "此浏览器无法运行集群" }).waitFor();
    assert.doesNotMatch(await page.getByRole("alert").innerText(), /cannot|browser/);
  }));

test("without scripts the page says that it needs them", () =>
  // What the page fetches early is refused with the scripts.
  synod.open({ javaScriptEnabled: false, allow: [/^failed: .*\.js csp$/] }, async ({ page }) => {
    await page.getByRole("heading", { name: /needs JavaScript/ }).waitFor();
    assert.match(await page.getByRole("alert").first().innerText(), /Allow scripts/);
  }));

test("when the wasm does not arrive the page says so and offers to load again", async () => {
  // The browser itself logs the file that was refused.
  const allow = [/ERR_FAILED/];
  await synod.open({ allow, init: () => {} }, async ({ page, context }) => {
    await reader(page).ready();
    await whole(page);
    await context.route(/\.wasm$/, (route) => route.abort());
    await page.reload();
    const notice = page.getByRole("alert");
    await notice.getByRole("heading", { name: "The page could not be loaded" }).waitFor();
    await context.unroute(/\.wasm$/);
    await page.getByRole("button", { name: "Load again" }).click();
    await reader(page).ready();
  });
});

test("storage that is denied costs the settings, not the page", () => {
  const deny = () =>
    Object.defineProperty(globalThis, "localStorage", {
      get() {
        throw new DOMException("The request was denied.", "SecurityError");
      },
    });
  return synod.open({ init: deny }, async ({ page }) => {
    const synod = reader(page);
    await synod.led();
    await synod.press("Step", synod.time);
    await synod.press("中文");
    await page.getByRole("region", { name: "刚刚发生了什么" }).waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await synod.caption.waitFor();
    await page.getByRole("button", { name: "Theme: as the system" }).click();
    await page.getByRole("button", { name: "Theme: light" }).waitFor();
  });
});

test("a trap in the wasm stops the page with a message; the run can be loaded again from its address", () =>
  synod.open({ allow: [/RuntimeError|uncaught/] }, async ({ page, axe, shot }) => {
    const synod = reader(page);
    await synod.led();
    const { link } = await synod.shared();
    await until("the address was written", () => page.url() === link);
    const step = await synod.step();
    await page.evaluate(() => {
      setTimeout(() => {
        throw new WebAssembly.RuntimeError("unreachable");
      });
    });
    const notice = page.getByRole("alert");
    await notice.getByRole("heading", { name: "Synod has met a bug of its own" }).waitFor();
    await axe();
    await shot("broken");
    await page.getByRole("button", { name: "Load this run again" }).click();
    await synod.ready();
    await until("the step was reached", async () => (await synod.step()) === step);
  }));

test("a browser that refuses the clipboard still shows the link", () => {
  const refuse = () =>
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: () => Promise.reject(new DOMException("Write permission denied.", "NotAllowedError")) },
    });
  return synod.open({ init: refuse }, async ({ page }) => {
    const synod = reader(page);
    await synod.pause();
    await synod.press("Share", page.getByRole("banner").first());
    await synod.press("Copy the link", synod.dialog);
    await synod.dialog.getByText(/The browser did not allow copying/).waitFor();
    assert.match(await synod.dialog.getByRole("textbox", { name: "Link" }).inputValue(), /#1\./);
  });
});
