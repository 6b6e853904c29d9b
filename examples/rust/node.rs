//! A node that answers echo and unique-ids, and hands a key-value store's requests on to the bridge's own:
//! `cargo build -p synod --example node`, then `synod bridge --workload lin-kv -- target/debug/examples/node`.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let (mut me, mut count) = (String::new(), 0u64);
    let mut asked: BTreeMap<u64, (Value, Value)> = BTreeMap::new();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line?)?;
        let (src, body) = (&message["src"], &message["body"]);
        let (dest, answer) = match body["type"].as_str().unwrap_or_default() {
            "init" => {
                me = body["node_id"].as_str().unwrap_or_default().to_owned();
                (
                    src.clone(),
                    json!({"type": "init_ok", "in_reply_to": body["msg_id"]}),
                )
            }
            "echo" => {
                let mut answer = body.clone();
                answer["type"] = "echo_ok".into();
                answer["in_reply_to"] = body["msg_id"].clone();
                (src.clone(), answer)
            }
            "generate" => {
                count += 1;
                let id = format!("{me}-{count}");
                let answer =
                    json!({"type": "generate_ok", "id": id, "in_reply_to": body["msg_id"]});
                (src.clone(), answer)
            }
            // The store answers: hand it back to whoever asked.
            _ if let Some((client, msg_id)) = body["in_reply_to"]
                .as_u64()
                .and_then(|id| asked.remove(&id)) =>
            {
                let mut answer = body.clone();
                answer["in_reply_to"] = msg_id;
                (client, answer)
            }
            // A client asks: hand it on.
            _ => {
                asked.insert(count, (src.clone(), body["msg_id"].clone()));
                let mut request = body.clone();
                request["msg_id"] = count.into();
                count += 1;
                ("lin-kv".into(), request)
            }
        };
        writeln!(out, "{}", json!({"src": me, "dest": dest, "body": answer}))?;
        out.flush()?;
    }
    Ok(())
}
