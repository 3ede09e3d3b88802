//! Random configurations, orders of messages, refusals and reconnections: the invariants hold after every step, and
//! when everything is said Envoy has the latest configuration, but for what it refuses and what waits for that.

use std::collections::BTreeSet;

use isoline_translator::{Resource, ResourceChange, ResourceType};
use proptest::{collection::vec, prelude::*};

use super::{
    Cluster, Endpoints, Listener, Scope, change,
    envoy::{Envoy, Table},
    gone,
};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const VERSIONS: usize = 3;
const KINDS: [ResourceType; 4] = [Cluster, Endpoints, Listener, Scope];

/// What each version of each name is: version and content always belong together.
#[derive(Clone)]
struct World {
    /// For each kind, name and version: a bit per cluster that it needs, and whether Envoy refuses it.
    versions: Vec<(u8, bool)>,
    /// Whether Envoy takes the good part of what it refuses.
    partial: bool,
}

#[derive(Clone)]
struct Edit {
    kind: usize,
    name: usize,
    version: Option<usize>,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}@{:?}", KINDS[self.kind], NAMES[self.name], self.version)
    }
}

#[derive(Debug, Clone)]
enum Op {
    Publish(Vec<Edit>),
    Serve,
    Receive,
    Settle,
    Reconnect,
}

fn world() -> impl Strategy<Value = World> {
    let version = (0..16_u8, prop::bool::weighted(0.15));
    (vec(version, KINDS.len() * NAMES.len() * VERSIONS), any::<bool>())
        .prop_map(|(versions, partial)| World { versions, partial })
}

fn edit() -> impl Strategy<Value = Edit> {
    (0..KINDS.len(), 0..NAMES.len(), prop::option::weighted(0.8, 0..VERSIONS)).prop_map(|(kind, name, version)| Edit {
        kind,
        name,
        version,
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => vec(edit(), 1..8).prop_map(Op::Publish),
        6 => Just(Op::Serve),
        6 => Just(Op::Receive),
        1 => Just(Op::Settle),
        1 => Just(Op::Reconnect),
    ]
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "partial {} {:?}", self.partial, self.versions)
    }
}

impl World {
    fn change(&self, edit: &Edit) -> ResourceChange {
        let (kind, name) = (KINDS[edit.kind], NAMES[edit.name]);
        let Some(version) = edit.version else {
            return gone(kind, name);
        };
        let (needs, _) = self.versions[(edit.kind * NAMES.len() + edit.name) * VERSIONS + version];
        let needs = NAMES
            .into_iter()
            .enumerate()
            .filter(|(i, _)| needs & (1 << i) != 0)
            .map(|(_, name)| name);
        let needs = if matches!(kind, Listener | Scope) {
            needs.collect()
        } else {
            Vec::new()
        };
        change(kind, name, &version.to_string(), &needs)
    }

    /// The given number of every resource, all in their first version.
    fn everything(&self) -> Vec<ResourceChange> {
        let all = (0..KINDS.len()).flat_map(|kind| (0..NAMES.len()).map(move |name| (kind, name)));
        all.map(|(kind, name)| {
            self.change(&Edit {
                kind,
                name,
                version: Some(0),
            })
        })
        .collect()
    }

    fn envoy(&self) -> Envoy {
        let mut envoy = Envoy::new(self.everything());
        envoy.partial = self.partial;
        for (i, (_, refused)) in self.versions.iter().enumerate() {
            if *refused {
                let (key, version) = (i / VERSIONS, i % VERSIONS);
                let (kind, name) = (KINDS[key / NAMES.len()], NAMES[key % NAMES.len()]);
                envoy.bad.insert(super::bad(kind, name, &version.to_string()));
            }
        }
        envoy
    }

    fn run(&self, ops: &[Op]) -> Envoy {
        let mut envoy = self.envoy();
        for op in ops {
            match op {
                Op::Publish(edits) => envoy.publish(edits.iter().map(|edit| self.change(edit)).collect()),
                Op::Serve => _ = envoy.serve(),
                Op::Receive => _ = envoy.receive(),
                Op::Settle => envoy.settle(),
                // What Envoy took of a refused response, it does not state when it comes back: nobody can know it.
                Op::Reconnect if self.partial => {}
                Op::Reconnect => envoy.reconnect(),
            }
        }
        envoy.settle();
        envoy
    }
}

/// Everything that Envoy must have by now.
fn check_settled(envoy: &Envoy) {
    for (name, cluster) in &envoy.warming {
        assert!(
            is_blocked(envoy, cluster),
            "cluster {name} still warms: {:#?}",
            envoy.log
        );
    }
    for kind in KINDS {
        check_latest(envoy, kind);
    }
    for kind in [Listener, Scope] {
        for name in envoy.tables[kind].active.keys() {
            assert!(
                envoy.snapshot.get(kind, name).is_some(),
                "{kind:?} {name} is gone but still served"
            );
        }
    }
    let waits = |kind: ResourceType| {
        let mut resources = envoy
            .snapshot
            .names(kind)
            .filter_map(|name| envoy.snapshot.get(kind, name));
        !lagging(envoy, kind).is_empty() || resources.any(|resource| is_blocked(envoy, resource))
    };
    if ![Listener, Scope].into_iter().any(waits) {
        for name in envoy.tables[Cluster].active.keys() {
            let used = [Listener, Scope]
                .iter()
                .flat_map(|kind| envoy.tables[*kind].active.values())
                .any(|user| user.needs.contains(name));
            assert!(
                used || envoy.snapshot.get(Cluster, name).is_some(),
                "cluster {name} is gone but still held"
            );
        }
    }
}

fn check_latest(envoy: &Envoy, kind: ResourceType) {
    let table = &envoy.tables[kind];
    for name in lagging(envoy, kind) {
        let latest = envoy.snapshot.get(kind, &name).expect("only what exists lags");
        let refused = envoy.bad.contains(&super::bad(kind, &name, &latest.version));
        let reported = envoy
            .stream
            .refusals()
            .any(|refusal| refusal.key == super::super::key(kind, &name));
        let excused = (refused && reported) || !is_wanted(table, kind, &name) || is_blocked(envoy, latest);
        assert!(
            excused,
            "{kind:?} {name} is not at {}: {:#?}",
            latest.version, envoy.log
        );
    }
}

/// The names whose latest version is not in force.
fn lagging(envoy: &Envoy, kind: ResourceType) -> BTreeSet<String> {
    let is_latest = |name: &&String| {
        let latest = envoy.snapshot.get(kind, name).map(|resource| resource.version.as_str());
        envoy.version(kind, name) == latest
    };
    envoy
        .snapshot
        .names(kind)
        .filter(|name| !is_latest(name))
        .cloned()
        .collect()
}

fn is_wanted(table: &Table, kind: ResourceType, name: &str) -> bool {
    table.started && (kind != Endpoints || table.names.contains(name))
}

/// Whether something that it needs does not exist, or is refused.
fn is_blocked(envoy: &Envoy, resource: &Resource) -> bool {
    let is_unusable = |kind, name: &String| {
        let latest = envoy.snapshot.get(kind, name);
        latest.is_none_or(|latest| envoy.bad.contains(&super::bad(kind, name, &latest.version)))
    };
    resource.endpoints.iter().any(|name| is_unusable(Endpoints, name))
        || resource
            .needs
            .iter()
            .any(|name| is_unusable(Cluster, name) || is_unusable(Endpoints, name))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn envoy_ends_with_the_latest_configuration_and_never_lacks_what_it_needs(
        world in world(),
        ops in vec(op(), 0..80),
    ) {
        check_settled(&world.run(&ops));
    }
}
