//! A stand-in for Envoy.

#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::collections::BTreeMap;

use isoline_policy::handover::{
    CONNECTION_STATE, COOKIES_KEY, COOKIES_NAMESPACE, FACTS, FORWARDED_PROTO_HEADER, METADATA_KEY, METADATA_NAMESPACE,
    Property,
};

use super::{Counter, Host};

/// Envoy at one request or response: what it knows, and what it was told to do.
#[derive(Default)]
pub(crate) struct StandIn {
    pub(crate) properties: BTreeMap<String, Vec<u8>>,
    pub(crate) headers: BTreeMap<String, Vec<u8>>,
    pub(crate) told: RefCell<Vec<String>>,
    pub(crate) cookies: RefCell<Vec<Vec<u8>>>,
}

impl Host for StandIn {
    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        let path = path.join(".");
        if path == format!("filter_state.{FACTS}") {
            return Some(self.facts());
        }
        self.properties.get(&path).cloned()
    }

    fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.headers.get(name).cloned()
    }

    fn headers(&self, name: &str) -> Option<Vec<u8>> {
        self.header(name)
    }

    fn count(&self, counter: Counter) {
        self.told.borrow_mut().push(format!("{counter:?} + 1"));
    }

    fn set_property(&self, property: Property, value: &str) {
        self.told.borrow_mut().push(format!("{}={value}", property.name()));
    }

    fn respond(&self, status: u16, headers: &[(&str, &str)]) {
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let answer: Vec<_> = [status.to_string()].into_iter().chain(headers).collect();
        self.told.borrow_mut().push(answer.join(" "));
    }

    fn cookies(&self) -> Vec<Vec<u8>> {
        self.cookies.borrow().clone()
    }

    fn set_cookies(&self, cookies: &[Vec<u8>]) {
        self.told.borrow_mut().push(format!("{} cookies", cookies.len()));
        *self.cookies.borrow_mut() = cookies.to_vec();
    }

    fn warn(&self, message: &str) {
        self.told.borrow_mut().push(format!("warn: {message}"));
    }
}

impl StandIn {
    /// As Envoy writes them.
    fn facts(&self) -> Vec<u8> {
        let metadata = |namespace, key| {
            let path = format!("xds.route_metadata.filter_metadata.{namespace}.{key}");
            self.properties.get(&path)
        };
        let or_absent = |fact: Option<&Vec<u8>>| fact.map_or(b"-".as_slice(), Vec::as_slice).to_vec();
        let mut cookies = or_absent(metadata(COOKIES_NAMESPACE, COOKIES_KEY));
        cookies.truncate(1);
        let policy = or_absent(metadata(METADATA_NAMESPACE, METADATA_KEY));
        let proto = or_absent(self.headers.get(FORWARDED_PROTO_HEADER));
        let connection = or_absent(self.properties.get(&format!("filter_state.{CONNECTION_STATE}")));
        [[cookies, policy].concat(), proto, connection].join(b"\n".as_slice())
    }

    pub(crate) fn with(mut self, path: &str, value: impl AsRef<[u8]>) -> Self {
        self.properties.insert(path.to_owned(), value.as_ref().to_vec());
        self
    }

    pub(crate) fn without(mut self, path: &str) -> Self {
        self.properties.remove(path).unwrap();
        self
    }
}
