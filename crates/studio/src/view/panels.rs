//! The rest that opens and closes: branches, share, help, run until, toast, notice.

use super::{letter, moment};
use crate::keys;
use crate::show::{Branches, Button, Help, HelpRow, Notice, RunUntil, Share, Toast, Track};
use crate::{Deed, FileKind, LinkForm, Model, Msg, Until};
use protocol::{Hue, Phrase};
use sim::Branch;

/// The signs of the stage, and the words of what they mean.
const SIGNS: [(&str, &str); 18] = [
    ("◎", "ui.signs.leader"),
    ("◌", "ui.signs.candidate"),
    ("○", "ui.signs.follower"),
    ("▢", "ui.signs.client"),
    ("⬡", "ui.signs.balancer"),
    ("▮", "ui.signs.load"),
    ("◔", "ui.signs.timer"),
    ("●", "ui.signs.request"),
    ("✓", "ui.signs.granted"),
    ("✗", "ui.signs.refused"),
    ("·", "ui.signs.heartbeat"),
    ("⇒", "ui.signs.flow"),
    ("∙∙∙", "ui.signs.lost"),
    ("✶", "ui.signs.cut"),
    ("↓", "ui.signs.dropped"),
    ("◍", "ui.signs.bounced"),
    ("⌖", "ui.signs.held"),
    ("≠", "ui.signs.differs"),
];

impl Model {
    /// The branches that are listed: those in which somebody acted, the current one, and what they stand on.
    pub(crate) fn branches_shown(&self) -> Vec<Branch> {
        let here = self.session.playable.branch();
        let mut all = self.session.playable.branches();
        if !self.look.all_branches {
            let first = all.iter().map(|branch| branch.id).min();
            let beside = self.session.beside.as_ref();
            let beside = beside.and_then(|beside| beside.difference.branch);
            let parent = all.iter().find(|branch| branch.id == here);
            let parent = parent.and_then(|branch| branch.parent).map(|(id, _)| id);
            all.retain(|branch| {
                let id = Some(branch.id);
                branch.acted
                    || branch.id == here
                    || id == parent
                    || id == beside
                    || id == first && branch.parent.is_none()
            });
        }
        all
    }

    /// The branches.
    pub fn branches(&self) -> Branches {
        let here = self.session.playable.branch();
        let all = self.session.playable.branches().len();
        let shown = self.branches_shown();
        let folded = (all - shown.len()) as u64;
        let track = |branch: &Branch| Track {
            id: branch.id,
            letter: letter(branch.id),
            sentence: self.branch_name(branch),
            detail: match branch.parent {
                Some((parent, step)) => self.say(
                    &Phrase::new("ui.branches.detail")
                        .int("steps", branch.len)
                        .text("end", moment(branch.end_us))
                        .text("parent", letter(parent))
                        .int("step", step),
                ),
                None => self.say(
                    &Phrase::new("ui.branches.root-detail")
                        .int("steps", branch.len)
                        .text("end", moment(branch.end_us)),
                ),
            },
            current: branch.id == here,
            msg: Msg::SwitchBranch(branch.id),
            compare: (branch.id != here).then(|| self.compare_button(branch.id)),
        };
        let fold = if self.look.all_branches {
            Some(Phrase::new("ui.branches.fold"))
        } else {
            (folded > 0).then(|| Phrase::new("ui.branches.folded").int("n", folded))
        };
        Branches {
            tracks: shown.iter().map(track).collect(),
            fold: fold.map(|phrase| Button {
                pressed: Some(self.look.all_branches),
                ..self.button_of(&phrase, Msg::FoldBranches)
            }),
        }
    }

    /// A branch is named by what was done first in it, in the words of then; after a link, in the same words by its event.
    pub(super) fn branch_name(&self, branch: &Branch) -> String {
        let Some(first) = &branch.first else {
            return self.word("ui.branches.root");
        };
        match self.session.deeds.get(&branch.id) {
            Some(did) => self.say(did),
            None if branch.acted => self.say(&crate::deeds::of(first)),
            None => self.say(first),
        }
    }

    /// The share panel.
    pub fn share(&self) -> Share {
        let fragment = self.fragment();
        let note = match (&fragment, self.address.deed) {
            (None, _) => self.word(self.no_link()),
            (Some(_), Some(Deed::Copied)) => self.word("ui.share.copied"),
            (Some(_), Some(Deed::CopyRefused)) => self.word("ui.share.copy-refused"),
            (Some(text), None) => self.say(
                &Phrase::new("ui.share.holds")
                    .text("branch", letter(self.session.playable.branch()))
                    .int("step", self.steps().0)
                    .int("chars", text.len() as u64),
            ),
        };
        let file = |key, kind| self.button(key, Msg::SaveFile(kind));
        let fixed = self.session.playable.fixed().is_some();
        // What happened elsewhere is no run that could be played again.
        let run = (!fixed).then(|| file("ui.share.run", FileKind::Run));
        let copy = |key, form| Button {
            enabled: fragment.is_some(),
            ..self.button(key, Msg::CopyLink(form))
        };
        Share {
            note,
            all: self.address.all,
            all_label: self.word("ui.share.all"),
            copies: vec![
                copy("ui.share.copy", LinkForm::Address),
                copy("ui.share.frame", LinkForm::Frame),
            ],
            files: run
                .into_iter()
                .chain([
                    file("ui.share.trace", FileKind::Trace),
                    file("ui.share.transcript", FileKind::Transcript),
                    file("ui.share.shiviz", FileKind::Shiviz),
                ])
                .collect(),
            digest: self
                .say(&Phrase::new("ui.share.digest").text("digest", self.digest().to_string())),
            link: self.address_of_moment().unwrap_or_default(),
        }
    }

    /// Help: keys and signs.
    pub fn help(&self) -> Help {
        let row = |(keys, sentence): &(&str, &str)| HelpRow {
            keys: (*keys).into(),
            sentence: self.word(sentence),
        };
        Help {
            keys: keys::TABLE.iter().map(row).collect(),
            signs: SIGNS.iter().map(row).collect(),
            letters: Some(Button {
                pressed: Some(self.letters),
                ..self.button("ui.help.letters", Msg::SetLetters(!self.letters))
            }),
        }
    }

    /// *Run until…*.
    pub fn run_until_menu(&self) -> RunUntil {
        let hue = self.session.about().hue;
        let goal = |(until, key): (Until, &'static str)| {
            let phrase = match (until, hue) {
                (Until::Epoch, Hue::Neutral) => return None,
                (Until::Epoch, Hue::Epoch(word)) => Phrase::new(key).word("hue", word),
                _ => Phrase::new(key),
            };
            Some(self.button_of(&phrase, Msg::RunUntil(until)))
        };
        let stop = || self.button("ui.until.stop", Msg::StopRun);
        RunUntil {
            goals: Self::GOALS.into_iter().filter_map(goal).collect(),
            running: self.goal.as_ref().map(|goal| (self.progress(goal), stop())),
        }
    }

    /// What was just done, with its Undo.
    pub fn toast(&self) -> Option<Toast> {
        let toast = self.toast.as_ref()?;
        Some(Toast {
            sentence: self.say(&toast.phrase),
            refusal: toast.refusal,
            undo: toast.undo.then(|| self.button("ui.toast.undo", Msg::Undo)),
            opens: toast.opens.map(|menu| Button {
                help: self.word("ui.join.show-report"),
                ..self.button_of(&toast.phrase, Msg::Open(menu))
            }),
            dismiss: self.button("ui.toast.dismiss", Msg::DismissToast),
        })
    }

    /// Something that must be said before all else.
    pub fn notice(&self) -> Option<Notice> {
        let notice = self.notice.as_ref()?;
        // Nobody is led away from what is being presented.
        let home = (!self.is_presenting()).then(|| self.button("ui.notice.home", Msg::Home));
        let close = self.button("ui.notice.close", Msg::DismissNotice);
        Some(Notice {
            title: self.say(&notice.title),
            detail: self.say(&notice.detail),
            list: notice.list.iter().map(|what| self.say(what)).collect(),
            cure: self.say(&notice.cure),
            buttons: [close].into_iter().chain(home).collect(),
        })
    }
}
