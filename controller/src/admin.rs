//! Envoy's admin interface: where it is, and what it is asked.

mod client;

pub use client::{Admin, AdminError};

use crate::address::{Address, Host};

/// Where the admin interface listens.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Address of Envoy's admin interface: the path of a unix socket if it starts with /, else an IP address. Who reaches
    /// it can read secrets' metadata and stop Envoy
    #[arg(long, value_name = "PATH|IP", default_value = "/admin/admin.sock")]
    pub admin_address: Host,
    /// Port of Envoy's admin interface, where its address is an IP address
    #[arg(long, value_name = "PORT", default_value_t = 9001)]
    pub admin_port: u16,
}

impl Options {
    /// Both parts as one.
    pub fn address(&self) -> Address {
        self.admin_address.with_port(self.admin_port)
    }
}
