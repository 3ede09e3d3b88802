//! Compiles the Envoy messages that Isoline speaks from the `.proto` files that the `envoy-types` package carries.
//!
//! `envoy-types` itself cannot build for wasm32 (it forces a gRPC transport), so only its files are used.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet, MessageOptions,
    field_descriptor_proto::{Label, Type},
};

use self::shapes::{Cardinality, EnumShape, EnumValueShape, FieldShape, MessageShape, Shapes};

#[path = "src/shapes.rs"]
mod shapes;

/// The messages that something here builds or reads; everything that they import comes along.
const ROOTS: &[&str] = &[
    // First, before some file makes `common` mean `envoy.extensions.filters.common` to the compiler.
    "envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto",
    "envoy/config/bootstrap/v3/bootstrap.proto",
    "envoy/config/cluster/v3/cluster.proto",
    "envoy/config/endpoint/v3/endpoint.proto",
    "envoy/config/listener/v3/listener.proto",
    "envoy/config/route/v3/route.proto",
    "envoy/config/route/v3/scoped_route.proto",
    "envoy/config/trace/v3/opentelemetry.proto",
    "envoy/extensions/access_loggers/file/v3/file.proto",
    "envoy/extensions/common/matching/v3/extension_matcher.proto",
    "envoy/extensions/compression/brotli/compressor/v3/brotli.proto",
    "envoy/extensions/compression/gzip/compressor/v3/gzip.proto",
    "envoy/extensions/compression/zstd/compressor/v3/zstd.proto",
    "envoy/extensions/filters/common/matcher/action/v3/skip_action.proto",
    "envoy/extensions/filters/http/compressor/v3/compressor.proto",
    "envoy/extensions/filters/http/cors/v3/cors.proto",
    "envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto",
    "envoy/extensions/filters/http/filter_chain/v3/filter_chain.proto",
    "envoy/extensions/filters/http/grpc_stats/v3/config.proto",
    "envoy/extensions/filters/http/grpc_web/v3/grpc_web.proto",
    "envoy/extensions/filters/http/header_mutation/v3/header_mutation.proto",
    "envoy/extensions/filters/http/jwt_authn/v3/config.proto",
    "envoy/extensions/filters/http/ratelimit/v3/rate_limit.proto",
    "envoy/extensions/filters/http/rbac/v3/rbac.proto",
    "envoy/extensions/filters/http/router/v3/router.proto",
    "envoy/extensions/filters/http/set_filter_state/v3/set_filter_state.proto",
    "envoy/extensions/filters/http/upstream_codec/v3/upstream_codec.proto",
    "envoy/extensions/filters/http/wasm/v3/wasm.proto",
    "envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol.proto",
    "envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.proto",
    "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto",
    "envoy/extensions/filters/network/rbac/v3/rbac.proto",
    "envoy/extensions/filters/network/set_filter_state/v3/set_filter_state.proto",
    "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto",
    "envoy/extensions/formatter/cel/v3/cel.proto",
    "envoy/extensions/formatter/req_without_query/v3/req_without_query.proto",
    "envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.proto",
    "envoy/extensions/internal_redirect/previous_routes/v3/previous_routes_config.proto",
    "envoy/extensions/internal_redirect/safe_cross_scheme/v3/safe_cross_scheme_config.proto",
    "envoy/extensions/regex_engines/v3/google_re2.proto",
    "envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections.proto",
    "envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap.proto",
    "envoy/extensions/transport_sockets/tls/cert_mappers/sni/v3/config.proto",
    "envoy/extensions/transport_sockets/tls/cert_selectors/on_demand_secret/v3/config.proto",
    "envoy/extensions/transport_sockets/tls/v3/tls.proto",
    "envoy/extensions/upstreams/http/v3/http_protocol_options.proto",
    "envoy/service/discovery/v3/discovery.proto",
    "envoy/service/runtime/v3/rtds.proto",
    "xds/type/matcher/v3/cel.proto",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let protos = protos_dir();
    let folders = [
        "data-plane-api",
        "xds",
        "protoc-gen-validate",
        "googleapis",
        "opentelemetry-proto",
        "client_model",
        "cel-spec/proto",
    ];
    let includes = folders
        .iter()
        .map(|folder| protos.join(folder))
        .chain([PathBuf::from("proto")]);

    let mut compiler = protox::Compiler::new(includes).expect("the include folders exist");
    compiler.include_imports(true).include_source_info(false);
    compiler
        .open_files(ROOTS)
        .expect("the .proto files of envoy-types compile");
    let descriptors = compiler.file_descriptor_set();

    fs::write(out.join("shapes.bin"), shapes(&descriptors).encode_to_vec()).expect("OUT_DIR is writable");
    prost_build::Config::new()
        .enable_type_names()
        .type_name_domain(["."], "type.googleapis.com")
        // A map in hash order would give one configuration two versions.
        .btree_map(["."])
        .include_file("envoy.rs")
        .compile_fds(descriptors)
        .expect("the descriptors generate Rust");
}

/// What the JSON form needs of the descriptors, which is a small part of them.
fn shapes(descriptors: &FileDescriptorSet) -> Shapes {
    let mut found = Found::default();
    for file in &descriptors.file {
        found.file(file);
    }
    let messages = found.messages.iter().map(|(name, message)| MessageShape {
        name: name.clone(),
        fields: found.fields(message),
    });
    let enums = found.enums.iter().map(|(name, kind)| EnumShape {
        name: name.clone(),
        values: kind.value.iter().map(enum_value).collect(),
    });
    Shapes {
        messages: messages.collect(),
        enums: enums.collect(),
    }
}

fn enum_value(value: &EnumValueDescriptorProto) -> EnumValueShape {
    EnumValueShape {
        number: value.number(),
        name: value.name().to_owned(),
    }
}

/// Messages and enumerations by full name.
#[derive(Default)]
struct Found<'a> {
    messages: BTreeMap<String, &'a DescriptorProto>,
    enums: BTreeMap<String, &'a EnumDescriptorProto>,
}

impl<'a> Found<'a> {
    fn file(&mut self, file: &'a FileDescriptorProto) {
        // Presence is told apart in the way of proto3 only; no message that is used here is in an older file.
        if file.syntax() == "proto3" {
            self.declared(file.package(), &file.message_type, &file.enum_type);
        }
    }

    fn declared(&mut self, scope: &str, messages: &'a [DescriptorProto], enums: &'a [EnumDescriptorProto]) {
        for kind in enums {
            self.enums.insert(format!("{scope}.{}", kind.name()), kind);
        }
        for message in messages {
            let name = format!("{scope}.{}", message.name());
            self.declared(&name, &message.nested_type, &message.enum_type);
            self.messages.insert(name, message);
        }
    }

    fn fields(&self, message: &DescriptorProto) -> Vec<FieldShape> {
        let mut fields: Vec<_> = message.field.iter().map(|field| self.field(field)).collect();
        fields.sort_by_key(|field| field.number);
        fields
    }

    fn field(&self, field: &FieldDescriptorProto) -> FieldShape {
        let place = match field.r#type() {
            Type::Message => place(&self.messages, field.type_name()),
            Type::Enum => place(&self.enums, field.type_name()),
            _ => 0,
        };
        FieldShape {
            number: field.number().unsigned_abs(),
            name: field.name().to_owned(),
            kind: field.r#type().into(),
            place,
            cardinality: self.cardinality(field).into(),
        }
    }

    fn cardinality(&self, field: &FieldDescriptorProto) -> Cardinality {
        let is_message = field.r#type() == Type::Message;
        let entry = is_message.then(|| self.messages[field.type_name().trim_start_matches('.')]);
        let is_map = entry
            .and_then(|entry| entry.options.as_ref())
            .is_some_and(MessageOptions::map_entry);
        match (field.label(), is_map) {
            (Label::Repeated, true) => Cardinality::Map,
            (Label::Repeated, false) => Cardinality::List,
            _ if is_message || field.oneof_index.is_some() => Cardinality::Explicit,
            _ => Cardinality::Implicit,
        }
    }
}

fn place<T>(all: &BTreeMap<String, T>, type_name: &str) -> u32 {
    let name = type_name.trim_start_matches('.');
    let place = all.keys().position(|known| known == name);
    u32::try_from(place.expect("the descriptors are complete")).expect("there are not that many")
}

/// Asks cargo where the `envoy-types` package of the lock file lies.
fn protos_dir() -> PathBuf {
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1"])
        .current_dir(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let manifest = metadata["packages"]
        .as_array()
        .and_then(|packages| packages.iter().find(|package| package["name"] == "envoy-types"))
        .and_then(|package| package["manifest_path"].as_str())
        .expect("envoy-types is in the lock file");
    Path::new(manifest).with_file_name("proto")
}
