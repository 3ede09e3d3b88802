//! Kubernetes: what is read from its API server, and what is written there.

pub mod client;
