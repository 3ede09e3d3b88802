//! How objects of every kind find what they forward to: a port of a Service, and whom its certificate must belong to.

use std::net::IpAddr;

use crate::{
    api,
    certificate::SecretError,
    inputs::Reader,
    model::{CircuitBreakers, UpstreamValidation},
    object::{NamespacedName, Service, ServicePort},
};

/// A port as its user calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PortRef<'a> {
    Number(i64),
    Name(&'a str),
}

/// A port of a Service that may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) service: &'a Service,
    pub(crate) port: &'a ServicePort,
    pub(crate) number: u16,
}

/// Finds a port of a Service, or says in the reference's words why it cannot be used.
pub(crate) fn find<'a>(reader: &Reader<'a>, name: &NamespacedName, port: PortRef<'_>) -> Result<Found<'a>, String> {
    let service = reader
        .service(name)
        .ok_or_else(|| format!("service \"{name}\" not found"))?;
    let (text, found) = match port {
        PortRef::Number(number) => (
            number.to_string(),
            service.ports.iter().find(|port| i64::from(port.port) == number),
        ),
        PortRef::Name(text) => (text.to_owned(), service.ports.iter().find(|port| port.name == text)),
    };
    let unmatched = || format!("port \"{text}\" on service \"{name}\" not matched");
    let port = found.ok_or_else(unmatched)?;
    if port.protocol != "TCP" {
        return Err(format!("unsupported service protocol \"{}\"", port.protocol));
    }
    if let Some(host) = &service.external_name {
        check_external_name(reader, name, host)?;
    }
    let number = u16::try_from(port.port).map_err(|_| unmatched())?;
    Ok(Found { service, port, number })
}

/// A name that leads back into Envoy's own pod would open its admin interface to everybody.
fn check_external_name(reader: &Reader<'_>, name: &NamespacedName, host: &str) -> Result<(), String> {
    if !reader.settings().enable_external_name_service {
        return Err(format!(
            "{name} is an ExternalName service, these are not currently enabled. See the config.enableExternalNameService config file setting"
        ));
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if matches!(
        host.as_str(),
        "localhost" | "localhost.localdomain" | "local.projectcontour.io"
    ) {
        return Err(format!(
            "{name} is an ExternalName service that points to localhost, this is not allowed"
        ));
    }
    if host.parse().is_ok_and(leads_back) {
        return Err(format!(
            "{name} is an ExternalName service that points to a loopback, link-local or unspecified IP address, this is not allowed"
        ));
    }
    Ok(())
}

fn leads_back(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified(),
    }
}

/// A Secret as it is referred to: `name`, or `namespace/name`.
pub(crate) fn secret_name(namespace: &str, written: &str) -> NamespacedName {
    let (namespace, name) = written.split_once('/').unwrap_or((namespace, written));
    NamespacedName::new(namespace, name)
}

/// What a look-up of a Secret says of it.
pub(crate) type Verdict<'a> = Option<Result<(), &'a SecretError>>;

/// A Secret's verdict in words.
pub(crate) fn usable(verdict: Verdict<'_>) -> Result<(), String> {
    match verdict {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("Secret not found".to_owned()),
    }
}

/// What Envoy shows of itself to upstreams over TLS, or what is wrong with it: then nothing that the operator asked for
/// is safe to call.
pub(crate) fn client_certificate(reader: &Reader<'_>) -> Result<Option<NamespacedName>, String> {
    let Some(secret) = &reader.settings().tls.client_certificate else {
        return Ok(None);
    };
    match usable(reader.certificate(secret)) {
        Ok(()) => Ok(Some(secret.clone())),
        Err(error) => Err(format!(
            "tls.envoy-client-certificate Secret \"{secret}\" is invalid: {error}"
        )),
    }
}

/// Why a target's certificate cannot be validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValidationError {
    /// The Secret is another namespace's, and is not delegated.
    NotDelegated(NamespacedName),
    Invalid(String),
}

/// Whom a target's certificate must belong to.
pub(crate) fn validation(
    reader: &Reader<'_>,
    namespace: &str,
    written: &api::shared::UpstreamValidation,
) -> Result<UpstreamValidation, ValidationError> {
    let authority = secret_name(namespace, &written.ca_secret);
    if !reader.may_use(&authority, namespace) {
        return Err(ValidationError::NotDelegated(authority));
    }
    let invalid = |problem| ValidationError::Invalid(problem);
    usable(reader.authority(&authority))
        .map_err(|error| invalid(format!("invalid CA Secret \"{authority}\": {error}")))?;
    let name = &written.subject_name;
    let subject_names = match written.subject_names.first() {
        None if name.is_empty() => return Err(invalid("missing subject alternative name".to_owned())),
        None => vec![name.clone()],
        Some(first) if first != name => {
            return Err(invalid(format!(
                "first entry of SubjectNames ({first}) does not match SubjectName ({name})"
            )));
        }
        Some(_) => written.subject_names.clone(),
    };
    Ok(UpstreamValidation {
        authority,
        subject_names,
    })
}

/// Limits as an object or the settings have them; zero is Envoy's own. The schema admits numbers that Envoy does not.
pub(crate) fn circuit_breakers(written: &api::shared::CircuitBreakers) -> Result<CircuitBreakers, String> {
    let limit = |field: &str, number: i64| match u32::try_from(number) {
        Ok(0) => Ok(None),
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(format!(
            "{field} must be in the range 0-{}, {number} was supplied",
            u32::MAX
        )),
    };
    Ok(CircuitBreakers {
        max_connections: limit("maxConnections", written.max_connections)?,
        max_pending_requests: limit("maxPendingRequests", written.max_pending_requests)?,
        max_requests: limit("maxRequests", written.max_requests)?,
        max_retries: limit("maxRetries", written.max_retries)?,
        per_host_max_connections: limit("perHostMaxConnections", written.per_host_max_connections)?,
    })
}
