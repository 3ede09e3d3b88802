//! The policy filter in Envoy's words: where it comes from, and how a route switches it on.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Any, Struct, Value, any,
    envoy::{
        config::{
            core::v3::{
                AsyncDataSource, DataSource, ExtensionConfigSource, HeaderValueOption, Metadata, TypedExtensionConfig,
                async_data_source, data_source, header_value_option::HeaderAppendAction,
            },
            route::v3::FilterConfig,
        },
        extensions::{
            filters::{
                http::wasm::v3::Wasm,
                network::http_connection_manager::v3::{HttpFilter, http_filter},
            },
            wasm::v3::{FailurePolicy, PluginConfig, VmConfig, plugin_config},
        },
    },
    value,
};
use isoline_policy::{RoutePolicy, handover};
use prost::Name;

use super::{ads, empty_config, format};
use crate::{
    resource::{Resource, ResourceChange, ResourceKey, ResourceType},
    settings::Settings,
};

/// The filter of every HTTP listener; Envoy asks for it by extension config discovery.
pub(super) fn http_filter() -> HttpFilter {
    let source = ExtensionConfigSource {
        config_source: Some(ads()),
        type_urls: vec![Wasm::type_url()],
        ..Default::default()
    };
    HttpFilter {
        name: handover::FILTER_NAME.to_owned(),
        config_type: Some(http_filter::ConfigType::ConfigDiscovery(source)),
        ..Default::default()
    }
}

/// The resource that carries the filter: its module's bytes and the operator's settings. A request on which it fails is refused;
/// the next one finds it loaded anew.
pub fn extension(module: &[u8], settings: &Settings) -> ResourceChange {
    let config = handover::PluginConfig {
        load_balancer: settings.load_balancer.clone(),
    };
    let config = serde_json::to_string(&config).expect("settings are plain data");
    let code = DataSource {
        specifier: Some(data_source::Specifier::InlineBytes(module.to_vec())),
        ..Default::default()
    };
    let vm = VmConfig {
        vm_id: handover::FILTER_NAME.to_owned(),
        runtime: "envoy.wasm.runtime.v8".to_owned(),
        code: Some(AsyncDataSource {
            specifier: Some(async_data_source::Specifier::Local(code)),
        }),
        ..Default::default()
    };
    let wasm = Wasm {
        config: Some(PluginConfig {
            name: handover::FILTER_NAME.to_owned(),
            root_id: handover::FILTER_NAME.to_owned(),
            vm: Some(plugin_config::Vm::VmConfig(vm)),
            configuration: Some(any(&config)),
            failure_policy: FailurePolicy::FailReload.into(),
            ..Default::default()
        }),
    };
    let message = TypedExtensionConfig {
        name: handover::FILTER_NAME.to_owned(),
        typed_config: Some(any(&wasm)),
    };
    let key = ResourceKey {
        kind: ResourceType::Extension,
        name: handover::FILTER_NAME.to_owned(),
    };
    ResourceChange {
        key,
        resource: Some(Resource::new(&message)),
    }
}

/// `typed_per_filter_config` of a route that has a policy.
pub(super) fn on() -> (String, Any) {
    (
        handover::FILTER_NAME.to_owned(),
        any(&FilterConfig {
            config: Some(empty_config()),
            ..Default::default()
        }),
    )
}

/// What the backend is told of the scheme that the filter found. The filter cannot write the header: Envoy would select
/// the route again, and nobody would judge that one.
pub(super) fn forwarded_proto() -> HeaderValueOption {
    let scheme = format!("%FILTER_STATE({}:PLAIN)%", handover::SCHEME_STATE);
    format::set("x-forwarded-proto", &scheme, HeaderAppendAction::OverwriteIfExistsOrAdd)
}

/// The policy of a route, where the filter finds it.
pub(super) fn metadata(policy: RoutePolicy) -> Metadata {
    let text = serde_json::to_string(&policy).expect("a policy is plain data");
    let text = Value {
        kind: Some(value::Kind::StringValue(text)),
    };
    let fields = BTreeMap::from([(handover::METADATA_KEY.to_owned(), text)]);
    Metadata {
        filter_metadata: BTreeMap::from([(handover::METADATA_NAMESPACE.to_owned(), Struct { fields })]),
        ..Default::default()
    }
}
