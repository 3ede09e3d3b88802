//! Who may come, by address.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::{
            core::v3::CidrRange,
            listener::v3::Filter,
            rbac::v3::{Permission, Policy, Principal, Rbac as Rules, permission::Rule, principal::Identifier, rbac},
        },
        extensions::filters::{
            http::rbac::v3::{Rbac, RbacPerRoute},
            network::{http_connection_manager::v3::HttpFilter, rbac::v3::Rbac as NetworkRbac},
        },
    },
};

use crate::{
    api::shared::IpFilterSource,
    envoy::{hcm, words},
    model::{IpFilter, IpRule},
};

pub(super) const NAME: &str = "envoy.filters.http.rbac";

pub(super) fn http_filter() -> HttpFilter {
    words::http_filter(NAME, &Rbac::default())
}

pub(super) fn on(filter: &IpFilter) -> (String, Any) {
    let config = RbacPerRoute {
        rbac: Some(Rbac {
            rules: Some(rules(filter)),
            ..Default::default()
        }),
    };
    words::on_with(NAME, any(&config))
}

/// The same before a TCP proxy.
pub(in crate::envoy) fn network_filter(filter: &IpFilter, stat_prefix: &str) -> Filter {
    let config = NetworkRbac {
        rules: Some(rules(filter)),
        stat_prefix: stat_prefix.to_owned(),
        ..Default::default()
    };
    hcm::network_filter("envoy.filters.network.rbac", any(&config))
}

/// Without any rule, nobody is allowed or nobody denied.
fn rules(filter: &IpFilter) -> Rules {
    let action = if filter.allow {
        rbac::Action::Allow
    } else {
        rbac::Action::Deny
    };
    let policy = Policy {
        permissions: vec![Permission {
            rule: Some(Rule::Any(true)),
        }],
        principals: filter.rules.iter().map(principal).collect(),
        ..Default::default()
    };
    let policies = (!filter.rules.is_empty()).then(|| ("ip-rules".to_owned(), policy));
    Rules {
        action: action.into(),
        policies: BTreeMap::from_iter(policies),
        ..Default::default()
    }
}

fn principal(rule: &IpRule) -> Principal {
    let range = CidrRange {
        address_prefix: rule.network.network().to_string(),
        prefix_len: Some(rule.network.prefix_len().into()),
    };
    let identifier = match rule.source {
        IpFilterSource::Peer => Identifier::DirectRemoteIp(range),
        IpFilterSource::Remote => Identifier::RemoteIp(range),
    };
    Principal {
        identifier: Some(identifier),
    }
}
