use std::collections::BTreeMap;

use prost::Name;
use prost_types::{Duration, ListValue, Struct, Timestamp, value::Kind};
use serde_json::json;

use super::*;
use crate::{
    any,
    envoy::config::{
        cluster::v3::{Cluster, cluster::DnsLookupFamily},
        core::v3::{DataSource, SubstitutionFormatString, data_source},
        route::v3::{FilterConfig, Route, RouteConfiguration, VirtualHost},
    },
};

fn shown<M: Name>(message: &M) -> Value {
    any_to_json(&any(message)).expect("well-formed")
}

/// A message packed in a message.
fn packed(url: &str, value: Vec<u8>) -> Result<Value, JsonError> {
    let config = Any {
        type_url: format!("type.googleapis.com/{url}"),
        value,
    };
    let outer = FilterConfig {
        config: Some(config),
        ..Default::default()
    };
    any_to_json(&any(&outer)).map(|mut json| json["config"].take())
}

#[test]
fn an_empty_any_is_an_empty_object_at_any_depth() {
    let on = FilterConfig {
        config: Some(Any::default()),
        ..Default::default()
    };
    let routes = RouteConfiguration {
        typed_per_filter_config: BTreeMap::from([("f".to_owned(), any(&on))]),
        ..Default::default()
    };
    let config = json!({"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {}});
    let expected = json!({"typed_per_filter_config": {"f": config}});
    assert_eq!(shown(&routes), expected);
    let hosts = RouteConfiguration {
        virtual_hosts: vec![VirtualHost {
            routes: vec![Route {
                typed_per_filter_config: routes.typed_per_filter_config,
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    assert_eq!(shown(&hosts), json!({"virtual_hosts": [{"routes": [expected]}]}));
}

#[test]
fn defaults_go_without_saying_unless_they_were_chosen() {
    let cluster = Cluster {
        name: String::new(),
        dns_lookup_family: DnsLookupFamily::V6Only.into(),
        connect_timeout: Some(Duration::default()),
        per_connection_buffer_limit_bytes: Some(0),
        ..Default::default()
    };
    assert_eq!(
        shown(&cluster),
        json!({"connect_timeout": "0s", "dns_lookup_family": "V6_ONLY", "per_connection_buffer_limit_bytes": 0})
    );
    let empty = DataSource {
        specifier: Some(data_source::Specifier::InlineString(String::new())),
        ..Default::default()
    };
    assert_eq!(shown(&empty), json!({"inline_string": ""}));
}

#[test]
fn bytes_are_base64_and_an_unknown_enum_value_is_a_number() {
    let data = DataSource {
        specifier: Some(data_source::Specifier::InlineBytes(b"\xff\xfe".to_vec())),
        ..Default::default()
    };
    assert_eq!(shown(&data), json!({"inline_bytes": "//4="}));
    let cluster = Cluster {
        dns_lookup_family: 99,
        ..Default::default()
    };
    assert_eq!(shown(&cluster), json!({"dns_lookup_family": 99}));
}

#[test]
fn numbers_of_64_bits_are_texts_and_narrow_ones_are_not() {
    let number = |kind, bits| number(kind, bits);
    assert_eq!(number(Type::Int64, u64::MAX), json!("-1"));
    assert_eq!(number(Type::Uint64, u64::MAX), json!("18446744073709551615"));
    assert_eq!(number(Type::Int32, u64::MAX), json!(-1));
    assert_eq!(number(Type::Uint32, 0xffff_ffff), json!(4_294_967_295_u32));
    assert_eq!(number(Type::Sint32, 3), json!(-2));
    assert_eq!(number(Type::Sint64, 4), json!("2"));
    assert_eq!(number(Type::Bool, 1), json!(true));
    assert_eq!(number(Type::Float, 0.5_f32.to_bits().into()), json!(0.5));
    assert_eq!(number(Type::Double, f64::NEG_INFINITY.to_bits()), json!("-Infinity"));
    assert_eq!(number(Type::Double, f64::NAN.to_bits()), json!("NaN"));
}

#[test]
fn what_has_a_form_of_its_own_is_a_value_when_packed() {
    let shown = |url: &str, bytes| packed(url, bytes).expect("well-formed")["value"].take();
    let duration = Duration {
        seconds: 1,
        nanos: 500_000_000,
    };
    assert_eq!(
        shown("google.protobuf.Duration", duration.encode_to_vec()),
        json!("1.500s")
    );
    let time = Timestamp {
        seconds: 86_400,
        nanos: 0,
    };
    assert_eq!(
        shown("google.protobuf.Timestamp", time.encode_to_vec()),
        json!("1970-01-02T00:00:00Z")
    );
    assert_eq!(shown("google.protobuf.BoolValue", true.encode_to_vec()), json!(true));
    assert_eq!(shown("google.protobuf.UInt64Value", Vec::new()), json!("0"));
    assert_eq!(shown("google.protobuf.StringValue", Vec::new()), json!(""));
    assert_eq!(shown("google.protobuf.Empty", Vec::new()), json!({}));
}

#[test]
fn a_struct_is_the_object_that_it_describes() {
    let value = |kind| prost_types::Value { kind: Some(kind) };
    let list = ListValue {
        values: vec![value(Kind::BoolValue(true)), value(Kind::NullValue(0))],
    };
    let object = Struct {
        fields: BTreeMap::from([
            ("a".to_owned(), value(Kind::NumberValue(1.5))),
            ("b".to_owned(), value(Kind::ListValue(list))),
        ]),
    };
    let format = SubstitutionFormatString {
        format: Some(crate::envoy::config::core::v3::substitution_format_string::Format::JsonFormat(object)),
        ..Default::default()
    };
    assert_eq!(shown(&format), json!({"json_format": {"a": 1.5, "b": [true, null]}}));
}

#[test]
fn of_a_field_written_twice_the_last_counts_and_messages_are_merged() {
    let first = Cluster {
        name: "first".to_owned(),
        connect_timeout: Some(Duration { seconds: 1, nanos: 0 }),
        ..Default::default()
    };
    let second = Cluster {
        name: "second".to_owned(),
        connect_timeout: Some(Duration {
            seconds: 0,
            nanos: 5_000_000,
        }),
        ..Default::default()
    };
    let both = Any {
        type_url: Cluster::type_url(),
        value: [first.encode_to_vec(), second.encode_to_vec()].concat(),
    };
    assert_eq!(
        any_to_json(&both).expect("well-formed"),
        json!({"connect_timeout": "1.005s", "name": "second"})
    );
}

#[test]
fn unknown_types_and_broken_bytes_are_errors() {
    let unknown = packed("envoy.Nothing", Vec::new()).expect_err("unknown").to_string();
    assert!(unknown.contains("type.googleapis.com/envoy.Nothing"), "{unknown}");
    // The key of a text, and its length, without the text.
    let cut = packed("envoy.config.cluster.v3.Cluster", vec![0x0a, 0x05]);
    assert!(matches!(cut, Err(JsonError::Malformed(_))), "{cut:?}");
    let number_as_name = packed("envoy.config.cluster.v3.Cluster", vec![0x08, 0x05]);
    assert!(
        matches!(number_as_name, Err(JsonError::Malformed(_))),
        "{number_as_name:?}"
    );
}
