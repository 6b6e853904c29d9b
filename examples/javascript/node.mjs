// A node that answers echo and spreads broadcasts: synod bridge --workload broadcast -- node examples/javascript/node.mjs
import { createInterface } from "node:readline";

let me = null;
let others = [];
const seen = new Set();

const send = (dest, body) => process.stdout.write(JSON.stringify({ src: me, dest, body }) + "\n");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { src, body } = JSON.parse(line);
  const reply = (type, fields = {}) => send(src, { type, in_reply_to: body.msg_id, ...fields });
  switch (body.type) {
    case "init":
      me = body.node_id;
      others = body.node_ids.filter((node) => node !== me);
      reply("init_ok");
      // What was lost is told again.
      setInterval(() => others.forEach((node) => send(node, { type: "gossip", messages: [...seen] })), 500).unref();
      break;
    case "echo":
      reply("echo_ok", { echo: body.echo });
      break;
    case "topology":
      reply("topology_ok");
      break;
    case "broadcast":
      seen.add(body.message);
      reply("broadcast_ok");
      others.forEach((node) => send(node, { type: "gossip", messages: [body.message] }));
      break;
    case "gossip":
      body.messages.forEach((message) => seen.add(message));
      break;
    case "read":
      reply("read_ok", { messages: [...seen] });
      break;
  }
});
