//! `synod list`: what there is to play, for a person and for a program.

use crate::args::ListArgs;
use crate::error::Error;
use crate::output::Output;
use crate::run::entry;
use crate::words::words_of;
use catalog::Entry;
use protocol::{Config, Parameter, Range};
use serde::Serialize;
use sim::WorldConfig;
use std::fmt::Write;
use trace::{Language, Words};

#[derive(Serialize)]
struct List {
    protocols: Vec<ProtocolItem>,
}

#[derive(Serialize)]
struct ProtocolItem {
    id: &'static str,
    title: String,
    behaviour: u32,
    variants: Vec<VariantItem>,
    scenarios: Vec<ScenarioItem>,
    properties: Vec<PropertyItem>,
    parameters: Vec<ParameterItem>,
}

#[derive(Serialize)]
struct VariantItem {
    id: &'static str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaks: Option<&'static str>,
}

#[derive(Serialize)]
struct ScenarioItem {
    id: &'static str,
    title: &'static str,
    summary: &'static str,
    topic: &'static str,
    topic_title: String,
    variant: &'static str,
    beats: usize,
}

#[derive(Serialize)]
struct PropertyItem {
    id: &'static str,
    title: String,
    kind: protocol::PropertyKind,
    source: String,
}

#[derive(Serialize)]
struct ParameterItem {
    #[serde(flatten)]
    parameter: &'static Parameter,
    title: String,
    help: String,
}

/// Lists the protocols.
pub(crate) fn list(args: &ListArgs) -> Result<(), Error> {
    let language = args.language.get();
    let mut output = Output::open(None)?;
    let entries: Vec<&Entry> = match &args.protocol {
        Some(id) => vec![entry(id)?],
        None => catalog::entries().iter().collect(),
    };
    let protocols: Vec<ProtocolItem> = entries
        .into_iter()
        .map(|entry| item(entry, language))
        .collect();
    if args.json {
        output.json(&List { protocols })?;
    } else {
        for protocol in &protocols {
            output.text(&text(protocol, args.protocol.is_some()))?;
        }
    }
    output.finish()
}

fn item(entry: &Entry, language: Language) -> ProtocolItem {
    let about = entry.about;
    let words = words_of(about, language);
    let word = |family: &str, id: &str| words.word(&format!("{family}.{id}")).to_owned();
    ProtocolItem {
        id: about.id,
        title: about.title(words.language()).to_owned(),
        behaviour: about.behaviour,
        variants: about
            .variants
            .iter()
            .map(|&(id, breaks)| VariantItem {
                id,
                title: word("variant", id),
                breaks,
            })
            .collect(),
        scenarios: entry
            .scenarios()
            .iter()
            .map(|scenario| ScenarioItem {
                id: &scenario.id,
                title: scenario.title.get(language),
                summary: scenario.summary.get(language),
                topic: &scenario.topic,
                topic_title: word("topic", &scenario.topic),
                variant: &scenario.variant,
                beats: scenario.beats.len(),
            })
            .collect(),
        properties: about
            .properties
            .iter()
            .map(|property| PropertyItem {
                id: property.id,
                title: word("property", property.id),
                kind: property.kind,
                source: words.property_source(property).to_owned(),
            })
            .collect(),
        parameters: about
            .parameters
            .iter()
            .chain(WorldConfig::PARAMETERS)
            .map(|parameter| parameter_item(parameter, &words))
            .collect(),
    }
}

fn parameter_item(parameter: &'static Parameter, words: &Words) -> ParameterItem {
    let key = format!("param.{}", parameter.key);
    let help = format!("{key}.help");
    ParameterItem {
        parameter,
        title: words.word(&key).to_owned(),
        help: words.word(&help).to_owned(),
    }
}

/// One protocol for a person: what can follow `synod run`, and with `whole` what can follow `--set`.
fn text(protocol: &ProtocolItem, whole: bool) -> String {
    let mut out = format!("{}  {}\n", protocol.id, protocol.title);
    let mut section = |name: &str, rows: Vec<(String, String)>| {
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n  {name}");
        let width = rows.iter().map(|(id, _)| id.chars().count()).max();
        let width = width.unwrap_or_default();
        for (id, title) in rows {
            let _ = writeln!(out, "    {id:width$}  {title}");
        }
    };
    section(
        "variants (--variant)",
        protocol
            .variants
            .iter()
            .map(|variant| {
                let breaks = variant
                    .breaks
                    .map_or_else(String::new, |breaks| format!(" ({breaks})"));
                (variant.id.to_owned(), format!("{}{breaks}", variant.title))
            })
            .collect(),
    );
    let mut topics: Vec<&str> = Vec::new();
    for scenario in &protocol.scenarios {
        if !topics.contains(&scenario.topic) {
            topics.push(scenario.topic);
        }
    }
    for topic in topics {
        let of_topic = || protocol.scenarios.iter().filter(|one| one.topic == topic);
        let title = of_topic().next().map_or(topic, |one| &one.topic_title);
        section(
            &format!("scenarios: {title}"),
            of_topic()
                .map(|scenario| (scenario.id.to_owned(), scenario.title.to_owned()))
                .collect(),
        );
    }
    if whole {
        section(
            "properties",
            protocol
                .properties
                .iter()
                .map(|property| {
                    let title = format!("{} [{}]", property.title, property.source);
                    (property.id.to_owned(), title)
                })
                .collect(),
        );
        section(
            "parameters (--set)",
            protocol
                .parameters
                .iter()
                .map(|item| {
                    let parameter = item.parameter;
                    let id = format!("{}={}", parameter.key, parameter.default);
                    let title = format!("{} [{}]", item.help, range(parameter.range));
                    (id, title)
                })
                .collect(),
        );
    }
    out.push('\n');
    out
}

fn range(range: Range) -> String {
    match range {
        Range::Int { min, max } => format!("{min}..{max}"),
        Range::Bool => "true, false".to_owned(),
        Range::Choice(choices) => choices.join(", "),
        Range::Text { bytes_max } => format!("text, at most {bytes_max} bytes"),
    }
}
