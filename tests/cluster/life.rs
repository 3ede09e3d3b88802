//! What comes late, and what Envoy refuses.

use std::{ffi::OsString, fs, process::Command};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::{Authority, Certificate},
    client::Dial,
    cluster::{Cluster, condition, proxy, service},
    envoy::Envoy,
    mount::{self, Mount},
    parts,
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

/// With the certificates that `isoline certgen` makes, an Envoy is served, and one without any is not.
pub(crate) async fn certificates() -> Result<()> {
    let mut cluster = Cluster::start().await?;
    let folder = tempfile::tempdir()?;
    let made = Command::new(parts::isoline()?)
        .args(["certgen", "--pem", "--namespace", "isoline"])
        .arg(folder.path())
        .output()?;
    ensure!(made.status.success(), "{made:?}");
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).with_context(|| name.to_owned());
    let certificate = |side: &str| -> Result<Certificate> {
        Ok(Certificate {
            chain: text(&format!("{side}cert.pem"))?,
            key: text(&format!("{side}key.pem"))?,
        })
    };
    let authorities = text("cacert.pem")?;
    let ours = Mount::new(&authorities, &certificate("isoline")?)?;
    let theirs = Mount::new(&authorities, &certificate("envoy")?)?;
    let files = [
        ("--contour-cafile", mount::CA),
        ("--contour-cert-file", mount::CERTIFICATE),
        ("--contour-key-file", mount::KEY),
    ];
    cluster.security = files
        .iter()
        .flat_map(|(flag, name)| [OsString::from(flag), ours.file(name).into()])
        .collect();
    let replica = cluster.replica(&[]).await?;
    cluster.apply(&service("team", "web")).await?;
    cluster
        .server
        .apply(&proxy("team", "web", "web.example.com", "web"))
        .await?;
    let ports = cluster.server.ports();
    let _stranger = Envoy::connect("stranger", replica.xds, ports.second_admin())?;
    until("the stranger is refused", async || {
        let failures = replica.metric("isoline_xds_tls_handshake_failures_total").await?;
        ensure!(failures > 0, "nobody was refused");
        Ok(())
    })
    .await?;
    ensure!(
        replica.metric("isoline_xds_connected_envoys").await? == 0,
        "the stranger is served"
    );
    let _envoy = Envoy::connect_secured("envoy", replica.xds, ports.admin(), &theirs)?;
    cluster.answers(&cluster.http(), "web.example.com", 200).await
}
