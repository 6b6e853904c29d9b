//! As much of EDN, Clojure's notation, as the values of a history need. Knows nothing of histories.

use serde_json::Value;

/// The value that `text` is: `nil`, `true`, a whole number, a string, a keyword (as a string with its colon), a vector, a map with
/// keywords as keys. `None` if it is nothing of that.
pub(crate) fn value(text: &str) -> Option<Value> {
    let mut rest = text;
    let value = any(&mut rest, NESTING_MAX)?;
    skip(&mut rest);
    rest.is_empty().then_some(value)
}

/// How deep values may stand in one another: far more than a history has, far less than the stack holds.
const NESTING_MAX: u32 = 32;

/// Blanks and commas mean nothing.
fn skip(rest: &mut &str) {
    *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
}

fn any(rest: &mut &str, nesting: u32) -> Option<Value> {
    let nesting = nesting.checked_sub(1)?;
    skip(rest);
    match rest.chars().next()? {
        '{' => {
            let mut map = serde_json::Map::new();
            *rest = &rest[1..];
            while !ends(rest, '}') {
                let Value::String(key) = any(rest, nesting)? else {
                    return None;
                };
                let key = key.strip_prefix(':')?.to_owned();
                map.insert(key, any(rest, nesting)?);
            }
            Some(Value::Object(map))
        }
        '[' => {
            let mut list = Vec::new();
            *rest = &rest[1..];
            while !ends(rest, ']') {
                list.push(any(rest, nesting)?);
            }
            Some(Value::Array(list))
        }
        '"' => string(rest),
        _ => {
            let stops = |c: char| c.is_whitespace() || ",{}[]\"".contains(c);
            let end = rest.find(stops).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            *rest = after;
            match word {
                "nil" => Some(Value::Null),
                "true" => Some(true.into()),
                "false" => Some(false.into()),
                _ if word.len() > 1 && word.starts_with(':') => Some(word.into()),
                _ => word.parse::<i64>().ok().map(Value::from),
            }
        }
    }
}

/// Whether what was opened ends here; steps over the end.
fn ends(rest: &mut &str, end: char) -> bool {
    skip(rest);
    match rest.strip_prefix(end) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn string(rest: &mut &str) -> Option<Value> {
    let mut text = String::new();
    let mut chars = rest[1..].char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => {
                *rest = &rest[place + 2..];
                return Some(text.into());
            }
            '\\' => text.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                c @ ('"' | '\\') => c,
                _ => return None,
            }),
            c => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::value;
    use serde_json::json;

    #[test]
    fn values() {
        let check = |text, expected| assert_eq!(value(text), expected, "{text}");
        check("nil", Some(json!(null)));
        check(" [3 -1] ", Some(json!([3, -1])));
        check(":timed-out", Some(json!(":timed-out")));
        check(r#""a \"b\" 汉""#, Some(json!("a \"b\" 汉")));
        check(
            r#"{:process 0, :type :ok, :value [nil true]}"#,
            Some(json!({"process": 0, "type": ":ok", "value": [null, true]})),
        );
        for wrong in [
            "", "[1", "{:a}", "{1 2}", "\"a", "1 2", "x", "]", ":", "\"\\q\"",
        ] {
            check(wrong, None);
        }
        check(&"[".repeat(100_000), None);
    }
}
