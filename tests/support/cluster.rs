//! A cluster without nodes, in a network of a test's own: an API server, controllers, and Envoys before backends.

use std::{
    ffi::OsString,
    net::{Ipv4Addr, SocketAddrV4},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use isoline_translator::crd;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    api_server::ApiServer, backend::Backend, client::Dial, deploy::NAMESPACE, envoy::Envoy, namespace, parts,
    ports::Ports, process::Process, wait::until,
};

/// Where the backend of every cluster listens.
pub const BACKEND: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 99, 0, 1), 8090);

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    pub server: ApiServer,
    /// The flags that say how Envoys connect.
    pub security: Vec<OsString>,
    folder: TempDir,
    _backend: Backend,
}

/// One replica of the controller.
#[derive(Debug)]
pub struct Replica {
    pub process: Process,
    http: u16,
    pub xds: u16,
}

impl Cluster {
    /// Starts one in this network, with the definitions of our kinds.
    pub async fn start() -> Result<Self> {
        let cluster = Self::start_bare().await?;
        cluster.install().await?;
        Ok(cluster)
    }

    /// Starts one in this network, which must be one of its own.
    pub async fn start_bare() -> Result<Self> {
        namespace::bring_up([*BACKEND.ip()]).await?;
        Ok(Self {
            server: ApiServer::start_at(Ports::unmoved()?).await?,
            security: vec!["--insecure".into()],
            folder: tempfile::tempdir()?,
            _backend: Backend::at(BACKEND, "web").await?,
        })
    }

    /// Installs the definitions of our kinds, and waits until they are served.
    pub async fn install(&self) -> Result<()> {
        for definition in crd::definitions() {
            self.server.apply(&definition).await?;
        }
        for definition in crd::definitions() {
            let spec = &definition["spec"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let version = text(&spec["versions"][0]["name"]);
            let path = format!(
                "/apis/{}/{version}/{}",
                text(&spec["group"]),
                text(&spec["names"]["plural"])
            );
            until(&format!("{path} is served"), async || self.server.read(&path).await).await?;
        }
        Ok(())
    }

    /// Starts a replica of the controller, and waits until it is ready.
    pub async fn replica(&self, arguments: &[&str]) -> Result<Replica> {
        let mut replica = self.unready_replica(
            None,
            self.server.ports().controller(),
            self.server.ports().xds(),
            arguments,
        )?;
        replica.ready().await?;
        Ok(replica)
    }

    /// Starts another replica beside the first, and waits until it is ready.
    pub async fn second_replica(&self, arguments: &[&str]) -> Result<Replica> {
        let (http, xds) = (
            self.server.ports().second_controller(),
            self.server.ports().second_xds(),
        );
        let mut replica = self.unready_replica(None, http, xds, arguments)?;
        replica.ready().await?;
        Ok(replica)
    }

    /// Starts a replica with the account that has a token.
    pub fn unready_replica(&self, token: Option<&str>, http: u16, xds: u16, arguments: &[&str]) -> Result<Replica> {
        let kubeconfig = self.folder.path().join(format!("kubeconfig-{http}"));
        std::fs::write(&kubeconfig, self.server.kubeconfig(token).to_string())?;
        let config = self.folder.path().join("isoline.yaml");
        std::fs::write(
            &config,
            json!({"listeners": {"address": "127.0.0.1"}, "network": {"admin-port": 0}}).to_string(),
        )?;
        let mut command = Command::new(parts::isoline()?);
        let [http_text, xds_text] = [http, xds].map(|port| port.to_string());
        command
            .arg("serve")
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .arg("--config")
            .arg(&config)
            .args(&self.security)
            .args(["--xds-port", &xds_text, "--debug-http-port", "0"])
            .args(["--health-address", "127.0.0.1", "--health-port", &http_text])
            .args(["--stats-address", "127.0.0.1", "--stats-port", "8003"])
            .args(["--http-address", "127.0.0.1", "--http-port", &http_text])
            .args(arguments)
            .env("CONTOUR_NAMESPACE", NAMESPACE)
            .env_remove("RUST_LOG");
        Ok(Replica {
            process: Process::start(&format!("isoline-{http}"), command)?,
            http,
            xds,
        })
    }

    /// Starts an Envoy that is configured by a replica.
    pub async fn envoy(&self, replica: &Replica) -> Result<Envoy> {
        Envoy::start("envoy", replica.xds, self.server.ports().admin()).await
    }

    /// The cleartext listener.
    pub fn http(&self) -> Dial {
        Dial::port(self.server.ports().http())
    }

    /// Makes objects what is said.
    pub async fn apply(&self, objects: &[Value]) -> Result<()> {
        for object in objects {
            self.server.apply(object).await?;
        }
        Ok(())
    }

    /// Waits until a request to a host is answered so.
    pub async fn answers(&self, dial: &Dial, host: &str, status: u16) -> Result<()> {
        until(&format!("{host} answers {status}"), async || {
            let answer = dial.get(host, "/").await?;
            ensure!(answer.status == status, "{}", answer.status);
            Ok(())
        })
        .await
    }

    /// Waits until an object is as is wished, and returns it.
    pub async fn becomes(&self, object: &Value, wish: impl Fn(&Value) -> bool) -> Result<Value> {
        until("the object is as it should be", async || {
            let now = self.server.get(object).await?;
            ensure!(wish(&now), "{now:#}");
            Ok(now)
        })
        .await
    }
}

impl Replica {
    /// Waits until it is ready.
    pub async fn ready(&mut self) -> Result<()> {
        until("the replica is ready", async || {
            self.process.check_running()?;
            let answer = Dial::port(self.http).get("localhost", "/readyz").await?;
            ensure!(answer.status == 200, "/readyz answers {}", answer.status);
            Ok(())
        })
        .await
    }

    /// The value of a metric, labels and all.
    pub async fn metric(&self, name: &str) -> Result<u64> {
        let answer = Dial::port(self.http).get("localhost", "/metrics").await?;
        let text = String::from_utf8(answer.body.to_vec())?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok())
            .with_context(|| format!("{name} is not among\n{text}"))
    }
}

/// A Service in a namespace, with the backend behind it.
pub fn service(namespace: &str, name: &str) -> [Value; 2] {
    let metadata = json!({"namespace": namespace, "name": name});
    let labels = json!({"kubernetes.io/service-name": name});
    [
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"clusterIP": "None", "ports": [{"name": "http", "port": 80}]},
        }),
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"namespace": namespace, "name": name, "labels": labels},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": BACKEND.port(), "protocol": "TCP"}],
            "endpoints": [{"addresses": [BACKEND.ip().to_string()], "conditions": {"ready": true}}],
        }),
    ]
}

/// A root HTTPProxy that routes all of a host to a Service beside it.
pub fn proxy(namespace: &str, name: &str, host: &str, service: &str) -> Value {
    json!({
        "apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "virtualhost": {"fqdn": host},
            "routes": [{"services": [{"name": service, "port": 80}]}],
        },
    })
}

/// A condition of an object.
pub fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions
        .into_iter()
        .find(|it| it["type"] == kind)
        .unwrap_or(&Value::Null)
}
