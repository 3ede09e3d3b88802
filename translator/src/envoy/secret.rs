//! Server certificates, as SDS secrets that rotate without touching a listener.

use isoline_envoy_api::envoy::{
    config::core::v3::{DataSource, data_source},
    extensions::transport_sockets::tls::v3::{Secret, TlsCertificate, secret},
};

use crate::{
    certificate::KeyPair,
    inputs::Inputs,
    model::SecretUse,
    object::{Kind, NamespacedName, ObjectRef},
    resource::{Resource, ResourceKey, ResourceType},
};

/// A Secret's content for one use; nothing if it cannot be used for that.
pub(crate) fn secret(secret: &SecretUse, inputs: &Inputs) -> (ResourceKey, Option<Resource>) {
    let SecretUse::KeyPair(name) = secret else { todo!() };
    let key = ResourceKey {
        kind: ResourceType::Secret,
        name: name.to_string(),
    };
    let resource = inputs.key_pair(name).map(|pair| key_pair(name, pair));
    (key, resource)
}

fn key_pair(name: &NamespacedName, pair: &KeyPair) -> Resource {
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
    resource
}

fn inline(bytes: &[u8]) -> DataSource {
    DataSource {
        specifier: Some(data_source::Specifier::InlineBytes(bytes.to_vec())),
        ..Default::default()
    }
}
