//! `jwtProviders` of a host.

use std::{collections::BTreeMap, time::Duration};

use super::{jwks_uri::Uri, problem::Problem};
use crate::{
    api::httpproxy::{self, RemoteJwks},
    certificate, duration,
    inputs::Reader,
    model::{Cluster, Jwks, JwtProvider, Protocol, Target},
    object::{HttpProxy, NamespacedName},
    settings::DnsLookupFamily,
    status::Part,
    upstream::{self, ValidationError},
};

/// What routes may require.
#[derive(Debug, Default)]
pub(super) struct Providers {
    pub(super) all: Vec<JwtProvider>,
    /// Keys by the names that routes use.
    keys: BTreeMap<String, String>,
    default: Option<String>,
}

impl Providers {
    /// The key of the provider whose token a route asks for; nothing if it asks for none.
    pub(super) fn required(
        &self,
        policy: Option<&httpproxy::JwtVerificationPolicy>,
    ) -> Result<Option<String>, Required> {
        let name = match policy {
            Some(policy) if !policy.require.is_empty() && policy.disabled => return Err(Required::Contradiction),
            Some(policy) if policy.disabled => return Ok(None),
            Some(policy) if !policy.require.is_empty() => &policy.require,
            _ => match &self.default {
                Some(default) => default,
                None => return Ok(None),
            },
        };
        let key = self.keys.get(name).cloned();
        key.map(Some).ok_or_else(|| Required::Undefined(name.clone()))
    }
}

/// A requirement that cannot be met.
#[derive(Debug)]
pub(super) enum Required {
    Contradiction,
    Undefined(String),
}

/// Reads the providers of a root.
pub(super) fn providers(reader: &Reader<'_>, root: &HttpProxy) -> Result<Providers, Problem> {
    let mut providers = Providers::default();
    let written = root.spec.virtualhost.iter().flat_map(|host| &host.jwt_providers);
    for provider in written {
        let name = &provider.name;
        let invalid = |reason, problem: String| {
            Problem::new(
                Part::Jwt,
                reason,
                format!("Spec.VirtualHost.JWTProviders is invalid: {problem}"),
            )
        };
        let key = format!("{}/{name}", root.name);
        if providers.keys.insert(name.clone(), key.clone()).is_some() {
            return Err(invalid("DuplicateProviderName", format!("duplicate name {name}")));
        }
        if provider.default && providers.default.replace(name.clone()).is_some() {
            let problem = "at most one provider can be set as the default";
            return Err(invalid("MultipleDefaultProvidersSpecified", problem.to_owned()));
        }
        providers.all.push(JwtProvider {
            key,
            issuer: provider.issuer.clone(),
            audiences: provider.audiences.clone(),
            forward: provider.forward_jwt,
            keys: keys(reader, &root.name.namespace, provider)?,
        });
    }
    Ok(providers)
}

fn keys(reader: &Reader<'_>, namespace: &str, provider: &httpproxy::JwtProvider) -> Result<Jwks, Problem> {
    let invalid = |reason, problem: &str| {
        let message = format!(
            "Spec.VirtualHost.JWTProviders for provider \"{}\" is invalid: {problem}",
            provider.name
        );
        Err(Problem::new(Part::Jwt, reason, message))
    };
    match (&provider.remote_jwks, &provider.local_jwks) {
        (Some(_), Some(_)) => invalid(
            "JWKSSourceConflict",
            "at most one of remoteJWKS or localJWKS may be set",
        ),
        (None, None) => invalid(
            "JWKSSourceMissing",
            "exactly one of remoteJWKS or localJWKS must be set",
        ),
        (Some(remote), None) => self::remote(reader, namespace, remote),
        (None, Some(local)) => {
            let secret = NamespacedName::new(namespace, local.secret_name.clone());
            self::local(reader, &secret, &local.key).map_err(|problem| {
                let message = format!(
                    "Spec.VirtualHost.JWTProviders.LocalJWKS for provider \"{}\" is invalid: {problem}",
                    provider.name
                );
                Problem::new(Part::Jwt, "LocalJWKSInvalid", message)
            })
        }
    }
}

fn local(reader: &Reader<'_>, secret: &NamespacedName, key: &str) -> Result<Jwks, String> {
    let (kind, data) = reader.secret_data(secret).ok_or("Secret not found")?;
    if kind != "Opaque" {
        return Err("secret type is not \"Opaque\"".to_owned());
    }
    let keys = certificate::jwks(data, key).map_err(|error| error.to_string())?;
    Ok(Jwks::Inline(keys.to_owned()))
}

fn remote(reader: &Reader<'_>, namespace: &str, remote: &RemoteJwks) -> Result<Jwks, Problem> {
    let invalid = |reason, problem: String| {
        let message = format!("Spec.VirtualHost.JWTProviders.RemoteJWKS.{problem}");
        Problem::new(Part::Jwt, reason, message)
    };
    let uri_invalid = |error| invalid("RemoteJWKSURIInvalid", format!("URI is invalid: {error}"));
    let uri = Uri::parse(&remote.uri).map_err(uri_invalid)?;
    let (protocol, port) = match uri.scheme.to_ascii_lowercase().as_str() {
        "http" => (Protocol::Plain, 80),
        "https" => (Protocol::Tls, 443),
        _ => {
            let problem = format!("URI has invalid scheme \"{}\", must be http or https", uri.scheme);
            return Err(invalid("RemoteJWKSSchemeInvalid", problem));
        }
    };
    let host = uri.checked_host().map_err(uri_invalid)?;
    let validation = match &remote.validation {
        None => None,
        Some(_) if protocol == Protocol::Plain => {
            let problem = "UpstreamValidation must not be specified when URI scheme is http.";
            return Err(invalid("RemoteJWKSUpstreamValidationInvalid", problem.to_owned()));
        }
        Some(written) => Some(upstream::validation(reader, namespace, written).map_err(|error| match error {
            ValidationError::NotDelegated(secret) => invalid(
                "RemoteJWKSCACertificateNotDelegated",
                format!("UpstreamValidation.CACertificate Secret \"{secret}\" is not configured for certificate delegation"),
            ),
            ValidationError::Invalid(problem) => invalid(
                "RemoteJWKSUpstreamValidationInvalid",
                format!("UpstreamValidation is invalid: {problem}"),
            ),
        })?),
    };
    let timeout = optional(&remote.timeout)
        .map_err(|error| invalid("RemoteJWKSTimeoutInvalid", format!("Timeout is invalid: {error}")))?;
    let cache_duration = optional(&remote.cache_duration).and_then(|duration| match duration {
        Some(duration) if duration < Duration::from_millis(1) => Err("Envoy caches for 1ms or more".to_owned()),
        duration => Ok(duration),
    });
    let cache_duration = cache_duration.map_err(|error| {
        invalid(
            "RemoteJWKSCacheDurationInvalid",
            format!("CacheDuration is invalid: {error}"),
        )
    })?;
    let port = uri
        .number(port)
        .map_err(|error| invalid("RemoteJWKSPortInvalid", format!("URI has an invalid port: {error}")))?;
    let family = match remote.dns_lookup_family.as_str() {
        "" => reader.settings().cluster.dns_lookup_family,
        "auto" => DnsLookupFamily::Auto,
        "v4" => DnsLookupFamily::V4,
        "v6" => DnsLookupFamily::V6,
        "all" => DnsLookupFamily::All,
        other => {
            let problem = format!("DNSLookupFamily has an invalid value \"{other}\", must be auto, all, v4 or v6");
            return Err(invalid("RemoteJWKSDNSLookupFamilyInvalid", problem));
        }
    };
    let target = Target::Dns {
        scheme: uri.scheme.to_ascii_lowercase(),
        host: host.to_owned(),
        port,
        family,
    };
    let is_name = protocol.is_tls() && host.parse::<std::net::IpAddr>().is_err();
    let cluster = Cluster {
        protocol,
        validation,
        sni: if is_name { host.to_owned() } else { String::new() },
        ..Cluster::plain(target)
    };
    Ok(Jwks::Remote {
        uri: remote.uri.clone(),
        cluster: Box::new(cluster),
        timeout: timeout.unwrap_or(Duration::from_secs(1)),
        cache_duration,
    })
}

fn optional(text: &str) -> Result<Option<Duration>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    duration::parse(text).map(Some)
}
