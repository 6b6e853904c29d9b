//! Who may connect: the token, the page's origin, how many, and how fast.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How many connections there may be at once.
const CONNECTIONS_MAX: usize = 1_024;

/// Who may connect.
#[derive(Clone)]
pub(super) struct Guard {
    token: Arc<str>,
    origins: Arc<[String]>,
    room: Arc<Semaphore>,
}

/// Why somebody may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Denied {
    Token,
    Origin,
    Full,
}

impl Denied {
    /// As a sentence.
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Token => {
                "the token is missing or another one; the bridge told it when it started"
            }
            Self::Origin => "pages of this origin may not connect; --allow-origin lets them",
            Self::Full => "there are too many connections; close one and try again",
        }
    }
}

impl Guard {
    pub(super) fn new(token: String, origins: Vec<String>) -> Self {
        Self {
            token: token.into(),
            origins: origins.into(),
            room: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        }
    }

    /// Lets somebody in who knows the token. A browser says of which origin its page is, and `host` is what it takes this for: they must
    /// be the same, or the origin one of those that were allowed.
    pub(super) fn admit(
        &self,
        token: Option<&str>,
        origin: Option<&str>,
        host: Option<&str>,
    ) -> Result<OwnedSemaphorePermit, Denied> {
        let own = |origin: &str| {
            let named = origin.strip_prefix("http://");
            named.is_some() && named == host
        };
        if let Some(origin) = origin
            && !own(origin)
            && !self.origins.iter().any(|allowed| allowed == origin)
        {
            return Err(Denied::Origin);
        }
        if !token.is_some_and(|token| same(token, &self.token)) {
            return Err(Denied::Token);
        }
        self.room
            .clone()
            .try_acquire_owned()
            .map_err(|_| Denied::Full)
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).map(|(a, b)| a ^ b);
    one.len() == other.len() && differences.fold(0, |all, it| all | it) == 0
}

/// How fast a connection may speak: so many messages a second, and a second's worth at once.
pub(super) struct Pace {
    rate: f64,
    left: f64,
    filled: Instant,
}

impl Pace {
    pub(super) fn new(rate: f64) -> Self {
        Self {
            rate,
            left: rate,
            filled: Instant::now(),
        }
    }

    /// How long whoever speaks has to wait before the next message is taken.
    pub(super) fn next(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let since = now.duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.left = (self.left + since * self.rate).min(self.rate) - 1.0;
        (self.left < 0.0).then(|| Duration::from_secs_f64(-self.left / self.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Option<&str> = Some("127.0.0.1:7400");

    fn denied(guard: &Guard, token: Option<&str>, origin: Option<&str>) -> Option<Denied> {
        guard.admit(token, origin, HOST).err()
    }

    #[test]
    fn only_who_knows_the_token_comes_in() {
        let guard = Guard::new("secret-token".into(), vec![]);
        assert_eq!(denied(&guard, Some("secret-token"), None), None);
        for wrong in [None, Some(""), Some("secret-tokem"), Some("secret-token2")] {
            assert_eq!(denied(&guard, wrong, None), Some(Denied::Token));
        }
    }

    #[test]
    fn a_page_is_of_this_origin_or_one_that_was_allowed() {
        let guard = Guard::new("secret-token".into(), vec!["https://example.org".into()]);
        let origin = |origin| denied(&guard, Some("secret-token"), Some(origin));
        assert_eq!(origin("http://127.0.0.1:7400"), None);
        assert_eq!(origin("https://example.org"), None);
        for wrong in [
            "http://127.0.0.1:7401",
            "https://127.0.0.1:7400",
            "http://evil.example",
            "https://example.org.evil.example",
            "null",
        ] {
            assert_eq!(origin(wrong), Some(Denied::Origin), "{wrong}");
        }
    }

    #[test]
    fn there_is_room_for_so_many_and_again_when_one_leaves() {
        let guard = Guard::new("secret-token".into(), vec![]);
        let enter = || guard.admit(Some("secret-token"), None, HOST);
        let mut inside: Vec<_> = (0..CONNECTIONS_MAX).map(|_| enter().unwrap()).collect();
        assert_eq!(enter().err(), Some(Denied::Full));
        inside.pop();
        assert!(enter().is_ok());
    }

    #[tokio::test]
    async fn who_speaks_too_fast_waits() {
        let mut pace = Pace::new(100.0);
        assert!((0..100).all(|_| pace.next().is_none()));
        let wait = (0..100).filter_map(|_| pace.next()).max().unwrap();
        assert!(wait > Duration::from_millis(500), "{wait:?}");
    }
}
