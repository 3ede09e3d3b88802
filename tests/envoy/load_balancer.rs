//! What stands in front, read from the Service of Envoy while it changes.

use anyhow::{Result, ensure};
use isoline_tests::{
    backend::Backend,
    controller::Controller,
    folder::Folder,
    objects::{self, NAMESPACE},
    proxy_header,
    wait::until,
};
use serde_json::{Value, json};

const SETTINGS: &str = "
listeners: {address: 127.0.0.1}
loadBalancer: {mode: Auto}
envoy-service-namespace: web
";
const HOST: &str = "shop.example.com";

/// The Service of Envoy in front of which TLS ends, with or without PROXY headers.
fn service(announces: bool) -> Value {
    let prefix = "service.beta.kubernetes.io/aws-load-balancer";
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"namespace": NAMESPACE, "name": "envoy", "annotations": {
            format!("{prefix}-type"): "external",
            format!("{prefix}-nlb-target-type"): "instance",
            format!("{prefix}-ssl-cert"): "arn",
            format!("{prefix}-ssl-ports"): "https",
            format!("{prefix}-target-group-attributes"): format!("proxy_protocol_v2.enabled={announces}"),
        }},
        "spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [
            {"name": "http", "port": 80, "targetPort": "http"},
            {"name": "https", "port": 443, "targetPort": "http"},
        ]},
    })
}

#[tokio::test]
async fn a_load_balancer_that_comes_to_announce_connections_is_followed() -> Result<()> {
    let backend = Backend::start("one").await?;
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[backend.port()]))?;
    let shop = objects::proxy("shop", HOST, &[objects::route("/", "one")]);
    folder.write_objects("shop.yaml", &[shop, objects::insecure_policy("shop", "Redirect")])?;
    let controller = Controller::start(folder, SETTINGS).await?;
    let answers = async |port: Option<u16>, status: u16| {
        until(&format!("{status} for port {port:?}"), async || {
            let preamble = port.map(proxy_header::v2).unwrap_or_default();
            let answer = controller.http().preamble(preamble).get(HOST, "/").await?;
            ensure!(answer.status == status, "it is {}", answer.status);
            Ok(())
        })
        .await
    };
    answers(None, 301).await?;

    controller.folder.write_objects("envoy.yaml", &[service(true)])?;
    answers(Some(443), 200).await?;
    answers(Some(80), 301).await?;
    ensure!(
        controller.http().get(HOST, "/").await.is_err(),
        "a connection that nobody announced was served"
    );

    controller.folder.write_objects("envoy.yaml", &[service(false)])?;
    answers(None, 301).await?;
    let log = controller.process.log();
    ensure!(log.contains("a redirect to https loops"), "{log}");
    Ok(())
}
