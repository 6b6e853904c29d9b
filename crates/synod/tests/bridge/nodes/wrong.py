#!/usr/bin/env python3
"""A node that is wrong in the way that its argument names, for the checkers to find. Alone, with none, it is right."""
import json, os, sys, time

fault = sys.argv[1]
me, others, count, seen, store, lists = None, [], 0, [], {}, {}


def send(dest, **body):
    print(json.dumps({"src": me, "dest": dest, "body": body}), flush=True)


if fault == "dies-at-once":
    sys.exit(7)
if fault == "silent":
    for line in sys.stdin:
        pass
if fault == "noisy":
    print("this is no message", flush=True)
    print("this is free text", file=sys.stderr, flush=True)

for line in sys.stdin:
    message = json.loads(line)
    src, body = message["src"], message["body"]
    ok = {"type": body["type"] + "_ok", "in_reply_to": body.get("msg_id")}
    count += 1
    seventh = count % 7 == 0
    if body["type"] == "init":
        me = body["node_id"]
        others = [node for node in body["node_ids"] if node != me]
        send(src, **ok)
    elif body["type"] == "topology":
        send(src, **ok)
    elif body["type"] == "echo":
        if fault == "dies" and count > 5:
            os._exit(3)
        if fault == "unknown-destination":
            send("n99", type="hello")
        if fault == "noisy":
            print("x" * 70000, file=sys.stderr, flush=True)
        send(src, **ok, echo="what?" if fault == "echo" and seventh else body["echo"])
    elif body["type"] == "generate":
        send(src, **ok, id=count)  # every node counts by itself
    elif body["type"] == "broadcast":
        send(src, **ok)
        if not (fault == "loses" and seventh):
            seen.append(body["message"])
            for node in others:
                send(node, type="gossip", message=body["message"])
    elif body["type"] == "gossip":
        seen.append(body["message"])
    elif body["type"] == "add" and "delta" in body:
        store["sum"] = store.get("sum", 0) + body["delta"]  # nobody else learns of it
        send(src, **ok)
    elif body["type"] == "add":
        seen.append(body["element"])
        send(src, **ok)
    elif body["type"] == "read" and "key" in body:
        value = store.get(body["key"])  # its own, whatever others have
        if value is None:
            send(src, type="error", code=20, in_reply_to=body["msg_id"])
        else:
            send(src, **ok, value=value)
    elif body["type"] == "read":
        if fault == "counter":
            send(src, **ok, value=store.get("sum", 0))
        else:
            send(src, **ok, messages=seen, value=seen)
    elif body["type"] == "write":
        store[body["key"]] = body["value"]
        send(src, **ok)
    elif body["type"] == "cas":
        send(src, type="error", code=11, in_reply_to=body["msg_id"])
    elif body["type"] == "txn":
        steps = []
        for f, key, value in body["txn"]:
            if f == "append":
                lists.setdefault(key, []).append(value)
                steps.append([f, key, value])
            else:
                steps.append([f, key, list(lists.get(key, []))])
        if fault == "aborts" and seventh:  # it did it all the same
            send(src, type="error", code=30, in_reply_to=body["msg_id"])
        else:
            send(src, **ok, txn=steps)
    elif body["type"] == "send":
        log = lists.setdefault(body["key"], [])
        if not (fault == "log" and seventh):
            log.append([len(log), body["msg"]])
        send(src, **ok, offset=max(len(log) - 1, 0))
    elif body["type"] == "poll":
        msgs = {key: lists.get(key, [])[start:start + 4] for key, start in body["offsets"].items()}
        send(src, **ok, msgs={key: pairs for key, pairs in msgs.items() if pairs})
    elif body["type"] == "list_committed_offsets":
        send(src, **ok, offsets={})
    else:
        send(src, **ok)
