//! The smallest page that Yew makes: what the start of the real page is measured against. It says hello, and nothing else.

#[cfg(target_arch = "wasm32")]
fn main() {
    use yew::prelude::*;

    #[component]
    fn Hello() -> Html {
        html! { <h1>{ "Hello" }</h1> }
    }

    yew::Renderer::<Hello>::new().render();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
