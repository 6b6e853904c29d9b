//! Lines of a node, whatever they hold: each is a message or is refused in words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maelstrom::hub::Hub;
use maelstrom::network::Weather;
use protocol::Distribution;

fuzz_target!(|bytes: &[u8]| {
    let weather = Weather {
        latency_us: Distribution::Uniform { min: 0, max: 10 },
        loss_permille: 100,
    };
    let mut hub = Hub::new(1, weather, vec!["n0".into(), "n1".into()], 100);
    hub.joined(0, "n0");
    for (line, now_us) in bytes.split(|byte| *byte == b'\n').zip(0..) {
        let _ = hub.line(now_us, "n0", line);
        hub.advance(now_us);
        while hub.next_effect().is_some() {}
    }
});
