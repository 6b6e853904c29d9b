//! A protocol's own pictures in the dock.

use crate::reader::{Reader, leader};
use scene::Theme;
use studio::show::Drawn;
use studio::{Msg, Tab};

#[test]
fn a_node_shows_its_own_tables() {
    let mut reader = Reader::at_home();
    reader.waits(12_000);
    let (leads, _) = leader(&reader.model).expect("a leader after a while");
    reader.does(Msg::SelectNode(Some(leads)));
    let pictures = reader.model.node_pictures(400.0, &Theme::LIGHT);
    let rows = pictures.iter().find_map(|drawn| match drawn {
        Drawn::Table(table) => Some(&table.rows),
        Drawn::Figure(_) => None,
    });
    let rows = rows.expect("a table of what the state machine holds");
    assert!(
        !rows.is_empty() && rows.iter().all(|row| row.cells.len() == 2),
        "{rows:?}"
    );
    reader.does(Msg::SelectNode(None));
    assert!(reader.model.node_pictures(400.0, &Theme::LIGHT).is_empty());
}

#[test]
fn a_protocol_without_charts_has_no_tab_for_them() {
    let mut reader = Reader::at_home();
    let tabs: Vec<Tab> = reader.model.tabs().iter().map(|tab| tab.tab).collect();
    assert_eq!(tabs, [Tab::UpNext, Tab::Node, Tab::Events, Tab::History]);
    assert!(reader.model.charts(400.0, &Theme::LIGHT).is_empty());
    // Its key does nothing that is seen.
    reader.does(Msg::Tab(Tab::Charts));
    assert_eq!(reader.model.tab(), Tab::UpNext);
    assert!(reader.model.tabs()[0].open);
}
