//! Fressian, as far as Clojure's data go: values become JSON, keywords and symbols texts, what has a tag of its own an object of its tag.
//!
//! The codes are those of `org.fressian.impl.Codes`. Whatever the bytes are, it neither panics nor takes more than its bounds.

use serde_json::{Map, Value};

/// How deep values may lie within each other.
const DEPTH_MAX: usize = 64;
/// How much may come of all bytes together, in bytes of memory: what is cached can be repeated for a byte each.
const WEIGHT_MAX: usize = 256 << 20;

/// Why bytes cannot be read, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wrong {
    /// They end within a value.
    End,
    /// This code begins nothing that is read here.
    Code { at: usize, code: u8 },
    /// It names something that was not written before.
    Unknown { at: usize },
    /// It lies too deep, or too much comes of it.
    Large { at: usize },
}

/// A kind of struct: its tag, and how many components it has.
#[derive(Clone)]
struct Kind {
    tag: String,
    fields: usize,
}

/// Reads one value after the other.
pub(super) struct Fressian<'a> {
    bytes: &'a [u8],
    at: usize,
    weight: usize,
    /// `None` where it is still being read.
    cache: Vec<Option<Value>>,
    kinds: Vec<Kind>,
}

impl<'a> Fressian<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            weight: 0,
            cache: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// The next value; `None` behind the last one.
    pub(super) fn next(&mut self) -> Option<Result<Value, Wrong>> {
        (self.at < self.bytes.len()).then(|| self.value(0))
    }

    /// How many bytes were read.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Result<u8, Wrong> {
        let byte = self.bytes.get(self.at).copied().ok_or(Wrong::End)?;
        self.at += 1;
        Ok(byte)
    }

    fn raw(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let end = self.at.checked_add(count).ok_or(Wrong::End)?;
        let raw = self.bytes.get(self.at..end).ok_or(Wrong::End)?;
        self.at = end;
        self.weighs(count)?;
        Ok(raw)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let mut number = [0; N];
        number.copy_from_slice(self.raw(N)?);
        Ok(number)
    }

    fn weighs(&mut self, bytes: usize) -> Result<(), Wrong> {
        self.weight = self.weight.saturating_add(bytes);
        if self.weight > WEIGHT_MAX {
            return Err(Wrong::Large { at: self.at });
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value, Wrong> {
        let code = self.byte()?;
        self.read(code, depth)
    }

    fn read(&mut self, code: u8, depth: usize) -> Result<Value, Wrong> {
        let at = self.at;
        if depth > DEPTH_MAX {
            return Err(Wrong::Large { at });
        }
        self.weighs(size_of::<Value>())?;
        Ok(match code {
            0x00..=0x7f | 0xf8 | 0xff => self.int(code)?.into(),
            0x80..=0x9f => self.cached((code - 0x80).into())?,
            0xcc => {
                let place = self.count()?;
                self.cached(place)?
            }
            0xcd => {
                let place = self.cache.len();
                self.cache.push(None);
                let value = self.value(depth + 1)?;
                // What was read within may have reset the cache.
                if let Some(kept) = self.cache.get_mut(place) {
                    self.weight = self.weight.saturating_add(weight(&value));
                    *kept = Some(value.clone());
                }
                value
            }
            0xa0..=0xaf => self.known((code - 0xa0).into(), depth)?,
            0xf0 => {
                let place = self.count()?;
                self.known(place, depth)?
            }
            0xef => {
                let Value::String(tag) = self.value(depth + 1)? else {
                    return Err(Wrong::Unknown { at });
                };
                let fields = self.count()?;
                let kind = Kind { tag, fields };
                self.kinds.push(kind.clone());
                self.tagged(&kind.tag, kind.fields, depth)?
            }
            // Arrays: how many, and each.
            0xb0..=0xb5 => {
                let count = self.count()?;
                self.list(count, depth)?
            }
            0xc0 => self.tagged("map", 1, depth)?,
            0xc1 => self.tagged("set", 1, depth)?,
            0xc3 => self.tagged("uuid", 1, depth)?,
            0xc4 => self.tagged("regex", 1, depth)?,
            0xc5 => self.tagged("uri", 1, depth)?,
            0xc6 => self.tagged("bigint", 1, depth)?,
            0xc7 => self.tagged("bigdec", 2, depth)?,
            0xc8 => self.tagged("inst", 1, depth)?,
            0xc9 => self.tagged("sym", 2, depth)?,
            0xca => self.tagged("key", 2, depth)?,
            0xcf => {
                // The rest of the mark, the length and the checksum: a new part begins.
                self.raw(11)?;
                self.reset();
                self.value(depth + 1)?
            }
            0xd0..=0xd7 => hex(self.raw((code - 0xd0).into())?),
            0xd8 | 0xd9 => {
                let mut bytes = Vec::new();
                let mut code = code;
                loop {
                    let count = self.count()?;
                    bytes.extend_from_slice(self.raw(count)?);
                    if code == 0xd9 {
                        break hex(&bytes);
                    }
                    code = self.byte()?;
                    if !matches!(code, 0xd8 | 0xd9) {
                        return Err(Wrong::Code {
                            at: self.at - 1,
                            code,
                        });
                    }
                }
            }
            0xda..=0xe3 => Value::String(self.text(code)?),
            0xe4..=0xeb => self.list((code - 0xe4).into(), depth)?,
            0xec => {
                let count = self.count()?;
                self.list(count, depth)?
            }
            0xed | 0xee => {
                let mut list = Vec::new();
                loop {
                    let next = match self.byte() {
                        // An open list may end with the bytes.
                        Err(Wrong::End) if code == 0xee => break,
                        next => next?,
                    };
                    if next == 0xfd {
                        break;
                    }
                    list.push(self.read(next, depth + 1)?);
                }
                Value::Array(list)
            }
            0xf5 => true.into(),
            0xf6 => false.into(),
            0xf7 => Value::Null,
            0xf9 => f64::from(f32::from_be_bytes(self.number()?)).into(),
            0xfa => f64::from_be_bytes(self.number()?).into(),
            0xfb => 0.0.into(),
            0xfc => 1.0.into(),
            0xfe => {
                self.reset();
                self.value(depth + 1)?
            }
            _ => return Err(Wrong::Code { at: at - 1, code }),
        })
    }

    fn reset(&mut self) {
        self.cache.clear();
        self.kinds.clear();
    }

    /// A whole number, whose first byte tells how many follow and what stands before them.
    fn int(&mut self, code: u8) -> Result<i64, Wrong> {
        let (zero, bytes) = match code {
            0xff => return Ok(-1),
            0x00..=0x3f => return Ok(code.into()),
            0x40..=0x5f => (0x50, 1),
            0x60..=0x6f => (0x68, 2),
            0x70..=0x73 => (0x72, 3),
            0x74..=0x77 => (0x76, 4),
            0x78..=0x7b => (0x7a, 5),
            0x7c..=0x7f => (0x7e, 6),
            0xf8 => return Ok(i64::from_be_bytes(self.number()?)),
            _ => {
                return Err(Wrong::Code {
                    at: self.at - 1,
                    code,
                });
            }
        };
        let first = i64::from(code) - zero;
        let raw = self.raw(bytes)?;
        Ok(raw
            .iter()
            .fold(first, |all, byte| (all << 8) | i64::from(*byte)))
    }

    fn count(&mut self) -> Result<usize, Wrong> {
        let at = self.at;
        let code = self.byte()?;
        let count = self.int(code)?;
        usize::try_from(count).map_err(|_| Wrong::Unknown { at })
    }

    fn cached(&mut self, place: usize) -> Result<Value, Wrong> {
        let unknown = Wrong::Unknown { at: self.at };
        let value = self.cache.get(place).and_then(Option::as_ref);
        let value = value.ok_or(unknown)?.clone();
        self.weighs(weight(&value))?;
        Ok(value)
    }

    fn known(&mut self, place: usize, depth: usize) -> Result<Value, Wrong> {
        let kind = self.kinds.get(place).cloned();
        let kind = kind.ok_or(Wrong::Unknown { at: self.at })?;
        self.tagged(&kind.tag, kind.fields, depth)
    }

    fn list(&mut self, count: usize, depth: usize) -> Result<Value, Wrong> {
        // As many as there are, whatever is promised: each takes a byte.
        let items = (0..count).map(|_| self.value(depth + 1));
        items.collect::<Result<Vec<_>, _>>().map(Value::Array)
    }

    fn tagged(&mut self, tag: &str, fields: usize, depth: usize) -> Result<Value, Wrong> {
        let Value::Array(mut fields) = self.list(fields, depth)? else {
            return Ok(Value::Null);
        };
        Ok(match (tag, &mut *fields) {
            ("map", [Value::Array(pairs)]) => map(std::mem::take(pairs)),
            ("set" | "inst" | "uuid" | "uri", [only]) => only.take(),
            ("key" | "sym", [Value::Null, Value::String(name)]) => std::mem::take(name).into(),
            ("key" | "sym", [Value::String(space), Value::String(name)]) => {
                format!("{space}/{name}").into()
            }
            ("bigint", [Value::String(hex)]) => bigint(hex),
            _ => Value::Object(Map::from_iter([(tag.to_owned(), Value::Array(fields))])),
        })
    }

    /// A text, in pieces where it is long. Java's letters beyond 16 bits are two of three bytes each.
    fn text(&mut self, code: u8) -> Result<String, Wrong> {
        let mut units: Vec<u16> = Vec::new();
        let mut code = code;
        loop {
            let count = match code {
                0xda..=0xe1 => usize::from(code - 0xda),
                0xe2 | 0xe3 => self.count()?,
                _ => {
                    return Err(Wrong::Code {
                        at: self.at - 1,
                        code,
                    });
                }
            };
            units.extend(Units(self.raw(count)?));
            if code != 0xe2 {
                return Ok(String::from_utf16_lossy(&units));
            }
            code = self.byte()?;
        }
    }
}

/// The 16-bit units that bytes of Java's UTF-8 stand for; what is none is replaced.
struct Units<'a>(&'a [u8]);

impl Iterator for Units<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let (unit, taken) = match *self.0 {
            [] => return None,
            [one @ ..0x80, ..] => (u16::from(one), 1),
            [one @ 0xc0..0xe0, two, ..] => {
                ((u16::from(one) & 0x1f) << 6 | u16::from(two) & 0x3f, 2)
            }
            [one @ 0xe0..0xf0, two, three, ..] => {
                let low = (u16::from(two) & 0x3f) << 6 | u16::from(three) & 0x3f;
                ((u16::from(one) & 0x0f) << 12 | low, 3)
            }
            _ => (0xfffd, 1),
        };
        self.0 = &self.0[taken..];
        Some(unit)
    }
}

/// About how much memory a value takes, in bytes.
fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(map) => map.iter().map(|(key, it)| key.len() + weight(it)).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// Keys and values in turn. Keys that are no texts are written as JSON.
fn map(pairs: Vec<Value>) -> Value {
    let mut map = Map::new();
    let mut pairs = pairs.into_iter();
    while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
        let key = match key {
            Value::String(text) => text,
            other => other.to_string(),
        };
        map.insert(key, value);
    }
    Value::Object(map)
}

/// Bytes as a text: two letters each.
fn hex(bytes: &[u8]) -> Value {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(half.into(), 16));
        }
    }
    Value::String(text)
}

/// A large whole number from its bytes, the highest first: a number where JSON has it, otherwise its digits or bytes as a text.
fn bigint(hex: &str) -> Value {
    let bits = 4 * hex.len() as u32;
    match u128::from_str_radix(hex, 16) {
        Ok(number) if bits <= 128 => {
            let shift = 128 - bits;
            let number = ((number << shift) as i128) >> shift;
            match i64::try_from(number) {
                Ok(number) => number.into(),
                Err(_) => number.to_string().into(),
            }
        }
        _ => format!("0x{hex}").into(),
    }
}
