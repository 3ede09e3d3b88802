//! What the policies of a route say to a request, whoever enforces them: Envoy itself or the filter.

use isoline_policy::{ClientIp, Decision, Denial, Insecure, Judgement, RedirectStatus, RoutePolicy, decide};

use super::{Answer, Explanation, action, request::Arrival};
use crate::{
    envoy::{Guard, access, lists_of_route},
    model::{IpFilter, Route, TcpProxy, VirtualHost},
    settings::Settings,
};

/// A route and what stands before it.
pub(super) type Guarded<'h> = (&'h Route, Guard);

impl Explanation {
    /// What becomes of the request on the route that takes it, or on none.
    pub(super) fn decide(
        &mut self,
        host: &VirtualHost,
        winner: Option<Guarded<'_>>,
        arrival: &Arrival,
        settings: &Settings,
    ) {
        let policy = match winner {
            Some((route, guard)) => of_route(host, route, guard),
            None => by_addresses(host.ip_filter.as_ref()),
        };
        let judgement = self.judge(&policy, arrival, settings);
        self.filters = filters(host, winner, settings);
        if judgement.decision == Decision::Deny(Denial::Address) {
            self.answer = forbidden("the client's address may not come");
        } else if let Some((route, guard)) = winner {
            self.answer = self.behind(guard, &judgement, arrival, host).unwrap_or_else(|| {
                let policy = &policy;
                action::answer(
                    route,
                    &action::Judged {
                        judgement,
                        policy,
                        arrival,
                        settings,
                    },
                )
            });
        }
    }

    /// A connection that goes on as it is.
    pub(super) fn take_connection(&mut self, proxy: &TcpProxy, arrival: &Arrival, settings: &Settings) {
        let policy = by_addresses(proxy.ip_filter.as_ref());
        let judgement = self.judge(&policy, arrival, settings);
        self.answer = if judgement.decision == Decision::Deny(Denial::Address) {
            let reason = "the client's address may not come".to_owned();
            Answer::Closed { reason }
        } else {
            let upstreams = action::upstreams(&proxy.destinations);
            Answer::Tcp { upstreams }
        };
    }

    fn judge(&mut self, policy: &RoutePolicy, arrival: &Arrival, settings: &Settings) -> Judgement {
        decide(
            &arrival.connection,
            arrival,
            policy,
            &settings.load_balancer,
            &mut self.decision,
        )
    }

    /// The answer of what stands before the route's own action, if the request does not get there.
    fn behind(&mut self, guard: Guard, judgement: &Judgement, arrival: &Arrival, host: &VirtualHost) -> Option<Answer> {
        let to_https = |status: RedirectStatus, authority: &str| Answer::Redirect {
            status: u16::from(status).into(),
            location: format!("https://{authority}{}", arrival.path),
        };
        match (guard, &judgement.decision) {
            (Guard::UpgradeScheme, decision) => {
                if *decision == Decision::Continue {
                    let step = "insecure: redirected, as every request on this listener to a host with a tls block";
                    self.decision.push(step.to_owned());
                }
                let authority = arrival.authority.strip_suffix(":80").unwrap_or(&arrival.authority);
                Some(to_https(RedirectStatus::default(), authority))
            }
            (Guard::Redirect { status, ports }, _) => {
                let port = Some(ports.https).filter(|port| *port != 443);
                let port = port.map_or(String::new(), |port| format!(":{port}"));
                Some(to_https(status, &format!("{}{port}", host.fqdn)))
            }
            (Guard::Deny, Decision::Continue) => Some(forbidden(
                "the host demands a client certificate, which only TLS that ends in Envoy can show",
            )),
            (_, Decision::Redirect { status_code, location }) => Some(Answer::Redirect {
                status: u16::from(*status_code).into(),
                location: location.clone(),
            }),
            (_, Decision::Deny(Denial::NoLocation)) => Some(forbidden(
                "it came in cleartext, and no URL can be made of it to redirect to",
            )),
            (_, Decision::Deny(_)) => Some(forbidden("it came in cleartext")),
            (Guard::Open | Guard::Filter(_) | Guard::Hide, Decision::Continue) => None,
        }
    }
}

fn forbidden(reason: &str) -> Answer {
    Answer::Respond {
        status: 403,
        reason: reason.to_owned(),
    }
}

/// All that a route's policies say, and the host's where it has none.
fn of_route(host: &VirtualHost, route: &Route, guard: Guard) -> RoutePolicy {
    let clients = &route.clients;
    RoutePolicy {
        insecure: match guard {
            Guard::Filter(insecure) => insecure,
            Guard::Redirect { status, .. } => Insecure::Redirect { status_code: status },
            Guard::UpgradeScheme => Insecure::Redirect {
                status_code: RedirectStatus::default(),
            },
            Guard::Deny => Insecure::Deny,
            Guard::Open | Guard::Hide => Insecure::Allow,
        },
        client_ip: Some(clients.client_ip.clone().unwrap_or_default()),
        forward: clients.told(),
        access: lists_of_route(host, route),
        strict_transport_security: clients.strict_transport_security.clone(),
    }
}

fn by_addresses(filter: Option<&IpFilter>) -> RoutePolicy {
    RoutePolicy {
        client_ip: Some(ClientIp::default()),
        access: filter.map(access).into_iter().collect(),
        ..RoutePolicy::of(Insecure::Allow)
    }
}

/// What Envoy asks beside addresses and scheme, in its order.
fn filters(host: &VirtualHost, winner: Option<Guarded<'_>>, settings: &Settings) -> Vec<String> {
    let route = winner.map(|(route, _)| route);
    let passed = winner.filter(|(_, guard)| guard.lets_pass()).map(|(route, _)| route);
    let cors = host
        .cors
        .as_ref()
        .map(|_| "CORS: the host's policy answers other origins".to_owned());
    let limit = route.and_then(|route| route.local_rate_limit.as_ref());
    let limit = limit.or(host.local_rate_limit.as_ref());
    let limit = limit.map(|limit| {
        let (tokens, interval) = (limit.tokens_per_fill, limit.fill_interval);
        format!(
            "local rate limit: {tokens} requests in {interval:?} in each Envoy, else {}",
            limit.status.unwrap_or(429)
        )
    });
    let token = passed.and_then(|route| route.jwt.as_ref());
    let token = token.map(|provider| format!("JWT: a token of provider {provider}, else 401"));
    let authorization = passed.and_then(|route| route.authorization.as_ref());
    let authorization = authorization.map(|it| format!("authorization: {} is asked", it.cluster.name()));
    let counts = |route: &Route| {
        let of_host = !host.rate_limits.is_empty() && !route.rate_limits.ignore_host;
        of_host || !route.rate_limits.descriptors.is_empty()
    };
    let service = settings
        .rate_limit_service
        .as_ref()
        .filter(|_| passed.is_some_and(counts));
    let global = service.map(|it| format!("global rate limit: extension/{} is asked", it.extension_service));
    [cors, limit, token, authorization, global]
        .into_iter()
        .flatten()
        .collect()
}
