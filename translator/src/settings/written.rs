//! A YAML tree as Go's decoder would read it into fields: what is not quoted is text where text is wanted, nothing is
//! written where nothing stands, and a list is no struct.

use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{Error, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use crate::manifest::{Node, Shape};

/// A value with the text in which it stands.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) node: &'a Node,
    pub(super) text: &'a str,
}

impl<'a> Written<'a> {
    fn of(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    /// A number or a switch as it stands there: `1.20` is not `1.2`, and `Off` is not `false`.
    fn scalar_text(self) -> Option<&'a str> {
        match &self.node.shape {
            Shape::Scalar(Value::Bool(_) | Value::Number(_)) => self.node.source(self.text),
            _ => None,
        }
    }
}

impl<'de> Deserializer<'de> for Written<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.shape {
            Shape::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(|item| self.of(item)))),
            Shape::Map(fields) => {
                let fields = fields.iter().filter(|(_, value)| !value.is_null());
                let fields = fields.map(|(name, value)| (name.as_str(), self.of(value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            Shape::Scalar(scalar) => scalar.clone().deserialize_any(visitor).map_err(Error::custom),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar_text() {
            Some(text) => visitor.visit_str(text),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.node.shape {
            Shape::List(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
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
        let word = match &self.node.shape {
            Shape::Scalar(Value::String(word)) => Some(word.as_str()),
            _ => self.scalar_text(),
        };
        match word {
            Some(word) => visitor.visit_enum(word.into_deserializer()),
            None => Err(Error::custom("expected a word")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct
        map identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Written<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
