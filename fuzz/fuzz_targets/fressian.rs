//! Bytes, as the page opens them: the journal of Maelstrom's network.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzzing::fressian(bytes);
});
