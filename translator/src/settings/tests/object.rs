//! What a ContourConfiguration says.

use super::{super::*, read, words};

const OBJECT: &str = "
apiVersion: v1
kind: Service
metadata: {name: a}
---
apiVersion: projectcontour.io/v1alpha1
kind: ContourConfiguration
metadata: {name: edge, namespace: projectcontour}
spec:
";

fn object(spec: &str) -> ContourConfiguration {
    let text = format!("{OBJECT}{spec}");
    let name = NamespacedName::new("projectcontour", "edge");
    ContourConfiguration::find(&text, &name)
        .expect("it is YAML")
        .expect("it is there")
}

fn of_object(spec: &str, flags: &Flags) -> (Settings, Vec<String>) {
    match Settings::from_contour_configuration(&object(spec), flags) {
        Ok((settings, notes)) => (settings, notes.iter().map(ToString::to_string).collect()),
        Err(error) => panic!("{spec}\n  is refused by {error}"),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list")]
fn an_object_says_what_a_file_says() {
    let spec = r"
  enableExternalNameService: true
  ingress: {classNames: [blue], statusAddress: 192.0.2.1}
  httpproxy: {disablePermitInsecure: true, rootNamespaces: [a], fallbackCertificate: {name: b, namespace: c}}
  envoy:
    clientCertificate: {name: d, namespace: e}
    defaultHTTPVersions: [HTTP/1.1]
    cluster:
      circuitBreakers: {maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRetries: 4, perHostMaxConnections: 5}
      dnsLookupFamily: v4
      maxRequestsPerConnection: 6
      per-connection-buffer-limit-bytes: 7
      upstreamTLS: {minimumProtocolVersion: '1.3', cipherSuites: [AES128-SHA], ecdhCurves: [P-256]}
    http: {address: 127.0.0.2, port: 81, accessLog: /a}
    https: {address: 127.0.0.3, port: 444, accessLog: /b}
    listener:
      compression: {algorithm: zstd}
      connectionBalancer: exact
      disableAllowChunkedLength: true
      disableMergeSlashes: true
      httpMaxConcurrentStreams: 8
      maxConnectionsPerListener: 9
      maxConnectionsToAcceptPerSocketEvent: 10
      maxRequestsPerConnection: 11
      maxRequestsPerIOCycle: 12
      per-connection-buffer-limit-bytes: 13
      serverHeaderTransformation: append_if_absent
      socketOptions: {tos: 14}
      tls: {maximumProtocolVersion: '1.2', cipherSuites: [AES256-SHA], ecdhCurves: [P-384], fingerprint: {ja3: true}}
      useProxyProtocol: true
    logging: {accessLogFormat: json, accessLogJSONFields: [ts], accessLogLevel: error}
    metrics: {address: 127.0.0.4, port: 18, tls: {certFile: r, keyFile: s, caFile: t}}
    health: {port: 19}
    omEnforcedHealth: {address: 127.0.0.5, port: 20}
    network: {adminPort: 9003, numTrustedHops: 2, stripTrailingHostDot: true}
    runtimeSettings: {a: b}
    service: {name: f, namespace: g}
    timeouts:
      requestTimeout: 1s
      connectionIdleTimeout: 2s
      streamIdleTimeout: 3s
      maxConnectionDuration: 4s
      delayedCloseTimeout: 5s
      connectionShutdownGracePeriod: 6s
      connectTimeout: 7s
  globalExtAuth:
    extensionRef: {name: h, namespace: i}
    serviceType: http
    httpSettings: {pathPrefix: /x}
    authPolicy: {disabled: true}
    failOpen: true
    responseTimeout: 8s
    withRequestBody: {maxRequestBytes: 9}
  rateLimitService:
    extensionService: {name: j, namespace: k}
    domain: l
    failOpen: true
    enableXRateLimitHeaders: true
    enableResourceExhaustedCode: true
    defaultGlobalRateLimitPolicy: {descriptors: [{entries: [{remoteAddress: {}}]}]}
  tracing:
    extensionService: {name: m, namespace: n}
    serviceName: o
    overallSampling: '10'
    maxPathTagLength: 11
    includePodDetail: false
    customTags: [{tagName: p, literal: q}]
  policy: {applyToIngress: true, requestHeaders: {set: {X-A: b}}, responseHeaders: {remove: [X-B]}}
  metrics: {address: 127.0.0.6, port: 21, tls: {certFile: u, keyFile: v}}
  health: {address: 127.0.0.7, port: 22}
";
    let file = r"
enableExternalNameService: true
ingress-status-address: 192.0.2.1
disablePermitInsecure: true
tls:
  fallback-certificate: {name: b, namespace: c}
  envoy-client-certificate: {name: d, namespace: e}
  maximum-protocol-version: 1.2
  cipher-suites: [AES256-SHA]
  ecdh-curves: [P-384]
  fingerprint: {ja3: true}
default-http-versions: [http/1.1]
cluster:
  circuit-breakers: {max-connections: 1, max-pending-requests: 2, max-requests: 3, max-retries: 4, per-host-max-connections: 5}
  dns-lookup-family: v4
  max-requests-per-connection: 6
  per-connection-buffer-limit-bytes: 7
  upstream-tls: {minimum-protocol-version: 1.3, cipher-suites: [AES128-SHA], ecdh-curves: [P-256]}
compression: {algorithm: zstd}
disableAllowChunkedLength: true
disableMergeSlashes: true
listener:
  connection-balancer: exact
  http2-max-concurrent-streams: 8
  max-connections-per-listener: 9
  max-connections-to-accept-per-socket-event: 10
  max-requests-per-connection: 11
  max-requests-per-io-cycle: 12
  per-connection-buffer-limit-bytes: 13
  socket-options: {tos: 14}
serverHeaderTransformation: append_if_absent
accesslog-format: json
json-fields: [ts]
accesslog-level: error
metrics:
  contour: {address: 127.0.0.6, port: 21, server-certificate-path: u, server-key-path: v}
  envoy: {address: 127.0.0.4, port: 18, server-certificate-path: r, server-key-path: s, ca-certificate-path: t}
health:
  contour: {address: 127.0.0.7, port: 22}
  envoy: {port: 19}
omEnforcedHealthListener: {address: 127.0.0.5, port: 20}
network: {admin-port: 9003, num-trusted-hops: 2, strip-trailing-host-dot: true}
runtime-settings: {a: b}
envoy-service-name: f
envoy-service-namespace: g
timeouts:
  request-timeout: 1s
  connection-idle-timeout: 2s
  stream-idle-timeout: 3s
  max-connection-duration: 4s
  delayed-close-timeout: 5s
  connection-shutdown-grace-period: 6s
  connect-timeout: 7s
globalExtAuth:
  extensionService: i/h
  serviceType: http
  httpSettings: {pathPrefix: /x}
  authPolicy: {disabled: true}
  failOpen: true
  responseTimeout: 8s
  withRequestBody: {maxRequestBytes: 9}
rateLimitService:
  extensionService: k/j
  domain: l
  failOpen: true
  enableXRateLimitHeaders: true
  enableResourceExhaustedCode: true
  defaultGlobalRateLimitPolicy: {descriptors: [{entries: [{remoteAddress: {}}]}]}
tracing:
  extensionService: n/m
  serviceName: o
  overallSampling: 10
  maxPathTagLength: 11
  includePodDetail: false
  customTags: [{tagName: p, literal: q}]
policy: {applyToIngress: true, request-headers: {set: {X-A: b}}, response-headers: {remove: [X-B]}}
";
    let flags = Flags {
        ingress_class_name: words(&["blue"]),
        root_namespaces: words(&["a"]),
        use_proxy_protocol: true,
        envoy_service_http_address: Some("127.0.0.2".to_owned()),
        envoy_service_http_port: Some(81),
        envoy_service_https_address: Some("127.0.0.3".to_owned()),
        envoy_service_https_port: Some(444),
        envoy_http_access_log: Some("/a".to_owned()),
        envoy_https_access_log: Some("/b".to_owned()),
        ..Flags::default()
    };
    assert_eq!(of_object(spec, &Flags::default()).0, read(file, flags).0);
}

#[test]
fn an_object_leaves_idle_connections_to_envoy() {
    let (settings, _) = of_object("  {}\n", &Flags::default());
    let expected = Settings {
        timeouts: Timeouts {
            connection_idle: Timeout::Default,
            ..Timeouts::default()
        },
        ..Settings::default()
    };
    assert_eq!(settings, expected);
}

#[test]
fn every_field_of_the_object_is_spelled() {
    fn visit(schema: &crate::crd::structural::Structural, path: &str, missing: &mut Vec<String>) {
        let is_known = |field: &str| spelling::SPELLINGS.iter().any(|(known, _)| *known == field);
        for (name, field) in &schema.properties {
            let path = format!("{path}{name}");
            if is_known(&path) {
                continue;
            }
            if field.properties.is_empty() {
                missing.push(path);
            } else {
                visit(field, &format!("{path}."), missing);
            }
        }
    }
    let definition = crate::crd::definition("projectcontour.io/v1alpha1", "ContourConfiguration").expect("it is known");
    let mut missing = Vec::new();
    visit(&definition.schema.properties["spec"], "", &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn what_is_wrong_in_an_object_is_said_with_its_own_field() {
    let refused = [
        (
            "  envoy: {listener: {tls: {minimumProtocolVersion: '1.1'}}}",
            "10:52: spec.envoy.listener.tls.minimumProtocolVersion: invalid TLS minimum protocol version: \"1.1\"",
        ),
        (
            "  envoy: {http: {address: here}}",
            "10:27: spec.envoy.http.address: \"here\" is no IP address",
        ),
        (
            "  rateLimitService: {extensionService: {name: a, namespace: b}}",
            "10:21: spec.rateLimitService.domain: rateLimitService.domain must be defined",
        ),
        (
            "  globalExtAuth: {extensionRef: {apiVersion: v1, name: a, namespace: b}}",
            "10:46: spec.globalExtAuth.extensionRef.apiVersion: unsupported version \"v1\"",
        ),
        (
            "  gateway: {gatewayRef: {name: a, namespace: b}}",
            "10:12: spec.gateway: the Gateway API is not served",
        ),
        ("  no: 1", "10:7: unknown field \"spec.no\""),
        (
            "  envoy: {listener: {maxRequestsPerConnection: 0}}",
            "10:48: spec.envoy.listener.maxRequestsPerConnection: Invalid value: 0",
        ),
    ];
    for (spec, expected) in refused {
        let refusal = Settings::from_contour_configuration(&object(spec), &Flags::default());
        let refusal = refusal.expect_err(spec).to_string();
        assert!(refusal.starts_with(expected), "{spec}\n  is refused by {refusal}");
    }
}

#[test]
fn flags_beside_an_object_count_only_for_the_process() {
    let flags = Flags {
        watch_namespaces: words(&["a"]),
        debug: true,
        root_namespaces: words(&["b"]),
        ..Flags::default()
    };
    let (settings, notes) = of_object("  {xdsServer: {port: 8001}}", &flags);
    let reads = |namespace: &str| settings.reads(&Kind::HttpProxy.object(&NamespacedName::new(namespace, "x")));
    assert!(reads("a") && !reads("b") && settings.process.debug);
    assert_eq!(settings.root_namespaces, None);
    let expected = [
        "10:15: spec.xdsServer: has no effect: it is set by flags or not at all",
        "--root-namespaces: has no effect beside a ContourConfiguration",
    ];
    assert_eq!(notes, expected);
}
