//! The policy filter in Envoy's words: where it comes from, and how a route switches it on.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Any, Struct, Value, any,
    envoy::{
        config::core::v3::{
            AsyncDataSource, DataSource, Metadata, TypedExtensionConfig, async_data_source, data_source,
        },
        extensions::{
            filters::{
                http::{set_filter_state::v3::Config as SetFilterState, wasm::v3::Wasm},
                network::http_connection_manager::v3::HttpFilter,
            },
            wasm::v3::{FailurePolicy, PluginConfig, VmConfig, plugin_config},
        },
    },
    value,
};
use isoline_policy::{CookieRewrite, RoutePolicy, handover};

use crate::{
    envoy::{format, words},
    model::Route,
    resource::{Resource, ResourceChange, ResourceKey, ResourceType},
    settings::Settings,
};

/// The filter of every HTTP listener; Envoy asks for it by extension config discovery.
pub(super) fn http_filter() -> HttpFilter {
    super::discovered::<Wasm>(handover::FILTER_NAME)
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

/// The filter before it, which gathers what it has to know.
pub(super) fn facts_filter() -> HttpFilter {
    let config = SetFilterState {
        on_request_headers: vec![format::filter_state(handover::FACTS, &handover::facts_format())],
        ..Default::default()
    };
    words::http_filter(handover::FACTS, &config)
}

/// `typed_per_filter_config` of a route that has something for the filter to do.
pub(in crate::envoy) fn on() -> [(String, Any); 2] {
    [handover::FACTS, handover::FILTER_NAME].map(words::on)
}

/// The policy of a route, where the filter finds it.
pub(in crate::envoy) fn metadata(policy: &RoutePolicy) -> (String, Struct) {
    let text = serde_json::to_string(policy).expect("a policy is plain data");
    namespace(handover::METADATA_NAMESPACE, handover::METADATA_KEY, text)
}

/// What becomes of the cookies of a route's backends; nothing if they stay as they are.
pub(super) fn cookies(route: &Route) -> Option<(String, Struct)> {
    let mut rewrites: BTreeMap<String, Vec<CookieRewrite>> = BTreeMap::new();
    for destination in route.destinations().iter().filter(|it| !it.cookies.is_empty()) {
        let of_cluster = rewrites.entry(destination.cluster.name()).or_default();
        of_cluster.extend(destination.cookies.iter().cloned());
    }
    let text = || serde_json::to_string(&handover::CookieRewrites(rewrites.clone())).expect("cookies are plain data");
    (!rewrites.is_empty()).then(|| namespace(handover::COOKIES_NAMESPACE, handover::COOKIES_KEY, text()))
}

/// Whether the filter finds something to do.
pub(in crate::envoy) fn has_work(metadata: &Metadata) -> bool {
    let namespaces = [handover::METADATA_NAMESPACE, handover::COOKIES_NAMESPACE];
    namespaces
        .iter()
        .any(|namespace| metadata.filter_metadata.contains_key(*namespace))
}

fn namespace(namespace: &str, key: &str, text: String) -> (String, Struct) {
    let text = Value {
        kind: Some(value::Kind::StringValue(text)),
    };
    let fields = BTreeMap::from([(key.to_owned(), text)]);
    (namespace.to_owned(), Struct { fields })
}
