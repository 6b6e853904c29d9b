//! The dialog *Room…*: which one, as what, and how it stands.

use crate::join::field;
use crate::press::{Emit, Look, press};
use studio::show::Room;
use studio::{Msg, RoomMsg};
use yew::prelude::*;

/// What stands inside its dialog.
pub(crate) fn room(room: &Room, emit: &Emit) -> Html {
    let onsubmit = {
        let (emit, follow) = (emit.clone(), room.follow.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if follow.enabled {
                emit.emit(follow.msg.clone());
            }
        })
    };
    let typed = |msg: fn(String) -> RoomMsg| emit.reform(move |text| Msg::Room(msg(text)));
    html! {
        <form class="join" {onsubmit}>
            <p class="soft">{ &room.about }</p>
            { field("room-hub", &room.hub, "text", typed(RoomMsg::Hub), false) }
            { field("room-name", &room.name, "text", typed(RoomMsg::Name), true) }
            { field("room-token", &room.token, "password", typed(RoomMsg::Token), false) }
            if !room.refusal.is_empty() { <p class="refusal" role="alert">{ &room.refusal }</p> }
            <p role="status">{ &room.status }</p>
            if !room.invitation.is_empty() { <p class="invitation"><code>{ &room.invitation }</code></p> }
            <div class="row">
                if let Some(leave) = &room.leave {
                    { press(leave, emit, Look::Words("outlined")) }
                } else {
                    <button type="submit" class="primary" title={room.follow.help.clone()}
                        aria-disabled={(!room.follow.enabled).then_some("true")}>{ &room.follow.label }</button>
                    { press(&room.present, emit, Look::Words("outlined")) }
                }
            </div>
        </form>
    }
}
