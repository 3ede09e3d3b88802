//! What the tests share: golden cases, and real parts to run them against.

#![allow(missing_docs, clippy::print_stderr)]

pub mod api_server;
pub mod authority;
pub mod backend;
pub mod balancer;
pub mod case;
pub mod client;
pub mod cluster;
pub mod controller;
pub mod deploy;
pub mod envoy;
pub mod example;
pub mod folder;
pub mod generate;
pub mod guide;
pub mod limiter;
pub mod load;
pub mod mint;
pub mod mount;
pub mod namespace;
pub mod objects;
pub mod parts;
pub mod ports;
pub mod process;
pub mod proxy_header;
pub mod scene;
pub mod traffic;
pub mod wait;

/// The lines that differ, in the order of the files.
pub fn difference(expected: &str, actual: &str) -> String {
    similar::TextDiff::from_lines(expected, actual)
        .unified_diff()
        .header("expected", "actual")
        .to_string()
}
