//! Step three of the decision: may this address come?

use std::net::IpAddr;

use ipnet::IpNet;

use crate::{
    client::Client,
    connection::Connection,
    route_policy::{Access, Addresses},
    trace::{Step, Trace},
};

/// Whether all lists permit it.
pub(crate) fn is_permitted(
    lists: &[Access],
    client: Option<&Client>,
    connection: &Connection,
    trace: &mut impl Trace,
) -> bool {
    let peer = connection.peer.map(|peer| peer.to_canonical());
    let judged = |rule: &Addresses| match rule {
        Addresses::Client(network) => (client.and_then(|client| client.address), *network),
        Addresses::Peer(network) => (peer, *network),
    };
    for list in lists {
        for (address, network) in list.deny.iter().map(judged) {
            match address {
                Some(address) if !network.contains(&address) => {}
                Some(address) => {
                    trace.step(Step::Denied(address, network));
                    return false;
                }
                // It may be in the network.
                None => {
                    trace.step(Step::NotAllowed(None));
                    return false;
                }
            }
        }
        let is_in = |(address, network): (Option<IpAddr>, IpNet)| address.is_some_and(|it| network.contains(&it));
        if !list.allow.is_empty() && !list.allow.iter().map(judged).any(is_in) {
            trace.step(Step::NotAllowed(client.and_then(|client| client.address)));
            return false;
        }
    }
    if !lists.is_empty() {
        trace.step(Step::Permitted);
    }
    true
}
