//! cert-manager Certificates for HTTPProxies that ask for them by an annotation, as it makes them for Ingresses itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use isoline_translator::NamespacedName;
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams, Preconditions},
    core::{ApiResource, DynamicObject, GroupVersionKind},
};
use serde_json::{Map, Value, json};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

/// How often all are looked at again, changed or not, and how soon those that failed.
const AGAIN: Duration = Duration::from_secs(30);
const WITHIN: Duration = Duration::from_secs(10);
const PREFIX: &str = "cert-manager.io/";
const FIELD_MANAGER: &str = "isoline-certificates";

/// The HTTPProxies that ask for a certificate.
#[derive(Debug, Default)]
pub struct Certificates {
    wanted: Mutex<BTreeMap<NamespacedName, Wanted>>,
    changed: Notify,
}

#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    /// Of the HTTPProxy, which owns the Certificate.
    uid: String,
    /// The Certificate; nothing if one that was made is to go.
    certificate: Option<Value>,
    /// Under which name one was made.
    made: Option<String>,
    is_done: bool,
}

impl Certificates {
    /// Takes note of what an HTTPProxy asks for.
    pub fn observe(&self, proxy: &NamespacedName, uid: &str, request: &Value) {
        let certificate = match certificate(proxy, uid, request) {
            Ok(certificate) => certificate,
            Err(problem) => {
                tracing::error!("HTTPProxy {proxy}: no Certificate is made: {problem}");
                None
            }
        };
        let mut wanted = self.wanted();
        let known = wanted.get(proxy);
        let is_known = known.is_some_and(|known| known.certificate == certificate && known.uid == uid);
        if is_known || (known.is_none() && certificate.is_none()) {
            return;
        }
        let made = known.and_then(|known| known.made.clone());
        let new = Wanted {
            uid: uid.to_owned(),
            certificate,
            made,
            is_done: false,
        };
        wanted.insert(proxy.clone(), new);
        self.changed.notify_one();
    }

    /// An HTTPProxy is gone; Kubernetes takes along what it owns.
    pub fn forget(&self, proxy: &NamespacedName) {
        self.wanted().remove(proxy);
    }

    /// Keeps the Certificates in step, while we are the leader.
    pub async fn run(self: Arc<Self>, client: Client, mut is_leader: watch::Receiver<bool>) -> Result<()> {
        loop {
            is_leader.wait_for(|is_leader| *is_leader).await?;
            for (proxy, wanted) in self.undone() {
                match timeout(WITHIN, settle(&client, &proxy, &wanted)).await {
                    Ok(Ok(())) => self.done(&proxy, &wanted),
                    Ok(Err(error)) => tracing::error!(
                        "the Certificate of HTTPProxy {proxy} cannot be kept in step, is cert-manager installed? {error}"
                    ),
                    Err(_) => tracing::error!("the Certificate of HTTPProxy {proxy}: no answer in time"),
                }
            }
            tokio::select! {
                () = self.changed.notified() => {}
                () = sleep(AGAIN) => self.wanted().values_mut().for_each(|wanted| wanted.is_done = false),
            }
        }
    }

    fn undone(&self) -> Vec<(NamespacedName, Wanted)> {
        let wanted = self.wanted();
        let undone = wanted.iter().filter(|(_, wanted)| !wanted.is_done);
        undone.map(|(proxy, wanted)| (proxy.clone(), wanted.clone())).collect()
    }

    fn done(&self, proxy: &NamespacedName, done: &Wanted) {
        let mut all = self.wanted();
        let Some(wanted) = all
            .get_mut(proxy)
            .filter(|wanted| wanted.certificate == done.certificate)
        else {
            return;
        };
        wanted.is_done = true;
        wanted.made = done
            .certificate
            .as_ref()
            .and_then(|it| it["metadata"]["name"].as_str().map(str::to_owned));
        if wanted.certificate.is_none() {
            all.remove(proxy);
        }
    }

    fn wanted(&self) -> MutexGuard<'_, BTreeMap<NamespacedName, Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn settle(client: &Client, proxy: &NamespacedName, wanted: &Wanted) -> kube::Result<()> {
    let kind = GroupVersionKind::gvk("cert-manager.io", "v1", "Certificate");
    let resource = ApiResource::from_gvk_with_plural(&kind, "certificates");
    let api = Api::<DynamicObject>::namespaced_with(client.clone(), &proxy.namespace, &resource);
    let name = wanted
        .certificate
        .as_ref()
        .and_then(|it| it["metadata"]["name"].as_str());
    if let Some(made) = wanted.made.as_deref().filter(|made| Some(*made) != name) {
        delete_owned(&api, made, &wanted.uid).await?;
    }
    if let (Some(name), Some(certificate)) = (name, &wanted.certificate) {
        let found = api.get_opt(name).await?;
        if found.is_some_and(|found| !is_owned(&found, &wanted.uid)) {
            tracing::error!(
                "HTTPProxy {proxy}: no Certificate is made: there is a Certificate {name} of somebody else"
            );
            return Ok(());
        }
        api.patch(name, &PatchParams::apply(FIELD_MANAGER), &Patch::Apply(certificate))
            .await?;
    }
    Ok(())
}

/// Deletes a Certificate, if it is owned by the HTTPProxy with that uid.
async fn delete_owned(api: &Api<DynamicObject>, name: &str, uid: &str) -> kube::Result<()> {
    let Some(found) = api.get_opt(name).await? else {
        return Ok(());
    };
    if !is_owned(&found, uid) {
        return Ok(());
    }
    let only = Preconditions {
        uid: found.metadata.uid,
        resource_version: found.metadata.resource_version,
    };
    api.delete(name, &DeleteParams::default().preconditions(only)).await?;
    Ok(())
}

fn is_owned(certificate: &DynamicObject, uid: &str) -> bool {
    let owners = certificate.metadata.owner_references.iter().flatten();
    owners.into_iter().any(|owner| owner.uid == uid)
}

/// The Certificate that an HTTPProxy asks for; nothing if it asks for none.
fn certificate(proxy: &NamespacedName, uid: &str, request: &Value) -> Result<Option<Value>, String> {
    let no_annotations = Map::new();
    let annotations = request["annotations"].as_object().unwrap_or(&no_annotations);
    let annotation = |key: &str| annotations.get(&format!("{PREFIX}{key}")).and_then(Value::as_str);
    let issuer = match (annotation("issuer"), annotation("cluster-issuer")) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err("it has both cert-manager.io/issuer and cert-manager.io/cluster-issuer".to_owned());
        }
        (Some(name), None) => json!({
            "name": name,
            "kind": annotation("issuer-kind").unwrap_or("Issuer"),
            "group": annotation("issuer-group").unwrap_or("cert-manager.io"),
        }),
        (None, Some(name)) => json!({"name": name, "kind": "ClusterIssuer", "group": "cert-manager.io"}),
    };
    let (Some(host), Some(secret)) = (request["fqdn"].as_str(), request["secretName"].as_str()) else {
        return Err("only a root with spec.virtualhost.tls.secretName can have one".to_owned());
    };
    if secret.contains('/') {
        return Err(format!(
            "the Secret {secret} is in another namespace; put the annotation where it is made"
        ));
    }
    let mut spec = json!({"secretName": secret, "dnsNames": [host], "issuerRef": issuer});
    for (key, field) in [
        ("common-name", "commonName"),
        ("duration", "duration"),
        ("renew-before", "renewBefore"),
    ] {
        if let Some(value) = annotation(key) {
            spec[field] = value.into();
        }
    }
    Ok(Some(json!({
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {
            "name": secret,
            "namespace": proxy.namespace,
            "ownerReferences": [{
                "apiVersion": "projectcontour.io/v1",
                "kind": "HTTPProxy",
                "name": proxy.name,
                "uid": uid,
                "controller": true,
            }],
        },
        "spec": spec,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(annotations: &Value, secret: &str) -> Result<Option<Value>, String> {
        let request = json!({"annotations": annotations, "fqdn": "a.example.com", "secretName": secret});
        certificate(&NamespacedName::new("team", "web"), "1", &request)
    }

    #[test]
    fn an_issuer_is_enough() {
        let made = asked(&json!({"cert-manager.io/cluster-issuer": "acme"}), "web-tls");
        let made = made.expect("right").expect("one is wanted");
        assert_eq!(made["metadata"]["name"], "web-tls");
        assert_eq!(made["metadata"]["ownerReferences"][0]["uid"], "1");
        let expected = json!({
            "secretName": "web-tls",
            "dnsNames": ["a.example.com"],
            "issuerRef": {"name": "acme", "kind": "ClusterIssuer", "group": "cert-manager.io"},
        });
        assert_eq!(made["spec"], expected);
    }

    #[test]
    fn what_cannot_be_made_is_explained() {
        assert_eq!(asked(&json!({"cert-manager.io/duration": "24h"}), "web-tls"), Ok(None));
        let both = json!({"cert-manager.io/issuer": "a", "cert-manager.io/cluster-issuer": "b"});
        assert!(asked(&both, "web-tls").is_err_and(|it| it.contains("both")));
        let elsewhere = asked(&json!({"cert-manager.io/issuer": "a"}), "certs/web-tls");
        assert!(elsewhere.is_err_and(|it| it.contains("another namespace")));
    }
}
