//! An Envoy of its own, started as an operator would, and what its admin interface says.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use hyper::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    client::Dial,
    mount::{self, Mount},
    parts,
    process::Process,
    wait::until,
};

/// A running Envoy.
#[derive(Debug)]
pub struct Envoy {
    pub process: Process,
    pub admin: Admin,
    _folder: TempDir,
}

impl Envoy {
    /// Starts one with the bootstrap that `isoline bootstrap` writes, and waits until it is live.
    pub async fn start(node: &str, xds_port: u16, admin_port: u16) -> Result<Self> {
        let mut envoy = Self::connect(node, xds_port, admin_port)?;
        until(&format!("{node} is live"), async || {
            envoy.process.check_running()?;
            envoy.admin.check_live().await
        })
        .await?;
        Ok(envoy)
    }

    /// Starts one, whoever may answer.
    pub fn connect(node: &str, xds_port: u16, admin_port: u16) -> Result<Self> {
        Self::connect_with(node, xds_port, admin_port, None)
    }

    /// Starts one with the certificates of a mounted Secret, read again when they rotate.
    pub fn connect_secured(node: &str, xds_port: u16, admin_port: u16, secret: &Mount) -> Result<Self> {
        Self::connect_with(node, xds_port, admin_port, Some(secret))
    }

    fn connect_with(node: &str, xds_port: u16, admin_port: u16, secret: Option<&Mount>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let bootstrap = folder.path().join("bootstrap.json");
        let written = Command::new(parts::isoline()?)
            .arg("bootstrap")
            .args(["--node-id", node, "--admin-address", "127.0.0.1"])
            .args([
                "--xds-port",
                &xds_port.to_string(),
                "--admin-port",
                &admin_port.to_string(),
            ])
            .args(
                secret
                    .map(|secret| certificates(secret, folder.path()))
                    .unwrap_or_default(),
            )
            .arg(&bootstrap)
            .status()?;
        ensure!(written.success(), "isoline bootstrap: {written}");
        let mut command = Command::new(parts::envoy()?);
        command
            .arg("-c")
            .arg(&bootstrap)
            .args(["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warn"]);
        let process = Process::start(node, command)?;
        Ok(Self {
            process,
            admin: Admin::at(admin_port),
            _folder: folder,
        })
    }
}

/// Flags for certificates, and a folder for what makes Envoy read them again.
fn certificates(secret: &Mount, resources: &Path) -> Vec<PathBuf> {
    vec![
        "--envoy-cafile".into(),
        secret.file(mount::CA),
        "--envoy-cert-file".into(),
        secret.file(mount::CERTIFICATE),
        "--envoy-key-file".into(),
        secret.file(mount::KEY),
        "--resources-dir".into(),
        resources.to_owned(),
    ]
}

/// An admin interface.
#[derive(Debug, Clone)]
pub struct Admin(Dial);

impl Admin {
    /// On this port.
    pub fn at(port: u16) -> Self {
        Self(Dial::port(port))
    }

    /// Fails unless Envoy serves.
    pub async fn check_live(&self) -> Result<()> {
        let answer = self.0.get("localhost", "/ready").await?;
        ensure!(answer.status == 200, "/ready answers {}", answer.status);
        Ok(())
    }

    /// The counters and gauges whose names match.
    pub async fn stats(&self, regex: &str) -> Result<BTreeMap<String, u64>> {
        let stats = self.json(&format!("/stats?format=json&filter={regex}")).await?;
        let stats = stats["stats"].as_array().context("stats are a list")?.iter();
        Ok(stats
            .filter_map(|stat| Some((stat["name"].as_str()?.to_owned(), stat["value"].as_u64()?)))
            .collect())
    }

    /// Everything that Envoy holds, by the last word of the dump's type: `ClustersConfigDump` and so on.
    pub async fn config_dump(&self) -> Result<BTreeMap<String, Value>> {
        let dump = self.json("/config_dump?include_eds").await?;
        let parts = dump["configs"].as_array().context("a dump has parts")?.iter();
        let kind = |part: &Value| part["@type"].as_str()?.rsplit('.').next().map(str::to_owned);
        Ok(parts.filter_map(|part| Some((kind(part)?, part.clone()))).collect())
    }

    /// The values of all runtime keys that are in force.
    pub async fn runtime(&self) -> Result<BTreeMap<String, String>> {
        let runtime = self.json("/runtime").await?;
        let entries = runtime["entries"].as_object().context("runtime keys are a map")?.iter();
        Ok(entries
            .filter_map(|(key, entry)| Some((key.clone(), entry["final_value"].as_str()?.to_owned())))
            .collect())
    }

    /// The certificates that are in use, as the interface shows them.
    pub async fn certificates(&self) -> Result<String> {
        Ok(self.json("/certs").await?.to_string())
    }

    /// Tells Envoy something.
    pub async fn post(&self, target: &str) -> Result<()> {
        let mut connection = self.0.open().await?;
        let answer = connection.request(Method::POST, "localhost", target, &[]).await?;
        ensure!(answer.status == 200, "{target} answers {}", answer.status);
        Ok(())
    }

    async fn json(&self, target: &str) -> Result<Value> {
        let answer = self.0.get("localhost", target).await?;
        ensure!(answer.status == 200, "{target} answers {}", answer.status);
        Ok(serde_json::from_slice(&answer.body)?)
    }
}
