//! Envoys that end while clients are there.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Result, ensure};
use isoline_tests::client::Dial;
use isoline_tests::{
    backend::Backend,
    balancer::{self, Balancer},
    controller::{Controller, LOCAL_SETTINGS},
    envoy::{Admin, Envoy},
    folder::Folder,
    load::{Load, Target},
    objects, parts,
    process::Process,
    wait::until,
};
use tokio::io::AsyncWriteExt as _;

const HOST: &str = "a.example.com";
const RESTARTS: usize = 20;

/// A controller with this host, for an Envoy on ports of its own.
async fn controller(backend: &Backend) -> Result<Controller> {
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[backend.port()]))?;
    let proxy = objects::proxy("a", HOST, &[objects::route("/", "one")]);
    folder.write_objects("a.yaml", &[proxy])?;
    Controller::start_alone(folder, LOCAL_SETTINGS).await
}

/// An Envoy that serves.
async fn envoy(controller: &Controller) -> Result<Envoy> {
    let envoy = controller.envoy("envoy", controller.ports.admin()).await?;
    until("Envoy serves", async || {
        controller.http().get(HOST, "/").await?.backend()
    })
    .await?;
    Ok(envoy)
}

fn isoline(command: &str, folder: &Path, admin_port: u16, arguments: &[&str]) -> Result<Process> {
    let mut process = Command::new(parts::isoline()?);
    process
        .arg(command)
        .args(["--admin-address", "127.0.0.1", "--admin-port", &admin_port.to_string()])
        .args(["--check-interval", "20ms"])
        .arg("--ready-file")
        .arg(folder.join("ok"))
        .args(arguments)
        .env_remove("RUST_LOG");
    Process::start(command, process)
}

/// Longer than it takes the load balancer to see that an Envoy is not ready any more.
fn check_delay() -> String {
    format!("{}ms", (balancer::INTERVAL * 20).as_millis())
}

/// Waits until a manager has made its socket.
async fn listens(socket: &Path) -> Result<()> {
    until("the manager listens", async || {
        ensure!(socket.exists());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rolling_restarts_lose_no_request() -> Result<()> {
    let backend = Backend::start("one").await?;
    let controllers = [controller(&backend).await?, controller(&backend).await?];
    let mut envoys = [envoy(&controllers[0]).await?, envoy(&controllers[1]).await?];
    let targets = controllers
        .iter()
        .map(|controller| (controller.ports.http(), controller.admin()));
    let balancer = Balancer::start(targets).await?;
    let load = Load::start(&[Target::new(&Dial::port(balancer.port()), HOST, "/")], 8);
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("manager.sock").display().to_string();
    for turn in 0..RESTARTS {
        let (controller, envoy_before) = (&controllers[turn % 2], &mut envoys[turn % 2]);
        load.more(50).await?;
        let arguments = ["--serve-address", &socket, "--check-delay", &check_delay()];
        let mut manager = isoline("shutdown-manager", folder.path(), controller.ports.admin(), &arguments)?;
        listens(Path::new(&socket)).await?;
        manager.terminate()?;
        let status = manager.ended().await?;
        ensure!(status.success(), "{status}: {}", manager.log());
        envoy_before.process.terminate()?;
        envoy_before.process.ended().await?;
        std::fs::remove_file(&socket)?;
        *envoy_before = envoy(controller).await?;
    }
    eprintln!("{} requests over {RESTARTS} restarts", load.stop().await?);
    Ok(())
}

#[tokio::test]
async fn a_drain_waits_for_connections_until_its_time_is_over() -> Result<()> {
    let backend = Backend::start("one").await?;
    let controller = controller(&backend).await?;
    let envoy = envoy(&controller).await?;
    let admin_port = controller.ports.admin();
    let mut kept = controller.http().open().await?;
    kept.get(HOST, "/", &[]).await?;

    let folder = tempfile::tempdir()?;
    let mut late = isoline("shutdown", folder.path(), admin_port, &["--drain-timeout", "300ms"])?;
    ensure!(late.ended().await?.code() == Some(2), "{}", late.log());
    ensure!(late.log().contains("1 connections remained"), "{}", late.log());
    ensure!(!folder.path().join("ok").exists(), "it is not drained");
    ensure!(envoy.admin.check_live().await.is_err(), "it is not ready any more");

    let mut few = isoline("shutdown", folder.path(), admin_port, &["--min-open-connections", "1"])?;
    ensure!(few.ended().await?.success(), "{}", few.log());
    std::fs::remove_file(folder.path().join("ok"))?;

    let mut patient = isoline("shutdown", folder.path(), admin_port, &[])?;
    until("it counts", async || {
        ensure!(patient.log().contains("connections remain"), "{}", patient.log());
        Ok(())
    })
    .await?;
    patient.check_running()?;
    let answer = kept.get(HOST, "/", &[]).await?;
    ensure!(answer.is_last(), "the client is asked to go");
    drop(kept);
    ensure!(patient.ended().await?.success(), "{}", patient.log());
    ensure!(folder.path().join("ok").exists(), "it says so");
    Ok(())
}

#[tokio::test]
async fn a_manager_answers_when_envoy_is_drained() -> Result<()> {
    let backend = Backend::start("one").await?;
    let controller = controller(&backend).await?;
    let _envoy = envoy(&controller).await?;
    let admin_port = controller.ports.admin();
    let mut kept = controller.http().stream().await?;
    kept.write_all(b"GET").await?;

    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("ok"), "of an earlier life")?;
    let port = controller.ports.shutdown_manager();
    let mut manager = isoline(
        "shutdown-manager",
        folder.path(),
        admin_port,
        &["--serve-port", &port.to_string()],
    )?;
    let manager_http = Dial::port(port);
    until("the manager is well", async || {
        ensure!(manager_http.get("localhost", "/healthz").await?.body == "OK");
        Ok(())
    })
    .await?;
    let mut waiting = tokio::spawn(async move { manager_http.get("localhost", "/shutdown").await });
    manager.terminate()?;
    until("it counts", async || {
        ensure!(manager.log().contains("connections remain"), "{}", manager.log());
        Ok(())
    })
    .await?;
    ensure!(
        tokio::time::timeout(Duration::from_millis(300), &mut waiting)
            .await
            .is_err(),
        "not drained yet"
    );
    drop(kept);
    ensure!(waiting.await??.body == "OK", "drained");
    ensure!(manager.ended().await?.success(), "{}", manager.log());
    Ok(())
}

#[tokio::test]
async fn a_second_signal_ends_a_manager_at_once() -> Result<()> {
    let backend = Backend::start("one").await?;
    let controller = controller(&backend).await?;
    let _envoy = envoy(&controller).await?;
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("manager.sock");
    let arguments = ["--serve-address", &socket.display().to_string(), "--drain-delay", "5m"];
    let mut manager = isoline("shutdown-manager", folder.path(), controller.ports.admin(), &arguments)?;
    listens(&socket).await?;
    manager.terminate()?;
    until("it has heard it", async || {
        ensure!(manager.log().contains("draining"), "{}", manager.log());
        Ok(())
    })
    .await?;
    manager.check_running()?;
    manager.terminate()?;
    ensure!(manager.ended().await?.code() == Some(2), "{}", manager.log());
    ensure!(manager.log().contains("second signal"), "{}", manager.log());
    Admin::at(controller.ports.admin()).check_live().await
}
