//! Server certificates, as SDS secrets that rotate without touching a listener.

use isoline_envoy_api::envoy::{
    config::core::v3::{DataSource, data_source},
    extensions::transport_sockets::tls::v3::{Secret, TlsCertificate, secret},
};

use crate::{
    certificate::KeyPair,
    object::{Kind, NamespacedName, ObjectRef},
    resource::{Resource, ResourceKey, ResourceType},
};

/// The certificate of one Secret.
pub(crate) fn secret(name: &NamespacedName, pair: &KeyPair) -> (ResourceKey, Resource) {
    let certificate = TlsCertificate {
        certificate_chain: Some(inline(&pair.chain)),
        private_key: Some(inline(&pair.key)),
        ..Default::default()
    };
    let message = Secret {
        name: name.to_string(),
        r#type: Some(secret::Type::TlsCertificate(certificate)),
    };
    let mut resource = Resource::new(&message);
    resource.origin = vec![ObjectRef {
        kind: Kind::Secret,
        name: name.clone(),
    }];
    (
        ResourceKey {
            kind: ResourceType::Secret,
            name: message.name,
        },
        resource,
    )
}

fn inline(bytes: &[u8]) -> DataSource {
    DataSource {
        specifier: Some(data_source::Specifier::InlineBytes(bytes.to_vec())),
        ..Default::default()
    }
}
