//! Links and files: what is written, how often, and what is said when one does not open as it was made.

use crate::model::NoticeState;
use crate::play::{Head, REAL_TIME_US};
use crate::session::Session;
use crate::travel::GOAL_EVENTS_MAX;
use crate::{Command, Deed, FileKind, Menu, Model, Until};
use protocol::{Arg, Name, Phrase};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sim::{Link, Run, SimError};
use trace::Document;

/// A longer fragment becomes a file.
pub(crate) const FRAGMENT_CHARS_MAX: usize = 8_000;
/// The address is written at most so often, in real microseconds.
const APART_US_REAL: u64 = 1_000_000;
/// Runs kept for undo.
const EARLIER_MAX: usize = 3;

/// How a link is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LinkForm {
    /// As an address.
    Address,
    /// As the HTML by which a slide or a page shows it within itself.
    Frame,
}

/// When the address is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressState {
    dirty: bool,
    last_us: Option<u64>,
    written: String,
    /// Whether the link carries all branches.
    pub(crate) all: bool,
    /// What came of copying the link.
    pub(crate) deed: Option<Deed>,
}

impl AddressState {
    pub(crate) const fn waits(&self) -> bool {
        self.dirty
    }

    pub(crate) const fn dirty(&mut self) {
        self.dirty = true;
        self.deed = None;
    }
}

/// Compact JSON with a line for every part. `serde_json` can, too, but would bring its writing of every type a second time
/// into what a visitor downloads.
fn indented(json: &[u8]) -> String {
    let mut out = Vec::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + 2 * depth, b' ');
    };
    for (at, &byte) in json.iter().enumerate() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            out.push(byte);
            continue;
        }
        let closes = |at: usize| matches!(json.get(at), Some(b'}' | b']'));
        if closes(at) && !matches!(json[at - 1], b'{' | b'[') {
            depth -= 1;
            line(&mut out, depth);
        }
        out.push(byte);
        match byte {
            b'"' => quoted = true,
            b':' => out.push(b' '),
            b',' => line(&mut out, depth),
            b'{' | b'[' if !closes(at + 1) => {
                depth += 1;
                line(&mut out, depth);
            }
            _ => {}
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// A trace document, as far as it opens a run.
#[derive(Deserialize)]
struct Recorded {
    run: Run,
    digest: Name,
    events: Vec<IgnoredAny>,
}

/// What stands for `{why}` in a sentence.
pub(crate) fn why(error: &SimError) -> Arg {
    Arg::Phrase(Box::new(error.phrase()))
}

impl Model {
    /// The digest of the run up to the cursor.
    pub fn digest(&self) -> Name {
        self.session.playable.digest()
    }

    /// What a link to this moment holds.
    pub fn link(&self) -> Link {
        let playable = &self.session.playable;
        let all = self.address.all || self.compares_branches();
        Link {
            run: playable.run(),
            step: playable.step(),
            digest: Some(playable.digest()),
            branches: if all {
                playable.other_edits()
            } else {
                Vec::new()
            },
            place: if all { playable.branch() } else { 0 },
            beside: self
                .session
                .beside
                .as_ref()
                .map(|beside| beside.difference.clone()),
        }
    }

    /// The fragment of a link to this moment; `None` if it is too long.
    pub(crate) fn fragment(&self) -> Option<String> {
        if self.session.playable.fixed().is_some() {
            // Nobody else has what happened elsewhere: a link could not bring it.
            return None;
        }
        let text = sim::encode_link(&self.link());
        (text.len() <= FRAGMENT_CHARS_MAX).then_some(text)
    }

    pub(crate) fn write_address_if_due(&mut self) {
        let last_us = self.address.last_us;
        let soon = last_us.is_some_and(|last_us| self.real_us - last_us < APART_US_REAL);
        // The address of whoever follows leads where they were invited.
        if !self.address.dirty || soon || self.goal.is_some() || self.goes_along() {
            return;
        }
        self.address.dirty = false;
        // Whoever follows a story comes back to the story; whoever left it or compares, to the run that they made.
        let story = self.session.story.as_ref();
        let named = story.filter(|_| self.session.follows() && !self.has_beside());
        let named = named.and_then(|story| story.address.clone());
        // An address that shows another moment would lie: a run that is too long for one leaves it bare.
        let text = named
            .clone()
            .or_else(|| self.fragment())
            .unwrap_or_default();
        if text != self.address.written {
            self.address.last_us = Some(self.real_us);
            self.address.written.clone_from(&text);
            self.out.push(match named {
                Some(name) => Command::NameStory(name),
                None => Command::ReplaceAddress(text),
            });
        }
    }

    /// The whole address of a link to this moment; `None` if it is too long.
    pub(crate) fn address_of_moment(&self) -> Option<String> {
        Some(format!("{}#{}", self.page, self.fragment()?))
    }

    /// What another page embeds this moment by. A fragment and an address hold no quotes.
    fn embedding(&self) -> Option<String> {
        let (page, fragment) = (&self.page, self.fragment()?);
        let title = self.session.about().title(self.language());
        Some(format!(
            "<iframe src=\"{page}?embed#{fragment}\" title=\"Synod: {title}\" width=\"960\" height=\"600\" \
             style=\"border: 0\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>"
        ))
    }

    /// Why there is no link to this moment.
    pub(crate) fn no_link(&self) -> &'static str {
        match self.session.playable.fixed() {
            Some(_) => "ui.share.recorded",
            None => "ui.share.too-long",
        }
    }

    pub(crate) fn copy_link(&mut self, form: LinkForm) {
        let text = match form {
            LinkForm::Address => self.address_of_moment(),
            LinkForm::Frame => self.embedding(),
        };
        match text {
            Some(text) => self.out.push(Command::Copy(text)),
            None => self.refuse(Phrase::new(self.no_link())),
        }
    }

    pub(crate) fn done(&mut self, deed: Deed) {
        if self.look.menu == Some(Menu::Find) {
            return self.found_copied(deed);
        }
        self.address.deed = Some(deed);
        let key = match deed {
            Deed::Copied => "ui.share.copied",
            Deed::CopyRefused => "ui.share.copy-refused",
        };
        let text = self.word(key);
        self.announce(text);
        self.touch();
    }

    pub(crate) fn save_file(&mut self, kind: FileKind) {
        self.pause(false);
        let link = self.link();
        let stem = format!(
            "synod-{}-{}-{}",
            link.run.protocol, link.run.seed, link.step
        );
        let (name, mime, text) = match kind {
            FileKind::Run => {
                let text = indented(&serde_json::to_vec(&link).unwrap_or_default());
                (format!("{stem}.synod.json"), "application/json", text)
            }
            FileKind::Trace => {
                let text = indented(&serde_json::to_vec(&self.document()).unwrap_or_default());
                (format!("{stem}.trace.json"), "application/json", text)
            }
            FileKind::Transcript => {
                let events = self.all_events();
                let (labels, rules) = (self.session.labels(), self.session.about().rules);
                let detail = trace::Detail::Lecture;
                let text = trace::transcript(&events, &self.words, labels, rules, detail);
                (format!("{stem}.txt"), "text/plain;charset=utf-8", text)
            }
            FileKind::Shiviz => {
                let events = self.all_events();
                let text = trace::shiviz(&events, &self.words, self.session.labels());
                let name = format!("{stem}.shiviz.log");
                (name, "text/plain;charset=utf-8", text)
            }
        };
        self.out.push(Command::Download { name, mime, text });
    }

    /// The events up to the cursor.
    fn all_events(&mut self) -> Vec<trace::Event> {
        let playable = &mut self.session.playable;
        let steps = 1..=playable.step();
        steps.filter_map(|step| playable.event(step)).collect()
    }

    /// Everything up to the cursor.
    fn document(&mut self) -> Document {
        let events = self.all_events();
        let playable = &self.session.playable;
        let (start, origin) = playable.recorded().unzip();
        Document {
            format: trace::FORMAT,
            run: origin.unwrap_or_else(|| serde_json::to_value(playable.run()).unwrap_or_default()),
            nodes: playable.labels().to_vec(),
            start,
            digest: playable.digest(),
            properties: playable.properties(),
            events,
        }
    }

    pub(crate) fn open_file(&mut self, name: &str, text: &str) {
        if name.to_ascii_lowercase().ends_with(".toml") {
            return self.read_story(name, text, None);
        }
        let link = match serde_json::from_slice::<Recorded>(text.as_bytes()) {
            Ok(recorded) => Ok(Link {
                run: recorded.run,
                step: recorded.events.len() as u64,
                digest: Some(recorded.digest),
                branches: Vec::new(),
                place: 0,
                beside: None,
            }),
            Err(_) => sim::decode_link(text),
        };
        let error = match link {
            Ok(link) => return self.open_link(link),
            Err(error) => error,
        };
        let about = |id: &str| self.entry(id).map(|entry| entry.about);
        let unread = match recording::read(text, &about) {
            Ok(read) => return self.open_recording(name, read),
            Err(unread) => unread,
        };
        // What is one but for a mistake says what that is.
        let error = match unread.is_it() {
            true => SimError::refused(unread.0),
            false if crate::text::is_text(name) && self.open_text(name, text) => return,
            false => error,
        };
        self.refuse_file(name, &error);
    }

    /// Opens what is no text; a text with letters of another encoding is read as far as it can be.
    pub(crate) fn open_bytes(&mut self, name: &str, bytes: &[u8]) {
        let unread = match recording::read_bytes(bytes) {
            Ok(read) => return self.open_recording(name, read),
            Err(unread) => unread,
        };
        if !unread.is_it() && crate::text::is_text(name) {
            return self.open_file(name, &String::from_utf8_lossy(bytes));
        }
        self.refuse_file(name, &SimError::refused(unread.0));
    }

    fn refuse_file(&mut self, name: &str, error: &SimError) {
        self.warn(
            Phrase::new("ui.notice.bad-file"),
            Phrase::new("ui.notice.file-detail")
                .text("name", name)
                .with("why", why(error)),
            Phrase::new("ui.notice.file-cure"),
        );
    }

    /// Shows what happened elsewhere, from its beginning; the run before stays reachable by undo.
    fn open_recording(&mut self, name: &str, read: recording::Read) {
        let recording::Read {
            recording, remark, ..
        } = read;
        let did = Phrase::new("ui.did.recording")
            .text("name", name)
            .int("events", recording.events().len() as u64);
        self.show_new(Session::of(Box::new(recording), false), did);
        self.head.playing = false;
        self.say_first_words();
        if let Some(remark) = remark {
            self.warn(
                Phrase::new("ui.notice.not-whole"),
                Phrase::new("ui.notice.file-detail")
                    .text("name", name)
                    .with("why", Arg::Phrase(Box::new(remark))),
                Phrase::new("ui.notice.not-whole-cure"),
            );
        }
    }

    pub(crate) fn open_address(&mut self, text: &str) {
        if text == self.address.written || text.is_empty() {
            return;
        }
        if crate::room::is_invitation(text) {
            return self.enter_named(text);
        }
        match sim::decode_link(text) {
            Ok(link) => self.open_link(link),
            Err(error) => {
                let cure = match error {
                    SimError::NewerLink(..) => "ui.notice.newer-cure",
                    _ => "ui.notice.link-cure",
                };
                let detail = Phrase::new("ui.notice.unreadable").with("why", why(&error));
                self.warn(Phrase::new("ui.notice.bad-link"), detail, Phrase::new(cure));
            }
        }
    }

    pub(crate) fn open_link(&mut self, link: Link) {
        let session = match Session::open(self.entries, &link.run, false) {
            Ok(session) => session,
            Err(error) => {
                let known: Vec<&str> = self.entries.iter().map(|entry| entry.about.id).collect();
                let (detail, cure) = match &error {
                    SimError::OtherProtocol(id) => (
                        Phrase::new("ui.notice.protocol").text("id", id.clone()),
                        Phrase::new("ui.notice.protocol-cure").text("known", known.join(", ")),
                    ),
                    SimError::UnknownVariant(id, known) => (
                        Phrase::new("ui.notice.variant").text("id", id.clone()),
                        Phrase::new("ui.notice.variant-cure").text("known", known.join(", ")),
                    ),
                    _ => (
                        Phrase::new("ui.notice.refused")
                            .with("why", self.why_of(&link.run.protocol, &error)),
                        Phrase::new("ui.notice.link-cure"),
                    ),
                };
                self.warn(Phrase::new("ui.notice.bad-link"), detail, cure);
                return;
            }
        };
        let before = self.swap(session);
        self.remember(before);
        // A branch is not there before the link's others have grown.
        let at_once = |difference: &&sim::Difference| difference.branch.is_none();
        if let Some(difference) = link.beside.as_ref().filter(at_once) {
            self.open_beside(difference);
        }
        self.head.playing = false;
        let mut goal = self.goal(Until::Step(link.step));
        goal.opening = Some(Box::new(link));
        self.goal = Some(goal);
        self.pursue();
    }

    /// The link's step is reached, or cannot be: what does not agree is said, and the rest of the link is grown.
    pub(crate) fn opened(&mut self, link: &Link) {
        self.check(link);
        let playable = &mut self.session.playable;
        let here = playable.step();
        // The rest of the branch: what was its future when the link was made.
        let last_us = link.run.edits.last().map_or(0, |edit| edit.at_us);
        for _ in 0..GOAL_EVENTS_MAX {
            let due = playable.next_us().is_some_and(|next_us| next_us <= last_us);
            if !due || playable.advance().is_none() {
                break;
            }
        }
        let unmet = playable.unmet_edits().len() as u64;
        playable.grow(link.branches.clone(), link.place);
        let _ = playable.seek(here);
        let branch = |difference: &&sim::Difference| difference.branch.is_some();
        if let Some(difference) = link.beside.as_ref().filter(branch) {
            self.open_beside(difference);
        }
        self.session.read_marks();
        self.stepped();
        self.say_first_words();
        if unmet > 0 && self.notice.is_none() {
            self.warn(
                Phrase::new("ui.notice.differs"),
                Phrase::new("ui.notice.unmet").int("n", unmet),
                Phrase::new("ui.notice.differs-cure"),
            );
        }
    }

    fn check(&mut self, link: &Link) {
        let (found, step) = (self.digest(), self.session.step());
        let (made, now) = (link.run.behaviour, self.session.about().behaviour);
        let detail = if step < link.step {
            Phrase::new("ui.notice.short")
                .int("step", link.step)
                .int("reached", step)
        } else if made != now {
            Phrase::new("ui.notice.behaviour")
                .with("protocol", self.title())
                .int("made", made.into())
                .int("now", now.into())
        } else if let Some(expected) = link.digest.filter(|digest| *digest != found) {
            Phrase::new("ui.notice.digest")
                .int("step", step)
                .text("expected", expected.to_string())
                .text("found", found.to_string())
        } else {
            return;
        };
        self.warn(
            Phrase::new("ui.notice.differs"),
            detail,
            Phrase::new("ui.notice.differs-cure"),
        );
    }

    pub(crate) fn warn(&mut self, title: Phrase, detail: Phrase, cure: Phrase) {
        self.notice = Some(NoticeState {
            title,
            detail,
            cure,
            list: Vec::new(),
        });
        self.touch();
    }

    /// Why a run of this protocol cannot be opened, in its own words: those of the page may be another's.
    fn why_of(&self, protocol: &str, error: &SimError) -> Arg {
        match self.entry(protocol) {
            Some(entry) if entry.about.id != self.session.about().id => {
                let words = crate::words::of(self.language(), entry.about);
                Arg::Text(words.say(&error.phrase(), &[]))
            }
            _ => why(error),
        }
    }

    /// Starts a new run; the one before stays reachable by undo.
    pub(crate) fn start(&mut self, run: &Run, did: Phrase) {
        let home = *run == self.home;
        match Session::open(self.entries, run, home) {
            Ok(session) => {
                self.show_new(session, did);
                self.head.playing = true;
                self.say_first_words();
            }
            Err(error) => {
                let why = self.why_of(&run.protocol, &error);
                self.refuse(Phrase::new("ui.refused.because").with("why", why));
            }
        }
    }

    /// Shows a run that was opened; the one before stays reachable by undo.
    pub(crate) fn show_new(&mut self, session: Session, did: Phrase) {
        let before = self.swap(session);
        self.remember(before);
        self.look.menu = None;
        self.say_done(did, true);
    }

    fn remember(&mut self, session: Session) {
        self.earlier.push(session);
        if self.earlier.len() > EARLIER_MAX {
            self.earlier.remove(0);
        }
    }

    /// Shows a run that was shown before, where it was left.
    pub(crate) fn show_session(&mut self, session: Session) {
        drop(self.swap(session));
        self.stepped();
    }

    /// Makes `session` the one that is shown; answers with the one before.
    fn swap(&mut self, session: Session) -> Session {
        if self.is_joined() {
            self.leave();
        }
        let speed = self.head.speed;
        let real = session.is_of_real_time();
        let same = session.about().id == self.session.about().id;
        let keeps_pace = same && !real && !self.session.is_of_real_time();
        let before = std::mem::replace(&mut self.session, session);
        if !same {
            self.forget_hunt();
        }
        let brings = |session: &Session| session.playable.brought().is_some();
        if !same || brings(&before) || brings(&self.session) {
            self.words = crate::words::for_session(self.language(), &self.session);
        }
        self.head = Head::new(if real {
            REAL_TIME_US
        } else {
            self.session.about().pace_us
        });
        if keeps_pace {
            self.head.speed = speed;
        }
        self.head.at_us = self.session.playable.now_us() as f64;
        self.events.forget();
        self.diagram.forget();
        self.telling = crate::caption::Telling::default();
        (self.goal, self.cutting, self.toast, self.redo) = (None, None, None, None);
        self.look.node = self
            .look
            .node
            .filter(|node| self.session.node(*node).is_some());
        self.look.message = None;
        self.look.toggled.clear();
        self.ask = crate::model::AskState::default();
        self.compare = crate::model::CompareState::default();
        self.address.dirty();
        self.read_page();
        self.touch();
        before
    }
}

#[cfg(test)]
mod tests {
    use super::indented;
    use serde_json::json;

    #[test]
    fn indented_as_serde_json_does() {
        let value = json!({"a": [], "b": {}, "c": [1, {"d": "\\\"}{][,:\\", "e": [[null], [{}]]}], "五": "台\\"});
        let compact = serde_json::to_vec(&value).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(indented(&compact), pretty);
    }
}
