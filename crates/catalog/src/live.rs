//! Every protocol as a real node.

use live::{Node, OpenError, Setup};

/// Opens a node of a protocol on its records.
type Open = fn(&Setup, &mut dyn Iterator<Item = Vec<u8>>) -> Result<Box<dyn Node>, OpenError>;

const NODES: &[(&str, Open)] = &[
    of::<raft::Raft>(),
    of::<paxos::Decree>(),
    of::<paxos::Multi>(),
    of::<two_phase_commit::Node>(),
    of::<load_balancing::Node>(),
    of::<rpc::Node>(),
    of::<two_generals::Node>(),
    of::<map_reduce::Node>(),
];

const fn of<P: live::Wired>() -> (&'static str, Open) {
    (P::ID, live::open::<P>)
}

/// A real node of the protocol of this id; `None`: there is no such protocol.
///
/// # Errors
/// No such node or variant, parameters that are refused, or a record that cannot be read.
pub fn node(
    protocol: &str,
    setup: &Setup,
    records: &mut dyn Iterator<Item = Vec<u8>>,
) -> Option<Result<Box<dyn Node>, OpenError>> {
    let (_, open) = NODES.iter().find(|(id, _)| *id == protocol)?;
    Some(open(setup, records))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_protocol_of_the_catalogue_can_be_a_real_node() {
        let nodes = super::NODES.iter().map(|(id, _)| *id);
        let entries = crate::entries().iter().map(|entry| entry.about.id);
        assert!(nodes.eq(entries));
    }
}
