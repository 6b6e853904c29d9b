//! Lines of a journal, whatever they hold: each is a record that is written as it was read, or is refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzzing::record(bytes);
});
