//! `synod run PROTOCOL --bridge ws://…`: nodes of a protocol at wall speed in this one process, each a node of a bridge under its label.
//!
//! The code of the nodes is the one that the page simulates, on disks in memory.

use crate::error::{Ended, Error};
use crate::node::disk::Disk;
use crate::node::driver::{Driver, Order};
use crate::node::links::Links;
use crate::node::metrics::Metrics;
use crate::node::seat::{self, Clients, Seat, Way};
use crate::node::tongue::Tongue;
use crate::node::{
    ORDERS_MAX, is_client, logs, new_seed, opened, parameters, refused, roster, told_to_stop,
};
use crate::run::entry;
use crate::words::words_of;
use futures_util::future::try_join_all;
use live::Setup;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use trace::Language;

/// What is to run, and where.
pub(crate) struct Joining<'a> {
    pub(crate) protocol: &'a str,
    pub(crate) bridge: &'a str,
    /// The labels of the nodes to run; empty: all.
    pub(crate) nodes: &'a [String],
    pub(crate) set: &'a [(String, String)],
    pub(crate) variant: &'a str,
    pub(crate) seed: Option<u64>,
}

/// Runs the nodes until somebody ends them.
pub(crate) fn join(joining: &Joining<'_>) -> Result<Ended, Error> {
    logs();
    let about = entry(joining.protocol)?.about;
    let mut setup = Setup {
        label: String::new(),
        variant: joining.variant.to_owned(),
        parameters: parameters(about, joining.set)?,
        seed: joining.seed.unwrap_or_else(new_seed),
    };
    let known = roster(about, &setup)?;
    let mut labels = known.clone();
    if !joining.nodes.is_empty() {
        labels = joining.nodes.iter().map(|it| it.to_uppercase()).collect();
        if let Some(strange) = labels.iter().find(|label| !known.contains(label)) {
            let why = format!("there is no node {strange}; there are {}", known.join(", "));
            return Err(refused("--nodes".into(), why));
        }
    }
    let names: Arc<[String]> = known.into();
    let address = seat::address(joining.bridge).map_err(|why| refused("--bridge".into(), why))?;
    let mut nodes = Vec::new();
    for label in &labels {
        setup.label.clone_from(label);
        let node = opened(about, &setup, Vec::new())?;
        nodes.push((node, mpsc::channel(ORDERS_MAX)));
    }
    let clients = nodes.iter().filter(|(node, _)| is_client(&**node));
    let clients = Clients::new(clients.map(|(_, (orders, _))| orders.clone()).collect());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| refused("the runtime".into(), error))?;
    runtime.block_on(async {
        let (mut seats, mut drivers, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for (label, (node, (orders, next))) in labels.into_iter().zip(nodes) {
            let words = words_of(about, Language::English);
            let links = Links::by_bridge(names.clone());
            let metrics = Arc::new(Metrics::default());
            let (disk, durable) = Disk::in_memory();
            // Nobody waits for it to have booted.
            let (up, _) = oneshot::channel();
            let mut driver = Driver::new(node, links.clone(), disk, words, metrics.clone(), up);
            seats.push(Seat {
                me: names
                    .iter()
                    .position(|name| *name == label)
                    .unwrap_or_default(),
                way: Way::Bridge(address.clone()),
                links,
                orders: orders.clone(),
                stirred: driver.stirred(),
                clients: clients.clone(),
                tongue: driver.speaks(Tongue::new(about, names.clone())),
                labels: names.clone(),
                names: names.clone(),
                metrics,
            });
            drivers.push(driver.run(next, durable));
            all.push(orders);
        }
        tokio::spawn(async move {
            told_to_stop().await;
            for orders in all {
                let _ = orders.send(Order::Stop).await;
            }
        });
        let drivers = async {
            let ran = try_join_all(drivers).await;
            ran.map_err(|error| refused("the disk".into(), error))
        };
        let seats = try_join_all(seats.into_iter().map(Seat::keep));
        tokio::try_join!(drivers, seats)?;
        Ok(Ended::Well)
    })
}
