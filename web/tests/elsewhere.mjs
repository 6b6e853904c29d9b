// Real processes for the page to join: nodes and bridges of the command line. They end with the test.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** The command line, built natively. */
export const NATIVE = process.env.SYNOD_BIN;

const running = new Set();
const folders = [];
after(async () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Ports that nobody listens at. */
export async function ports(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
    })),
  );
  const found = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}

/** Starts the command line with these arguments, and waits until it has said a line like `wanted`; the match, and how to end it. */
export async function start(args, wanted) {
  const child = spawn(NATIVE, args, { cwd: ROOT, env: { ...process.env, RUST_LOG: "warn", SYNOD_LOG: "warn" } });
  running.add(child);
  const said = [];
  const found = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const match = wanted.exec(line);
        if (match) resolve(match);
      });
    }
    child.once("exit", (code) => reject(new Error(`synod ${args.join(" ")} ended with ${code}:\n${said.join("\n")}`)));
    child.once("error", reject);
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const end = (signal) => {
    child.kill(signal);
    running.delete(child);
    return ended;
  };
  return { found, said, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}

/** Three servers of Raft and a client that goes on asking: each with its address, how to kill it, and how to start it again. */
export async function cluster(extra = []) {
  const folder = await mkdtemp(join(tmpdir(), "synod-join-"));
  folders.push(folder);
  const labels = ["S1", "S2", "S3", "C1"];
  const free = await ports(labels.length);
  const peers = labels.map((label, place) => `${label}=ws://127.0.0.1:${free[place]}`).join(",");
  const node = async (label, place) => {
    const args = ["node", "raft", "--id", label, "--peers", peers, "--data", join(folder, label)];
    const set = ["servers=3", "clients=1"].flatMap((pair) => ["--set", pair]);
    return start([...args, ...set, ...extra], /listens|http:\/\//);
  };
  const nodes = await Promise.all(
    labels.map(async (label, place) => ({
      label,
      address: `ws://127.0.0.1:${free[place]}`,
      process: await node(label, place),
      again: () => node(label, place),
    })),
  );
  return { nodes, addresses: nodes.map((one) => one.address).join(", ") };
}

/** A bridge with this many nodes of examples/python/node.py, for pages of `origin`. */
export async function bridge(origin, { nodes = 3, token = "let-me-in", args = [] } = {}) {
  const all = ["bridge", "--nodes", `${nodes}`, "--listen", "127.0.0.1:0", "--token", token, "--allow-origin", origin, "--quiet", ...args];
  const process = await start([...all, "--", "python3", "examples/python/node.py"], /pages watch at (ws:\S+)\?token=/);
  return { address: process.found[1].replace("/watch", ""), token, process };
}
