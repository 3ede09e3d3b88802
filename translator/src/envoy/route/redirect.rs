//! Redirects: those that an author asks for, and those to https.

use isoline_envoy_api::envoy::config::route::v3::{
    RedirectAction,
    redirect_action::{PathRewriteSpecifier, RedirectResponseCode, SchemeRewriteSpecifier},
    route::Action,
};
use isoline_policy::{ExternalPorts, RedirectStatus};

use crate::model::{Redirect, RedirectPath};

/// Host and port stay.
pub(super) fn upgrade() -> Action {
    Action::Redirect(RedirectAction {
        scheme_rewrite_specifier: Some(SchemeRewriteSpecifier::HttpsRedirect(true)),
        ..Default::default()
    })
}

pub(super) fn to_https(host: &str, status: RedirectStatus, ports: ExternalPorts) -> Action {
    Action::Redirect(RedirectAction {
        scheme_rewrite_specifier: Some(SchemeRewriteSpecifier::HttpsRedirect(true)),
        host_redirect: host.to_owned(),
        port_redirect: if ports.https == 443 { 0 } else { ports.https.into() },
        response_code: code(status).into(),
        ..Default::default()
    })
}

pub(super) fn redirect(redirect: &Redirect) -> Action {
    let scheme = redirect.scheme.clone().map(SchemeRewriteSpecifier::SchemeRedirect);
    let path = match &redirect.path {
        RedirectPath::Keep => None,
        RedirectPath::Replace(path) => Some(PathRewriteSpecifier::PathRedirect(path.clone())),
        RedirectPath::ReplacePrefix(prefix) => Some(PathRewriteSpecifier::PrefixRewrite(prefix.clone())),
    };
    let status = u16::try_from(redirect.status).ok();
    let status = status.and_then(|status| RedirectStatus::try_from(status).ok());
    Action::Redirect(RedirectAction {
        scheme_rewrite_specifier: scheme,
        host_redirect: redirect.host.clone().unwrap_or_default(),
        port_redirect: redirect.port.unwrap_or_default(),
        path_rewrite_specifier: path,
        response_code: code(status.unwrap_or_default()).into(),
        ..Default::default()
    })
}

fn code(status: RedirectStatus) -> RedirectResponseCode {
    match status {
        RedirectStatus::MovedPermanently => RedirectResponseCode::MovedPermanently,
        RedirectStatus::Found => RedirectResponseCode::Found,
        RedirectStatus::SeeOther => RedirectResponseCode::SeeOther,
        RedirectStatus::TemporaryRedirect => RedirectResponseCode::TemporaryRedirect,
        RedirectStatus::PermanentRedirect => RedirectResponseCode::PermanentRedirect,
    }
}
