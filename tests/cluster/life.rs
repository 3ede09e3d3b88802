//! What comes late, and what Envoy refuses.

use anyhow::{Result, ensure};
use isoline_tests::{
    cluster::{Cluster, condition, proxy, service},
    wait::until,
};
use serde_json::{Value, json};

/// Without the definitions of our kinds, Ingresses are served; when they are installed, so are HTTPProxies.
pub(crate) async fn late_definitions() -> Result<()> {
    let cluster = Cluster::start_bare().await?;
    let replica = cluster.replica(&[]).await?;
    let log = replica.process.log();
    ensure!(
        log.contains("HTTPProxy: the API server does not have this kind"),
        "{log}"
    );
    let _envoy = cluster.envoy(&replica).await?;
    cluster.apply(&service("team", "web")).await?;
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": "team", "name": "old"},
        "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
    });
    cluster.server.apply(&ingress).await?;
    cluster.answers(&cluster.http(), "any.example.com", 200).await?;
    cluster.install().await?;
    let mut web = proxy("team", "web", "web.example.com", "web");
    web["spec"]["routes"][0] = json!({"directResponsePolicy": {"statusCode": 418}});
    until("the object is taken", async || cluster.server.apply(&web).await).await?;
    cluster.answers(&cluster.http(), "web.example.com", 418).await
}

/// What Envoy refuses is said in its own words, and the last good version stays.
pub(crate) async fn refusal() -> Result<()> {
    let cluster = Cluster::start().await?;
    let replica = cluster.replica(&[]).await?;
    let _envoy = cluster.envoy(&replica).await?;
    cluster.apply(&service("team", "web")).await?;
    let web = proxy("team", "web", "web.example.com", "web");
    cluster.server.apply(&web).await?;
    cluster.answers(&cluster.http(), "web.example.com", 200).await?;
    let says = |status: &'static str| move |object: &Value| condition(object, "Programmed")["status"] == status;
    cluster.becomes(&web, says("True")).await?;
    let mut refused = web.clone();
    // Each part is short enough; all of them together are more than RE2's budget at Envoy.
    refused["spec"]["routes"][0]["conditions"] = json!([{"regex": "/(a{1,900}|b{1,900}){1,900}"}]);
    cluster.server.apply(&refused).await?;
    let object = cluster
        .becomes(&web, |object| {
            condition(object, "Programmed")["reason"] == "Refused" || object["status"]["currentStatus"] == "invalid"
        })
        .await?;
    ensure!(object["metadata"]["generation"] == 2, "{object:#}");
    cluster.server.apply(&web).await?;
    cluster.becomes(&web, says("True")).await?;
    Ok(())
}
