//! A run as a link: JSON, deflated, in base64url behind the number of its format. A link made today opens after the format
//! evolves, or says why it cannot.

use crate::run::STEPS_MAX;
use crate::{Link, Playable, SimError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The format's number: what stands before the dot. Fields may be added without a new one.
const FORMAT: &str = "1";

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
/// [`SimError::BadLink`], which says what is wrong and what to do.
pub fn decode_link(text: &str) -> Result<Link, SimError> {
    let bad = |why: String| SimError::BadLink(why);
    let text = text.trim();
    if text.starts_with('{') {
        return from_json(text.as_bytes());
    }
    let text = text.rsplit_once('#').map_or(text, |(_, fragment)| fragment);
    let (format, body) = text.split_once('.').ok_or_else(|| {
        bad("this is not a link of Synod: it should read `1.` and then letters and digits; copy it again, whole".into())
    })?;
    if format != FORMAT {
        return Err(bad(match format.parse::<u32>() {
            Ok(number) => format!(
                "the link is of format {number}, and this version reads format {FORMAT}: open it with a newer version"
            ),
            Err(_) => format!(
                "`{}` is no format of a link; it should begin with `{FORMAT}.`",
                excerpt(format)
            ),
        }));
    }
    let packed = URL_SAFE_NO_PAD.decode(body).map_err(|error| {
        bad(format!(
            "the link is damaged ({error}): part of it may be missing; copy it again, whole"
        ))
    })?;
    let json = decompress_to_vec_with_limit(&packed, BYTES_MAX).map_err(|_| {
        bad("the link is damaged: it cannot be unpacked; part of it may be missing, so copy it again, whole".into())
    })?;
    from_json(&json)
}

fn from_json(json: &[u8]) -> Result<Link, SimError> {
    serde_json::from_slice(json).map_err(|error| {
        SimError::BadLink(format!(
            "this is not a run of Synod (line {}, column {}: {error})",
            error.line(),
            error.column()
        ))
    })
}

fn excerpt(text: &str) -> String {
    text.chars().take(12).collect()
}

/// Plays a cluster that `open` opened from `link.run` up to where the link points, grows its other branches, and says what does
/// not agree: a digest that is another, an older behaviour, edits that came to nothing.
///
/// # Errors
/// A step that the run does not reach.
pub fn open_link(cluster: &mut dyn Playable, link: &Link) -> Result<Vec<String>, SimError> {
    let mut remarks = Vec::new();
    let behaviour = cluster.about().behaviour;
    if link.run.behaviour != behaviour {
        remarks.push(format!(
            "the link was made with version {} of {}, and this is version {behaviour}: the run may take another course",
            link.run.behaviour, link.run.protocol
        ));
    }
    if link.step > STEPS_MAX {
        return Err(SimError::BadLink(format!(
            "the link points at step {}, and no more than {STEPS_MAX} are played to open one",
            link.step
        )));
    }
    while cluster.step() < link.step {
        if cluster.advance().is_none() {
            return Err(SimError::BeyondEnd(link.step, cluster.len()));
        }
    }
    if let Some(expected) = link.digest {
        let found = cluster.digest();
        if found != expected {
            remarks.push(format!(
                "the link expects digest {expected} at step {}, and this run has {found}",
                link.step
            ));
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
        remarks.push(format!(
            "the edit at {} µs came to nothing: {why}",
            edit.at_us
        ));
    }
    for edits in &link.branches {
        cluster.grow(edits.clone());
    }
    cluster.seek(link.step)?;
    Ok(remarks)
}
