//! What the authors of objects are told: the findings of all units, put together.

use std::collections::{BTreeMap, BTreeSet};

use isoline_policy::Insecure;

use super::{edit::Edit, unit::Unit};
use crate::{
    inputs::{Inputs, Touched},
    object::{Kind, ObjectRef},
    route_policy,
    status::{Findings, Part, Status, StatusChange},
};

#[derive(Debug, Default)]
pub(super) struct Statuses {
    /// What each unit found on each object.
    findings: BTreeMap<ObjectRef, BTreeMap<Unit, Findings>>,
    said: BTreeMap<ObjectRef, Status>,
}

impl Statuses {
    pub(super) fn forget(&mut self, unit: &Unit, subjects: &BTreeSet<ObjectRef>, edit: &mut Edit) {
        for subject in subjects {
            if let Some(findings) = self.findings.get_mut(subject) {
                findings.remove(unit);
                if findings.is_empty() {
                    self.findings.remove(subject);
                }
            }
            edit.subjects.insert(subject.clone());
        }
    }

    pub(super) fn learn(&mut self, unit: &Unit, findings: BTreeMap<ObjectRef, Findings>, edit: &mut Edit) {
        for (subject, findings) in findings {
            edit.subjects.insert(subject.clone());
            self.findings.entry(subject).or_default().insert(unit.clone(), findings);
        }
    }

    /// What its status says is wrong with an object, with the fields.
    pub(super) fn findings(&self, object: &ObjectRef, inputs: &Inputs) -> Option<Findings> {
        match object.kind {
            Kind::HttpProxy => self.of_proxy(object, inputs),
            Kind::ExtensionService => self.of_extension(object),
            Kind::Ingress => self.of_ingress(object),
            _ => None,
        }
    }

    /// The units that have looked at an object.
    pub(super) fn units(&self, object: &ObjectRef) -> impl Iterator<Item = &Unit> {
        self.findings.get(object).into_iter().flat_map(BTreeMap::keys)
    }

    /// What was last said of an object.
    pub(super) fn said(&self, object: &ObjectRef) -> Option<&Status> {
        self.said.get(object)
    }

    /// The statuses that differ from what was last said.
    pub(super) fn changes(&mut self, inputs: &Inputs, touched: &Touched, edit: &Edit) -> Vec<StatusChange> {
        let policies = touched.policies.iter().map(|name| Kind::RoutePolicy.object(name));
        let subjects: BTreeSet<_> = touched
            .subjects
            .iter()
            .chain(&edit.subjects)
            .cloned()
            .chain(policies)
            .collect();
        let mut changes = Vec::new();
        for object in subjects {
            let status = match object.kind {
                Kind::HttpProxy if inputs.is_foreign(&object.name) => Some(Status::not_reconciled()),
                Kind::HttpProxy | Kind::ExtensionService | Kind::Ingress => {
                    self.findings(&object, inputs).map(|it| it.status(object.kind))
                }
                Kind::TlsCertificateDelegation => inputs.has_delegation(&object.name).then(Status::unwritten),
                Kind::RoutePolicy => self.policy_status(&object, inputs),
                _ => None,
            };
            let old = match status.clone() {
                Some(status) => self.said.insert(object.clone(), status),
                None => self.said.remove(&object),
            };
            if old != status {
                changes.push(StatusChange { object, status });
            }
        }
        changes
    }

    /// Where hosts disagree, the first that finds an error is right.
    fn of_proxy(&self, object: &ObjectRef, inputs: &Inputs) -> Option<Findings> {
        let proxy = inputs.proxy(&object.name)?;
        if let Some(host) = &proxy.spec.virtualhost {
            let mut findings = Findings::default();
            if !inputs.settings().permits_roots_in(&object.name.namespace) {
                let message = "root HTTPProxy cannot be defined in this namespace";
                findings.error(Part::RootNamespace, "RootProxyNotAllowedInNamespace", message);
                return Some(findings);
            }
            if host.fqdn.is_empty() {
                let message = "Spec.VirtualHost.Fqdn must be specified";
                findings.error(Part::VirtualHost, "FQDNNotSpecified", message);
                return Some(findings);
            }
        }
        let visits = self.findings.get(object).into_iter().flat_map(BTreeMap::values);
        let verdict = visits.reduce(|verdict, next| if verdict.is_valid() { next } else { verdict });
        Some(verdict.map_or_else(Findings::orphaned, Findings::clone))
    }

    fn of_extension(&self, object: &ObjectRef) -> Option<Findings> {
        self.findings.get(object)?.values().next().cloned()
    }

    /// Each host of an Ingress finds its own; all of it counts.
    fn of_ingress(&self, object: &ObjectRef) -> Option<Findings> {
        let mut all = Findings::default();
        for findings in self.findings.get(object)?.values() {
            all.absorb(findings);
        }
        Some(all)
    }

    /// Every host that it governs some route of has found it.
    fn policy_status(&self, object: &ObjectRef, inputs: &Inputs) -> Option<Status> {
        let policy = inputs.policy(&object.name)?;
        let mut status = route_policy::status(policy, inputs, self.findings.contains_key(object));
        let insecure = policy.terms.as_ref().and_then(|terms| terms.insecure);
        let asks_for_scheme = insecure.is_some_and(|insecure| insecure != Insecure::Allow);
        if let Some(warning) = inputs.front().unknowable_scheme().filter(|_| asks_for_scheme) {
            let message = format!("spec.insecure cannot be decided. {warning}");
            status.warn(Part::Spec, "SchemeUnknown", message);
        }
        Some(status)
    }
}
