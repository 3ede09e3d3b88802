//! A root: what is checked of its host, in the reference's order.

use super::{Visits, auth, cors, ip_filter, jwt, problem::Problem, rate_limit, root::Root, tls};
use crate::{
    api::httpproxy,
    model::{self, LocalRateLimit, RateLimitDescriptor, Secure, VirtualHost},
    object::{HttpProxy, Kind},
    settings::Settings,
    status::{Findings, Part},
};

impl Visits<'_> {
    /// What is served of a root; nothing if its host is wrong.
    pub(super) fn virtual_host(
        &mut self,
        root: &HttpProxy,
        fqdn: &str,
        findings: &mut Findings,
    ) -> Option<VirtualHost> {
        match self.checked(root, fqdn, findings) {
            Ok(host) => host,
            Err(problem) => {
                problem.record(findings);
                None
            }
        }
    }

    fn checked(
        &mut self,
        root: &HttpProxy,
        fqdn: &str,
        findings: &mut Findings,
    ) -> Result<Option<VirtualHost>, Problem> {
        let spec = &root.spec;
        let Some(written) = &spec.virtualhost else {
            return Ok(None);
        };
        check_features(root, written, self.reader.settings())?;
        let reader = self.reader;
        let block = written.tls.as_ref();
        let tls = block.map(|block| tls::tls(reader, &root.name.namespace, written, block, findings));
        let tls = tls.transpose()?.flatten();
        let lacks_authority = block.is_some_and(tls::lacks_authority);
        if lacks_authority {
            let message = "Spec.VirtualHost.TLS client validation is invalid: CA Secret must be specified";
            findings.error(Part::Tls, "ClientValidationInvalid", message);
        }
        let defaults = Root {
            fqdn,
            has_tls: block.is_some(),
            guard: auth::guard(reader, root)?,
            providers: jwt::providers(reader, root)?,
        };
        if spec.tcpproxy.is_some() && block.is_none() {
            let message = "Spec.TCPProxy requires that either Spec.TLS.Passthrough or Spec.TLS.SecretName be set";
            return Err(Problem::new(Part::TcpProxy, "TLSMustBeConfigured", message));
        }
        let Ok(destinations) = self.tcp_proxy(root, &mut Vec::new(), findings) else {
            return Ok(None);
        };
        let routes = self.routes_of_root(root, &defaults, findings);
        for problem in std::mem::take(&mut self.of_root) {
            problem.record(findings);
        }
        let cors = written
            .cors_policy
            .as_ref()
            .map(cors::cors)
            .transpose()
            .map_err(|problem| {
                let message = format!("Spec.VirtualHost.CORSPolicy: {problem}");
                Problem::new(Part::Cors, "PolicyDidNotParse", message)
            })?;
        let (local_rate_limit, rate_limits) = self.rate_limits(root, written, &defaults)?;
        let ip_filter = match ip_filter::read(&written.ip_allow_policy, &written.ip_deny_policy) {
            Ok(filter) => filter,
            Err(unreadable) => {
                refuse_filter(unreadable, findings);
                return Ok(None);
            }
        };
        if lacks_authority {
            return Ok(None);
        }
        let secure = match (destinations, tls) {
            (Some(destinations), tls) => Some(Secure::Tcp {
                tls,
                proxy: model::TcpProxy {
                    destinations,
                    ip_filter: ip_filter.clone(),
                },
            }),
            (None, Some(tls)) if spec.tcpproxy.is_none() && !routes.is_empty() => Some(Secure::Routes(tls)),
            _ => None,
        };
        let serves = !routes.is_empty() || secure.is_some();
        Ok(serves.then(|| VirtualHost {
            routes,
            secure,
            cors,
            ip_filter,
            local_rate_limit,
            rate_limits,
            authorization: defaults.guard.of_others(root),
            jwt_providers: defaults.providers.all,
            ..VirtualHost::new(fqdn.to_owned(), vec![Kind::HttpProxy.object(&root.name)])
        }))
    }

    /// The host's own limits; the operator's descriptors where it has none and does not opt out.
    fn rate_limits(
        &self,
        root: &HttpProxy,
        written: &httpproxy::VirtualHost,
        defaults: &Root<'_>,
    ) -> Result<(Option<LocalRateLimit>, Vec<RateLimitDescriptor>), Problem> {
        let invalid = |prefix: &'static str| {
            move |problem| {
                Problem::new(
                    Part::VirtualHost,
                    "RateLimitPolicyNotValid",
                    format!("{prefix} is invalid: {problem}"),
                )
            }
        };
        let policy = written.rate_limit_policy.as_ref();
        let local = policy.and_then(|policy| policy.local.as_ref());
        let local = local.map(|local| rate_limit::local(local, defaults.place(&root.name.namespace)));
        let local = local.transpose().map_err(invalid("Spec.VirtualHost.RateLimitPolicy"))?;
        let service = self.reader.settings().rate_limit_service.as_ref();
        let by_operator = service.and_then(|service| service.default_global_rate_limit_policy.as_ref());
        let (global, name) = match policy.and_then(|policy| policy.global.as_ref()) {
            Some(own) => (Some(own), "Spec.VirtualHost.RateLimitPolicy"),
            None => (by_operator, "Default Global RateLimit Policy"),
        };
        let global = global.filter(|global| !global.disabled).map(rate_limit::global);
        Ok((local, global.transpose().map_err(invalid(name))?.unwrap_or_default()))
    }
}

/// What a host cannot have, or not together.
fn check_features(root: &HttpProxy, written: &httpproxy::VirtualHost, settings: &Settings) -> Result<(), Problem> {
    let spec = &root.spec;
    if spec.routes.is_empty() && spec.includes.is_empty() && spec.tcpproxy.is_none() {
        let message = "HTTPProxy.Spec must have at least one Route, Include, or a TCPProxy";
        return Err(Problem::new(Part::Spec, "NothingDefined", message));
    }
    // Over connections that are only passed on, nobody could be asked for anything.
    let has_requests = !spec.routes.is_empty() || !spec.includes.is_empty();
    let ends_tls = match &written.tls {
        Some(tls) => !tls.secret_name.is_empty(),
        None => settings.is_tls_ended_in_front(),
    };
    let ends_tls = ends_tls && has_requests;
    if !written.jwt_providers.is_empty() && !ends_tls {
        let message = "Spec.VirtualHost.JWTProviders can only be defined for root HTTPProxies that terminate TLS";
        return Err(Problem::new(Part::Jwt, "JWTVerificationNotPermitted", message));
    }
    let is_wrong_tls = written
        .tls
        .as_ref()
        .is_some_and(|tls| !tls.passthrough && tls.secret_name.is_empty());
    if auth::names_service(root) && !ends_tls && !is_wrong_tls {
        let message = "Spec.VirtualHost.Authorization.ExtensionServiceRef can only be defined for root HTTPProxies that terminate TLS";
        return Err(Problem::new(Part::Auth, "AuthNotPermitted", message));
    }
    if !written.ip_allow_policy.is_empty() && !written.ip_deny_policy.is_empty() {
        let message =
            "Spec.VirtualHost.IPAllowFilterPolicy and Spec.VirtualHost.IPDepnyFilterPolicy cannot both be defined.";
        return Err(Problem::new(Part::IpFilter, "IncompatibleIPAddressFilters", message));
    }
    Ok(())
}

fn refuse_filter(unreadable: ip_filter::Unreadable, findings: &mut Findings) {
    for problem in unreadable.problems {
        problem.record(findings);
    }
    // The reference says so only of the last one.
    if let Some(error) = unreadable.last {
        let message =
            format!("Spec.VirtualHost.IPAllowFilterPolicy or Spec.VirtualHost.IPDenyFilterPolicy is invalid: {error}");
        findings.error(Part::IpFilter, "IPFilterPolicyNotValid", message);
    }
}
