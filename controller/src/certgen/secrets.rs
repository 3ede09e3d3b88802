//! The certificates as Secrets.

use std::collections::BTreeMap;

use k8s_openapi::{ByteString, api::core::v1::Secret, apimachinery::pkg::apis::meta::v1::ObjectMeta};

use super::{
    Format, Options,
    authority::{Certificates, Leaf},
};

pub(super) const CA: &str = "ca.crt";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// One or two for each side, with their names and all.
pub(super) fn secrets(options: &Options, certificates: &Certificates) -> Vec<Secret> {
    let authority = (CA, certificates.authority.as_str());
    let leaves = [&certificates.controller, &certificates.envoy];
    match options.secrets_format {
        Format::Legacy => {
            let leaves = leaves.map(|leaf| of_leaf(options, leaf, &[]));
            let authority = secret(options, "cacert", "Opaque", &[authority]);
            leaves.into_iter().chain([authority]).collect()
        }
        Format::Compact => leaves.map(|leaf| of_leaf(options, leaf, &[authority])).into(),
    }
}

fn of_leaf(options: &Options, leaf: &Leaf, more: &[(&str, &str)]) -> Secret {
    let pair = [(CERTIFICATE, leaf.certificate.as_str()), (KEY, leaf.key.as_str())];
    let name = format!("{}cert", leaf.name);
    secret(options, &name, "kubernetes.io/tls", &[&pair[..], more].concat())
}

fn secret(options: &Options, name: &str, kind: &str, data: &[(&str, &str)]) -> Secret {
    let entry = |(key, value): &(&str, &str)| ((*key).to_owned(), ByteString(value.as_bytes().to_vec()));
    Secret {
        metadata: ObjectMeta {
            name: Some(format!("{name}{}", options.secrets_name_suffix)),
            namespace: Some(options.namespace.clone()),
            labels: Some(BTreeMap::from([("app".to_owned(), "isoline".to_owned())])),
            ..ObjectMeta::default()
        },
        type_: Some(kind.to_owned()),
        data: Some(data.iter().map(entry).collect()),
        ..Secret::default()
    }
}
