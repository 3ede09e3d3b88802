//! What the command line says of a bootstrap.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use isoline_envoy_api::envoy::config::cluster::v3::cluster;

use crate::{
    address::{Address, Host},
    admin,
    xds::tls::TlsFiles,
};

/// Where an Envoy finds its controller, and where its operator finds it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Address of the controller: an IP address, or a DNS name that Envoy resolves again and again
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub xds_address: String,
    /// Port on which the controller serves xDS
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    pub xds_port: u16,
    /// Version of xDS; there is one
    #[arg(long, value_name = "VERSION", default_value = "v3", value_parser = ["v3"])]
    pub xds_resource_version: String,
    /// Addresses that are looked for where the controller has a DNS name
    #[arg(long, value_name = "FAMILY", default_value = "auto")]
    pub dns_lookup_family: DnsLookupFamily,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    admin: admin::Options,
    /// Take an admin address that other machines can reach
    #[arg(long)]
    pub allow_remote_admin: bool,
    /// Namespace of the controller. Statistics of the connection to it are called NAMESPACE_isoline_PORT, or isoline if
    /// it is not given
    #[arg(long, value_name = "NAMESPACE", env = "CONTOUR_NAMESPACE")]
    pub namespace: Option<String>,
    /// Bytes of heap near which Envoy frees memory (at 95%) and then takes no more requests (at 98%); 0 for no limit
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    pub overload_max_heap: u64,
    /// Connections that clients may have to this Envoy, all listeners together; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub overload_downstream_max_conn: u32,
    /// How this Envoy calls itself in the controller's log; envoy's own --service-node overrides it
    #[arg(long, value_name = "ID", default_value = "envoy")]
    pub node_id: String,
}

/// The files with which Envoy and the controller know each other.
#[derive(Debug, Default, clap::Args)]
pub struct TlsOptions {
    /// Certificates of the authorities that the controller's certificate may be of, PEM
    #[arg(long = "envoy-cafile", value_name = "PATH", env = "ENVOY_CAFILE")]
    pub ca: Option<PathBuf>,
    /// Certificate that is shown to the controller, PEM
    #[arg(long = "envoy-cert-file", value_name = "PATH", env = "ENVOY_CERT_FILE")]
    pub certificate: Option<PathBuf>,
    /// Private key of that certificate, PEM
    #[arg(long = "envoy-key-file", value_name = "PATH", env = "ENVOY_KEY_FILE")]
    pub key: Option<PathBuf>,
    /// Folder for what makes Envoy read the three files again when they rotate; without it, it reads them once
    #[arg(long, value_name = "DIR")]
    pub resources_dir: Option<PathBuf>,
}

/// Which addresses of a name count.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum DnsLookupFamily {
    /// IPv6, and IPv4 where there is none
    #[default]
    #[value(alias = "")]
    Auto,
    /// IPv4 only
    V4,
    /// IPv6 only
    V6,
    /// Both
    All,
}

/// Options that make no bootstrap.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// Some file is missing.
    #[error(
        "you must supply all TLS parameters - \"--envoy-cafile\", \"--envoy-cert-file\", \"--envoy-key-file\", \
         or none of them"
    )]
    Incomplete,
    /// A folder for nothing.
    #[error("--resources-dir goes with --envoy-cafile, --envoy-cert-file and --envoy-key-file")]
    NothingToWatch,
    /// A file that is not there, or not ours to read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A file that holds nothing.
    #[error("{:?} is empty", .0.display().to_string())]
    Empty(PathBuf),
    /// No absolute path can be made.
    #[error("{} leads nowhere", .0.display())]
    Path(PathBuf, #[source] io::Error),
    /// Everybody could reach the admin interface.
    #[error(
        "other machines could reach the admin interface at {0}, and stop Envoy: \
         use a unix socket or 127.0.0.1 for --admin-address, or say --allow-remote-admin"
    )]
    PublicAdmin(Address),
}

/// Options that are known to be good.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) admin: Address,
    pub(super) tls: Option<Tls>,
}

/// Files that are there, by absolute paths: Envoy may run in another folder.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) files: TlsFiles,
    pub(super) resources: Option<PathBuf>,
}

impl Options {
    /// Of an Envoy beside its controller, with both ports on the loopback interface.
    pub fn local(xds_port: u16, admin_port: u16, node_id: &str) -> Self {
        let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
        Self {
            xds_address: loopback.to_string(),
            xds_port,
            xds_resource_version: "v3".to_owned(),
            dns_lookup_family: DnsLookupFamily::default(),
            tls: TlsOptions::default(),
            admin: admin::Options {
                admin_address: Host::Ip(loopback),
                admin_port,
            },
            allow_remote_admin: false,
            namespace: None,
            overload_max_heap: 0,
            overload_downstream_max_conn: 0,
            node_id: node_id.to_owned(),
        }
    }

    pub(super) fn check(&self) -> Result<Checked, OptionsError> {
        let admin = self.admin.address();
        if admin.is_public() && !self.allow_remote_admin {
            return Err(OptionsError::PublicAdmin(admin));
        }
        let tls = self.tls.check()?;
        Ok(Checked { admin, tls })
    }
}

impl TlsOptions {
    fn check(&self) -> Result<Option<Tls>, OptionsError> {
        match (&self.ca, &self.certificate, &self.key) {
            (Some(ca), Some(certificate), Some(key)) => Ok(Some(Tls {
                files: TlsFiles {
                    ca: filled(ca)?,
                    certificate: filled(certificate)?,
                    key: filled(key)?,
                },
                resources: self.resources_dir.as_deref().map(absolute).transpose()?,
            })),
            (None, None, None) if self.resources_dir.is_none() => Ok(None),
            (None, None, None) => Err(OptionsError::NothingToWatch),
            _ => Err(OptionsError::Incomplete),
        }
    }
}

fn filled(path: &Path) -> Result<PathBuf, OptionsError> {
    let content = fs::read(path).map_err(|error| OptionsError::Read(path.to_owned(), error))?;
    if content.is_empty() {
        return Err(OptionsError::Empty(path.to_owned()));
    }
    absolute(path)
}

fn absolute(path: &Path) -> Result<PathBuf, OptionsError> {
    std::path::absolute(path).map_err(|error| OptionsError::Path(path.to_owned(), error))
}

impl From<DnsLookupFamily> for cluster::DnsLookupFamily {
    fn from(family: DnsLookupFamily) -> Self {
        match family {
            DnsLookupFamily::Auto => Self::Auto,
            DnsLookupFamily::V4 => Self::V4Only,
            DnsLookupFamily::V6 => Self::V6Only,
            DnsLookupFamily::All => Self::All,
        }
    }
}
