//! Texts, as the page opens them: logs with vector clocks, and traces.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzzing::shiviz(bytes);
});
