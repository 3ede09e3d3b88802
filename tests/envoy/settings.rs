//! Settings that Envoy takes from its runtime.

use anyhow::{Result, ensure};
use isoline_tests::{backend::Backend, controller::Controller, folder::Folder, objects, wait::until};

const SETTINGS: &str = "
listeners: {address: 127.0.0.1}
listener: {max-requests-per-io-cycle: 7, max-connections-per-listener: 2}
runtime-settings: {re2.max_program_size.warn_level: 500, some.key: 1.20, http.max_requests_per_io_cycle: 9}
";

#[tokio::test]
async fn runtime_keys_and_the_limit_of_connections_are_in_force() -> Result<()> {
    let backend = Backend::start("one").await?;
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[backend.port()]))?;
    let routes = [objects::route("/", "one")];
    folder.write_objects("a.yaml", &[objects::proxy("a", "a.example.com", &routes)])?;
    let controller = Controller::start(folder, SETTINGS).await?;

    let runtime = controller.admin().runtime().await?;
    let expected = [
        ("envoy.resource_limits.listener.ingress_http.connection_limit", "2"),
        ("http.max_requests_per_io_cycle", "7"),
        ("re2.max_program_size.error_level", "1048576"),
        ("re2.max_program_size.warn_level", "500"),
        ("some.key", "1.20"),
    ];
    for (key, value) in expected {
        ensure!(
            runtime.get(key).map(String::as_str) == Some(value),
            "{key}: {runtime:?}"
        );
    }

    let http = controller.http();
    until("the route is there", async || {
        ensure!(http.get("a.example.com", "/").await?.backend()? == "one");
        Ok(())
    })
    .await?;
    let mut held = Vec::new();
    // Those that were just closed may still count.
    until("two connections are served", async || {
        let mut connection = http.open().await?;
        ensure!(connection.get("a.example.com", "/", &[]).await?.status == 200);
        held.push(connection);
        ensure!(held.len() == 2, "one is");
        Ok(())
    })
    .await?;
    ensure!(
        http.get("a.example.com", "/").await.is_err(),
        "a third connection was served"
    );
    drop(held);
    until("others may connect again", async || {
        ensure!(http.get("a.example.com", "/").await?.status == 200);
        Ok(())
    })
    .await
}
