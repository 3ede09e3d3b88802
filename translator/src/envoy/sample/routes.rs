//! Every kind of match and action.

use super::clusters::service;
use super::name;
use crate::model::{
    Action, Cleartext, ClientPolicy, CrossScheme, Destination, Forward, HashPolicy, HashSource, HeaderMatch,
    HeaderOperator, Headers, HostRewrite, InternalRedirect, Mirror, PathMatch, QueryMatch, QueryOperator, RateLimits,
    Redirect, RedirectPath, Retry, Route, RouteMatch, Timeout,
};
use crate::object::Kind;
use isoline_policy::CookieRewrite;
use std::time::Duration;

pub(super) fn route(path: &str, action: Action) -> Route {
    Route {
        matches: RouteMatch::new(PathMatch::Prefix(path.to_owned()), Vec::new(), Vec::new()),
        action,
        cleartext: Cleartext::Serve,
        over_tls: true,
        authorization: None,
        jwt: None,
        clients: ClientPolicy::default(),
        policy: None,
        governors: Vec::new(),
        ip_filter: None,
        local_rate_limit: None,
        rate_limits: RateLimits::default(),
        origin: Kind::HttpProxy.object(&name("proxy")),
        field: String::new(),
    }
}

pub(super) fn forward(forward: Forward) -> Action {
    let mut destinations = match forward.destinations.as_slice() {
        [] => vec![Destination::plain(service("plain"), 1)],
        given => given.to_vec(),
    };
    for destination in &mut destinations {
        destination.cluster.follows_redirects = forward.internal_redirect.is_some();
    }
    Action::Forward(Box::new(Forward {
        destinations,
        ..forward
    }))
}

fn headers() -> Headers {
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Headers {
        set: vec![
            set("X-A", "100%%"),
            set("X-B", "%REQ(X-C)% %DOWNSTREAM_REMOTE_ADDRESS%"),
        ],
        remove: vec!["X-D".to_owned()],
    }
}

pub(super) fn forwards() -> Vec<Forward> {
    let cookie = CookieRewrite {
        name: "session".to_owned(),
        path: Some("/".to_owned()),
        ..CookieRewrite::default()
    };
    let weighted = vec![
        Destination {
            request_headers: headers(),
            response_headers: headers(),
            host_rewrite: Some("inner.example.com".to_owned()),
            cookies: vec![cookie.clone()],
            ..Destination::plain(service("a"), 30)
        },
        Destination {
            cookies: vec![cookie],
            ..Destination::plain(service("b"), 0)
        },
    ];
    let sources = [
        HashSource::SessionCookie,
        HashSource::Header("X-User".to_owned()),
        HashSource::QueryParameter("user".to_owned()),
        HashSource::SourceAddress,
    ];
    let hash_policy = sources.map(|source| HashPolicy { terminal: true, source }).into();
    let redirect = |cross_scheme| {
        Some(InternalRedirect {
            maximum: Some(3),
            status_codes: vec![301, 302, 303, 307, 308],
            cross_scheme,
            deny_repeated_route: true,
        })
    };
    let mirror = |percent| {
        Some(Mirror {
            cluster: service("mirror"),
            percent,
        })
    };
    vec![
        Forward::default(),
        Forward {
            destinations: weighted,
            request_headers: headers(),
            response_headers: headers(),
            ..Forward::default()
        },
        Forward {
            mirror: mirror(None),
            prefix_rewrite: Some("/inner".to_owned()),
            ..Forward::default()
        },
        Forward {
            mirror: mirror(Some(5)),
            host_rewrite: Some(HostRewrite::Literal("a.example.com".to_owned())),
            ..Forward::default()
        },
        Forward {
            host_rewrite: Some(HostRewrite::Format("a.%REQ(X-Host)%".to_owned())),
            ..Forward::default()
        },
        Forward {
            host_rewrite: Some(HostRewrite::Header("X-Host".to_owned())),
            websocket: true,
            ..Forward::default()
        },
        Forward {
            timeout: Timeout::Disabled,
            idle_timeout: Timeout::After(Duration::from_nanos(1)),
            ..Forward::default()
        },
        Forward {
            timeout: Timeout::After(Duration::MAX),
            retry: Some(Retry {
                on: "5xx,retriable-status-codes".to_owned(),
                count: 0,
                per_try_timeout: Timeout::After(Duration::from_secs(1)),
                status_codes: vec![503],
            }),
            ..Forward::default()
        },
        Forward {
            hash_policy,
            ..Forward::default()
        },
        Forward {
            internal_redirect: redirect(CrossScheme::Never),
            ..Forward::default()
        },
        Forward {
            internal_redirect: redirect(CrossScheme::Always),
            ..Forward::default()
        },
        Forward {
            internal_redirect: redirect(CrossScheme::SafeOnly),
            ..Forward::default()
        },
    ]
}

pub(super) fn redirects() -> Vec<Redirect> {
    let redirect = |path, status| Redirect {
        scheme: None,
        host: None,
        port: None,
        path,
        status,
    };
    vec![
        Redirect {
            scheme: Some("https".to_owned()),
            ..redirect(RedirectPath::Keep, 301)
        },
        Redirect {
            host: Some("other.example.com".to_owned()),
            port: Some(8443),
            ..redirect(RedirectPath::Keep, 302)
        },
        redirect(RedirectPath::Replace("/there".to_owned()), 307),
        redirect(RedirectPath::ReplacePrefix("/there".to_owned()), 308),
    ]
}

/// Every kind of match.
pub(super) fn matches() -> Vec<RouteMatch> {
    let header = |operator, invert| HeaderMatch {
        name: "X-Kind".to_owned(),
        operator,
        invert,
        ignore_case: false,
        treat_missing_as_empty: invert,
    };
    let query = |operator, ignore_case| QueryMatch {
        name: "kind".to_owned(),
        operator,
        ignore_case,
    };
    let text = || "x".to_owned();
    let headers = vec![
        header(HeaderOperator::Exact(text()), true),
        header(HeaderOperator::Regex("x+".to_owned()), false),
        header(HeaderOperator::Contains(text()), false),
        header(HeaderOperator::Present, false),
    ];
    let queries = vec![
        query(QueryOperator::Exact(text()), true),
        query(QueryOperator::Regex("x+".to_owned()), false),
        query(QueryOperator::Prefix(text()), false),
        query(QueryOperator::Suffix(text()), true),
        query(QueryOperator::Contains(text()), false),
        query(QueryOperator::Present, false),
    ];
    let paths = [
        PathMatch::Exact("/exact".to_owned()),
        PathMatch::Regex("/regex/[0-9]+".to_owned()),
        PathMatch::Prefix("/prefix".to_owned()),
        PathMatch::SegmentPrefix("/segment".to_owned()),
        PathMatch::SegmentPrefix("/".to_owned()),
        PathMatch::SegmentPrefix(String::new()),
        PathMatch::SegmentPrefix("/what?#".to_owned()),
    ];
    paths
        .into_iter()
        .map(|path| RouteMatch::new(path, headers.clone(), queries.clone()))
        .collect()
}
