//! Every broken variant is caught by the property that it breaks, where the sound protocol keeps all of them.

mod support;

use protocol::Protocol;
use rpc::Node;
use support::{play, run, trap, violated};

#[test]
fn each_breaks_what_it_says() {
    for variant in Node::VARIANTS {
        let Some(breaks) = variant.breaks else {
            continue;
        };
        let (config, edits) = trap(variant.id);
        let end = |variant: &str, seed| {
            let mut run = run(variant, seed, config);
            run.edits.clone_from(&edits);
            violated(&play(&run, 8_000_000))
        };
        let caught = (1..=5).filter(|seed| end(variant.id, *seed).contains(&breaks));
        let caught = caught.count();
        assert!(caught > 0, "{} is not caught by {breaks}", variant.id);
        for seed in 1..=5 {
            let sound = end(sim::SOUND, seed);
            assert_eq!(sound, Vec::<&str>::new(), "{} seed {seed}", variant.id);
        }
    }
}
