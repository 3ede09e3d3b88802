//! What a policy says, or all that cannot be read of it.

mod client_ip;

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use isoline_policy::{Access, Addresses, Insecure};

use crate::{
    api::{
        routepolicy::{
            AccessSpec, InsecureAction, InsecureSpec, RoutePolicySpec, StrictTransportSecuritySpec, TargetKind,
            TargetRef,
        },
        shared::MatchCondition,
    },
    duration,
    model::{ClientPolicy, Terms},
    object::{Kind, NamespacedName, ObjectRef, PolicyConditions, RoutePolicy},
    proxy::conditions,
};

/// Reduces a policy.
pub(crate) fn read(name: NamespacedName, created: i64, spec: &RoutePolicySpec) -> RoutePolicy {
    let mut problems = Vec::new();
    let conditions = kept(&mut problems, block(&spec.conditions));
    let terms = terms(spec, &mut problems);
    RoutePolicy {
        targets: targets(&name.namespace, &spec.target_refs),
        name,
        created,
        conditions,
        terms: problems.is_empty().then(|| Arc::new(terms)),
        problems,
    }
}

fn targets(namespace: &str, references: &[TargetRef]) -> BTreeSet<ObjectRef> {
    let target = |reference: &TargetRef| {
        let kind = match reference.kind {
            TargetKind::HttpProxy => Kind::HttpProxy,
            TargetKind::Ingress => Kind::Ingress,
        };
        kind.object(&NamespacedName::new(namespace, reference.name.as_str()))
    };
    references.iter().map(target).collect()
}

/// The prefix `/` is that of every request of the target, also where what leads to the target does not end in a slash.
pub(super) fn block(written: &[MatchCondition]) -> Result<PolicyConditions, String> {
    let problem = |problem| format!("spec.conditions: {problem}");
    conditions::check_include_paths(written).map_err(problem)?;
    conditions::check_headers(written).map_err(problem)?;
    conditions::check_queries(written).map_err(problem)?;
    let mut block = written.to_vec();
    for MatchCondition { prefix, .. } in &mut block {
        if prefix.contains(['?', '#']) {
            return Err(format!(
                "spec.conditions: no path holds ? or #, prefix {prefix:?} was supplied: use a queryParameter condition"
            ));
        }
        if prefix.trim_end_matches('/').is_empty() {
            prefix.clear();
        }
    }
    let matches = conditions::merge(&block.iter().collect::<Vec<_>>()).map_err(problem)?;
    Ok(PolicyConditions { block, matches })
}

fn terms(spec: &RoutePolicySpec, problems: &mut Vec<String>) -> Terms {
    let says_nothing = spec.insecure.is_none()
        && spec.client_ip.is_none()
        && spec.access.is_none()
        && spec.strict_transport_security.is_none();
    if says_nothing {
        let message = "spec says nothing: set insecure, clientIP, access or strictTransportSecurity";
        problems.push(message.to_owned());
    }
    let client_ip = spec.client_ip.as_ref().map(|spec| client_ip::read(spec, problems));
    let access = spec.access.as_ref().map(|spec| access(spec, problems));
    let hsts = spec.strict_transport_security.as_ref().map(hsts);
    Terms {
        insecure: spec.insecure.map(insecure),
        clients: ClientPolicy {
            client_ip,
            forward: spec.client_ip.as_ref().and_then(client_ip::forward),
            access,
            strict_transport_security: hsts.and_then(|hsts| kept(problems, hsts)),
        },
    }
}

fn insecure(spec: InsecureSpec) -> Insecure {
    match spec.action {
        InsecureAction::Allow => Insecure::Allow,
        InsecureAction::Deny => Insecure::Deny,
        InsecureAction::Redirect => Insecure::Redirect {
            status_code: spec.status_code.unwrap_or_default(),
        },
    }
}

fn access(spec: &AccessSpec, problems: &mut Vec<String>) -> Access {
    if spec.allow.is_empty() && spec.deny.is_empty() {
        problems.push("spec.access names nobody: add networks to allow or deny, or remove it".to_owned());
    }
    let mut clients = |field: &str, written: &[String]| {
        let networks = networks(field, written, problems);
        networks.into_iter().map(Addresses::Client).collect()
    };
    Access {
        deny: clients("spec.access.deny", &spec.deny),
        allow: clients("spec.access.allow", &spec.allow),
    }
}

/// Sorted, each once, without the bits of hosts.
fn networks(field: &str, written: &[String], problems: &mut Vec<String>) -> Vec<IpNet> {
    let mut networks = BTreeSet::new();
    for (index, text) in written.iter().enumerate() {
        match network(text) {
            Some(network) => networks.extend([network]),
            None => problems.push(format!(
                "{field}[{index}]: {text:?} is no network: write one such as 10.0.0.0/8, or an address such as 10.1.2.3"
            )),
        }
    }
    networks.into_iter().collect()
}

fn network(text: &str) -> Option<IpNet> {
    let network = text.parse::<IpNet>().ok();
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    network.or_else(address).map(|network| canonical(network.trunc()))
}

/// Clients are judged by their IPv4 addresses, also where these are written as IPv6.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match network.addr() {
        IpAddr::V6(address) => address.to_ipv4_mapped().zip(network.prefix_len().checked_sub(96)),
        IpAddr::V4(_) => None,
    };
    let shorter = mapped.and_then(|(address, length)| IpNet::new(address.into(), length).ok());
    shorter.unwrap_or(network)
}

fn hsts(spec: &StrictTransportSecuritySpec) -> Result<String, String> {
    let written = &spec.max_age;
    let max_age = duration::parse(written).ok().filter(|age| age.subsec_nanos() == 0);
    let max_age = max_age.ok_or_else(|| {
        format!(
            "spec.strictTransportSecurity.maxAge: {written:?} is no number of whole seconds from 0 to 4294967295: write one such as 31536000s"
        )
    })?;
    let mut value = format!("max-age={}", max_age.as_secs());
    for (is_set, word) in [
        (spec.include_sub_domains, "; includeSubDomains"),
        (spec.preload, "; preload"),
    ] {
        if is_set {
            value += word;
        }
    }
    Ok(value)
}

fn kept<T>(problems: &mut Vec<String>, result: Result<T, String>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(spec: &str) -> RoutePolicy {
        let mut whole = serde_json::json!({"targetRefs": []});
        let spec: serde_json::Map<_, _> = serde_json::from_str(spec).unwrap();
        whole.as_object_mut().unwrap().extend(spec);
        super::read(
            NamespacedName::new("a", "p"),
            0,
            &serde_json::from_value(whole).unwrap(),
        )
    }

    fn text(spec: &str) -> String {
        let policy = read(spec);
        assert_eq!(policy.problems, Vec::<String>::new());
        let clients = &policy.terms.unwrap().clients;
        let hsts = &clients.strict_transport_security;
        serde_json::to_string(&(&clients.client_ip, &clients.forward, &clients.access, hsts)).unwrap()
    }

    #[test]
    fn terms_are_the_policys_own_words() {
        for (spec, terms) in [
            (r#"{"insecure":{"action":"Deny"}}"#, "[null,null,null,null]"),
            (r#"{"clientIP":{}}"#, r#"["Auto",null,null,null]"#),
            (
                r#"{"clientIP":{"source":"ForwardedFor","trustedCIDRs":["10.1.2.3/8","::1","10.0.0.0/8"]}}"#,
                r#"[{"ForwardedFor":{"hops":0,"cidrs":["10.0.0.0/8","::1/128"]}},null,null,null]"#,
            ),
            (
                r#"{"clientIP":{"source":"Header","header":{"name":"CF-Connecting-IP"},"forward":{"xRealIP":true}}}"#,
                r#"[{"Header":{"name":"cf-connecting-ip"}},{"xForwardedFor":"Append","xRealIp":true},null,null]"#,
            ),
            (
                r#"{"access":{"allow":["203.0.113.7/24","203.0.113.0/24"],"deny":["::ffff:203.0.113.9"]}}"#,
                r#"[null,null,{"deny":[{"Client":"203.0.113.9/32"}],"allow":[{"Client":"203.0.113.0/24"}]},null]"#,
            ),
            (
                r#"{"strictTransportSecurity":{"maxAge":"8760h","includeSubDomains":true,"preload":true}}"#,
                r#"[null,null,null,"max-age=31536000; includeSubDomains; preload"]"#,
            ),
            (
                r#"{"strictTransportSecurity":{"maxAge":"0"}}"#,
                r#"[null,null,null,"max-age=0"]"#,
            ),
        ] {
            assert_eq!(text(spec), terms, "{spec}");
        }
    }

    #[test]
    fn what_cannot_be_read_leaves_no_terms() {
        for spec in [
            r"{}",
            r#"{"access":{}}"#,
            r#"{"access":{"deny":["10.0.0.0/33"]}}"#,
            r#"{"access":{"deny":["fe80::1%eth0"]}}"#,
            r#"{"clientIP":{"source":"Header"}}"#,
            r#"{"clientIP":{"source":"Header","header":{"name":":authority"}}}"#,
            r#"{"clientIP":{"source":"Header","header":{"name":"X-Isoline-Scope"}}}"#,
            r#"{"clientIP":{"source":"Header","header":{"name":"X-Forwarded-For"}}}"#,
            r#"{"strictTransportSecurity":{"maxAge":"-1s"}}"#,
            r#"{"strictTransportSecurity":{"maxAge":"1.5s"}}"#,
            r#"{"conditions":[{"prefix":"a"}],"insecure":{"action":"Deny"}}"#,
            r#"{"conditions":[{"prefix":"/a?b"}],"insecure":{"action":"Deny"}}"#,
            r#"{"conditions":[{"regex":"/a"}],"insecure":{"action":"Deny"}}"#,
        ] {
            let policy = read(spec);
            assert_eq!((policy.terms, policy.problems.len()), (None, 1), "{spec}");
        }
    }
}
