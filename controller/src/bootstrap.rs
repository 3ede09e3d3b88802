//! The configuration with which an Envoy starts: how to reach the controller, what to count, where its admin listens.

mod clusters;
mod options;
mod overload;
mod stats;
mod tls;

use std::path::PathBuf;

use isoline_envoy_api::{
    any, any_to_json,
    envoy::{
        config::{
            bootstrap::v3::{
                Admin, Bootstrap, ClusterManager, LayeredRuntime, RuntimeLayer,
                bootstrap::{DynamicResources, StaticResources},
                runtime_layer::{AdminLayer, LayerSpecifier, RtdsLayer},
            },
            core::v3::{
                Address, AggregatedConfigSource, ApiConfigSource, ApiVersion, ConfigSource, GrpcService, Node, Pipe,
                TypedExtensionConfig, address, api_config_source::ApiType, config_source::ConfigSourceSpecifier,
                grpc_service,
            },
        },
        extensions::regex_engines::v3::GoogleRe2,
    },
    socket_address,
};
use isoline_translator::RUNTIME_LAYER;
use serde_json::Value;

use self::options::Checked;
pub use self::options::{DnsLookupFamily, Options, OptionsError, TlsOptions};
use crate::address::Address as AdminAddress;

/// The static cluster that leads to the controller, the service cluster that Envoy says it is of, and whom the
/// controller's certificate must name.
const CONTROLLER: &str = "isoline";

/// Whoever shares the admin socket's folder with Envoy, by its user or by its group, may use it.
const ADMIN_SOCKET_MODE: u32 = 0o660;

/// A bootstrap in Envoy's JSON form, and the files to which it leads.
#[derive(Debug)]
pub struct Files {
    /// The bootstrap.
    pub bootstrap: Value,
    /// Files with their paths.
    pub resources: Vec<(PathBuf, Value)>,
}

/// Makes both.
pub fn files(options: &Options) -> Result<Files, OptionsError> {
    let checked = options.check()?;
    let message = message(options, &checked);
    Ok(Files {
        bootstrap: any_to_json(&any(&message)).expect("it is a message of the Envoy API crate"),
        resources: checked.tls.iter().flat_map(tls::resources).collect(),
    })
}

fn message(options: &Options, checked: &Checked) -> Bootstrap {
    let controller = clusters::controller(options, checked.tls.as_ref());
    let stats_config = stats::config(clusters::stats_name(&controller));
    Bootstrap {
        node: Some(Node {
            id: options.node_id.clone(),
            cluster: CONTROLLER.to_owned(),
            ..Default::default()
        }),
        static_resources: Some(StaticResources {
            clusters: vec![controller, clusters::admin(&checked.admin)],
            ..Default::default()
        }),
        dynamic_resources: Some(dynamic_resources()),
        cluster_manager: Some(ClusterManager {
            enable_deferred_cluster_creation: true,
            ..Default::default()
        }),
        stats_config: Some(stats_config),
        layered_runtime: Some(layered_runtime()),
        default_regex_engine: Some(TypedExtensionConfig {
            name: "envoy.regex_engines.google_re2".to_owned(),
            typed_config: Some(any(&GoogleRe2 {})),
        }),
        overload_manager: overload::manager(options),
        admin: Some(Admin {
            address: Some(admin_address(&checked.admin)),
            ignore_global_conn_limit: true,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn admin_address(address: &AdminAddress) -> Address {
    match address {
        AdminAddress::Tcp(address) => socket_address(&address.ip(), address.port()),
        AdminAddress::Unix(path) => Address {
            address: Some(address::Address::Pipe(Pipe {
                path: path.display().to_string(),
                mode: ADMIN_SOCKET_MODE,
            })),
        },
    }
}

fn ads() -> ConfigSource {
    ConfigSource {
        resource_api_version: ApiVersion::V3.into(),
        config_source_specifier: Some(ConfigSourceSpecifier::Ads(AggregatedConfigSource {})),
        ..Default::default()
    }
}

/// What the operator sets, and over it what is set by hand at the admin interface.
fn layered_runtime() -> LayeredRuntime {
    let operator = RtdsLayer {
        name: RUNTIME_LAYER.to_owned(),
        rtds_config: Some(ads()),
    };
    let layer = |name: &str, specifier| RuntimeLayer {
        name: name.to_owned(),
        layer_specifier: Some(specifier),
    };
    LayeredRuntime {
        layers: vec![
            layer(RUNTIME_LAYER, LayerSpecifier::RtdsLayer(operator)),
            layer("admin", LayerSpecifier::AdminLayer(AdminLayer {})),
        ],
    }
}

fn dynamic_resources() -> DynamicResources {
    let service = GrpcService {
        target_specifier: Some(grpc_service::TargetSpecifier::EnvoyGrpc(grpc_service::EnvoyGrpc {
            cluster_name: CONTROLLER.to_owned(),
            ..Default::default()
        })),
        ..Default::default()
    };
    DynamicResources {
        ads_config: Some(ApiConfigSource {
            api_type: ApiType::DeltaGrpc.into(),
            transport_api_version: ApiVersion::V3.into(),
            grpc_services: vec![service],
            set_node_on_first_message_only: true,
            ..Default::default()
        }),
        cds_config: Some(ads()),
        lds_config: Some(ads()),
        ..Default::default()
    }
}
