//! Certificates that are asked for, and kept in step. cert-manager itself is not there, only its kind.

use anyhow::{Result, ensure};
use isoline_tests::{
    cluster::{Cluster, proxy},
    wait::until,
};
use serde_json::{Value, json};

const NAMESPACE: &str = "/apis/cert-manager.io/v1/namespaces/team/certificates";

pub(crate) async fn in_step() -> Result<()> {
    let cluster = Cluster::start().await?;
    install(&cluster).await?;
    let arguments = ["--cert-manager-certificates", "--root-namespaces=team"];
    let mut replica = cluster.replica(&arguments).await?;
    let foreign = json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": {"namespace": "team", "name": "foreign"}, "spec": {"secretName": "foreign"},
    });
    cluster.server.apply(&foreign).await?;
    let asking = |namespace: &str, name: &str| {
        let mut object = proxy(namespace, name, &format!("{name}.example.com"), "web");
        object["spec"]["virtualhost"]["tls"] = json!({"secretName": name});
        object["metadata"]["annotations"] = json!({"cert-manager.io/cluster-issuer": "acme"});
        object
    };
    // Who may not be a root gets no certificate.
    cluster.server.apply(&asking("elsewhere", "stolen")).await?;
    cluster.server.apply(&asking("team", "foreign")).await?;
    let mut web = asking("team", "web");
    cluster.server.apply(&web).await?;
    let certificate = json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"namespace": "team", "name": "web"},
    });
    let made = until("a Certificate is made", async || cluster.server.get(&certificate).await).await?;
    ensure!(made["spec"]["dnsNames"] == json!(["web.example.com"]), "{made:#}");
    ensure!(made["spec"]["issuerRef"]["kind"] == "ClusterIssuer", "{made:#}");
    let owner = cluster.server.get(&web).await?["metadata"]["uid"].clone();
    ensure!(made["metadata"]["ownerReferences"][0]["uid"] == owner, "{made:#}");

    web["spec"]["virtualhost"]["tls"]["secretName"] = "other".into();
    cluster.server.apply(&web).await?;
    becomes(&cluster, &["foreign", "other"]).await?;
    web["metadata"]["annotations"] = json!({});
    cluster.server.apply(&web).await?;
    becomes(&cluster, &["foreign"]).await?;
    ensure!(
        cluster.server.get(&foreign).await?["spec"] == foreign["spec"],
        "it was changed"
    );
    let stolen = cluster
        .server
        .read("/apis/cert-manager.io/v1/certificates")
        .await?
        .to_string();
    ensure!(!stolen.contains("stolen"), "{stolen}");
    replica.process.check_running()
}

/// Waits until these are the Certificates that there are.
async fn becomes(cluster: &Cluster, expected: &[&str]) -> Result<()> {
    until("the Certificates are in step", async || {
        let list = cluster.server.read(NAMESPACE).await?;
        let items = list["items"].as_array().into_iter().flatten();
        let names: Vec<_> = items.filter_map(|item| item["metadata"]["name"].as_str()).collect();
        ensure!(names == expected, "{names:?}");
        Ok(())
    })
    .await
}

async fn install(cluster: &Cluster) -> Result<()> {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let definition: Value = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "certificates.cert-manager.io"},
        "spec": {
            "group": "cert-manager.io", "scope": "Namespaced",
            "names": {"kind": "Certificate", "plural": "certificates", "singular": "certificate", "listKind": "CertificateList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}],
        },
    });
    cluster.server.apply(&definition).await?;
    until("Certificates are served", async || cluster.server.read(NAMESPACE).await).await?;
    Ok(())
}
