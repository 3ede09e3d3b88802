//! The HTTP filters of every listener, in the reference's order after our own.

use crate::{
    envoy::{
        Entrance, fallback, matchers, policy,
        words::{extension, http_filter as filter},
    },
    extension::Services,
    settings::{Compression, Settings},
};
use isoline_envoy_api::envoy::{
    config::core::v3::TypedExtensionConfig,
    extensions::{
        compression::{brotli::compressor::v3::Brotli, gzip::compressor::v3::Gzip, zstd::compressor::v3::Zstd},
        filters::{
            http::{
                compressor::v3::{
                    Compressor,
                    compressor::{CommonDirectionConfig, ResponseDirectionConfig},
                },
                grpc_stats::v3::FilterConfig as GrpcStats,
                grpc_web::v3::GrpcWeb,
                router::v3::Router,
            },
            network::http_connection_manager::v3::HttpFilter,
        },
    },
};

const COMPRESSED: [&str; 25] = [
    "text/html",
    "text/plain",
    "text/css",
    "application/javascript",
    "application/x-javascript",
    "text/javascript",
    "text/x-javascript",
    "text/ecmascript",
    "text/js",
    "text/jscript",
    "text/x-js",
    "application/ecmascript",
    "application/x-json",
    "application/xml",
    "application/json",
    "image/svg+xml",
    "text/xml",
    "application/xhtml+xml",
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web+json",
    "application/grpc-web+thrift",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
    "application/grpc-web-text+thrift",
];

pub(super) fn filters(entrance: &Entrance, services: &Services, settings: &Settings) -> Vec<HttpFilter> {
    let mut filters = vec![fallback::http_filter(entrance)];
    filters.extend(settings.http.compression.map(compressor));
    filters.push(filter("envoy.filters.http.grpc_web", &GrpcWeb::default()));
    filters.push(filter(
        "envoy.filters.http.grpc_stats",
        &GrpcStats {
            emit_filter_state: true,
            enable_upstream_stats: true,
            ..Default::default()
        },
    ));
    filters.extend(policy::http_filters(services, settings));
    filters.push(filter("envoy.filters.http.router", &Router::default()));
    filters
}

fn compressor(compression: Compression) -> HttpFilter {
    let config = Compressor {
        compressor_library: Some(library(compression)),
        response_direction_config: Some(ResponseDirectionConfig {
            common_config: Some(CommonDirectionConfig {
                content_type_matcher: COMPRESSED.map(matchers::exact).into(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    filter("envoy.filters.http.compressor", &config)
}

fn library(compression: Compression) -> TypedExtensionConfig {
    match compression {
        Compression::Gzip => extension("gzip", &Gzip::default()),
        Compression::Brotli => extension("brotli", &Brotli::default()),
        Compression::Zstd => extension("zstd", &Zstd::default()),
    }
}
