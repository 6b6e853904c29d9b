//! The network as small composable rules: each looks at a packet and gives a verdict; the first of each sort wins.

use crate::WorldConfig;
use protocol::{Chance, Distribution, NodeId, Purpose};
use trace::FlightEnd;

const LATENCY: Purpose = Purpose::new("latency");
const LOSS: Purpose = Purpose::new("loss");
const DUPLICATE: Purpose = Purpose::new("duplicate");

/// A message at the moment it leaves.
#[derive(Clone, Copy, Debug)]
pub struct Packet {
    /// Its sender.
    pub from: NodeId,
    /// Its addressee.
    pub to: NodeId,
    /// Its own chance: of this copy's name.
    pub chance: Chance,
}

/// What a rule says of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing.
    Pass,
    /// It takes this many microseconds.
    Delay(u64),
    /// It does not arrive, and this is how it ends.
    Drop(FlightEnd),
    /// A second copy leaves with it.
    Duplicate,
}

/// One behaviour of the network.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Rule {
    /// Nothing passes from these to those.
    Cut(trace::Cut),
    /// This many in a thousand are lost.
    Loss(u64),
    /// This many in a thousand arrive twice.
    Duplicate(u64),
    /// Everything takes a time of this distribution.
    Latency(Distribution),
}

impl Rule {
    /// The rule's verdict on `packet`.
    #[inline]
    pub fn on_packet(&self, packet: &Packet) -> Verdict {
        match self {
            Self::Cut(cut) if separates(cut, packet.from, packet.to) => {
                Verdict::Drop(FlightEnd::Cut)
            }
            Self::Loss(permille) if packet.chance.permille(LOSS, *permille) => {
                Verdict::Drop(FlightEnd::Lost)
            }
            Self::Duplicate(permille) if packet.chance.permille(DUPLICATE, *permille) => {
                Verdict::Duplicate
            }
            Self::Latency(distribution) => {
                Verdict::Delay(packet.chance.sample(LATENCY, distribution))
            }
            Self::Cut(_) | Self::Loss(_) | Self::Duplicate(_) => Verdict::Pass,
        }
    }
}

/// Whether `cut` lies on the way from `from` to `to`.
pub fn separates(cut: &trace::Cut, from: NodeId, to: NodeId) -> bool {
    let one_way = |from, to| cut.from.contains(&from) && cut.to.contains(&to);
    one_way(from, to) || (cut.both && one_way(to, from))
}

/// What all rules together say of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// How it ends.
    pub end: FlightEnd,
    /// How long it flies, or would have.
    pub delay_us: u64,
    /// Whether a second copy leaves with it.
    pub twice: bool,
}

/// The rules in force.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Network {
    rules: Vec<Rule>,
}

impl Network {
    /// The rules that the world's parameters amount to, behind `cuts`.
    pub fn new(world: &WorldConfig, cuts: &[trace::Cut]) -> Self {
        let (min, max) = (
            world.latency_min_us,
            world.latency_max_us.max(world.latency_min_us),
        );
        let middle = min.midpoint(max);
        let latency = match world.latency_shape {
            "exponential" => Distribution::Exponential { min, mean: middle },
            // Half the spread at one standard deviation of the logarithm.
            "log-normal" => Distribution::LogNormal {
                median: middle,
                sigma_permille: ((max - min) * 500 / middle.max(1)).min(2000) as u32,
            },
            _ if min == max => Distribution::Constant(min),
            _ => Distribution::Uniform { min, max },
        };
        let mut rules: Vec<Rule> = cuts.iter().cloned().map(Rule::Cut).collect();
        if world.loss_permille > 0 {
            rules.push(Rule::Loss(world.loss_permille));
        }
        if world.duplicate_permille > 0 {
            rules.push(Rule::Duplicate(world.duplicate_permille));
        }
        rules.push(Rule::Latency(latency));
        Self { rules }
    }

    /// What becomes of `packet`.
    #[inline(always)]
    pub fn judge(&self, packet: &Packet) -> Judgement {
        // Every message passes here, and mostly there is no other fault than loss.
        let (loss_permille, distribution) = match self.rules.as_slice() {
            [Rule::Latency(distribution)] => (0, distribution),
            [Rule::Loss(permille), Rule::Latency(distribution)] => (*permille, distribution),
            _ => return self.judge_by_all(packet),
        };
        let end = if packet.chance.permille(LOSS, loss_permille) {
            FlightEnd::Lost
        } else {
            FlightEnd::Arrives
        };
        Judgement {
            end,
            delay_us: packet.chance.sample(LATENCY, distribution),
            twice: false,
        }
    }

    fn judge_by_all(&self, packet: &Packet) -> Judgement {
        let mut end = FlightEnd::Arrives;
        let mut delay = None;
        let mut twice = false;
        for rule in &self.rules {
            match rule.on_packet(packet) {
                Verdict::Pass => {}
                Verdict::Delay(us) => delay = delay.or(Some(us)),
                Verdict::Drop(how) if end == FlightEnd::Arrives => end = how,
                Verdict::Drop(_) => {}
                Verdict::Duplicate => twice = true,
            }
        }
        Judgement {
            end,
            delay_us: delay.unwrap_or(0),
            twice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Name;

    fn packet(from: u16, to: u16, name: u64) -> Packet {
        Packet {
            from: NodeId(from),
            to: NodeId(to),
            chance: Chance::new(1, Name(name)),
        }
    }

    #[test]
    fn a_one_way_cut_lets_the_way_back_through() {
        let cut = trace::Cut {
            from: vec![NodeId(0)],
            to: vec![NodeId(1), NodeId(2)],
            both: false,
        };
        let network = Network::new(&WorldConfig::default(), &[cut]);
        assert_eq!(network.judge(&packet(0, 1, 7)).end, FlightEnd::Cut);
        assert_eq!(network.judge(&packet(1, 0, 7)).end, FlightEnd::Arrives);
        assert_eq!(network.judge(&packet(1, 2, 7)).end, FlightEnd::Arrives);
    }

    #[test]
    fn loss_and_duplication_have_their_rates() {
        let world = WorldConfig {
            loss_permille: 100,
            duplicate_permille: 300,
            ..WorldConfig::default()
        };
        let network = Network::new(&world, &[]);
        let all: Vec<_> = (0..20_000)
            .map(|name| network.judge(&packet(0, 1, name)))
            .collect();
        let lost = all.iter().filter(|j| j.end == FlightEnd::Lost).count();
        let twice = all.iter().filter(|j| j.twice).count();
        assert!((1_850..2_150).contains(&lost), "{lost}");
        assert!((5_800..6_200).contains(&twice), "{twice}");
        assert!(all.iter().all(|j| (8_000..=12_000).contains(&j.delay_us)));
    }
}
