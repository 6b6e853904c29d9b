//! Who may connect, and how much one connection may do.

use axum::http::{HeaderMap, header};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// The most bytes of one message.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// The most connections at a time, of peers and of watchers alike.
pub(crate) const CONNECTIONS_MAX: usize = 256;
/// The most operations that are open at a time.
pub(crate) const ASKED_MAX: usize = 1_024;
/// The most messages that one connection brings in a second; more is read later.
pub(crate) const MESSAGES_PER_SECOND: u32 = 20_000;
/// How long a connection may take to be made, and to take a message.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Who may connect.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    token: Option<String>,
    origins: Vec<String>,
}

/// Why somebody may not connect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Denied {
    Origin,
    NoToken,
    OtherToken,
}

impl Denied {
    /// As a sentence, and what to do.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::Origin => {
                "pages of this origin may not connect; start the node with --origin ORIGIN"
            }
            Self::NoToken => "this node wants a token: send `Authorization: Bearer …`, or ?token=…",
            Self::OtherToken => "the token is another one",
        }
    }
}

impl Guard {
    pub(crate) fn new(token: Option<String>, origins: &[String]) -> Self {
        let trimmed = origins.iter().map(|origin| origin.trim_end_matches('/'));
        Self {
            token,
            origins: trimmed.map(str::to_owned).collect(),
        }
    }

    /// Whether whoever sends these headers, and this token in the address, may connect.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn admit(&self, headers: &HeaderMap, token: Option<&str>) -> Result<(), Denied> {
        if let Some(origin) = headers.get(header::ORIGIN) {
            let origin = origin.to_str().unwrap_or_default();
            if !is_of_this_machine(origin) && !self.origins.iter().any(|known| known == origin) {
                return Err(Denied::Origin);
            }
        }
        let Some(wanted) = &self.token else {
            return Ok(());
        };
        let bearer = headers.get(header::AUTHORIZATION);
        let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        match bearer.or(token) {
            None => Err(Denied::NoToken),
            Some(given) if same(given, wanted) => Ok(()),
            Some(_) => Err(Denied::OtherToken),
        }
    }
}

/// Whether two texts are the same, in a time that does not tell how far they are.
fn same(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    one.len() == other.len() && pairs.fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Whether a page of this origin comes from this very machine.
fn is_of_this_machine(origin: &str) -> bool {
    let Some((_, place)) = origin.split_once("://") else {
        return false;
    };
    let host = match place.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => place.split(':').next(),
    };
    host.is_some_and(|host| {
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// So much a second and no more: what comes too early waits.
#[derive(Debug)]
pub(crate) struct Rate {
    each: Duration,
    /// When the next one may pass, if all before it had come as early as they could.
    next: Instant,
}

impl Rate {
    pub(crate) fn per_second(count: u32) -> Self {
        Self {
            each: Duration::from_secs(1) / count,
            next: Instant::now(),
        }
    }

    /// Takes one; answers how long it has to wait. A second's worth may come at once.
    pub(crate) fn take(&mut self, now: Instant) -> Duration {
        self.next = self.next.max(now) + self.each;
        (self.next - now).saturating_sub(Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(rows: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        let rows = rows.iter();
        rows.map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn pages_of_this_machine_and_of_known_origins_may_connect() {
        let guard = Guard::new(None, &["https://class.example/".into()]);
        let admit = |origin| guard.admit(&headers(&[(header::ORIGIN, origin)]), None);
        for origin in [
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:9000",
            "https://class.example",
        ] {
            assert_eq!(admit(origin), Ok(()), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "null",
        ] {
            assert!(
                admit(origin).unwrap_err().why().contains("--origin"),
                "{origin}"
            );
        }
        assert_eq!(guard.admit(&headers(&[]), None), Ok(()), "no page at all");
    }

    #[test]
    fn a_token_is_wanted_where_there_is_one() {
        let guard = Guard::new(Some("secret".into()), &[]);
        let none = headers(&[]);
        assert!(
            guard
                .admit(&none, None)
                .unwrap_err()
                .why()
                .contains("?token=")
        );
        assert!(guard.admit(&none, Some("secre")).is_err());
        assert_eq!(guard.admit(&none, Some("secret")), Ok(()));
        let right = headers(&[(header::AUTHORIZATION, "Bearer secret")]);
        assert_eq!(guard.admit(&right, None), Ok(()));
        let wrong = headers(&[(header::AUTHORIZATION, "Bearer secreT")]);
        assert!(
            guard.admit(&wrong, Some("secret")).is_err(),
            "the header counts"
        );
    }

    #[test]
    fn a_second_may_come_at_once_and_the_rest_in_its_time() {
        let mut rate = Rate::per_second(10);
        let now = Instant::now();
        let waits: Vec<_> = (0..12).map(|_| rate.take(now).as_millis()).collect();
        assert_eq!(waits[..10], [0; 10]);
        assert_eq!(waits[10..], [100, 200]);
        assert_eq!(rate.take(now + Duration::from_secs(9)).as_millis(), 0);
    }
}
