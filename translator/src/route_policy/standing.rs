//! Which policies apply at a target, and which of them counts most.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    api::shared::MatchCondition,
    inputs::Reader,
    model::{Governor, RouteMatch, Scope},
    object::{ObjectRef, PolicyConditions, RoutePolicy},
    proxy::conditions,
};

/// As many policies with conditions of their own as one target may have: every route may be split by each of them.
pub(crate) const MAX_POLICIES: usize = 32;

/// The policies of one target.
#[derive(Debug)]
pub(crate) struct Standing<'a> {
    /// Their conditions cannot be read: they are about everything, since that is the least that they cannot miss.
    unreadable: Vec<&'a RoutePolicy>,
    /// Those with other conditions each, the one that counts most first.
    in_force: Vec<&'a RoutePolicy>,
    oldest: BTreeMap<&'a RouteMatch, &'a RoutePolicy>,
}

/// Of policies with the same conditions, the oldest one counts, and among equals the first by name.
pub(crate) fn standing<'a>(policies: impl Iterator<Item = &'a RoutePolicy>) -> Standing<'a> {
    let mut policies: Vec<_> = policies.collect();
    policies.sort_by_key(|policy| (policy.created, &policy.name));
    let mut unreadable = Vec::new();
    let mut oldest = BTreeMap::new();
    for policy in policies {
        match &policy.conditions {
            Some(conditions) => _ = oldest.entry(&conditions.matches).or_insert(policy),
            None => unreadable.push(policy),
        }
    }
    let mut in_force: Vec<_> = oldest.iter().map(|(matches, policy)| (*matches, *policy)).collect();
    in_force.sort_by(|(a, _), (b, _)| a.cmp_specificity(b));
    Standing {
        unreadable,
        in_force: in_force.into_iter().map(|(_, policy)| policy).collect(),
        oldest,
    }
}

impl<'a> Standing<'a> {
    pub(crate) fn is_crowded(&self) -> bool {
        self.in_force.len() > MAX_POLICIES
    }

    /// The older policy that takes one's place, if any.
    pub(crate) fn rival_of(&self, policy: &RoutePolicy) -> Option<&'a RoutePolicy> {
        let conditions = policy.conditions.as_ref()?;
        let oldest = self.oldest.get(&conditions.matches).copied();
        oldest.filter(|oldest| oldest.name != policy.name)
    }
}

/// The policies of a target as they apply to the routes below it, the one that counts most first. The conditions are
/// those that lead to the target.
pub(crate) fn governors(target: &ObjectRef, above: &[&MatchCondition], reader: &Reader<'_>) -> Vec<Arc<Governor>> {
    let standing = reader.policies_of(target);
    let closes = standing.unreadable.first().copied();
    let closes = closes.or_else(|| standing.in_force.first().copied().filter(|_| standing.is_crowded()));
    let closing = closes.map(closed);
    let others = standing.in_force.iter().map(|policy| governor(policy, above));
    closing
        .into_iter()
        .chain(others.take(MAX_POLICIES))
        .map(Arc::new)
        .collect()
}

fn governor(policy: &RoutePolicy, above: &[&MatchCondition]) -> Governor {
    let scope = policy.conditions.as_ref().and_then(|own| scope(own, above));
    match scope {
        None => closed(policy),
        Some(scope) => Governor {
            policy: policy.name.clone(),
            scope,
            terms: policy.terms.clone(),
        },
    }
}

/// One that lets nobody in.
fn closed(policy: &RoutePolicy) -> Governor {
    Governor {
        policy: policy.name.clone(),
        scope: Scope::default(),
        terms: None,
    }
}

/// The headers and query parameters above are those of every route below the target, and need not be asked for.
pub(super) fn scope(own: &PolicyConditions, above: &[&MatchCondition]) -> Option<Scope> {
    let has_prefix = own.block.iter().any(|condition| !condition.prefix.is_empty());
    let chain: Vec<_> = above.iter().copied().chain(&own.block).collect();
    let merged = conditions::merge(&chain).ok()?;
    Some(Scope {
        prefix: has_prefix.then(|| merged.path.text().to_owned()),
        headers: own.matches.headers.clone(),
        query_parameters: own.matches.query_parameters.clone(),
    })
}
