//! Rooms: hundreds follow a presenter, some of them slowly; some come late; the presenter's connection breaks.

use crate::served::{Bridge, Socket, TOKEN};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};
use wire::room::{Cursor, FromHub, FromMember, Refusal, Role};

const ROOM_TOKEN: &str = "follow-only";
/// How many follow.
const CLASS: usize = 300;

async fn start() -> Bridge {
    Bridge::start(&["--room-token", ROOM_TOKEN]).await
}

async fn enter(bridge: &Bridge, room: &str, token: &str) -> Socket {
    let url = format!("ws://{}/room/{room}?token={token}", bridge.address);
    connect_async(url).await.unwrap().0
}

async fn say(socket: &mut Socket, frame: &FromMember) {
    socket.send(Message::text(frame.line())).await.unwrap();
}

async fn hear(socket: &mut Socket) -> FromHub {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), socket.next()).await;
        match next.expect("something was to come").unwrap().unwrap() {
            Message::Text(text) => return FromHub::read(&text).unwrap(),
            Message::Close(why) => panic!("closed: {why:?}"),
            _ => {}
        }
    }
}

/// The next frame that this makes something of.
async fn hear_a<T>(socket: &mut Socket, what: impl Fn(FromHub) -> Option<T>) -> T {
    loop {
        if let Some(it) = what(hear(socket).await) {
            return it;
        }
    }
}

async fn cursor(socket: &mut Socket) -> Cursor {
    let cursor = |frame| match frame {
        FromHub::Cursor(cursor) => Some(cursor),
        _ => None,
    };
    hear_a(socket, cursor).await
}

async fn refusal(socket: &mut Socket) -> (Refusal, String) {
    let error = |frame| match frame {
        FromHub::Error { code, text } => Some((code, text)),
        _ => None,
    };
    hear_a(socket, error).await
}

/// Waits until the room is so.
async fn hear_room(socket: &mut Socket, presenter: bool, followers: u64) {
    let now = FromHub::Room {
        presenter,
        followers,
    };
    hear_a(socket, |frame| (frame == now).then_some(())).await;
}

async fn follow(bridge: &Bridge) -> Socket {
    let mut socket = enter(bridge, "class", ROOM_TOKEN).await;
    say(&mut socket, &FromMember::Follow).await;
    let welcome = FromHub::Welcome {
        format: 1,
        role: Role::Follower,
        secret: None,
        follow_token: None,
    };
    assert_eq!(hear(&mut socket).await, welcome);
    socket
}

/// A presenter and the secret with which it can come back.
async fn present(bridge: &Bridge, secret: Option<&str>) -> (Socket, String) {
    let mut socket = enter(bridge, "class", TOKEN).await;
    let secret = secret.map(str::to_owned);
    say(&mut socket, &FromMember::Present { secret }).await;
    match hear(&mut socket).await {
        FromHub::Welcome {
            role: Role::Presenter,
            secret: Some(secret),
            follow_token: Some(token),
            ..
        } if token == ROOM_TOKEN => (socket, secret),
        other => panic!("no presenter: {other:?}"),
    }
}

fn at(step: u64, link: Option<&str>) -> Cursor {
    Cursor {
        link: link.map(str::to_owned),
        step,
        playing: step.is_multiple_of(2),
        speed: Some(1_000),
        ..Cursor::default()
    }
}

async fn point(socket: &mut Socket, cursor: Cursor) {
    say(socket, &FromMember::Cursor(cursor)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_follow_and_one_that_does_not_read_keeps_nobody_waiting() {
    let bridge = start().await;
    let (mut presenter, _) = present(&bridge, None).await;
    // It says that it follows, and reads nothing until the end, although whole links come to be sent to it.
    let mut slow = enter(&bridge, "class", ROOM_TOKEN).await;
    say(&mut slow, &FromMember::Follow).await;
    let mut class = Vec::new();
    for _ in 0..CLASS {
        class.push(follow(&bridge).await);
    }
    hear_room(&mut presenter, true, CLASS as u64 + 1).await;
    const STEPS: u64 = 400;
    let long = "a".repeat(wire::room::LINK_BYTES_MAX - 8);
    let follows: Vec<_> = class
        .into_iter()
        .map(|mut socket| {
            tokio::spawn(async move {
                let (mut link, mut heard, mut last) = (None, 0, 0);
                while last < STEPS {
                    let cursor = cursor(&mut socket).await;
                    assert!(cursor.step > last, "{} after {last}", cursor.step);
                    assert_eq!(
                        (cursor.playing, cursor.speed),
                        (cursor.step.is_multiple_of(2), Some(1_000))
                    );
                    (last, heard) = (cursor.step, heard + 1);
                    link = cursor.link.or(link);
                }
                assert!(link.is_some_and(|link| link.ends_with("end")));
                heard
            })
        })
        .collect();
    // As many links as fit into what the system keeps for somebody who does not read, many times over.
    for step in 1..STEPS {
        let link = step.is_multiple_of(4).then(|| format!("{long}{step}"));
        let link = link.or_else(|| (step == 1).then(|| "first".into()));
        point(&mut presenter, at(step, link.as_deref())).await;
    }
    point(&mut presenter, at(STEPS, Some("the end"))).await;
    let mut all = Vec::new();
    for one in follows {
        all.push(one.await.unwrap());
    }
    eprintln!(
        "of {STEPS} cursors {:?} were heard",
        all.iter().min()..=all.iter().max()
    );
    // The slow one begins to read: it missed the most, and ends where all are.
    let mut heard = 0;
    let last = loop {
        let cursor = cursor(&mut slow).await;
        heard += 1;
        if cursor.step == STEPS {
            break cursor;
        }
    };
    assert_eq!(last.link.as_deref(), Some("the end"));
    assert!(heard < STEPS, "{heard}");
}

#[tokio::test]
async fn a_newcomer_hears_everything_at_once_and_the_presenter_comes_back() {
    let bridge = start().await;
    let (mut presenter, secret) = present(&bridge, None).await;
    let mut early = follow(&bridge).await;
    hear_room(&mut early, true, 1).await;
    point(&mut presenter, at(1, Some("the run"))).await;
    assert_eq!(cursor(&mut early).await, at(1, Some("the run")));
    point(&mut presenter, at(2, None)).await;
    assert_eq!(cursor(&mut early).await, at(2, None));
    // What it says again is no news.
    point(&mut presenter, at(3, Some("the run"))).await;
    assert_eq!(cursor(&mut early).await, at(3, None));
    let mut late = follow(&bridge).await;
    assert_eq!(cursor(&mut late).await, at(3, Some("the run")));
    hear_room(&mut presenter, true, 2).await;
    // Another one is refused, and may follow instead.
    let mut other = enter(&bridge, "class", TOKEN).await;
    say(&mut other, &FromMember::Present { secret: None }).await;
    let (code, text) = refusal(&mut other).await;
    assert!(
        code == Refusal::Taken && text.contains("somebody else presents"),
        "{text}"
    );
    say(&mut other, &FromMember::Follow).await;
    assert_eq!(cursor(&mut other).await, at(3, Some("the run")));
    // The presenter's connection is there still, and it comes back by another: with the secret it takes over.
    let (mut again, same) = present(&bridge, Some(&secret)).await;
    assert_eq!(secret, same);
    assert_eq!(refusal(&mut presenter).await.0, Refusal::TakenOver);
    point(&mut again, at(4, Some("the run"))).await;
    assert_eq!(cursor(&mut late).await, at(4, None));
    // It goes without a word: everybody hears of it, and newcomers still see where it was.
    drop(again);
    hear_room(&mut late, false, 3).await;
    let mut last = follow(&bridge).await;
    assert_eq!(cursor(&mut last).await, at(4, Some("the run")));
    let (mut third, _) = present(&bridge, None).await;
    hear_room(&mut last, true, 4).await;
    point(&mut third, at(9, Some("another run"))).await;
    assert_eq!(cursor(&mut early).await.step, 4);
    assert_eq!(cursor(&mut early).await, at(9, Some("another run")));
}

#[tokio::test]
async fn followers_hold_no_more_than_their_token() {
    let bridge = start().await;
    let status = async |path: &str, token: &str| {
        let url = format!("ws://{}{path}?token={token}", bridge.address);
        match connect_async(url).await {
            Ok((_, response)) => response.status().as_u16(),
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(status("/watch", ROOM_TOKEN).await, 401);
    assert_eq!(status("/node", ROOM_TOKEN).await, 401);
    assert_eq!(status("/room/class", "another-one").await, 401);
    assert_eq!(status("/room/a.b", ROOM_TOKEN).await, 404);
    let mut follower = enter(&bridge, "class", ROOM_TOKEN).await;
    say(&mut follower, &FromMember::Present { secret: None }).await;
    let (code, text) = refusal(&mut follower).await;
    assert!(
        code == Refusal::FollowOnly && text.contains("for followers"),
        "{text}"
    );
    say(&mut follower, &FromMember::Follow).await;
    hear_room(&mut follower, false, 1).await;
    point(&mut follower, at(1, Some("mine"))).await;
    assert_eq!(refusal(&mut follower).await.0, Refusal::Malformed);
}

#[tokio::test]
async fn what_is_no_frame_is_answered_and_the_next_one_is_read() {
    let bridge = start().await;
    let mut presenter = enter(&bridge, "class", TOKEN).await;
    let malformed = async |socket: &mut Socket, message: Message, says: &str| {
        socket.send(message).await.unwrap();
        let (code, text) = refusal(socket).await;
        assert!(code == Refusal::Malformed && text.contains(says), "{text}");
    };
    let text = |text: &str| Message::text(text.to_owned());
    malformed(&mut presenter, text("hello"), "column 1").await;
    malformed(
        &mut presenter,
        text(r#"{"type":"dance"}"#),
        "unknown variant",
    )
    .await;
    malformed(&mut presenter, Message::binary(vec![0xff]), "UTF-8").await;
    let early = text(r#"{"type":"cursor","step":1,"playing":false}"#);
    malformed(&mut presenter, early.clone(), "say first").await;
    let short = text(r#"{"type":"present","secret":"a"}"#);
    malformed(&mut presenter, short, "8 to 128").await;
    say(&mut presenter, &FromMember::Present { secret: None }).await;
    malformed(&mut presenter, early, "says its link").await;
    let again = text(r#"{"type":"follow"}"#);
    malformed(&mut presenter, again, "settled").await;
    let long = "a".repeat(wire::room::LINK_BYTES_MAX + 1);
    let long = FromMember::Cursor(at(1, Some(&long))).line();
    malformed(&mut presenter, text(&long), "65536 are the most").await;
    point(&mut presenter, at(7, Some("the run"))).await;
    let mut follower = follow(&bridge).await;
    assert_eq!(cursor(&mut follower).await, at(7, Some("the run")));
    // What is longer than any frame ends the connection of whoever sent it, and nobody else's.
    let huge = "a".repeat(2 * wire::room::FRAME_BYTES_MAX);
    let _ = presenter.send(text(&huge)).await;
    hear_room(&mut follower, false, 1).await;
}
