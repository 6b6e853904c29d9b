// Real processes for the page to join: nodes and bridges of the command line. They end with the test.
import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** The folder of the sources. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
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

/** A process that ends with the test: what it said, how to wait for a line like `wanted`, and how to end it. */
function run(child, name) {
  running.add(child);
  const said = [];
  const lines = new EventEmitter();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      said.push(line);
      lines.emit("line", line);
    });
  }
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const end = (signal) => {
    child.kill(signal);
    running.delete(child);
    return ended;
  };
  const says = (wanted) =>
    new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        const match = wanted.exec(line);
        if (match) resolve(match);
      });
      child.once("exit", (code) => reject(new Error(`${name} ended with ${code}:\n${said.join("\n")}`)));
      child.once("error", reject);
    });
  return { said, says, ended, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}

/** Starts the command line with these arguments, and waits until it has said a line like `wanted`: the match beside the process. */
export async function start(args, wanted, log = "warn") {
  const child = spawn(NATIVE, args, { cwd: ROOT, env: { ...process.env, RUST_LOG: log, SYNOD_LOG: log } });
  const started = run(child, `synod ${args.join(" ")}`);
  return { ...started, found: await started.says(wanted) };
}

/** A folder of its own for this test. */
async function folder() {
  const made = await mkdtemp(join(tmpdir(), "synod-join-"));
  folders.push(made);
  return made;
}

/** The journal of a short test of examples/python/node.py, as a bridge writes it to a file. */
export async function journal() {
  const file = join(await folder(), "run.jsonl");
  const how = ["--workload", "broadcast", "--nodes", "3", "--rate", "5", "--latency", "20", "--time-limit", "2", "--recovery", "0.5"];
  const args = ["bridge", ...how, "--seed", "1", "--nemesis", "partition", "--nemesis-interval", "1", "--quiet", "--journal", file];
  const bridge = await start([...args, "--", "python3", "examples/python/node.py"], /^valid/);
  await bridge.ended;
  return readFile(file, "utf8");
}

/** Three servers of Raft and a client that goes on asking: each with its address, how to kill it, and how to start it again. */
export async function cluster(extra = []) {
  const data = await folder();
  const labels = ["S1", "S2", "S3", "C1"];
  const free = await ports(labels.length);
  const peers = labels.map((label, place) => `${label}=ws://127.0.0.1:${free[place]}`).join(",");
  const node = async (label, place) => {
    const args = ["node", "raft", "--id", label, "--peers", peers, "--data", join(data, label)];
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

/** A bridge with this many nodes of `node`, a program in Python and its arguments, for pages of `origin`. */
export async function bridge(origin, { nodes = 3, token = "let-me-in", args = [], node = ["examples/python/node.py"] } = {}) {
  const all = ["bridge", "--nodes", `${nodes}`, "--listen", "127.0.0.1:0", "--token", token, "--allow-origin", origin, "--quiet", ...args];
  const process = await start([...all, "--", "python3", ...node], /pages watch at (ws:\S+)\?token=/);
  return { address: process.found[1].replace("/watch", ""), token, process };
}

/** So many bridges that are one cluster over a NATS server of their own, with two nodes each. */
export async function hubs(origin, count, args = []) {
  const [port] = await ports(1);
  const server = run(spawn("nats-server", ["--addr", "127.0.0.1", "--port", `${port}`]), "nats-server");
  await server.says(/Server is ready/);
  const cluster = ["--nats", `nats://127.0.0.1:${port}`, "--cluster", "class", "--hubs", `${count}`, ...args];
  return Promise.all(Array.from({ length: count }, () => bridge(origin, { nodes: 2, args: cluster })));
}
