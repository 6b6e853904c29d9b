//! The digest of a value under other names of nodes: a serializer that knows [`NodeId`] and [`NodeSet`] by the names of their
//! types. Maps and sets of nodes have no order; everything else has. Knows no protocol.

use protocol::{NodeId, NodeSet};
use serde::ser::{self, Serialize};
use std::fmt::Error;
use std::hash::Hash;

/// The digest of `value`, where each node is called as `names` has it; those beyond keep their own.
pub(crate) fn named<T: Serialize + ?Sized>(value: &T, names: &[u16]) -> u64 {
    // Nothing here fails: whoever serializes itself by an error of its own is one like all that do.
    value.serialize(Named::of(names)).unwrap_or(0)
}

#[derive(Clone, Copy)]
struct Named<'a> {
    names: &'a [u16],
    /// What comes is the number of a node.
    is_node: bool,
    /// What comes are the members of a set of nodes.
    is_set: bool,
}

/// The parts of a value.
struct Parts<'a> {
    names: &'a [u16],
    kind: u64,
    parts: Vec<u64>,
    ordered: bool,
}

impl<'a> Named<'a> {
    const fn of(names: &'a [u16]) -> Self {
        Self {
            names,
            is_node: false,
            is_set: false,
        }
    }

    const fn parts(self, kind: u64, ordered: bool) -> Parts<'a> {
        Parts {
            names: self.names,
            kind,
            parts: Vec::new(),
            ordered,
        }
    }
}

impl Parts<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.parts.push(value.serialize(Named::of(self.names))?);
        Ok(())
    }

    fn finish(mut self) -> u64 {
        if !self.ordered {
            self.parts.sort_unstable();
        }
        word(self.kind, &self.parts)
    }
}

fn word(kind: u64, value: impl Hash) -> u64 {
    protocol::digest_of(&(kind, value))
}

const SEQ: u64 = 1;
const MAP: u64 = 2;
const NONE: u64 = 3;
const SOME: u64 = 4;
const VARIANT: u64 = 5;
const NODE: u64 = 6;

macro_rules! plain {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<u64, Error> {
            Ok(protocol::digest_of(&value))
        })*
    };
}

impl<'a> ser::Serializer for Named<'a> {
    type Ok = u64;
    type Error = Error;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    plain! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
    }

    fn serialize_u16(self, value: u16) -> Result<u64, Error> {
        if !self.is_node {
            return Ok(protocol::digest_of(&value));
        }
        let name = self.names.get(usize::from(value));
        Ok(word(NODE, name.copied().unwrap_or(value)))
    }

    fn serialize_f32(self, value: f32) -> Result<u64, Error> {
        Ok(protocol::digest_of(&value.to_bits()))
    }

    fn serialize_f64(self, value: f64) -> Result<u64, Error> {
        Ok(protocol::digest_of(&value.to_bits()))
    }

    fn serialize_none(self) -> Result<u64, Error> {
        Ok(NONE)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<u64, Error> {
        Ok(word(SOME, value.serialize(self)?))
    }

    fn serialize_unit(self) -> Result<u64, Error> {
        Ok(0)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<u64, Error> {
        Ok(0)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<u64, Error> {
        Ok(word(VARIANT, index))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<u64, Error> {
        value.serialize(Self {
            is_node: name == NodeId::NAME,
            is_set: name == NodeSet::NAME,
            ..self
        })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<u64, Error> {
        Ok(word(VARIANT, (index, value.serialize(self)?)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>, Error> {
        Ok(self.parts(SEQ, !self.is_set))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Error> {
        Ok(self.parts(SEQ, true))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Error> {
        Ok(self.parts(SEQ, true))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Error> {
        Ok(self.parts(word(VARIANT, index), true))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'a>, Error> {
        Ok(Entries {
            parts: self.parts(MAP, false),
            key: 0,
        })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Error> {
        Ok(self.parts(SEQ, true))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Error> {
        Ok(self.parts(word(VARIANT, index), true))
    }
}

/// The entries of a map, one digest each.
struct Entries<'a> {
    parts: Parts<'a>,
    key: u64,
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = u64;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = key.serialize(Named::of(self.parts.names))?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let value = value.serialize(Named::of(self.parts.names))?;
        self.parts.parts.push(word(self.key, value));
        Ok(())
    }

    fn end(self) -> Result<u64, Error> {
        Ok(self.parts.finish())
    }
}

macro_rules! elements {
    ($($part:ident: $method:ident),* $(,)?) => {
        $(impl ser::$part for Parts<'_> {
            type Ok = u64;
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.add(value)
            }

            fn end(self) -> Result<u64, Error> {
                Ok(self.finish())
            }
        })*
    };
}

elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! fields {
    ($($part:ident),* $(,)?) => {
        $(impl ser::$part for Parts<'_> {
            type Ok = u64;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                // A field that is sometimes left out must not pass for its neighbour.
                self.parts.push(protocol::digest_of(name));
                self.add(value)
            }

            fn end(self) -> Result<u64, Error> {
                Ok(self.finish())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn nodes_are_called_as_they_are_named_and_numbers_are_not() {
        let swapped = [1, 0, 2];
        let own = [0, 1, 2];
        let [a, b, c] = [0, 1, 2].map(NodeId);
        let set = |nodes: &[NodeId]| nodes.iter().copied().collect::<NodeSet>();
        assert_eq!(named(&a, &swapped), named(&b, &own));
        assert_eq!(named(&c, &swapped), named(&c, &own));
        assert_ne!(named(&a, &swapped), named(&a, &own));
        assert_eq!(named(&0u16, &swapped), named(&0u16, &own));
        assert_ne!(named(&a, &own), named(&0u16, &own));
        // A set has no order, a row has.
        assert_eq!(named(&set(&[a, c]), &swapped), named(&set(&[b, c]), &own));
        assert_eq!(named(&set(&[a, b]), &swapped), named(&set(&[a, b]), &own));
        assert_ne!(named(&[a, b], &swapped), named(&[a, b], &own));
        assert_eq!(named(&[a, b], &swapped), named(&[b, a], &own));
        let map = |pairs: [(NodeId, u64); 2]| BTreeMap::from(pairs);
        assert_eq!(
            named(&map([(a, 5), (b, 6)]), &swapped),
            named(&map([(a, 6), (b, 5)]), &own)
        );
        assert_ne!(
            named(&map([(a, 5), (b, 6)]), &swapped),
            named(&map([(a, 5), (b, 6)]), &own)
        );
        // Who keeps a name of its own.
        assert_eq!(named(&NodeId(9), &swapped), named(&NodeId(9), &own));
        assert_ne!(named(&None::<NodeId>, &own), named(&Some(a), &own));
    }
}
