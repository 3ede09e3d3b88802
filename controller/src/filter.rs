//! The policy filter that travels to Envoy.

/// The WebAssembly module that this binary was built with; empty if there was none.
pub const MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/filter.wasm"));
