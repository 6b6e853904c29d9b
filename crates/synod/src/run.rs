//! `synod run`, `synod replay` and `synod url`: from arguments to a run, and from a run to what was asked for.

use crate::args::{GoalArgs, OutputArgs, ReplayArgs, RunArgs, UrlArgs};
use crate::error::{Ended, Error, tell};
use crate::input::{self, Found};
use crate::join::{Joining, join};
use crate::output::Output;
use crate::play::{Goal, Record, play};
use crate::story;
use crate::words::own;
use catalog::Entry;
use protocol::{Arg, Config, Parameter, Phrase};
use scenario::nearest;
use sim::{About, Run, SOUND, WorldConfig};
use std::collections::BTreeMap;

/// The seed of protocols with which the page does not open.
const SEED: u64 = 1;

/// Plays a protocol from its beginning, or a scenario.
pub(crate) fn run(args: &RunArgs) -> Result<Ended, Error> {
    if let Some(bridge) = &args.bridge {
        return join(&Joining {
            protocol: &args.what,
            bridge,
            nodes: &args.nodes,
            set: &args.set,
            variant: args.variant.as_deref().unwrap_or(SOUND),
            seed: args.seed,
        });
    }
    let Some(entry) = catalog::find(&args.what) else {
        return story::run(args);
    };
    let about = entry.about;
    if args.handout || args.notes {
        let flag = if args.handout { "--handout" } else { "--notes" };
        return Err(Error::Refused {
            place: Arg::Text(flag.into()),
            why: Phrase::new("cli.story-only"),
            about,
        });
    }
    let run = fresh(&args.what, args.variant.as_deref(), &args.set, args.seed)?;
    let mut world = (entry.open)(&run).map_err(|error| Error::Refused {
        place: Arg::Text(format!("synod run {}", args.what)),
        why: error.phrase(),
        about,
    })?;
    play(
        world.as_mut(),
        Goal::new(args.goal, None),
        &args.output,
        None,
    )
}

/// The run of this protocol that nobody has acted in.
pub(crate) fn fresh(
    protocol: &str,
    variant: Option<&str>,
    set: &[(String, String)],
    seed: Option<u64>,
) -> Result<Run, Error> {
    let about = entry(protocol)?.about;
    let variant = variant.unwrap_or(SOUND);
    known_variant(about, variant, Arg::Text(format!("--variant {variant}")))?;
    let home = catalog::home();
    let usual = if home.protocol == about.id {
        home.seed
    } else {
        SEED
    };
    Ok(Run {
        protocol: about.id.into(),
        behaviour: about.behaviour,
        variant: variant.into(),
        config: settings(about, set)?,
        seed: seed.unwrap_or(usual),
        edits: Vec::new(),
    })
}

/// Plays a link or a file again.
pub(crate) fn replay(args: &ReplayArgs) -> Result<Ended, Error> {
    let found = input::link_or_file(&args.source)?;
    play_again(found, args.goal, &args.output)
}

fn play_again(found: Found, goal: GoalArgs, output: &OutputArgs) -> Result<Ended, Error> {
    let Found { place, link } = found;
    let mut world = open(&place, &link.run)?;
    let current = world.about().behaviour;
    if link.run.behaviour != current {
        let note = Phrase::new("cli.behaviour")
            .with("place", place.clone())
            .int("made", link.run.behaviour.into())
            .text("protocol", link.run.protocol.clone())
            .int("now", current.into());
        tell(&own(output.language.get()), &note, &[]);
    }
    // A link to the beginning shows nothing yet: it is played like a new run.
    let step = (link.step > 0).then_some(link.step);
    let record = Record {
        place,
        step: link.step,
        digest: link.digest,
    };
    play(world.as_mut(), Goal::new(goal, step), output, Some(&record))
}

/// Prints the link to a saved run.
pub(crate) fn url(args: &UrlArgs) -> Result<(), Error> {
    let found = input::file(&args.file)?;
    // A link that nobody can open would be found out by the friend who gets it.
    open(&found.place, &found.link.run)?;
    let text = sim::encode_link(&found.link);
    let mut output = Output::open(None)?;
    match &args.base {
        Some(base) => {
            let base = base.split('#').next().unwrap_or(base);
            output.text(&format!("{base}#{text}\n"))?;
        }
        None => output.text(&format!("{text}\n"))?,
    }
    output.finish()
}

/// The protocol of this id.
pub(crate) fn entry(id: &str) -> Result<&'static Entry, Error> {
    known_protocol(id, Arg::Text(id.to_owned()))
}

/// A part of a place: "run.json: config `servers`".
fn within(place: &Arg, part: String) -> Arg {
    let within = Phrase::new("cli.within").with("place", place.clone());
    Arg::Phrase(Box::new(within.text("part", part)))
}

/// Opens a run that stands at `place`; what is wrong with it is said with its place.
pub(crate) fn open(place: &Arg, run: &Run) -> Result<Box<dyn sim::Playable>, Error> {
    let entry = known_protocol(
        &run.protocol,
        within(place, format!("protocol `{}`", run.protocol)),
    )?;
    let about = entry.about;
    known_variant(
        about,
        &run.variant,
        within(place, format!("variant `{}`", run.variant)),
    )?;
    let pairs: Vec<_> = run.config.clone().into_iter().collect();
    for (key, value) in &pairs {
        setting(about, key, value, &within(place, format!("config `{key}`")))?;
    }
    (entry.open)(run).map_err(|error| Error::Refused {
        place: place.clone(),
        why: error.phrase(),
        about,
    })
}

fn known_protocol(id: &str, place: Arg) -> Result<&'static Entry, Error> {
    catalog::find(id).ok_or_else(|| {
        let known = || catalog::entries().iter().map(|entry| entry.about.id);
        Error::Unknown {
            place,
            what: "cli.protocol",
            known: known().map(str::to_owned).collect(),
            meant: nearest(id, known()),
        }
    })
}

pub(crate) fn known_variant(about: &About, id: &str, place: Arg) -> Result<(), Error> {
    let known = || about.variants.iter().map(|(id, _)| *id);
    if known().any(|known| known == id) {
        return Ok(());
    }
    Err(Error::Unknown {
        place,
        what: "cli.variant",
        known: known().map(str::to_owned).collect(),
        meant: nearest(id, known()),
    })
}

/// The settings that differ from the defaults: equal runs have equal text.
pub(crate) fn settings(
    about: &'static About,
    set: &[(String, String)],
) -> Result<BTreeMap<String, String>, Error> {
    let mut config = BTreeMap::new();
    for (key, value) in set {
        let shown = protocol::beginning(value, 60);
        let place = Arg::Text(format!("--set {key}={shown}"));
        let (parameter, value) = setting(about, key, value, &place)?;
        if value == parameter.default {
            config.remove(key);
        } else {
            config.insert(key.clone(), value.to_string());
        }
    }
    Ok(config)
}

fn setting(
    about: &'static About,
    key: &str,
    value: &str,
    place: &Arg,
) -> Result<(&'static Parameter, protocol::Value), Error> {
    let mut known = about.parameters.iter().chain(WorldConfig::PARAMETERS);
    let parameter = known.clone().find(|parameter| parameter.key == key);
    let parameter = parameter.ok_or_else(|| Error::Unknown {
        place: place.clone(),
        what: "cli.parameter",
        meant: nearest(key, known.clone().map(|parameter| parameter.key)),
        known: known
            .by_ref()
            .map(|parameter| parameter.key.to_owned())
            .collect(),
    })?;
    let value = parameter.parse(value).map_err(|error| Error::Refused {
        place: place.clone(),
        why: error.phrase(),
        about,
    })?;
    Ok((parameter, value))
}
