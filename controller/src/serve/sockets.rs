//! Where the process listens, as the command line and the settings say it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use isoline_translator::{Place, Settings};

use crate::xds::{Security, tls::Options as SecurityOptions};

/// Where health and metrics are.
const HTTP_PORT: u16 = 8000;

#[derive(Debug, Args)]
#[command(next_help_heading = "Sockets")]
pub(super) struct SocketOptions {
    /// Address for xDS
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    xds_address: IpAddr,
    /// Port for xDS
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    xds_port: u16,
    #[command(flatten)]
    security: SecurityOptions,
    /// Address for /healthz and /readyz [default: that of the settings, or 0.0.0.0]
    #[arg(long, value_name = "IP")]
    health_address: Option<IpAddr>,
    /// Port for /healthz and /readyz [default: that of the settings, or 8000]
    #[arg(long, value_name = "PORT")]
    health_port: Option<u16>,
    /// Address for /metrics [default: that of the settings, or 0.0.0.0]
    #[arg(long, value_name = "IP")]
    http_address: Option<IpAddr>,
    /// Port for /metrics [default: that of the settings, or 8000]
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,
    /// Address for a page about all objects, and /debug; it must be a loopback address
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    debug_http_address: IpAddr,
    /// Port for that page
    #[arg(long, value_name = "PORT", default_value_t = 6060)]
    debug_http_port: u16,
    /// Serve the playground there too, at /playground/
    #[arg(long)]
    pub(super) playground: bool,
}

/// The sockets that are ours before anything else starts.
pub(super) struct Sockets {
    pub(super) xds: TcpListener,
    pub(super) security: Security,
    pub(super) health: TcpListener,
    /// Nothing if it is that of health.
    pub(super) metrics: Option<TcpListener>,
    pub(super) debug: TcpListener,
}

impl SocketOptions {
    pub(super) fn bind(&self, settings: &Settings) -> Result<Sockets> {
        ensure!(
            self.debug_http_address.is_loopback(),
            "--debug-http-address must be a loopback address: what is served there tells of every object"
        );
        ensure!(
            settings.process.metrics_tls.is_none(),
            "the settings want the controller's metrics over TLS, which is not served: leave out metrics.contour's \
             certificate files, and let a proxy or a NetworkPolicy guard the port"
        );
        let health = socket(self.health_address, self.health_port, settings.process.health);
        let metrics = socket(self.http_address, self.http_port, settings.process.metrics);
        Ok(Sockets {
            security: self.security.clone().security()?,
            xds: bind((self.xds_address, self.xds_port).into(), "--xds-address, --xds-port")?,
            health: bind(health, "--health-address, --health-port")?,
            metrics: (metrics != health)
                .then(|| bind(metrics, "--http-address, --http-port"))
                .transpose()?,
            debug: bind(
                (self.debug_http_address, self.debug_http_port).into(),
                "--debug-http-address, --debug-http-port",
            )?,
        })
    }
}

/// Flags win over the settings.
fn socket(address: Option<IpAddr>, port: Option<u16>, settings: Place) -> SocketAddr {
    let address = address.or(settings.address).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    (address, port.or(settings.port).unwrap_or(HTTP_PORT)).into()
}

fn bind(address: SocketAddr, flags: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address} ({flags})"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
