//! `isoline serve` on a real API server, with real Envoys, each test in a network of its own. This needs Linux, and either
//! root or unprivileged user namespaces.

#![allow(clippy::print_stdout)]

mod cert_manager;
mod life;
mod objects;
mod outage;
mod replicas;
mod rights;
mod scale;

use std::process::ExitCode;

use anyhow::Result;
use isoline_tests::namespace;
use libtest_mimic::{Arguments, Trial};

fn main() -> Result<ExitCode> {
    // Before anything starts a thread.
    namespace::gain_right()?;
    let trials = vec![
        trial("objects_of_every_kind_reach_traffic_and_statuses", || {
            Box::pin(objects::of_every_kind())
        }),
        trial("what_is_wrong_is_said_and_the_rest_goes_on", || {
            Box::pin(objects::wrong())
        }),
        trial("definitions_may_come_later", || Box::pin(life::late_definitions())),
        trial("envoys_without_a_certificate_are_not_served", || {
            Box::pin(life::certificates())
        }),
        trial("a_refusal_of_envoy_is_in_the_status", || Box::pin(life::refusal())),
        trial("a_leader_that_is_killed_leaves_nothing_undone", || {
            Box::pin(replicas::killed_leader())
        }),
        trial("a_leader_that_stops_gives_the_lease_back", || {
            Box::pin(replicas::stopped_leader())
        }),
        trial("an_api_server_that_is_away_for_a_minute_is_not_missed", || {
            Box::pin(outage::minute())
        }),
        trial("what_happened_before_a_compaction_is_not_lost", || {
            Box::pin(outage::compaction())
        }),
        trial("the_usual_rights_suffice", || Box::pin(rights::whole_cluster())),
        trial("the_rights_on_some_namespaces_suffice_for_those", || {
            Box::pin(rights::some_namespaces())
        }),
        trial("certificates_are_asked_for_and_kept_in_step", || {
            Box::pin(cert_manager::in_step())
        }),
        trial("two_thousand_proxies_at_once", || Box::pin(scale::two_thousand())),
    ];
    Ok(libtest_mimic::run(&Arguments::from_args(), trials).exit_code())
}

type Test = std::pin::Pin<Box<dyn Future<Output = Result<()>>>>;

fn trial(name: &str, test: impl FnOnce() -> Test + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let run = || {
            namespace::enter()?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(test())
        };
        run().map_err(|error: anyhow::Error| format!("{error:#}").into())
    })
}
