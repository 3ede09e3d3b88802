//! The policy of one route, as it travels in Envoy's route metadata: a JSON text that the translator writes and the
//! filter reads. A text with an unknown word is an error, since a policy that is half understood would be half in force.

use serde::{Deserialize, Serialize};

/// What a route asks of the requests that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoutePolicy {
    /// What becomes of a request that came in cleartext.
    pub insecure: Insecure,
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
            let policy = RoutePolicy { insecure };
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
            let text = serde_json::to_string(&RoutePolicy { insecure }).unwrap();
            let at = at.index(text.len());
            let longer = format!("{}{letter}{}", &text[..at], &text[at..]);
            prop_assert!(serde_json::from_str::<RoutePolicy>(&longer).is_err(), "{}", longer);
            let shorter = format!("{}{}", &text[..at], &text[at + 1..]);
            prop_assert!(serde_json::from_str::<RoutePolicy>(&shorter).is_err(), "{}", shorter);
        }
    }

    #[test]
    fn the_text_is_as_expected() {
        let policy = RoutePolicy {
            insecure: Insecure::Redirect {
                status_code: RedirectStatus::PermanentRedirect,
            },
        };
        let text = r#"{"insecure":{"Redirect":{"statusCode":308}}}"#;
        assert_eq!(serde_json::to_string(&policy).unwrap(), text);
        assert_eq!(
            serde_json::to_string(&RoutePolicy {
                insecure: Insecure::Deny
            })
            .unwrap(),
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
            r#"{"insecure":"Allow"} {"insecure":"Allow"}"#,
        ] {
            assert!(serde_json::from_str::<RoutePolicy>(text).is_err(), "{text}");
        }
    }
}
