//! A plain text that the reader opens or drops: it becomes what a protocol works on.

use crate::Model;
use catalog::Entry;
use protocol::{Parameter, Phrase, Range};
use sim::Run;

/// A file whose name ends like this holds a text; a link may stand in one as well.
const ENDINGS: [&str; 5] = ["txt", "text", "md", "csv", "log"];
/// A parameter that takes less holds a line, and no text.
const TEXT_BYTES_MIN: u32 = 1_000;

/// Whether a file of this name holds a plain text.
pub(crate) fn is_text(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

impl Model {
    /// Starts a run over `text`, of the protocol that is shown if it takes one, else of the first that does; false if none does.
    pub(crate) fn open_text(&mut self, name: &str, text: &str) -> bool {
        let here = self.entry(self.session.about().id);
        let mut entries = here.into_iter().chain(self.entries);
        let Some((entry, parameter, bytes_max)) = entries.find_map(takes_text) else {
            return false;
        };
        let kept = beginning(text, bytes_max as usize);
        let mut run = if Some(entry.about.id) == here.map(|here| here.about.id) {
            self.session.new_run()
        } else {
            Run {
                protocol: entry.about.id.into(),
                behaviour: entry.about.behaviour,
                variant: sim::SOUND.into(),
                seed: 1,
                ..Run::default()
            }
        };
        run.config.insert(parameter.key.into(), kept.into());
        let whole = kept.len() == text.len();
        let did = Phrase::new(if whole {
            "ui.did.text"
        } else {
            "ui.did.text-beginning"
        });
        let did = did
            .text("name", name)
            .int("kept", kept.len() as u64)
            .int("all", text.len() as u64);
        self.start(&run, did);
        true
    }
}

/// The parameter of a protocol that takes a text, and how many bytes of one.
fn takes_text(entry: &'static Entry) -> Option<(&'static Entry, &'static Parameter, u32)> {
    let mut parameters = entry.about.parameters.iter();
    parameters.find_map(|parameter| match parameter.range {
        Range::Text { bytes_max } if bytes_max >= TEXT_BYTES_MIN => {
            Some((entry, parameter, bytes_max))
        }
        _ => None,
    })
}

/// As much of a text as `bytes_max` hold, up to the end of a word if there is one.
fn beginning(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let fits = &text[..text.floor_char_boundary(bytes_max)];
    match fits.rfind(char::is_whitespace) {
        Some(end) if end > 0 => fits[..end].trim_end(),
        _ => fits,
    }
}

#[cfg(test)]
mod tests {
    use super::{beginning, is_text};

    #[test]
    fn a_long_text_ends_with_a_word() {
        assert_eq!(beginning("one two", 7), "one two");
        assert_eq!(beginning("one two", 6), "one");
        assert_eq!(beginning("一二三", 7), "一二");
        assert_eq!(beginning("onetwo", 4), "onet");
    }

    #[test]
    fn texts_are_known_by_their_names() {
        assert!(is_text("jack.txt") && is_text("A.MD"));
        assert!(!is_text("run.json") && !is_text("txt") && !is_text("story.toml"));
    }
}
