//! What is accepted, and what it means.

use std::time::Duration;

use isoline_policy::ProxyProtocol;

use super::{super::*, accepted, read};

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
    assert_eq!(settings.process.admin_port, 9002);
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
metrics: {contour: {port: 8000, server-certificate-path: a, server-key-path: b, ca-certificate-path: c}}
health: {contour: {address: 127.0.0.1}}
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
        "health.contour",
        "incluster",
        "ingress-status-address",
        "kubeconfig",
        "kubernetesClientBurst",
        "kubernetesClientQPS",
        "metrics.contour",
        "network.admin-port",
        "runtime-settings.http.max_requests_per_io_cycle",
        "server",
        "tracing.randomSampling",
    ];
    let mut sorted = paths.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    let process = Process {
        debug: false,
        admin_port: 9001,
        has_admin_listener: false,
        metrics: Place {
            address: None,
            port: Some(8000),
        },
        metrics_tls: Some(TlsFiles {
            certificate: "a".to_owned(),
            key: "b".to_owned(),
            authority: Some("c".to_owned()),
        }),
        health: Place {
            address: Some([127, 0, 0, 1].into()),
            port: None,
        },
        ingress_status_addresses: vec!["192.0.2.7".to_owned(), "lb.test".to_owned()],
        envoy_service: NamespacedName::new("f", "e"),
        in_cluster: true,
        kubeconfig: Some("/a".to_owned()),
        client_qps: Some(20.0),
        client_burst: Some(30),
    };
    assert_eq!(settings.process, process);
}
