//! Writing a run that was recorded as a scenario: every deed a beat, at its place, with its sentence; at the end what is broken.
//!
//! What is written is what [`crate::read`] reads. Knows the cluster by what it shows, and no particular protocol.

use crate::Messages;
use crate::select::KINDS;
use crate::sight::{Names, Sight};
use protocol::{Arg, Name, NodeId, Phrase, Verdict};
use sim::{Action, Playable, SimError};
use std::fmt::Write;
use toml_writer::{ToTomlValue, TomlStringBuilder};
use trace::Words;

/// What a run comes to.
#[derive(Clone, Copy, Debug)]
pub struct Broken<'a> {
    /// The promise, by its id.
    pub property: &'a str,
    /// The step that breaks it, or by which it should have come about.
    pub step: u64,
}

/// The text of a file that plays what the run of `world` plays up to `broken`. `world` stands at its beginning, and afterwards at the
/// end; `words` are those of its protocol and of scenarios, in English and in 简体中文.
///
/// # Errors
/// The run is shorter, or somebody did in it what a scenario cannot say.
pub fn write(
    world: &mut dyn Playable,
    broken: Broken<'_>,
    words: [&Words; 2],
) -> Result<String, SimError> {
    let mut beats = String::new();
    while world.step() < broken.step {
        world.advance().ok_or_else(|| untold(broken.step))?;
        let step = world.step();
        let Some((_, action)) = world.last_edit().filter(|(at, _)| *at == step) else {
            continue;
        };
        let us = world.now_us();
        let said = world.event(step).map(|event| event.stimulus_phrase());
        world.seek(step - 1)?;
        let deed = deed(world, &action).ok_or_else(|| untold(step))?;
        world.seek(step)?;
        let say = said.map(|said| say("say", &said, words, world.labels()));
        let say = say.unwrap_or_default();
        let before = step - 1;
        // It is written to a string.
        let _ = write!(
            beats,
            "\n[[beat]]\n{say}do = [\n  {{ at = {{ step = {before}, us = {us} }} }},\n  {{ {deed} }},\n]\n"
        );
    }
    let end = end(world, broken, words);
    Ok(head(world, broken, words) + &beats + &end)
}

fn untold(step: u64) -> SimError {
    SimError::refused(Phrase::new("scenario.found.untold").int("step", step))
}

/// Everything above the beats.
fn head(world: &dyn Playable, broken: Broken<'_>, words: [&Words; 2]) -> String {
    let run = world.run();
    let property = Arg::Word(format!("property.{}", broken.property).into());
    let violated: Vec<String> = violated(world).collect();
    let is_broken = violated.iter().any(|id| id == broken.property);
    let (topic, summary) = if is_broken {
        ("safety", "scenario.found.broken")
    } else {
        ("failures", "scenario.found.unmet")
    };
    let told = |field: &str, key| {
        let phrase = Phrase::new(key)
            .with("property", property.clone())
            .text("seed", run.seed.to_string());
        say(field, &phrase, words, world.labels())
    };
    let mut expected: Vec<String> = violated
        .iter()
        .map(|id| format!("{{ violated = {} }}", text(id)))
        .collect();
    if !is_broken {
        let id = text(broken.property);
        expected.push(format!("{{ not = {{ met = {id} }} }}"));
    }
    let mut out = format!("protocol = {}\n", text(&run.protocol));
    if run.variant != sim::SOUND {
        out += &format!("variant = {}\n", text(&run.variant));
    }
    out += &format!("topic = {}\n", text(topic));
    out += &told("title", "scenario.found.title");
    out += &told("summary", summary);
    out += &format!("seed = {}\n", run.seed);
    out += &format!("expect = [{}]\n", expected.join(", "));
    if !run.config.is_empty() {
        out += "\n[config]\n";
        let lines = run.config.iter();
        out.extend(lines.map(|(key, value)| format!("{key} = {}\n", text(value))));
    }
    out
}

/// The last beat: up to where it is broken.
fn end(world: &dyn Playable, broken: Broken<'_>, words: [&Words; 2]) -> String {
    let statuses = world.properties().into_iter();
    let how = statuses
        .filter(|status| status.property == broken.property)
        .find_map(|status| match status.verdict {
            Verdict::Violated(how) => Some(how),
            Verdict::Open | Verdict::Met => None,
        });
    let how = how.unwrap_or_else(|| {
        let property = Arg::Word(format!("property.{}", broken.property).into());
        Phrase::new("scenario.found.end-unmet").with("property", property)
    });
    let say = say("say", &how, words, world.labels());
    let (step, us) = (world.step(), world.now_us());
    format!("\n[[beat]]\n{say}do = {{ at = {{ step = {step}, us = {us} }} }}\n")
}

fn violated(world: &dyn Playable) -> impl Iterator<Item = String> {
    let statuses = world.properties().into_iter();
    statuses
        .filter(|status| matches!(status.verdict, Verdict::Violated(_)))
        .map(|status| status.property.into_owned())
}

/// A sentence in both languages, under the key `field`.
fn say(field: &str, phrase: &Phrase, words: [&Words; 2], labels: &[String]) -> String {
    let said = ["en", "zh"].into_iter().zip(words).map(|(code, words)| {
        // Braces name nodes in a scenario.
        let said = words
            .say(phrase, labels)
            .replace('{', "(")
            .replace('}', ")");
        format!("{field}.{code} = {}\n", text(&said))
    });
    said.collect()
}

/// What `action` is called in a `do`, done at the cursor; `None` if it cannot be said.
fn deed(world: &dyn Playable, action: &Action) -> Option<String> {
    let one = |node: &NodeId| world.labels().get(node.index()).map(|label| text(label));
    let all = |nodes: &[NodeId]| {
        let labels: Option<Vec<String>> = nodes.iter().map(one).collect();
        labels.map(|labels| format!("[{}]", labels.join(", ")))
    };
    let pick = |message: &Name| message_of(world, *message);
    Some(match action {
        Action::Deliver(name) => format!("deliver = {}", pick(name)?),
        Action::Drop(name) => format!("drop = {}", pick(name)?),
        Action::Duplicate(name) => format!("duplicate = {}", pick(name)?),
        Action::Hold(name) => format!("hold = {}", pick(name)?),
        Action::Release(name) => format!("release = {}", pick(name)?),
        Action::Fire { node, timer } => {
            let timer = text((world.about().timer)(*timer));
            format!("fire = {{ timer = {timer}, node = {} }}", one(node)?)
        }
        Action::Save(node) => format!("save = {}", one(node)?),
        Action::Arrive(node) => format!("arrive = {}", one(node)?),
        Action::Crash {
            node,
            keep: 0,
            torn: false,
        } => format!("crash = {}", one(node)?),
        Action::Crash { node, keep, torn } => {
            let node = one(node)?;
            format!("crash = {{ node = {node}, keep = {keep}, torn = {torn} }}")
        }
        Action::Restart(node) => format!("restart = {}", one(node)?),
        Action::Pause(node) => format!("pause = {}", one(node)?),
        Action::Resume(node) => format!("resume = {}", one(node)?),
        Action::Erase(node) => format!("erase = {}", one(node)?),
        Action::Remove(node) => format!("remove = {}", one(node)?),
        Action::Cut {
            from,
            to,
            both: true,
        } => format!("cut = [{}, {}]", all(from)?, all(to)?),
        Action::Cut { from, to, .. } => {
            format!("cut = {{ from = {}, to = {} }}", all(from)?, all(to)?)
        }
        Action::Heal => "heal = true".into(),
        Action::Skew {
            node,
            drift_ppm,
            offset_us,
        } => {
            let node = one(node)?;
            format!("skew = {{ node = {node}, drift_ppm = {drift_ppm}, offset_us = {offset_us} }}")
        }
        Action::Set { key, value } => format!("set = {{ {key} = {} }}", text(value)),
        Action::Ask { client, op, fields } => {
            let fields: Vec<String> = fields.iter().map(|field| text(field)).collect();
            let (client, op, fields) = (one(client)?, text(op), fields.join(", "));
            format!("ask = {{ client = {client}, op = {op}, fields = [{fields}] }}")
        }
        Action::Add(kind) => {
            let (id, _) = KINDS.iter().find(|(_, known)| known == kind)?;
            format!("add = {}", text(id))
        }
        // What it decides has no name outside of its protocol.
        Action::Choose { .. } => return None,
    })
}

/// The message of this name, with what shows which it is: where that alone would not do, its name as well.
fn message_of(world: &dyn Playable, name: Name) -> Option<String> {
    let names = Names::new();
    let sight = Sight::new(world, &names);
    let flights = sight.frame().flights.iter();
    let flight = flights.into_iter().find(|flight| flight.name == name)?;
    let label = |node: NodeId| world.labels().get(node.index()).cloned();
    let wanted = Messages {
        kind: Some(flight.view.kind.to_string()),
        from: Some(label(flight.from)?),
        to: Some(label(flight.to)?),
        ..Messages::default()
    };
    let first = sight.flights(&wanted).ok()?;
    let named = if first == [name] {
        String::new()
    } else {
        format!(", name = \"{name}\"")
    };
    Some(format!(
        "{{ kind = {}, from = {}, to = {}{named} }}",
        text(&wanted.kind?),
        text(&wanted.from?),
        text(&wanted.to?)
    ))
}

/// A text as TOML spells it.
fn text(text: &str) -> String {
    TomlStringBuilder::new(text).as_basic().to_toml_value()
}
