//! One route of a proxy, checked in the reference's order.

use std::sync::Arc;

use super::{
    Visits, conditions, cookies,
    cookies::Cookies,
    headers::{Direction, Edits, Variables},
    health_check, ip_filter,
    jwt::Required,
    load_balancer,
    problem::{Fault, Problem},
    rate_limit, redirect, rewrite,
    routes::Path,
    services::{self, Call},
    timeouts,
};
use crate::{
    api::{
        httpproxy::{self, Service},
        shared::HeadersPolicy,
    },
    model::{self, Action, Cleartext, ClientPolicy, Destination, Forward, HostRewrite, Mirror, RateLimits, RouteMatch},
    object::{HttpProxy, Kind},
    status::{Findings, Part},
};

/// What a route says of its services.
struct Common {
    call: Call,
    host: Option<String>,
    cookies: Cookies,
}

impl Visits<'_> {
    /// The route with its policies; one that cannot be served as its author wants answers 503.
    pub(super) fn route(
        &mut self,
        proxy: &HttpProxy,
        route: &httpproxy::Route,
        path: Path<'_>,
        findings: &mut Findings,
    ) -> Result<model::Route, Problem> {
        let actions = [
            !route.services.is_empty(),
            route.request_redirect_policy.is_some(),
            route.direct_response_policy.is_some(),
        ];
        if actions.into_iter().filter(|is_there| *is_there).count() != 1 {
            let message =
                "must set exactly one of route.services or route.requestRedirectPolicy or route.directResponsePolicy";
            return Err(Problem::route("RouteActionCountNotValid", message));
        }
        let matches = matches(route, path)?;
        match self.served(proxy, route, matches.clone(), path, findings) {
            Ok(route) => Ok(route),
            Err(Fault::Proxy(problem)) => Err(problem),
            Err(Fault::Route(problem)) => {
                problem.record(findings);
                Ok(new_route(proxy, findings.focus(), matches, Action::respond(503), path))
            }
        }
    }

    fn served(
        &mut self,
        proxy: &HttpProxy,
        route: &httpproxy::Route,
        matches: RouteMatch,
        path: Path<'_>,
        findings: &mut Findings,
    ) -> Result<model::Route, Fault> {
        let variables = Variables {
            namespace: &proxy.name.namespace,
            service: None,
        };
        let headers = |policy: Option<&HeadersPolicy>, direction: Direction, reason| {
            Edits::read(policy, direction, variables).map_err(|problem| {
                let message = format!("{problem} on {} headers", direction.as_str());
                Problem::route(reason, message)
            })
        };
        let requests = headers(
            route.request_headers_policy.as_ref(),
            Direction::Request,
            "RequestHeadersPolicyInvalid",
        )?;
        let responses = headers(
            route.response_headers_policy.as_ref(),
            Direction::Response,
            "ResponseHeaderPolicyInvalid",
        )?;
        let cookies = cookies::read(&route.cookie_rewrite_policies, "route")?;
        let timeouts = timeouts::timeouts(route.timeout_policy.as_ref())?;
        let (local_rate_limit, rate_limits) = rate_limits(proxy, route, path)?;
        let (load_balancing, hash_policy) = load_balancer::of_route(route.load_balancer_policy.as_ref(), findings);
        let redirect = route
            .request_redirect_policy
            .as_ref()
            .map(redirect::redirect)
            .transpose()?;
        let prefix_rewrite = rewrite::prefix(route.path_rewrite_policy.as_ref(), &matches.path)?;
        let health_check = route.health_check_policy.as_ref().map(health_check::http).transpose();
        let health_check = health_check.map_err(|problem| Problem::route("HealthCheckPolicyInvalid", problem))?;

        let common = Common {
            call: Call {
                load_balancing,
                health_check,
                idle_timeout: timeouts.idle_connection,
                follows_redirects: route.internal_redirect_policy.is_some(),
            },
            host: match &requests.host {
                Some(HostRewrite::Literal(host)) => Some(host.clone()),
                _ => None,
            },
            cookies,
        };
        let (destinations, mirror) = self.destinations(proxy, route, &common, findings)?;
        let mut served = new_route(proxy, findings.focus(), matches, Action::respond(503), path);
        if route.permit_insecure && !self.reader.settings().disable_permit_insecure {
            served.cleartext = Cleartext::Serve;
            for governor in &mut served.governors {
                *governor = Arc::new(governor.with_cleartext_permitted());
            }
        }
        self.guard(&mut served, route, path, findings)?;
        served.local_rate_limit = local_rate_limit;
        served.rate_limits = rate_limits;

        let only_this = |problem| Fault::Route(problem);
        let retry = route
            .retry_policy
            .as_ref()
            .map(timeouts::retry)
            .transpose()
            .map_err(only_this)?;
        let internal = route.internal_redirect_policy.as_ref().map(redirect::internal);
        let internal_redirect = internal.transpose().map_err(only_this)?;
        if let Some(redirect) = redirect {
            served.action = Action::Redirect(redirect);
        } else if let Some(policy) = &route.direct_response_policy {
            served.action = redirect::direct_response(policy).map_err(only_this)?;
        } else if !destinations.is_empty() {
            served.action = Action::Forward(Box::new(Forward {
                destinations,
                mirror,
                prefix_rewrite,
                host_rewrite: requests.host.clone(),
                request_headers: requests.into_headers(),
                response_headers: responses.into_headers(),
                timeout: timeouts.response,
                idle_timeout: timeouts.idle,
                retry,
                hash_policy,
                websocket: route.enable_websockets,
                internal_redirect,
            }));
        }
        Ok(served)
    }

    /// Where requests go, and where their copies. A Service that cannot be found is left out.
    fn destinations(
        &self,
        proxy: &HttpProxy,
        route: &httpproxy::Route,
        common: &Common,
        findings: &mut Findings,
    ) -> Result<(Vec<Destination>, Option<Mirror>), Problem> {
        let mut weighted = Vec::new();
        let mut mirror = None;
        let field = findings.focus().to_owned();
        for (index, service) in route.services.iter().enumerate() {
            findings.look_at(format!("{field}.services[{index}]"));
            if !(1..=65535).contains(&service.port) {
                let message = format!("service \"{}\": port must be in the range 1-65535", service.name);
                return Err(Problem::new(Part::Service, "ServicePortInvalid", message));
            }
            let entry = match services::find(self.reader, &proxy.name.namespace, service) {
                Ok(entry) => entry,
                Err(problem) => {
                    let message = format!("Spec.Routes unresolved service reference: {problem}");
                    findings.error(Part::Service, "ServiceUnresolvedReference", message);
                    continue;
                }
            };
            let destination = self.destination(proxy, service, entry, common)?;
            let weight = u64::try_from(service.weight).unwrap_or_default();
            if !service.mirror {
                weighted.push((destination, weight));
                continue;
            }
            let copies = Mirror {
                cluster: destination.cluster,
                percent: u32::try_from(weight.min(100)).ok().filter(|percent| *percent > 0),
            };
            if mirror.replace(copies).is_some() {
                let message = "only one service per route may be nominated as mirror";
                return Err(Problem::new(Part::Service, "OnlyOneMirror", message));
            }
        }
        findings.look_at(field);
        Ok((services::share(weighted), mirror))
    }

    fn destination(
        &self,
        proxy: &HttpProxy,
        service: &Service,
        entry: services::Entry<'_>,
        common: &Common,
    ) -> Result<Destination, Problem> {
        let namespace = &proxy.name.namespace;
        let variables = Variables {
            namespace,
            service: Some((&service.name, service.port)),
        };
        let defaults = &self.reader.settings().header_policy;
        let headers = |policy: Option<&HeadersPolicy>, direction: Direction, defaults, reason| {
            let edits = Edits::read(policy, direction, variables);
            let edits = edits.and_then(|edits| edits.with_defaults(defaults, direction, variables));
            edits.map_err(|problem| {
                let message = format!("{problem} on {} headers", direction.as_str());
                Problem::new(Part::Service, reason, message)
            })
        };
        let requests = headers(
            service.request_headers_policy.as_ref(),
            Direction::Request,
            &defaults.request,
            "RequestHeadersPolicyInvalid",
        )?;
        let responses = headers(
            service.response_headers_policy.as_ref(),
            Direction::Response,
            &defaults.response,
            "ResponseHeadersPolicyInvalid",
        )?;
        // Envoy has no other for one of several clusters, and the reference drops it without a word.
        let host_rewrite = match &requests.host {
            Some(HostRewrite::Literal(host)) => Some(host.clone()),
            _ => None,
        };
        let cookies = cookies::read(&service.cookie_rewrite_policies, "service")?;
        let host = host_rewrite.as_deref().or(common.host.as_deref());
        let mut cluster = services::cluster(self.reader, namespace, service, entry, &common.call, host)?;
        let slow_start = service.slow_start_policy.as_ref();
        let slow_start = slow_start.map(|policy| load_balancer::slow_start(policy, common.call.load_balancing));
        cluster.slow_start = slow_start.transpose()?;
        Ok(Destination {
            cluster,
            weight: 0,
            request_headers: requests.into_headers(),
            response_headers: responses.into_headers(),
            host_rewrite,
            cookies: cookies::merge(&common.cookies, cookies),
        })
    }

    /// Adds what stands before the route, whatever it does and on whatever listener.
    fn guard(
        &mut self,
        served: &mut model::Route,
        route: &httpproxy::Route,
        path: Path<'_>,
        findings: &mut Findings,
    ) -> Result<(), Fault> {
        let required = path.root.providers.required(route.jwt_verification_policy.as_ref());
        served.jwt = required.map_err(|required| match required {
            Required::Contradiction => {
                let message = "route's JWT verification policy cannot specify both require and disabled";
                Fault::Proxy(Problem::new(Part::Jwt, "InvalidJWTVerificationPolicy", message))
            }
            Required::Undefined(name) => {
                let message = format!("Route references an undefined JWT provider \"{name}\"");
                let problem = Problem::new(Part::Jwt, "JWTProviderNotDefined", message);
                if path.is_included() {
                    self.of_root.push(problem.clone());
                }
                Fault::Route(problem)
            }
        })?;
        if !route.ip_allow_policy.is_empty() && !route.ip_deny_policy.is_empty() {
            let message = "cannot specify both `ipAllowPolicy` and `ipDenyPolicy`";
            return Err(Problem::new(Part::IpFilter, "IncompatibleIPAddressFilters", message).into());
        }
        match ip_filter::read(&route.ip_allow_policy, &route.ip_deny_policy) {
            Ok(filter) => served.ip_filter = filter,
            Err(unreadable) => return Err(unguarded(unreadable.problems, findings)),
        }
        let asked = path.root.guard.of_route(route.auth_policy.as_ref());
        served.authorization = asked.map_err(Fault::Route)?;
        Ok(())
    }
}

/// Records all but the last problem, which is left to whoever asks.
fn unguarded(mut problems: Vec<Problem>, findings: &mut Findings) -> Fault {
    let last = problems
        .pop()
        .unwrap_or_else(|| Problem::new(Part::IpFilter, "InvalidCIDR", "no address"));
    for problem in problems {
        problem.record(findings);
    }
    Fault::Route(last)
}

fn matches(route: &httpproxy::Route, path: Path<'_>) -> Result<RouteMatch, Problem> {
    let wrong_path = |problem| {
        let message = format!("route: {problem}");
        Problem::route("PathMatchConditionsNotValid", message)
    };
    let conditions: Vec<_> = path.conditions.iter().copied().chain(&route.conditions).collect();
    conditions::check_paths(&route.conditions).map_err(wrong_path)?;
    conditions::check_headers(conditions.iter().copied())
        .map_err(|problem| Problem::route("HeaderMatchConditionsNotValid", problem))?;
    conditions::check_queries(conditions.iter().copied())
        .map_err(|problem| Problem::route("QueryParameterMatchConditionsNotValid", problem))?;
    conditions::merge(&conditions).map_err(wrong_path)
}

fn rate_limits(
    proxy: &HttpProxy,
    route: &httpproxy::Route,
    path: Path<'_>,
) -> Result<(Option<model::LocalRateLimit>, RateLimits), Problem> {
    let Some(policy) = &route.rate_limit_policy else {
        return Ok((None, RateLimits::default()));
    };
    let invalid = |problem| {
        let message = format!("route.rateLimitPolicy is invalid: {problem}");
        Problem::route("RateLimitPolicyNotValid", message)
    };
    let place = path.root.place(&proxy.name.namespace);
    let local = policy.local.as_ref().map(|local| rate_limit::local(local, place));
    let local = local.transpose().map_err(invalid)?;
    let global = match &policy.global {
        None => RateLimits::default(),
        Some(global) if global.disabled => RateLimits {
            descriptors: Vec::new(),
            ignore_host: true,
        },
        Some(global) => RateLimits {
            descriptors: rate_limit::global(global).map_err(invalid)?,
            ignore_host: false,
        },
    };
    Ok((local, global))
}

/// A route without policies of its own.
pub(super) fn new_route(
    proxy: &HttpProxy,
    field: &str,
    matches: RouteMatch,
    action: Action,
    path: Path<'_>,
) -> model::Route {
    let cleartext = if path.root.has_tls {
        Cleartext::Upgrade
    } else {
        Cleartext::Serve
    };
    model::Route {
        matches,
        action,
        cleartext,
        over_tls: path.root.has_tls,
        authorization: None,
        jwt: None,
        clients: ClientPolicy::default(),
        policy: None,
        governors: path.governors.to_vec(),
        ip_filter: None,
        local_rate_limit: None,
        rate_limits: RateLimits::default(),
        origin: Kind::HttpProxy.object(&proxy.name),
        field: field.to_owned(),
    }
}
