//! Routes that answer by themselves, and redirects that Envoy follows for its clients.

use std::collections::BTreeSet;

use super::{headers, problem::Problem};
use crate::{
    api::httpproxy::{DirectResponsePolicy, InternalRedirectPolicy, RequestRedirectPolicy},
    model::{Action, CrossScheme, InternalRedirect, Redirect, RedirectPath},
};

/// As long as Envoy lets a direct response be.
const LONGEST_BODY: usize = 4096;

pub(super) fn redirect(policy: &RequestRedirectPolicy) -> Result<Redirect, Problem> {
    let invalid = |problem: String| {
        let message = format!("route.requestRedirectPolicy is invalid: {problem}");
        Problem::route("RequestRedirectPolicy", message)
    };
    let path = match (&policy.path, &policy.prefix) {
        (Some(_), Some(_)) => {
            let problem = "cannot specify both redirect path and redirect prefix";
            return Err(invalid(problem.to_owned()));
        }
        (Some(path), None) => RedirectPath::Replace(path.clone()),
        (None, Some(prefix)) => RedirectPath::ReplacePrefix(prefix.clone()),
        (None, None) => RedirectPath::Keep,
    };
    if let RedirectPath::Replace(text) | RedirectPath::ReplacePrefix(text) = &path {
        headers::check_value(text).map_err(|problem| invalid(format!("{text:?}: {problem}")))?;
    }
    if let Some(host) = &policy.hostname {
        headers::check_host(host).map_err(|problem| invalid(format!("hostname {host:?}: {problem}")))?;
    }
    let port = policy.port.map(|port| match u16::try_from(port) {
        Ok(port) if port > 0 => Ok(u32::from(port)),
        _ => Err(invalid(format!(
            "port must be in the range 1-65535, {port} was supplied"
        ))),
    });
    let status = match policy.status_code.unwrap_or(302) {
        301 => 301,
        302 => 302,
        303 => 303,
        307 => 307,
        308 => 308,
        code => {
            return Err(invalid(format!(
                "statusCode must be 301, 302, 303, 307 or 308, {code} was supplied"
            )));
        }
    };
    Ok(Redirect {
        scheme: policy.scheme.clone(),
        host: policy.hostname.clone(),
        port: port.transpose()?,
        path,
        status,
    })
}

pub(super) fn direct_response(policy: &DirectResponsePolicy) -> Result<Action, Problem> {
    let invalid = |problem: String| {
        let message = format!("route.directResponsePolicy is invalid: {problem}");
        Problem::route("DirectResponsePolicyNotValid", message)
    };
    if policy.body.len() > LONGEST_BODY {
        return Err(invalid(format!(
            "body has {} bytes, Envoy takes no more than {LONGEST_BODY}",
            policy.body.len()
        )));
    }
    let status = u32::try_from(policy.status_code)
        .ok()
        .filter(|status| (200..600).contains(status));
    Ok(Action::Respond {
        status: status.ok_or_else(|| {
            invalid(format!(
                "statusCode must be in the range 200-599, {} was supplied",
                policy.status_code
            ))
        })?,
        body: policy.body.clone(),
    })
}

pub(super) fn internal(policy: &InternalRedirectPolicy) -> Result<InternalRedirect, Problem> {
    let invalid = |problem: String| {
        let message = format!("route.internalRedirectPolicy is invalid: {problem}");
        Problem::route("InternalRedirectPolicyNotValid", message)
    };
    let maximum = match policy.max_internal_redirects.unwrap_or(0) {
        0 => None,
        maximum => Some(u32::try_from(maximum).map_err(|_| {
            invalid(format!(
                "maxInternalRedirects must be in the range 0-{}, {maximum} was supplied",
                u32::MAX
            ))
        })?),
    };
    let code = |code: &i64| match u32::try_from(*code) {
        Ok(code @ (301 | 302 | 303 | 307 | 308)) => Ok(code),
        _ => Err(invalid(format!(
            "redirectResponseCodes must be 301, 302, 303, 307 or 308, {code} was supplied"
        ))),
    };
    // Envoy takes each but once.
    let status_codes: BTreeSet<u32> = policy
        .redirect_response_codes
        .iter()
        .map(code)
        .collect::<Result<_, _>>()?;
    Ok(InternalRedirect {
        maximum,
        status_codes: status_codes.into_iter().collect(),
        cross_scheme: match policy.allow_cross_scheme_redirect.as_str() {
            "Always" => CrossScheme::Always,
            "SafeOnly" => CrossScheme::SafeOnly,
            _ => CrossScheme::Never,
        },
        deny_repeated_route: policy.deny_repeated_route_redirect,
    })
}
