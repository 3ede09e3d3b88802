//! What stands in front of Envoy.

use isoline_policy::LoadBalancer;

/// Peers and networks whose headers are believed where a front trusts by network.
pub(crate) const TRUSTED_PEER: [u8; 4] = [127, 0, 0, 2];
pub(crate) const STRANGER: [u8; 4] = [127, 0, 0, 1];

/// Blocks `loadBalancer` of the settings.
pub(crate) const FRONTS: [&str; 11] = [
    "{}",
    r#"{"mode":"L4","proxyProtocol":"Optional"}"#,
    r#"{"mode":"L4TLS","proxyProtocol":"Optional","tlsPorts":[443]}"#,
    r#"{"mode":"L4TLS","proxyProtocol":"Required","tlsPorts":[443,8443]}"#,
    r#"{"mode":"L4TLS","proxyProtocol":"Required","tlsPorts":[],"externalPorts":{"https":8443}}"#,
    r#"{"mode":"L7","trusted":{"hops":1}}"#,
    r#"{"mode":"L7","trusted":{"hops":2}}"#,
    r#"{"mode":"L7","trusted":{"cidrs":["127.0.0.2/32","198.51.100.0/24"]}}"#,
    r#"{"mode":"L4TLS","trusted":{"cidrs":["127.0.0.2/32","198.51.100.0/24"]}}"#,
    r#"{"mode":"L4TLS","proxyProtocol":"Optional","trusted":{"cidrs":["127.0.0.2/32","198.51.100.0/24"]}}"#,
    r#"{"mode":"L7","proxyProtocol":"Optional","trusted":{"cidrs":["127.0.0.2/32","198.51.100.0/24"]}}"#,
];

pub(crate) fn settings(front: &str) -> LoadBalancer {
    serde_json::from_str(front).expect("a front is as in the settings")
}
