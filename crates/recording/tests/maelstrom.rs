//! The journal of Maelstrom's network: a file that Clojure's own library wrote, and bytes of the published codes.

use recording::{Format, Read, Recording, read_bytes};
use serde_json::{Value, json};
use sim::Source;
use trace::{Fate, Outcome, Stimulus};

/// Written by `data/net-journal.clj` with the library that Maelstrom uses.
const JOURNAL: &[u8] = include_bytes!("data/net-journal.fressian");

fn whole(bytes: &[u8]) -> Recording {
    let Read {
        format,
        recording,
        remark,
    } = read_bytes(bytes).expect("a journal");
    assert_eq!((format, remark), (Format::Maelstrom, None));
    recording
}

fn wrong(bytes: &[u8]) -> String {
    read_bytes(bytes).expect_err("no journal").to_string()
}

/// The bodies that were sent, with what became of them.
fn sent(recording: &Recording) -> Vec<(Value, Fate)> {
    let outcomes = recording.events().iter().flat_map(|event| &event.outcomes);
    let sent = outcomes.filter_map(|outcome| match outcome {
        Outcome::Sent { message, fate, .. } => Some((message.body.clone()?, *fate)),
        _ => None,
    });
    sent.collect()
}

#[test]
fn what_clojure_wrote_is_read_to_the_last_value() {
    let recording = whole(JOURNAL);
    let labels = ["n0", "n1", "n10", "c0", "c2", "lin-kv"];
    assert_eq!(recording.labels(), labels);
    let sent = sent(&recording);
    assert_eq!(sent.len(), 65);
    let init =
        json!({"type": "init", "node_id": "n0", "node_ids": ["n0", "n1", "n10"], "msg_id": 1});
    assert_eq!(sent[0].0, init);
    let txn = json!({
        "type": "txn", "msg_id": 7, "txn": [["append", 9, 1], ["r", 9, null]],
        "ratio": 0.25, "none": null, "yes": true, "no": false,
    });
    assert_eq!(sent[2].0, txn);
    let gossip = json!({
        "type": "gossip", "messages": (0..20).collect::<Vec<_>>(), "text": "长 𝄞 text",
        "empty": {}, "nested": {"a": {"b": [1.0, 0.0, -1.5]}},
    });
    assert_eq!(sent[3], (gossip, Fate::Lost), "n10 never received it");
    assert_eq!(sent[4].0["from"], -2);
    assert_eq!(sent[5].0["text"], "long ".repeat(200));
    for (body, _) in &sent[6..24] {
        let number = match &body["value"] {
            Value::String(digits) => digits.clone(),
            number => number.to_string(),
        };
        assert_eq!(body["label"], number, "whole numbers of every length");
    }
    // More keys than have a code of one byte.
    for (nth, (body, _)) in sent[24..64].iter().enumerate() {
        assert_eq!(
            *body,
            json!({"type": format!("kind{nth}"), (format!("field{nth}")): nth})
        );
    }
    let last = json!({"type": "kind39", "field39": 1, "field0": 2});
    assert_eq!(sent[64].0, last);
    let arrived = sent
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Delivered(_)));
    assert_eq!(arrived.count(), 64);
    let mut times = recording.events().iter().map(|event| event.at_us);
    assert!(
        times.clone().is_sorted() && times.next_back() == Some((1_000_000 + 129 * 700_123) / 1_000)
    );
    let heard = |event: &&trace::Event| matches!(event.stimulus, Stimulus::Delivered(_));
    assert_eq!(recording.events().iter().filter(heard).count(), 64);
}

/// Bytes of one event whose body's only other field is `value`, already written.
fn with(value: &[u8]) -> Vec<u8> {
    let mut bytes =
        b"\xef\xdcev\x03\xca\xf7\xdesend\x05\xef\xddmsg\x04\x07\xdcn0\xdcn1\xc0\xed".to_vec();
    bytes.extend_from_slice(b"\xca\xf7\xdetype\xdbx\xca\xf7\xdbv");
    bytes.extend_from_slice(value);
    bytes.push(0xfd);
    bytes
}

#[test]
fn every_sort_of_value_is_read() {
    for (bytes, value) in [
        (&b"\xc1\xe6\x01\x02"[..], json!([1, 2])),
        (b"\xc9\xdba\xdbb", json!("a/b")),
        (b"\xc8\x7b\x00\x00\x00\x00\x01", json!(1_i64 << 40 | 1)),
        (
            b"\xc3\xd9\x10\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
            json!("000102030405060708090a0b0c0d0e0f"),
        ),
        (b"\xc6\xd1\xff", json!(-1)),
        (
            b"\xc6\xd9\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00",
            json!("18446744073709551616"),
        ),
        (b"\xc7\xd1\x01\x02", json!({"bigdec": ["01", 2]})),
        (b"\xb0\x03\x01\x02\x03", json!([1, 2, 3])),
        (b"\xf9\x3f\x00\x00\x00", json!(0.5)),
        (b"\xd8\x02ab\xd9\x01c", json!("616263")),
        (b"\xe2\x02ab\xe3\x01c", json!("abc")),
        (b"\xe2\x02ab\xdbc", json!("abc")),
        (
            b"\xec\x02\xff\xf8\x00\x00\x00\x00\x00\x00\x00\x09",
            json!([-1, 9]),
        ),
        (b"\xef\xdct1\x02\x01\x02", json!({"t1": [1, 2]})),
        (b"\xef\xdct1\x01\xf0\x02\x05", json!({"t1": [{"t1": [5]}]})),
        (b"\xe6\xcd\xdbq\x80", json!(["q", "q"])),
        (b"\xe6\xcd\xdbq\xcc\x00", json!(["q", "q"])),
        (b"\xc0\xe6\x01\xf5", json!({"1": true})),
        (b"\xfe\x01", json!(1)),
    ] {
        let recording = whole(&with(bytes));
        assert_eq!(sent(&recording)[0].0["v"], value, "{bytes:02x?}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    assert!(wrong(b"hello").contains("no journal that Maelstrom keeps"));
    let start = with(b"").len() - 1;
    for (value, said) in [
        (&b"\xf1"[..], format!("byte {start}: f1 begins no value")),
        (
            b"\x85",
            format!("byte {}: it refers to something", start + 1),
        ),
        (
            b"\xcd\xe5\x80",
            format!("byte {}: it refers to something", start + 3),
        ),
        (
            b"\xa5",
            format!("byte {}: it refers to something", start + 1),
        ),
        (
            b"\xec\xff",
            format!("byte {}: it refers to something", start + 1),
        ),
        (&[0xe5; 100], "it is nested too deeply".to_owned()),
        (b"\xe4", String::new()),
    ] {
        let bytes = with(value);
        match said.is_empty() {
            true => assert_eq!(whole(&bytes).len(), 1),
            false => assert!(wrong(&bytes).contains(&said), "{}", wrong(&bytes)),
        }
    }
    // A list that is cached again and again within a larger one: a few bytes that would fill every memory.
    let mut bomb = Vec::new();
    for level in 0..12_u8 {
        bomb.extend_from_slice(b"\xcd\xec\x3f");
        bomb.extend(std::iter::repeat_n(
            if level == 0 { 1 } else { 0x7f + level },
            63,
        ));
    }
    let mut value = b"\xec\x0c".to_vec();
    value.extend(bomb);
    assert!(wrong(&with(&value)).contains("takes too much memory"));
    let event = |bytes: &[u8]| [b"\xef\xdcev\x03", bytes].concat();
    assert!(wrong(&event(b"\x01\x02\x03")).contains("event 1, which ends at byte 8, is none"));
    assert!(wrong(&event(b"\x01")).contains("ends within its first event"));
    let second = [JOURNAL, b"\x05"].concat();
    assert!(wrong(&second).contains("event 130, which ends at byte 7048, is none"));
}

#[test]
fn an_end_that_was_not_written_is_left_out_and_said() {
    let Read {
        recording, remark, ..
    } = read_bytes(&JOURNAL[..JOURNAL.len() - 3]).expect("a journal");
    let remark = remark.expect("a remark");
    assert_eq!(remark.key, "remark.cut-short-event");
    assert_eq!(remark.args[0].1, protocol::Arg::Int(129));
    assert_eq!(
        sent(&recording)[64].1,
        Fate::Lost,
        "nobody knows that it arrived"
    );
    // A footer, as whoever closes a part writes one, changes nothing but what is remembered.
    let footer = b"\xcf\xcf\xcf\xcf\x00\x00\x00\x00\x00\x00\x00\x00";
    let twice = [JOURNAL, footer, JOURNAL].concat();
    assert_eq!(sent(&whole(&twice)).len(), 130);
}

#[test]
fn whatever_the_bytes_are_nothing_panics() {
    let mut state = 7_u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut read = 0;
    for _ in 0..3_000 {
        let mut bytes = JOURNAL[..200 + next(2_000)].to_vec();
        for _ in 0..1 + next(4) {
            let place = next(bytes.len());
            bytes[place] = next(256) as u8;
        }
        read += usize::from(read_bytes(&bytes).is_ok());
    }
    assert!(read > 100, "{read}");
}
