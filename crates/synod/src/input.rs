//! Reading a run from whatever holds one: a page's address, a link's text, a run file, a trace. Knows nothing of playing it.

use crate::error::Error;
use protocol::{Arg, Name};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use sim::{Link, Run};
use std::io::{self, Read};
use std::path::Path;

/// The most characters of what cannot be read that an error repeats.
const SHOWN_CHARS_MAX: usize = 60;

/// What was read.
pub(crate) struct Found {
    /// What messages call the place.
    pub(crate) place: Arg,
    /// The run and where in it.
    pub(crate) link: Link,
}

/// Reads a link, or a file that holds one; `-` is the standard input.
pub(crate) fn link_or_file(source: &str) -> Result<Found, Error> {
    if source == "-" || Path::new(source).exists() {
        return file(source);
    }
    if source.contains('#') {
        return link(None, source);
    }
    // A link's text without its `#`, or a file name with an error in it: say both if it is neither.
    link(None, source).map_err(|error| match error {
        Error::Link { error, .. } => Error::Neither {
            text: protocol::beginning(source, SHOWN_CHARS_MAX),
            link: error,
        },
        other => other,
    })
}

/// Reads a file: a run, a trace, or the text of a link; `-` is the standard input.
pub(crate) fn file(path: &str) -> Result<Found, Error> {
    let (place, content) = content(path)?;
    text(place, &content)
}

/// What messages call a file, and its text; `-` is the standard input.
pub(crate) fn content(path: &str) -> Result<(Arg, String), Error> {
    let (place, content) = if path == "-" {
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text);
        (word("cli.stdin"), read.map(|_| text))
    } else {
        (Arg::Text(path.to_owned()), std::fs::read_to_string(path))
    };
    match content {
        Ok(content) => Ok((place, content)),
        Err(error) => Err(Error::Read(place, error)),
    }
}

/// Reads the text of a file, which messages call `place`.
pub(crate) fn text(place: Arg, text: &str) -> Result<Found, Error> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim().is_empty() && !text.trim_start().starts_with(['{', '[', '"']) {
        return link(Some(place), text.trim());
    }
    let probe: Probe = json(&place, text)?;
    let link = if probe.events.is_some() {
        if let Some(format) = probe.format.filter(|format| *format > trace::FORMAT.into()) {
            return Err(Error::Newer {
                path: place,
                format,
                known: trace::FORMAT,
            });
        }
        json::<TraceFile>(&place, text)?.link()
    } else if probe.protocol.is_some() {
        let run: Run = json(&place, text)?;
        Link {
            run,
            ..Link::default()
        }
    } else {
        json(&place, text)?
    };
    Ok(Found { place, link })
}

/// Reads a link, which stands in the file `place` or on the command line.
fn link(place: Option<Arg>, text: &str) -> Result<Found, Error> {
    let found = sim::decode_link(text);
    let link = found.map_err(|error| Error::Link {
        place: place.clone(),
        error,
    })?;
    Ok(Found {
        place: place.unwrap_or_else(|| word("cli.link")),
        link,
    })
}

fn json<T: DeserializeOwned>(path: &Arg, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Json {
        path: path.clone(),
        error,
    })
}

fn word(key: &'static str) -> Arg {
    Arg::Word(key.into())
}

/// Enough of a file to know which kind it is.
#[derive(Deserialize)]
struct Probe {
    format: Option<u64>,
    protocol: Option<IgnoredAny>,
    events: Option<IgnoredAny>,
}

/// As much of a trace as it takes to play it again.
#[derive(Deserialize)]
struct TraceFile {
    run: Run,
    digest: Name,
    events: Vec<EventStep>,
}

#[derive(Deserialize)]
struct EventStep {
    step: u64,
}

impl TraceFile {
    fn link(self) -> Link {
        Link {
            run: self.run,
            step: self.events.last().map_or(0, |event| event.step),
            digest: Some(self.digest),
            branches: Vec::new(),
            place: 0,
            beside: None,
        }
    }
}
