//! What the author of a policy is told.

use super::standing::MAX_POLICIES;
use crate::{
    inputs::Inputs,
    object::{ObjectRef, RoutePolicy},
    status::Status,
};

/// The status of a policy, which may govern some route or none.
pub(crate) fn status(policy: &RoutePolicy, inputs: &Inputs, governs: bool) -> Status {
    let refusal = unreadable(policy)
        .or_else(|| crowded(policy, inputs))
        .or_else(|| conflicted(policy, inputs));
    let missing = missing(policy, inputs);
    let is_idle = !governs && refusal.is_none() && missing.is_none();
    let warning = is_idle.then(|| {
        let message = "in force nowhere, since no route that its targets serve is under spec.conditions: correct them, or add the routes";
        ("NoMatchingRoutes", message.to_owned())
    });
    Status::of_policy(refusal, missing, warning)
}

type Refusal = (&'static str, String);

fn unreadable(policy: &RoutePolicy) -> Option<Refusal> {
    if policy.problems.is_empty() {
        return None;
    }
    let problems = policy.problems.join("; ");
    let message = format!("{problems}; until then the routes that it governs answer 503");
    Some(("Invalid", message))
}

fn crowded(policy: &RoutePolicy, inputs: &Inputs) -> Option<Refusal> {
    let is_crowded = |target: &&ObjectRef| inputs.policies_of(target).is_crowded();
    let targets = join(policy.targets.iter().filter(is_crowded))?;
    let message = format!(
        "more than {MAX_POLICIES} RoutePolicies with different conditions target {targets}: remove some; until then its routes answer 503"
    );
    Some(("TooManyPolicies", message))
}

fn conflicted(policy: &RoutePolicy, inputs: &Inputs) -> Option<Refusal> {
    let rivals = policy.targets.iter().filter_map(|target| {
        let rival = inputs.policies_of(target).rival_of(policy)?;
        Some(format!("RoutePolicy {} on {target}", rival.name))
    });
    let rivals = join(rivals)?;
    let message = format!(
        "not in force where an older one has the same conditions, which is {rivals}: change spec.conditions or spec.targetRefs of one of them"
    );
    Some(("Conflicted", message))
}

fn missing(policy: &RoutePolicy, inputs: &Inputs) -> Option<String> {
    let targets = join(policy.targets.iter().filter(|target| !inputs.has_target(target)))?;
    Some(format!(
        "{targets} not found: create it with the ingress class that is served here, or correct spec.targetRefs"
    ))
}

/// Nothing if there are none.
fn join(these: impl Iterator<Item = impl ToString>) -> Option<String> {
    let texts: Vec<_> = these.map(|it| it.to_string()).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}
