//! Kubernetes: what is read from its API server, and what is written there.

pub mod addresses;
pub mod arrival;
pub mod certificates;
pub mod client;
pub mod feed;
pub mod lease;
pub mod metrics;
pub mod status;
pub mod watch;
