//! External authorization: who is asked for the routes of a host, and which routes go without.

use std::collections::BTreeMap;

use super::{headers, problem::Problem};
use crate::{
    api::shared::{AllowedHeader, AuthorizationPolicy, AuthorizationServer},
    duration::parse_timeout,
    extension,
    inputs::Reader,
    model::{Authorization, AuthorizationProtocol, RequestBody, Timeout},
    object::{HttpProxy, NamespacedName},
    status::Part,
};

/// The only version that a reference may name.
const VERSION: &str = "projectcontour.io/v1alpha1";

/// What holds for the routes of a host unless they say otherwise.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// With the context of the host.
    service: Option<Authorization>,
    /// Whether somebody names a service, be it of use or not.
    is_named: bool,
    disabled: bool,
}

impl Guard {
    /// Who is asked for routes that others add to the host.
    pub(super) fn of_others(&self, root: &HttpProxy) -> Option<Authorization> {
        self.service.clone().filter(|_| names_service(root))
    }

    /// Who is asked for a route: its policy counts as a whole, so that one with only a context switches authorization
    /// on again.
    pub(super) fn of_route(&self, policy: Option<&AuthorizationPolicy>) -> Result<Option<Authorization>, Problem> {
        let disabled = policy.map_or(self.disabled, |policy| policy.disabled.unwrap_or(false));
        if disabled {
            return Ok(None);
        }
        let demands = policy.is_some_and(|policy| policy.disabled == Some(false));
        let Some(service) = &self.service else {
            if !self.is_named && !demands {
                return Ok(None);
            }
            let message = "route.authPolicy demands authorization, but there is no extension service to ask: name one in Spec.VirtualHost.Authorization.ExtensionServiceRef or in the configuration file";
            return Err(Problem::new(Part::Auth, "AuthNotPermitted", message));
        };
        let mut service = service.clone();
        let of_route = policy.map(|policy| policy.context.clone()).unwrap_or_default();
        service.context.extend(of_route);
        Ok(Some(service))
    }
}

/// Whether a root names an extension service of its own.
pub(super) fn names_service(root: &HttpProxy) -> bool {
    let host = root.spec.virtualhost.as_ref();
    let written = host.and_then(|host| host.authorization.as_ref());
    written.is_some_and(|written| !written.extension_ref.name.is_empty())
}

/// Reads what a root and the operator's settings say.
pub(super) fn guard(reader: &Reader<'_>, root: &HttpProxy) -> Result<Guard, Problem> {
    let host = root.spec.virtualhost.as_ref();
    let own = host.and_then(|host| host.authorization.as_ref());
    let global = reader.settings().global_ext_auth.as_ref();
    let policy = match own {
        Some(own) => own.auth_policy.as_ref(),
        None => global.and_then(|global| global.auth_policy.as_ref()),
    };
    let of_global = global.and_then(|global| global.auth_policy.as_ref());
    let disabled = policy.or(of_global).and_then(|policy| policy.disabled).unwrap_or(false);
    let server = own.filter(|_| names_service(root)).or(global);
    let Some(server) = server else {
        let demands = policy.is_some_and(|policy| policy.disabled == Some(false));
        if demands {
            let message = "Spec.VirtualHost.Authorization.AuthPolicy demands authorization, but there is no extension service to ask: name one in Spec.VirtualHost.Authorization.ExtensionServiceRef or in the configuration file";
            return Err(Problem::new(Part::Auth, "AuthNotPermitted", message));
        }
        return Ok(Guard {
            disabled,
            ..Guard::default()
        });
    };
    let service = match service(reader, &root.name.namespace, server) {
        Ok(service) => Some(service),
        // Nobody asks it unless a route does.
        Err(_) if disabled && !names_service(root) => None,
        Err(problem) => return Err(problem),
    };
    let context = policy.map(|policy| policy.context.clone()).unwrap_or_default();
    Ok(Guard {
        service: service.map(|service| Authorization { context, ..service }),
        is_named: true,
        disabled,
    })
}

/// Who is asked for routes that no proxy declares, by the operator's settings.
pub(crate) fn of_operator(reader: &Reader<'_>) -> Result<Option<Authorization>, String> {
    let Some(global) = &reader.settings().global_ext_auth else {
        return Ok(None);
    };
    let policy = global.auth_policy.clone().unwrap_or_default();
    if policy.disabled.unwrap_or(false) {
        return Ok(None);
    }
    let context = policy.context;
    match service(reader, "", global) {
        Ok(service) => Ok(Some(Authorization { context, ..service })),
        Err(problem) => Err(problem.message),
    }
}

fn service(reader: &Reader<'_>, namespace: &str, server: &AuthorizationServer) -> Result<Authorization, Problem> {
    let problem =
        |reason, message: String| Problem::new(Part::Auth, reason, format!("Spec.Virtualhost.Authorization.{message}"));
    let reference = &server.extension_ref;
    if !matches!(reference.api_version.as_str(), "" | VERSION) {
        let message = format!(
            "extensionRef specifies an unsupported resource version \"{}\"",
            reference.api_version
        );
        return Err(problem("AuthBadResourceVersion", message));
    }
    let name = match reference.namespace.as_str() {
        "" => NamespacedName::new(namespace, reference.name.clone()),
        other => NamespacedName::new(other, reference.name.clone()),
    };
    let extension = extension::resolve(&name, reader).ok_or_else(|| {
        problem(
            "ExtensionServiceNotFound",
            format!("ServiceRef extension service \"{name}\" not found"),
        )
    })?;
    let timeout = parse_timeout(&server.response_timeout).map_err(|error| {
        problem(
            "AuthResponseTimeoutInvalid",
            format!("ResponseTimeout is invalid: {error}"),
        )
    })?;
    let protocol = match server.service_type.as_deref() {
        Some("http") => http(server, &problem)?,
        _ => AuthorizationProtocol::Grpc,
    };
    let body = server.with_request_body.map(|body| {
        let bytes = body.max_request_bytes.unwrap_or(1024);
        let max_bytes = u32::try_from(bytes).ok().filter(|bytes| *bytes > 0);
        Ok(RequestBody {
            max_bytes: max_bytes.ok_or_else(|| {
                let message = format!("WithRequestBody.MaxRequestBytes must be positive, {bytes} was supplied");
                problem("AuthRequestBodyInvalid", message)
            })?,
            allow_partial: body.allow_partial_message,
            pack_as_bytes: body.pack_as_bytes,
        })
    });
    Ok(Authorization {
        cluster: extension.cluster,
        protocol,
        authority: extension.authority,
        timeout: if timeout == Timeout::Default {
            extension.timeout
        } else {
            timeout
        },
        fail_open: server.fail_open,
        body: body.transpose()?,
        context: BTreeMap::new(),
    })
}

fn http(
    server: &AuthorizationServer,
    problem: &impl Fn(&'static str, String) -> Problem,
) -> Result<AuthorizationProtocol, Problem> {
    let context = server.auth_policy.as_ref().map(|policy| &policy.context);
    if context.is_some_and(|context| !context.is_empty()) {
        let message = "AuthPolicy.Context are only applied to grpc service type";
        return Err(problem("AuthContextForHTTP", message.to_owned()));
    }
    let settings = server.http_settings.clone().unwrap_or_default();
    let prefix = &settings.path_prefix;
    if !(prefix.is_empty() || prefix.starts_with('/')) || headers::check_value(prefix).is_err() {
        let message =
            format!("HTTPServerSettings.PathPrefix is invalid: it must start with /, {prefix:?} was supplied");
        return Err(problem("AuthBadPathPrefix", message));
    }
    let lists = [
        ("AllowedAuthorizationHeaders", &settings.allowed_authorization_headers),
        ("AllowedUpstreamHeaders", &settings.allowed_upstream_headers),
    ];
    for (field, allowed) in lists {
        for header in allowed {
            check_allowed(header).map_err(|wrong| {
                let message = format!("HTTPServerSettings.{field} is invalid: {wrong}");
                problem("AuthBadAllowedHeader", message)
            })?;
        }
    }
    Ok(AuthorizationProtocol::Http {
        path_prefix: settings.path_prefix,
        allowed_request_headers: settings.allowed_authorization_headers,
        allowed_upstream_headers: settings.allowed_upstream_headers,
    })
}

fn check_allowed(header: &AllowedHeader) -> Result<(), &'static str> {
    let kinds = [&header.exact, &header.prefix, &header.suffix, &header.contains];
    match kinds.into_iter().filter(|text| !text.is_empty()).count() {
        0 => Err("one of prefix, suffix, exact or contains is required for each allowedHeader"),
        1 => Ok(()),
        _ => Err("only one of prefix, suffix, exact, and contains should be set in the allowedHeader"),
    }
}
