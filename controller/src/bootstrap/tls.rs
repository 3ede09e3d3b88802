//! How Envoy and the controller know each other: where Envoy finds its certificate, and whom it believes.

use std::path::{Path, PathBuf};

use isoline_envoy_api::{
    any, any_to_json,
    envoy::{
        config::core::v3::{
            ApiVersion, ConfigSource, DataSource, PathConfigSource, TransportSocket, WatchedDirectory,
            config_source::ConfigSourceSpecifier, data_source, transport_socket,
        },
        extensions::transport_sockets::tls::v3::{
            CertificateValidationContext, CommonTlsContext, SdsSecretConfig, Secret, SubjectAltNameMatcher,
            TlsCertificate, TlsParameters, UpstreamTlsContext, common_tls_context::ValidationContextType, secret,
            subject_alt_name_matcher::SanType, tls_parameters::TlsProtocol,
        },
        service::discovery::v3::DiscoveryResponse,
        r#type::matcher::v3::{StringMatcher, string_matcher::MatchPattern},
    },
};
use serde_json::Value;

use super::{CONTROLLER, options::Tls};

const CERTIFICATE: &str = "isoline_xds_tls_certificate";
const VALIDATION: &str = "isoline_xds_tls_validation_context";

/// TLS 1.3 to the controller.
pub(super) fn transport_socket(tls: &Tls) -> TransportSocket {
    let common = match &tls.resources {
        Some(folder) => CommonTlsContext {
            tls_certificate_sds_secret_configs: vec![from_file(CERTIFICATE, &certificate_path(folder))],
            validation_context_type: Some(ValidationContextType::ValidationContextSdsSecretConfig(from_file(
                VALIDATION,
                &validation_path(folder),
            ))),
            ..Default::default()
        },
        None => CommonTlsContext {
            tls_certificates: vec![certificate(tls)],
            validation_context_type: Some(ValidationContextType::ValidationContext(validation(tls))),
            ..Default::default()
        },
    };
    let context = UpstreamTlsContext {
        common_tls_context: Some(CommonTlsContext {
            tls_params: Some(TlsParameters {
                tls_minimum_protocol_version: TlsProtocol::TlSv13.into(),
                tls_maximum_protocol_version: TlsProtocol::TlSv13.into(),
                ..Default::default()
            }),
            ..common
        }),
        ..Default::default()
    };
    TransportSocket {
        name: "envoy.transport_sockets.tls".to_owned(),
        config_type: Some(transport_socket::ConfigType::TypedConfig(any(&context))),
    }
}

/// The files beside the bootstrap, with what is in them.
pub(super) fn resources(tls: &Tls) -> Vec<(PathBuf, Value)> {
    let Some(folder) = &tls.resources else {
        return Vec::new();
    };
    let response = |name: &str, kind| {
        let secret = Secret {
            name: name.to_owned(),
            r#type: Some(kind),
        };
        let response = DiscoveryResponse {
            resources: vec![any(&secret)],
            ..Default::default()
        };
        any_to_json(&any(&response)).expect("it is a message of the Envoy API crate")
    };
    let certificate = secret::Type::TlsCertificate(certificate(tls));
    let validation = secret::Type::ValidationContext(validation(tls));
    vec![
        (certificate_path(folder), response(CERTIFICATE, certificate)),
        (validation_path(folder), response(VALIDATION, validation)),
    ]
}

fn certificate_path(folder: &Path) -> PathBuf {
    folder.join("sds/xds-tls-certificate.json")
}

fn validation_path(folder: &Path) -> PathBuf {
    folder.join("sds/xds-validation-context.json")
}

fn from_file(name: &str, path: &Path) -> SdsSecretConfig {
    let source = PathConfigSource {
        path: path.display().to_string(),
        ..Default::default()
    };
    SdsSecretConfig {
        name: name.to_owned(),
        sds_config: Some(ConfigSource {
            resource_api_version: ApiVersion::V3.into(),
            config_source_specifier: Some(ConfigSourceSpecifier::PathConfigSource(source)),
            ..Default::default()
        }),
    }
}

fn certificate(tls: &Tls) -> TlsCertificate {
    TlsCertificate {
        certificate_chain: Some(file(&tls.files.certificate)),
        private_key: Some(file(&tls.files.key)),
        watched_directory: watched(tls, &tls.files.certificate),
        ..Default::default()
    }
}

/// The controller is whoever is so called by one of our authorities, wherever its address leads.
fn validation(tls: &Tls) -> CertificateValidationContext {
    let name = SubjectAltNameMatcher {
        san_type: SanType::Dns.into(),
        matcher: Some(StringMatcher {
            match_pattern: Some(MatchPattern::Exact(CONTROLLER.to_owned())),
            ..Default::default()
        }),
        ..Default::default()
    };
    CertificateValidationContext {
        trusted_ca: Some(file(&tls.files.ca)),
        match_typed_subject_alt_names: vec![name],
        watched_directory: watched(tls, &tls.files.ca),
        ..Default::default()
    }
}

/// Kubernetes rotates a Secret by moving a link in the folder of the files; the files themselves never move.
fn watched(tls: &Tls, path: &Path) -> Option<WatchedDirectory> {
    tls.resources.as_ref()?;
    Some(WatchedDirectory {
        path: path.parent()?.display().to_string(),
        ..Default::default()
    })
}

fn file(path: &Path) -> DataSource {
    DataSource {
        specifier: Some(data_source::Specifier::Filename(path.display().to_string())),
        ..Default::default()
    }
}
