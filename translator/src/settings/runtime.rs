//! The runtime keys of Envoy that have a setting of their own.

use std::collections::BTreeMap;

use super::Settings;

const LISTENERS: [&str; 3] = ["ingress_http", "ingress_https", "ingress_tls_offload"];

impl Settings {
    pub(crate) fn managed_runtime(&self) -> BTreeMap<String, String> {
        let mut keys = BTreeMap::new();
        if let Some(requests) = self.connections.max_requests_per_io_cycle {
            keys.insert("http.max_requests_per_io_cycle".to_owned(), requests.to_string());
        }
        if let Some(connections) = self.connections.max_per_listener {
            let limit = |name| format!("envoy.resource_limits.listener.{name}.connection_limit");
            keys.extend(LISTENERS.map(|name| (limit(name), connections.to_string())));
        }
        keys
    }
}
