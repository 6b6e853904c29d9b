//! What clients ask: the k-th pause, key and demand of a client is a function of the seed, the client and k, whatever the
//! policy does with it.

use crate::config::LoadBalancingConfig;
use protocol::{Arrival, Chance, Distribution, Field, OperationSpec, Phrase, Purpose, Say};
use serde::{Deserialize, Serialize};

const GAP: Purpose = Purpose::new("gap");
const DEMAND: Purpose = Purpose::new("demand");
const KEY: Purpose = Purpose::new("key");
const HOT: Purpose = Purpose::new("hot");

/// The standard deviation of the logarithm of heavy-tailed demands, in thousandths.
const SIGMA_PERMILLE: u32 = 1500;
/// The median of such demands for a mean of 1, in millionths: exp(-1.5² / 2).
const MEDIAN_PPM: u64 = 324_652;

/// No demand is longer: an hour.
const DEMAND_US_MAX: u64 = 3_600_000_000;

/// A piece of work that a client asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Job {
    /// What it is about: hashing policies send equal keys to the same server. From 0.
    pub key: u64,
    /// How long a server of speed 100 works on it.
    pub demand_us: u64,
}

impl Say for Job {
    fn phrase(&self, _: protocol::NodeId) -> Phrase {
        Phrase::new("op.work.say")
            .int("key", self.key)
            .us("demand", self.demand_us)
    }
}

/// What a client can be asked.
pub(crate) const OPERATIONS: &[OperationSpec] = &[OperationSpec {
    id: "work",
    fields: &[
        Field {
            id: "key",
            default: "1",
        },
        Field {
            id: "demand",
            default: "80",
        },
    ],
}];

/// The pause before a client's next request.
pub(crate) fn gap_us(config: &LoadBalancingConfig, chance: Chance) -> u64 {
    let gap = if config.gap == "constant" {
        Distribution::Constant(config.gap_us)
    } else {
        Distribution::Exponential {
            min: 0,
            mean: config.gap_us,
        }
    };
    chance.sample(GAP, &gap)
}

/// A client's next request.
pub(crate) fn arrival(config: &LoadBalancingConfig, chance: Chance) -> Arrival<Job> {
    let mean = config.demand_us;
    let demand = match config.demand {
        "constant" => Distribution::Constant(mean),
        "heavy-tailed" => Distribution::LogNormal {
            median: mean * MEDIAN_PPM / 1_000_000,
            sigma_permille: SIGMA_PERMILLE,
        },
        _ => Distribution::Exponential { min: 0, mean },
    };
    let key = if chance.permille(HOT, config.hot_permille) {
        0
    } else {
        chance.below(KEY, config.keys)
    };
    Arrival {
        gap_us: gap_us(config, chance),
        op: Job {
            key,
            demand_us: chance.sample(DEMAND, &demand).clamp(1, DEMAND_US_MAX),
        },
    }
}

/// Reads a request that a person asks for: a key and a demand in milliseconds.
pub(crate) fn operation(id: &str, fields: &[String]) -> Result<Job, Phrase> {
    if id != "work" {
        return Err(Phrase::new("error.no-operation")
            .text("id", id)
            .text("known", "work"));
    }
    let [key, demand] = fields else {
        return Err(Phrase::new("error.fields")
            .text("id", id)
            .text("fields", "key, demand"));
    };
    let number = |field: &'static str, text: &str, min: u64, max: u64| {
        let value = text.trim().parse().ok();
        value
            .filter(|value| (min..=max).contains(value))
            .ok_or_else(|| {
                Phrase::new("error.number")
                    .text("field", field)
                    .text("given", protocol::beginning(text, 20))
                    .int("min", min)
                    .int("max", max)
            })
    };
    Ok(Job {
        key: number("key", key, 0, u64::from(u32::MAX))?,
        demand_us: number("demand", demand, 1, 60_000)? * 1000,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Name;

    fn mean_demand(demand: &'static str) -> f64 {
        let config = LoadBalancingConfig {
            demand,
            ..LoadBalancingConfig::default()
        };
        let draws = 200_000;
        let sum: u64 = (0..draws)
            .map(|k| arrival(&config, Chance::new(3, Name(k))).op.demand_us)
            .sum();
        sum as f64 / draws as f64 / config.demand_us as f64
    }

    #[test]
    fn every_spread_has_the_same_mean() {
        assert!((mean_demand("constant") - 1.0).abs() < 1e-9);
        assert!((mean_demand("exponential") - 1.0).abs() < 0.01);
        // The coefficient of variation is √(exp(1.5²) - 1) = 2.9: four standard errors are 0.026.
        assert!((mean_demand("heavy-tailed") - 1.0).abs() < 0.026);
    }

    #[test]
    fn the_pause_alone_is_that_of_the_request() {
        let config = LoadBalancingConfig::default();
        for k in 0..100 {
            let chance = Chance::new(5, Name(k));
            assert_eq!(gap_us(&config, chance), arrival(&config, chance).gap_us);
        }
    }

    #[test]
    fn what_a_person_asks_is_read_or_refused() {
        let ask = |id: &str, fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|text| (*text).to_owned()).collect();
            operation(id, &fields).map_err(|phrase| phrase.key)
        };
        let job = Job {
            key: 7,
            demand_us: 250_000,
        };
        assert_eq!(ask("work", &["7", "250"]), Ok(job));
        assert_eq!(ask("play", &[]), Err("error.no-operation".into()));
        assert_eq!(ask("work", &["7"]), Err("error.fields".into()));
        assert_eq!(ask("work", &["x", "5"]), Err("error.number".into()));
        assert_eq!(ask("work", &["7", "0"]), Err("error.number".into()));
    }
}
