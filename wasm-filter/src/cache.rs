//! What routes say, by its text, so that each distinct text is decoded once.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::de::DeserializeOwned;

/// Distinct texts are few: a policy names no host or route, and routes with cookies are rare. Past this many, all are
/// forgotten at once, which costs less than keeping count of their use.
const CAPACITY: usize = 1024;

/// Decoded texts; those that say no `T` are not kept.
pub(crate) struct Cache<T> {
    decoded: BTreeMap<Vec<u8>, Rc<T>>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self {
            decoded: BTreeMap::new(),
        }
    }
}

impl<T: DeserializeOwned> Cache<T> {
    /// What `text` says.
    pub(crate) fn decode(&mut self, text: &[u8]) -> serde_json::Result<Rc<T>> {
        if let Some(decoded) = self.decoded.get(text) {
            return Ok(Rc::clone(decoded));
        }
        let decoded = Rc::new(serde_json::from_slice(text)?);
        if self.decoded.len() == CAPACITY {
            self.decoded.clear();
        }
        self.decoded.insert(text.to_owned(), Rc::clone(&decoded));
        Ok(decoded)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use isoline_policy::{Insecure, RoutePolicy};

    use super::*;

    #[test]
    fn a_text_is_decoded_once_and_an_error_never_kept() {
        let mut cache = Cache::<RoutePolicy>::default();
        let text = br#"{"insecure":"Deny"}"#.to_vec();
        for _ in 0..2 {
            assert_eq!(cache.decode(&text).unwrap().insecure, Insecure::Deny);
            assert!(cache.decode(b"{}").is_err());
            assert!(cache.decoded.keys().eq([&text]));
        }
    }

    #[test]
    fn any_number_of_texts_stays_within_bounds() {
        let mut cache = Cache::<RoutePolicy>::default();
        for width in 0..3 * CAPACITY {
            let text = format!(r#"{{"insecure":{:width$}"Allow"}}"#, "");
            assert_eq!(cache.decode(text.as_bytes()).unwrap().insecure, Insecure::Allow);
            assert!((1..=CAPACITY).contains(&cache.decoded.len()));
        }
    }
}
