//! The page's grid: header, stage, dock, caption, transport, and what floats above them.

use crate::app::{App, AppMsg, Float, Picture, PointerDid};
use crate::beside::compare;
use crate::browser;
use crate::caption::Caption;
use crate::diagram::filter;
use crate::dialog::Dialog;
use crate::dock::dock;
use crate::events::Events;
use crate::figure::picture;
use crate::film::film;
use crate::find::find;
use crate::from_here::from_here;
use crate::gallery::{gallery, picker};
use crate::header::{Header, other, plain, theme};
use crate::history::history;
use crate::icon::{Icon, wordmark};
use crate::join::join;
use crate::menus;
use crate::node::NodeTab;
use crate::notes;
use crate::press::{Look, press};
use crate::room::room;
use crate::tools::Tools;
use crate::transport::Transport;
use crate::up_next::UpNext;
use crate::why::why;
use crate::words::Words;
use scene::{Point, Subject};
use studio::show::Button;
use studio::{Menu, Msg, Tab};
use web_sys::{HtmlInputElement, MouseEvent, PointerEvent};
use yew::prelude::*;

impl App {
    pub(crate) fn page(&self, ctx: &Context<Self>) -> Html {
        let (model, emit) = (&self.model, &self.emit);
        let words = self.words();
        let sheet = model.sheet();
        // The first frames show the stage alone, within the page's grid as index.html has it.
        let (header, dock, transport, rest) = if self.has_panels() {
            self.panels(ctx, words)
        } else {
            (
                html! { <header class="header"><p class="wordmark">{ wordmark() }{ "Synod" }</p></header> },
                html! { <section class="dock closed"><div class="tabs"></div></section> },
                html! { <section class="transport"></section> },
                Html::default(),
            )
        };
        html! {
            <div class={classes!("page", sheet.then_some("sheet"), model.has_story().then_some("telling"), self.drag_over.then_some("dropping"))}>
                <a class="hidden skip" href="#stage" onclick={skip()}>{ words.skip }</a>
                { header }
                { self.stage_view(ctx, words) }
                { dock }
                <Caption caption={model.caption()} running={model.run_until_menu().running} why={model.word("ui.page.why")}
                    presenting={if self.has_panels() { model.presenting() } else { Vec::new() }} words={words} emit={emit.clone()} />
                { transport }
                <p id="announcer" class="hidden" role="status" aria-live="polite"></p>
                { rest }
                if self.drag_over { <p class="float drop">{ words.drop_here }</p> }
                if model.is_presenting() { <header class="hidden"><h1>{ "Synod" }</h1></header> }
                if model.is_blank() { <div class="blank" role="img" aria-label={model.word("ui.present.blank")}></div> }
            </div>
        }
    }

    /// What stands round the stage: header, dock, transport, and what lies over all.
    #[inline(never)]
    fn panels(&self, ctx: &Context<Self>, words: &'static Words) -> (Html, Html, Html, Html) {
        let (model, emit) = (&self.model, &self.emit);
        let link = ctx.link();
        let header = model.header();
        let rest = html! {
            <>
                { notes::notice(model.notice().as_ref(), emit) }
                { for model.menu().map(|menu| self.dialog(menu, &header, ctx, words)) }
                { for self.float.map(|float| self.floating(float, ctx, words)) }
            </>
        };
        let dock = dock(
            &model.tabs(),
            model.sheet(),
            self.panel(ctx, words),
            words,
            emit,
        );
        let transport = html! {
            <Transport transport={model.transport()} until={self.menu_name(Menu::RunUntil)}
                branches={self.menu_name(Menu::Branches)} timeline={self.timeline.canvas.clone()}
                scrub={link.callback(AppMsg::Scrub)} words={words} emit={emit.clone()} />
        };
        let header = html! {
            <Header {header} stories={self.menu_name(Menu::Stories)} share={self.menu_name(Menu::Share)} help={self.menu_name(Menu::Help)}
                language={model.language()} appearance={model.appearance()}
                more_open={self.float == Some(Float::More)} more={link.callback(|_: MouseEvent| AppMsg::More)}
                words={words} emit={emit.clone()} />
        };
        (header, dock, transport, rest)
    }

    pub(crate) fn words(&self) -> &'static Words {
        Words::of(self.model.language())
    }

    fn stage_view(&self, ctx: &Context<Self>, words: &'static Words) -> Html {
        let (model, link) = (&self.model, ctx.link());
        let pointer =
            |did: PointerDid| link.callback(move |event: PointerEvent| AppMsg::Pointer(did, event));
        let oncontextmenu = link.callback(|event: MouseEvent| {
            event.prevent_default();
            AppMsg::ContextMenu(event)
        });
        let legend = model.legend();
        let theme = self.colours;
        let beside = model.beside();
        let class = classes!(
            "stage",
            model.is_cutting().then_some("cutting"),
            beside.is_some().then_some("pair"),
            model.has_diagram().then_some("with-diagram"),
        );
        html! {
            <main {class} aria-label={words.stage}>
                <div class="view">
                    <canvas ref={self.stage.canvas.clone()} id="stage" tabindex="0" role="application"
                        aria-label={words.stage_keys} aria-describedby="description"
                        onpointerdown={pointer(PointerDid::Down)} onpointermove={pointer(PointerDid::Move)}
                        onpointerup={pointer(PointerDid::Up)} onpointercancel={pointer(PointerDid::Cancel)}
                        {oncontextmenu} onblur={link.callback(|_: FocusEvent| AppMsg::Blur)}></canvas>
                    { self.drawn_line() }
                    if !legend.rows.is_empty() {
                        <ul class="legend">
                            <li>{ &legend.title }</li>
                            { for legend.rows.iter().map(|row| html! {
                                <li key={row.epoch}>
                                    <span class={classes!("swatch", row.hatched.then_some("hatched"))} aria-hidden="true"
                                        style={format!("background-color:{}", theme.css(scene::Ink::Hue(row.hue)))}></span>
                                    <span class="number">{ row.epoch }</span>
                                </li>
                            }) }
                        </ul>
                    }
                    <section class="hidden" aria-label={words.description}>
                        <ul id="description">
                            { for self.description.iter().map(|sentence| html! { <li>{ sentence }</li> }) }
                        </ul>
                        <button type="button" tabindex="-1" onclick={link.callback(|_: MouseEvent| AppMsg::Describe)}>{ words.describe }</button>
                    </section>
                </div>
                { for beside.iter().map(|beside| self.beside_view(ctx, beside)) }
                if model.has_diagram() { { self.diagram_view(ctx) } }
                if self.has_panels() && beside.is_none() {
                    { press(&model.diagram_switch(), &self.emit, Look::Both(Icon::DIAGRAM, "outlined small to-diagram")) }
                }
                if self.has_panels() {
                    <Tools tools={model.tools()} toast={model.toast()} labels={self.labels()} {words} emit={self.emit.clone()} />
                }
            </main>
        }
    }

    /// The line of a cut, while it is being drawn.
    fn drawn_line(&self) -> Html {
        if self.line.len() < 2 {
            return Html::default();
        }
        let points: Vec<String> = self
            .line
            .iter()
            .map(|point| format!("{:.0},{:.0}", point.x, point.y))
            .collect();
        html! {
            <svg class="line" aria-hidden="true"><polyline points={points.join(" ")} /></svg>
        }
    }

    fn panel(&self, ctx: &Context<Self>, words: &'static Words) -> Html {
        let (model, emit) = (&self.model, self.emit.clone());
        match model.tab() {
            Tab::UpNext => {
                html! { <UpNext list={model.up_next()} colours={self.colours} {emit} /> }
            }
            Tab::Node => {
                let matrix = html! {
                    <div class="matrix" role="img" aria-label={words.logs}>
                        <canvas ref={self.matrix.canvas.clone()} onclick={ctx.link().callback(AppMsg::Matrix)}></canvas>
                    </div>
                };
                let pictures = model.node_pictures(browser::dock_width(), self.colours);
                html! { <NodeTab tab={model.node_tab()} matrix={Some(matrix)} {pictures} {words} {emit} /> }
            }
            Tab::Charts => {
                let charts = model.charts(browser::dock_width(), self.colours);
                html! { <div class="node">{ for charts.iter().map(picture) }</div> }
            }
            Tab::History => model
                .history(browser::dock_width(), self.colours)
                .map_or_else(Html::default, |shown| history(&shown, words, &emit)),
            Tab::Events => html! { <Events events={model.events()} {words} {emit} /> },
            Tab::Why => model
                .why()
                .map_or_else(Html::default, |open| why(&open, words, &emit)),
        }
    }

    /// The dialog of a menu. Apart from what every drawing does, so that the opening need not wait for this code.
    #[inline(never)]
    fn dialog(
        &self,
        menu: Menu,
        header: &studio::show::Header,
        ctx: &Context<Self>,
        words: &'static Words,
    ) -> Html {
        let (model, emit) = (&self.model, &self.emit);
        let body = match menu {
            Menu::Protocols => return Html::default(),
            Menu::Stories => gallery(&model.gallery(), emit, chosen_file(ctx)),
            Menu::Parameters => {
                html! { <>{ menus::parameters(&model.parameters(), words, emit) }{ self.to_find() }</> }
            }
            Menu::Compare => compare(&model.compare(), emit),
            Menu::Find => find(&model.find(), emit),
            Menu::FromHere => from_here(&model.from_here(), &model.word("ui.from-here.way"), emit),
            Menu::Properties => {
                html! { <>{ menus::properties(header, words, emit) }{ self.to_find() }</> }
            }
            Menu::Share => menus::share(&model.share(), words, emit),
            Menu::Join => join(&model.join(), emit),
            Menu::Room => room(&model.room(), emit),
            Menu::Film => film(&model.film(), &model.transport(), emit),
            Menu::Branches => menus::branches(&model.branches(), emit),
            Menu::RunUntil => menus::run_until(&model.run_until_menu(), emit),
            Menu::Filter => filter(&model.filter(), emit),
            Menu::Ask => menus::ask(&model.ask(), words, emit),
            Menu::Help => menus::help(&model.help(), words, emit),
        };
        let onclose = {
            let emit = emit.clone();
            Callback::from(move |()| emit.emit(Msg::Close))
        };
        let style = (menu == Menu::Stories).then(|| "width:min(60rem, 100vw - 1.5rem)".to_owned());
        html! {
            <Dialog key={format!("{menu:?}")} title={self.menu_name(menu)} close={words.close} {style} {onclose}>{ body }</Dialog>
        }
    }

    /// From what is promised, and from what is broken on purpose, to the search for what breaks it.
    fn to_find(&self) -> Html {
        let open = plain(&self.menu_name(Menu::Find), Msg::Open(Menu::Find));
        html! { <div class="row">{ press(&open, &self.emit, Look::Words("outlined")) }</div> }
    }

    /// The page's own menus.
    #[inline(never)]
    fn floating(&self, float: Float, ctx: &Context<Self>, words: &'static Words) -> Html {
        let onclose = ctx.link().callback(|()| AppMsg::CloseFloat);
        match float {
            Float::More => html! {
                <Dialog key="more" title={words.more} close={words.close} class="corner" {onclose}>{ self.more(ctx, words) }</Dialog>
            },
            Float::Context(subject, at) => html! {
                <Dialog key="context" title={self.name_of(subject, words)} close={words.close} class="context" style={place(at)} {onclose}>
                    <div class="items">
                        { for self.deeds(subject).iter().map(|button| press(button, &self.emit, Look::Words(""))) }
                    </div>
                </Dialog>
            },
        }
    }

    fn labels(&self) -> Vec<String> {
        self.model.stage_input(self.stage.size()).labels.to_vec()
    }

    fn name_of(&self, subject: Subject, words: &Words) -> String {
        match subject {
            Subject::Node(_) => {
                let panel = self.model.node_tab().panel;
                panel.map_or_else(|| words.menu.to_owned(), |panel| panel.label)
            }
            Subject::Message { name, .. } => {
                let mut flights = self.model.frame().flights.iter();
                let flight = flights.find(|flight| flight.name == name);
                flight.map_or_else(
                    || words.menu.to_owned(),
                    |flight| flight.view.kind.to_string(),
                )
            }
            _ => words.menu.to_owned(),
        }
    }

    /// What can be done with a thing on the stage: what its panel offers.
    fn deeds(&self, subject: Subject) -> Vec<Button> {
        match subject {
            Subject::Node(_) => self
                .model
                .node_tab()
                .panel
                .map(|panel| panel.buttons)
                .unwrap_or_default(),
            Subject::Message { .. } => {
                let rows = self.model.up_next().rows;
                let row = rows.into_iter().find(|row| row.selected);
                row.map(|row| {
                    row.buttons
                        .into_iter()
                        .map(|(_, button)| button)
                        .chain(row.why)
                        .collect()
                })
                .unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Everything that has no place of its own; on a narrow page also what the header has no room for.
    fn more(&self, ctx: &Context<Self>, words: &'static Words) -> Html {
        let (model, link) = (&self.model, ctx.link());
        let open = |menu: Menu| {
            press(
                &plain(&self.menu_name(menu), Msg::Open(menu)),
                &self.emit,
                Look::Words(""),
            )
        };
        let (icon, name, msg) = theme(model.appearance(), words);
        let picture = |kind: Picture, label: &'static str| {
            html! { <button type="button" onclick={link.callback(move |_: MouseEvent| AppMsg::SavePicture(kind))}>{ label }</button> }
        };
        html! {
            <div class="items">
                <span class="narrow">{ open(Menu::Stories) }</span>
                { open(Menu::Parameters) }
                { open(Menu::Compare) }
                { open(Menu::Find) }
                { open(Menu::FromHere) }
                { open(Menu::Branches) }
                { open(Menu::RunUntil) }
                { open(Menu::Share) }
                { for model.presenting().iter().chain(&model.handout()).map(|button| press(button, &self.emit, Look::Words(""))) }
                <span class="medium speed">{ crate::transport::speed(&model.transport(), &self.emit) }</span>
                <hr />
                { picture(Picture::Svg, words.svg) }
                { picture(Picture::Png, words.png) }
                { picture(Picture::Tikz, words.tikz) }
                { open(Menu::Film) }
                { open(Menu::Join) }
                { open(Menu::Room) }
                { picker(words.open_file, ".json,.jsonl,.fressian,.toml,.log,.txt,application/json", "", chosen_file(ctx)) }
                <hr />
                { press(&plain(name, msg), &self.emit, Look::Both(icon, "narrow")) }
                { press(&plain(words.other_language, Msg::SetLanguage(other(model.language()))), &self.emit, Look::Words("narrow")) }
                <button type="button" onclick={link.callback(|_: MouseEvent| AppMsg::Describe)}>{ words.describe }</button>
                { open(Menu::Help) }
            </div>
        }
    }
}

/// Opens the file that a picker was given.
fn chosen_file(ctx: &Context<App>) -> Callback<Event> {
    ctx.link().batch_callback(|event: Event| {
        let input = event.target_unchecked_into::<HtmlInputElement>();
        let file = input.files().and_then(|files| files.get(0));
        // The same file again, mended, is another choice.
        let opens = file.map(AppMsg::Open);
        input.set_value("");
        opens
    })
}

/// Where a menu opens that belongs to a point of the window: it must stay within it.
fn place(at: Point) -> String {
    format!(
        "left:min({:.0}px, 100vw - 15rem);top:min({:.0}px, 100vh - 20rem)",
        at.x, at.y
    )
}

/// The link that skips to the stage must not change the address: that is the run's.
fn skip() -> Callback<MouseEvent> {
    Callback::from(|event: MouseEvent| {
        event.prevent_default();
        browser::focus(&studio::Target::Stage);
    })
}
