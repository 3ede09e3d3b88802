//! `isoline serve`: the controller in a cluster.

mod election;
mod running;
mod sockets;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use isoline_translator::{Kind, Settings};
use kube::{
    Api,
    core::{ApiResource, DynamicObject, GroupVersionKind},
};
use tokio::runtime::Runtime;

use self::{election::ElectionOptions, running::Running, sockets::SocketOptions};
use crate::{
    files::Batch,
    filter,
    folder::Reading,
    kubernetes::{addresses, client},
    log,
    settings::SettingsOptions,
};

/// Serve a cluster: read its API server, configure its Envoys
///
/// Every replica reads all objects and serves every Envoy that connects; only the holder of a Lease writes statuses. While
/// the API server cannot be reached, Envoys are served from memory. Flags have the names that they have in Contour.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  isoline serve --incluster --xds-address 0.0.0.0 --contour-cafile /certs/ca.crt \\
      --contour-cert-file /certs/tls.crt --contour-key-file /certs/tls.key
  isoline serve --kubeconfig ~/.kube/config --insecure     on a workstation, with an Envoy beside it

Exit status: 0 stopped by a signal, 2 could not start or could not go on.")]
pub struct Options {
    #[command(flatten)]
    settings: SettingsOptions,
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(flatten)]
    sockets: SocketOptions,
    #[command(flatten)]
    election: ElectionOptions,
    /// Form of the log on standard error; the variable `RUST_LOG` sets how much (info)
    #[arg(long, value_enum, default_value_t = log::Format::Text)]
    log_format: log::Format,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "API server")]
struct ClusterOptions {
    /// Use the service account of the Pod around
    #[arg(long)]
    incluster: bool,
    /// File that leads to the API server; kubectl's if not given
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Requests in a second; no limit if not given, or 0
    #[arg(long, value_name = "N")]
    kubernetes_client_qps: Option<f32>,
    /// Requests at once, where there is a limit
    #[arg(long, value_name = "N")]
    kubernetes_client_burst: Option<u32>,
    /// Log every request to the API server, if N is not 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    kubernetes_debug: u8,
    /// Make cert-manager Certificates for HTTPProxies with an annotation cert-manager.io/issuer or cluster-issuer
    #[arg(long)]
    cert_manager_certificates: bool,
    /// Where the addresses of the objects come from instead: `service:NAMESPACE/NAME`, `ingress:NAMESPACE/NAME` or
    /// `address:ADDRESS,...`
    #[arg(long, value_name = "SOURCE", conflicts_with = "ingress_status_address", value_parser = addresses::Source::parse)]
    load_balancer_status: Option<addresses::Source>,
}

/// Serves until a signal.
pub fn run(options: &Options) -> Result<ExitCode> {
    Runtime::new()?.block_on(serve(options))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(options: &Options) -> Result<()> {
    ensure!(
        !filter::MODULE.is_empty(),
        "this binary was built without the policy filter: run `cargo xtask wasm` and build it again"
    );
    let settings = options.settings(&options.manifests().await?)?;
    let ours = settings.process.debug.then_some(log::OURS);
    let kubernetes = (options.cluster.kubernetes_debug > 0).then_some(log::KUBERNETES);
    log::start(options.log_format, ours.into_iter().chain(kubernetes));
    let client = client::connect(&options.client(&settings)).await?;
    let sockets = options.sockets.bind(&settings)?;
    Running::start(options, settings, client, sockets)?.until_signal().await
}

impl Options {
    /// The object that holds the settings, if they are to come from one.
    async fn manifests(&self) -> Result<Batch> {
        let Some(name) = self.settings.object() else {
            return Ok(Batch::new());
        };
        let client = client::connect(&self.client(&Settings::default())).await?;
        let kind = GroupVersionKind::gvk("projectcontour.io", "v1alpha1", "ContourConfiguration");
        let resource = ApiResource::from_gvk_with_plural(&kind, "contourconfigurations");
        let api = Api::<DynamicObject>::namespaced_with(client, &name.namespace, &resource);
        let mut object = api
            .get(&name.name)
            .await
            .with_context(|| format!("error getting contour configuration {name}"))?;
        object.metadata.managed_fields = None;
        let path = PathBuf::from(format!("ContourConfiguration {name}"));
        Ok(Batch::from([(path, Reading::Text(serde_json::to_string(&object)?))]))
    }

    fn settings(&self, manifests: &Batch) -> Result<Settings> {
        let settings = self.settings.read_in_cluster(|| manifests.clone())?;
        Ok(settings.with_envoy_listeners()?)
    }

    /// Flags win over the settings.
    fn client(&self, settings: &Settings) -> client::Options {
        let process = &settings.process;
        let cluster = &self.cluster;
        client::Options {
            in_cluster: cluster.incluster || process.in_cluster,
            kubeconfig: cluster
                .kubeconfig
                .clone()
                .or_else(|| process.kubeconfig.as_ref().map(PathBuf::from)),
            qps: cluster.kubernetes_client_qps.or(process.client_qps),
            burst: cluster.kubernetes_client_burst.or(process.client_burst),
        }
    }

    fn addresses(&self, settings: &Settings) -> addresses::Source {
        let fixed = &settings.process.ingress_status_addresses;
        match &self.cluster.load_balancer_status {
            Some(source) => source.clone(),
            None if fixed.is_empty() => {
                addresses::Source::Object(Kind::Service, settings.process.envoy_service.clone())
            }
            None => addresses::Source::Fixed(fixed.clone()),
        }
    }
}
