//! Links: what is written is read, what is opened is what was shared, and what is damaged says so.

mod toy;

use proptest::prelude::*;
use sim::{Action, Difference, Edit, Link, Playable, decode_link, encode_link, open_link};
use std::collections::{BTreeMap, BTreeSet};
use toy::play::{cases, config, moves, open, play, run_of, snap};
use trace::Cause;

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_link_opens_where_it_was_made(
        seed: u64, config in config(), moves in moves(40), at: u16, more in moves(12), back: u16,
    ) {
        let mut cluster = open(&run_of(seed, &config));
        for m in &moves {
            play(&mut *cluster, m);
        }
        // A branch or two, so that there are others.
        let step = u64::from(back) % (cluster.len() + 1);
        cluster.seek(step).unwrap();
        cluster.fork();
        for m in &more {
            play(&mut *cluster, m);
        }
        cluster.seek(u64::from(at) % (cluster.len() + 1)).unwrap();
        let link = Link {
            run: cluster.run(),
            step: cluster.step(),
            digest: Some(cluster.digest()),
            branches: cluster.other_edits(),
            place: cluster.branch(),
            beside: (back % 2 == 0).then(|| Difference {
                branch: (back % 6 == 0).then_some(u32::from(back)),
                protocol: (back % 8 == 0).then(|| "another".to_owned()),
                variant: (back % 4 == 0).then(|| "other".to_owned()),
                config: config.clone(),
            }),
        };
        let text = encode_link(&link);
        prop_assert_eq!(&decode_link(&text).unwrap(), &link);
        prop_assert_eq!(&decode_link(&format!("https://example.org/#{text}")).unwrap(), &link);
        let read = decode_link(&text).unwrap();
        let mut opened = open(&read.run);
        let remarks = open_link(&mut *opened, &read).unwrap();
        prop_assert_eq!(remarks, Vec::new());
        prop_assert_eq!(&snap(&*opened), &snap(&*cluster));
        prop_assert_eq!(opened.run(), cluster.run());
        let all = |cluster: &dyn Playable| -> BTreeSet<Vec<Edit>> {
            let mut all: BTreeSet<_> = cluster.other_edits().into_iter().collect();
            all.insert(cluster.run().edits);
            all
        };
        prop_assert_eq!(all(&*opened), all(&*cluster));
        // Each branch has the id that it had, left an older one, and is named by the same act.
        prop_assert_eq!(opened.branch(), cluster.branch());
        let tree = |cluster: &mut dyn Playable| -> Vec<_> {
            let here = (cluster.branch(), cluster.step());
            let all = cluster.branches();
            let edits = all.iter().map(|branch| {
                cluster.switch(branch.id, None).unwrap();
                cluster.run().edits
            });
            let edits: Vec<_> = edits.collect();
            cluster.switch(here.0, Some(here.1)).unwrap();
            edits
        };
        prop_assert_eq!(tree(&mut *opened), tree(&mut *cluster));
        for branch in opened.branches() {
            prop_assert!(branch.parent.map_or(branch.id == 0, |(parent, _)| parent < branch.id), "{:?}", branch);
        }
        // Every edit of every branch has been taken, and the branches are as the first cluster had them.
        for branch in opened.branches() {
            opened.switch(branch.id, None).unwrap();
            prop_assert_eq!(opened.unmet_edits(), Vec::new());
            let run = opened.run();
            let acts = (1..=opened.len()).filter(|s| opened.event(*s).unwrap().cause == Cause::Choice).count();
            prop_assert_eq!(acts, run.edits.len());
        }
    }

    #[test]
    fn a_damaged_link_is_refused_with_a_sentence(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for text in [text.clone(), format!("1.{text}"), format!("#1.{text}"), format!("{{{text}"), String::from_utf8_lossy(&bytes).into_owned()] {
            if let Err(error) = decode_link(&text) {
                prop_assert!(error.to_string().len() > 10);
            }
        }
    }

    #[test]
    fn a_changed_link_opens_or_says_why_not(
        seed: u64, moves in moves(20), place: u16, with: u8, number: u64, inside: bool,
    ) {
        let config = BTreeMap::from([("save_us".to_owned(), "3000".to_owned())]);
        let mut cluster = open(&run_of(seed, &config));
        for m in &moves {
            play(&mut *cluster, m);
        }
        let link = Link {
            run: cluster.run(),
            step: cluster.step(),
            digest: Some(cluster.digest()),
            branches: vec![cluster.run().edits],
            place: u32::from(place) % 3,
            beside: None,
        };
        let text = if inside {
            // Within the JSON: a byte, or a number as a whole.
            let mut json = serde_json::to_vec(&link).unwrap();
            let place = usize::from(place) % json.len();
            if with % 2 == 0 {
                json[place] = with;
            } else if let Some(digit) = (place..json.len()).find(|at| json[*at].is_ascii_digit()) {
                let end = (digit..json.len()).find(|at| !json[*at].is_ascii_digit()).unwrap();
                json.splice(digit..end, number.to_string().into_bytes());
            }
            String::from_utf8_lossy(&json).into_owned()
        } else {
            let mut text = encode_link(&link).into_bytes();
            let place = usize::from(place) % text.len();
            text[place] = with % 128;
            String::from_utf8(text).unwrap()
        };
        let Ok(read) = decode_link(&text) else { return Ok(()) };
        // Longer runs are allowed, but not waited for here.
        let latest = read.run.edits.iter().chain(read.branches.iter().flatten()).map(|edit| edit.at_us).max();
        let waited_for = (5000..=20_000_000).contains(&read.step)
            || latest.is_some_and(|at_us| (5_000_000..=1 << 50).contains(&at_us));
        if !waited_for
            && let Ok(mut opened) = sim::open::<toy::Toy>(&read.run)
            && let Err(error) = open_link(&mut *opened, &read)
        {
            prop_assert!(error.to_string().len() > 10);
        }
    }
}

#[test]
fn what_stands_beside_a_run_is_the_run_but_for_the_difference() {
    let set = |key: &str| Edit {
        at_us: 5,
        rank: 0,
        after: Vec::new(),
        action: Action::Set {
            key: key.into(),
            value: "7".into(),
        },
    };
    let mut run = run_of(
        3,
        &BTreeMap::from([("save_us".to_owned(), "3000".to_owned())]),
    );
    run.edits = vec![set("save_us"), set("loss_permille")];
    let difference = Difference {
        config: BTreeMap::from([("save_us".to_owned(), "1".to_owned())]),
        ..Difference::default()
    };
    let other = difference.of(&run);
    assert_eq!(other.config["save_us"], "1");
    assert_eq!(other.edits, [set("loss_permille")]);
    assert_eq!((other.seed, &other.variant), (run.seed, &run.variant));
    assert_eq!(Difference::default().of(&run), run);
    let another = Difference {
        protocol: Some("another".into()),
        ..Difference::default()
    };
    let other = another.of(&sim::Run {
        variant: "broken".into(),
        ..run.clone()
    });
    assert_eq!((&*other.protocol, &*other.variant), ("another", sim::SOUND));
    // A link from before there were two runs has none beside it.
    let old = format!(
        "{{\"run\":{},\"step\":3}}",
        serde_json::to_string(&run).unwrap()
    );
    assert_eq!(decode_link(&old).unwrap().beside, None);
}
