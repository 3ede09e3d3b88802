//! The rules between fields: in CEL for an API server, and as the same thing in Rust.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

/// An object that a rule is about, with its defaults.
type Fields = Map<String, Value>;

/// One rule.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Rule {
    #[serde(rename = "rule")]
    cel: &'static str,
    pub(crate) message: &'static str,
    /// Whether an object follows the rule.
    #[serde(skip)]
    pub(crate) holds: fn(&Fields) -> bool,
}

pub(crate) const SUBJECT_NAMES: Rule = Rule {
    cel: "has(self.subjectNames) ? self.subjectNames[0] == self.subjectName : true",
    message: "subjectNames[0] must equal subjectName if set",
    holds: |fields| match fields.get("subjectNames") {
        Some(names) => names.get(0) == fields.get("subjectName"),
        None => true,
    },
};

pub(crate) const HTTP_SETTINGS: Rule = Rule {
    cel: "!has(self.httpSettings) || self.serviceType == 'http'",
    message: "httpSettings can only be set when serviceType is 'http'",
    holds: |fields| {
        !fields.contains_key("httpSettings") || fields.get("serviceType").is_some_and(|kind| kind == "http")
    },
};

pub(crate) const ALLOWED_HEADER: Rule = Rule {
    cel: "(has(self.exact) ? 1 : 0) + (has(self.prefix) ? 1 : 0) + (has(self.suffix) ? 1 : 0) + \
          (has(self.contains) ? 1 : 0) == 1",
    message: "only one of prefix, suffix, exact, and contains should be set in the allowedHeader",
    holds: |fields| {
        let ways = ["exact", "prefix", "suffix", "contains"];
        ways.into_iter().filter(|way| fields.contains_key(*way)).count() == 1
    },
};

pub(crate) const KEYS: Rule = Rule {
    cel: "(has(self.remoteJWKS) && !has(self.localJWKS)) || (!has(self.remoteJWKS) && has(self.localJWKS))",
    message: "exactly one of remoteJWKS or localJWKS must be set",
    holds: |fields| fields.contains_key("remoteJWKS") != fields.contains_key("localJWKS"),
};

pub(crate) const STATUS_OF_REDIRECT: Rule = Rule {
    cel: "!has(self.statusCode) || self.action == 'Redirect'",
    message: "only the action Redirect has a status code",
    holds: |fields| {
        !fields.contains_key("statusCode") || fields.get("action").is_some_and(|action| action == "Redirect")
    },
};

pub(crate) const GROUP_OF_KIND: Rule = Rule {
    cel: "(self.kind == 'Ingress') == (self.group == 'networking.k8s.io')",
    message: "an HTTPProxy is of the group projectcontour.io, an Ingress of networking.k8s.io",
    holds: |fields| {
        let is = |field: &str, text: &str| fields.get(field).is_some_and(|value| value == text);
        is("kind", "Ingress") == is("group", "networking.k8s.io")
    },
};

pub(crate) const TRUST_OF_SOURCE: Rule = Rule {
    cel: "(has(self.trustedHops) ? 1 : 0) + (has(self.trustedCIDRs) ? 1 : 0) == \
          (has(self.source) && self.source == 'ForwardedFor' ? 1 : 0)",
    message: "the source ForwardedFor, and no other, has either trustedHops or trustedCIDRs",
    holds: |fields| {
        let ways = ["trustedHops", "trustedCIDRs"];
        let ways = ways.into_iter().filter(|way| fields.contains_key(*way)).count();
        ways == usize::from(is_source(fields, "ForwardedFor"))
    },
};

pub(crate) const HEADER_OF_SOURCE: Rule = Rule {
    cel: "has(self.header) == (has(self.source) && self.source == 'Header')",
    message: "the source Header, and no other, has a header",
    holds: |fields| fields.contains_key("header") == is_source(fields, "Header"),
};

fn is_source(fields: &Fields, name: &str) -> bool {
    fields.get("source").is_some_and(|source| source == name)
}

const ALL: [Rule; 8] = [
    SUBJECT_NAMES,
    HTTP_SETTINGS,
    ALLOWED_HEADER,
    KEYS,
    STATUS_OF_REDIRECT,
    GROUP_OF_KIND,
    TRUST_OF_SOURCE,
    HEADER_OF_SOURCE,
];

impl<'de> Deserialize<'de> for Rule {
    /// Finds the rule whose CEL a schema holds.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Text {
            rule: String,
        }
        let Text { rule } = Text::deserialize(deserializer)?;
        let known = ALL.into_iter().find(|known| known.cel == rule);
        known.ok_or_else(|| D::Error::custom(format!("no rule reads {rule}")))
    }
}
