//! The operator's settings as the command line takes them: a configuration file with flags that win over it, or an
//! object.

use std::{
    env, fs,
    io::{self, Write as _},
    net::IpAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use isoline_translator::{ContourConfiguration, Flags, NamespacedName, Remark, Settings, SettingsError};

use crate::{files::Batch, folder::Reading};

/// What comes of reading settings: those, with notes, or everything that is wrong with them.
type Read = Result<(Settings, Vec<Remark>), SettingsError>;

/// The operator's settings.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings (docs/settings.md)")]
pub struct SettingsOptions {
    /// Configuration file (YAML); flags win over it
    #[arg(short, long, visible_alias = "config-path", value_name = "FILE")]
    config: Option<PathBuf>,
    /// ContourConfiguration to read instead of a file; in the namespace that `CONTOUR_NAMESPACE` names, or
    /// projectcontour. Beside it, only --watch-namespaces, --disable-feature, --debug and those of Envoy's Service have an
    /// effect
    #[arg(long, value_name = "NAME")]
    contour_config_name: Option<String>,
    /// Ingress classes that are ours, separated by commas; `contour` and objects without a class if not given
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    ingress_class_name: Vec<String>,
    /// Namespaces where root HTTPProxies may live, separated by commas; all if not given
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    root_namespaces: Vec<String>,
    /// Namespaces whose objects are read, separated by commas; all if not given
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    watch_namespaces: Vec<String>,
    /// Expect a PROXY header on every connection
    #[arg(long)]
    use_proxy_protocol: bool,
    /// Form of Envoy's access log: envoy or json
    #[arg(long, value_name = "FORMAT")]
    accesslog_format: Option<String>,
    /// Address of the cleartext listener
    #[arg(long, value_name = "IP")]
    envoy_service_http_address: Option<IpAddr>,
    /// Port of the cleartext listener
    #[arg(long, value_name = "PORT")]
    envoy_service_http_port: Option<u16>,
    /// Address of the TLS listener
    #[arg(long, value_name = "IP")]
    envoy_service_https_address: Option<IpAddr>,
    /// Port of the TLS listener
    #[arg(long, value_name = "PORT")]
    envoy_service_https_port: Option<u16>,
    /// File for the access log of the cleartext listeners
    #[arg(long, value_name = "PATH")]
    envoy_http_access_log: Option<String>,
    /// File for the access log of the TLS listener
    #[arg(long, value_name = "PATH")]
    envoy_https_access_log: Option<String>,
    /// Address of Envoy's metrics and health, which are served where this or the port is given
    #[arg(long, value_name = "IP")]
    stats_address: Option<IpAddr>,
    /// Port of Envoy's metrics and health
    #[arg(long, value_name = "PORT")]
    stats_port: Option<u16>,
    /// Addresses for the status of objects, separated by commas
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    ingress_status_address: Vec<String>,
    /// Name of Envoy's Service, whose addresses become those of the objects in a cluster, and which tells
    /// `loadBalancer.mode: Auto` what stands in front
    #[arg(long, value_name = "NAME")]
    envoy_service_name: Option<String>,
    /// Namespace of Envoy's Service
    #[arg(long, value_name = "NAMESPACE")]
    envoy_service_namespace: Option<String>,
    /// Kind of objects that is not read, such as extensionservices; may be given several times
    #[arg(long, value_name = "KIND")]
    disable_feature: Vec<String>,
    /// Log more
    #[arg(short, long)]
    debug: bool,
}

impl SettingsOptions {
    /// Reads them; what has no effect is noted on standard error. An object is looked for in the manifests.
    pub fn read(&self, manifests: impl FnOnce() -> Batch) -> Result<Settings> {
        self.read_noting(manifests, |_| true)
    }

    /// The same for a controller that runs in a cluster.
    pub fn read_in_cluster(&self, manifests: impl FnOnce() -> Batch) -> Result<Settings> {
        self.read_noting(manifests, Remark::holds_in_a_cluster)
    }

    fn read_noting(&self, manifests: impl FnOnce() -> Batch, counts: fn(&Remark) -> bool) -> Result<Settings> {
        let (path, read) = match (&self.config, self.object()) {
            (Some(_), Some(_)) => bail!("cannot specify both --contour-config and -c/--config-path"),
            (path, None) => (path.clone(), self.of_file(path.as_deref())?),
            (None, Some(name)) => self.of_object(&name, &manifests())?,
        };
        let (mut settings, notes) = settled(path.as_deref(), read)?;
        self.name_service(&mut settings.process.envoy_service);
        for note in notes.iter().filter(|note| counts(note)) {
            writeln!(io::stderr(), "note: {}", placed(path.as_deref(), note))?;
        }
        Ok(settings)
    }

    fn name_service(&self, service: &mut NamespacedName) {
        if let Some(name) = &self.envoy_service_name {
            service.name.clone_from(name);
        }
        if let Some(namespace) = &self.envoy_service_namespace {
            service.namespace.clone_from(namespace);
        }
    }

    /// The ContourConfiguration that is to be read.
    pub fn object(&self) -> Option<NamespacedName> {
        let name = self.contour_config_name.as_ref()?;
        Some(NamespacedName::new(namespace(), name))
    }

    fn of_file(&self, path: Option<&Path>) -> Result<Read> {
        let text = path.map(|path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display())));
        let text = text.transpose()?.unwrap_or_default();
        Ok(Settings::read(&text, self.flags()))
    }

    fn of_object(&self, name: &NamespacedName, manifests: &Batch) -> Result<(Option<PathBuf>, Read)> {
        for (path, reading) in manifests {
            // A file that cannot be read is told of with the objects.
            let Reading::Text(text) = reading else { continue };
            let Ok(found) = ContourConfiguration::find(text, name) else {
                continue;
            };
            if let Some(object) = found {
                let settings = Settings::from_contour_configuration(&object, &self.flags());
                return Ok((Some(path.clone()), settings));
            }
        }
        bail!("error getting contour configuration {name}: it is in none of the files")
    }

    fn flags(&self) -> Flags {
        Flags {
            ingress_class_name: self.ingress_class_name.clone(),
            root_namespaces: self.root_namespaces.clone(),
            watch_namespaces: self.watch_namespaces.clone(),
            use_proxy_protocol: self.use_proxy_protocol,
            accesslog_format: self.accesslog_format.clone(),
            envoy_service_http_address: self.envoy_service_http_address.map(|address| address.to_string()),
            envoy_service_http_port: self.envoy_service_http_port,
            envoy_service_https_address: self.envoy_service_https_address.map(|address| address.to_string()),
            envoy_service_https_port: self.envoy_service_https_port,
            envoy_http_access_log: self.envoy_http_access_log.clone(),
            envoy_https_access_log: self.envoy_https_access_log.clone(),
            stats_address: self.stats_address.map(|address| address.to_string()),
            stats_port: self.stats_port,
            ingress_status_address: self.ingress_status_address.clone(),
            disable_feature: self.disable_feature.clone(),
            debug: self.debug,
        }
    }
}

/// The namespace that the controller runs in.
pub fn namespace() -> String {
    env::var("CONTOUR_NAMESPACE").unwrap_or_else(|_| "projectcontour".to_owned())
}

/// The settings, or everything that is wrong with them.
fn settled(path: Option<&Path>, read: Read) -> Result<(Settings, Vec<Remark>)> {
    read.map_err(|SettingsError { problems }| {
        let problems: Vec<_> = problems.iter().map(|problem| placed(path, problem)).collect();
        anyhow!("invalid settings\n{}", problems.join("\n"))
    })
}

/// With the file before its place in it.
fn placed(path: Option<&Path>, remark: &Remark) -> String {
    match (path, remark.place) {
        (Some(path), Some(_)) => format!("{}:{remark}", path.display()),
        _ => remark.to_string(),
    }
}
