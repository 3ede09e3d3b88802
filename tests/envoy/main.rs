//! Isoline with real parts: the binary, Envoy, sockets.

#![allow(clippy::print_stderr)]

mod admin_listeners;
mod certificates;
mod drain;
mod edits;
mod every_way;
mod examples;
mod explained;
mod fleet;
mod generated;
mod golden_outputs;
mod hot_reload;
mod ingress;
mod insecure_over_tls;
mod insecure_redirect;
mod live;
mod load_balancer;
mod metrics_files;
mod mutual_tls;
mod refusals;
mod restart;
mod settings;
mod tcp_access;
mod tls_offload;
