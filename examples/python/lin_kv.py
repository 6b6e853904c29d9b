#!/usr/bin/env python3
"""A linearizable store that asks the bridge's own: synod bridge --workload lin-kv -- python3 examples/python/lin_kv.py"""
import json, os, sys

me, asked, count = None, {}, 0


def send(dest, body):
    print(json.dumps({"src": me, "dest": dest, "body": body}), flush=True)


for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    if body["type"] == "init":
        me = body["node_id"]
        send(message["src"], {"type": "init_ok", "in_reply_to": body["msg_id"]})
    elif "in_reply_to" in body:  # the store answers: hand it back to whoever asked
        client, msg_id = asked.pop(body["in_reply_to"])
        send(client, {**body, "in_reply_to": msg_id})
    else:  # a client asks: hand it on
        asked[count] = (message["src"], body["msg_id"])
        send("lin-kv", {**body, "msg_id": count})
        count += 1
    if "SYNOD_BRIDGE" in os.environ and me:  # what whoever watches sees beside this node
        send("synod", {"type": "view", "view": {"role": "proxy", "badges": [{"key": f"{len(asked)} open"}]}})
