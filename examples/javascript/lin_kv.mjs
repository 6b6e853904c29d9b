// A linearizable store that asks the bridge's own: synod bridge --workload lin-kv -- node examples/javascript/lin_kv.mjs
import { createInterface } from "node:readline";

let me = null;
let count = 0;
const asked = new Map();

const send = (dest, body) => process.stdout.write(JSON.stringify({ src: me, dest, body }) + "\n");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { src, body } = JSON.parse(line);
  if (body.type === "init") {
    me = body.node_id;
    send(src, { type: "init_ok", in_reply_to: body.msg_id });
  } else if (body.in_reply_to !== undefined) {
    // The store answers: hand it back to whoever asked.
    const { client, msgId } = asked.get(body.in_reply_to);
    asked.delete(body.in_reply_to);
    send(client, { ...body, in_reply_to: msgId });
  } else {
    // A client asks: hand it on.
    asked.set(count, { client: src, msgId: body.msg_id });
    send("lin-kv", { ...body, msg_id: count });
    count += 1;
  }
});
