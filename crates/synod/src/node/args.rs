//! What can be asked of `synod node`. Knows nothing of how it is answered.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cluster=\"--set servers=3 --set arrivals=never
    --peers S1=ws://127.0.0.1:7001,S2=ws://127.0.0.1:7002,S3=ws://127.0.0.1:7003\"
  synod node raft --id S1 $cluster --data data/S1
  synod node raft --id C1 $cluster --data data/C1 --ask 'put x 1' --ask 'get x'
  synod node raft --id C1 $cluster --data data/C1 --listen 127.0.0.1:7101
  curl -d '{\"op\": \"put\", \"fields\": [\"x\", \"1\"]}' http://127.0.0.1:7101/ask
  curl http://127.0.0.1:7001/metrics
  synod node raft --id S1 --set servers=3 --data data/S1 --bridge 'ws://127.0.0.1:7400/node?token=…'
  synod bridge --nodes 4 --page dist -- synod node raft --set servers=3 --data data --stdio

A node is one process; a client of the cluster is one as well. All of one cluster have the same protocol and parameters.
It listens for its peers (/peer), for whoever watches (/watch, WebSocket) or asks a client (/ask), and for Prometheus
(/metrics). What it has saved survives kill -9; SIGINT and SIGTERM end it, with exit code 0. RUST_LOG=debug says more.
docs/real-nodes.md tells the rest.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NodeArgs {
    /// A protocol that `synod list` names.
    pub(crate) protocol: String,
    /// Which node of the cluster it is: a label like S1 or C1.
    #[arg(long, value_name = "LABEL", required_unless_present = "stdio")]
    pub(crate) id: Option<String>,
    /// Speak by standard input and output, as a node that `synod bridge` starts. Which node it is the bridge says: its first one is the
    /// first of the roster. --data is a folder of folders then, one a node.
    #[arg(long, conflicts_with_all = ["id", "peers", "bridge", "ask"])]
    pub(crate) stdio: bool,
    /// Where the other nodes are. Whoever is left out is answered on the connections that it makes itself.
    #[arg(long, value_name = "LABEL=ws://HOST:PORT,…", value_delimiter = ',', value_parser = peer)]
    pub(crate) peers: Vec<(String, String)>,
    /// The bridge that stands between the nodes, in place of --peers: the address that it told. A page that joins it can hold, drop
    /// and cut what they say.
    #[arg(
        long,
        value_name = "ws://HOST:PORT/node?token=…",
        conflicts_with = "peers"
    )]
    pub(crate) bridge: Option<String>,
    /// Where it listens; without it, at its own entry in --peers, or at a free port of this machine.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// The folder of what it saves; it belongs to this node alone.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: PathBuf,
    /// Set a parameter of the protocol, the same at all nodes; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::args::setting)]
    pub(crate) set: Vec<(String, String)>,
    /// The variant to run: the sound one, or one that is broken on purpose.
    #[arg(long, value_name = "NAME", default_value = sim::SOUND)]
    pub(crate) variant: String,
    /// The seed of its chance; another one each time without it.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Only who knows this may connect; wanted where it listens beyond this machine. Better in the environment than on the command line.
    #[arg(long, value_name = "TEXT", env = "SYNOD_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Pages of this origin may connect as well; those of this machine always may. May be given several times.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Vec<String>,
    /// Ask this of a client node, print the answer and end; may be given several times, one after the other.
    #[arg(long, value_name = "OPERATION FIELD…")]
    pub(crate) ask: Vec<String>,
}

/// Reads `S2=ws://127.0.0.1:7002`; the scheme may be left out.
fn peer(text: &str) -> Result<(String, String), String> {
    let form = "write the label, an equals sign and the address: `S2=ws://127.0.0.1:7002`";
    let (label, address) = text.trim().split_once('=').ok_or(form)?;
    if address.starts_with("wss://") {
        return Err("nodes speak ws://; for wss:// put a proxy in front that ends TLS".into());
    }
    let place = address.strip_prefix("ws://").unwrap_or(address);
    let place = place.trim_end_matches('/');
    let is_place = place.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok()
    });
    if label.is_empty() || !is_place {
        return Err(form.into());
    }
    Ok((label.into(), place.into()))
}

#[cfg(test)]
mod tests {
    use super::peer;

    #[test]
    fn a_peer_is_a_label_and_a_place() {
        let read = Ok(("S2".to_owned(), "127.0.0.1:7002".to_owned()));
        for text in [
            "S2=ws://127.0.0.1:7002",
            "S2=127.0.0.1:7002",
            " S2=ws://127.0.0.1:7002/",
        ] {
            assert_eq!(peer(text), read, "{text}");
        }
        for text in [
            "S2",
            "=ws://h:1",
            "S2=ws://h",
            "S2=ws://h:x",
            "S2=ws://h:1/path",
            "S2=:1",
        ] {
            assert!(peer(text).unwrap_err().contains("S2=ws://"), "{text}");
        }
        assert!(peer("S2=wss://h:1").unwrap_err().contains("TLS"));
    }
}
