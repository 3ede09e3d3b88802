//! Envoy's admin interface: where it is, and what it is asked.

mod client;

use std::{
    fmt,
    net::{AddrParseError, IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

pub use client::{Admin, AdminError};

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

/// One machine's way to it, without the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP socket.
    Ip(IpAddr),
}

/// The whole way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP socket.
    Tcp(SocketAddr),
}

impl Options {
    /// Both parts as one.
    pub fn address(&self) -> Address {
        match &self.admin_address {
            Host::Unix(path) => Address::Unix(path.clone()),
            Host::Ip(ip) => Address::Tcp((*ip, self.admin_port).into()),
        }
    }
}

impl Address {
    /// Whether other machines can reach it.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Tcp(address) if !address.ip().is_loopback())
    }
}

impl FromStr for Host {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') {
            return Ok(Self::Unix(text.into()));
        }
        text.parse().map(Self::Ip)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}
