//! `synod run` with a scenario: one of the catalogue or a file of the user's own, read, checked, and played beat by beat.

use crate::args::{Format, RunArgs};
use crate::error::{Ended, Error, Wrong};
use crate::output::Output;
use crate::play::{detail, is_violated, write_end};
use crate::run::known_variant;
use crate::words::{opening, words_of};
use protocol::{Arg, Phrase};
use scenario::{Failure, Player, Scenario, Text, Tick, nearest};
use sim::Playable;
use std::path::Path;
use std::sync::Arc;
use trace::{Language, Transcript, Words};

/// A scenario, and what messages call the place where it stands.
pub(crate) struct Found {
    place: String,
    /// Whether it is a file, so that lines mean something.
    is_file: bool,
    pub(crate) scenario: Arc<Scenario>,
}

/// Plays the scenario that the arguments name.
pub(crate) fn run(args: &RunArgs) -> Result<Ended, Error> {
    let mut found = find(&args.what)?;
    let own = [
        (args.seed.is_some(), "--seed"),
        (!args.set.is_empty(), "--set"),
        (args.goal.steps.is_some(), "--steps"),
        (args.goal.until_us.is_some(), "--until-us"),
    ];
    if let Some((_, flag)) = own.iter().find(|(given, _)| *given) {
        return Err(Error::Brings {
            place: Arg::Text((*flag).into()),
        });
    }
    if let Some(variant) = &args.variant {
        Arc::make_mut(&mut found.scenario)
            .variant
            .clone_from(variant);
    }
    play(&found, args)
}

/// The scenario of this name, or in this file.
pub(crate) fn find(what: &str) -> Result<Found, Error> {
    let is_file = Path::new(what)
        .extension()
        .is_some_and(|extension| extension == "toml");
    if is_file {
        return file(what);
    }
    let (protocol, id) = match what.split_once('/') {
        Some((protocol, id)) => (Some(protocol), id),
        None => (None, what),
    };
    let entries = catalog::entries().iter();
    let entries = entries.filter(|entry| protocol.is_none_or(|wanted| entry.about.id == wanted));
    let named: Vec<_> = entries.filter_map(|entry| entry.scenario(id)).collect();
    match named.as_slice() {
        [only] => Ok(Found {
            place: what.into(),
            is_file: false,
            scenario: Arc::clone(only),
        }),
        [] => Err(unknown(what)),
        several => Err(Error::Ambiguous {
            place: Arg::Text(what.into()),
            known: several.iter().map(|one| full_id(one)).collect(),
        }),
    }
}

fn full_id(scenario: &Scenario) -> String {
    format!("{}/{}", scenario.protocol, scenario.id)
}

fn unknown(what: &str) -> Error {
    let mut known = Vec::new();
    for entry in catalog::entries() {
        known.push(entry.about.id.to_owned());
        known.extend(entry.scenarios().iter().map(|scenario| full_id(scenario)));
    }
    // What was typed may be an id alone: it is likened to the last part of what there is.
    let likened = |name: &String| match what.contains('/') {
        true => name.clone(),
        false => name.rsplit('/').next().unwrap_or(name).to_owned(),
    };
    let names: Vec<String> = known.iter().map(likened).collect();
    Error::Unknown {
        place: Arg::Text(what.into()),
        what: "cli.protocol-or-scenario",
        meant: nearest(what, names.iter().map(String::as_str)),
        known,
    }
}

/// Reads a file of the user's own.
fn file(path: &str) -> Result<Found, Error> {
    let place = || Arg::Text(path.into());
    let text = std::fs::read_to_string(path).map_err(|error| Error::Read(place(), error))?;
    let id = Path::new(path).file_stem();
    let id = id.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let mistakes = |found: Vec<scenario::Mistake>, about| {
        let wrong = |mistake: scenario::Mistake| Wrong {
            file: place(),
            line: mistake.place.line,
            column: mistake.place.column,
            what: mistake.what,
        };
        Error::Scenario {
            mistakes: found.into_iter().map(wrong).collect(),
            about,
        }
    };
    let draft = scenario::read(&id, &text).map_err(|found| mistakes(found, None))?;
    let about = catalog::find(&draft.scenario.protocol).map(|entry| entry.about);
    scenario::check(&draft, &catalog::SHELF).map_err(|found| mistakes(found, about))?;
    Ok(Found {
        place: path.into(),
        is_file: true,
        scenario: Arc::new(draft.scenario),
    })
}

fn play(found: &Found, args: &RunArgs) -> Result<Ended, Error> {
    let scenario = &found.scenario;
    let entry = crate::run::entry(&scenario.protocol)?;
    let about = entry.about;
    let variant = &scenario.variant;
    known_variant(about, variant, Arg::Text(format!("--variant {variant}")))?;
    let run = scenario.run(about.behaviour);
    let mut world = (entry.open)(&run).map_err(|error| Error::Refused {
        place: Arg::Text(found.place.clone()),
        why: error.phrase(),
        about,
    })?;
    let language = args.output.language.get();
    let words = words_of(about, language);
    let mut output = Output::open(args.output.out.as_deref())?;
    if args.handout {
        let world = world.as_mut();
        let html = handout::handout(scenario, world, &words, args.notes);
        let html = html.map_err(|failure| fails(found, &failure, world))?;
        output.text(&html)?;
        return output.finish().map(|()| Ended::Well);
    }
    let labels = world.labels().to_vec();
    let tells = args.output.format == Format::Transcript;
    let mut transcript =
        tells.then(|| Transcript::new(&words, &labels, about.rules, detail(&args.output)));
    if tells {
        let (title, summary) = (scenario.title.get(language), scenario.summary.get(language));
        output.text(&format!("{title}\n{summary}\n"))?;
        output.text(&opening(&words, about, &run))?;
    }
    let world = world.as_mut();
    let mut player = Player::new(Arc::clone(scenario));
    let mut told = 0;
    let ended = loop {
        match player.next(world) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(failure) => break Err(failure),
        }
        let beat = Beat {
            player: &player,
            world,
            words: &words,
        };
        let reveal = beat.reveal();
        if let Some(transcript) = &mut transcript {
            beat.open(args.notes, transcript);
        }
        let over = loop {
            let tick = player.tick(world);
            if let Some(transcript) = &mut transcript {
                tell(&mut told, world, transcript);
                output.text(&transcript.take())?;
            }
            match tick {
                Ok(Tick::Over) => break Ok(()),
                Ok(_) => {}
                Err(failure) => break Err(failure),
            }
        };
        if over.is_err() {
            break over;
        }
        if let (Some(transcript), Some(reveal)) = (&mut transcript, &reveal) {
            transcript.aside(reveal);
        }
    };
    write_end(world, &args.output, &words, transcript, &mut output)?;
    output.finish()?;
    match ended {
        Ok(()) if is_violated(world) => Ok(Ended::Violated),
        Ok(()) => Ok(Ended::Well),
        Err(failure) => Err(fails(found, &failure, world)),
    }
}

/// The beat that begins, as a transcript says it.
struct Beat<'a> {
    player: &'a Player,
    world: &'a dyn Playable,
    words: &'a Words,
}

impl Beat<'_> {
    /// Its place, its question with what there is to choose from, its words; with `notes`, those of whoever presents it.
    fn open(&self, notes: bool, transcript: &mut Transcript<'_>) {
        let place = Phrase::new("transcript.beat")
            .int("beat", self.player.beat() as u64)
            .int("beats", self.player.len() as u64);
        let mut said = Vec::new();
        if let Some(ask) = self.player.ask(self.world) {
            said.push(self.line("cli.asked", "question", &ask.say));
            for (n, choice) in (1..).zip(&ask.choices) {
                said.push(format!("  {n}. {}", choice.say.get(self.language())));
            }
            said.push(String::new());
        }
        let words = self.player.words(self.world);
        said.extend(words.map(|text| text.get(self.language()).to_owned()));
        let note = self.player.note(self.world).filter(|_| notes);
        said.extend(note.map(|note| self.line("cli.note", "note", &note)));
        let said = said.join("\n");
        let said = Some(said.trim_end()).filter(|said| !said.is_empty());
        transcript.heading(&self.words.say(&place, &[]), said);
    }

    /// Why each choice was right or wrong, the right one first: what is said once the beat has played.
    fn reveal(&self) -> Option<String> {
        let ask = self.player.ask(self.world)?;
        let mut choices: Vec<_> = (1..).zip(&ask.choices).collect();
        choices.sort_by_key(|(_, choice)| !choice.right);
        let lines = choices.into_iter().map(|(n, choice)| {
            let key = if choice.right {
                "cli.right"
            } else {
                "cli.wrong"
            };
            let phrase = Phrase::new(key)
                .int("n", n)
                .text("why", choice.why.get(self.language()));
            self.words.say(&phrase, &[])
        });
        Some(lines.collect::<Vec<_>>().join("\n"))
    }

    fn line(&self, key: &'static str, slot: &'static str, text: &Text) -> String {
        let phrase = Phrase::new(key).text(slot, text.get(self.language()));
        self.words.say(&phrase, &[])
    }

    const fn language(&self) -> Language {
        self.words.language()
    }
}

/// Tells the events that were not told yet.
fn tell(told: &mut u64, world: &mut dyn Playable, transcript: &mut Transcript<'_>) {
    while *told < world.step() {
        *told += 1;
        if let Some(event) = world.event(*told) {
            transcript.event(&event);
        }
    }
}

/// Why a scenario cannot be played to its end.
pub(crate) fn fails(found: &Found, failure: &Failure, world: &dyn Playable) -> Error {
    let place = match failure.line {
        Some(line) if found.is_file => format!("{}:{line}", found.place),
        _ => found.place.clone(),
    };
    Error::Story {
        place,
        why: Box::new(failure.phrase()),
        about: world.about(),
        labels: world.labels().to_vec(),
    }
}
