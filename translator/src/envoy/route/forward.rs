//! Where requests go, and what is changed on the way.

use isoline_envoy_api::{
    Duration,
    envoy::{
        config::{
            core::v3::RuntimeFractionalPercent,
            route::v3::{
                RetryPolicy, RouteAction, WeightedCluster,
                route_action::{
                    ClusterSpecifier, HashPolicy, HostRewriteSpecifier, RequestMirrorPolicy, UpgradeConfig,
                    hash_policy::{ConnectionProperties, Cookie, Header, PolicySpecifier, QueryParameter},
                },
                weighted_cluster::{ClusterWeight, cluster_weight},
            },
        },
        r#type::v3::{FractionalPercent, fractional_percent::DenominatorType},
    },
};

use super::headers;
use crate::{
    envoy::{policy, words},
    model::{self, Destination, Forward, HashSource, HostRewrite, Mirror, RateLimitDescriptor, Retry},
};

/// The name that the reference gives it: a session goes on when one controller replaces the other.
const SESSION_COOKIE: &str = "X-Contour-Session-Affinity";

pub(super) fn forward(forward: &Forward, descriptors: &[RateLimitDescriptor]) -> RouteAction {
    let websocket = forward.websocket.then(|| UpgradeConfig {
        upgrade_type: "websocket".to_owned(),
        ..Default::default()
    });
    RouteAction {
        cluster_specifier: Some(clusters(&forward.destinations)),
        request_mirror_policies: forward.mirror.iter().map(mirror).collect(),
        prefix_rewrite: forward.prefix_rewrite.clone().unwrap_or_default(),
        host_rewrite_specifier: forward.host_rewrite.as_ref().map(host_rewrite),
        timeout: words::timeout(forward.timeout),
        idle_timeout: words::timeout(forward.idle_timeout),
        retry_policy: forward.retry.as_ref().map(retry),
        hash_policy: forward.hash_policy.iter().map(hash_policy).collect(),
        upgrade_configs: websocket.into_iter().collect(),
        rate_limits: policy::rate_limits(descriptors),
        ..Default::default()
    }
}

/// One that is plain needs no weight.
fn clusters(destinations: &[Destination]) -> ClusterSpecifier {
    match destinations {
        [only] if only.is_plain() => ClusterSpecifier::Cluster(only.cluster.name()),
        destinations => ClusterSpecifier::WeightedClusters(WeightedCluster {
            clusters: destinations.iter().map(weighted).collect(),
            ..Default::default()
        }),
    }
}

fn weighted(destination: &Destination) -> ClusterWeight {
    let host = destination.host_rewrite.clone();
    let mut message = ClusterWeight {
        name: destination.cluster.name(),
        weight: Some(destination.weight),
        host_rewrite_specifier: host.map(cluster_weight::HostRewriteSpecifier::HostRewriteLiteral),
        ..Default::default()
    };
    headers::set_weighted(&mut message, destination);
    message
}

fn mirror(mirror: &Mirror) -> RequestMirrorPolicy {
    let fraction = mirror.percent.map(|percent| RuntimeFractionalPercent {
        default_value: Some(FractionalPercent {
            numerator: percent,
            denominator: DenominatorType::Hundred.into(),
        }),
        ..Default::default()
    });
    RequestMirrorPolicy {
        cluster: mirror.cluster.name(),
        runtime_fraction: fraction,
        ..Default::default()
    }
}

fn host_rewrite(rewrite: &HostRewrite) -> HostRewriteSpecifier {
    match rewrite {
        HostRewrite::Literal(host) => HostRewriteSpecifier::HostRewriteLiteral(host.clone()),
        HostRewrite::Header(name) => HostRewriteSpecifier::HostRewriteHeader(name.clone()),
        HostRewrite::Format(format) => HostRewriteSpecifier::HostRewrite(format.clone()),
    }
}

fn retry(retry: &Retry) -> RetryPolicy {
    RetryPolicy {
        retry_on: retry.on.clone(),
        num_retries: Some(retry.count),
        per_try_timeout: words::timeout(retry.per_try_timeout),
        retriable_status_codes: retry.status_codes.clone(),
        ..Default::default()
    }
}

fn hash_policy(policy: &model::HashPolicy) -> HashPolicy {
    let specifier = match &policy.source {
        HashSource::SessionCookie => PolicySpecifier::Cookie(Cookie {
            name: SESSION_COOKIE.to_owned(),
            ttl: Some(Duration::default()),
            path: "/".to_owned(),
            ..Default::default()
        }),
        HashSource::Header(name) => PolicySpecifier::Header(Header {
            header_name: name.clone(),
            ..Default::default()
        }),
        HashSource::QueryParameter(name) => PolicySpecifier::QueryParameter(QueryParameter { name: name.clone() }),
        HashSource::SourceAddress => PolicySpecifier::ConnectionProperties(ConnectionProperties { source_ip: true }),
    };
    HashPolicy {
        terminal: policy.terminal,
        policy_specifier: Some(specifier),
    }
}
