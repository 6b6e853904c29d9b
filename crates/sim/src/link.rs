//! A run as a link: JSON, deflated, in base64url behind the number of its format. A link made today opens after the format
//! evolves, or says why it cannot.

use crate::run::STEPS_MAX;
use crate::{Link, Playable, SimError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use protocol::{Arg, Name, Phrase};

/// The format's number: what stands before the dot. Fields may be added without a new one.
const FORMAT: u32 = 1;

/// A link whose text unpacks to more than this is refused: no honest run is as long.
const BYTES_MAX: usize = 16 << 20;

/// The text of `link`, for the part of a URL behind `#`.
///
/// # Panics
/// Never: a link is plain data.
pub fn encode_link(link: &Link) -> String {
    let json = serde_json::to_vec(link).expect("a link is plain data");
    format!(
        "{FORMAT}.{}",
        URL_SAFE_NO_PAD.encode(compress_to_vec(&json, 9))
    )
}

/// Reads the text of a link: all of a URL from `#` on, or the bare text, or JSON as files hold it.
///
/// # Errors
/// [`SimError::BadLink`], which says what is wrong, or [`SimError::NewerLink`].
pub fn decode_link(text: &str) -> Result<Link, SimError> {
    let text = text.trim();
    if text.starts_with('{') {
        return from_json(text.as_bytes());
    }
    let text = text.rsplit_once('#').map_or(text, |(_, fragment)| fragment);
    let (format, body) = text
        .split_once('.')
        .ok_or_else(|| SimError::bad_link(Phrase::new("error.link-foreign")))?;
    match format.parse() {
        Ok(FORMAT) => {}
        Ok(newer) if newer > FORMAT => return Err(SimError::NewerLink(newer, FORMAT)),
        _ => {
            let why = Phrase::new("error.link-format").text("found", excerpt(format));
            return Err(SimError::bad_link(why));
        }
    }
    let damaged = || SimError::bad_link(Phrase::new("error.link-damaged"));
    let packed = URL_SAFE_NO_PAD.decode(body).map_err(|_| damaged())?;
    let json = decompress_to_vec_with_limit(&packed, BYTES_MAX).map_err(|_| damaged())?;
    from_json(&json)
}

fn from_json(json: &[u8]) -> Result<Link, SimError> {
    serde_json::from_slice(json).map_err(|error| {
        let why = Phrase::new("error.no-run").text("detail", error.to_string());
        SimError::bad_link(why)
    })
}

fn excerpt(text: &str) -> String {
    text.chars().take(12).collect()
}

/// What does not agree between a link and the run that it opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remark {
    /// The link was made under another behaviour of the protocol: the run may take another course.
    Behaviour {
        /// The protocol's id.
        protocol: String,
        /// The behaviour's version when the link was made.
        made: u32,
        /// The version here.
        now: u32,
    },
    /// The digest is another.
    Digest {
        /// At which step.
        step: u64,
        /// What the link holds.
        expected: Name,
        /// What this run has.
        found: Name,
    },
    /// An edit came to nothing.
    Unmet {
        /// When it was due, in microseconds.
        at_us: u64,
        /// Why.
        why: SimError,
    },
}

impl Remark {
    /// The sentence, without a full stop, for the shared words and those of the protocol.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Behaviour {
                protocol,
                made,
                now,
            } => Phrase::new("remark.behaviour")
                .text("protocol", protocol.clone())
                .int("made", (*made).into())
                .int("now", (*now).into()),
            Self::Digest {
                step,
                expected,
                found,
            } => Phrase::new("remark.digest")
                .int("step", *step)
                .text("expected", expected.to_string())
                .text("found", found.to_string()),
            Self::Unmet { at_us, why } => Phrase::new("remark.unmet")
                .us("at", *at_us)
                .with("why", Arg::Phrase(Box::new(why.phrase()))),
        }
    }
}

/// Plays a cluster that `open` opened from `link.run` up to where the link points, grows its other branches, and says what does
/// not agree: a digest that is another, an older behaviour, edits that came to nothing.
///
/// # Errors
/// A step that the run does not reach.
pub fn open_link(cluster: &mut dyn Playable, link: &Link) -> Result<Vec<Remark>, SimError> {
    let mut remarks = Vec::new();
    let behaviour = cluster.about().behaviour;
    if link.run.behaviour != behaviour {
        remarks.push(Remark::Behaviour {
            protocol: link.run.protocol.clone(),
            made: link.run.behaviour,
            now: behaviour,
        });
    }
    if link.step > STEPS_MAX {
        let why = Phrase::new("error.link-far")
            .int("step", link.step)
            .int("most", STEPS_MAX);
        return Err(SimError::bad_link(why));
    }
    while cluster.step() < link.step {
        if cluster.advance().is_none() {
            return Err(SimError::BeyondEnd(link.step, cluster.len()));
        }
    }
    if let Some(expected) = link.digest {
        let found = cluster.digest();
        if found != expected {
            remarks.push(Remark::Digest {
                step: link.step,
                expected,
                found,
            });
        }
    }
    // The rest of the branch: what was its future when the link was made.
    let last = link.run.edits.iter().map(|edit| edit.at_us).max();
    while cluster.step() < STEPS_MAX
        && cluster
            .next_us()
            .is_some_and(|next_us| Some(next_us) <= last)
        && cluster.advance().is_some()
    {}
    for (edit, why) in cluster.unmet_edits() {
        remarks.push(Remark::Unmet {
            at_us: edit.at_us,
            why,
        });
    }
    cluster.grow(link.branches.clone(), link.place);
    cluster.seek(link.step)?;
    Ok(remarks)
}
