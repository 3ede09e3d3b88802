//! What is refused, and in which words.

use super::{super::Flags, refusal};

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
        "omEnforcedHealthListener: {address: 127.0.0.1}",
        "1:27: omEnforcedHealthListener.port: omEnforcedHealthListener.port must be defined",
    ),
    (
        "health: {envoy: {address: localhost}}",
        "1:27: health.envoy.address: \"localhost\" is no IP address",
    ),
    (
        "metrics: {envoy: {address: 127.0.0.1, port: 8443}}",
        "1:45: metrics.envoy.port: https has port 8443 of 0.0.0.0, too; where it is not written, --stats-port sets it",
    ),
    (
        "metrics: {envoy: {port: 8002, server-certificate-path: a, server-key-path: b}}\nhealth: {envoy: {port: 8002}}",
        "2:24: health.envoy.port: cannot use single port for health over HTTP and metrics over HTTPS: metrics has port",
    ),
    (
        "health: {envoy: {port: 8002}}\nomEnforcedHealthListener: {address: 127.0.0.1, port: 8002}",
        "2:54: omEnforcedHealthListener.port: cannot use the same port for health checks and overload-manager enforced",
    ),
    (
        "metrics: {envoy: {port: 8002}}\nomEnforcedHealthListener: {address: '::', port: 8002}",
        "2:49: omEnforcedHealthListener.port: cannot use the same port for metrics and overload-manager enforced",
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
