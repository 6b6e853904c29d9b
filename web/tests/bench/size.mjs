// What a visitor downloads before the page starts, compressed by brotli: the first sum that crates/xtask/sizes.mjs prints.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

if (!existsSync("dist/index.html")) {
  console.log("dist/ is not there: `cargo xtask dist` builds it; nothing was weighed.");
} else {
  const text = execFileSync("node", ["crates/xtask/sizes.mjs", "dist"], { encoding: "utf8" });
  const together = text.split("\n").find((line) => line.trim().startsWith("together"));
  const [raw, gzip, brotli] = together.trim().split(/\s+/).slice(1);
  console.log(`${brotli} | kB | <= 200 | first download, brotli | raw ${raw} kB, gzip ${gzip} kB`);
}
