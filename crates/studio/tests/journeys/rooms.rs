//! A class follows a presenter: two pages and the hub between them, without sockets.

use crate::reader::Reader;
use studio::{Command, Menu, Msg, RoomMsg, Setup, SocketCommand, SocketMsg, StoryMsg, Until};
use trace::{Language, NodeStatus};
use wire::room::{Cursor, FORMAT, FromHub, FromMember, Refusal, Role, Said};

/// A member's page, the socket by which it is in the room, and what it has said there.
struct Member {
    reader: Reader,
    socket: u32,
    said: Vec<FromMember>,
}

fn welcome(role: Role) -> FromHub {
    FromHub::Welcome {
        format: FORMAT,
        role,
        secret: (role == Role::Presenter).then(|| "the secret".into()),
        follow_token: (role == Role::Presenter).then(|| "give&away".into()),
    }
}

impl Member {
    /// A page that dials the room named by `address`.
    fn dials(address: &str) -> Self {
        let reader = Reader::with(Setup {
            address: address.into(),
            page: "http://127.0.0.1:7400/".into(),
            ..Setup::default()
        });
        Self {
            reader,
            socket: 0,
            said: Vec::new(),
        }
        .dialled()
        .0
    }

    /// Takes the socket that was opened last, and where to.
    fn dialled(mut self) -> (Self, String) {
        let mut opened = None;
        for command in std::mem::take(&mut self.reader.commands) {
            if let Command::Socket(SocketCommand::Open { socket, address }) = command {
                opened = Some((socket, address));
            }
        }
        let (socket, address) = opened.expect("a socket is opened");
        self.socket = socket;
        (self, address)
    }

    fn tells(&mut self, msg: impl FnOnce(u32) -> SocketMsg) {
        let msg = msg(self.socket);
        self.reader.does(Msg::Socket(msg));
    }

    fn hears(&mut self, frame: &FromHub) {
        let text = frame.line();
        self.tells(|socket| SocketMsg::Text { socket, text });
    }

    fn enters(address: &str, role: Role) -> Self {
        let mut member = Self::dials(address);
        member.tells(SocketMsg::Opened);
        member.hears(&welcome(role));
        member.hears(&FromHub::Room {
            presenter: true,
            followers: 1,
        });
        member
    }

    fn presents() -> Self {
        Self::enters("present=class&token=whole", Role::Presenter)
    }

    fn follows() -> Self {
        Self::enters("follow=class&token=part", Role::Follower)
    }

    /// What it said to the hub since it was asked last.
    fn frames(&mut self) -> Vec<FromMember> {
        let mut frames = Vec::new();
        for command in std::mem::take(&mut self.reader.commands) {
            if let Command::Socket(SocketCommand::Say { text, .. }) = command {
                frames.push(FromMember::read(&text).expect("a frame"));
            }
        }
        self.said.extend(frames.iter().cloned());
        frames
    }

    fn fragment(&self) -> String {
        let run = self.reader.model.link().run;
        serde_json::to_string(&run).expect("JSON")
    }
}

/// Lets so much time pass at both pages; what the presenter says reaches the follower as it would by a hub.
fn pass(presenter: &mut Member, follower: &mut Member, ms: u64) {
    for _ in 0..ms.div_ceil(20) {
        presenter.reader.waits(20);
        for frame in presenter.frames() {
            if let FromMember::Cursor(cursor) = frame {
                follower.hears(&FromHub::Cursor(cursor));
            }
        }
        follower.reader.waits(20);
    }
}

fn invited(member: &Member) -> Option<String> {
    member
        .reader
        .model
        .caption()
        .invite
        .map(|invite| invite.label)
}

#[test]
fn the_address_of_an_invitation_leads_into_the_room() {
    let reader = Reader::with(Setup {
        address: "follow=class-7&token=a%26b".into(),
        page: "http://127.0.0.1:7400/".into(),
        ..Setup::default()
    });
    let member = Member {
        reader,
        socket: 0,
        said: Vec::new(),
    };
    let (mut member, address) = member.dialled();
    assert_eq!(address, "ws://127.0.0.1:7400/room/class-7?token=a%26b");
    member.tells(SocketMsg::Opened);
    assert_eq!(member.frames(), [FromMember::Follow]);
    member.hears(&welcome(Role::Follower));
    assert!(
        member
            .reader
            .announced()
            .contains(&"You follow in the room class-7")
    );
    assert_eq!(
        member.reader.model.header().room.expect("a chip").label,
        "Nobody presents"
    );
}

#[test]
fn whoever_presents_is_told_the_address_to_give_away() {
    let mut presenter = Member::presents();
    assert_eq!(
        presenter.frames()[..1],
        [FromMember::Present { secret: None }]
    );
    assert_eq!(
        presenter.reader.model.room().invitation,
        "http://127.0.0.1:7400/#follow=class&token=give%26away"
    );
    // The token with which one presents does not stay in the address; the follower's does, and leads back into the room.
    let opened = |address: &str| {
        let mut reader = Reader::with_address(address);
        reader.waits(1_500);
        let addresses = reader.addresses();
        addresses.last().map(|last| (*last).to_owned())
    };
    let last = opened("present=class&token=whole").expect("another address");
    assert!(sim::decode_link(&last).is_ok(), "{last}");
    assert_eq!(opened("follow=class&token=part&hub=h:1"), None);
}

#[test]
fn a_follower_sees_the_presenters_run_step_and_faults() {
    let (mut presenter, mut follower) = (Member::presents(), Member::follows());
    presenter.reader.does(Msg::Pause);
    presenter.reader.runs_until(Until::Leader);
    pass(&mut presenter, &mut follower, 400);
    assert_eq!(follower.reader.step(), presenter.reader.step());
    assert_eq!(
        follower.reader.model.digest(),
        presenter.reader.model.digest()
    );

    presenter.reader.does(Msg::CrashLeader);
    let (leader, _) = crate::reader::leader(&follower.reader.model).expect("one leads");
    pass(&mut presenter, &mut follower, 400);
    assert_eq!(follower.fragment(), presenter.fragment());
    let node = &follower.reader.model.frame().nodes[leader.index()];
    assert_eq!(node.status, NodeStatus::Crashed);

    // Back in time, and into another parameter.
    presenter.reader.does(Msg::SeekStep(3));
    pass(&mut presenter, &mut follower, 400);
    assert_eq!(follower.reader.step(), 3);
    presenter.reader.does(Msg::NewRun { seed: Some(99) });
    presenter.reader.does(Msg::Pause);
    pass(&mut presenter, &mut follower, 400);
    assert_eq!(follower.reader.model.link().run.seed, 99);
    assert_eq!(invited(&follower), None, "it has not moved by itself");
}

#[test]
fn a_follower_plays_along_and_never_ahead() {
    let (mut presenter, mut follower) = (Member::presents(), Member::follows());
    pass(&mut presenter, &mut follower, 300);
    let mut moved = 0;
    for _ in 0..150 {
        let before = follower.reader.step();
        pass(&mut presenter, &mut follower, 40);
        let (here, there) = (follower.reader.step(), presenter.reader.step());
        assert!(here <= there, "{here} is ahead of {there}");
        assert!(there - here <= 24, "{here} is far behind {there}");
        assert!(follower.reader.model.is_playing());
        moved += u64::from(here > before);
    }
    assert!(moved > 10, "it plays event by event: {moved}");
    presenter.reader.does(Msg::Pause);
    pass(&mut presenter, &mut follower, 300);
    assert_eq!(follower.reader.step(), presenter.reader.step());
    assert!(!follower.reader.model.is_playing());
}

#[test]
fn whoever_moves_looks_around_alone_and_comes_back() {
    let (mut presenter, mut follower) = (Member::presents(), Member::follows());
    presenter.reader.does(Msg::Pause);
    presenter.reader.runs_until(Until::Leader);
    pass(&mut presenter, &mut follower, 400);
    // What moves nothing leaves nobody behind.
    follower.reader.does(Msg::SetLanguage(Language::Chinese));
    follower.reader.does(Msg::Open(Menu::Properties));
    follower.reader.does(Msg::Close);
    follower.reader.does(Msg::SetLanguage(Language::English));
    assert_eq!(invited(&follower), None);

    follower.reader.does(Msg::Back);
    assert_eq!(invited(&follower).as_deref(), Some("Back to the presenter"));
    let chip = follower.reader.model.header().room.expect("a chip");
    assert_eq!(chip.label, "By yourself");
    let alone = follower.reader.step();
    presenter.reader.does(Msg::Step);
    pass(&mut presenter, &mut follower, 400);
    assert_eq!(follower.reader.step(), alone, "it stays where it went");

    // Even what it broke is left behind.
    follower.reader.does(Msg::CrashLeader);
    follower.reader.does(Msg::Room(RoomMsg::ComeBack));
    pass(&mut presenter, &mut follower, 400);
    assert_eq!(follower.reader.step(), presenter.reader.step());
    assert_eq!(
        follower.reader.model.digest(),
        presenter.reader.model.digest()
    );
    assert_eq!(invited(&follower), None);
}

#[test]
fn a_story_is_told_to_each_in_their_language() {
    let (mut presenter, mut follower) = (Member::presents(), Member::follows());
    follower.reader.does(Msg::SetLanguage(Language::Chinese));
    presenter.reader.does(Msg::Story(StoryMsg::Open {
        protocol: "raft".into(),
        id: "leader-crash".into(),
    }));
    pass(&mut presenter, &mut follower, 600);
    let (there, here) = (
        presenter.reader.model.caption().sentence,
        follower.reader.model.caption().sentence,
    );
    assert_ne!(there, here);
    let mut cursors = presenter.said.iter().filter_map(|frame| match frame {
        FromMember::Cursor(Cursor {
            said: Some(said), ..
        }) => Some(said),
        _ => None,
    });
    let said: &Said = cursors.next_back().expect("the story's words");
    assert_eq!((&said.en, &said.zh), (&there, &here));
}

#[test]
fn the_link_travels_only_when_it_changes() {
    let mut presenter = Member::presents();
    presenter.reader.waits(3_000);
    presenter.reader.does(Msg::Pause);
    presenter.reader.does(Msg::SeekStep(1));
    presenter.reader.waits(300);
    let frames = presenter.frames();
    let cursors: Vec<_> = frames
        .iter()
        .filter_map(|frame| match frame {
            FromMember::Cursor(cursor) => Some(cursor),
            _ => None,
        })
        .collect();
    assert!(
        cursors.len() > 3 && cursors.len() <= 40,
        "{}",
        cursors.len()
    );
    let with: Vec<_> = cursors.iter().map(|cursor| cursor.link.is_some()).collect();
    assert_eq!(with.iter().filter(|with| **with).count(), 1, "{with:?}");
    assert!(with[0]);
    // Nothing changes: nothing is said.
    presenter.reader.waits(2_000);
    assert_eq!(presenter.frames(), []);
}

#[test]
fn a_lost_connection_is_dialled_again_and_the_presenter_takes_over_its_own_room() {
    let mut presenter = Member::presents();
    presenter.reader.waits(300);
    presenter.frames();
    presenter.tells(|socket| SocketMsg::Closed {
        socket,
        code: 1_006,
    });
    assert_eq!(
        presenter.reader.model.header().room.expect("a chip").label,
        "Room: no connection"
    );
    presenter.reader.waits(1_000);
    let (mut presenter, _) = presenter.dialled();
    presenter.tells(SocketMsg::Opened);
    let secret = Some("the secret".to_owned());
    assert_eq!(presenter.frames(), [FromMember::Present { secret }]);
    presenter.hears(&welcome(Role::Presenter));
    presenter.reader.waits(300);
    let again = presenter.frames();
    assert!(
        matches!(
            &again[..],
            [FromMember::Cursor(Cursor { link: Some(_), .. }), ..]
        ),
        "all of it is told again: {again:?}"
    );
}

#[test]
fn whoever_was_inside_dials_again_when_nobody_answers_in_time() {
    let mut follower = Member::follows();
    follower.tells(|socket| SocketMsg::Closed {
        socket,
        code: 1_006,
    });
    for pause_ms in [1_000, 2_000, 4_000] {
        follower.reader.waits(pause_ms);
        (follower, _) = follower.dialled();
        follower.tells(SocketMsg::Opened);
        // The hub lets it connect, and says nothing.
        follower.reader.waits(8_100);
        assert_eq!(
            follower.reader.model.header().room.expect("a chip").label,
            "Room: no connection"
        );
    }
    follower.reader.waits(8_000);
    let (mut follower, _) = follower.dialled();
    follower.tells(SocketMsg::Opened);
    follower.hears(&welcome(Role::Follower));
    let room = follower.reader.model.header().room.expect("a chip");
    assert_ne!(room.label, "Room: no connection");
}

#[test]
fn what_does_not_let_one_in_is_said() {
    let refused = |member: &Member| member.reader.model.room().refusal;
    for (code, said) in [
        (Refusal::Taken, "Somebody else presents"),
        (Refusal::FollowOnly, "only follow"),
        (Refusal::Full, "no place left"),
        (Refusal::Rooms, "as many rooms"),
    ] {
        let mut member = Member::dials("present=class&token=t");
        member.tells(SocketMsg::Opened);
        member.hears(&FromHub::Error {
            code,
            text: String::new(),
        });
        let why = refused(&member);
        assert!(why.contains(said), "{why}");
        assert!(member.reader.model.header().room.is_none());
    }
    let mut newer = Member::dials("follow=class&token=t");
    newer.tells(SocketMsg::Opened);
    let text = r#"{"type":"welcome","format":9,"role":"follower"}"#.to_owned();
    newer.tells(|socket| SocketMsg::Text { socket, text });
    assert!(refused(&newer).contains("version 9"), "{}", refused(&newer));

    let mut wrong = Member::dials("follow=class&token=t");
    wrong.tells(|socket| SocketMsg::Closed {
        socket,
        code: 1_006,
    });
    assert!(
        refused(&wrong).contains("Nobody answers"),
        "{}",
        refused(&wrong)
    );

    // A page that a bridge served knows where that is.
    let mut served = Reader::with(Setup {
        page: "http://127.0.0.1:7400/".into(),
        ..Setup::default()
    });
    served.does(Msg::Open(Menu::Room));
    assert_eq!(served.model.room().hub.value, "ws://127.0.0.1:7400");

    // A name that none can have, and no hub.
    let mut typed = Reader::at_home();
    typed.does(Msg::Open(Menu::Room));
    typed.does(Msg::Room(RoomMsg::Hub("ws://h:1".into())));
    typed.does(Msg::Room(RoomMsg::Name("my class".into())));
    typed.does(Msg::Room(RoomMsg::Follow));
    assert!(typed.model.room().refusal.contains("letters, digits"));
    typed.does(Msg::Room(RoomMsg::Name("class".into())));
    typed.does(Msg::Room(RoomMsg::Hub("ftp://h".into())));
    typed.does(Msg::Room(RoomMsg::Follow));
    assert!(typed.model.room().refusal.contains("ws://"));
}

#[test]
fn what_has_no_link_is_said_to_be_seen_by_nobody() {
    let mut presenter = Member::presents();
    presenter.reader.waits(300);
    presenter.frames();
    let text = "S1 {\"S1\":1}\nsends\n";
    presenter.reader.does(Msg::OpenFile {
        name: "small.log".into(),
        text: format!("(?<host>\\S*) (?<clock>{{.*}})\\n(?<event>.*)\n\n{text}"),
    });
    presenter.reader.waits(300);
    assert_eq!(presenter.frames(), []);
    let toast = presenter.reader.model.toast().expect("it is said");
    assert!(toast.sentence.contains("has no link"), "{}", toast.sentence);
}
