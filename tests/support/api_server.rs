//! A Kubernetes API server of its own: no nodes, no controllers, only objects.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request,
    body::Bytes,
    client::conn::http1,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use openssl::rsa::Rsa;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::{authority::Authority, client::Dial, parts, ports::Ports, process::Process, wait::until};

const TOKEN: &str = "only-on-this-machine";
/// Who may do everything.
const USER: &str = "only-on-this-machine,test,test,system:masters";
const RSA_BITS: u32 = 2048;
const KEY: &str = "service-accounts.key";
const TOKENS: &str = "tokens.csv";
const APPLY: &str = "application/apply-patch+yaml";
const WITHIN: Duration = Duration::from_secs(30);

/// A running API server.
#[derive(Debug)]
pub struct ApiServer {
    dial: Dial,
    // The server goes before its store.
    server: Option<Process>,
    _etcd: Process,
    folder: TempDir,
    ports: Ports,
}

/// What it said.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl ApiServer {
    /// Starts one, and waits until it is ready.
    pub async fn start() -> Result<Self> {
        Self::start_at(Ports::free()?).await
    }

    /// Starts one at these ports, and waits until it is ready.
    pub async fn start_at(ports: Ports) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let etcd = etcd(&folder, &ports)?;
        make_keys(&folder)?;
        let mut started = Self {
            dial: Dial::port(ports.api_server()).tls("localhost", &Authority::trusting_anybody()),
            server: None,
            _etcd: etcd,
            folder,
            ports,
        };
        started.resume().await?;
        Ok(started)
    }

    /// Ends the server; what is stored stays.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Starts the server again, and waits until it is ready.
    pub async fn resume(&mut self) -> Result<()> {
        let mut server = server(&self.folder, &self.ports)?;
        until("the API server is ready", async || {
            server.check_running()?;
            let status = self.send(Method::GET, "/readyz", "", "").await?.status;
            ensure!(status == 200, "{status}");
            Ok(())
        })
        .await?;
        self.server = Some(server);
        Ok(())
    }

    /// Lets the store forget everything but how it is now.
    pub async fn compact(&self) -> Result<()> {
        let etcd = Dial::port(self.ports.etcd());
        let range = etcd.post("/v3/kv/range", &json!({"key": "AA=="})).await?;
        let revision = range["header"]["revision"].clone();
        let request = json!({"revision": revision, "physical": true});
        let answer = etcd.post("/v3/kv/compaction", &request).await?;
        ensure!(answer.get("header").is_some(), "{answer}");
        Ok(())
    }

    /// The ports of this server, and of whatever belongs to its cluster.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// A kubeconfig for whoever has that token; for him who may do everything, if there is none.
    pub fn kubeconfig(&self, token: Option<&str>) -> Value {
        let server = format!("https://127.0.0.1:{}", self.ports.api_server());
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": server, "insecure-skip-tls-verify": true}}],
            "users": [{"name": "test", "user": {"token": token.unwrap_or(TOKEN)}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        })
    }

    /// Makes an object what is said, whether it is there or not.
    pub async fn apply(&self, object: &Value) -> Result<Value> {
        self.apply_below(object, "").await
    }

    /// Makes the status of an object what is said.
    pub async fn apply_status(&self, object: &Value) -> Result<Value> {
        self.apply_below(object, "/status").await
    }

    async fn apply_below(&self, object: &Value, below: &str) -> Result<Value> {
        let path = format!("{}{below}?fieldManager=test&force=true", path(object)?);
        let reply = self.apply_at(&path, &object.to_string()).await?;
        ensure!(matches!(reply.status, 200 | 201), "{path}: {reply:?}");
        Ok(reply.body)
    }

    /// The object as it is now.
    pub async fn get(&self, object: &Value) -> Result<Value> {
        self.read(&path(object)?).await
    }

    /// Deletes an object.
    pub async fn delete(&self, object: &Value) -> Result<()> {
        let path = path(object)?;
        let reply = self.send(Method::DELETE, &path, "", "").await?;
        ensure!(reply.status == 200, "{path}: {reply:?}");
        Ok(())
    }

    /// Creates an object.
    pub async fn create(&self, path: &str, content_type: &str, object: &str) -> Result<Reply> {
        self.send(Method::POST, path, content_type, object).await
    }

    /// Applies an object to a path, whatever comes of it.
    pub async fn apply_at(&self, path: &str, object: &str) -> Result<Reply> {
        self.send(Method::PATCH, path, APPLY, object).await
    }

    /// Reads an object.
    pub async fn read(&self, path: &str) -> Result<Value> {
        let reply = self.send(Method::GET, path, "", "").await?;
        ensure!(reply.status == 200, "{path}: {reply:?}");
        Ok(reply.body)
    }

    /// How reading a path is answered to whoever has that token.
    pub async fn status_as(&self, token: &str, path: &str) -> Result<u16> {
        Ok(self.exchange(token, Method::GET, path, "", "").await?.status)
    }

    async fn send(&self, method: Method, path: &str, content_type: &str, body: &str) -> Result<Reply> {
        timeout(WITHIN, self.exchange(TOKEN, method, path, content_type, body))
            .await
            .with_context(|| format!("no answer in time: {path}"))?
    }

    async fn exchange(&self, token: &str, method: Method, path: &str, content_type: &str, body: &str) -> Result<Reply> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(self.dial.stream().await?)).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "localhost")
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, content_type)
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        let text = || Value::from(String::from_utf8_lossy(&body).into_owned());
        Ok(Reply {
            status,
            body: serde_json::from_slice(&body).unwrap_or_else(|_| text()),
        })
    }
}

fn etcd(folder: &TempDir, ports: &Ports) -> Result<Process> {
    let mut command = Command::new(parts::kubernetes("etcd")?);
    let (client, peer) = (url(ports.etcd()), url(ports.etcd_peer()));
    command
        .args(["--unsafe-no-fsync", "--log-level", "warn"])
        .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", &format!("default={peer}")])
        .arg("--data-dir")
        .arg(folder.path().join("etcd"));
    Process::start("etcd", command)
}

fn make_keys(folder: &TempDir) -> Result<()> {
    std::fs::write(folder.path().join(KEY), Rsa::generate(RSA_BITS)?.private_key_to_pem()?)?;
    Ok(std::fs::write(folder.path().join(TOKENS), USER)?)
}

/// Where an object is found.
pub fn path(object: &Value) -> Result<String> {
    let name = object["metadata"]["name"].as_str().context("an object has a name")?;
    Ok(format!("{}/{name}", collection(object)?))
}

/// Where the objects of its kind are, in its namespace if it is in one.
pub fn collection(object: &Value) -> Result<String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let api_version = text("/apiVersion").context("an object has an apiVersion")?;
    let kind = text("/kind").context("an object has a kind")?.to_lowercase();
    let root = if api_version.contains('/') { "apis" } else { "api" };
    let plural = match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with('s') => format!("{kind}es"),
        None => format!("{kind}s"),
    };
    let namespace = text("/metadata/namespace").map_or_else(String::new, |it| format!("namespaces/{it}/"));
    Ok(format!("/{root}/{api_version}/{namespace}{plural}"))
}

fn server(folder: &TempDir, ports: &Ports) -> Result<Process> {
    let file = |name: &str| folder.path().join(name);
    let (key, tokens) = (file(KEY), file(TOKENS));
    let mut command = Command::new(parts::kubernetes("kube-apiserver")?);
    command
        .args(["--bind-address", "127.0.0.1", "--authorization-mode", "RBAC"])
        // Nobody looks for it there, but in a network without a default route it finds no address by itself.
        .args(["--advertise-address", "192.0.2.1"])
        .args(["--secure-port", &ports.api_server().to_string()])
        .args(["--etcd-servers", &url(ports.etcd())])
        .args(["--service-cluster-ip-range", "10.0.0.0/16"])
        .args(["--service-account-issuer", "https://kubernetes.default.svc"])
        // Without the latter, namespaces need not be there.
        .args(["--disable-admission-plugins", "ServiceAccount,NamespaceLifecycle"])
        .arg("--service-account-signing-key-file")
        .arg(&key)
        .arg("--service-account-key-file")
        .arg(&key)
        .arg("--token-auth-file")
        .arg(&tokens)
        .arg("--cert-dir")
        .arg(file("certificates"));
    Process::start("kube-apiserver", command)
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
