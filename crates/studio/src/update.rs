//! Every message and what it does: one line each; the work is done beside its concept.

use crate::play::Head;
use crate::{Command, Menu, Model, Msg, Tab, Target, Until};
use protocol::Phrase;

/// Whether `msg` acts upon the run, or opens what does.
const fn acts(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::Act(_)
            | Msg::Lever(_)
            | Msg::CrashOrRestart(_)
            | Msg::PauseOrResume(_)
            | Msg::CrashOrRestartSelected
            | Msg::PauseOrResumeSelected
            | Msg::CrashLeader
            | Msg::Cut(_)
            | Msg::Ask(_)
            | Msg::Compare(_)
            | Msg::Find(_)
            | Msg::FromHere(_)
            | Msg::SetParameter { .. }
            | Msg::TypeParameter { .. }
            | Msg::SelectVariant(_)
            | Msg::NewRun { .. }
            | Msg::Open(Menu::Ask | Menu::Compare | Menu::Find | Menu::FromHere | Menu::Parameters)
    )
}

impl Model {
    pub(crate) fn handle(&mut self, msg: Msg) {
        match msg {
            Msg::Tick { elapsed_us_real } => self.tick(elapsed_us_real),
            msg if self.goes_along()
                && !matches!(
                    msg,
                    Msg::Join(_) | Msg::Room(_) | Msg::Socket(_) | Msg::Open(_)
                ) =>
            {
                let before = self.place();
                self.handle_hand(msg);
                self.looks_around(before);
            }
            msg => self.handle_hand(msg),
        }
    }

    /// What somebody's hand did. Apart from what every frame does, so that the opening need not wait for this code.
    #[inline(never)]
    fn handle_hand(&mut self, msg: Msg) {
        match msg {
            Msg::Tick { .. } => {}
            // Nobody acts upon what happened elsewhere.
            msg if acts(&msg) && self.fixed().is_some() && !self.is_lever(&msg) => {
                self.refuse_fixed();
            }

            Msg::PlayPause if self.head.playing => self.pause(true),
            Msg::PlayPause => self.start_playing(),
            Msg::Pause => self.pause_to_choose(true),
            Msg::Step => self.step_forward(),
            Msg::Back => self.step_back(),
            Msg::NextMoment => self.run_until(Until::Moment),
            Msg::PreviousMoment => self.previous_moment(),
            Msg::NextOfNode => self.next_of_node(),
            Msg::PreviousOfNode => self.previous_of_node(),
            Msg::ToStart => self.seek(0),
            Msg::GoLive => self.go_live(),
            Msg::SeekStep(step) => self.seek(step),
            Msg::SeekTime(at_us) => self.seek_time(at_us),
            Msg::Slower => self.set_speed(self.head.speed.saturating_sub(1)),
            Msg::Faster => self.set_speed(self.head.speed + 1),
            Msg::SetSpeed(place) => self.set_speed(place as usize),
            Msg::RunUntil(until) => {
                self.look.menu = None;
                self.run_until(until);
            }
            Msg::StopRun => self.stop_run(),

            Msg::Act(action) => self.act(&action),
            Msg::Lever(lever) => self.lever(lever),
            Msg::UpNextMove(rows) => self.move_up_next(rows),
            Msg::UpNextSelect(key) => {
                self.pause_to_choose(true);
                self.look.row = Some(key);
                self.touch();
            }
            Msg::UpNextFold => {
                self.look.unfolded = !self.look.unfolded;
                self.touch();
            }
            Msg::CrashOrRestart(node) => self.crash_or_restart(node),
            Msg::PauseOrResume(node) => self.pause_or_resume(node),
            Msg::CrashOrRestartSelected => self.with_target(Self::crash_or_restart),
            Msg::PauseOrResumeSelected => self.with_target(Self::pause_or_resume),
            Msg::CrashLeader => self.crash_leader(),
            Msg::Cut(msg) => self.handle_cut(msg),
            Msg::Ask(msg) => self.handle_ask(msg),
            Msg::Compare(msg) => self.handle_compare(msg),
            Msg::Diagram(msg) => self.handle_diagram(msg),
            Msg::Find(msg) => self.handle_find(msg),
            Msg::FromHere(msg) => self.handle_from_here(msg),
            Msg::Film(msg) => self.handle_film(msg),
            Msg::Join(msg) => self.handle_join(msg),
            Msg::Room(msg) => self.handle_room(msg),
            Msg::Socket(msg) if self.is_for_room(&msg) => self.hear_room(msg),
            Msg::Socket(msg) => self.hear_joined(msg),
            Msg::SetParameter { key, value } => self.set_parameter(&key, &value),
            Msg::TypeParameter { key, text } => self.type_parameter(&key, &text),
            Msg::SelectVariant(id) => self.select_variant(id),
            Msg::NewRun { seed } => self.reseed(seed),
            Msg::SelectProtocol(id) => self.select_protocol(&id),
            Msg::Story(msg) => self.handle_story(msg),
            Msg::Present(msg) => self.handle_present(msg),
            Msg::Handout => self.make_handout(),
            Msg::Home => {
                let home = self.home.clone();
                self.notice = None;
                self.start(&home, Phrase::new("ui.did.home"));
            }
            Msg::Undo if self.bridge().is_some() => {
                self.refuse(Phrase::new("ui.join.no-undo"));
            }
            Msg::Undo => self.undo(),
            Msg::Redo => self.redo(),
            Msg::SwitchBranch(branch) => self.switch(branch, None),
            Msg::FoldBranches => {
                self.look.all_branches = !self.look.all_branches;
                self.touch();
            }

            Msg::SelectNode(node) => self.select_node(node),
            Msg::SelectMessage(message) => self.select_message(message),
            Msg::MoveNode { node, x, y } => {
                self.moved.insert(node, scene::Point::new(x, y));
            }
            Msg::Tab(tab) => self.open_tab(tab),
            Msg::Sheet(open) => {
                self.look.sheet = open;
                self.touch();
            }
            Msg::Open(menu) => self.open_menu(menu),
            Msg::Close => self.close_menu(),
            Msg::Why => self.why_told(),
            Msg::WhyOf(what) => self.ask_why(what),
            Msg::WhyBack => self.why_back(),
            Msg::WhyClose => {
                self.close_why();
                self.out.push(Command::Focus(Target::Stage));
            }
            Msg::ToggleRow(path) => {
                if !self.look.toggled.remove(&path) {
                    self.look.toggled.insert(path);
                }
                self.touch();
            }
            Msg::Events(msg) => self.handle_events(msg),
            Msg::History(msg) => self.handle_history(msg),
            Msg::FocusSearch => self.focus_search(),

            Msg::ShareAll(all) => {
                self.address.all = all;
                self.address.dirty();
                self.touch();
            }
            Msg::CopyLink(form) => self.copy_link(form),
            Msg::SaveFile(kind) => self.save_file(kind),
            Msg::OpenFile { name, text } => self.open_file(&name, &text),
            Msg::OpenBytes { name, bytes } => self.open_bytes(&name, &bytes),
            Msg::SeveralFiles(n) => {
                self.refuse(Phrase::new("ui.refused.several-files").int("n", n.into()));
            }
            Msg::Address(text) => self.open_address(text.trim_start_matches('#')),

            Msg::SetLanguage(language) => self.set_language(language),
            Msg::SetAppearance(appearance) => {
                self.appearance = appearance;
                self.out.push(Command::SetAppearance(appearance));
                self.touch();
            }
            Msg::SetLetters(letters) => {
                self.letters = letters;
                self.out.push(Command::SetLetters(letters));
                self.touch();
            }
            Msg::ReducedMotion(reduced) => {
                self.reduced_motion = reduced;
                self.touch();
            }
            Msg::DismissNotice => {
                self.notice = None;
                self.out.push(Command::Focus(Target::Stage));
                self.touch();
            }
            Msg::DismissToast => {
                self.toast = None;
                self.touch();
            }
            Msg::Done(deed) => self.done(deed),
        }
    }

    fn refuse_fixed(&mut self) {
        if let Some(why) = self.fixed() {
            let why = protocol::Arg::Phrase(Box::new(why));
            self.refuse(Phrase::new("ui.refused.because").with("why", why));
        }
    }

    fn start_playing(&mut self) {
        if self.has_question() {
            return self.pass_question();
        }
        self.stop_run();
        self.head.playing = true;
        self.look.menu = None;
        self.cutting = None;
        self.touch();
    }

    fn select_message(&mut self, message: Option<protocol::Name>) {
        self.look.message = message;
        if let Some(name) = message {
            // What moves cannot be read: touching it pauses.
            self.pause_to_choose(true);
            self.look.tab = Tab::UpNext;
            let mut rows = self.session.pending.iter();
            let row = rows.find(|row| row.message == Some(name));
            self.look.row = row.map(crate::acts::row_key);
            // A heartbeat hides in the fold.
            self.look.unfolded |= self.row_with_cursor().is_some_and(|row| row.faint);
        }
        self.touch();
    }

    fn open_tab(&mut self, tab: Tab) {
        self.look.tab = tab;
        self.look.sheet = true;
        if !self.head.playing {
            self.look_back();
        }
        self.read_page();
        self.touch();
    }

    pub(crate) fn open_menu(&mut self, menu: Menu) {
        self.pause_to_choose(false);
        self.address.deed = None;
        self.look.menu = Some(menu);
        if menu == Menu::Film {
            self.open_film();
        }
        if menu == Menu::Room {
            self.name_own_hub();
        }
        self.out.push(Command::Focus(Target::Menu(menu)));
        self.touch();
    }

    /// Closes what lies on top: the menu, else the cut mode, else the answer to *Why?*, else the toast.
    pub(crate) fn close_menu(&mut self) {
        if let Some(menu) = self.look.menu.take() {
            self.out.push(Command::Focus(Target::Opener(menu)));
        } else if self.escape_presenting() || self.cutting.take().is_some() {
        } else if self.close_why() {
            self.out.push(Command::Focus(Target::Stage));
        } else if self.diagram.on && self.diagram.picked.take().is_some() {
        } else {
            self.toast = None;
            self.look.sheet = false;
        }
        self.touch();
    }

    fn set_language(&mut self, language: trace::Language) {
        self.words = crate::words::for_session(language, &self.session);
        if let Some(beside) = &mut self.session.beside {
            beside.speak(language);
        }
        self.out.push(Command::SetLanguage(language));
        // Hits are of the words.
        self.handle_events(crate::EventsMsg::Search(self.events.query.clone()));
        self.touch();
    }

    fn move_up_next(&mut self, rows: i32) {
        self.pause_to_choose(true);
        let shown = self.up_next_keys();
        // With nothing chosen the cursor is on the first, which is marked as what comes next.
        let here = self.look.row.as_ref();
        let place = here.and_then(|here| shown.iter().position(|shown| shown == here));
        let moved = place.unwrap_or(0) as i64 + i64::from(rows);
        let last = shown.len().saturating_sub(1) as i64;
        self.look.row = shown.get(moved.clamp(0, last) as usize).cloned();
        self.look.tab = Tab::UpNext;
        if let Some(key) = self.look.row.clone() {
            self.out.push(Command::Focus(Target::UpNextRow(key)));
        }
        self.touch();
    }

    fn select_variant(&mut self, id: String) {
        let did = Phrase::new("ui.did.variant").with(
            "variant",
            protocol::Arg::Word(format!("variant.{id}").into()),
        );
        let run = sim::Run {
            variant: id,
            ..self.session.new_run()
        };
        self.start_again(&run, did);
    }

    fn reseed(&mut self, seed: Option<u64>) {
        let run = self.session.new_run();
        let seed = seed.unwrap_or_else(|| run.seed.wrapping_add(1));
        let did = Phrase::new("ui.did.new-run").int("seed", seed);
        self.start_again(&sim::Run { seed, ..run }, did);
    }

    fn select_protocol(&mut self, id: &str) {
        let Some(entry) = self.entry(id) else {
            let error = sim::SimError::OtherProtocol(id.to_owned());
            self.refuse(crate::acts::refusal(&error));
            return;
        };
        let run = if id == self.home.protocol {
            self.home.clone()
        } else {
            sim::Run {
                protocol: id.to_owned(),
                behaviour: entry.about.behaviour,
                variant: sim::SOUND.to_owned(),
                seed: 1,
                ..sim::Run::default()
            }
        };
        self.start(&run, Phrase::new("ui.did.protocol"));
        self.head = Head {
            playing: true,
            ..Head::new(self.session.about().pace_us)
        };
    }
}
