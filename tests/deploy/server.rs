//! A real API server takes every object of every form, and admits the Pods at the level that their namespace enforces.

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    api_server::{ApiServer, Reply, collection, path},
    deploy,
};
use serde_json::{Value, json};

use crate::{forms, objects::template};

/// Kinds whose definitions belong to other projects.
const FOREIGN: [&str; 3] = ["Certificate", "Issuer", "PodMonitor"];
const APPLY: &str = "fieldManager=test&force=true&fieldValidation=Strict";
const DRY: &str = "dryRun=All";

struct Server(ApiServer);

impl Server {
    async fn apply(&self, object: &Value, dry: bool) -> Result<Reply> {
        let dry = if dry { DRY } else { "" };
        let path = format!("{}?{APPLY}&{dry}", path(object)?);
        self.0.apply_at(&path, &object.to_string()).await
    }

    /// A namespace like that of a manifest. It is never changed: admission may know the labels of before.
    async fn namespace_like(&self, objects: &[Value], name: &str) -> Result<()> {
        let namespace = objects.iter().find(|object| object["kind"] == "Namespace");
        let mut namespace = namespace.context("it has a namespace")?.clone();
        namespace["metadata"]["name"] = json!(name);
        let reply = self.apply(&namespace, false).await?;
        ensure!(reply.status < 300, "{reply:?}");
        Ok(())
    }

    /// A Pod as the workload would make it.
    async fn admit(&self, template: &Value, namespace: &str) -> Result<Reply> {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
            "metadata": {"name": "pod", "namespace": namespace, "labels": template["metadata"]["labels"]},
        });
        let path = format!("{}?fieldValidation=Strict&{DRY}", collection(&pod)?);
        self.0.create(&path, "application/json", &pod.to_string()).await
    }
}

/// One server for all of it: it is slow to start.
#[tokio::test]
async fn an_api_server_takes_what_is_shipped() -> Result<()> {
    let forms = forms::all()?;
    let server = Server(ApiServer::start().await?);
    let mut problems = Vec::new();
    for object in deploy::objects_of("deploy/crds.yaml")? {
        let reply = server.apply(&object, false).await?;
        problems.extend(problem("deploy/crds.yaml", &object, &reply));
    }
    for (number, (file, _)) in forms::MANIFESTS.into_iter().enumerate() {
        let objects = deploy::objects_of(file)?;
        let namespace = format!("namespace-{number}");
        server.namespace_like(&objects, &namespace).await?;
        for object in &objects {
            problems.extend(taken(&server, file, object).await?);
            if let Some(template) = template(object) {
                let reply = server.admit(template, &namespace).await?;
                problems.extend(problem(&format!("{file}, its Pod"), object, &reply));
            }
        }
    }
    for form in forms {
        // The definitions are there by now.
        let objects = form.objects.iter();
        for object in objects.filter(|object| object["kind"] != "CustomResourceDefinition") {
            problems.extend(taken(&server, &form.name, object).await?);
        }
    }
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    restricted_pods_are_told_from_others(&server).await
}

async fn taken(server: &Server, name: &str, object: &Value) -> Result<Option<String>> {
    if FOREIGN.map(Value::from).contains(&object["kind"]) {
        return Ok(None);
    }
    Ok(problem(name, object, &server.apply(object, true).await?))
}

fn problem(name: &str, object: &Value, reply: &Reply) -> Option<String> {
    let what = format!("{name}: {} {}", object["kind"], object["metadata"]["name"]);
    (reply.status >= 300).then(|| format!("{what}: {}", reply.body))
}

/// That Pods are judged at all: one on the host's network is refused where the level is `restricted`.
async fn restricted_pods_are_told_from_others(server: &Server) -> Result<()> {
    let usual = deploy::objects_of(deploy::MANIFEST)?;
    server.namespace_like(&usual, "restricted").await?;
    let template = usual.iter().find_map(template).context("it has a workload")?;
    let mut outside = template.clone();
    outside["spec"]["hostNetwork"] = json!(true);
    let (inside, outside) = (
        server.admit(template, "restricted").await?,
        server.admit(&outside, "restricted").await?,
    );
    ensure!(inside.status == 201, "{inside:?}");
    ensure!(outside.status == 403, "{outside:?}");
    Ok(())
}
