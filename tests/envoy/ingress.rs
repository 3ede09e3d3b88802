//! Ingresses: hosts that nobody names, and what the operator demands of all of them.

use anyhow::{Result, ensure};
use isoline_tests::{
    authority::Authority, backend::Backend, client::Dial, controller::Controller, folder::Folder, objects, wait::until,
};
use serde_json::{Value, json};

/// An Ingress with one rule from a path to a service; for every other host if none is given.
fn ingress(name: &str, host: Option<&str>, service: &str) -> Value {
    let backend = json!({"service": {"name": service, "port": {"number": 80}}});
    let mut rule = json!({"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}});
    if let Some(host) = host {
        rule["host"] = json!(host);
    }
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": objects::NAMESPACE, "name": name},
        "spec": {"rules": [rule]},
    })
}

async fn answers(dial: &Dial, host: &str, expected: u16) -> Result<()> {
    until(&format!("{host} answers {expected}"), async || {
        let status = dial.get(host, "/").await?.status;
        ensure!(status == expected, "it answers {status}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_rule_without_a_host_is_for_every_host_that_nobody_has() -> Result<()> {
    let backends = [Backend::start("one").await?, Backend::start("two").await?];
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[backends[0].port()]))?;
    folder.write_objects("two.yaml", &objects::service("two", &[backends[1].port()]))?;
    folder.write_objects("named.yaml", &[ingress("named", Some("named.example.com"), "one")])?;
    let controller = Controller::start(folder, "").await?;
    let http = controller.http();
    answers(&http, "named.example.com", 200).await?;
    assert_eq!(http.get("other.example.com", "/").await?.status, 404);

    controller
        .folder
        .write_objects("any.yaml", &[ingress("any", None, "two")])?;
    answers(&http, "other.example.com", 200).await?;
    for host in ["other.example.com", "OTHER", "127.0.0.1", "other.example.com:8080"] {
        assert_eq!(http.get(host, "/").await?.backend()?, "two", "{host}");
    }
    assert_eq!(http.get("NAMED.example.com", "/").await?.backend()?, "one");

    controller.folder.remove("any.yaml")?;
    answers(&http, "other.example.com", 404).await?;
    assert_eq!(http.get("named.example.com", "/").await?.backend()?, "one");
    Ok(())
}

const ASKS_EVERYBODY: &str = "{globalExtAuth: {extensionService: web/guard, serviceType: http}}";

#[tokio::test]
async fn nothing_is_served_while_nobody_can_be_asked() -> Result<()> {
    let (guard, site) = (Backend::start("guard").await?, Backend::start("site").await?);
    let authority = Authority::new()?;
    let host = "guarded.example.com";
    let folder = Folder::new()?;
    let extension = [json!({
        "apiVersion": "projectcontour.io/v1alpha1", "kind": "ExtensionService",
        "metadata": {"namespace": objects::NAMESPACE, "name": "guard"},
        "spec": {"protocol": "http/1.1", "services": [{"name": "guard", "port": 80}]},
    })];
    let mut guarded = ingress("guarded", Some(host), "site");
    guarded["spec"]["tls"] = json!([{"hosts": [host], "secretName": "guarded"}]);
    folder.write_objects("guard.yaml", &objects::service("guard", &[guard.port()]))?;
    folder.write_objects("site.yaml", &objects::service("site", &[site.port()]))?;
    folder.write_objects(
        "secret.yaml",
        &[objects::secret("guarded", &authority.certificate(host)?)],
    )?;
    folder.write_objects("extension.yaml", &extension)?;
    folder.write_objects("ingress.yaml", &[guarded])?;
    let controller = Controller::start(folder, ASKS_EVERYBODY).await?;
    let https = controller.https().tls(host, &authority.client(&[])?);
    let ways = [controller.http(), https];
    for way in &ways {
        answers(way, host, 200).await?;
        assert_eq!(way.get(host, "/").await?.backend()?, "site");
    }

    controller.folder.remove("extension.yaml")?;
    for way in &ways {
        answers(way, host, 503).await?;
    }
    let told = "globalExtAuth.extensionService: ExtensionService web/guard not found";
    assert!(controller.process.log().contains(told), "the log tells of it");

    controller.folder.write_objects("extension.yaml", &extension)?;
    for way in &ways {
        answers(way, host, 200).await?;
    }
    // The service says no when it is not there to say yes.
    drop(guard);
    for way in &ways {
        answers(way, host, 403).await?;
    }
    Ok(())
}
