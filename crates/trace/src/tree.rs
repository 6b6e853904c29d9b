//! States, bodies and writes as trees for people: JSON values in which a node is its label.
//!
//! Knows no protocol: whatever serializes becomes a tree.

use protocol::NodeId;
use serde::Serialize;
use serde::ser::{self, Serializer};
use serde_json::{Map, Number, Value};
use std::fmt::Display;

/// Of a list or a map that somebody looks at so many are made, the last ones: a few times what a panel lists, so that those
/// listed can be compared with those before a step that took some away.
pub const LISTED_MAX: usize = 256;

/// The tree of `value`, with nodes by their `labels`.
pub fn tree<T: Serialize + ?Sized>(value: &T, labels: &[String]) -> Value {
    within(usize::MAX, value, labels)
}

/// The same as far as anybody looks: of a longer list or map only the last [`LISTED_MAX`] are made, whatever grew before them is
/// null. A panel asks for it after every step, of a log that may have any length.
pub fn glimpse<T: Serialize + ?Sized>(value: &T, labels: &[String]) -> Value {
    within(LISTED_MAX, value, labels)
}

fn within<T: Serialize + ?Sized>(most: usize, value: &T, labels: &[String]) -> Value {
    value
        .serialize(Tree { labels, most })
        .unwrap_or_else(|error| Value::String(error.0))
}

/// Why something is no tree: its own words.
#[derive(Debug)]
struct Unfit(String);

impl Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl ser::Error for Unfit {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[derive(Clone, Copy)]
struct Tree<'a> {
    labels: &'a [String],
    /// Of a list or a map so many are made, the last ones.
    most: usize,
}

/// Wraps a value as the content of an enum's variant.
fn variant(name: &'static str, content: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), content)]))
}

/// A sequence under way, and the variant that it is the content of.
struct Items<'a> {
    tree: Tree<'a>,
    items: Vec<Value>,
    /// So many at the beginning are null.
    nulls: usize,
    of: Option<&'static str>,
}

/// A map or struct under way, and the variant that it is the content of.
struct Fields<'a> {
    tree: Tree<'a>,
    fields: Map<String, Value>,
    key: String,
    /// So many at the beginning are null.
    nulls: usize,
    of: Option<&'static str>,
}

impl<'a> Tree<'a> {
    fn items(self, len: usize, of: Option<&'static str>) -> Items<'a> {
        Items {
            tree: self,
            items: Vec::with_capacity(len),
            nulls: len.saturating_sub(self.most),
            of,
        }
    }

    fn fields(self, of: Option<&'static str>) -> Fields<'a> {
        Fields {
            tree: self,
            fields: Map::new(),
            key: String::new(),
            nulls: 0,
            of,
        }
    }
}

macro_rules! plain {
    ($($method:ident: $type:ty => $value:expr;)+) => { $(
        fn $method(self, value: $type) -> Result<Value, Unfit> {
            Ok($value(value))
        }
    )+ };
}

impl<'a> Serializer for Tree<'a> {
    type Ok = Value;
    type Error = Unfit;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    plain! {
        serialize_bool: bool => Value::Bool;
        serialize_i8: i8 => Value::from;
        serialize_i16: i16 => Value::from;
        serialize_i32: i32 => Value::from;
        serialize_i64: i64 => Value::from;
        serialize_u8: u8 => Value::from;
        serialize_u16: u16 => Value::from;
        serialize_u32: u32 => Value::from;
        serialize_u64: u64 => Value::from;
        serialize_f32: f32 => Value::from;
        serialize_f64: f64 => Value::from;
        serialize_char: char => |c: char| Value::String(c.to_string());
        serialize_str: &str => |text: &str| Value::String(text.to_owned());
        serialize_bytes: &[u8] => |bytes: &[u8]| bytes.iter().map(|byte| Value::Number(Number::from(*byte))).collect();
    }

    fn serialize_none(self) -> Result<Value, Unfit> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Unfit> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Unfit> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Unfit> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Value, Unfit> {
        Ok(Value::String(name.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Unfit> {
        let inner = value.serialize(self)?;
        if name != NodeId::NAME {
            return Ok(inner);
        }
        let label = inner.as_u64().and_then(|id| self.labels.get(id as usize));
        Ok(label.map_or(inner, |label| Value::String(label.clone())))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Unfit> {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items<'a>, Unfit> {
        Ok(self.items(len.unwrap_or(0), None))
    }

    fn serialize_tuple(self, len: usize) -> Result<Items<'a>, Unfit> {
        Ok(self.items(len, None))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items<'a>, Unfit> {
        Ok(self.items(len, None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<Items<'a>, Unfit> {
        Ok(self.items(len, Some(name)))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Fields<'a>, Unfit> {
        Ok(Fields {
            nulls: len.unwrap_or(0).saturating_sub(self.most),
            ..self.fields(None)
        })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Unfit> {
        Ok(self.fields(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Fields<'a>, Unfit> {
        Ok(self.fields(Some(name)))
    }
}

impl Items<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let value = if self.items.len() < self.nulls {
            Value::Null
        } else {
            value.serialize(self.tree)?
        };
        self.items.push(value);
        Ok(())
    }

    fn done(self) -> Value {
        let items = Value::Array(self.items);
        match self.of {
            Some(name) => variant(name, items),
            None => items,
        }
    }
}

macro_rules! items {
    ($($trait:ident :: $method:ident),+) => { $(
        impl ser::$trait for Items<'_> {
            type Ok = Value;
            type Error = Unfit;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
                self.add(value)
            }

            fn end(self) -> Result<Value, Unfit> {
                Ok(self.done())
            }
        }
    )+ };
}

items!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

impl Fields<'_> {
    fn done(self) -> Value {
        let fields = Value::Object(self.fields);
        match self.of {
            Some(name) => variant(name, fields),
            None => fields,
        }
    }
}

impl ser::SerializeMap for Fields<'_> {
    type Ok = Value;
    type Error = Unfit;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfit> {
        self.key = match key.serialize(self.tree)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let value = if self.fields.len() < self.nulls {
            Value::Null
        } else {
            value.serialize(self.tree)?
        };
        self.fields.insert(std::mem::take(&mut self.key), value);
        Ok(())
    }

    fn end(self) -> Result<Value, Unfit> {
        Ok(self.done())
    }
}

macro_rules! fields {
    ($($trait:ident),+) => { $(
        impl ser::$trait for Fields<'_> {
            type Ok = Value;
            type Error = Unfit;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unfit> {
                let value = value.serialize(self.tree)?;
                self.fields.insert(key.to_owned(), value);
                Ok(())
            }

            fn end(self) -> Result<Value, Unfit> {
                Ok(self.done())
            }
        }
    )+ };
}

fields!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Shape {
        Plain,
        One(NodeId),
        Two(u8, Option<NodeId>),
        Named { by: NodeId, text: &'static str },
    }

    /// Counts how often any of its kind becomes a tree.
    struct Counted<'a>(&'a std::cell::Cell<usize>);

    impl Serialize for Counted<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.set(self.0.get() + 1);
            serializer.serialize_u64(7)
        }
    }

    #[test]
    fn a_glimpse_of_a_long_list_costs_what_is_looked_at() {
        let made = std::cell::Cell::new(0);
        let long = 10 * LISTED_MAX;
        let list: Vec<_> = (0..long).map(|_| Counted(&made)).collect();
        let map: BTreeMap<usize, _> = (0..long).map(|key| (key, Counted(&made))).collect();
        for (glimpsed, what) in [(glimpse(&list, &[]), "list"), (glimpse(&map, &[]), "map")] {
            let all: Vec<Value> = match glimpsed {
                Value::Array(items) => items,
                Value::Object(fields) => fields.into_iter().map(|(_, value)| value).collect(),
                other => vec![other],
            };
            assert_eq!(all.len(), long);
            let (left_out, shown) = all.split_at(long - LISTED_MAX);
            assert!(left_out.iter().all(Value::is_null));
            assert!(shown.iter().all(|value| *value == 7), "{what}");
        }
        assert_eq!(made.take(), 2 * LISTED_MAX);
        assert_eq!(tree(&list, &[]).as_array().map(Vec::len), Some(long));
        assert_eq!(made.get(), long, "a record holds everything");
    }

    #[test]
    fn nodes_are_labels_everywhere_and_the_rest_is_as_json_has_it() {
        let labels = ["S1".to_owned(), "S2".to_owned()];
        let shapes = [
            Shape::Plain,
            Shape::One(NodeId(1)),
            Shape::Two(3, Some(NodeId(0))),
            Shape::Named {
                by: NodeId(9),
                text: "x",
            },
        ];
        let expected = r#"["Plain",{"One":"S2"},{"Two":[3,"S1"]},{"Named":{"by":9,"text":"x"}}]"#;
        assert_eq!(tree(&shapes, &labels).to_string(), expected);
        assert_eq!(tree(&shapes, &[]), serde_json::to_value(&shapes).unwrap());
        let keyed = BTreeMap::from([(NodeId(0), 1.5), (NodeId(1), 2.0)]);
        assert_eq!(tree(&keyed, &labels).to_string(), r#"{"S1":1.5,"S2":2.0}"#);
        assert_eq!(
            tree(&BTreeMap::from([(7u64, ())]), &labels).to_string(),
            r#"{"7":null}"#
        );
    }
}
