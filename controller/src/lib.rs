//! The parts of the `isoline` binary, as a library for its tests.

pub mod address;
pub mod admin;
pub mod bootstrap;
pub mod certgen;
pub mod check;
pub mod cli;
pub mod convert;
pub mod crds;
pub mod envoy_process;
pub mod files;
pub mod filter;
pub mod folder;
pub mod http;
pub mod kubernetes;
pub mod log;
pub mod manifests;
pub mod page;
pub mod pipeline;
pub mod ports;
pub mod settings;
pub mod shutdown;
pub mod standalone;
pub mod state;
pub mod translate;
pub mod watch;
pub mod xds;
