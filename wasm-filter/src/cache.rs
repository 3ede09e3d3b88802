//! Route policies by their text, so that each distinct text is decoded once.

use std::collections::BTreeMap;

use isoline_policy::RoutePolicy;

/// Distinct texts are few: a policy holds no names of hosts or routes. Past this many, all are forgotten at once, which
/// costs less than keeping count of their use.
const CAPACITY: usize = 1024;

/// Decoded policies; texts that are no policy are not kept.
#[derive(Default)]
pub(crate) struct PolicyCache {
    policies: BTreeMap<Vec<u8>, RoutePolicy>,
}

impl PolicyCache {
    /// The policy that `text` says.
    pub(crate) fn decode(&mut self, text: Vec<u8>) -> serde_json::Result<RoutePolicy> {
        if let Some(policy) = self.policies.get(&text) {
            return Ok(*policy);
        }
        let policy = serde_json::from_slice(&text)?;
        if self.policies.len() == CAPACITY {
            self.policies.clear();
        }
        self.policies.insert(text, policy);
        Ok(policy)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use isoline_policy::Insecure;

    use super::*;

    #[test]
    fn a_text_is_decoded_once_and_an_error_never_kept() {
        let mut cache = PolicyCache::default();
        let text = br#"{"insecure":"Deny"}"#.to_vec();
        for _ in 0..2 {
            assert_eq!(cache.decode(text.clone()).unwrap().insecure, Insecure::Deny);
            assert!(cache.decode(b"{}".to_vec()).is_err());
            assert!(cache.policies.keys().eq([&text]));
        }
    }

    #[test]
    fn any_number_of_texts_stays_within_bounds() {
        let mut cache = PolicyCache::default();
        for width in 0..3 * CAPACITY {
            let text = format!(r#"{{"insecure":{:width$}"Allow"}}"#, "");
            assert_eq!(cache.decode(text.into_bytes()).unwrap().insecure, Insecure::Allow);
            assert!((1..=CAPACITY).contains(&cache.policies.len()));
        }
    }
}
