//! Texts, as the page opens them: journals of a bridge.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzzing::journal(bytes);
});
