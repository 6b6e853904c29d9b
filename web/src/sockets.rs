//! The page's sockets: opened, written to and closed as studio asks; what comes of them it is told.

use gloo::events::EventListener;
use std::cell::RefCell;
use std::collections::BTreeMap;
use studio::{Msg, SocketCommand, SocketMsg};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CloseEvent, Event, MessageEvent, RequestInit, RequestMode, WebSocket};
use yew::Callback;

/// What a browser says of a connection that broke, or never was.
const BROKEN: u16 = 1_006;

/// A socket, and what it is listened to for.
struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

thread_local! {
    static OPEN: RefCell<BTreeMap<u32, Socket>> = const { RefCell::new(BTreeMap::new()) };
}

/// Carries out `command`; what becomes of the socket goes to `emit`.
pub(crate) fn carry_out(command: SocketCommand, emit: &Callback<Msg>) {
    match command {
        SocketCommand::Open { socket, address } => open(socket, &address, emit),
        SocketCommand::Say { socket, text } => OPEN.with_borrow(|open| {
            if let Some(open) = open.get(&socket) {
                // What is no longer open tells so by itself.
                let _ = open.socket.send_with_str(&text);
            }
        }),
        SocketCommand::Close(socket) => {
            let closed = OPEN.with_borrow_mut(|open| open.remove(&socket));
            if let Some(closed) = closed {
                let _ = closed.socket.close();
            }
        }
        SocketCommand::Probe { socket, address } => probe(socket, &address, emit.clone()),
    }
}

/// What an event of a socket tells studio, if anything.
type Tells = Box<dyn Fn(&Event) -> Option<SocketMsg>>;

fn open(number: u32, address: &str, emit: &Callback<Msg>) {
    let Ok(socket) = WebSocket::new(address) else {
        return emit.emit(Msg::Socket(SocketMsg::Closed {
            socket: number,
            code: BROKEN,
        }));
    };
    let tell = |event: &'static str, told: Tells| {
        let emit = emit.clone();
        EventListener::new(&socket, event, move |event| {
            if let Some(msg) = told(event) {
                emit.emit(Msg::Socket(msg));
            }
        })
    };
    let listeners = [
        tell("open", Box::new(move |_| Some(SocketMsg::Opened(number)))),
        tell(
            "message",
            Box::new(move |event| {
                let text = event.dyn_ref::<MessageEvent>()?.data().as_string()?;
                Some(SocketMsg::Text {
                    socket: number,
                    text,
                })
            }),
        ),
        tell(
            "close",
            Box::new(move |event| {
                let code = event
                    .dyn_ref::<CloseEvent>()
                    .map_or(BROKEN, CloseEvent::code);
                Some(SocketMsg::Closed {
                    socket: number,
                    code,
                })
            }),
        ),
    ];
    let socket = Socket {
        socket,
        _listeners: listeners,
    };
    OPEN.with_borrow_mut(|open| open.insert(number, socket));
}

/// A browser does not tell why a connection was not made. Whether anybody answers at all, an ordinary request can find out, though
/// nothing of the answer may be read.
fn probe(socket: u32, address: &str, emit: Callback<Msg>) {
    let address = address.replacen("ws", "http", 1);
    spawn_local(async move {
        let init = RequestInit::new();
        init.set_mode(RequestMode::NoCors);
        let answers = match web_sys::window() {
            Some(window) => {
                let asked = window.fetch_with_str_and_init(&address, &init);
                JsFuture::from(asked).await.is_ok()
            }
            None => false,
        };
        emit.emit(Msg::Socket(SocketMsg::Probed { socket, answers }));
    });
}
