//! Kubernetes objects of one namespace. JSON is YAML, so a file of them is a manifest.

use serde_json::{Value, json};

use crate::authority::Certificate;

/// Where all of them are.
pub const NAMESPACE: &str = "web";

/// A root proxy.
pub fn proxy(name: &str, fqdn: &str, routes: &[Value]) -> Value {
    json!({
        "apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy", "metadata": metadata(name),
        "spec": {"virtualhost": {"fqdn": fqdn}, "routes": routes},
    })
}

/// A root proxy whose TLS Envoy ends.
pub fn secure_proxy(name: &str, fqdn: &str, secret: &str, routes: &[Value]) -> Value {
    let mut proxy = proxy(name, fqdn, routes);
    proxy["spec"]["virtualhost"]["tls"] = json!({"secretName": secret});
    proxy
}

/// A route from a prefix to one service.
pub fn route(prefix: &str, service: &str) -> Value {
    json!({"conditions": [{"prefix": prefix}], "services": [{"name": service, "port": 80}]})
}

/// A policy that says what becomes of cleartext requests to a proxy of the same name.
pub fn insecure_policy(name: &str, action: &str) -> Value {
    json!({
        "apiVersion": "isoline.dev/v1alpha1", "kind": "RoutePolicy", "metadata": metadata(name),
        "spec": {
            "targetRefs": [{"group": "projectcontour.io", "kind": "HTTPProxy", "name": name}],
            "insecure": {"action": action},
        },
    })
}

/// A policy for the routes of a proxy under this prefix. Cleartext is allowed unless the fields say otherwise.
pub fn policy_under(prefix: &str, proxy: &str, name: &str, fields: &Value) -> Value {
    let mut policy = insecure_policy(proxy, "Allow");
    policy["metadata"]["name"] = name.into();
    policy["spec"]["conditions"] = json!([{"prefix": prefix}]);
    for (key, value) in fields.as_object().into_iter().flatten() {
        policy["spec"][key] = value.clone();
    }
    policy
}

/// A Service with one slice for each of its endpoints, which are told apart by their ports on the loopback address.
pub fn service(name: &str, ports: &[u16]) -> Vec<Value> {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata(name), "spec": {"ports": [{"port": 80}]},
    });
    let slice = |port: &u16| {
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "namespace": NAMESPACE, "name": format!("{name}-{port}"),
                "labels": {"kubernetes.io/service-name": name},
            },
            "addressType": "IPv4",
            "ports": [{"name": "", "port": port, "protocol": "TCP"}],
            "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": true}}],
        })
    };
    std::iter::once(service).chain(ports.iter().map(slice)).collect()
}

/// A TLS Secret.
pub fn secret(name: &str, certificate: &Certificate) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": metadata(name), "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": certificate.chain, "tls.key": certificate.key},
    })
}

fn metadata(name: &str) -> Value {
    json!({"namespace": NAMESPACE, "name": name})
}
