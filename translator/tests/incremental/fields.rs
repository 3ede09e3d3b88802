//! Fields of HTTPProxies, right and wrong ones.

use proptest::prelude::*;
use serde_json::{Value, json};

/// An object with none, one or some of these fields.
fn some_of(fields: Vec<Value>) -> impl Strategy<Value = Value> {
    let most = fields.len().min(3);
    prop::sample::subsequence(fields, 0..=most).prop_map(|chosen| {
        let mut object = json!({});
        for field in chosen {
            merge(&mut object, field);
        }
        object
    })
}

/// Adds the fields of one object to another.
pub(crate) fn merge(object: &mut Value, fields: Value) {
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
}

pub(crate) fn of_routes() -> impl Strategy<Value = Value> {
    some_of(vec![
        json!({"authPolicy": {"disabled": true}}),
        json!({"authPolicy": {"disabled": false, "context": {"a": "b"}}}),
        json!({"jwtVerificationPolicy": {"require": "mint"}}),
        json!({"jwtVerificationPolicy": {"disabled": true}}),
        json!({"ipAllowPolicy": [{"source": "Peer", "cidr": "10.0.0.0/8"}]}),
        json!({"ipDenyPolicy": [{"source": "Remote", "cidr": "10.0.0.0/99"}]}),
        json!({"timeoutPolicy": {"response": "1s", "idle": "infinity", "idleConnection": "2s"}}),
        json!({"retryPolicy": {"count": 3, "perTryTimeout": "1s", "retriableStatusCodes": [503]}}),
        json!({"retryPolicy": {"retriableStatusCodes": [-1]}}),
        json!({"healthCheckPolicy": {"path": "/up", "expectedStatuses": [{"start": 200, "end": 300}]}}),
        json!({"healthCheckPolicy": {"path": "/up", "intervalSeconds": -1}}),
        json!({"loadBalancerPolicy": {"strategy": "Cookie"}}),
        json!({"loadBalancerPolicy": {"strategy": "RequestHash", "requestHashPolicies": [{"hashSourceIP": true}, {}]}}),
        json!({"pathRewritePolicy": {"replacePrefix": [{"replacement": "/new"}]}}),
        json!({"requestHeadersPolicy": {"set": [{"name": "Host", "value": "in.test"}], "remove": ["x-a"]}}),
        json!({"requestHeadersPolicy": {"set": [{"name": "x-a", "value": "a\nb"}]}}),
        json!({"responseHeadersPolicy": {"set": [{"name": "x-b", "value": "%CONTOUR_NAMESPACE%"}]}}),
        json!({"cookieRewritePolicies": [{"name": "one", "secure": true}]}),
        json!({"rateLimitPolicy": {"local": {"requests": 1, "unit": "second", "burst": -1}}}),
        json!({"rateLimitPolicy": {"local": {"requests": 1, "unit": "hour"}, "global": {"disabled": true}}}),
        json!({"rateLimitPolicy": {"global": {"descriptors": [{"entries": [{"remoteAddress": {}}]}]}}}),
        json!({"internalRedirectPolicy": {"maxInternalRedirects": 2}}),
        json!({"enableWebsockets": true}),
    ])
}

pub(crate) fn of_policies() -> impl Strategy<Value = Value> {
    some_of(vec![
        json!({"insecure": {"action": "Redirect", "statusCode": 308}}),
        json!({"insecure": {"action": "Deny"}}),
        json!({"insecure": {"action": "Allow"}}),
        json!({"clientIP": {"source": "Peer"}}),
        json!({"clientIP": {"source": "ProxyProtocol", "forward": {"xForwardedFor": "Replace", "xRealIP": true}}}),
        json!({"clientIP": {"source": "ForwardedFor", "trustedHops": 1}}),
        json!({"clientIP": {"source": "ForwardedFor", "trustedCIDRs": ["10.0.0.0/8", "none"]}}),
        json!({"clientIP": {"source": "Header", "header": {"name": "CF-Connecting-IP", "trustedCIDRs": ["::/0"]}}}),
        json!({"clientIP": {"source": "Header", "header": {"name": "Host"}}}),
        json!({"access": {"allow": ["203.0.113.7/24", "::1"], "deny": ["203.0.113.9"]}}),
        json!({"access": {"allow": ["203.0.113.0/99"]}}),
        json!({"strictTransportSecurity": {"maxAge": "8760h", "includeSubDomains": true, "preload": true}}),
        json!({"strictTransportSecurity": {"maxAge": "0.5s"}}),
    ])
}

/// What a route does instead of forwarding.
pub(crate) fn answer() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"requestRedirectPolicy": {"hostname": "o.test"}}),
        json!({"requestRedirectPolicy": {"path": "/a", "prefix": "/b"}}),
        json!({"directResponsePolicy": {"statusCode": 200, "body": "hello"}}),
    ])
}

pub(crate) fn of_hosts() -> impl Strategy<Value = Value> {
    some_of(vec![
        json!({"authorization": {"extensionRef": {"name": "x0"}, "authPolicy": {"context": {"c": "d"}}}}),
        json!({"authorization": {"extensionRef": {"name": "x1", "namespace": "b"}, "failOpen": true}}),
        json!({"authorization": {"authPolicy": {"disabled": true}}}),
        json!({"jwtProviders": [{"name": "mint", "localJWKS": {"secretName": "c0", "key": "keys"}}]}),
        json!({"jwtProviders": [{"name": "mint", "default": true, "remoteJWKS": {"uri": "https://mint.test/",
            "validation": {"caSecret": "b/c1", "subjectName": "mint.test"}}}]}),
        json!({"corsPolicy": {"allowOrigin": ["*", "https://.*"], "allowMethods": ["GET"], "maxAge": "1m"}}),
        json!({"rateLimitPolicy": {"local": {"requests": 2, "unit": "minute"},
            "global": {"descriptors": [{"entries": [{"genericKey": {"value": "v"}}]}]}}}),
        json!({"ipAllowPolicy": [{"source": "Remote", "cidr": "192.0.2.1"}]}),
        json!({"ipDenyPolicy": [{"source": "Peer", "cidr": "no address"}]}),
    ])
}

pub(crate) fn of_tls() -> impl Strategy<Value = Value> {
    some_of(vec![
        json!({"minimumProtocolVersion": "1.3"}),
        json!({"maximumProtocolVersion": "1.2"}),
        json!({"clientValidation": {"caSecret": "c2"}}),
        json!({"clientValidation": {"caSecret": "b/c3", "optionalClientCertificate": true}}),
        json!({"clientValidation": {}}),
        json!({"enableFallbackCertificate": true}),
    ])
}

pub(crate) fn of_services() -> impl Strategy<Value = Value> {
    some_of(vec![
        json!({"protocol": "tls"}),
        json!({"protocol": "h2", "validation": {"caSecret": "b/c1", "subjectName": "s.test"}}),
        json!({"mirror": true}),
        json!({"healthPort": 81}),
        json!({"slowStartPolicy": {"window": "5s"}}),
        json!({"requestHeadersPolicy": {"set": [{"name": "x-s", "value": "%CONTOUR_SERVICE_NAME%"}]}}),
        json!({"cookieRewritePolicies": [{"name": "one", "sameSite": "Lax"}]}),
    ])
}

/// What a Service object says of its port or of itself.
pub(crate) fn of_service_objects() -> impl Strategy<Value = (Value, Value)> {
    let of_port = some_of(vec![
        json!({"appProtocol": "https"}),
        json!({"appProtocol": "kubernetes.io/h2c"}),
    ]);
    let annotations = some_of(vec![
        json!({"projectcontour.io/upstream-protocol.h2": "web,80"}),
        json!({"projectcontour.io/max-retries": "7"}),
    ]);
    (of_port, annotations)
}

/// Annotations that make a load balancer of one kind or another.
pub(crate) fn of_load_balancers() -> impl Strategy<Value = Value> {
    let annotations = |pairs: &[(&str, &str)]| {
        let prefixed = pairs.iter().map(|(key, value)| {
            let key = format!("service.beta.kubernetes.io/aws-load-balancer-{key}");
            (key, json!(value))
        });
        Value::Object(prefixed.collect())
    };
    let tls = [("type", "nlb"), ("ssl-cert", "arn"), ("ssl-ports", "443")];
    prop::sample::select(vec![
        annotations(&[]),
        annotations(&[("scheme", "internal"), ("type", "nlb")]),
        annotations(&[("proxy-protocol", "*")]),
        annotations(&tls),
        annotations(&[
            tls[0],
            tls[1],
            tls[2],
            ("target-group-attributes", "proxy_protocol_v2.enabled=true"),
        ]),
        annotations(&[("backend-protocol", "http"), tls[1], tls[2]]),
    ])
}
