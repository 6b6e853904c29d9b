//! Whether what a file mentions is there: the protocol, its parameters, its nodes, its words. Says of each mistake where it
//! stands and what was probably meant.

use crate::select::{KINDS, without_article};
use crate::{Draft, Family, Mention, Mistake, Move, OTHERS, nearest};
use protocol::{Config, Parameter, Phrase};
use sim::{About, Playable, Run, SimError, WorldConfig};
use std::collections::BTreeSet;
use trace::{Language, Words};

/// Where protocols come from.
#[derive(Clone, Copy, Debug)]
pub struct Shelf {
    /// The ids of all.
    pub ids: fn() -> Vec<&'static str>,
    /// What one says of itself.
    pub about: fn(&str) -> Option<&'static About>,
    /// Opens a run at its beginning.
    pub open: fn(&Run) -> Result<Box<dyn Playable>, SimError>,
}

/// Compares `draft` with its protocol, from `shelf`.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn check(draft: &Draft, shelf: &Shelf) -> Result<(), Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let of = |wanted: fn(&Family) -> bool| {
        let mentions = draft.mentions.iter();
        mentions.filter(move |mention| wanted(&mention.family))
    };
    let Some(about) = (shelf.about)(&draft.scenario.protocol) else {
        let known = (shelf.ids)();
        let unknown = of(|family| matches!(family, Family::Protocol));
        mistakes.extend(unknown.map(|mention| no_such(mention, &known)));
        return Err(mistakes);
    };
    let words = words_of(about);
    let knowledge = Knowledge::new(draft, about, &words);
    // Without a cluster nobody knows the nodes: what opens it comes first.
    let opens = |family: &Family| matches!(family, Family::Variant | Family::Parameter(_));
    for mention in draft.mentions.iter().filter(|m| opens(&m.family)) {
        mistakes.extend(knowledge.mistake(mention));
    }
    let mut labels = None;
    if mistakes.is_empty() {
        match (shelf.open)(&draft.scenario.run(about.behaviour)) {
            Ok(world) => labels = Some(world.labels().to_vec()),
            Err(error) => {
                let place = of(|family| matches!(family, Family::Protocol)).map(|m| m.place);
                let place = place.into_iter().next().unwrap_or_default();
                mistakes.push(Mistake::new(place, error.phrase()));
            }
        }
    }
    for mention in draft.mentions.iter().filter(|m| !opens(&m.family)) {
        match (&mention.family, &labels) {
            (Family::Node | Family::Outside, Some(labels)) => {
                mistakes.extend(knowledge.node(mention, labels));
            }
            (Family::Node | Family::Outside, None) => {}
            _ => mistakes.extend(knowledge.mistake(mention)),
        }
    }
    mistakes.sort_by_key(|mistake| mistake.place);
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes)
    }
}

/// Compares what one predicate mentions with the protocol and the nodes of `world`.
///
/// # Errors
/// Every mistake, in the order of the text.
pub fn check_predicate(mentions: &[Mention], world: &dyn Playable) -> Result<(), Vec<Mistake>> {
    let words = words_of(world.about());
    let knowledge = Knowledge {
        about: world.about(),
        words: &words,
        names: BTreeSet::new(),
        grows: false,
    };
    let mistakes = mentions.iter().filter_map(|mention| match mention.family {
        Family::Node => knowledge.node(mention, world.labels()),
        _ => knowledge.mistake(mention),
    });
    let mut mistakes: Vec<Mistake> = mistakes.collect();
    mistakes.sort_by_key(|mistake| mistake.place);
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes)
    }
}

/// The words in which a protocol's names are looked for.
fn words_of(about: &'static About) -> Words {
    let mut words = Words::new(Language::English);
    let added = words
        .add(crate::words(Language::English))
        .and_then(|()| words.add((about.words)("en")));
    added.expect("words are lines of `key = template`: their tests read them");
    words
}

/// What is known of the protocol and of the names that the file gives.
struct Knowledge<'a> {
    about: &'static About,
    words: &'a Words,
    names: BTreeSet<&'a str>,
    /// Whether nodes join, so that more labels may come.
    grows: bool,
}

impl<'a> Knowledge<'a> {
    fn new(draft: &'a Draft, about: &'static About, words: &'a Words) -> Self {
        let moves = || draft.scenario.beats.iter().flat_map(|beat| &beat.moves);
        let names = moves().filter_map(|one| match one {
            Move::Let(names) => Some(names.iter().map(|(name, _)| name.as_str())),
            _ => None,
        });
        Self {
            about,
            words,
            names: names.flatten().collect(),
            grows: moves().any(|one| matches!(one, Move::Do(crate::Act::Add(_)))),
        }
    }

    fn mistake(&self, mention: &Mention) -> Option<Mistake> {
        let about = self.about;
        let among = |known: Vec<&str>| {
            let there = known.contains(&mention.name.as_str());
            (!there).then(|| no_such(mention, &known))
        };
        match &mention.family {
            Family::Protocol | Family::Node | Family::Outside => None,
            Family::Variant => among(about.variants.iter().map(|(id, _)| *id).collect()),
            Family::Topic => among(self.family("topic.", "")),
            Family::Parameter(value) => self.parameter(mention, value, false),
            Family::Live(value) => self.parameter(mention, value, true),
            Family::Role => among(self.roles()),
            Family::Kind => among(self.kinds()),
            Family::Timer => among(self.family("timer.", "")),
            Family::Operation(given) => {
                let spec = about.operations.iter().find(|spec| spec.id == mention.name);
                let Some(spec) = spec else {
                    return Some(no_such(
                        mention,
                        &about
                            .operations
                            .iter()
                            .map(|spec| spec.id)
                            .collect::<Vec<_>>(),
                    ));
                };
                let fields: Vec<_> = spec.fields.iter().map(|field| field.id).collect();
                (*given > fields.len()).then(|| {
                    Mistake::new(
                        mention.place,
                        Phrase::new("scenario.mistake.fields")
                            .text("op", mention.name.clone())
                            .int("given", *given as u64)
                            .int("most", fields.len() as u64)
                            .text("fields", fields.join(", ")),
                    )
                })
            }
            Family::Property => among(about.properties.iter().map(|known| known.id).collect()),
            Family::Sentence(family) if family == "message" => {
                among(self.family("message.", ".label"))
            }
            Family::Sentence(family) => {
                let prefix = format!("{family}.");
                let known = self.family(&prefix, "");
                let there = known.contains(&mention.name.as_str());
                (!there).then(|| no_such(mention, &known))
            }
            // Of a sentence that is not there, only that is said.
            Family::Value(key) if !self.words.has(key) => None,
            Family::Value(key) => among(slots(self.words.word(key))),
        }
    }

    /// The keys of a family, without what they have in common.
    fn family(&self, prefix: &str, suffix: &str) -> Vec<&str> {
        let keys = self.words.keys();
        let ids = keys.filter_map(|key| key.strip_prefix(prefix)?.strip_suffix(suffix));
        ids.filter(|id| !id.contains('.')).collect()
    }

    /// A node that is down has no role, only a word.
    fn roles(&self) -> Vec<&str> {
        let mut roles = self.family("role.", "");
        roles.retain(|role| *role != "down");
        roles
    }

    /// Kinds of messages are spelled as the source does, what messages carry is not a kind.
    fn kinds(&self) -> Vec<&str> {
        self.family("message.", "")
    }

    fn parameter(&self, mention: &Mention, value: &str, live: bool) -> Option<Mistake> {
        let known = || self.about.parameters.iter().chain(WorldConfig::PARAMETERS);
        let at = |what| Some(Mistake::new(mention.place, what));
        let parameter: Option<&Parameter> = known().find(|known| known.key == mention.name);
        let Some(parameter) = parameter else {
            let keys: Vec<_> = known().map(|known| known.key).collect();
            return Some(no_such(mention, &keys));
        };
        if let Err(error) = parameter.parse(value) {
            return at(error.phrase());
        }
        if live && !parameter.live {
            return at(Phrase::new("scenario.mistake.fixed").text("key", parameter.key));
        }
        None
    }

    fn node(&self, mention: &Mention, labels: &[String]) -> Option<Mistake> {
        let who = mention.name.as_str();
        let given = || {
            self.names
                .iter()
                .copied()
                .filter(|_| mention.family == Family::Node)
        };
        let role = |who: &str| {
            let id = who.replace(' ', "-");
            id != "down" && self.words.has(&format!("role.{id}"))
        };
        let joins = || {
            let number = who.strip_prefix('C').map(str::parse::<u16>);
            self.grows && matches!(number, Some(Ok(_)))
        };
        let there = match who.strip_prefix("every ") {
            Some(of) => KINDS.iter().any(|(kind, _)| *kind == of) || role(of),
            None => {
                who == OTHERS
                    || given().any(|name| name == who)
                    || labels.iter().any(|label| label == who)
                    || role(without_article(who))
                    || joins()
            }
        };
        if there {
            return None;
        }
        let labels = labels.iter().map(String::as_str);
        let known: Vec<&str> = labels.chain(given()).chain(self.roles()).collect();
        Some(no_such(mention, &known))
    }
}

/// "There is no such …; did you mean …?", and what there is.
fn no_such(mention: &Mention, known: &[&str]) -> Mistake {
    let given = mention.name.as_str();
    let phrase = match nearest(given, known.iter().copied()) {
        Some(meant) => Phrase::new("scenario.mistake.meant").text("meant", meant),
        None => Phrase::new("scenario.mistake.unknown"),
    };
    let known = if known.is_empty() {
        "–".to_owned()
    } else {
        known.join(", ")
    };
    let phrase = phrase
        .with("family", mention.family.word())
        .text("given", given)
        .text("known", known);
    Mistake::new(mention.place, phrase)
}

/// The names of the values of a template.
fn slots(template: &str) -> Vec<&str> {
    let slots = template.split('{').skip(1);
    let slots = slots.filter_map(|rest| rest.split_once('}'));
    let mut slots: Vec<&str> = slots
        .map(|(slot, _)| slot.split_once(':').map_or(slot, |(name, _)| name))
        .collect();
    slots.dedup();
    slots
}
