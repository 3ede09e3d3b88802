//! Generates the gRPC service that Envoy calls, over the messages that `isoline-envoy-api` already has.

#[path = "build/playground.rs"]
mod playground;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use tonic_build::manual::{Builder, Method, MethodBuilder, Service};

const MESSAGES: &str = "isoline_envoy_api::envoy::service::discovery::v3";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    let service = Service::builder()
        .package("envoy.service.discovery.v3")
        .name("AggregatedDiscoveryService")
        .method(method(
            "stream_aggregated_resources",
            "StreamAggregatedResources",
            "Discovery",
        ))
        .method(method(
            "delta_aggregated_resources",
            "DeltaAggregatedResources",
            "DeltaDiscovery",
        ))
        .build();
    Builder::new().build_client(false).compile(&[service]);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    embed_filter(&out);
    playground::embed(&out);
}

/// A bidirectional stream of `{messages}Request` and `{messages}Response`.
fn method(name: &str, route: &str, messages: &str) -> Method {
    MethodBuilder::default()
        .name(name)
        .route_name(route)
        .input_type(format!("{MESSAGES}::{messages}Request"))
        .output_type(format!("{MESSAGES}::{messages}Response"))
        .codec_path("tonic_prost::ProstCodec")
        .client_streaming()
        .server_streaming()
        .build()
}

/// Puts the policy filter where the binary includes it from. Without one the file is empty: whatever serves no Envoy
/// works all the same.
fn embed_filter(out: &Path) {
    println!("cargo:rerun-if-env-changed=ISOLINE_FILTER_WASM");
    let built = || {
        let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
        package.with_file_name("target").join("wasm/isoline_wasm_filter.wasm")
    };
    let module = env::var_os("ISOLINE_FILTER_WASM").map_or_else(built, PathBuf::from);
    println!("cargo:rerun-if-changed={}", module.display());
    fs::write(out.join("filter.wasm"), fs::read(&module).unwrap_or_default()).expect("OUT_DIR is writable");
}
