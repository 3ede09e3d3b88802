//! TLS towards clients.

use isoline_envoy_api::{
    any,
    envoy::{
        config::core::v3::TransportSocket,
        extensions::transport_sockets::tls::v3::{
            CertificateValidationContext, CommonTlsContext, DownstreamTlsContext,
            certificate_validation_context::TrustChainVerification,
            common_tls_context::{CombinedCertificateValidationContext, ValidationContextType},
        },
    },
};

use crate::{
    envoy::{secret, tls},
    model::{ClientCertificate, ClientValidation, Profile, SecretUse},
    object::NamespacedName,
    settings::Settings,
};

/// Ends TLS with a certificate, for clients that fit a profile.
pub(super) fn transport_socket(
    certificate: &NamespacedName,
    profile: &Profile,
    alpn: Vec<String>,
    settings: &Settings,
) -> TransportSocket {
    let Profile {
        minimum,
        maximum,
        client,
    } = profile;
    let certificate = SecretUse::KeyPair(certificate.clone());
    let require = client
        .as_ref()
        .map(|client| client.certificate == ClientCertificate::Required);
    let context = DownstreamTlsContext {
        require_client_certificate: require,
        common_tls_context: Some(CommonTlsContext {
            tls_params: Some(tls::parameters(&settings.tls.parameters, *minimum, *maximum)),
            tls_certificate_sds_secret_configs: vec![secret::reference(&certificate)],
            alpn_protocols: alpn,
            validation_context_type: client.as_ref().map(validation),
            ..Default::default()
        }),
        ..Default::default()
    };
    tls::transport_socket(any(&context))
}

fn validation(client: &ClientValidation) -> ValidationContextType {
    let verification = if client.accept_untrusted {
        TrustChainVerification::AcceptUntrusted
    } else {
        TrustChainVerification::VerifyTrustChain
    };
    let context = CertificateValidationContext {
        trust_chain_verification: verification.into(),
        ..Default::default()
    };
    match client.trust.clone().map(SecretUse::Trust) {
        None => ValidationContextType::ValidationContext(context),
        Some(trust) => ValidationContextType::CombinedValidationContext(CombinedCertificateValidationContext {
            default_validation_context: Some(context),
            validation_context_sds_secret_config: Some(secret::reference(&trust)),
            ..Default::default()
        }),
    }
}
