//! `loadBalancerPolicy` of routes and TCP proxies, and `slowStartPolicy` of services.

use std::collections::BTreeSet;

use super::{headers, problem::Problem};
use crate::{
    api::{
        httpproxy::SlowStartPolicy,
        shared::{LoadBalancerPolicy, RequestHashPolicy},
    },
    duration,
    model::{HashPolicy, HashSource, LoadBalancing, SlowStart},
    status::{Findings, Part},
};

/// How a route chooses among endpoints, and what of a request decides. What cannot be used is ignored with a warning.
pub(super) fn of_route(
    policy: Option<&LoadBalancerPolicy>,
    findings: &mut Findings,
) -> (LoadBalancing, Vec<HashPolicy>) {
    let Some(policy) = policy else {
        return (LoadBalancing::RoundRobin, Vec::new());
    };
    match policy.strategy.as_str() {
        "Cookie" => {
            let source = HashSource::SessionCookie;
            let terminal = false;
            (LoadBalancing::RingHash, vec![HashPolicy { terminal, source }])
        }
        "RequestHash" => {
            let hashes = hash_policies(&policy.request_hash_policies, findings);
            if hashes.is_empty() {
                let message = "ignoring invalid request hash policy options, setting load balancer strategy to default RoundRobin";
                findings.warning(Part::Spec, "IgnoredField", message);
                return (LoadBalancing::RoundRobin, hashes);
            }
            (LoadBalancing::RingHash, hashes)
        }
        strategy => (plain(strategy), Vec::new()),
    }
}

/// How a TCP proxy chooses among endpoints.
pub(super) fn of_tcp(policy: Option<&LoadBalancerPolicy>, findings: &mut Findings) -> LoadBalancing {
    let strategy = policy.map_or("", |policy| &policy.strategy);
    if matches!(strategy, "Cookie" | "RequestHash") {
        let message = format!(
            "ignoring field \"Spec.TCPProxy.LoadBalancerPolicy\"; {strategy} load balancer policy is not supported for TCPProxies"
        );
        findings.warning(Part::Spec, "IgnoredField", message);
    }
    plain(strategy)
}

fn plain(strategy: &str) -> LoadBalancing {
    match strategy {
        "WeightedLeastRequest" => LoadBalancing::LeastRequest,
        "Random" => LoadBalancing::Random,
        _ => LoadBalancing::RoundRobin,
    }
}

fn hash_policies(policies: &[RequestHashPolicy], findings: &mut Findings) -> Vec<HashPolicy> {
    let mut hashes = Vec::new();
    let mut seen = BTreeSet::new();
    for policy in policies {
        match hash_source(policy, &mut seen) {
            Ok(source) => hashes.push(HashPolicy {
                terminal: policy.terminal,
                source,
            }),
            Err(problem) => findings.warning(Part::Spec, "IgnoredField", format!("ignoring invalid {problem}")),
        }
    }
    hashes
}

fn hash_source(policy: &RequestHashPolicy, seen: &mut BTreeSet<String>) -> Result<HashSource, String> {
    match (
        policy.hash_source_ip,
        &policy.header_hash_options,
        &policy.query_parameter_hash_options,
    ) {
        (true, None, None) => {
            if !seen.insert("address".to_owned()) {
                return Err("request hash policy, hashSourceIP specified multiple times".to_owned());
            }
            Ok(HashSource::SourceAddress)
        }
        (false, Some(header), None) => {
            let written = &header.header_name;
            headers::check_name(written)
                .map_err(|problem| format!("header hash policy options with invalid header name {written:?}: {problem}"))?;
            let name = headers::canonical(written);
            if !seen.insert(format!("header {name}")) {
                return Err(format!("header hash policy options with duplicated header name {name}"));
            }
            Ok(HashSource::Header(name))
        }
        (false, None, Some(query)) => {
            let name = query.parameter_name.to_lowercase();
            if name.is_empty() {
                return Err("query parameter hash policy options with an invalid empty query parameter name".to_owned());
            }
            if !seen.insert(format!("query {name}")) {
                return Err(format!(
                    "query parameter hash policy options with duplicated query parameter name {name}"
                ));
            }
            Ok(HashSource::QueryParameter(name))
        }
        _ => Err(
            "request hash policy, must set exactly one of hashSourceIP or headerHashOptions or queryParameterHashOptions"
                .to_owned(),
        ),
    }
}

/// How fresh endpoints of a service are warmed up.
pub(super) fn slow_start(policy: &SlowStartPolicy, load_balancing: LoadBalancing) -> Result<SlowStart, Problem> {
    let invalid = |message: String| Problem::new(Part::Service, "SlowStartInvalid", message);
    if !matches!(load_balancing, LoadBalancing::RoundRobin | LoadBalancing::LeastRequest) {
        let message = "slow start is only supported with RoundRobin or WeightedLeastRequest load balancer strategy";
        return Err(invalid(message.to_owned()));
    }
    let window = duration::parse(&policy.window)
        .map_err(|error| invalid(format!("error parsing window: {error} on slow start")))?;
    let aggression = policy.aggression.as_deref().unwrap_or("1.0");
    let is_decimal = aggression.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && aggression.parse::<f64>().is_ok_and(f64::is_finite);
    if !is_decimal {
        return Err(invalid(format!(
            "error parsing aggression: {aggression:?} is not a decimal number on slow start"
        )));
    }
    let percent = policy.min_weight_percent.unwrap_or(10);
    let min_weight_percent = u32::try_from(percent).ok().filter(|percent| *percent <= 100);
    Ok(SlowStart {
        window,
        aggression: aggression.to_owned(),
        min_weight_percent: min_weight_percent.ok_or_else(|| {
            invalid(format!(
                "minWeightPercent must be in the range 0-100, {percent} was supplied"
            ))
        })?,
    })
}
