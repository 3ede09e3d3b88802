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
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::{authority::Authority, client::Dial, parts, ports::Ports, process::Process, wait::until};

const TOKEN: &str = "only-on-this-machine";
/// Who may do everything.
const USER: &str = "only-on-this-machine,test,test,system:masters";
const RSA_BITS: u32 = 2048;
const WITHIN: Duration = Duration::from_secs(30);

/// A running API server.
#[derive(Debug)]
pub struct ApiServer {
    dial: Dial,
    // The server goes before its store.
    server: Process,
    _etcd: Process,
    _folder: TempDir,
    _ports: Ports,
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
        let ports = Ports::free()?;
        let folder = tempfile::tempdir()?;
        let etcd = etcd(&folder, &ports)?;
        let server = server(&folder, &ports)?;
        let mut started = Self {
            dial: Dial::port(ports.api_server()).tls("localhost", &Authority::trusting_anybody()),
            server,
            _etcd: etcd,
            _folder: folder,
            _ports: ports,
        };
        until("the API server is ready", async || {
            started.server.check_running()?;
            let status = started.send(Method::GET, "/readyz", "", "").await?.status;
            ensure!(status == 200, "{status}");
            Ok(())
        })
        .await?;
        Ok(started)
    }

    /// Creates an object.
    pub async fn create(&self, path: &str, content_type: &str, object: &str) -> Result<Reply> {
        self.send(Method::POST, path, content_type, object).await
    }

    /// Applies an object, given whole, as its only manager.
    pub async fn apply(&self, path: &str, object: &str) -> Result<Reply> {
        self.send(Method::PATCH, path, "application/apply-patch+yaml", object)
            .await
    }

    /// Reads an object.
    pub async fn read(&self, path: &str) -> Result<Value> {
        let reply = self.send(Method::GET, path, "", "").await?;
        ensure!(reply.status == 200, "{path}: {reply:?}");
        Ok(reply.body)
    }

    async fn send(&self, method: Method, path: &str, content_type: &str, body: &str) -> Result<Reply> {
        timeout(WITHIN, self.exchange(method, path, content_type, body))
            .await
            .with_context(|| format!("no answer in time: {path}"))?
    }

    async fn exchange(&self, method: Method, path: &str, content_type: &str, body: &str) -> Result<Reply> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(self.dial.stream().await?)).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "localhost")
            .header(AUTHORIZATION, format!("Bearer {TOKEN}"))
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

fn server(folder: &TempDir, ports: &Ports) -> Result<Process> {
    let file = |name: &str| folder.path().join(name);
    let (key, tokens) = (file("service-accounts.key"), file("tokens.csv"));
    std::fs::write(&key, Rsa::generate(RSA_BITS)?.private_key_to_pem()?)?;
    std::fs::write(&tokens, USER)?;
    let mut command = Command::new(parts::kubernetes("kube-apiserver")?);
    command
        .args(["--bind-address", "127.0.0.1", "--authorization-mode", "RBAC"])
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
