//! Where clients reach the hosts: `status.loadBalancer` of HTTPProxies and Ingresses, from which DNS records are made.

use std::{net::IpAddr, sync::Arc};

use anyhow::{Result, anyhow, bail};
use futures::StreamExt as _;
use isoline_translator::{Kind, NamespacedName};
use kube::{
    Client,
    core::DynamicObject,
    runtime::{WatchStreamExt as _, watcher::watch_object},
};
use serde_json::{Value, json};

use super::{
    status::Book,
    watch::{Scope, again},
};

/// Where the addresses come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// These: IP addresses or DNS names.
    Fixed(Vec<String>),
    /// The status of a Service or an Ingress.
    Object(Kind, NamespacedName),
}

impl Source {
    /// Reads `service:NAMESPACE/NAME`, `ingress:NAMESPACE/NAME` or `address:ADDRESS,...`.
    pub fn parse(text: &str) -> Result<Self> {
        let usage = || anyhow!("{text:?} is not service:NAMESPACE/NAME, ingress:NAMESPACE/NAME or address:ADDRESS,...");
        let (kind, rest) = text.split_once(':').ok_or_else(usage)?;
        let kind = match kind {
            "address" if !rest.is_empty() => return Ok(Self::Fixed(rest.split(',').map(str::to_owned).collect())),
            "service" => Kind::Service,
            "ingress" => Kind::Ingress,
            _ => bail!(usage()),
        };
        let (namespace, name) = rest.split_once('/').ok_or_else(usage)?;
        if namespace.is_empty() || name.is_empty() {
            bail!(usage());
        }
        Ok(Self::Object(kind, NamespacedName::new(namespace, name)))
    }
}

/// Writes into the book where the hosts are reached, now and whenever it changes.
pub async fn follow(client: Client, source: Source, book: Arc<Book>) {
    let (kind, name) = match source {
        Source::Fixed(addresses) => return book.set_addresses(addresses.iter().map(|it| address(it)).collect()),
        Source::Object(kind, name) => (kind, name),
    };
    let scope = Scope::within(kind, &name.namespace);
    let stream = watch_object(scope.api(&client), &name.name).backoff(again());
    let mut stream = std::pin::pin!(stream);
    let mut trouble = None;
    while let Some(seen) = stream.next().await {
        match seen {
            Ok(Some(object)) => {
                trouble = None;
                if let Some(addresses) = of(&object) {
                    book.set_addresses(addresses);
                }
            }
            // What is published stays: it may well be back in a moment.
            Ok(None) => tracing::info!("{} {name} is not there, so no address is known", kind.as_str()),
            Err(error) => {
                let error = error.to_string();
                if trouble.as_ref() != Some(&error) {
                    tracing::warn!(
                        "{} {name}, which has our addresses, cannot be watched: {error}",
                        kind.as_str()
                    );
                    trouble = Some(error);
                }
            }
        }
    }
}

fn address(text: &str) -> Value {
    let text = text.trim();
    let key = if text.parse::<IpAddr>().is_ok() {
        "ip"
    } else {
        "hostname"
    };
    json!({key: text})
}

/// The addresses in the status of an object, if there are any.
fn of(object: &DynamicObject) -> Option<Value> {
    let addresses = object.data.pointer("/status/loadBalancer/ingress")?.as_array()?;
    let known = |address: &Value| {
        let parts = ["ip", "hostname"]
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), address.get(*key)?.clone())));
        Value::Object(parts.collect())
    };
    (!addresses.is_empty()).then(|| addresses.iter().map(known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_form_and_everything_else_is_explained() {
        let service = Source::Object(Kind::Service, NamespacedName::new("edge", "envoy"));
        assert_eq!(Source::parse("service:edge/envoy").expect("right"), service);
        let fixed = Source::Fixed(vec!["192.0.2.1".to_owned(), "lb.example.com".to_owned()]);
        assert_eq!(Source::parse("address:192.0.2.1,lb.example.com").expect("right"), fixed);
        for wrong in [
            "",
            "edge/envoy",
            "service:envoy",
            "service:/envoy",
            "pod:edge/envoy",
            "address:",
        ] {
            let error = Source::parse(wrong).expect_err("wrong").to_string();
            assert!(error.contains("service:NAMESPACE/NAME"), "{error}");
        }
        assert_eq!(address("192.0.2.1"), json!({"ip": "192.0.2.1"}));
        assert_eq!(address("lb.example.com"), json!({"hostname": "lb.example.com"}));
    }
}
