//! What the filter asks of Envoy during a request and its response.

use isoline_policy::handover::Property;
use proxy_wasm::hostcalls;
use proxy_wasm::types::{LogLevel, MapType, MetricType};

const SET_COOKIE: &str = "set-cookie";

/// Envoy, or a test's stand-in.
pub(crate) trait Host {
    /// An attribute of the request; nothing if it is absent or empty.
    fn property(&self, path: &[&str]) -> Option<Vec<u8>>;
    /// A request header.
    fn header(&self, name: &str) -> Option<Vec<u8>>;
    /// All lines of a request header, joined by commas.
    fn headers(&self, name: &str) -> Option<Vec<u8>>;
    /// Leaves a property for the route's own words to read.
    fn set_property(&self, property: Property, value: &str);
    /// Answers the request.
    fn respond(&self, status: u16, headers: &[(&str, &str)]);
    /// The response's `Set-Cookie` headers, in order.
    fn cookies(&self) -> Vec<Vec<u8>>;
    /// Puts `cookies` in place of the response's `Set-Cookie` headers.
    fn set_cookies(&self, cookies: &[Vec<u8>]);
    /// Adds one to a statistic.
    fn count(&self, counter: Counter);
    /// Says why a request was not judged, or a response not passed on as it is.
    fn warn(&self, message: &str);
}

/// A statistic of the filter; its variants are in the order of [`Counter::NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Redirected,
    DeniedAddress,
    DeniedInsecure,
    DeniedNoLocation,
    MalformedForwardedProto,
    MalformedForwardedFor,
    MalformedClientHeader,
    Unjudged,
}

impl Counter {
    /// As Envoy knows them, behind its own `wasmcustom.`.
    const NAMES: [&str; 8] = [
        "isoline_policy.redirected",
        "isoline_policy.denied_address",
        "isoline_policy.denied_insecure",
        "isoline_policy.denied_no_location",
        "isoline_policy.malformed_forwarded_proto",
        "isoline_policy.malformed_forwarded_for",
        "isoline_policy.malformed_client_header",
        "isoline_policy.unjudged",
    ];
}

/// The Envoy that the filter runs in. Envoy refuses none of these calls while it waits for the filter's word on the
/// headers; should it ever, the request is taken for one without that property or header.
#[derive(Debug)]
pub(crate) struct Envoy {
    /// Of the statistics, in their order.
    metrics: Vec<u32>,
}

impl Envoy {
    /// Makes the statistics known, so that they are there before anything is counted.
    pub(crate) fn new() -> Self {
        let define = |name: &&str| hostcalls::define_metric(MetricType::Counter, name);
        Self {
            metrics: Counter::NAMES.iter().filter_map(|name| define(name).ok()).collect(),
        }
    }
}

impl Host for Envoy {
    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        hostcalls::get_property(path.to_vec()).ok().flatten()
    }

    fn header(&self, name: &str) -> Option<Vec<u8>> {
        hostcalls::get_map_value_bytes(MapType::HttpRequestHeaders, name)
            .ok()
            .flatten()
    }

    fn headers(&self, name: &str) -> Option<Vec<u8>> {
        let headers = hostcalls::get_map_bytes(MapType::HttpRequestHeaders).unwrap_or_default();
        let lines = headers.into_iter().filter(|(line, _)| line == name);
        let lines: Vec<_> = lines.map(|(_, value)| value).collect();
        (!lines.is_empty()).then(|| lines.join(b",".as_slice()))
    }

    fn set_property(&self, property: Property, value: &str) {
        let _ = hostcalls::set_property(vec![property.name()], Some(value.as_bytes()));
    }

    fn count(&self, counter: Counter) {
        if let Some(metric) = self.metrics.get(counter as usize) {
            let _ = hostcalls::increment_metric(*metric, 1);
        }
    }

    fn respond(&self, status: u16, headers: &[(&str, &str)]) {
        let _ = hostcalls::send_http_response(status.into(), headers.to_vec(), None);
    }

    fn cookies(&self) -> Vec<Vec<u8>> {
        // Most responses have none, and this call copies less than the next.
        if !matches!(
            hostcalls::get_map_value_bytes(MapType::HttpResponseHeaders, SET_COOKIE),
            Ok(Some(_))
        ) {
            return Vec::new();
        }
        let headers = hostcalls::get_map_bytes(MapType::HttpResponseHeaders).unwrap_or_default();
        let cookies = headers.into_iter().filter(|(name, _)| name == SET_COOKIE);
        cookies.map(|(_, value)| value).collect()
    }

    fn set_cookies(&self, cookies: &[Vec<u8>]) {
        let _ = hostcalls::remove_map_value(MapType::HttpResponseHeaders, SET_COOKIE);
        for cookie in cookies {
            let _ = hostcalls::add_map_value_bytes(MapType::HttpResponseHeaders, SET_COOKIE, cookie);
        }
    }

    fn warn(&self, message: &str) {
        let _ = hostcalls::log(LogLevel::Warn, message);
    }
}

#[cfg(test)]
pub(crate) mod stand_in;
