//! What the filter asks of Envoy during a request.

use proxy_wasm::hostcalls;
use proxy_wasm::types::{LogLevel, MapType};

/// Envoy, or a test's stand-in.
pub(crate) trait Host {
    /// An attribute of the request; nothing if it is absent or empty.
    fn property(&self, path: &[&str]) -> Option<Vec<u8>>;
    /// A request header.
    fn header(&self, name: &str) -> Option<Vec<u8>>;
    /// Leaves a property for the route's own words to read.
    fn set_property(&self, name: &str, value: &str);
    /// Answers the request.
    fn respond(&self, status: u16, headers: &[(&str, &str)]);
    /// Says why a request was not judged.
    fn warn(&self, message: &str);
}

/// The Envoy that the filter runs in. Envoy refuses none of these calls while it waits for the filter's word on the
/// request headers; should it ever, the request is taken for one without that property or header.
pub(crate) struct Envoy;

impl Host for Envoy {
    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        hostcalls::get_property(path.to_vec()).ok().flatten()
    }

    fn header(&self, name: &str) -> Option<Vec<u8>> {
        hostcalls::get_map_value_bytes(MapType::HttpRequestHeaders, name)
            .ok()
            .flatten()
    }

    fn set_property(&self, name: &str, value: &str) {
        let _ = hostcalls::set_property(vec![name], Some(value.as_bytes()));
    }

    fn respond(&self, status: u16, headers: &[(&str, &str)]) {
        let _ = hostcalls::send_http_response(status.into(), headers.to_vec(), None);
    }

    fn warn(&self, message: &str) {
        let _ = hostcalls::log(LogLevel::Warn, message);
    }
}
