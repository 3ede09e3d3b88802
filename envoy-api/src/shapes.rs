//! What the JSON form is told of the messages: the build script writes it, nothing else of the descriptors is kept.

use prost_types::field_descriptor_proto::Type;

/// Every message and every enumeration, each sorted by full name.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Shapes {
    #[prost(message, repeated, tag = "1")]
    pub(crate) messages: Vec<MessageShape>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) enums: Vec<EnumShape>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MessageShape {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    /// Sorted by number.
    #[prost(message, repeated, tag = "2")]
    pub(crate) fields: Vec<FieldShape>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FieldShape {
    #[prost(uint32, tag = "1")]
    pub(crate) number: u32,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(enumeration = "Type", tag = "3")]
    pub(crate) kind: i32,
    /// Where the message or enumeration stands in its list.
    #[prost(uint32, tag = "4")]
    pub(crate) place: u32,
    #[prost(enumeration = "Cardinality", tag = "5")]
    pub(crate) cardinality: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
pub(crate) enum Cardinality {
    /// One value, which is there if it is not the default.
    Implicit = 0,
    /// One value, which is there if it was written.
    Explicit = 1,
    List = 2,
    /// A list of messages with a key and a value.
    Map = 3,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EnumShape {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) values: Vec<EnumValueShape>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EnumValueShape {
    #[prost(int32, tag = "1")]
    pub(crate) number: i32,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
}
