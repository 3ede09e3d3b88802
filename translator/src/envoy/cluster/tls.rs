//! TLS towards upstreams.

use isoline_envoy_api::{
    any,
    envoy::{
        config::core::v3::TransportSocket,
        extensions::transport_sockets::tls::v3::{
            CertificateValidationContext, CommonTlsContext, SubjectAltNameMatcher, UpstreamTlsContext,
            common_tls_context::{CombinedCertificateValidationContext, ValidationContextType},
            subject_alt_name_matcher::SanType,
        },
    },
};

use crate::{
    envoy::{matchers, secret, tls},
    model::{Cluster, Protocol, SecretUse, UpstreamValidation},
    settings::Settings,
};

pub(super) fn transport_socket(cluster: &Cluster, settings: &Settings) -> TransportSocket {
    let parameters = &settings.cluster.tls;
    let alpn = (cluster.protocol == Protocol::H2).then(|| "h2".to_owned());
    let own = cluster.client_certificate.clone().map(SecretUse::KeyPair);
    let context = UpstreamTlsContext {
        sni: cluster.sni.clone(),
        common_tls_context: Some(CommonTlsContext {
            tls_params: Some(tls::parameters(parameters, parameters.minimum, parameters.maximum)),
            tls_certificate_sds_secret_configs: own.iter().map(secret::reference).collect(),
            alpn_protocols: alpn.into_iter().collect(),
            validation_context_type: cluster.validation.as_ref().map(validation),
            ..Default::default()
        }),
        ..Default::default()
    };
    tls::transport_socket(any(&context))
}

fn validation(validation: &UpstreamValidation) -> ValidationContextType {
    let names = validation.subject_names.iter().map(|name| SubjectAltNameMatcher {
        san_type: SanType::Dns.into(),
        matcher: Some(matchers::exact(name)),
        ..Default::default()
    });
    let names = CertificateValidationContext {
        match_typed_subject_alt_names: names.collect(),
        ..Default::default()
    };
    ValidationContextType::CombinedValidationContext(CombinedCertificateValidationContext {
        default_validation_context: Some(names),
        validation_context_sds_secret_config: Some(secret::reference(&SecretUse::Trust(validation.trust()))),
        ..Default::default()
    })
}
