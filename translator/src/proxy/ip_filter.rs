//! `ipAllowPolicy` and `ipDenyPolicy` of hosts and routes.

use ipnet::IpNet;

use super::problem::Problem;
use crate::{
    api::shared::IpFilterPolicy,
    model::{IpFilter, IpRule},
    status::Part,
};

/// Entries that are no networks. Without them the rest of the list would let in, or keep out, others than its author
/// meant: the whole list is of no use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// One for each.
    pub(super) problems: Vec<Problem>,
    /// What is wrong with the last entry of the list, if it is one of them.
    pub(super) last: Option<String>,
}

/// Reads the one of two lists that is not empty.
pub(super) fn read(allow: &[IpFilterPolicy], deny: &[IpFilterPolicy]) -> Result<Option<IpFilter>, Unreadable> {
    let is_allow = !allow.is_empty();
    let entries = if is_allow { allow } else { deny };
    if entries.is_empty() {
        return Ok(None);
    }
    let mut rules = Vec::new();
    let mut unreadable = Unreadable {
        problems: Vec::new(),
        last: None,
    };
    for entry in entries {
        unreadable.last = None;
        match network(&entry.cidr) {
            Ok(network) => rules.push(IpRule {
                source: entry.source,
                network,
            }),
            Err(error) => {
                let message = format!("{} failed to parse: {error}", entry.cidr);
                unreadable
                    .problems
                    .push(Problem::new(Part::IpFilter, "InvalidCIDR", message));
                unreadable.last = Some(error);
            }
        }
    }
    if unreadable.problems.is_empty() {
        Ok(Some(IpFilter { allow: is_allow, rules }))
    } else {
        Err(unreadable)
    }
}

/// A network, or a single address.
fn network(written: &str) -> Result<IpNet, String> {
    let text = match written {
        _ if written.contains('/') => written.to_owned(),
        _ if written.contains(':') => format!("{written}/128"),
        _ => format!("{written}/32"),
    };
    let network: IpNet = text.parse().map_err(|_| format!("invalid CIDR address: {text}"))?;
    Ok(network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_may_be_single_addresses() {
        let shown = |text| network(text).map(|network| network.to_string());
        assert_eq!(shown("10.1.2.3/16"), Ok("10.1.0.0/16".to_owned()));
        assert_eq!(shown("10.1.2.3"), Ok("10.1.2.3/32".to_owned()));
        assert_eq!(shown("::1"), Ok("::1/128".to_owned()));
        let error = "invalid CIDR address: not-an-address/32";
        assert_eq!(shown("not-an-address"), Err(error.to_owned()));
    }
}
