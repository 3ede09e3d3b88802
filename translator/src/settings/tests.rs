//! What is accepted, what is refused, and in which words.

use std::time::Duration;

use isoline_policy::ProxyProtocol;

use super::*;

/// Everything that is wrong with a file, with its place.
fn refusal(text: &str, flags: Flags) -> String {
    match Settings::read(text, flags) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn accepted(text: &str) -> Settings {
    Settings::parse(text).unwrap_or_else(|error| panic!("{text}\n  is refused by {error}"))
}

/// Each file with the start of what is said about it.
const REFUSED: &[(&str, &str)] = &[
    // What is not known, and where it stands.
    (
        "no-such-key: 1",
        "1:14: no-such-key: unknown field `no-such-key` (known: loadBalancer, ",
    ),
    (
        "tls:\n  minimum-protocol-versio: 1.2",
        "2:28: tls.minimum-protocol-versio: unknown field `minimum-protocol-versio`, did you mean \"minimum-protocol-version\"? (known: ",
    ),
    (
        "rateLimitService: {extensionService: a/b, domain: c, defaultGlobalRateLimitPolicy: {descriptors: [{entries: [], entrys: []}]}}",
        "1:121: rateLimitService.defaultGlobalRateLimitPolicy.descriptors[0].entrys: unknown field",
    ),
    ("a: 1\n---\nb: 1", "1:1: a configuration file is one document"),
    ("- 1", "1:1: invalid type: sequence, expected an object"),
    (
        "timeouts: [1s]",
        "1:11: timeouts: invalid type: sequence, expected an object",
    ),
    ("debug: true\ndebug: false", "1:8: debug: duplicate field"),
    ("tls: [", "1:6: unclosed bracket"),
    (
        "tls: {fingerprint: {ja3: maybe}}",
        "1:26: tls.fingerprint.ja3: invalid type: string \"maybe\"",
    ),
    (
        "timeouts: {request-timeout: [1s]}",
        "1:29: timeouts.request-timeout: invalid type: sequence, expected text",
    ),
    // The front.
    (
        "loadBalancer: {mode: L5}",
        "1:22: loadBalancer.mode: unknown variant `L5`",
    ),
    (
        "loadBalancer: {trusted: {cidrs: [10.0.0.0/33]}}",
        "1:34: loadBalancer.trusted.cidrs[0]: ",
    ),
    (
        "loadBalancer: {trusted: {hops: -1}}",
        "1:32: loadBalancer.trusted.hops: invalid value: integer `-1`",
    ),
    (
        "loadBalancer: {externalPorts: {https: 0}}",
        "1:39: loadBalancer.externalPorts.https: 0 is not between 1 and 65535",
    ),
    (
        "loadBalancer: {tlsPorts: [0]}",
        "1:26: loadBalancer.tlsPorts: 0 is not between 1 and 65535",
    ),
    (
        "listeners: {http: {port: 0}}",
        "1:26: listeners.http.port: 0 is not between 1 and 65535",
    ),
    (
        "listeners: {http: {port: 70000}}",
        "1:26: listeners.http.port: invalid value: integer `70000`",
    ),
    (
        "listeners: {address: localhost}",
        "1:22: listeners.address: invalid IP address syntax",
    ),
    (
        "listeners: {http: {port: 8443}}",
        "1:12: listeners.https: http has port 8443 of 0.0.0.0, too",
    ),
    (
        "listeners: {tlsOffload: {enabled: true, port: 8080}}",
        "1:25: listeners.tlsOffload: http has port 8080 of 0.0.0.0, too",
    ),
    (
        "loadBalancer: {trusted: {hops: 1}}\nnetwork: {num-trusted-hops: 2}",
        "2:29: network.num-trusted-hops: differs from loadBalancer.trusted.hops",
    ),
    // TLS.
    (
        "tls: {minimum-protocol-version: 1.1}",
        "1:33: tls.minimum-protocol-version: invalid TLS minimum protocol version: \"1.1\" (known: 1.2, 1.3",
    ),
    (
        "tls: {maximum-protocol-version: \"1.4\"}",
        "1:33: tls.maximum-protocol-version: invalid TLS maximum protocol version: \"1.4\"",
    ),
    (
        "tls: {minimum-protocol-version: 1.3, maximum-protocol-version: 1.2}",
        "1:33: tls.minimum-protocol-version: the minimum TLS protocol version is greater than the maximum TLS protocol version",
    ),
    (
        "tls: {cipher-suites: [AES128-SHA, RC4-SHA]}",
        "1:22: tls.cipher-suites: invalid TLS cipher suites: invalid cipher suites [\"RC4-SHA\"] (known: ",
    ),
    (
        "tls: {cipher-suites: [\"[]\"]}",
        "1:22: tls.cipher-suites: invalid TLS cipher suites",
    ),
    (
        "tls: {cipher-suites: [AES128-SHA|AES256-SHA]}",
        "1:22: tls.cipher-suites: invalid TLS cipher suites",
    ),
    (
        "tls: {ecdh-curves: [P-224]}",
        "1:20: tls.ecdh-curves: invalid ECDH curves [\"P-224\"] (known: X25519",
    ),
    (
        "tls: {fallback-certificate: {namespace: a}}",
        "1:29: tls.fallback-certificate: invalid TLS fallback certificate: name must be defined",
    ),
    (
        "tls: {envoy-client-certificate: {name: a}}",
        "1:33: tls.envoy-client-certificate: invalid TLS client certificate: namespace must be defined",
    ),
    (
        "tls: {certificates: Never}",
        "1:21: tls.certificates: unknown variant `Never`",
    ),
    (
        "cluster: {upstream-tls: {minimum-protocol-version: 1.3, maximum-protocol-version: 1.2}}",
        "1:52: cluster.upstream-tls.minimum-protocol-version: the minimum TLS protocol version is greater",
    ),
    // HTTP.
    (
        "default-http-versions: [http/3]",
        "1:24: default-http-versions: invalid HTTP version \"http/3\"",
    ),
    (
        "default-http-versions: []",
        "1:24: default-http-versions: no HTTP version is left",
    ),
    (
        "serverHeaderTransformation: overwriten",
        "1:29: serverHeaderTransformation: invalid server header transformation \"overwriten\", did you mean \"overwrite\"?",
    ),
    (
        "compression: {algorithm: lz4}",
        "1:26: compression.algorithm: invalid compression algorithm \"lz4\"",
    ),
    // Listeners and clusters.
    (
        "listener: {connection-balancer: even}",
        "1:33: listener.connection-balancer: invalid listener connection balancer value \"even\", only 'exact' connection balancing is supported for now",
    ),
    (
        "listener: {max-requests-per-connection: 0}",
        "1:41: listener.max-requests-per-connection: invalid max connections per request value 0 set on listener, minimum value is 1",
    ),
    (
        "listener: {per-connection-buffer-limit-bytes: 0}",
        "1:47: listener.per-connection-buffer-limit-bytes: invalid per connections buffer limit bytes value 0 set on listener",
    ),
    (
        "listener: {max-requests-per-io-cycle: 0}",
        "1:39: listener.max-requests-per-io-cycle: invalid max ",
    ),
    (
        "listener: {http2-max-concurrent-streams: 0}",
        "1:42: listener.http2-max-concurrent-streams: invalid max HTTP/2",
    ),
    (
        "listener: {http2-max-concurrent-streams: 2147483648}",
        "1:42: listener.http2-max-concurrent-streams: 2147483648 is not between 1 and 2147483647",
    ),
    (
        "listener: {max-connections-per-listener: 0}",
        "1:42: listener.max-connections-per-listener: invalid max ",
    ),
    (
        "listener: {max-connections-to-accept-per-socket-event: 0}",
        "1:56: listener.max-connections-to-accept-per-socket-event: max-connections-to-accept-per-socket-event must be greater than 0",
    ),
    (
        "listener: {socket-options: {tos: 256}}",
        "1:34: listener.socket-options.tos: invalid listener IPv4 TOS value 256, must be in the range 0-255",
    ),
    (
        "listener: {socket-options: {traffic-class: -1}}",
        "1:44: listener.socket-options.traffic-class: invalid listener IPv6 TrafficClass value -1, must be in the range 0-255",
    ),
    (
        "listener: {socket-options: {traffic-class: 8}}",
        "1:44: listener.socket-options.traffic-class: is an option of IPv6, and no listener has an IPv6 address",
    ),
    (
        "listener: {socket-options: {tos: 8}}\nlisteners: {address: \"::1\"}",
        "1:34: listener.socket-options.tos: is an option of IPv4, and no listener has an IPv4 address",
    ),
    (
        "cluster: {max-requests-per-connection: 0}",
        "1:40: cluster.max-requests-per-connection: invalid max connections per request value 0 set on cluster, minimum value is 1",
    ),
    (
        "cluster: {per-connection-buffer-limit-bytes: 0}",
        "1:46: cluster.per-connection-buffer-limit-bytes: invalid per connections buffer limit bytes value 0 set on cluster",
    ),
    (
        "cluster: {dns-lookup-family: v5}",
        "1:30: cluster.dns-lookup-family: invalid cluster DNS lookup family \"v5\" (known: auto, v4, v6, all",
    ),
    (
        "cluster: {circuit-breakers: {max-retries: -1}}",
        "1:43: cluster.circuit-breakers.max-retries: invalid value: integer `-1`",
    ),
    // Timeouts.
    (
        "timeouts: {request-timeout: soon}",
        "1:29: timeouts.request-timeout: invalid request timeout \"soon\": time: invalid duration \"soon\"",
    ),
    (
        "timeouts: {connection-idle-timeout: 5}",
        "1:37: timeouts.connection-idle-timeout: invalid connection idle timeout",
    ),
    (
        "timeouts: {stream-idle-timeout: -5s}",
        "1:33: timeouts.stream-idle-timeout: invalid stream idle timeout",
    ),
    (
        "timeouts: {max-connection-duration: 1d}",
        "1:37: timeouts.max-connection-duration: invalid max connection duration",
    ),
    (
        "timeouts: {delayed-close-timeout: x}",
        "1:35: timeouts.delayed-close-timeout: invalid delayed close timeout",
    ),
    (
        "timeouts: {connection-shutdown-grace-period: 9223372036s}",
        "1:46: timeouts.connection-shutdown-grace-period: invalid connection shutdown grace period",
    ),
    (
        "timeouts: {connect-timeout: infinity}",
        "1:29: timeouts.connect-timeout: connect timeout \"infinity\": time: invalid duration \"infinity\"",
    ),
    // Headers.
    (
        "policy: {request-headers: {set: {\"bad header\": x}}}",
        "1:48: policy.request-headers.set.bad header: invalid header name \"bad header\": [a valid HTTP header must consist of alphanumeric characters or '-'",
    ),
    (
        "policy: {response-headers: {remove: [x_y]}}",
        "1:38: policy.response-headers.remove[0]: invalid header name \"x_y\"",
    ),
    (
        "policy: {request-headers: {remove: [host]}}",
        "1:37: policy.request-headers.remove[0]: every request needs the header Host",
    ),
    (
        "policy: {request-headers: {set: {X-A: \"a\\nb\"}}}",
        "1:39: policy.request-headers.set.X-A: invalid value: control characters are not allowed",
    ),
    (
        "policy: {request-headers: {set: {X-A: a, x-a: b}}}",
        "1:47: policy.request-headers.set.x-a: duplicate header addition: \"X-A\"",
    ),
    // Access logs.
    (
        "accesslog-format: xml",
        "1:19: accesslog-format: invalid access log format \"xml\" (known: envoy, json",
    ),
    (
        "accesslog-level: chatty",
        "1:18: accesslog-level: invalid access log level \"chatty\"",
    ),
    (
        "accesslog-format-string: \"%RESPONSE_CODE%\"",
        "1:26: accesslog-format-string: invalid access log format: must end in newline",
    ),
    (
        "accesslog-format-string: \"%NO_SUCH%\\n\"",
        "1:26: accesslog-format-string: invalid access log format: invalid Envoy format: %NO_SUCH%, invalid Envoy operator: NO_SUCH",
    ),
    (
        "json-fields: [no_such]",
        "1:14: json-fields: invalid JSON log field name no_such",
    ),
    (
        "json-fields: [responce_code]",
        "1:14: json-fields: invalid JSON log field name responce_code, did you mean \"response_code\"?",
    ),
    (
        "json-fields: [\"x=%REQ%\"]",
        "1:14: json-fields: invalid JSON field: invalid Envoy format: %REQ%, arguments required for operator: REQ",
    ),
    // Services that are asked.
    (
        "rateLimitService: {domain: a}",
        "1:19: rateLimitService.extensionService: rateLimitService.extensionService must be defined",
    ),
    (
        "rateLimitService: {extensionService: a/b}",
        "1:19: rateLimitService.domain: rateLimitService.domain must be defined",
    ),
    (
        "rateLimitService: {extensionService: a/, domain: x}",
        "1:38: rateLimitService.extensionService: invalid reference \"a/\"",
    ),
    (
        "rateLimitService: {extensionService: a/b, domain: c, defaultGlobalRateLimitPolicy: {descriptors: [{entries: [{}]}]}}",
        "1:84: rateLimitService.defaultGlobalRateLimitPolicy: rate limit descriptor entry must have exactly one field set",
    ),
    (
        "tracing: {serviceName: a}",
        "1:10: tracing.extensionService: tracing.extensionService must be defined",
    ),
    (
        "tracing: {extensionService: a/b, overallSampling: 101}",
        "1:51: tracing.overallSampling: invalid tracing sampling: \"101\" is not between 0 and 100",
    ),
    (
        "tracing: {extensionService: a/b, clientSampling: many}",
        "1:50: tracing.clientSampling: invalid tracing sampling",
    ),
    (
        "tracing: {extensionService: a/b, customTags: [{tagName: t, literal: x}, {tagName: t, literal: y}]}",
        "1:73: tracing.customTags[1]: tagName t is duplicate",
    ),
    (
        "tracing: {extensionService: a/b, customTags: [{tagName: t, literal: x, requestHeaderName: y}]}",
        "1:47: tracing.customTags[0]: must set exactly one of Literal or RequestHeaderName",
    ),
    (
        "tracing: {extensionService: a/b, customTags: [{literal: x}]}",
        "1:47: tracing.customTags[0]: tracing.customTag.tagName must be defined",
    ),
    (
        "tracing: {extensionService: a/b, customTags: [{tagName: t, requestHeaderName: \"a b\"}]}",
        "1:47: tracing.customTags[0]: invalid header name \"a b\"",
    ),
    (
        "globalExtAuth: {failOpen: true}",
        "1:16: globalExtAuth.extensionService: globalExtAuth.extensionService must be defined",
    ),
    (
        "globalExtAuth: {extensionService: a/b, serviceType: ftp}",
        "1:53: globalExtAuth.serviceType: invalid service type \"ftp\"",
    ),
    (
        "globalExtAuth: {extensionService: a/b, httpSettings: {pathPrefix: /x}}",
        "1:54: globalExtAuth.httpSettings: httpSettings can only be set when serviceType is 'http'",
    ),
    (
        "globalExtAuth: {extensionService: a/b, serviceType: http, httpSettings: {pathPrefix: x}}",
        "1:86: globalExtAuth.httpSettings.pathPrefix: it must start with /",
    ),
    (
        "globalExtAuth: {extensionService: a/b, serviceType: http, httpSettings: {allowedUpstreamHeaders: [{ignoreCase: true}]}}",
        "1:99: globalExtAuth.httpSettings.allowedUpstreamHeaders[0]: one of prefix, suffix, exact or contains is required",
    ),
    (
        "globalExtAuth: {extensionService: a/b, serviceType: http, httpSettings: {allowedUpstreamHeaders: [{exact: a, prefix: b}]}}",
        "1:99: globalExtAuth.httpSettings.allowedUpstreamHeaders[0]: only one of prefix, suffix, exact, and contains",
    ),
    (
        "globalExtAuth: {extensionService: a/b, serviceType: http, authPolicy: {context: {a: b}}}",
        "1:81: globalExtAuth.authPolicy.context: context is only applied to grpc service type",
    ),
    (
        "globalExtAuth: {extensionService: a/b, responseTimeout: x}",
        "1:57: globalExtAuth.responseTimeout: invalid response timeout",
    ),
    (
        "globalExtAuth: {extensionService: a/b, withRequestBody: {maxRequestBytes: 0}}",
        "1:75: globalExtAuth.withRequestBody.maxRequestBytes: 0 is not between 1 and 4294967295",
    ),
    // What Isoline does not do.
    (
        "gateway: {gatewayRef: {name: a, namespace: b}}",
        "1:10: gateway: the Gateway API is not served, only HTTPProxy and Ingress are",
    ),
    (
        "metrics: {envoy: {server-key-path: a}}",
        "1:18: metrics.envoy: you must supply at least server-certificate-path and server-key-path or none of them",
    ),
    (
        "metrics: {contour: {ca-certificate-path: a}}",
        "1:20: metrics.contour: you must supply also server-certificate-path",
    ),
    (
        "omEnforcedHealthListener: {port: 0}",
        "1:34: omEnforcedHealthListener.port: 0 is not between",
    ),
    (
        "kubernetesClientQPS: -1",
        "1:22: kubernetesClientQPS: -1 is less than 0",
    ),
    (
        "server: {xds-server-type: envoy}",
        "1:27: server.xds-server-type: unknown field `xds-server-type`",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut wrong = Vec::new();
    for (text, expected) in REFUSED {
        let refusal = refusal(text, Flags::default());
        if !refusal.starts_with(expected) {
            wrong.push(format!("{text}\n  is refused by {refusal}\n  and not by    {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = "accesslog-level: loud\ntls:\n  minimum-protocol-version: 1\ntimeouts:\n  request-timeout: x\n";
    let refusal = refusal(text, Flags::default());
    let places: Vec<_> = refusal.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(places, ["1:18:", "3:29:", "5:20:"], "{refusal}");
}

#[test]
fn nothing_written_means_the_defaults() {
    for text in [
        "",
        "# all of it is a comment\n",
        "{}",
        "tls:\n#  minimum-protocol-version: 1.3\ntimeouts:\n",
    ] {
        assert_eq!(accepted(text), Settings::default(), "{text}");
    }
}

/// The settings of a file, and what was noted.
fn read(text: &str, flags: Flags) -> (Settings, Vec<String>) {
    let (settings, notes) =
        Settings::read(text, flags).unwrap_or_else(|error| panic!("{text}\n  is refused by {error}"));
    (settings, notes.iter().map(ToString::to_string).collect())
}

#[test]
fn every_block_is_read() {
    let settings = accepted(
        r#"
loadBalancer:
  mode: L4TLS
  proxyProtocol: Optional
  tlsPorts: [443, 8443]
  trusted: {hops: 1, cidrs: [10.0.0.0/8]}
  externalPorts: {https: 8443}
listeners:
  address: "::ffff:127.0.0.1"
  http: {port: 80, address: 192.0.2.1}
  https: {port: 443}
  tlsOffload: {enabled: true, port: 444}
tls:
  minimum-protocol-version: 1.3
  cipher-suites: [AES128-SHA, "[AES256-SHA|AES128-SHA]", AES128-SHA]
  ecdh-curves: [P-256]
  fingerprint: {ja3: true, ja4: true}
  fallback-certificate: {namespace: a, name: b}
  envoy-client-certificate: {namespace: c, name: d}
  certificates: OnDemand
network: {strip-trailing-host-dot: true, num-trusted-hops: 1, admin-port: 9002}
compression: {algorithm: disabled}
default-http-versions: [HTTP/2]
serverHeaderTransformation: pass_through
disableAllowChunkedLength: true
disableMergeSlashes: true
disablePermitInsecure: true
enableExternalNameService: true
runtime-settings: {some.key: 1.20, other: yes, third: "on"}
"#,
    );
    let front = &settings.load_balancer;
    assert_eq!(front.proxy_protocol, ProxyProtocol::Optional);
    assert_eq!(
        (
            front.trusted.hops,
            front.external_ports.http,
            front.external_ports.https
        ),
        (1, 80, 8443)
    );
    let sockets: Vec<_> = settings
        .listeners
        .sockets()
        .map(|(_, address, port)| format!("{address}:{port}"))
        .collect();
    assert_eq!(sockets, ["192.0.2.1:80", "127.0.0.1:443", "127.0.0.1:444"]);
    let tls = &settings.tls;
    assert_eq!(
        (tls.parameters.minimum, tls.parameters.maximum),
        (TlsVersion::V1_3, TlsVersion::V1_3)
    );
    assert_eq!(tls.parameters.cipher_suites, ["AES128-SHA", "[AES256-SHA|AES128-SHA]"]);
    assert_eq!(
        (tls.ja3, tls.ja4, tls.certificates),
        (true, true, CertificateMode::OnDemand)
    );
    assert_eq!(tls.fallback_certificate, Some(NamespacedName::new("a", "b")));
    assert_eq!(tls.client_certificate, Some(NamespacedName::new("c", "d")));
    let expected = Http {
        version_1: false,
        version_2: true,
        server_header: ServerHeader::PassThrough,
        allow_chunked_length: false,
        merge_slashes: false,
        strip_trailing_host_dot: true,
        compression: None,
        max_concurrent_streams: None,
        max_requests_per_connection: None,
    };
    assert_eq!(settings.http, expected);
    assert_eq!(settings.process.admin_port, Some(9002));
    assert!(settings.disable_permit_insecure && settings.enable_external_name_service);
    let runtime: Vec<_> = settings.runtime.values().map(String::as_str).collect();
    assert_eq!(runtime, ["yes", "1.20", "on"]);
}

#[test]
fn limits_and_timeouts_are_read() {
    let settings = accepted(
        r"
listener:
  connection-balancer: exact
  max-requests-per-connection: 1
  per-connection-buffer-limit-bytes: 2
  max-requests-per-io-cycle: 3
  http2-max-concurrent-streams: 4
  max-connections-per-listener: 5
  max-connections-to-accept-per-socket-event: 6
  socket-options: {tos: 255, traffic-class: 0}
cluster:
  dns-lookup-family: all
  max-requests-per-connection: 7
  per-connection-buffer-limit-bytes: 8
  circuit-breakers:
    {max-connections: 9, max-pending-requests: 10, max-requests: 11, max-retries: 12, per-host-max-connections: 13}
  upstream-tls: {maximum-protocol-version: 1.2}
timeouts:
  request-timeout: 1m30s
  connection-idle-timeout: 0
  stream-idle-timeout: infinity
  max-connection-duration: infinite
  delayed-close-timeout: 0s
  connection-shutdown-grace-period: 1.5s
  connect-timeout: 750ms
",
    );
    let expected = Connections {
        exact_balance: true,
        buffer_limit_bytes: Some(2),
        max_to_accept_per_socket_event: Some(6),
        tos: 255,
        traffic_class: 0,
        max_per_listener: Some(5),
        max_requests_per_io_cycle: Some(3),
    };
    assert_eq!(settings.connections, expected);
    assert_eq!(
        (
            settings.http.max_requests_per_connection,
            settings.http.max_concurrent_streams
        ),
        (Some(1), Some(4))
    );
    let expected = Cluster {
        connect_timeout: Duration::from_millis(750),
        dns_lookup_family: DnsLookupFamily::All,
        max_requests_per_connection: Some(7),
        buffer_limit_bytes: Some(8),
        circuit_breakers: CircuitBreakers {
            max_connections: 9,
            max_pending_requests: 10,
            max_requests: 11,
            max_retries: 12,
            per_host_max_connections: 13,
        },
        tls: TlsParameters {
            maximum: TlsVersion::V1_2,
            ..TlsParameters::default()
        },
    };
    assert_eq!(settings.cluster, expected);
    let expected = Timeouts {
        request: Timeout::After(Duration::from_secs(90)),
        connection_idle: Timeout::Default,
        stream_idle: Timeout::Disabled,
        max_connection_duration: Timeout::Disabled,
        delayed_close: Timeout::Default,
        connection_shutdown_grace_period: Timeout::After(Duration::from_millis(1500)),
    };
    assert_eq!(settings.timeouts, expected);
    let managed = settings.managed_runtime();
    assert_eq!(managed["http.max_requests_per_io_cycle"], "3");
    assert_eq!(
        managed["envoy.resource_limits.listener.ingress_https.connection_limit"],
        "5"
    );
}

#[test]
fn services_that_are_asked_are_read() {
    let settings = accepted(
        r"
rateLimitService:
  extensionService: gate/counter
  domain: all
  failOpen: true
  enableXRateLimitHeaders: true
  enableResourceExhaustedCode: true
  defaultGlobalRateLimitPolicy: {descriptors: [{entries: [{remoteAddress: {}}]}]}
tracing:
  extensionService: traces
  serviceName: edge
  overallSampling: 12.5
  clientSampling: '0'
  maxPathTagLength: 64
  includePodDetail: false
  customTags: [{tagName: a, literal: b}, {tagName: c, requestHeaderName: X-C}]
globalExtAuth:
  extensionService: gate/porter
  serviceType: grpc
  failOpen: true
  responseTimeout: 3s
  authPolicy: {disabled: true, context: {a: 1}}
  withRequestBody: {maxRequestBytes: 9, allowPartialMessage: true, packAsBytes: true}
",
    );
    let service = settings.rate_limit_service.expect("it is written");
    assert_eq!(service.extension_service, NamespacedName::new("gate", "counter"));
    assert!(service.fail_open && service.enable_x_rate_limit_headers && service.enable_resource_exhausted_code);
    assert_eq!(
        service
            .default_global_rate_limit_policy
            .map(|policy| policy.descriptors.len()),
        Some(1)
    );
    let expected = Tracing {
        extension_service: NamespacedName::new("default", "traces"),
        service_name: "edge".to_owned(),
        overall_sampling: 12.5,
        client_sampling: 100.0,
        random_sampling: 100.0,
        max_path_tag_length: 64,
        include_pod_detail: false,
        custom_tags: vec![
            CustomTag {
                name: "a".to_owned(),
                value: CustomTagValue::Literal("b".to_owned()),
            },
            CustomTag {
                name: "c".to_owned(),
                value: CustomTagValue::RequestHeader("X-C".to_owned()),
            },
        ],
    };
    assert_eq!(settings.tracing, Some(expected));
    let server = settings.global_ext_auth.expect("it is written");
    assert_eq!(
        (
            server.extension_ref.namespace.as_str(),
            server.extension_ref.name.as_str()
        ),
        ("gate", "porter")
    );
    assert!(server.fail_open && server.response_timeout == "3s");
    let policy = server.auth_policy.expect("it is written");
    assert_eq!((policy.disabled, policy.context["a"].as_str()), (Some(true), "1"));
    let body = server.with_request_body.expect("it is written");
    assert_eq!(
        (body.max_request_bytes, body.allow_partial_message, body.pack_as_bytes),
        (Some(9), true, true)
    );
}

#[test]
fn keys_of_the_global_authorization_may_be_in_lower_case() {
    let camel = "{extensionService: a/b, serviceType: http, httpSettings: {pathPrefix: /x, \
                 allowedAuthorizationHeaders: [{exact: A, ignoreCase: true}], allowedUpstreamHeaders: [{prefix: x-}]}}";
    let lower = camel.to_lowercase().replace("exact: a", "exact: A");
    let settings = accepted(&format!("globalExtAuth: {camel}"));
    assert_eq!(settings, accepted(&format!("globalExtAuth: {lower}")));
    let http = settings
        .global_ext_auth
        .and_then(|server| server.http_settings)
        .expect("it is written");
    assert_eq!(
        (http.path_prefix.as_str(), http.allowed_upstream_headers.len()),
        ("/x", 1)
    );
    assert!(http.allowed_authorization_headers[0].ignore_case);
}

#[test]
fn default_headers_are_in_their_canonical_form() {
    let settings = accepted(
        "policy: {request-headers: {set: {x-a: 1, HOST: a.test}, remove: [x-b]}, response-headers: {set: {x-c: ''}}, \
         applyToIngress: true}",
    );
    let policy = settings.header_policy;
    assert_eq!(policy.request.set["X-A"], "1");
    assert_eq!(policy.request.set["Host"], "a.test");
    assert!(policy.request.remove.contains("X-B") && policy.response.set["X-C"].is_empty());
    assert!(policy.apply_to_ingress);
}

#[test]
fn access_logs_are_text_or_json() {
    let text = r#"accesslog-format-string: "[%START_TIME(%Y)%] %REQ(A?:B):9% 100%% %METADATA(ROUTE:a:b)%\n""#;
    let format = |text: &str, flags| read(text, flags).0.access_log.format;
    let expected = AccessLogFormat::Text("[%START_TIME(%Y)%] %REQ(A?:B):9% 100%% %METADATA(ROUTE:a:b)%\n".to_owned());
    assert_eq!(format(text, Flags::default()), expected);

    let json = format("accesslog-format: json", Flags::default());
    let AccessLogFormat::Json(fields) = json else {
        panic!("it is JSON");
    };
    assert_eq!((fields.len(), fields["@timestamp"].as_str()), (23, "%START_TIME%"));

    let fields = "json-fields: [ts, response_code, 'a=x=%REQ(B)%']";
    let expected = [
        ("ts", "%START_TIME%"),
        ("response_code", "%RESPONSE_CODE%"),
        ("a", "x=%REQ(B)%"),
    ];
    let expected = expected.map(|(name, format)| (name.to_owned(), format.to_owned()));
    let flags = Flags {
        accesslog_format: Some("json".to_owned()),
        ..Flags::default()
    };
    assert_eq!(format(fields, flags), AccessLogFormat::Json(expected.into()));

    let off = accepted("accesslog-level: disabled");
    assert_eq!(off.access_log.level, AccessLogLevel::Disabled);
}

#[test]
fn what_has_no_effect_is_noted() {
    let text = "featureFlags: [x]
server: {}
metrics: {contour: {port: 8000}, envoy: {port: 8002, server-certificate-path: a, server-key-path: b}}
omEnforcedHealthListener: {address: 0.0.0.0, port: 8003}
incluster: true
kubeconfig: /a
kubernetesClientQPS: 20
kubernetesClientBurst: 30
ingress-status-address: 192.0.2.7,lb.test
envoy-service-name: e
envoy-service-namespace: f
network: {admin-port: 0}
runtime-settings: {http.max_requests_per_io_cycle: 9}
listener: {max-requests-per-io-cycle: 1}
tracing: {extensionService: a/b, randomSampling: 0}
";
    let (settings, mut notes) = read(text, Flags::default());
    notes.sort();
    let paths: Vec<_> = notes.iter().filter_map(|note| note.split(": ").nth(1)).collect();
    let expected = [
        "envoy-service-name",
        "envoy-service-namespace",
        "featureFlags",
        "incluster",
        "ingress-status-address",
        "kubeconfig",
        "kubernetesClientBurst",
        "kubernetesClientQPS",
        "metrics.contour",
        "metrics.envoy",
        "network.admin-port",
        "omEnforcedHealthListener",
        "runtime-settings.http.max_requests_per_io_cycle",
        "server",
        "tracing.randomSampling",
    ];
    let mut sorted = paths.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    let process = Process {
        debug: false,
        admin_port: None,
        ingress_status_addresses: vec!["192.0.2.7".to_owned(), "lb.test".to_owned()],
        envoy_service: NamespacedName::new("f", "e"),
        in_cluster: true,
        kubeconfig: Some("/a".to_owned()),
        client_qps: Some(20.0),
        client_burst: Some(30),
    };
    assert_eq!(settings.process, process);
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}

#[test]
fn flags_win_over_the_file() {
    let flags = Flags {
        ingress_class_name: words(&["blue", "green"]),
        root_namespaces: words(&["a"]),
        watch_namespaces: words(&["a", "b"]),
        use_proxy_protocol: true,
        accesslog_format: Some("envoy".to_owned()),
        envoy_service_http_address: Some("127.0.0.2".to_owned()),
        envoy_service_http_port: Some(81),
        envoy_service_https_address: Some("127.0.0.3".to_owned()),
        envoy_service_https_port: Some(444),
        envoy_http_access_log: Some("/dev/null".to_owned()),
        envoy_https_access_log: Some("/dev/stderr".to_owned()),
        ingress_status_address: words(&["192.0.2.8"]),
        disable_feature: words(&["extensionservices", "tlsroutes"]),
        debug: true,
    };
    let text = "accesslog-format: json\nlisteners: {http: {address: 192.0.2.1, port: 80}}\ningress-status-address: x";
    let (settings, _) = read(text, flags);
    assert_eq!(settings.ingress_class_names, ["blue", "green"]);
    assert!(settings.permits_roots_in("a") && !settings.permits_roots_in("b") && !settings.watches("c"));
    assert_eq!(settings.load_balancer.proxy_protocol, ProxyProtocol::Required);
    assert_eq!(settings.access_log.format, AccessLogFormat::Default);
    let sockets: Vec<_> = settings
        .listeners
        .sockets()
        .map(|(_, address, port)| format!("{address}:{port}"))
        .collect();
    assert_eq!(sockets, ["127.0.0.2:81", "127.0.0.3:444"]);
    let log = &settings.access_log;
    assert_eq!(
        (log.http_path.as_str(), log.https_path.as_str()),
        ("/dev/null", "/dev/stderr")
    );
    assert_eq!(settings.process.ingress_status_addresses, ["192.0.2.8"]);
    assert!(settings.process.debug && !settings.reads_extension_services);
}

#[test]
fn wrong_flags_are_named_with_their_dashes() {
    let refused = [
        (
            Flags {
                use_proxy_protocol: true,
                ..Flags::default()
            },
            "loadBalancer: {proxyProtocol: Off}",
            "--use-proxy-protocol: means loadBalancer.proxyProtocol: Required, but the configuration file says Off",
        ),
        (
            Flags {
                accesslog_format: Some("xml".to_owned()),
                ..Flags::default()
            },
            "",
            "--accesslog-format: invalid access log format \"xml\" (known: envoy, json)",
        ),
        (
            Flags {
                envoy_service_http_port: Some(0),
                ..Flags::default()
            },
            "",
            "--envoy-service-http-port: 0 is not between 1 and 65535",
        ),
        (
            Flags {
                envoy_https_access_log: Some(String::new()),
                ..Flags::default()
            },
            "",
            "--envoy-https-access-log: a log needs a file, such as /dev/stdout",
        ),
        (
            Flags {
                disable_feature: words(&["extensionservice"]),
                ..Flags::default()
            },
            "",
            "--disable-feature: invalid feature \"extensionservice\", did you mean \"extensionservices\"?",
        ),
        (
            Flags {
                root_namespaces: words(&["a", "b"]),
                watch_namespaces: words(&["a"]),
                ..Flags::default()
            },
            "tls: {fallback-certificate: {namespace: c, name: d}, envoy-client-certificate: {namespace: e, name: f}}",
            "--watch-namespaces: not all root namespaces are being watched
1:29: tls.fallback-certificate: the fallbackCertificate namespace (c) must be watched
1:80: tls.envoy-client-certificate: the clientCertificate namespace (e) must be watched",
        ),
    ];
    for (flags, text, expected) in refused {
        let refusal = refusal(text, flags);
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}
