//! What several units use and what is there as long as one of them does.

use std::collections::{BTreeMap, BTreeSet};

use super::{edit::Edit, on_demand::OnDemand, shared::Shared, unit::Contribution};
use crate::{
    envoy::{self, AuthorizationFilter, Chain},
    extension::Services,
    inputs::{Inputs, Touched},
    model::{Assignment, Cluster, JwtProvider, SecretUse},
    object::NamespacedName,
    settings::Settings,
};

#[derive(Debug, Default)]
pub(super) struct Shares {
    clusters: Shared<Cluster>,
    assignments: Shared<Assignment>,
    assignments_of: BTreeMap<NamespacedName, BTreeSet<Assignment>>,
    secrets: Shared<SecretUse>,
    jwt_providers: BTreeMap<String, JwtProvider>,
    authorization_filters: Shared<AuthorizationFilter>,
    pub(super) chains: BTreeMap<Chain, BTreeSet<String>>,
    pub(super) on_demand: OnDemand,
    pub(super) services: Services,
}

impl Shares {
    pub(super) fn release(&mut self, contribution: &Contribution, settings: &Settings, edit: &mut Edit) {
        for cluster in &contribution.clusters {
            self.clusters.release(cluster);
            edit.clusters.insert(cluster.clone());
        }
        for secret in &contribution.secrets {
            self.secrets.release(secret);
            edit.secrets.insert(secret.clone());
        }
        for (chain, host) in &contribution.chains {
            if let Some(hosts) = self.chains.get_mut(chain) {
                hosts.remove(host);
                if hosts.is_empty() {
                    self.chains.remove(chain);
                }
            }
            self.on_demand.leave(chain, host, settings);
            edit.chains_left.insert((chain.clone(), host.clone()));
        }
        for filter in &contribution.authorization_filters {
            self.authorization_filters.release(filter);
            edit.authorization_filters.insert(filter.clone());
        }
        for provider in &contribution.jwt_providers {
            self.jwt_providers.remove(&provider.key);
            edit.jwt_left.insert(provider.key.clone(), provider.clone());
        }
    }

    pub(super) fn acquire(&mut self, contribution: &Contribution, settings: &Settings, edit: &mut Edit) {
        for cluster in &contribution.clusters {
            self.clusters.acquire(cluster.clone());
            edit.clusters.insert(cluster.clone());
        }
        for secret in &contribution.secrets {
            self.secrets.acquire(secret.clone());
            edit.secrets.insert(secret.clone());
        }
        for (chain, host) in &contribution.chains {
            self.chains.entry(chain.clone()).or_default().insert(host.clone());
            self.on_demand.join(chain, host, settings);
            edit.chains_joined.insert((chain.clone(), host.clone()));
        }
        for filter in &contribution.authorization_filters {
            self.authorization_filters.acquire(filter.clone());
            edit.authorization_filters.insert(filter.clone());
        }
        for provider in &contribution.jwt_providers {
            self.jwt_providers.insert(provider.key.clone(), provider.clone());
            edit.jwt_joined.insert(provider.key.clone(), provider.clone());
        }
    }

    /// Brings what has come, removes what has gone, renews what was touched.
    pub(super) fn settle(&mut self, inputs: &Inputs, touched: &Touched, edit: &mut Edit) {
        self.settle_clusters(inputs, edit);
        self.settle_assignments(inputs, touched, edit);
        self.settle_secrets(inputs, touched, edit);
        self.settle_authorization(edit);
        self.on_demand.settle(&self.chains, inputs, touched, edit);
        if edit.touches_jwt() {
            edit.put(envoy::jwt_authn(&self.jwt_providers));
        }
    }

    /// Listeners wait for it from the first.
    fn settle_authorization(&mut self, edit: &mut Edit) {
        let mut differs = edit.renews_listeners;
        for filter in std::mem::take(&mut edit.authorization_filters) {
            differs |= self.authorization_filters.settle(&filter).is_some();
        }
        if differs {
            edit.put(envoy::authorization(self.authorization_filters.iter()));
        }
    }

    fn settle_clusters(&mut self, inputs: &Inputs, edit: &mut Edit) {
        for cluster in std::mem::take(&mut edit.clusters) {
            let Some(has_come) = self.clusters.settle(&cluster) else {
                continue;
            };
            if let Some(assignment) = cluster.assignment() {
                if has_come {
                    self.assignments.acquire(assignment.clone());
                } else {
                    self.assignments.release(&assignment);
                }
                edit.assignments.insert(assignment);
            }
            // A Service port that got another name is another cluster of the same name: the one that is used counts.
            let (key, resource) = envoy::cluster(&cluster, inputs.settings());
            if has_come {
                edit.put((key, resource));
            } else {
                edit.remove_unless_put(key);
            }
        }
    }

    fn settle_assignments(&mut self, inputs: &Inputs, touched: &Touched, edit: &mut Edit) {
        for service in &touched.endpoints {
            let of_service = self.assignments_of.get(service).into_iter().flatten();
            edit.assignments.extend(of_service.cloned());
        }
        for assignment in std::mem::take(&mut edit.assignments) {
            if let Some(has_come) = self.assignments.settle(&assignment) {
                self.index(&assignment, has_come);
            }
            let (key, resource) = envoy::endpoints(&assignment, inputs);
            if self.assignments.contains(&assignment) {
                edit.put((key, resource));
            } else {
                edit.remove_unless_put(key);
            }
        }
    }

    fn index(&mut self, assignment: &Assignment, has_come: bool) {
        for port in &assignment.ports {
            let of_service = self.assignments_of.entry(port.service.clone()).or_default();
            if has_come {
                of_service.insert(assignment.clone());
            } else {
                of_service.remove(assignment);
            }
            if of_service.is_empty() {
                self.assignments_of.remove(&port.service);
            }
        }
    }

    fn settle_secrets(&mut self, inputs: &Inputs, touched: &Touched, edit: &mut Edit) {
        if !touched.secrets.is_empty() {
            let rotated = self.secrets.iter().filter(|secret| secret.is_made_of(&touched.secrets));
            edit.secrets.extend(rotated.cloned());
        }
        for secret in std::mem::take(&mut edit.secrets) {
            if self.secrets.settle(&secret).is_none() && !secret.is_made_of(&touched.secrets) {
                continue;
            }
            let (key, resource) = envoy::secret(&secret, inputs);
            match resource.filter(|_| self.secrets.contains(&secret)) {
                Some(resource) => edit.put((key, resource)),
                None => edit.remove(key),
            }
        }
    }
}
