//! The rewriting of a backend's cookies: what a route says of the attributes of a cookie that it names.

use serde::{Deserialize, Serialize};

/// What becomes of the attributes of one cookie. What is not said here stays as the backend set it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CookieRewrite {
    /// The cookie's name, in the backend's letter case.
    pub name: String,
    /// The new `Path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The new `Domain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Whether the cookie is `Secure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// The new `SameSite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_site: Option<String>,
}

/// The value of a `Set-Cookie` header under `rules`, if they change it. Where several rules name the cookie, the later one
/// wins, attribute by attribute.
///
/// Attributes in other letters than `Path`, `Domain`, `Secure` and `SameSite` stay; since the new ones come last, browsers
/// follow these. A value with control characters, which browsers refuse as a whole, stays too.
pub fn rewrite_set_cookie(value: &[u8], rules: &[CookieRewrite]) -> Option<Vec<u8>> {
    if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return None;
    }
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let cookie = parts.next()?;
    let equals = cookie.iter().position(|byte| *byte == b'=')?;
    let name = cookie.get(..equals)?.trim_ascii();
    let mut rules = rules.iter().filter(|rule| rule.name.as_bytes() == name).peekable();
    rules.peek()?;
    let mut attributes: Vec<_> = parts.filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect();
    for rule in rules {
        rule.apply(&mut attributes);
    }
    let rewritten = [vec![cookie.to_vec()], attributes].concat().join(b"; ".as_slice());
    (rewritten != value).then_some(rewritten)
}

impl CookieRewrite {
    fn apply(&self, attributes: &mut Vec<Vec<u8>>) {
        for (name, value) in [
            ("Path", &self.path),
            ("Domain", &self.domain),
            ("SameSite", &self.same_site),
        ] {
            if let Some(value) = value {
                remove(attributes, name);
                attributes.push(format!("{name}={}", harmless(value)).into_bytes());
            }
        }
        if let Some(secure) = self.secure {
            remove(attributes, "Secure");
            attributes.extend(secure.then(|| b"Secure".to_vec()));
        }
    }
}

fn remove(attributes: &mut Vec<Vec<u8>>, name: &str) {
    attributes.retain(|attribute| {
        let attribute_name = attribute.split(|byte| *byte == b'=').next().unwrap_or_default();
        attribute_name.trim_ascii() != name.as_bytes()
    });
}

/// `value` without what would end the attribute or the header. The schema lets none of it in; this holds should that fail.
fn harmless(value: &str) -> String {
    value.chars().filter(|c| !c.is_ascii_control() && *c != ';').collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn everything() -> CookieRewrite {
        CookieRewrite {
            name: "flavour".to_owned(),
            path: Some("/shop".to_owned()),
            domain: Some("bakery.example".to_owned()),
            secure: Some(true),
            same_site: Some("Strict".to_owned()),
        }
    }

    fn named(name: &str) -> CookieRewrite {
        CookieRewrite {
            name: name.to_owned(),
            ..CookieRewrite::default()
        }
    }

    #[track_caller]
    fn check(rules: &[CookieRewrite], cookie: &str, expect: &str) {
        let rewritten = rewrite_set_cookie(cookie.as_bytes(), rules);
        let expect = (expect != cookie).then(|| expect.as_bytes().to_vec());
        assert_eq!(rewritten, expect, "{cookie}");
    }

    #[test]
    fn attributes_are_replaced_added_and_kept() {
        const NEW: &str = "Path=/shop; Domain=bakery.example; SameSite=Strict; Secure";
        for (cookie, before_the_new) in [
            ("flavour=x", "flavour=x"),
            ("flavour=", "flavour="),
            ("flavour=plain; Path=/; HttpOnly", "flavour=plain; HttpOnly"),
            ("flavour=x;Path=/a;Path=/b;;", "flavour=x"),
            ("flavour=a=b==; Max-Age=5", "flavour=a=b==; Max-Age=5"),
            ("flavour=x; path=/a; secure", "flavour=x; path=/a; secure"),
            (" flavour = x ; Domain = a=b ; Secure=no", "flavour = x"),
            ("flavour=x; SameSite; Paths=/a", "flavour=x; Paths=/a"),
        ] {
            check(&[everything()], cookie, &format!("{before_the_new}; {NEW}"));
        }
    }

    #[test]
    fn other_cookies_stay_as_they_are() {
        for cookie in [
            "colour=x; Path=/a",
            "Flavour=x",
            "flavours=x",
            "flavour",
            "=flavour",
            "",
            ";",
            "x; flavour=y",
        ] {
            check(&[everything()], cookie, cookie);
        }
        check(&[], "flavour=x;Path=/", "flavour=x;Path=/");
    }

    #[test]
    fn secure_is_taken_away() {
        let insecure = CookieRewrite {
            secure: Some(false),
            ..named("flavour")
        };
        check(&[insecure], "flavour=x; Secure; HttpOnly", "flavour=x; HttpOnly");
    }

    #[test]
    fn the_later_rule_wins_by_attribute() {
        let route = CookieRewrite {
            path: Some("/route".to_owned()),
            same_site: Some("Lax".to_owned()),
            ..named("flavour")
        };
        let service = CookieRewrite {
            path: Some("/service".to_owned()),
            ..named("flavour")
        };
        let expect = "flavour=x; HttpOnly; SameSite=Lax; Path=/service";
        check(
            &[route, named("colour"), service],
            "flavour=x; Path=/; HttpOnly",
            expect,
        );
    }

    #[test]
    fn no_value_can_end_its_attribute_or_the_header() {
        let wicked = CookieRewrite {
            path: Some("/a; HttpOnly\r\nx: y".to_owned()),
            ..named("flavour")
        };
        check(&[wicked], "flavour=x", "flavour=x; Path=/a HttpOnlyx: y");
        check(&[everything()], "flavour=x\0", "flavour=x\0");
    }

    #[test]
    fn the_text_is_as_expected() {
        let text = r#"{"name":"a","path":"/b","domain":"c","secure":false,"sameSite":"Lax"}"#;
        let rule: CookieRewrite = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        assert_eq!(serde_json::to_string(&named("a")).unwrap(), r#"{"name":"a"}"#);
        for text in ["{}", r#"{"name":"a","Path":"/b"}"#, r#"{"name":"a","secure":"no"}"#] {
            assert!(serde_json::from_str::<CookieRewrite>(text).is_err(), "{text}");
        }
    }

    fn rule() -> impl Strategy<Value = CookieRewrite> {
        use prop::option::of;
        (
            "[ab]",
            of(any::<String>()),
            of(any::<String>()),
            of(any::<bool>()),
            of(any::<String>()),
        )
            .prop_map(|(name, path, domain, secure, same_site)| CookieRewrite {
                name,
                path,
                domain,
                secure,
                same_site,
            })
    }

    fn rules() -> impl Strategy<Value = Vec<CookieRewrite>> {
        prop::collection::vec(rule(), 0..4)
    }

    /// Bytes that reach every branch: names of rules, separators, attributes and anything else.
    fn set_cookie() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just(b"a=".to_vec()),
            Just(b";".to_vec()),
            Just(b"; Path=".to_vec()),
            Just(b"; Secure".to_vec()),
            prop::collection::vec(any::<u8>(), 0..4),
        ];
        prop::collection::vec(word, 0..8).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn no_control_characters_ever(cookie in set_cookie(), rules in rules()) {
            if let Some(rewritten) = rewrite_set_cookie(&cookie, &rules) {
                prop_assert!(!rewritten.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t'));
            }
        }

        #[test]
        fn what_is_rewritten_is_as_the_rules_want_it(cookie in set_cookie(), rules in rules()) {
            if let Some(rewritten) = rewrite_set_cookie(&cookie, &rules) {
                prop_assert_eq!(rewrite_set_cookie(&rewritten, &rules), None);
            }
        }

        #[test]
        fn only_a_rule_for_the_cookie_changes_it(cookie in set_cookie(), rules in rules()) {
            let (name, _) = cookie.split_at(cookie.iter().position(|byte| *byte == b'=').unwrap_or(0));
            let others: Vec<_> = rules.into_iter().filter(|rule| rule.name.as_bytes() != name.trim_ascii()).collect();
            prop_assert_eq!(rewrite_set_cookie(&cookie, &others), None);
        }

        #[test]
        fn the_pair_of_name_and_value_survives(value in "[!-:<-~]{0,9}", attributes in "[ -~]{0,20}", rules in rules()) {
            let pair = format!("a={value}");
            let cookie = format!("{pair};{attributes}");
            if let Some(rewritten) = rewrite_set_cookie(cookie.as_bytes(), &rules) {
                let first = rewritten.split(|byte| *byte == b';').next().unwrap();
                prop_assert_eq!(first, pair.as_bytes());
            }
        }
    }
}
