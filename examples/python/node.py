#!/usr/bin/env python3
"""A node that echoes and broadcasts: synod bridge --workload broadcast -- python3 examples/python/node.py"""
import json, sys, threading, time

me, others, seen, lock = None, [], set(), threading.Lock()


def send(dest, **body):
    print(json.dumps({"src": me, "dest": dest, "body": body}), flush=True)


def gossip():  # again and again, so that what was lost arrives later
    while True:
        time.sleep(0.3)
        with lock:
            for node in others:
                send(node, type="gossip", messages=list(seen))


for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    ok = {"type": body["type"] + "_ok", "in_reply_to": body.get("msg_id")}
    with lock:
        if body["type"] == "init":
            me = body["node_id"]
            others = [node for node in body["node_ids"] if node != me]
            threading.Thread(target=gossip, daemon=True).start()
            send(src, **ok)
        elif body["type"] == "echo":
            send(src, **ok, echo=body["echo"])
        elif body["type"] == "topology":
            send(src, **ok)
        elif body["type"] == "broadcast":
            seen.add(body["message"])
            send(src, **ok)
        elif body["type"] == "gossip":
            seen.update(body["messages"])
        elif body["type"] == "read":
            send(src, **ok, messages=list(seen))
