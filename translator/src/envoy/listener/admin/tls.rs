//! TLS of Envoy's metrics, by files in its container. They come as secrets, since Envoy reads those anew when their
//! files change.

use isoline_envoy_api::{
    any,
    envoy::{
        config::core::v3::{DataSource, TransportSocket, data_source},
        extensions::transport_sockets::tls::v3::{
            CertificateValidationContext, CommonTlsContext, DownstreamTlsContext, SdsSecretConfig, Secret,
            TlsCertificate,
            common_tls_context::{CombinedCertificateValidationContext, ValidationContextType},
            secret,
        },
    },
};

use crate::{
    envoy::{tls, words::ads},
    model::TlsVersion,
    settings::{TlsFiles, TlsParameters},
};

/// No Secret of a cluster has a name with two slashes, nor has a host.
const CERTIFICATE: &str = "envoy/metrics/metrics-tls-certificate";
const AUTHORITY: &str = "envoy/metrics/metrics-ca-certificate";

/// Whoever has no certificate of the authority is turned away, where there is one.
pub(super) fn transport_socket(files: &TlsFiles) -> TransportSocket {
    let needs_certificate = files.authority.is_some();
    let trust = CombinedCertificateValidationContext {
        default_validation_context: Some(CertificateValidationContext::default()),
        validation_context_sds_secret_config: Some(reference(AUTHORITY)),
        ..Default::default()
    };
    let of_envoy = TlsParameters {
        cipher_suites: Vec::new(),
        ..TlsParameters::default()
    };
    let context = DownstreamTlsContext {
        require_client_certificate: needs_certificate.then_some(true),
        common_tls_context: Some(CommonTlsContext {
            tls_params: Some(tls::parameters(&of_envoy, TlsVersion::V1_3, TlsVersion::V1_3)),
            tls_certificate_sds_secret_configs: vec![reference(CERTIFICATE)],
            validation_context_type: needs_certificate
                .then_some(ValidationContextType::CombinedValidationContext(trust)),
            ..Default::default()
        }),
        ..Default::default()
    };
    tls::transport_socket(any(&context))
}

pub(super) fn secrets(files: &TlsFiles) -> impl Iterator<Item = Secret> {
    let certificate = secret::Type::TlsCertificate(TlsCertificate {
        certificate_chain: Some(file(&files.certificate)),
        private_key: Some(file(&files.key)),
        ..Default::default()
    });
    let authority = files.authority.as_deref().map(|path| {
        secret::Type::ValidationContext(CertificateValidationContext {
            trusted_ca: Some(file(path)),
            ..Default::default()
        })
    });
    let secrets = [
        Some((CERTIFICATE, certificate)),
        authority.map(|authority| (AUTHORITY, authority)),
    ];
    secrets.into_iter().flatten().map(|(name, content)| Secret {
        name: name.to_owned(),
        r#type: Some(content),
    })
}

fn reference(name: &str) -> SdsSecretConfig {
    SdsSecretConfig {
        name: name.to_owned(),
        sds_config: Some(ads()),
    }
}

fn file(path: &str) -> DataSource {
    DataSource {
        specifier: Some(data_source::Specifier::Filename(path.to_owned())),
        ..Default::default()
    }
}
