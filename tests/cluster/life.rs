//! What comes late, and what Envoy refuses.

use anyhow::{Result, ensure};
use isoline_tests::{
    authority::Authority,
    client::Dial,
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
    let host = "secure.example.com";
    let authority = Authority::new()?;
    let (good, other) = (authority.certificate(host)?, authority.certificate(host)?);
    let secret = |chain: &str, key: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"namespace": "team", "name": "secure"},
            "stringData": {"tls.crt": chain, "tls.key": key},
        })
    };
    let mut web = proxy("team", "web", host, "web");
    web["spec"]["virtualhost"]["tls"] = json!({"secretName": "secure"});
    cluster.apply(&[secret(&good.chain, &good.key), web.clone()]).await?;
    let https = Dial::port(cluster.server.ports().https()).tls(host, &authority.client(&["http/1.1"])?);
    cluster.answers(&https, host, 200).await?;
    let says = |status: &'static str| move |object: &Value| condition(object, "Programmed")["status"] == status;
    cluster.becomes(&web, says("True")).await?;

    cluster.server.apply(&secret(&good.chain, &other.key)).await?;
    let refused = cluster.becomes(&web, says("False")).await?;
    let said = condition(&refused, "Programmed");
    ensure!(said["reason"] == "Refused", "{said}");
    ensure!(
        said["message"]
            .as_str()
            .is_some_and(|it| it.contains("KEY_VALUES_MISMATCH")),
        "{said}"
    );
    ensure!(condition(&refused, "Valid")["status"] == "True", "{refused:#}");
    cluster.answers(&https, host, 200).await?;

    cluster.server.apply(&secret(&other.chain, &other.key)).await?;
    cluster.becomes(&web, says("True")).await?;
    ensure!(
        https.certificate().await? == other.der()?,
        "the old certificate is shown"
    );
    Ok(())
}
