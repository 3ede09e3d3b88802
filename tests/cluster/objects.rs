//! Objects come, change and go: what is served and what their statuses say.

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::Authority,
    client::Dial,
    cluster::{Cluster, condition, proxy, service},
};
use serde_json::{Value, json};

/// Everything that can be said of a host, by every kind.
pub(crate) async fn of_every_kind() -> Result<()> {
    let cluster = Cluster::start().await?;
    let mut replica = cluster.replica(&["--envoy-service-namespace", "edge"]).await?;
    let _envoy = cluster.envoy(&replica).await?;
    cluster.apply(&service("team", "web")).await?;
    let web = proxy("team", "web", "web.example.com", "web");
    cluster.server.apply(&web).await?;
    cluster.answers(&cluster.http(), "web.example.com", 200).await?;
    let first = cluster.becomes(&web, is_valid).await?;
    let manager = first["metadata"]["managedFields"].to_string();
    ensure!(manager.contains("\"manager\":\"isoline\""), "{manager}");
    secrets(&cluster).await?;
    let ingress = addresses(&cluster, &web).await?;
    policies(&cluster).await?;
    let valid_of = "contour_httpproxy_valid{namespace=\"team\",vhost=\"web.example.com\"}";
    ensure!(replica.metric(valid_of).await? == 1, "{valid_of}");
    ensure!(
        replica.metric("isoline_change_to_ack_seconds_count").await? > 0,
        "no change was timed"
    );

    edits(&cluster, &web, &first).await?;
    // One that takes the place of another that was the same.
    cluster.server.delete(&web).await?;
    cluster.server.apply(&web).await?;
    let uid = first["metadata"]["uid"].clone();
    cluster
        .becomes(&web, |object| object["metadata"]["uid"] != uid && is_valid(object))
        .await?;
    for object in [&web, &ingress] {
        cluster.server.delete(object).await?;
    }
    cluster.answers(&cluster.http(), "web.example.com", 404).await?;
    cluster.answers(&cluster.http(), "old.example.com", 404).await?;
    replica.process.check_running()
}

/// Whether all that is said is about the latest version, and good.
fn is_valid(object: &Value) -> bool {
    let generation = &object["metadata"]["generation"];
    let is_good = |kind: &&str| {
        let condition = condition(object, kind);
        condition["status"] == "True" && condition["observedGeneration"] == *generation
    };
    object["status"]["currentStatus"] == "valid" && ["Valid", "Programmed"].iter().all(is_good)
}

/// A Secret of another namespace that is there before anything refers to it.
async fn secrets(cluster: &Cluster) -> Result<()> {
    let authority = Authority::new()?;
    let certificate = authority.certificate("secure.example.com")?;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"namespace": "certificates", "name": "secure"},
        "stringData": {"tls.crt": certificate.chain, "tls.key": certificate.key},
    });
    cluster.server.apply(&secret).await?;
    let mut secure = proxy("team", "secure", "secure.example.com", "web");
    secure["spec"]["virtualhost"]["tls"] = json!({"secretName": "certificates/secure"});
    cluster.server.apply(&secure).await?;
    let is_not_delegated = |object: &Value| {
        let errors = condition(object, "Valid")["errors"].to_string();
        errors.contains("DelegationNotPermitted")
    };
    cluster.becomes(&secure, is_not_delegated).await?;
    let delegation = json!({
        "apiVersion": "projectcontour.io/v1", "kind": "TLSCertificateDelegation",
        "metadata": {"namespace": "certificates", "name": "to-team"},
        "spec": {"delegations": [{"secretName": "secure", "targetNamespaces": ["team"]}]},
    });
    cluster.server.apply(&delegation).await?;
    cluster.becomes(&secure, is_valid).await?;
    let https = Dial::port(cluster.server.ports().https()).tls("secure.example.com", &authority.client(&["http/1.1"])?);
    cluster.answers(&https, "secure.example.com", 200).await
}

/// An Ingress, and the addresses of Envoy's Service.
async fn addresses(cluster: &Cluster, web: &Value) -> Result<Value> {
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": "team", "name": "old"},
        "spec": {"rules": [{"host": "old.example.com", "http": {"paths": [{
            "path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": "web", "port": {"number": 80}}},
        }]}}]},
    });
    cluster.server.apply(&ingress).await?;
    cluster.answers(&cluster.http(), "old.example.com", 200).await?;
    let mut balancer = service("edge", "envoy")[0].clone();
    balancer["spec"]["type"] = "LoadBalancer".into();
    balancer["spec"]["clusterIP"] = Value::Null;
    cluster.server.apply(&balancer).await?;
    balancer["spec"] = Value::Null;
    balancer["status"] = json!({"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}});
    cluster.server.apply_status(&balancer).await?;
    let has_address = |object: &Value| object["status"]["loadBalancer"]["ingress"][0]["hostname"] == "lb.example.com";
    cluster.becomes(&ingress, has_address).await?;
    cluster
        .becomes(web, |object| has_address(object) && is_valid(object))
        .await?;
    Ok(ingress)
}

/// An ExtensionService, and a RoutePolicy.
async fn policies(cluster: &Cluster) -> Result<()> {
    let extension = json!({
        "apiVersion": "projectcontour.io/v1alpha1", "kind": "ExtensionService",
        "metadata": {"namespace": "team", "name": "auth"},
        "spec": {"services": [{"name": "nowhere", "port": 80}]},
    });
    cluster.server.apply(&extension).await?;
    cluster
        .becomes(&extension, |object| condition(object, "Valid")["status"] == "False")
        .await?;
    let policy = json!({
        "apiVersion": "isoline.dev/v1alpha1", "kind": "RoutePolicy",
        "metadata": {"namespace": "team", "name": "to-https"},
        "spec": {"targetRefs": [{"group": "projectcontour.io", "kind": "HTTPProxy", "name": "web"}],
                 "insecure": {"action": "Redirect"}},
    });
    cluster.server.apply(&policy).await?;
    cluster
        .becomes(&policy, |object| {
            ["Accepted", "Programmed"]
                .iter()
                .all(|kind| condition(object, kind)["status"] == "True")
        })
        .await?;
    cluster.answers(&cluster.http(), "web.example.com", 301).await?;
    cluster.server.delete(&policy).await?;
    cluster.answers(&cluster.http(), "web.example.com", 200).await
}

/// What changes keeps the time of its condition.
async fn edits(cluster: &Cluster, web: &Value, first: &Value) -> Result<()> {
    let mut edited = web.clone();
    edited["spec"]["routes"][0]["timeoutPolicy"] = json!({"response": "5s"});
    cluster.server.apply(&edited).await?;
    let second = cluster
        .becomes(web, |object| object["metadata"]["generation"] == 2 && is_valid(object))
        .await?;
    let time = |object: &Value| condition(object, "Valid")["lastTransitionTime"].clone();
    ensure!(time(first) == time(&second), "{} {}", time(first), time(&second));
    Ok(())
}

/// What nobody can use is said in its status and in an event, and harms nobody else.
pub(crate) async fn wrong() -> Result<()> {
    let cluster = Cluster::start().await?;
    let replica = cluster.replica(&[]).await?;
    let _envoy = cluster.envoy(&replica).await?;
    cluster.apply(&service("team", "web")).await?;
    let right = proxy("team", "right", "right.example.com", "web");
    let wrong = proxy("team", "wrong", "wrong.example.com", "nowhere");
    cluster.apply(&[right.clone(), wrong.clone()]).await?;
    cluster.answers(&cluster.http(), "right.example.com", 200).await?;
    let object = cluster
        .becomes(&wrong, |object| object["status"]["currentStatus"] == "invalid")
        .await?;
    ensure!(
        condition(&object, "Valid")["errors"][0]["reason"] == "ServiceUnresolvedReference",
        "{object:#}"
    );
    isoline_tests::wait::until("there is an event", async || {
        let events = cluster
            .server
            .read("/apis/events.k8s.io/v1/namespaces/team/events")
            .await?;
        let events = events["items"].as_array().context("events are a list")?;
        let is_it = |event: &&Value| event["regarding"]["name"] == "wrong" && event["reason"] == "Invalid";
        let event = events.iter().find(is_it).context("no event on the wrong object")?;
        ensure!(
            event["note"].as_str().is_some_and(|note| note.contains("nowhere")),
            "{event:#}"
        );
        ensure!(
            !events.iter().any(|event| event["regarding"]["name"] == "right"),
            "{events:#?}"
        );
        Ok(())
    })
    .await?;

    // An object of a schema that is not ours: its last good version stays.
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httpproxies.projectcontour.io";
    let mut definition = cluster.server.read(path).await?;
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema;
    definition["metadata"]["managedFields"] = Value::Null;
    cluster.server.apply(&definition).await?;
    let mut odd = right.clone();
    odd["spec"]["routes"][0]["services"][0]["port"] = "eighty".into();
    isoline_tests::wait::until("the API server takes odd objects", async || {
        cluster.server.apply(&odd).await
    })
    .await?;
    let object = cluster
        .becomes(&right, |object| object["status"]["currentStatus"] == "invalid")
        .await?;
    ensure!(
        condition(&object, "Valid")["errors"][0]["reason"] == "SchemaError",
        "{object:#}"
    );
    cluster.answers(&cluster.http(), "right.example.com", 200).await?;
    cluster.server.apply(&right).await?;
    cluster
        .becomes(&right, |object| object["status"]["currentStatus"] == "valid")
        .await?;
    Ok(())
}
