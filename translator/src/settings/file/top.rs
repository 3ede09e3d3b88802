//! What stands in no block of the configuration file.

use isoline_policy::Mode;

use super::{
    super::{
        AccessLogFormat, AccessLogLevel, Flags, ServerHeader, Settings, access_log,
        read::word,
        remark::{At, OUTSIDE_A_CLUSTER},
    },
    File,
};
use crate::object::NamespacedName;

const SERVER_HEADERS: [(&str, ServerHeader); 3] = [
    ("overwrite", ServerHeader::Overwrite),
    ("append_if_absent", ServerHeader::AppendIfAbsent),
    ("pass_through", ServerHeader::PassThrough),
];

const LEVELS: [(&str, AccessLogLevel); 4] = [
    ("info", AccessLogLevel::Info),
    ("error", AccessLogLevel::Error),
    ("critical", AccessLogLevel::Critical),
    ("disabled", AccessLogLevel::Disabled),
];

impl File {
    pub(super) fn read_http(&mut self, settings: &mut Settings, at: &mut At<'_>) {
        let to = &mut settings.http;
        if let Some((one, two)) = at.read(
            "default-http-versions",
            self.default_http_versions.as_deref(),
            http_versions,
        ) {
            (to.version_1, to.version_2) = (one, two);
        }
        let server_header = self.server_header_transformation.take();
        at.set(
            "serverHeaderTransformation",
            server_header,
            &mut to.server_header,
            |text: String| word(&text, &SERVER_HEADERS, "invalid server header transformation"),
        );
        to.allow_chunked_length = !self.disable_allow_chunked_length;
        to.merge_slashes = !self.disable_merge_slashes;
        settings.disable_permit_insecure = self.disable_permit_insecure;
        settings.enable_external_name_service = self.enable_external_name_service;
        let runtime = std::mem::take(&mut self.runtime_settings).into_iter();
        settings.runtime = runtime.map(|(key, value)| (key, value.0.unwrap_or_default())).collect();
    }

    pub(super) fn read_access_log(&mut self, flags: &Flags, settings: &mut Settings, at: &mut At<'_>) {
        let to = &mut settings.access_log;
        at.set(
            "accesslog-level",
            self.accesslog_level.take(),
            &mut to.level,
            |text: String| word(&text, &LEVELS, "invalid access log level"),
        );
        let is_json = |text: &str| word(text, &[("envoy", false), ("json", true)], "invalid access log format");
        let in_file = at.read("accesslog-format", self.accesslog_format.as_deref(), is_json);
        let by_flag = at.read("--accesslog-format", flags.accesslog_format.as_deref(), is_json);
        let text = at.read(
            "accesslog-format-string",
            self.accesslog_format_string.take(),
            access_log::text,
        );
        let fields = at.read("json-fields", self.json_fields.as_deref(), access_log::json);
        to.format = match by_flag.or(in_file) {
            Some(true) => AccessLogFormat::Json(fields.unwrap_or_else(access_log::default_json)),
            _ => text.map_or(AccessLogFormat::Default, AccessLogFormat::Text),
        };
    }

    /// What only a controller in a cluster uses is kept, and what nobody uses is said.
    pub(super) fn read_process(&mut self, settings: &mut Settings, at: &mut At<'_>) {
        let to = &mut settings.process;
        to.debug = self.debug;
        let addresses = self.ingress_status_address.take().unwrap_or_default();
        let addresses = addresses.split(',').filter(|address| !address.is_empty());
        to.ingress_status_addresses = addresses.map(str::to_owned).collect();
        to.envoy_service = NamespacedName::new(
            self.envoy_service_namespace.as_deref().unwrap_or("projectcontour"),
            self.envoy_service_name.as_deref().unwrap_or("envoy"),
        );
        to.in_cluster = self.incluster;
        to.kubeconfig = self.kubeconfig.take();
        let is_rate = |rate: f32| {
            if rate >= 0.0 {
                Ok(Some(rate))
            } else {
                Err(format!("{rate} is less than 0"))
            }
        };
        at.set(
            "kubernetesClientQPS",
            self.kubernetes_client_qps,
            &mut to.client_qps,
            is_rate,
        );
        to.client_burst = self.kubernetes_client_burst;
        let is_followed = self.load_balancer.mode == Some(Mode::Auto);
        for (key, is_written) in [
            ("incluster", self.incluster),
            ("kubeconfig", to.kubeconfig.is_some()),
            ("kubernetesClientQPS", self.kubernetes_client_qps.is_some()),
            ("kubernetesClientBurst", self.kubernetes_client_burst.is_some()),
            ("ingress-status-address", !to.ingress_status_addresses.is_empty()),
            (
                "envoy-service-name",
                !is_followed && self.envoy_service_name.as_deref().is_some(),
            ),
            (
                "envoy-service-namespace",
                !is_followed && self.envoy_service_namespace.as_deref().is_some(),
            ),
        ] {
            if is_written {
                at.note(key, OUTSIDE_A_CLUSTER);
            }
        }
        if self.gateway.is_some() {
            at.problem(
                "gateway",
                "the Gateway API is not served, only HTTPProxy and Ingress are",
            );
        }
        if !self.feature_flags.is_empty() {
            at.note("featureFlags", "has no effect: there are no feature flags");
        }
        if self.server.is_some() {
            at.note("server", "has no effect: there is only one xDS server");
        }
    }

    /// What says twice what stands in front must say the same.
    pub(super) fn check_front(&mut self, flags: &Flags, at: &mut At<'_>) {
        let protocol = &mut self.load_balancer.proxy_protocol;
        *protocol = flags.proxy_protocol(*protocol, at);
        let hops = &mut self.load_balancer.trusted.hops;
        match (self.network.num_trusted_hops, *hops) {
            (Some(one), Some(other)) if one != other => {
                let message = "differs from loadBalancer.trusted.hops, which means the same";
                at.problem("network.num-trusted-hops", message);
            }
            (of_network, of_load_balancer) => *hops = of_load_balancer.or(of_network),
        }
    }
}

/// Whether HTTP/1.1, and whether HTTP/2.
fn http_versions(list: &[String]) -> Result<(bool, bool), String> {
    if list.is_empty() {
        return Err("no HTTP version is left (known: http/1.1, http/2)".to_owned());
    }
    let (mut one, mut two) = (false, false);
    for version in list {
        match version.to_ascii_lowercase().as_str() {
            "http/1.1" => one = true,
            "http/2" => two = true,
            _ => return Err(format!("invalid HTTP version {version:?} (known: http/1.1, http/2)")),
        }
    }
    Ok((one, two))
}
