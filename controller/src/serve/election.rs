//! Which replica writes, as the command line says it.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use isoline_translator::{NamespacedName, parse_duration};
use kube::Client;

use crate::{
    kubernetes::lease::{self, Candidate},
    settings,
};

#[derive(Debug, Args)]
#[command(next_help_heading = "Leader election")]
pub(super) struct ElectionOptions {
    /// Write statuses without an election; only for a single replica
    #[arg(long)]
    disable_leader_election: bool,
    /// How long a leader that has gone silent is still the leader
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = parse_duration)]
    leader_election_lease_duration: Duration,
    /// How long a leader tries to stay it before it gives up
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    leader_election_renew_deadline: Duration,
    /// How often the Lease is read, and renewed by the leader
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = parse_duration)]
    leader_election_retry_period: Duration,
    /// Name of the Lease
    #[arg(long, value_name = "NAME", default_value = "isoline-leader")]
    leader_election_resource_name: String,
    /// Namespace of the Lease; that of the controller if not given
    #[arg(long, value_name = "NAMESPACE")]
    leader_election_resource_namespace: Option<String>,
}

impl ElectionOptions {
    pub(super) fn start(&self, client: Client, identity: String) -> Result<Candidate> {
        if self.disable_leader_election {
            return Ok(Candidate::alone());
        }
        let namespace = self.leader_election_resource_namespace.clone();
        let options = lease::Options {
            lease: NamespacedName::new(
                namespace.unwrap_or_else(settings::namespace),
                &self.leader_election_resource_name,
            ),
            identity,
            duration: self.leader_election_lease_duration,
            renew_deadline: self.leader_election_renew_deadline,
            retry_period: self.leader_election_retry_period,
        };
        Candidate::start(client, options)
    }
}
