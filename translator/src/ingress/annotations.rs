//! The annotations of an Ingress.

use std::collections::BTreeSet;

use crate::{
    duration::parse_timeout,
    model::{Cleartext, Retry, Timeout, TlsVersion},
    object::Ingress,
    status::{Findings, Part},
};

const FORCE_SSL_REDIRECT: &str = "ingress.kubernetes.io/force-ssl-redirect";
const ALLOW_HTTP: &str = "kubernetes.io/ingress.allow-http";
const MINIMUM: &str = "projectcontour.io/tls-minimum-protocol-version";
const MAXIMUM: &str = "projectcontour.io/tls-maximum-protocol-version";
const CERTIFICATE_NAMESPACE: &str = "projectcontour.io/tls-cert-namespace";
const RESPONSE_TIMEOUT: &str = "projectcontour.io/response-timeout";
/// What it was called before.
const REQUEST_TIMEOUT: &str = "projectcontour.io/request-timeout";
const RETRY_ON: &str = "projectcontour.io/retry-on";
const NUM_RETRIES: &str = "projectcontour.io/num-retries";
const PER_TRY_TIMEOUT: &str = "projectcontour.io/per-try-timeout";
const WEBSOCKET_ROUTES: &str = "projectcontour.io/websocket-routes";

const KNOWN: [&str; 12] = [
    FORCE_SSL_REDIRECT,
    ALLOW_HTTP,
    MINIMUM,
    MAXIMUM,
    CERTIFICATE_NAMESPACE,
    RESPONSE_TIMEOUT,
    REQUEST_TIMEOUT,
    RETRY_ON,
    NUM_RETRIES,
    PER_TRY_TIMEOUT,
    WEBSOCKET_ROUTES,
    "projectcontour.io/ingress.class",
];

/// What they say; one that says nothing that is understood is as good as absent, and its author is warned.
#[derive(Debug)]
pub(super) struct Annotations<'a> {
    pub(super) cleartext: Cleartext,
    pub(super) minimum: TlsVersion,
    pub(super) maximum: TlsVersion,
    /// Where Secrets are whose reference does not say it.
    pub(super) certificate_namespace: Option<&'a str>,
    pub(super) timeout: Timeout,
    pub(super) retry: Option<Retry>,
    /// Paths as the Ingress writes them.
    pub(super) websockets: BTreeSet<&'a str>,
}

impl<'a> Annotations<'a> {
    pub(super) fn read(ingress: &'a Ingress, findings: &mut Findings) -> Self {
        let mut source = Source { ingress, findings };
        source.warn_of_unknown();
        let cleartext = if source.is(FORCE_SSL_REDIRECT, "true") {
            Cleartext::Upgrade
        } else if source.is(ALLOW_HTTP, "false") {
            Cleartext::Hide
        } else {
            Cleartext::Serve
        };
        let timeout = match source.text(RESPONSE_TIMEOUT) {
            Some(_) => source.timeout(RESPONSE_TIMEOUT),
            None => source.timeout(REQUEST_TIMEOUT),
        };
        let websockets = source
            .text(WEBSOCKET_ROUTES)
            .unwrap_or_default()
            .split(',')
            .map(str::trim);
        Self {
            cleartext,
            minimum: source.tls_version(MINIMUM, TlsVersion::V1_2),
            maximum: source.tls_version(MAXIMUM, TlsVersion::V1_3),
            certificate_namespace: source.text(CERTIFICATE_NAMESPACE),
            timeout,
            retry: source.retry(),
            websockets: websockets.collect(),
        }
    }
}

struct Source<'a, 'f> {
    ingress: &'a Ingress,
    findings: &'f mut Findings,
}

impl<'a> Source<'a, '_> {
    /// An empty value is as good as none.
    fn text(&self, key: &str) -> Option<&'a str> {
        let text = self.ingress.annotations.get(key)?;
        (!text.is_empty()).then_some(text)
    }

    fn ignore(&mut self, key: &str, problem: &str) {
        let message = format!("ignoring annotation \"{key}\": {problem}");
        self.findings.warning(Part::Spec, "IgnoredAnnotation", message);
    }

    fn warn_of_unknown(&mut self) {
        let all = self.ingress.annotations.keys();
        for key in all.filter(|key| !KNOWN.contains(&key.as_str())) {
            self.ignore(key, "it is not supported");
        }
    }

    fn is(&mut self, key: &str, value: &str) -> bool {
        let text = self.text(key);
        if text.is_some_and(|text| !matches!(text, "true" | "false")) {
            self.ignore(key, "it is neither \"true\" nor \"false\"");
        }
        text == Some(value)
    }

    fn tls_version(&mut self, key: &str, default: TlsVersion) -> TlsVersion {
        match self.text(key) {
            None => default,
            Some("1.2") => TlsVersion::V1_2,
            Some("1.3") => TlsVersion::V1_3,
            Some(_) => {
                self.ignore(key, "it is neither \"1.2\" nor \"1.3\"");
                default
            }
        }
    }

    fn timeout(&mut self, key: &str) -> Timeout {
        parse_timeout(self.text(key).unwrap_or_default()).unwrap_or_else(|error| {
            self.ignore(key, &error);
            Timeout::Default
        })
    }

    /// Without conditions nothing is tried again, whatever the other annotations say.
    fn retry(&mut self) -> Option<Retry> {
        let on = self.text(RETRY_ON)?.to_owned();
        Some(Retry {
            on,
            count: self.retries(),
            per_try_timeout: self.timeout(PER_TRY_TIMEOUT),
            status_codes: Vec::new(),
        })
    }

    /// -1 is none at all; zero, as nothing, is one.
    fn retries(&mut self) -> u32 {
        match self.text(NUM_RETRIES).map(str::parse::<i64>) {
            None | Some(Ok(0)) => 1,
            Some(Ok(-1)) => 0,
            Some(Ok(count)) if let Ok(count) = u32::try_from(count) => count,
            Some(_) => {
                self.ignore(NUM_RETRIES, "it is not a number of retries");
                1
            }
        }
    }
}
