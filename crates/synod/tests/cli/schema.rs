//! As much of JSON Schema (draft 2020-12) as the schemas in docs/schema use. A keyword that is not known here is an error,
//! so that a schema never says more than is checked.

use serde_json::Value;

/// Everything that is wrong with `value`, each with its place.
pub(crate) fn complaints(schema: &Value, value: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    check(schema, schema, value, "", &mut complaints);
    complaints
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, out: &mut Vec<String>) {
    let keywords = match schema {
        Value::Bool(true) => return,
        Value::Object(keywords) => keywords,
        _ => return out.push(format!("{place}: nothing may stand here")),
    };
    let mut wrong = |what: String| out.push(format!("{place}: {what}"));
    for (keyword, rule) in keywords {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "type" => {
                if !has_type(value, text(rule)) {
                    wrong(format!("{value} is no {rule}"));
                }
            }
            "const" => {
                if value != rule {
                    wrong(format!("{value} is not {rule}"));
                }
            }
            "enum" => {
                if !list(rule).contains(value) {
                    wrong(format!("{value} is none of {rule}"));
                }
            }
            "minimum" => {
                if value.as_f64() < rule.as_f64() {
                    wrong(format!("{value} is less than {rule}"));
                }
            }
            "maximum" => {
                if value.as_f64() > rule.as_f64() {
                    wrong(format!("{value} is more than {rule}"));
                }
            }
            "minItems" => {
                let length = value.as_array().map_or(0, Vec::len) as u64;
                if Some(length) < rule.as_u64() {
                    wrong(format!("has {length} items, fewer than {rule}"));
                }
            }
            "pattern" => {
                let given = value.as_str().unwrap_or_default();
                if !fits(text(rule), given) {
                    wrong(format!("{value} does not fit {rule}"));
                }
            }
            "required" => {
                for key in list(rule) {
                    if value.get(text(key)).is_none() {
                        wrong(format!("{key} is missing"));
                    }
                }
            }
            "properties" | "additionalProperties" | "items" | "prefixItems" | "oneOf" | "$ref" => {}
            other => panic!("the schema uses `{other}`, which this test does not check"),
        }
    }
    nested(root, schema, value, place, out);
}

/// The patterns that the schemas use, each by hand.
fn fits(pattern: &str, given: &str) -> bool {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    match pattern {
        "^[0-9a-f]{16}$" => given.len() == 16 && given.chars().all(hex),
        "^(>=|<=|!=|>|<|=)? ?[0-9]+$" => {
            let signs = [">=", "<=", "!=", ">", "<", "="];
            let number = signs.iter().find_map(|sign| given.strip_prefix(sign));
            let number = number.unwrap_or(given);
            let number = number.strip_prefix(' ').unwrap_or(number);
            !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
        }
        other => panic!("the schema uses the pattern `{other}`, which this test does not check"),
    }
}

/// The keywords that hold other schemas.
fn nested(root: &Value, schema: &Value, value: &Value, place: &str, out: &mut Vec<String>) {
    if let Some(target) = schema.get("$ref") {
        let pointer = text(target).trim_start_matches('#');
        let target = root
            .pointer(pointer)
            .expect("a reference inside the schema");
        check(root, target, value, place, out);
    }
    if let Some(fields) = value.as_object() {
        for (key, field) in fields {
            let place = format!("{place}/{key}");
            let named = schema.get("properties").and_then(|named| named.get(key));
            if let Some(inner) = named.or_else(|| schema.get("additionalProperties")) {
                check(root, inner, field, &place, out);
            }
        }
    }
    if let Some(items) = value.as_array() {
        let first = schema.get("prefixItems").map_or(&[][..], list);
        for (index, item) in items.iter().enumerate() {
            if let Some(inner) = first.get(index).or_else(|| schema.get("items")) {
                check(root, inner, item, &format!("{place}/{index}"), out);
            }
        }
    }
    if let Some(choices) = schema.get("oneOf") {
        let tried: Vec<Vec<String>> = list(choices)
            .iter()
            .map(|choice| {
                let mut inner = Vec::new();
                check(root, choice, value, place, &mut inner);
                inner
            })
            .collect();
        match tried.iter().filter(|inner| inner.is_empty()).count() {
            1 => {}
            // The choice that came nearest says what is wrong.
            0 => {
                let deepest =
                    |inner: &&Vec<String>| inner.iter().map(|c| c.matches('/').count()).max();
                let nearest = tried.iter().max_by_key(deepest);
                out.extend(nearest.into_iter().flatten().cloned());
            }
            several => out.push(format!("{place}: fits {several} choices, not one")),
        }
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the schema uses the type `{other}`, which this test does not check"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string in the schema")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list in the schema")
}
