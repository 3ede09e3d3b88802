//! Who may come, by address.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Any, any,
    envoy::{
        config::{
            core::v3::CidrRange,
            listener::v3::Filter,
            rbac::v3::{
                Permission, Policy, Principal, Rbac as Rules, permission::Rule, principal, principal::Identifier, rbac,
            },
        },
        extensions::filters::{
            http::rbac::v3::{Rbac, RbacPerRoute},
            network::{http_connection_manager::v3::HttpFilter, rbac::v3::Rbac as NetworkRbac},
        },
    },
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use isoline_policy::{Access, Addresses};

use super::clients::{self, Native};
use crate::{
    envoy::{hcm, words},
    model::IpFilter,
};

pub(super) const NAME: &str = "envoy.filters.http.rbac";

pub(super) fn http_filter() -> HttpFilter {
    words::http_filter(NAME, &Rbac::default())
}

/// Who may come: all lists must permit it.
pub(super) fn on(lists: &[Access], native: Native) -> (String, Any) {
    let config = RbacPerRoute {
        rbac: Some(Rbac {
            rules: Some(rules(lists, native)),
            ..Default::default()
        }),
    };
    words::on_with(NAME, any(&config))
}

/// On a route whose lists the policy filter judges, those of its host are not in force.
pub(super) fn left_to_the_filter() -> (String, Any) {
    words::on_with(NAME, any(&RbacPerRoute::default()))
}

/// The networks of everybody.
pub(super) fn everybody() -> [IpNet; 2] {
    [Ipv4Net::default().into(), Ipv6Net::default().into()]
}

/// The same before a TCP proxy.
pub(in crate::envoy) fn network_filter(filter: &IpFilter, stat_prefix: &str) -> Filter {
    let config = NetworkRbac {
        rules: Some(rules(&[clients::access(filter)], Native::Remote)),
        stat_prefix: stat_prefix.to_owned(),
        ..Default::default()
    };
    hcm::network_filter("envoy.filters.network.rbac", any(&config))
}

fn rules(lists: &[Access], native: Native) -> Rules {
    let principal = |rule: &Addresses| principal(rule, native);
    let (action, principals) = match lists {
        [Access { deny, allow }] if deny.is_empty() => (rbac::Action::Allow, allow.iter().map(principal).collect()),
        [Access { deny, allow }] if allow.is_empty() => (rbac::Action::Deny, deny.iter().map(principal).collect()),
        lists => {
            let of_list = |list: &Access| {
                let allowed = any_of(list.allow.iter().map(principal));
                let denied = any_of(list.deny.iter().map(principal));
                [allowed, denied.map(not)]
            };
            let ids = lists.iter().flat_map(of_list).flatten().collect();
            let all = Identifier::AndIds(principal::Set { ids });
            (rbac::Action::Allow, vec![identified(all)])
        }
    };
    let policy = Policy {
        permissions: vec![Permission {
            rule: Some(Rule::Any(true)),
        }],
        principals,
        ..Default::default()
    };
    Rules {
        action: action.into(),
        policies: BTreeMap::from([("ip-rules".to_owned(), policy)]),
        ..Default::default()
    }
}

fn any_of(principals: impl Iterator<Item = Principal>) -> Option<Principal> {
    let ids: Vec<_> = principals.collect();
    (!ids.is_empty()).then(|| identified(Identifier::OrIds(principal::Set { ids })))
}

fn not(principal: Principal) -> Principal {
    identified(Identifier::NotId(Box::new(principal)))
}

fn principal(rule: &Addresses, native: Native) -> Principal {
    match (rule, native) {
        (Addresses::Client(network), Native::Remote) => remote(*network),
        (Addresses::Client(network) | Addresses::Peer(network), _) => {
            identified(Identifier::DirectRemoteIp(range(*network)))
        }
    }
}

/// Whoever stands in front may write an IPv4 address as IPv6. It is IPv4 all the same.
fn remote(network: IpNet) -> Principal {
    let of = |network| identified(Identifier::RemoteIp(range(network)));
    let ids = |ids| principal::Set { ids };
    match network {
        IpNet::V4(ipv4) => identified(Identifier::OrIds(ids(vec![of(network), of(mapped(ipv4).into())]))),
        IpNet::V6(ipv6) if ipv6.contains(&mapped(Ipv4Net::default())) => {
            let is_ipv4 = of(mapped(Ipv4Net::default()).into());
            identified(Identifier::AndIds(ids(vec![of(network), not(is_ipv4)])))
        }
        IpNet::V6(_) => of(network),
    }
}

/// The same network in IPv6.
fn mapped(network: Ipv4Net) -> Ipv6Net {
    let length = 128 - 32 + network.prefix_len();
    Ipv6Net::new_assert(network.network().to_ipv6_mapped(), length)
}

fn range(network: IpNet) -> CidrRange {
    CidrRange {
        address_prefix: network.network().to_string(),
        prefix_len: Some(network.prefix_len().into()),
    }
}

fn identified(identifier: Identifier) -> Principal {
    Principal {
        identifier: Some(identifier),
    }
}
