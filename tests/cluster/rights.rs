//! The rights of the shipped manifests: enough for everything, and for nothing else.

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    cluster::{Cluster, Replica, condition, proxy, service},
    deploy,
    envoy::Envoy,
    wait::until,
};
use serde_json::{Value, json};

/// With the rights of the usual form, every call succeeds.
pub(crate) async fn whole_cluster() -> Result<()> {
    let cluster = Cluster::start().await?;
    let token = account(&cluster, deploy::MANIFEST).await?;
    let replica = with_token(&cluster, &token, &[]).await?;
    let _envoy = everything_works(&cluster, &replica, "team").await?;
    let secret = "/api/v1/namespaces/team/secrets/any";
    ensure!(
        cluster.server.status_as(&token, secret).await? == 403,
        "a Secret can be read by name"
    );
    let pods = "/api/v1/namespaces/team/pods";
    ensure!(
        cluster.server.status_as(&token, pods).await? == 403,
        "Pods can be listed"
    );
    Ok(())
}

/// With the rights of the form that serves some namespaces, those are served, and Secrets of others are out of reach.
pub(crate) async fn some_namespaces() -> Result<()> {
    let cluster = Cluster::start().await?;
    let token = account(&cluster, deploy::NAMESPACED).await?;
    let (watched, namespace) = watched_namespaces()?;
    let replica = with_token(&cluster, &token, &["--watch-namespaces", &watched]).await?;
    // What is not served is older than what is.
    cluster.apply(&service("elsewhere", "web")).await?;
    cluster
        .server
        .apply(&proxy("elsewhere", "web", "elsewhere.example.com", "web"))
        .await?;
    let _envoy = everything_works(&cluster, &replica, &namespace).await?;
    cluster.answers(&cluster.http(), "elsewhere.example.com", 404).await?;
    let status = async |namespace: &str| {
        let path = format!("/api/v1/namespaces/{namespace}/secrets");
        cluster.server.status_as(&token, &path).await
    };
    ensure!(
        status(&namespace).await? == 200,
        "Secrets of a watched namespace cannot be listed"
    );
    ensure!(
        status("elsewhere").await? == 403,
        "Secrets of another namespace can be listed"
    );
    Ok(())
}

async fn everything_works(cluster: &Cluster, replica: &Replica, namespace: &str) -> Result<Envoy> {
    let envoy = cluster.envoy(replica).await?;
    cluster.apply(&service(namespace, "web")).await?;
    let right = proxy(namespace, "right", "right.example.com", "web");
    let wrong = proxy(namespace, "wrong", "wrong.example.com", "nowhere");
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": "old"},
        "spec": {"rules": [{"host": "old.example.com", "http": {"paths": [{
            "path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": "web", "port": {"number": 80}}},
        }]}}]},
    });
    cluster.apply(&[right.clone(), wrong, ingress.clone()]).await?;
    cluster.answers(&cluster.http(), "right.example.com", 200).await?;
    cluster.answers(&cluster.http(), "old.example.com", 200).await?;
    cluster
        .becomes(&right, |object| condition(object, "Programmed")["status"] == "True")
        .await?;
    until("there is an event", async || {
        let path = format!("/apis/events.k8s.io/v1/namespaces/{namespace}/events");
        let events = cluster.server.read(&path).await?;
        ensure!(
            events["items"].as_array().is_some_and(|events| !events.is_empty()),
            "none"
        );
        Ok(())
    })
    .await?;
    let log = replica.process.log();
    ensure!(
        !log.contains("forbidden") && !log.contains("may not be listed"),
        "{log}"
    );
    Ok(envoy)
}

/// The account of a manifest with all that it may do, and a token of it.
async fn account(cluster: &Cluster, manifest: &str) -> Result<String> {
    let rights = deploy::rights(manifest)?;
    cluster.apply(&rights).await?;
    let account = rights
        .iter()
        .find(|object| object["kind"] == "ServiceAccount")
        .context("an account")?;
    let name = account["metadata"]["name"].as_str().context("a name")?;
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{name}/token", deploy::NAMESPACE);
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let reply = cluster
        .server
        .create(&path, "application/json", &request.to_string())
        .await?;
    let token = reply.body["status"]["token"].as_str();
    Ok(token.with_context(|| format!("no token: {reply:?}"))?.to_owned())
}

async fn with_token(cluster: &Cluster, token: &str, arguments: &[&str]) -> Result<Replica> {
    let ports = cluster.server.ports();
    let envoy = [
        format!("--envoy-service-name={}", deploy::ENVOY),
        format!("--envoy-service-namespace={}", deploy::NAMESPACE),
    ];
    let arguments: Vec<_> = envoy
        .iter()
        .map(String::as_str)
        .chain(arguments.iter().copied())
        .collect();
    let mut replica = cluster.unready_replica(Some(token), ports.controller(), ports.xds(), &arguments)?;
    replica.ready().await?;
    Ok(replica)
}

/// The namespaces that the namespaced form watches, as its flag has them, and one of them.
fn watched_namespaces() -> Result<(String, String)> {
    let objects = deploy::objects_of(deploy::NAMESPACED)?;
    let text = Value::from(objects).to_string();
    let flag = text
        .split("--watch-namespaces=")
        .nth(1)
        .context("it watches some namespaces")?;
    let watched = flag.split('"').next().unwrap_or_default().to_owned();
    let first = watched
        .split(',')
        .find(|it| *it != deploy::NAMESPACE)
        .context("one of them")?
        .to_owned();
    Ok((watched, first))
}
