//! The operator's settings, read and checked: nothing here can be contradictory or unknown to Envoy.
//!
//! They come from a configuration file (`file`), whose keys are those of the reference with our own beside them, and
//! from flags.

mod access_log;
mod admin_listeners;
mod contour_configuration;
mod contradictions;
mod file;
mod flags;
mod listeners;
mod read;
mod reference;
mod remark;
mod runtime;
mod source;
mod spelling;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use isoline_policy::{LoadBalancer, Mode};

pub use admin_listeners::{AdminListeners, MetricsListener, Place, TlsFiles};
pub use contour_configuration::ContourConfiguration;
pub use flags::Flags;
pub use listeners::{Listeners, Port, TlsOffload};
pub use reference::settings_reference;
pub use remark::{Remark, SettingsError};

use crate::{
    api::shared::{AuthorizationServer, CircuitBreakers, GlobalRateLimitPolicy},
    front::Written,
    model::{Timeout, TlsVersion},
    object::{Kind, NamespacedName, Object, ObjectRef, Reduced},
};

/// Everything that an operator may set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What stands in front of Envoy.
    pub load_balancer: LoadBalancer,
    /// What of that is written.
    pub(crate) written_front: Written,
    /// Where Envoy listens.
    pub listeners: Listeners,
    /// The ingress classes that are ours; nothing means `contour` and no class at all.
    pub ingress_class_names: Vec<String>,
    /// Where roots may live; nothing means anywhere.
    pub root_namespaces: Option<BTreeSet<String>>,
    /// Whose objects are read; nothing means everybody's.
    pub watch_namespaces: Option<BTreeSet<String>>,
    /// Whether `permitInsecure` is ignored.
    pub disable_permit_insecure: bool,
    /// Whether Services of type ExternalName may be used.
    pub enable_external_name_service: bool,
    /// Whether ExtensionServices are read.
    pub reads_extension_services: bool,
    /// What concerns the process and not what Envoy serves.
    pub process: Process,
    pub(crate) tls: Tls,
    pub(crate) http: Http,
    pub(crate) connections: Connections,
    pub(crate) timeouts: Timeouts,
    pub(crate) cluster: Cluster,
    pub(crate) header_policy: HeaderPolicy,
    pub(crate) access_log: AccessLog,
    pub(crate) rate_limit_service: Option<RateLimitService>,
    pub(crate) tracing: Option<Tracing>,
    pub(crate) global_ext_auth: Option<AuthorizationServer>,
    /// Runtime keys that are handed to Envoy as they are.
    pub(crate) runtime: BTreeMap<String, String>,
}

/// What concerns the process and not what Envoy serves.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Whether to log more.
    pub debug: bool,
    /// The port of Envoy's admin interface; in a cluster, that of a listener for what can be read of it.
    pub admin_port: u16,
    /// Whether there is that listener.
    pub has_admin_listener: bool,
    /// Where the controller's metrics are.
    pub metrics: Place,
    /// The files with which they are served over TLS.
    pub metrics_tls: Option<TlsFiles>,
    /// Where the controller tells of its health.
    pub health: Place,
    /// Addresses for the status of objects; nothing means those of Envoy's Service.
    pub ingress_status_addresses: Vec<String>,
    /// The Service of Envoy.
    pub envoy_service: NamespacedName,
    /// Whether the API server of the cluster around is used.
    pub in_cluster: bool,
    /// The file that leads to the API server.
    pub kubeconfig: Option<String>,
    /// Requests to the API server in a second.
    pub client_qps: Option<f32>,
    /// Requests to the API server at once.
    pub client_burst: Option<u32>,
}

/// How TLS is ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tls {
    pub(crate) parameters: TlsParameters,
    pub(crate) certificates: CertificateMode,
    /// For connections whose SNI nobody has.
    pub(crate) fallback_certificate: Option<NamespacedName>,
    /// What Envoy shows to upstreams over TLS.
    pub(crate) client_certificate: Option<NamespacedName>,
    pub(crate) ja3: bool,
    pub(crate) ja4: bool,
}

/// Versions, ciphers and curves of one side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TlsParameters {
    pub(crate) minimum: TlsVersion,
    pub(crate) maximum: TlsVersion,
    /// Of TLS 1.2.
    pub(crate) cipher_suites: Vec<String>,
    /// Empty means Envoy's own.
    pub(crate) ecdh_curves: Vec<String>,
}

/// Whether certificates stand in filter chains or are asked for when a client names them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CertificateMode {
    /// In chains up to [`AUTO_CHAINS`] of them.
    #[default]
    Auto,
    PerChain,
    OnDemand,
}

/// How HTTP is spoken with clients.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the configuration file")]
pub(crate) struct Http {
    pub(crate) version_1: bool,
    pub(crate) version_2: bool,
    pub(crate) server_header: ServerHeader,
    pub(crate) allow_chunked_length: bool,
    pub(crate) merge_slashes: bool,
    pub(crate) strip_trailing_host_dot: bool,
    pub(crate) compression: Option<Compression>,
    pub(crate) max_concurrent_streams: Option<u32>,
    pub(crate) max_requests_per_connection: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ServerHeader {
    #[default]
    Overwrite,
    AppendIfAbsent,
    PassThrough,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Brotli,
    Zstd,
}

/// How connections of clients are taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Connections {
    pub(crate) exact_balance: bool,
    pub(crate) buffer_limit_bytes: Option<u32>,
    pub(crate) max_to_accept_per_socket_event: Option<u32>,
    /// IP_TOS, where not 0.
    pub(crate) tos: u8,
    /// IPV6_TCLASS, where not 0.
    pub(crate) traffic_class: u8,
    /// On each listener; a runtime key of Envoy.
    pub(crate) max_per_listener: Option<u32>,
    /// A runtime key of Envoy.
    pub(crate) max_requests_per_io_cycle: Option<u32>,
}

/// Of the HTTP connection managers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timeouts {
    pub(crate) request: Timeout,
    pub(crate) connection_idle: Timeout,
    pub(crate) stream_idle: Timeout,
    pub(crate) max_connection_duration: Timeout,
    pub(crate) delayed_close: Timeout,
    pub(crate) connection_shutdown_grace_period: Timeout,
}

/// What holds for every cluster.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cluster {
    pub(crate) connect_timeout: std::time::Duration,
    pub(crate) dns_lookup_family: DnsLookupFamily,
    pub(crate) max_requests_per_connection: Option<u32>,
    pub(crate) buffer_limit_bytes: Option<u32>,
    pub(crate) circuit_breakers: CircuitBreakers,
    pub(crate) tls: TlsParameters,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DnsLookupFamily {
    #[default]
    Auto,
    V4,
    V6,
    All,
}

/// Headers that every route gets unless its author says otherwise; names are in their canonical form.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct HeaderPolicy {
    pub(crate) request: HeaderDefaults,
    pub(crate) response: HeaderDefaults,
    pub(crate) apply_to_ingress: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct HeaderDefaults {
    pub(crate) set: BTreeMap<String, String>,
    pub(crate) remove: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AccessLog {
    pub(crate) level: AccessLogLevel,
    pub(crate) format: AccessLogFormat,
    /// Of the cleartext listeners.
    pub(crate) http_path: String,
    /// Of the TLS listener.
    pub(crate) https_path: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum AccessLogLevel {
    #[default]
    Info,
    /// Status 300 and above, or any response flag.
    Error,
    /// Status 500 and above, or any response flag.
    Critical,
    Disabled,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AccessLogFormat {
    /// Envoy's own.
    Default,
    Text(String),
    /// Field name to format.
    Json(BTreeMap<String, String>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RateLimitService {
    pub(crate) extension_service: NamespacedName,
    pub(crate) domain: String,
    pub(crate) fail_open: bool,
    pub(crate) enable_x_rate_limit_headers: bool,
    pub(crate) enable_resource_exhausted_code: bool,
    pub(crate) default_global_rate_limit_policy: Option<GlobalRateLimitPolicy>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tracing {
    pub(crate) extension_service: NamespacedName,
    pub(crate) service_name: String,
    /// In percent.
    pub(crate) overall_sampling: f64,
    pub(crate) client_sampling: f64,
    pub(crate) random_sampling: f64,
    pub(crate) max_path_tag_length: u32,
    pub(crate) include_pod_detail: bool,
    pub(crate) custom_tags: Vec<CustomTag>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CustomTag {
    pub(crate) name: String,
    pub(crate) value: CustomTagValue,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CustomTagValue {
    Literal(String),
    RequestHeader(String),
}

/// Up to this many chains hold certificates before they are asked for on demand. A listener with this many is replaced
/// in about 60 ms.
pub(crate) const AUTO_CHAINS: usize = 300;

/// The TLS 1.2 ciphers unless the operator says otherwise.
const CIPHER_SUITES: [&str; 4] = [
    "[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]",
    "[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            load_balancer: LoadBalancer::default(),
            written_front: Written::default(),
            listeners: Listeners::default(),
            ingress_class_names: Vec::new(),
            root_namespaces: None,
            watch_namespaces: None,
            disable_permit_insecure: false,
            enable_external_name_service: false,
            reads_extension_services: true,
            process: Process::default(),
            tls: Tls::default(),
            http: Http::default(),
            connections: Connections::default(),
            timeouts: Timeouts::default(),
            cluster: Cluster::default(),
            header_policy: HeaderPolicy::default(),
            access_log: AccessLog::default(),
            rate_limit_service: None,
            tracing: None,
            global_ext_auth: None,
            runtime: BTreeMap::new(),
        }
    }
}

impl Default for Process {
    fn default() -> Self {
        Self {
            debug: false,
            admin_port: 9001,
            has_admin_listener: true,
            metrics: Place::default(),
            metrics_tls: None,
            health: Place::default(),
            ingress_status_addresses: Vec::new(),
            envoy_service: NamespacedName::new("projectcontour", "envoy"),
            in_cluster: false,
            kubeconfig: None,
            client_qps: None,
            client_burst: None,
        }
    }
}

impl Default for TlsParameters {
    fn default() -> Self {
        Self {
            minimum: TlsVersion::V1_2,
            maximum: TlsVersion::V1_3,
            cipher_suites: CIPHER_SUITES.map(str::to_owned).into(),
            ecdh_curves: Vec::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            version_1: true,
            version_2: true,
            server_header: ServerHeader::default(),
            allow_chunked_length: true,
            merge_slashes: true,
            strip_trailing_host_dot: false,
            compression: Some(Compression::Gzip),
            max_concurrent_streams: None,
            max_requests_per_connection: None,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request: Timeout::Default,
            connection_idle: Timeout::After(std::time::Duration::from_mins(1)),
            stream_idle: Timeout::Default,
            max_connection_duration: Timeout::Default,
            delayed_close: Timeout::Default,
            connection_shutdown_grace_period: Timeout::Default,
        }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            connect_timeout: std::time::Duration::from_secs(2),
            dns_lookup_family: DnsLookupFamily::default(),
            max_requests_per_connection: None,
            buffer_limit_bytes: None,
            circuit_breakers: CircuitBreakers::default(),
            tls: TlsParameters::default(),
        }
    }
}

impl Default for AccessLog {
    fn default() -> Self {
        Self {
            level: AccessLogLevel::default(),
            format: AccessLogFormat::Default,
            http_path: "/dev/stdout".to_owned(),
            https_path: "/dev/stdout".to_owned(),
        }
    }
}

impl Settings {
    /// Whether clients may speak TLS to a host that Envoy has no certificate of.
    pub(crate) fn is_tls_ended_in_front(&self) -> bool {
        self.listeners.tls_offload.enabled || matches!(self.load_balancer.mode, Mode::L4Tls | Mode::L7)
    }

    /// Whether objects of a class are ours.
    pub(crate) fn is_our_class(&self, class: &str) -> bool {
        if self.ingress_class_names.is_empty() {
            matches!(class, "" | "contour")
        } else {
            self.ingress_class_names.iter().any(|ours| ours == class)
        }
    }

    /// Whether an object is read.
    pub(crate) fn reads(&self, object: &ObjectRef) -> bool {
        let watched = self.watch_namespaces.as_ref();
        watched.is_none_or(|namespaces| namespaces.contains(&object.name.namespace))
            && (self.reads_extension_services || object.kind != Kind::ExtensionService)
    }

    /// Whether an object is a root HTTPProxy of our class, in a namespace where roots may live and that is read.
    pub fn serves_root(&self, object: &Object) -> bool {
        let Reduced::HttpProxy(proxy) = &object.0 else {
            return false;
        };
        proxy.host().is_some()
            && self.is_our_class(&proxy.class)
            && self.permits_roots_in(&proxy.name.namespace)
            && self.reads(&object.reference())
    }

    /// Whether a root may live in a namespace.
    pub(crate) fn permits_roots_in(&self, namespace: &str) -> bool {
        self.root_namespaces
            .as_ref()
            .is_none_or(|namespaces| namespaces.contains(namespace))
    }
}
