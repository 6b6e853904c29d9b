// What Lighthouse says of the site, as a host serves it, on a phone and on a desk: everything that can be kept is to be kept whole.
//
// How fast the page is depends on the machine and on what else it does: that figure is printed, and held to nothing. What the page
// weighs and how soon it moves is `cargo xtask bench`'s business.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import lighthouse, { desktopConfig } from "lighthouse";
import { DIST, launch } from "./harness.mjs";
import { serve } from "./server.mjs";

const KEPT = ["accessibility", "best-practices"];
/** The page plays as it opens, and never comes to rest: that is not waited for. */
const FLAGS = { logLevel: "error", cpuQuietThresholdMs: 0, maxWaitForLoad: 40_000, onlyCategories: [...KEPT, "performance"] };

/** A port that nobody uses just now. */
async function free() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let server;
before(async () => {
  assert(existsSync(join(DIST, "index.html")), `${DIST} holds no site: run \`cargo xtask dist\` first`);
  server = await serve(DIST, { brotli: true });
  // A host has compressed its files long before anybody asks for them.
  for (const name of await readdir(DIST, { recursive: true })) {
    const response = await fetch(server.url + name, { headers: { "accept-encoding": "br" } });
    await response.arrayBuffer();
  }
});
after(() => server?.close());

for (const [name, config] of [
  ["phone", undefined],
  ["desk", desktopConfig],
]) {
  test(`on a ${name} Lighthouse finds nothing to mend in accessibility and best practices`, async (context) => {
    const port = await free();
    const browser = await launch([`--remote-debugging-port=${port}`]);
    try {
      const look = async () => (await lighthouse(server.url, { ...FLAGS, port }, config)).lhr;
      let lhr = await look();
      // A machine that does much else besides may leave the page no time: then it is looked at once more.
      if (lhr.runtimeError) lhr = await look();
      assert.equal(lhr.runtimeError, undefined, lhr.runtimeError?.message);
      const score = (id) => Math.round(100 * lhr.categories[id].score);
      for (const id of KEPT) {
        const audits = lhr.categories[id].auditRefs.filter(({ weight }) => weight > 0).map((ref) => lhr.audits[ref.id]);
        const wrong = audits.filter((audit) => audit.score !== null && audit.score < 1);
        const lines = wrong.map((audit) => `${audit.id}: ${audit.title} ${JSON.stringify(audit.details?.items?.slice(0, 3))}`);
        assert.deepEqual(lines, [], `${id} on a ${name}`);
        assert.equal(score(id), 100, id);
      }
      const { "first-contentful-paint": paint, "total-blocking-time": blocked } = lhr.audits;
      context.diagnostic(`performance on a ${name}: ${score("performance")} (first paint ${paint.displayValue}, blocked ${blocked.displayValue})`);
    } finally {
      await browser.close();
    }
  });
}
