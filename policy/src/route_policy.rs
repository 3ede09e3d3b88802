//! The policy of one route, as it travels in Envoy's route metadata: a JSON text that the translator writes and the
//! filter reads. A text with an unknown word is an error, since a policy that is half understood would be half in force.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::settings::Trusted;

/// What a route asks of the requests that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoutePolicy {
    /// What becomes of a request that came in cleartext.
    pub insecure: Insecure,
    /// Where the client's address is taken from, for those who ask for it: access, logs and backends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<ClientIp>,
    /// What backends are told of the client's address. Without it they are told what they always are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward: Option<Forward>,
    /// Who may come, by address: all of these must permit it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<Access>,
    /// The value of `Strict-Transport-Security` on answers over https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict_transport_security: Option<String>,
}

impl RoutePolicy {
    /// One that asks for nothing but what becomes of cleartext.
    pub fn of(insecure: Insecure) -> Self {
        Self {
            insecure,
            client_ip: None,
            forward: None,
            access: Vec::new(),
            strict_transport_security: None,
        }
    }

    /// Whether the client's address has to be found.
    pub fn asks_for_client(&self) -> bool {
        self.client_ip.is_some() || self.forward.is_some() || !self.access.is_empty()
    }
}

/// Where the client's address is taken from. Where that is not possible, it is the nearest address that is certain.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ClientIp {
    /// As the operator's settings say.
    #[default]
    Auto,
    /// The other end of the TCP connection.
    Peer,
    /// The source address in the PROXY header.
    ProxyProtocol,
    /// `X-Forwarded-For`, as far as the proxies that wrote it are ours.
    ForwardedFor(Trusted),
    /// A header that a proxy of ours writes.
    Header {
        /// Its name, in lower case.
        name: String,
        /// The networks of the proxies that are ours; those of the operator if empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        trusted_cidrs: Vec<IpNet>,
    },
}

/// What backends are told of the client's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Forward {
    /// `X-Forwarded-For`.
    pub x_forwarded_for: ForwardedFor,
    /// Whether `X-Real-IP` is the client's address; else it is removed.
    pub x_real_ip: bool,
}

/// What becomes of `X-Forwarded-For`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ForwardedFor {
    /// What a trusted proxy wrote, and after it the address that the connection came from.
    #[default]
    Append,
    /// The client's address alone.
    Replace,
    /// Nothing.
    Remove,
}

/// Who may come, by address: whoever is not denied and, where some are allowed, is one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// Who may not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Addresses>,
    /// Who may; everybody if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Addresses>,
}

/// A network, and whose address is looked for in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Addresses {
    /// The client's, as the route's policy finds it.
    Client(IpNet),
    /// That of the other end of the TCP connection.
    Peer(IpNet),
}

/// What becomes of a request that came in cleartext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Insecure {
    /// It is served.
    Allow,
    /// It is sent to the same URL under `https`.
    Redirect {
        /// The answer's status.
        status_code: RedirectStatus,
    },
    /// It is refused.
    Deny,
}

/// The statuses that send a client elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum RedirectStatus {
    /// 301
    #[default]
    MovedPermanently,
    /// 302
    Found,
    /// 303
    SeeOther,
    /// 307
    TemporaryRedirect,
    /// 308
    PermanentRedirect,
}

/// A number that is not a redirect's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a redirect status: use 301, 302, 303, 307 or 308")]
pub struct InvalidRedirectStatus(u16);

impl TryFrom<u16> for RedirectStatus {
    type Error = InvalidRedirectStatus;

    fn try_from(code: u16) -> Result<Self, Self::Error> {
        match code {
            301 => Ok(Self::MovedPermanently),
            302 => Ok(Self::Found),
            303 => Ok(Self::SeeOther),
            307 => Ok(Self::TemporaryRedirect),
            308 => Ok(Self::PermanentRedirect),
            other => Err(InvalidRedirectStatus(other)),
        }
    }
}

impl From<RedirectStatus> for u16 {
    fn from(status: RedirectStatus) -> Self {
        match status {
            RedirectStatus::MovedPermanently => 301,
            RedirectStatus::Found => 302,
            RedirectStatus::SeeOther => 303,
            RedirectStatus::TemporaryRedirect => 307,
            RedirectStatus::PermanentRedirect => 308,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn insecure() -> impl Strategy<Value = Insecure> {
        let status = prop::sample::select(vec![301, 302, 303, 307, 308]);
        prop_oneof![
            Just(Insecure::Allow),
            Just(Insecure::Deny),
            status.prop_map(|code: u16| Insecure::Redirect {
                status_code: code.try_into().unwrap()
            }),
        ]
    }

    proptest! {
        #[test]
        fn a_policy_survives_the_journey(insecure in insecure()) {
            let policy = RoutePolicy::of(insecure);
            let text = serde_json::to_string(&policy).unwrap();
            prop_assert_eq!(serde_json::from_str::<RoutePolicy>(&text).unwrap(), policy);
        }

        #[test]
        fn only_five_numbers_are_redirects(code: u16) {
            match RedirectStatus::try_from(code) {
                Ok(status) => prop_assert_eq!(u16::from(status), code),
                Err(_) => prop_assert!(![301, 302, 303, 307, 308].contains(&code)),
            }
        }

        #[test]
        fn one_letter_more_or_less_is_no_policy(insecure in insecure(), at: prop::sample::Index, letter in "[a-zA-Z{}]") {
            let text = serde_json::to_string(&RoutePolicy::of(insecure)).unwrap();
            let at = at.index(text.len());
            let longer = format!("{}{letter}{}", &text[..at], &text[at..]);
            prop_assert!(serde_json::from_str::<RoutePolicy>(&longer).is_err(), "{}", longer);
            let shorter = format!("{}{}", &text[..at], &text[at + 1..]);
            prop_assert!(serde_json::from_str::<RoutePolicy>(&shorter).is_err(), "{}", shorter);
        }
    }

    #[test]
    fn the_text_is_as_expected() {
        let policy = RoutePolicy::of(Insecure::Redirect {
            status_code: RedirectStatus::PermanentRedirect,
        });
        let text = r#"{"insecure":{"Redirect":{"statusCode":308}}}"#;
        assert_eq!(serde_json::to_string(&policy).unwrap(), text);
        assert_eq!(
            serde_json::to_string(&RoutePolicy::of(Insecure::Deny)).unwrap(),
            r#"{"insecure":"Deny"}"#
        );
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in [
            "",
            "{}",
            "null",
            r#"{"insecure":"allow"}"#,
            r#"{"insecure":"Redirect"}"#,
            r#"{"insecure":{"Redirect":{}}}"#,
            r#"{"insecure":{"Redirect":{"statusCode":300}}}"#,
            r#"{"insecure":{"Redirect":{"statusCode":"301"}}}"#,
            r#"{"insecure":{"Redirect":{"statusCode":301,"host":"x"}}}"#,
            r#"{"insecure":"Allow","insecure":"Deny"}"#,
            r#"{"insecure":"Allow","access":{}}"#,
            r#"{"insecure":"Allow","access":[{"allow":["10.0.0.0/8"]}]}"#,
            r#"{"insecure":"Allow","access":[{"allow":[{"Client":"10.0.0.0/33"}]}]}"#,
            r#"{"insecure":"Allow","clientIp":"Forwarded"}"#,
            r#"{"insecure":"Allow","clientIp":{"Header":{}}}"#,
            r#"{"insecure":"Allow"} {"insecure":"Allow"}"#,
        ] {
            assert!(serde_json::from_str::<RoutePolicy>(text).is_err(), "{text}");
        }
    }
}
