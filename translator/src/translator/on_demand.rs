//! Certificates that Envoy asks for when a client names their host: where there are many, a listener that held a chain
//! for each would cost more with every one of them.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::Edit;
use crate::{
    envoy::{self, Chain},
    inputs::{Inputs, Touched},
    object::NamespacedName,
    settings::{AUTO_CHAINS, CertificateMode, Settings},
};

#[derive(Debug, Default)]
pub(super) struct OnDemand {
    pub(super) is_on: bool,
    /// The hosts that could be served so, each with its certificate.
    hosts: BTreeMap<String, NamespacedName>,
    /// Those that stand in the listener in any case, and may cover others.
    wildcards: BTreeSet<String>,
}

impl OnDemand {
    /// Whether a host stands in the listener, in a chain of its own.
    pub(super) fn stands(&self, chain: &Chain, host: &str, settings: &Settings) -> bool {
        !self.is_on || chain.asked_for(host, settings).is_none() || envoy::is_covered(host, &self.wildcards)
    }

    pub(super) fn leave(&mut self, chain: &Chain, host: &str, settings: &Settings) {
        if !chain.is_fallback() {
            self.wildcards.remove(host);
        }
        if chain.asked_for(host, settings).is_some() {
            self.hosts.remove(host);
        }
    }

    pub(super) fn join(&mut self, chain: &Chain, host: &str, settings: &Settings) {
        if !chain.is_fallback() && host.starts_with("*.") {
            self.wildcards.insert(host.to_owned());
        }
        if let Some(certificate) = chain.asked_for(host, settings) {
            self.hosts.insert(host.to_owned(), certificate.clone());
        }
    }

    /// Brings the certificates of hosts that have come, or all of them when the mode changes.
    pub(super) fn settle(
        &mut self,
        chains: &BTreeMap<Chain, BTreeSet<String>>,
        inputs: &Inputs,
        touched: &Touched,
        edit: &mut Edit,
    ) {
        let settings = inputs.settings();
        let is_on = wanted(chains, settings);
        let turns = is_on != self.is_on;
        self.is_on = is_on;
        edit.renews_listeners |= turns;
        let hosts: BTreeSet<String> = if turns {
            self.hosts.keys().cloned().collect()
        } else if is_on {
            let rotated = touched
                .secrets
                .iter()
                .filter_map(|secret| chains.get(&Chain::of_certificate(secret, settings)));
            let moved = edit.chains_left.iter().chain(&edit.chains_joined);
            let moved = moved.filter(|(chain, host)| chain.asked_for(host, settings).is_some());
            rotated.flatten().chain(moved.map(|(_, host)| host)).cloned().collect()
        } else {
            return;
        };
        for host in hosts {
            let certificate = self.hosts.get(&host).filter(|_| is_on);
            match certificate.and_then(|certificate| envoy::secret_of_host(&host, certificate, inputs)) {
                Some(resource) => edit.put(resource),
                None => edit.remove(envoy::key_of_host(&host)),
            }
        }
    }
}

/// The chain of a fallback certificate takes every name that nobody has, and so does the one that asks: there can only be
/// one of them.
fn wanted(chains: &BTreeMap<Chain, BTreeSet<String>>, settings: &Settings) -> bool {
    let has_fallback = chains.last_key_value().is_some_and(|(chain, _)| chain.is_fallback());
    let wanted = match settings.tls.certificates {
        CertificateMode::PerChain => false,
        CertificateMode::Auto => chains.len() > AUTO_CHAINS,
        CertificateMode::OnDemand => true,
    };
    wanted && !has_fallback
}
