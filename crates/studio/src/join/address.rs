//! Addresses as somebody types or pastes them: where to connect, and with which token. Knows no sockets.

use protocol::Phrase;

/// Where one node, or a bridge, is watched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Address {
    /// `ws://127.0.0.1:7001/watch`, without the token: what is shown.
    pub(crate) url: String,
    /// The token that stood in it.
    token: Option<String>,
}

impl Address {
    /// What is dialled: with its own token, else the one that was typed.
    pub(crate) fn dialled(&self, typed: &str) -> String {
        let token = self.token.as_deref().unwrap_or(typed);
        if token.is_empty() {
            return self.url.clone();
        }
        format!("{}?token={}", self.url, escaped(token))
    }
}

/// The addresses in a text, between commas and spaces. `secure` says that the page itself came by `https`, which may then connect in
/// the open to its own machine alone.
///
/// # Errors
/// What is wrong with which of them.
pub(crate) fn read(text: &str, secure: bool) -> Result<Vec<Address>, Phrase> {
    let parts = text.split([',', ' ', '\n', '\t', '，', '、']);
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    let mut addresses: Vec<Address> = Vec::new();
    for part in parts {
        let address = one(part, secure)?;
        if addresses.iter().all(|known| known.url != address.url) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(Phrase::new("ui.join.no-address"));
    }
    Ok(addresses)
}

/// Where the room of that name is, at a hub whose address somebody typed or pasted.
///
/// # Errors
/// What is wrong with the address.
pub(crate) fn of_room(hub: &str, name: &str, secure: bool) -> Result<Address, Phrase> {
    let hub = hub.trim();
    if hub.is_empty() {
        return Err(Phrase::new("ui.join.no-address"));
    }
    let mut address = one(hub, secure)?;
    let place = address.url.find("://").map_or(0, |at| at + 3);
    let end = address.url[place..]
        .find('/')
        .map_or(address.url.len(), |at| place + at);
    address.url = format!("{}/room/{name}", &address.url[..end]);
    Ok(address)
}

fn one(text: &str, secure: bool) -> Result<Address, Phrase> {
    let wrong = |key| Phrase::new(key).text("address", text.to_owned());
    let (scheme, rest) = match text.split_once("://") {
        None => ("ws", text),
        Some(("ws" | "http", rest)) => ("ws", rest),
        Some(("wss" | "https", rest)) => ("wss", rest),
        Some(_) => return Err(wrong("ui.join.bad-scheme")),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match place.find('/') {
        Some(at) => place.split_at(at),
        None => (place, ""),
    };
    let host = host(authority).ok_or_else(|| wrong("ui.join.bad-address"))?;
    if secure && scheme == "ws" && !is_this_machine(host) {
        return Err(wrong("ui.join.mixed"));
    }
    let path = match path.trim_end_matches('/') {
        "" => "/watch",
        path => path,
    };
    let token = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="));
    Ok(Address {
        url: format!("{scheme}://{authority}{path}"),
        token: token.filter(|token| !token.is_empty()).map(unescaped),
    })
}

/// The host of `host:port`, if it is such a thing.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let is_v6 = host.contains(':')
            && host
                .chars()
                .all(|c| c.is_ascii_hexdigit() || ":.".contains(c));
        (is_v6.then_some(host)?, port)
    } else {
        let end = authority.find(':').unwrap_or(authority.len());
        let (host, port) = authority.split_at(end);
        let is_name = |c: char| c.is_alphanumeric() || "-._".contains(c);
        (
            (!host.is_empty() && host.chars().all(is_name)).then_some(host)?,
            port,
        )
    };
    let fits = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    fits.then_some(host)
}

fn is_this_machine(host: &str) -> bool {
    let mut parts = host.split('.');
    let is_v4 = parts.clone().count() == 4 && parts.clone().all(|part| part.parse::<u8>().is_ok());
    host == "localhost" || host == "::1" || is_v4 && parts.next() == Some("127")
}

/// As it may stand in a query.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

pub(crate) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialled(text: &str) -> Vec<String> {
        let addresses = read(text, false).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        let addresses = addresses.iter();
        addresses.map(|one| one.dialled("typed")).collect()
    }

    #[test]
    fn whatever_is_pasted_becomes_what_is_dialled() {
        for text in [
            "127.0.0.1:7400",
            "ws://127.0.0.1:7400",
            " http://127.0.0.1:7400/ ",
            "ws://127.0.0.1:7400/watch",
            "ws://127.0.0.1:7400/watch?token=#x",
        ] {
            assert_eq!(
                dialled(text),
                ["ws://127.0.0.1:7400/watch?token=typed"],
                "{text}"
            );
        }
        assert_eq!(
            dialled("ws://[::1]:1/watch?token=a%2Bb, wss://example.org/of/it?x=1&token=c"),
            [
                "ws://[::1]:1/watch?token=a%2Bb",
                "wss://example.org/of/it?token=c"
            ],
        );
        assert_eq!(dialled("h:1 h:2，h:1").len(), 2, "each once");
    }

    #[test]
    fn a_token_is_written_so_that_it_arrives_as_it_is() {
        let address = &read("h:1", false).unwrap()[0];
        assert_eq!(address.dialled(""), "ws://h:1/watch");
        assert_eq!(
            address.dialled("a&b=c%"),
            "ws://h:1/watch?token=a%26b%3Dc%25"
        );
        let again = &read(&address.dialled("a&b=c%"), false).unwrap()[0];
        assert_eq!(again.dialled(""), address.dialled("a&b=c%"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let why = |text: &str, secure| read(text, secure).unwrap_err().key;
        assert_eq!(why(" , ", false), "ui.join.no-address");
        assert_eq!(why("ftp://h:1", false), "ui.join.bad-scheme");
        for text in [
            "ws://",
            "ws://:7400",
            "h:99999",
            "h:0",
            "h:x",
            "[::1:7",
            "a b/c:d e:f:g",
            "h!:1",
        ] {
            assert_eq!(why(text, false), "ui.join.bad-address", "{text}");
        }
        assert_eq!(why("ws://example.org:7400", true), "ui.join.mixed");
        for text in [
            "ws://localhost:7400",
            "127.0.0.1:1",
            "[::1]:1",
            "wss://example.org",
        ] {
            assert!(read(text, true).is_ok(), "{text}");
        }
    }
}
