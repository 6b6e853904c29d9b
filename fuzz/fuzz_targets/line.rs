//! Lines of a node, whatever they hold: each is a message or is refused in words.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzzing::line(bytes);
});
