//! Certificates with their keys, and authorities, as SDS secrets that rotate without touching a listener or cluster.

use std::fmt::Write as _;

use isoline_envoy_api::envoy::{
    config::core::v3::{DataSource, data_source},
    extensions::transport_sockets::tls::v3::{
        CertificateValidationContext, SdsSecretConfig, Secret, TlsCertificate, secret,
    },
};

use super::words::ads;
use crate::{
    certificate::KeyPair,
    inputs::Inputs,
    model::{SecretUse, Trust},
    object::{Kind, NamespacedName},
    resource::{Resource, ResourceKey, ResourceType},
};

/// A Secret's content for one use; nothing if it cannot be used for that.
pub(crate) fn secret(secret: &SecretUse, inputs: &Inputs) -> (ResourceKey, Option<Resource>) {
    let content = match secret {
        SecretUse::KeyPair(name) => inputs.key_pair(name).map(key_pair),
        SecretUse::Trust(trust) => validation(trust, inputs),
    };
    let key = ResourceKey {
        kind: ResourceType::Secret,
        name: name(secret),
    };
    let resource = content.map(|content| {
        let mut resource = Resource::new(&Secret {
            name: key.name.clone(),
            r#type: Some(content),
        });
        resource.origin = secret.secrets().map(|name| Kind::Secret.object(name)).collect();
        resource
    });
    (key, resource)
}

/// The key of a certificate that a client asks for by the name of a host: no other secret's name is without a slash.
pub(crate) fn key_of_host(host: &str) -> ResourceKey {
    ResourceKey {
        kind: ResourceType::Secret,
        name: host.to_owned(),
    }
}

/// The certificate of a host under the host's name.
pub(crate) fn secret_of_host(
    host: &str,
    certificate: &NamespacedName,
    inputs: &Inputs,
) -> Option<(ResourceKey, Resource)> {
    let mut resource = Resource::new(&Secret {
        name: host.to_owned(),
        r#type: Some(key_pair(inputs.key_pair(certificate)?)),
    });
    resource.origin = vec![Kind::Secret.object(certificate)];
    Some((key_of_host(host), resource))
}

/// Where a listener or cluster finds it.
pub(super) fn reference(secret: &SecretUse) -> SdsSecretConfig {
    SdsSecretConfig {
        name: name(secret),
        sds_config: Some(ads()),
    }
}

/// A key pair goes by `namespace/name`; what starts with `trust/` has more parts than that.
fn name(secret: &SecretUse) -> String {
    match secret {
        SecretUse::KeyPair(name) => name.to_string(),
        SecretUse::Trust(trust) => {
            let authority = trust
                .authority
                .as_ref()
                .map_or_else(|| "-/-".to_owned(), ToString::to_string);
            let mut text = format!("trust/{authority}");
            if let Some(revocations) = &trust.revocations {
                let extent = if trust.only_leaf { "leaf" } else { "chain" };
                let _ = write!(text, "/{extent}/{revocations}");
            }
            text
        }
    }
}

fn key_pair(pair: &KeyPair) -> secret::Type {
    secret::Type::TlsCertificate(TlsCertificate {
        certificate_chain: Some(inline(&pair.chain)),
        private_key: Some(inline(&pair.key)),
        ..Default::default()
    })
}

/// Nothing unless all of it is there: half of it would accept what nobody meant to. Revocations by nobody in particular
/// are none; Envoy refuses them.
fn validation(trust: &Trust, inputs: &Inputs) -> Option<secret::Type> {
    let authority = trust.authority.as_ref();
    let revocations = trust.revocations.as_ref().filter(|_| authority.is_some());
    let authority = authority.map(|name| inputs.authority(name).ok_or(())).transpose();
    let revocations = revocations.map(|name| inputs.revocations(name).ok_or(())).transpose();
    let (Ok(authority), Ok(revocations)) = (authority, revocations) else {
        return None;
    };
    Some(secret::Type::ValidationContext(CertificateValidationContext {
        trusted_ca: authority.map(inline),
        crl: revocations.map(inline),
        only_verify_leaf_cert_crl: revocations.is_some() && trust.only_leaf,
        ..Default::default()
    }))
}

fn inline(bytes: &[u8]) -> DataSource {
    DataSource {
        specifier: Some(data_source::Specifier::InlineBytes(bytes.to_vec())),
        ..Default::default()
    }
}
