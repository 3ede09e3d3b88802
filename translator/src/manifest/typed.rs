//! A tree of values into a Rust type, with the path of what cannot be read and of every field that the type does not know.
//!
//! Libraries that follow paths wrap each type's visitor in theirs, and a browser would have to download all of them.

use std::cell::RefCell;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
        Visitor,
        value::{Error, MapAccessDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use super::{
    problem::{FieldProblem, Path},
    yaml::{Node, Shape},
};

/// Reads a value that stands at a path.
pub(crate) fn typed<T: DeserializeOwned>(node: &Node, at: &str) -> Result<T, Vec<FieldProblem>> {
    let root = if at.is_empty() {
        Path::Root
    } else {
        Path::Field(&Path::Root, at)
    };
    read(node, None, root)
}

/// Reads a value as Go's decoder would read the text that it was made of: what is not quoted is text where text is
/// wanted, and nothing is written where nothing stands.
pub(crate) fn typed_as_written<T: DeserializeOwned>(node: &Node, text: &str) -> Result<T, Vec<FieldProblem>> {
    read(node, Some(text), Path::Root)
}

/// Reads a value whose fields are known to be right, and others nobody's concern.
pub(crate) fn typed_as_checked<T: DeserializeOwned>(value: Value) -> Result<T, Vec<FieldProblem>> {
    let found = Found::default();
    attempt(&Node::at(1, 1, value), None, Path::Root, &found)
}

fn read<T: DeserializeOwned>(node: &Node, text: Option<&str>, path: Path<'_>) -> Result<T, Vec<FieldProblem>> {
    let found = Found::default();
    let value = attempt(node, text, path, &found)?;
    let unknown = found.unknown.take();
    if unknown.is_empty() { Ok(value) } else { Err(unknown) }
}

fn attempt<T: DeserializeOwned>(
    node: &Node,
    text: Option<&str>,
    path: Path<'_>,
    found: &Found,
) -> Result<T, Vec<FieldProblem>> {
    let value = T::deserialize(Tracked {
        node,
        text,
        path,
        found,
    });
    value.map_err(|error| {
        let path = found.failed.take().unwrap_or_default();
        vec![FieldProblem::unreadable(path, error)]
    })
}

/// What is found on the way.
#[derive(Default)]
struct Found {
    unknown: RefCell<Vec<FieldProblem>>,
    /// The innermost path at which something could not be read.
    failed: RefCell<Option<String>>,
}

impl Found {
    fn note<T>(&self, path: Path<'_>, read: Result<T, Error>) -> Result<T, Error> {
        read.inspect_err(|_| {
            self.failed.borrow_mut().get_or_insert_with(|| path.to_string());
        })
    }
}

/// A value at its path.
#[derive(Clone, Copy)]
struct Tracked<'n, 'p> {
    node: &'n Node,
    /// That in which the value stands, where what is written counts.
    text: Option<&'n str>,
    path: Path<'p>,
    found: &'p Found,
}

impl<'n, 'p> Tracked<'n, 'p> {
    /// A number or a switch as it stands there: `1.20` is not `1.2`, and `Off` is not `false`.
    fn scalar_text(&self) -> Option<&'n str> {
        match &self.node.shape {
            Shape::Scalar(Value::Bool(_) | Value::Number(_)) => self.node.source(self.text?),
            _ => None,
        }
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.shape {
            Shape::List(_) => self.list(visitor),
            Shape::Map(_) => self.map(visitor),
            Shape::Scalar(Value::Null) => visitor.visit_unit(),
            Shape::Scalar(_) => self.scalar(visitor),
        }
    }

    /// Only a visitor of scalars is asked for one: the others would bring code that is never run.
    fn scalar<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.shape {
            Shape::Scalar(Value::Bool(value)) => visitor.visit_bool(*value),
            Shape::Scalar(Value::String(text)) => visitor.visit_str(text),
            Shape::Scalar(Value::Number(number)) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn unexpected(&self, expected: &dyn Expected) -> Error {
        let found = match &self.node.shape {
            Shape::List(_) => Unexpected::Seq,
            Shape::Map(_) => Unexpected::Map,
            Shape::Scalar(Value::Bool(value)) => Unexpected::Bool(*value),
            Shape::Scalar(Value::String(text)) => Unexpected::Str(text),
            Shape::Scalar(Value::Number(number)) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => Unexpected::Unsigned(number),
                (_, Some(number), _) => Unexpected::Signed(number),
                (.., number) => Unexpected::Float(number.unwrap_or(f64::NAN)),
            },
            Shape::Scalar(_) => Unexpected::Unit,
        };
        Error::invalid_type(found, expected)
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.shape {
            Shape::List(items) => visitor.visit_seq(Items {
                list: self,
                items: items.iter().enumerate(),
            }),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn map<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.shape {
            Shape::Map(fields) => visitor.visit_map(self.fields(fields)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn fields(self, fields: &'n [(String, Node)]) -> Fields<'n, 'p> {
        Fields {
            map: self,
            rest: fields.iter(),
            current: None,
        }
    }

    fn word<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let word = match &self.node.shape {
            Shape::Map(fields) => return visitor.visit_enum(MapAccessDeserializer::new(self.fields(fields))),
            Shape::Scalar(Value::String(word)) => Some(word.as_str()),
            _ => self.scalar_text(),
        };
        match word {
            Some(word) => visitor.visit_enum(word.into_deserializer()),
            None => Err(Error::custom("expected a word")),
        }
    }

    fn string<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar_text() {
            Some(text) => visitor.visit_str(text),
            None => self.scalar(visitor),
        }
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.found.note(self.path, self.scalar(visitor))
        })*
    };
}

impl<'de> Deserializer<'de> for Tracked<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.found.note(self.path, self.any(visitor))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.found.note(self.path, self.string(visitor))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    /// A list is no struct.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let read = match &self.node.shape {
            Shape::List(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            _ => self.map(visitor),
        };
        self.found.note(self.path, read)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.found.note(self.path, self.map(visitor))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.found.note(self.path, self.list(visitor))
    }

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.found.note(self.path, self.word(visitor))
    }

    /// What is ignored is not known.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.found.unknown.borrow_mut().push(FieldProblem::unknown(self.path));
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Fields<'n, 'p> {
    map: Tracked<'n, 'p>,
    rest: std::slice::Iter<'n, (String, Node)>,
    current: Option<&'n (String, Node)>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Tracked { text, path, found, .. } = self.map;
        let is_written = |field: &&(String, Node)| text.is_none() || !field.1.is_null();
        self.current = self.rest.find(is_written);
        let Some((name, _)) = self.current else {
            return Ok(None);
        };
        let key = seed.deserialize(name.as_str().into_deserializer());
        found.note(Path::Field(&path, name), key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (name, node) = self
            .current
            .ok_or_else(|| Error::custom("a value comes after its key"))?;
        let path = Path::Field(&self.map.path, name);
        seed.deserialize(Tracked { node, path, ..self.map })
    }
}

struct Items<'n, 'p> {
    list: Tracked<'n, 'p>,
    items: std::iter::Enumerate<std::slice::Iter<'n, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some((index, node)) = self.items.next() else {
            return Ok(None);
        };
        let path = Path::Item(&self.list.path, index);
        let item = seed.deserialize(Tracked {
            node,
            path,
            ..self.list
        });
        item.map(Some)
    }
}
