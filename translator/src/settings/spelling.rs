//! Two spellings of one tree: the fields of a ContourConfiguration, and the keys of the file.

use crate::manifest::{Node, Shape};

use super::remark::Remarks;

/// Each field of the object's spec with the key of the file, or the flag, that means the same; with nothing if it has
/// no effect. What lies below a field lies below the key in the same way.
pub(super) const SPELLINGS: [(&str, &str); 103] = [
    ("debug", ""),
    ("enableExternalNameService", "enableExternalNameService"),
    ("envoy.clientCertificate", "tls.envoy-client-certificate"),
    (
        "envoy.cluster.circuitBreakers.maxConnections",
        "cluster.circuit-breakers.max-connections",
    ),
    (
        "envoy.cluster.circuitBreakers.maxPendingRequests",
        "cluster.circuit-breakers.max-pending-requests",
    ),
    (
        "envoy.cluster.circuitBreakers.maxRequests",
        "cluster.circuit-breakers.max-requests",
    ),
    (
        "envoy.cluster.circuitBreakers.maxRetries",
        "cluster.circuit-breakers.max-retries",
    ),
    (
        "envoy.cluster.circuitBreakers.perHostMaxConnections",
        "cluster.circuit-breakers.per-host-max-connections",
    ),
    ("envoy.cluster.dnsLookupFamily", "cluster.dns-lookup-family"),
    (
        "envoy.cluster.maxRequestsPerConnection",
        "cluster.max-requests-per-connection",
    ),
    (
        "envoy.cluster.per-connection-buffer-limit-bytes",
        "cluster.per-connection-buffer-limit-bytes",
    ),
    (
        "envoy.cluster.upstreamTLS.cipherSuites",
        "cluster.upstream-tls.cipher-suites",
    ),
    (
        "envoy.cluster.upstreamTLS.ecdhCurves",
        "cluster.upstream-tls.ecdh-curves",
    ),
    (
        "envoy.cluster.upstreamTLS.maximumProtocolVersion",
        "cluster.upstream-tls.maximum-protocol-version",
    ),
    (
        "envoy.cluster.upstreamTLS.minimumProtocolVersion",
        "cluster.upstream-tls.minimum-protocol-version",
    ),
    ("envoy.defaultHTTPVersions", "default-http-versions"),
    ("envoy.health", "health.envoy"),
    ("envoy.http.accessLog", "--envoy-http-access-log"),
    ("envoy.http.address", "--envoy-service-http-address"),
    ("envoy.http.port", "--envoy-service-http-port"),
    ("envoy.https.accessLog", "--envoy-https-access-log"),
    ("envoy.https.address", "--envoy-service-https-address"),
    ("envoy.https.port", "--envoy-service-https-port"),
    ("envoy.listener.compression.algorithm", "compression.algorithm"),
    ("envoy.listener.connectionBalancer", "listener.connection-balancer"),
    ("envoy.listener.disableAllowChunkedLength", "disableAllowChunkedLength"),
    ("envoy.listener.disableMergeSlashes", "disableMergeSlashes"),
    (
        "envoy.listener.httpMaxConcurrentStreams",
        "listener.http2-max-concurrent-streams",
    ),
    (
        "envoy.listener.maxConnectionsPerListener",
        "listener.max-connections-per-listener",
    ),
    (
        "envoy.listener.maxConnectionsToAcceptPerSocketEvent",
        "listener.max-connections-to-accept-per-socket-event",
    ),
    (
        "envoy.listener.maxRequestsPerConnection",
        "listener.max-requests-per-connection",
    ),
    (
        "envoy.listener.maxRequestsPerIOCycle",
        "listener.max-requests-per-io-cycle",
    ),
    (
        "envoy.listener.per-connection-buffer-limit-bytes",
        "listener.per-connection-buffer-limit-bytes",
    ),
    (
        "envoy.listener.serverHeaderTransformation",
        "serverHeaderTransformation",
    ),
    ("envoy.listener.socketOptions.tos", "listener.socket-options.tos"),
    (
        "envoy.listener.socketOptions.trafficClass",
        "listener.socket-options.traffic-class",
    ),
    ("envoy.listener.tls.cipherSuites", "tls.cipher-suites"),
    ("envoy.listener.tls.ecdhCurves", "tls.ecdh-curves"),
    ("envoy.listener.tls.fingerprint", "tls.fingerprint"),
    (
        "envoy.listener.tls.maximumProtocolVersion",
        "tls.maximum-protocol-version",
    ),
    (
        "envoy.listener.tls.minimumProtocolVersion",
        "tls.minimum-protocol-version",
    ),
    ("envoy.listener.useProxyProtocol", "--use-proxy-protocol"),
    ("envoy.logging.accessLogFormat", "accesslog-format"),
    ("envoy.logging.accessLogFormatString", "accesslog-format-string"),
    ("envoy.logging.accessLogJSONFields", "json-fields"),
    ("envoy.logging.accessLogLevel", "accesslog-level"),
    ("envoy.metrics.address", "metrics.envoy.address"),
    ("envoy.metrics.port", "metrics.envoy.port"),
    ("envoy.metrics.tls.caFile", "metrics.envoy.ca-certificate-path"),
    ("envoy.metrics.tls.certFile", "metrics.envoy.server-certificate-path"),
    ("envoy.metrics.tls.keyFile", "metrics.envoy.server-key-path"),
    ("envoy.network.adminPort", "network.admin-port"),
    ("envoy.network.numTrustedHops", "network.num-trusted-hops"),
    ("envoy.network.stripTrailingHostDot", "network.strip-trailing-host-dot"),
    ("envoy.omEnforcedHealth", "omEnforcedHealthListener"),
    ("envoy.runtimeSettings", "runtime-settings"),
    ("envoy.service.name", "envoy-service-name"),
    ("envoy.service.namespace", "envoy-service-namespace"),
    ("envoy.timeouts.connectTimeout", "timeouts.connect-timeout"),
    ("envoy.timeouts.connectionIdleTimeout", IDLE_TIMEOUT),
    (
        "envoy.timeouts.connectionShutdownGracePeriod",
        "timeouts.connection-shutdown-grace-period",
    ),
    ("envoy.timeouts.delayedCloseTimeout", "timeouts.delayed-close-timeout"),
    (
        "envoy.timeouts.maxConnectionDuration",
        "timeouts.max-connection-duration",
    ),
    ("envoy.timeouts.requestTimeout", "timeouts.request-timeout"),
    ("envoy.timeouts.streamIdleTimeout", "timeouts.stream-idle-timeout"),
    ("featureFlags", "featureFlags"),
    ("gateway", "gateway"),
    ("globalExtAuth.authPolicy", "globalExtAuth.authPolicy"),
    ("globalExtAuth.extensionRef", "globalExtAuth.extensionService"),
    ("globalExtAuth.failOpen", "globalExtAuth.failOpen"),
    ("globalExtAuth.httpSettings", "globalExtAuth.httpSettings"),
    ("globalExtAuth.responseTimeout", "globalExtAuth.responseTimeout"),
    ("globalExtAuth.serviceType", "globalExtAuth.serviceType"),
    ("globalExtAuth.withRequestBody", "globalExtAuth.withRequestBody"),
    ("health", "health.contour"),
    ("httpproxy.disablePermitInsecure", "disablePermitInsecure"),
    ("httpproxy.fallbackCertificate", "tls.fallback-certificate"),
    ("httpproxy.rootNamespaces", "--root-namespaces"),
    ("ingress.classNames", "--ingress-class-name"),
    ("ingress.statusAddress", "ingress-status-address"),
    ("metrics.address", "metrics.contour.address"),
    ("metrics.port", "metrics.contour.port"),
    ("metrics.tls.caFile", "metrics.contour.ca-certificate-path"),
    ("metrics.tls.certFile", "metrics.contour.server-certificate-path"),
    ("metrics.tls.keyFile", "metrics.contour.server-key-path"),
    ("policy.applyToIngress", "policy.applyToIngress"),
    ("policy.requestHeaders", "policy.request-headers"),
    ("policy.responseHeaders", "policy.response-headers"),
    (
        "rateLimitService.defaultGlobalRateLimitPolicy",
        "rateLimitService.defaultGlobalRateLimitPolicy",
    ),
    ("rateLimitService.domain", "rateLimitService.domain"),
    (
        "rateLimitService.enableResourceExhaustedCode",
        "rateLimitService.enableResourceExhaustedCode",
    ),
    (
        "rateLimitService.enableXRateLimitHeaders",
        "rateLimitService.enableXRateLimitHeaders",
    ),
    ("rateLimitService.extensionService", "rateLimitService.extensionService"),
    ("rateLimitService.failOpen", "rateLimitService.failOpen"),
    ("tracing.clientSampling", "tracing.clientSampling"),
    ("tracing.customTags", "tracing.customTags"),
    ("tracing.extensionService", "tracing.extensionService"),
    ("tracing.includePodDetail", "tracing.includePodDetail"),
    ("tracing.maxPathTagLength", "tracing.maxPathTagLength"),
    ("tracing.overallSampling", "tracing.overallSampling"),
    ("tracing.randomSampling", "tracing.randomSampling"),
    ("tracing.serviceName", "tracing.serviceName"),
    ("xdsServer", ""),
];

const IDLE_TIMEOUT: &str = "timeouts.connection-idle-timeout";

/// The version in which an object may name an extension service.
const EXTENSION_VERSION: &str = "projectcontour.io/v1alpha1";

/// A spec in the spelling of the file, and of the flags.
#[derive(Debug)]
pub(super) struct Respelled {
    pub(super) file: Node,
    pub(super) flags: Node,
}

/// The field of the object that a key or flag stands for.
pub(super) fn field_of(path: &str) -> Option<String> {
    let below = |key: &str| {
        let rest = path.strip_prefix(key).filter(|_| !key.is_empty())?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
    };
    let mut spellings = SPELLINGS.iter();
    spellings.find_map(|(field, key)| Some(format!("{field}{}", below(key)?)))
}

impl Respelled {
    pub(super) fn new(spec: &Node, remarks: &mut Remarks) -> Self {
        let mut respelled = Self {
            file: spec.with(Shape::Map(Vec::new())),
            flags: spec.with(Shape::Map(Vec::new())),
        };
        // Without a word, connections may idle as long as Envoy lets them; in the file they may not.
        respelled.put(IDLE_TIMEOUT, spec.with_text("0"));
        respelled.read(spec, "", remarks);
        respelled
    }

    fn read(&mut self, node: &Node, path: &str, remarks: &mut Remarks) {
        let Shape::Map(fields) = &node.shape else {
            return;
        };
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            match SPELLINGS.iter().find(|(field, _)| *field == path) {
                Some((_, "")) => remarks
                    .at("spec")
                    .note(&path, "has no effect: it is set by flags or not at all"),
                Some((_, key)) => self.put(key, in_shape(key, value, &path, remarks)),
                None => self.read(value, &path, remarks),
            }
        }
    }

    fn put(&mut self, key: &str, value: Node) {
        match key.strip_prefix("--") {
            Some(flag) => self.flags.put(&[flag], value),
            None => self.file.put(&key.split('.').collect::<Vec<_>>(), value),
        }
    }
}

/// The file names an extension service in one word.
fn in_shape(key: &str, value: &Node, path: &str, remarks: &mut Remarks) -> Node {
    if !key.ends_with(".extensionService") {
        return value.clone();
    }
    let part = |name| value.text(name).unwrap_or_default();
    if !matches!(part("apiVersion"), "" | EXTENSION_VERSION) {
        let message = format!(
            "unsupported version {:?} (known: {EXTENSION_VERSION})",
            part("apiVersion")
        );
        remarks.at("spec").problem(&format!("{path}.apiVersion"), message);
    }
    value.with_text(&format!("{}/{}", part("namespace"), part("name")))
}
