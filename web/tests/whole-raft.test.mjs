// The stories of the whole of Raft (membership, transfer, reads): each is told from its first beat to its end, in the looks that readers have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "./harness.mjs";
import { until } from "./reader.mjs";
import { story } from "./story.mjs";

const synod = site();
const PHONE = { width: 360, height: 640, hasTouch: true, isMobile: true };

for (const [name, look, options] of [
  ["joint-consensus", "1280", {}],
  ["single-server-change-bug", "1280-dark", { colorScheme: "dark" }],
  ["single-server-change-safe", "1920-dark-zh", { width: 1920, height: 1080, colorScheme: "dark", locale: "zh-CN" }],
  ["leadership-transfer", "1920", { width: 1920, height: 1080 }],
  ["read-index", "360", PHONE],
  ["lease-reads", "360-dark-zh", { ...PHONE, colorScheme: "dark", locale: "zh-CN" }],
]) {
  test(`${look}: ${name} is told to its end`, () =>
    synod.open({ ...options, at: `?scenario=raft/${name}` }, async ({ page, shot, axe }) => {
      const told = story(page, options.locale);
      await told.button(told.words.next).or(told.button(told.words.reveal)).waitFor();
      const place = async () => /(\d+)\D+(\d+)/.exec(await told.guide())?.slice(1).map(Number) ?? [];
      const [, beats] = await place();
      assert(beats >= 6, `${beats} beats`);
      const said = [];
      for (let beat = 1; beat <= beats; beat += 1) {
        await until(`beat ${beat} of ${beats} was told`, async () => (await place())[0] === beat);
        said.push(await told.sentence());
        assert(said.at(-1).length > 5, `beat ${beat} says ${said.at(-1)}`);
        await told.next();
        if (beat === Math.ceil(beats / 2)) {
          await shot(`${look}-${name}-midway`);
          await axe();
        }
      }
      await until("it came to its end", () => told.ended());
      assert.equal(new Set(said).size, beats, "every beat says something of its own");
      if (options.locale) assert(said.every((sentence) => /[\u4e00-\u9fff]/.test(sentence)), "in Chinese");
      await shot(`${look}-${name}-end`);
      await axe();
    }));
}
