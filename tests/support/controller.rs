//! `isoline standalone` on a folder.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::{
    client::Dial,
    envoy::{Admin, Envoy},
    folder::Folder,
    parts,
    ports::Ports,
    process::Process,
    wait::until,
};

/// The configuration file that `cargo xtask up` serves with.
pub const LOCAL_SETTINGS: &str = include_str!("../../config/local.yaml");

/// A running controller.
#[derive(Debug)]
pub struct Controller {
    pub process: Process,
    pub folder: Folder,
    pub ports: Ports,
    settings: Folder,
    arguments: Vec<String>,
}

impl Controller {
    /// Serves a folder with these settings and an Envoy of its own, and waits until it is ready.
    pub async fn start(folder: Folder, settings: &str) -> Result<Self> {
        Self::with(folder, settings, Ports::free()?, own_envoy()?).await
    }

    /// The same, with the ports of the endpoints moved as all others are.
    pub async fn start_moved(folder: Folder, settings: &str, ports: Ports) -> Result<Self> {
        let mut arguments = own_envoy()?;
        arguments.extend(["--endpoint-port-offset".to_owned(), ports.offset().to_string()]);
        Self::with(folder, settings, ports, arguments).await
    }

    /// The same, with an Envoy of its own, on given ports and with more arguments.
    pub async fn start_with(folder: Folder, settings: &str, ports: Ports, arguments: &[String]) -> Result<Self> {
        let arguments = own_envoy()?.into_iter().chain(arguments.iter().cloned()).collect();
        Self::with(folder, settings, ports, arguments).await
    }

    /// Serves a folder to whichever Envoy connects.
    pub async fn start_alone(folder: Folder, settings: &str) -> Result<Self> {
        Self::with(folder, settings, Ports::free()?, vec!["--no-envoy".to_owned()]).await
    }

    async fn with(folder: Folder, settings: &str, ports: Ports, arguments: Vec<String>) -> Result<Self> {
        let settings_folder = Folder::new()?;
        settings_folder.write("isoline.yaml", settings)?;
        let process = spawn(&folder, &settings_folder, &ports, &arguments)?;
        let mut controller = Self {
            process,
            folder,
            ports,
            settings: settings_folder,
            arguments,
        };
        controller.ready().await?;
        Ok(controller)
    }

    /// Kills it without a warning. What it starts stays.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again, and waits until it is ready.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = spawn(&self.folder, &self.settings, &self.ports, &self.arguments)?;
        self.ready().await
    }

    /// Starts an Envoy beside it.
    pub async fn envoy(&self, node: &str, admin_port: u16) -> Result<Envoy> {
        Envoy::start(node, self.ports.xds(), admin_port).await
    }

    /// The admin interface of its own Envoy.
    pub fn admin(&self) -> Admin {
        Admin::at(self.ports.admin())
    }

    /// The cleartext listener.
    pub fn http(&self) -> Dial {
        Dial::port(self.ports.http())
    }

    /// The TLS listener, without the TLS.
    pub fn https(&self) -> Dial {
        Dial::port(self.ports.https())
    }

    /// The value of one metric, named as it is written, labels and all; nothing if it is not there.
    pub async fn metric(&self, name: &str) -> Result<Option<u64>> {
        let answer = Dial::port(self.ports.controller()).get("localhost", "/metrics").await?;
        let text = String::from_utf8(answer.body.to_vec())?;
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        value
            .map(|value| value.parse().with_context(|| format!("{name} {value}")))
            .transpose()
    }

    async fn ready(&mut self) -> Result<()> {
        let port = self.ports.controller();
        until("the controller is ready", async || {
            self.process.check_running()?;
            let answer = Dial::port(port).get("localhost", "/readyz").await?;
            ensure!(answer.status == 200, "/readyz answers {}", answer.status);
            Ok(())
        })
        .await
    }
}

fn own_envoy() -> Result<Vec<String>> {
    let envoy = parts::envoy()?.display().to_string();
    Ok(["--concurrency", "1", "--envoy", &envoy].map(str::to_owned).into())
}

fn spawn(folder: &Folder, settings: &Folder, ports: &Ports, arguments: &[String]) -> Result<Process> {
    let mut command = Command::new(parts::isoline()?);
    command
        .arg("standalone")
        .arg("--dir")
        .arg(folder.path())
        .arg("--config")
        .arg(settings.path().join("isoline.yaml"))
        .args(["--port-offset", &ports.offset().to_string()])
        .args(arguments)
        // Tests read the log.
        .env_remove("RUST_LOG");
    Process::start("isoline", command)
}
