//! `rateLimitPolicy` of hosts and routes.

use std::{collections::BTreeMap, time::Duration};

use super::{
    conditions,
    headers::{self, Variables},
};
use crate::{
    api::shared::{
        GlobalRateLimitPolicy, LocalRateLimitPolicy, RateLimitDescriptorEntry, RequestHeaderValueMatchDescriptor,
    },
    model::{DescriptorEntry, LocalRateLimit, RateLimitDescriptor},
};

/// As many headers as Envoy adds to a refusal.
const MOST_HEADERS: usize = 10;

/// Where a bucket of tokens is: its statistics are named after the host, its headers may name the namespace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) fqdn: &'a str,
    pub(super) namespace: &'a str,
}

pub(super) fn local(policy: &LocalRateLimitPolicy, place: Place<'_>) -> Result<LocalRateLimit, String> {
    let invalid = |field: &str, value: i64| format!("invalid {field} value {value} in local rate limit policy");
    let tokens_per_fill = u32::try_from(policy.requests).ok().filter(|requests| *requests > 0);
    let tokens_per_fill = tokens_per_fill.ok_or_else(|| invalid("requests", policy.requests))?;
    let seconds = match policy.unit.as_str() {
        "second" => 1,
        "minute" => 60,
        "hour" => 3600,
        unit => return Err(format!("invalid unit {unit:?} in local rate limit policy")),
    };
    let burst = u32::try_from(policy.burst).map_err(|_| invalid("burst", policy.burst))?;
    let max_tokens = tokens_per_fill.checked_add(burst);
    let status = policy.response_status_code.filter(|status| *status != 0);
    let status = status.map(|status| match u32::try_from(status) {
        Ok(status) if is_known_to_envoy(status) => Ok(status),
        _ => Err(format!(
            "{}: Envoy knows no such status",
            invalid("responseStatusCode", status)
        )),
    });
    Ok(LocalRateLimit {
        stat_prefix: format!("vhost.{}", place.fqdn),
        max_tokens: max_tokens.ok_or_else(|| invalid("burst", policy.burst))?,
        tokens_per_fill,
        fill_interval: Duration::from_secs(seconds),
        status: status.transpose()?,
        response_headers: response_headers(policy, place)?,
    })
}

fn response_headers(policy: &LocalRateLimitPolicy, place: Place<'_>) -> Result<Vec<(String, String)>, String> {
    let mut set = BTreeMap::new();
    for header in &policy.response_headers_to_add {
        let name = headers::canonical(&header.name);
        if set.contains_key(&name) {
            return Err(format!("duplicate header addition: {name:?}"));
        }
        headers::check_name(&name).map_err(|problem| format!("invalid header name {name:?}: {problem}"))?;
        if name == "Host" {
            return Err(format!("invalid header name {name:?}: responses have none"));
        }
        headers::check_value(&header.value)
            .map_err(|problem| format!("invalid value of header {name:?}: {problem}"))?;
        let variables = Variables {
            namespace: place.namespace,
            service: None,
        };
        set.insert(name, headers::escape(&header.value, variables));
    }
    if set.len() > MOST_HEADERS {
        return Err(format!(
            "responseHeadersToAdd has {} headers, Envoy takes no more than {MOST_HEADERS}",
            set.len()
        ));
    }
    Ok(set.into_iter().collect())
}

/// The statuses of 400 and above that Envoy's API has a name for; it refuses all others.
fn is_known_to_envoy(status: u32) -> bool {
    matches!(status, 400..=417 | 421..=424 | 426 | 428 | 429 | 431 | 500..=508 | 511)
}

pub(crate) fn global(policy: &GlobalRateLimitPolicy) -> Result<Vec<RateLimitDescriptor>, String> {
    let descriptor = |entries: &[RateLimitDescriptorEntry]| {
        if entries.is_empty() {
            return Err("rate limit descriptor must have at least one entry".to_owned());
        }
        let entries = entries.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(RateLimitDescriptor { entries })
    };
    policy
        .descriptors
        .iter()
        .map(|written| descriptor(&written.entries))
        .collect()
}

fn entry(entry: &RateLimitDescriptorEntry) -> Result<DescriptorEntry, String> {
    match (
        &entry.generic_key,
        &entry.request_header,
        &entry.request_header_value_match,
        &entry.remote_address,
    ) {
        (Some(generic), None, None, None) => Ok(DescriptorEntry::GenericKey {
            key: generic.key.clone(),
            value: text("genericKey.value", &generic.value)?,
        }),
        (None, Some(header), None, None) => {
            let name = text("requestHeader.headerName", &header.header_name)?;
            headers::check_value(&name)
                .map_err(|problem| format!("invalid requestHeader.headerName {name:?}: {problem}"))?;
            Ok(DescriptorEntry::RequestHeader {
                header: name,
                key: text("requestHeader.descriptorKey", &header.descriptor_key)?,
            })
        }
        (None, None, Some(matched), None) => value_match(matched),
        (None, None, None, Some(_)) => Ok(DescriptorEntry::RemoteAddress),
        _ => Err("rate limit descriptor entry must have exactly one field set".to_owned()),
    }
}

fn value_match(matched: &RequestHeaderValueMatchDescriptor) -> Result<DescriptorEntry, String> {
    let headers = matched.headers.iter().map(|header| {
        conditions::check_header(header)?;
        conditions::header_match(header).ok_or_else(|| format!("header {:?} has no condition", header.name))
    });
    let headers: Vec<_> = headers.collect::<Result<_, _>>()?;
    if headers.is_empty() {
        return Err("requestHeaderValueMatch must have at least one header".to_owned());
    }
    Ok(DescriptorEntry::HeaderValueMatch {
        headers,
        expect_match: matched.expect_match.unwrap_or(true),
        value: text("requestHeaderValueMatch.value", &matched.value)?,
    })
}

fn text(field: &str, value: &str) -> Result<String, String> {
    if value.is_empty() {
        Err(format!("{field} must not be empty"))
    } else {
        Ok(value.to_owned())
    }
}
