//! Histories from elsewhere, with verdicts that are known. The command line's tests read the same logs through its formats.

use crate::common::{linearizable, shared_cases};
use linearizability::{
    CasRegister, CasRegisterOp, KeyValue, KeyValueAction, KeyValueOp, Operation,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// An event of a compare-and-set register completes the operation that its client began.
fn register(events: &[Value]) -> Vec<Operation<CasRegisterOp<Value>>> {
    let mut history: Vec<Operation<CasRegisterOp<Value>>> = Vec::new();
    let mut begun = BTreeMap::new();
    for (at, event) in (0..).zip(events) {
        let client = event["client"].as_u64();
        let value = &event["value"];
        match event["type"].as_str() {
            Some("invoke") => {
                let op = match event["f"].as_str() {
                    Some("read") => CasRegisterOp::Read(None),
                    Some("write") => CasRegisterOp::Write(value.clone()),
                    _ => CasRegisterOp::Cas {
                        from: value[0].clone(),
                        to: value[1].clone(),
                        swapped: None,
                    },
                };
                begun.insert(client, history.len());
                history.push(Operation {
                    op,
                    invoked: at,
                    returned: None,
                });
            }
            Some("info") => {}
            kind => {
                let operation = &mut history[begun[&client]];
                operation.returned = Some(at);
                match &mut operation.op {
                    CasRegisterOp::Read(seen) => *seen = Some(value.clone()),
                    CasRegisterOp::Write(_) => {}
                    CasRegisterOp::Cas { swapped, .. } => *swapped = Some(kind == Some("ok")),
                }
            }
        }
    }
    history
}

#[test]
fn tiny_registers() {
    let Some(folder) = shared_cases() else { return };
    let text = std::fs::read_to_string(folder.join("tiny-register.jsonl")).unwrap();
    let mut cases = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let history = register(case["history"].as_array().unwrap());
        let initial = case["initial"].clone();
        let found = linearizable(&CasRegister { initial }, &history);
        assert_eq!(found, case["verdict"] == "ok", "{}", case["name"]);
        cases += 1;
    }
    assert_eq!(cases, 200);
}

/// Lines like `{:process 0, :type :ok, :f :get, :key "7", :value ""}`.
fn map(text: &str) -> Vec<Operation<KeyValueOp>> {
    let mut history: Vec<Operation<KeyValueOp>> = Vec::new();
    let mut begun = BTreeMap::new();
    for (at, line) in (0..).zip(text.lines()) {
        let quoted: Vec<&str> = line.split('"').collect();
        let process = line.split([' ', ',']).nth(1).unwrap().to_owned();
        let value = (*quoted.get(3).unwrap_or(&"")).to_owned();
        if line.contains(":type :invoke") {
            let action = if line.contains(":f :get") {
                KeyValueAction::Get(None)
            } else if line.contains(":f :put") {
                KeyValueAction::Put(value)
            } else {
                KeyValueAction::Append(value)
            };
            begun.insert(process, history.len());
            history.push(Operation {
                op: KeyValueOp {
                    key: quoted[1].into(),
                    action,
                },
                invoked: at,
                returned: None,
            });
        } else {
            let operation = &mut history[begun[&process]];
            operation.returned = Some(at);
            if let KeyValueAction::Get(seen) = &mut operation.op.action {
                *seen = Some(value);
            }
        }
    }
    history
}

/// By key and as one whole: [`linearizable`] compares the two.
#[test]
fn maps_by_key_and_whole() {
    let Some(folder) = shared_cases() else { return };
    for (file, expected) in [
        ("c01-ok.txt", true),
        ("c01-bad.txt", false),
        ("c10-ok.txt", true),
        ("c10-bad.txt", false),
    ] {
        let text = std::fs::read_to_string(folder.join("kv").join(file)).unwrap();
        assert_eq!(linearizable(&KeyValue, &map(&text)), expected, "{file}");
    }
}
