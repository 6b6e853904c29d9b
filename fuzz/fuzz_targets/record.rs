//! Lines of a journal, whatever they hold: each is a record that is written as it was read, or is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maelstrom::journal::Record;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = serde_json::from_slice::<Record>(bytes) {
        let line = serde_json::to_string(&record).unwrap();
        let again: Record = serde_json::from_str(&line).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), line);
    }
});
