//! What an operator sets by flags.

use std::collections::BTreeSet;

use isoline_policy::ProxyProtocol;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Place, Settings,
    read::{address, port, word},
    remark::At,
};

/// The flags of the command line that are settings. What is not given is left to the configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Flags {
    /// The ingress classes that are ours.
    pub ingress_class_name: Vec<String>,
    /// Where roots may live.
    pub root_namespaces: Vec<String>,
    /// Whose objects are read.
    pub watch_namespaces: Vec<String>,
    /// Whether every connection begins with a PROXY header.
    pub use_proxy_protocol: bool,
    /// `envoy` or `json`.
    pub accesslog_format: Option<String>,
    /// The address of the cleartext listener.
    pub envoy_service_http_address: Option<String>,
    /// Its port.
    pub envoy_service_http_port: Option<u16>,
    /// The address of the TLS listener.
    pub envoy_service_https_address: Option<String>,
    /// Its port.
    pub envoy_service_https_port: Option<u16>,
    /// The file to which the cleartext listeners log.
    pub envoy_http_access_log: Option<String>,
    /// The file to which the TLS listener logs.
    pub envoy_https_access_log: Option<String>,
    /// The address of Envoy's metrics and health, where the file says nothing. Outside a cluster, they are not served
    /// unless an address or port is given. Default: that of all listeners.
    pub stats_address: Option<String>,
    /// Their port, where the file says nothing. Default: `8002`.
    pub stats_port: Option<u16>,
    /// Addresses for the status of objects.
    pub ingress_status_address: Vec<String>,
    /// Kinds of objects that are not read.
    pub disable_feature: Vec<String>,
    /// Whether to log more.
    pub debug: bool,
}

/// The kinds that can be switched off, and whether they are read at all.
const FEATURES: [(&str, bool); 5] = [
    ("extensionservices", true),
    ("tlsroutes", false),
    ("grpcroutes", false),
    ("tcproutes", false),
    ("backendtlspolicies", false),
];

impl Flags {
    /// Sets what is given. The format of the access log is read with the file's other words on it.
    pub(super) fn apply(self, settings: &mut Settings, at: &mut At<'_>) {
        settings.ingress_class_names = self.ingress_class_name;
        settings.ingress_class_names.retain(|name| !name.is_empty());
        settings.root_namespaces = namespaces(self.root_namespaces);
        settings.watch_namespaces = namespaces(self.watch_namespaces);
        let listeners = &mut settings.listeners;
        let http = &mut listeners.http;
        at.set(
            "--envoy-service-http-address",
            self.envoy_service_http_address,
            &mut http.address,
            |text: String| address(&text).map(Some),
        );
        at.set(
            "--envoy-service-http-port",
            self.envoy_service_http_port,
            &mut http.port,
            port,
        );
        let https = &mut listeners.https;
        at.set(
            "--envoy-service-https-address",
            self.envoy_service_https_address,
            &mut https.address,
            |text: String| address(&text).map(Some),
        );
        at.set(
            "--envoy-service-https-port",
            self.envoy_service_https_port,
            &mut https.port,
            port,
        );
        let log = &mut settings.access_log;
        at.set(
            "--envoy-http-access-log",
            self.envoy_http_access_log,
            &mut log.http_path,
            path,
        );
        at.set(
            "--envoy-https-access-log",
            self.envoy_https_access_log,
            &mut log.https_path,
            path,
        );
        for feature in self.disable_feature {
            let is_read = at.read("--disable-feature", feature.as_str(), |feature| {
                word(feature, &FEATURES, "invalid feature")
            });
            settings.reads_extension_services &= is_read != Some(true);
        }
        settings.process.debug |= self.debug;
        if !self.ingress_status_address.is_empty() {
            settings.process.ingress_status_addresses = self.ingress_status_address;
        }
    }

    /// Where Envoy's metrics and health are.
    pub(super) fn stats(&self, at: &mut At<'_>) -> Place {
        Place {
            address: at.read("--stats-address", self.stats_address.as_deref(), address),
            port: at.read("--stats-port", self.stats_port, port),
        }
    }

    /// Those of an object, with what still counts beside it.
    pub(super) fn over_object(&self, object: Self) -> Self {
        Self {
            watch_namespaces: self.watch_namespaces.clone(),
            disable_feature: self.disable_feature.clone(),
            debug: self.debug,
            ..object
        }
    }

    /// Says which do not count beside an object.
    pub(super) fn note_beside_object(&self, at: &mut At<'_>) {
        let without_effect = [
            ("--ingress-class-name", !self.ingress_class_name.is_empty()),
            ("--root-namespaces", !self.root_namespaces.is_empty()),
            ("--use-proxy-protocol", self.use_proxy_protocol),
            ("--accesslog-format", self.accesslog_format.is_some()),
            (
                "--envoy-service-http-address",
                self.envoy_service_http_address.is_some(),
            ),
            ("--envoy-service-http-port", self.envoy_service_http_port.is_some()),
            (
                "--envoy-service-https-address",
                self.envoy_service_https_address.is_some(),
            ),
            ("--envoy-service-https-port", self.envoy_service_https_port.is_some()),
            ("--envoy-http-access-log", self.envoy_http_access_log.is_some()),
            ("--envoy-https-access-log", self.envoy_https_access_log.is_some()),
            ("--stats-address", self.stats_address.is_some()),
            ("--stats-port", self.stats_port.is_some()),
            ("--ingress-status-address", !self.ingress_status_address.is_empty()),
        ];
        for (flag, is_given) in without_effect {
            if is_given {
                at.note(flag, "has no effect beside a ContourConfiguration");
            }
        }
    }

    /// Whether PROXY headers are asked for, if the file does not say otherwise.
    pub(super) fn proxy_protocol(&self, written: Option<ProxyProtocol>, at: &mut At<'_>) -> Option<ProxyProtocol> {
        if !self.use_proxy_protocol {
            return written;
        }
        if let Some(written) = written.filter(|written| *written != ProxyProtocol::Required) {
            at.problem(
                "--use-proxy-protocol",
                format!("means loadBalancer.proxyProtocol: Required, but the configuration file says {written:?}"),
            );
        }
        Some(ProxyProtocol::Required)
    }
}

fn namespaces(names: Vec<String>) -> Option<BTreeSet<String>> {
    let names: BTreeSet<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then_some(names)
}

fn path(text: String) -> Result<String, String> {
    if text.is_empty() {
        return Err("a log needs a file, such as /dev/stdout".to_owned());
    }
    Ok(text)
}
