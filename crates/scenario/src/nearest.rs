//! "Did you mean …?": the known name that looks most like a given one.

/// The one of `known` that `given` was most likely meant to be, if any is near.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // The measure and the threshold that clap uses for its own flags.
    const NEAR: f64 = 0.7;
    let given = given.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|name| (strsim::jaro(&given, &name.replace('-', "_")), name))
        .filter(|(likeness, _)| *likeness > NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let known = [
            "servers",
            "election_timeout_min_us",
            "election_timeout_max_us",
        ];
        let nearest = |given| nearest(given, known);
        assert_eq!(nearest("server").as_deref(), Some("servers"));
        assert_eq!(
            nearest("election-timeout-max").as_deref(),
            Some("election_timeout_max_us")
        );
        assert_eq!(nearest("q"), None);
    }
}
