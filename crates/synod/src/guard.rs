//! Who may connect, to a node or a bridge, and how fast a connection may speak.

use axum::http::{HeaderMap, StatusCode, header};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Who may connect, and how many at a time.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    token: Option<Arc<str>>,
    origins: Arc<[String]>,
    room: Arc<Semaphore>,
}

/// Why somebody may not connect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Denied {
    /// A page of a foreign origin.
    Origin,
    /// No token where one is wanted.
    NoToken,
    /// Another token.
    OtherToken,
    /// There are as many as there may be.
    Full,
}

impl Denied {
    /// As a sentence, with what to do.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::Origin => "pages of this origin may not connect; name it with --origin",
            Self::NoToken => "a token is wanted: send `Authorization: Bearer …`, or ?token=…",
            Self::OtherToken => "the token is another one",
            Self::Full => "too many connections; close some, or try again later",
        }
    }

    /// As HTTP says it.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Origin => StatusCode::FORBIDDEN,
            Self::NoToken | Self::OtherToken => StatusCode::UNAUTHORIZED,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Guard {
    /// Lets in who knows the token, if there is one, from this machine, this address and these origins, so many at a time.
    pub(crate) fn new(token: Option<&str>, origins: &[String], connections_max: usize) -> Self {
        let trimmed = origins.iter().map(|origin| origin.trim_end_matches('/'));
        Self {
            token: token.map(Arc::from),
            origins: trimmed.map(str::to_owned).collect(),
            room: Arc::new(Semaphore::new(connections_max)),
        }
    }

    /// What must be known to get in.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether whoever sends these headers, and this token in the address, may ask something.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn admit(&self, headers: &HeaderMap, token: Option<&str>) -> Result<(), Denied> {
        if let Some(origin) = headers.get(header::ORIGIN) {
            let origin = origin.to_str().unwrap_or_default();
            let known = is_of_this_machine(origin)
                || self.is_of_this_address(origin, headers)
                || self.origins.iter().any(|known| known == origin);
            if !known {
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

    /// The same, and a place for a connection that stays.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn enter(
        &self,
        headers: &HeaderMap,
        token: Option<&str>,
    ) -> Result<OwnedSemaphorePermit, Denied> {
        self.admit(headers, token)?;
        let place = self.room.clone().try_acquire_owned();
        place.map_err(|_| Denied::Full)
    }

    /// Whether a page came from where it connects to. Without a token that says nothing: a name can be made to lead anywhere.
    fn is_of_this_address(&self, origin: &str, headers: &HeaderMap) -> bool {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let place = origin.split_once("://").map(|(_, place)| place);
        self.token.is_some() && place.is_some() && place == host
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

    /// Takes one; answers how long the next one has to wait. A second's worth may come at once.
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

    fn origins(guard: &Guard, origin: &'static str) -> Result<(), Denied> {
        let rows = [
            (header::ORIGIN, origin),
            (header::HOST, "synod.example:7400"),
        ];
        guard.admit(&headers(&rows), Some("secret-token"))
    }

    #[test]
    fn pages_of_this_machine_this_address_and_known_origins_may_connect() {
        let named = ["https://class.example/".to_owned()];
        let guard = Guard::new(Some("secret-token"), &named, 1);
        for origin in [
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:9000",
            "https://class.example",
            "http://synod.example:7400",
            "https://synod.example:7400",
        ] {
            assert_eq!(origins(&guard, origin), Ok(()), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "https://class.example.evil.example",
            "http://synod.example:7401",
            "http://synod.example",
            "null",
        ] {
            assert_eq!(origins(&guard, origin), Err(Denied::Origin), "{origin}");
        }
        assert!(Denied::Origin.why().contains("--origin"));
    }

    #[test]
    fn without_a_token_a_name_that_leads_here_is_not_enough() {
        let guard = Guard::new(None, &[], 1);
        let own = origins(&guard, "http://synod.example:7400");
        assert_eq!(own, Err(Denied::Origin));
        assert_eq!(origins(&guard, "http://localhost:8080"), Ok(()));
        assert_eq!(guard.admit(&headers(&[]), None), Ok(()), "no page at all");
    }

    #[test]
    fn a_token_is_wanted_where_there_is_one() {
        let guard = Guard::new(Some("secret"), &[], 1);
        let none = headers(&[]);
        assert_eq!(guard.admit(&none, None), Err(Denied::NoToken));
        for wrong in ["", "secre", "secreT", "secrets"] {
            assert_eq!(guard.admit(&none, Some(wrong)), Err(Denied::OtherToken));
        }
        assert_eq!(guard.admit(&none, Some("secret")), Ok(()));
        let right = headers(&[(header::AUTHORIZATION, "Bearer secret")]);
        assert_eq!(guard.admit(&right, None), Ok(()));
        let wrong = headers(&[(header::AUTHORIZATION, "Bearer secreT")]);
        let denied = guard.admit(&wrong, Some("secret"));
        assert_eq!(denied, Err(Denied::OtherToken), "the header counts");
    }

    #[test]
    fn there_is_room_for_so_many_and_again_when_one_leaves() {
        let guard = Guard::new(None, &[], 3);
        let enter = || guard.enter(&headers(&[]), None);
        let mut inside: Vec<_> = (0..3).map(|_| enter().unwrap()).collect();
        assert_eq!(enter().err(), Some(Denied::Full));
        inside.pop();
        assert!(enter().is_ok());
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
