//! Keys of tokens, as far as Envoy takes them.
//!
//! Envoy refuses its whole filter, with the providers of all hosts, for one set without a good key. So nothing of a set
//! travels but what Envoy reads of its good keys.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use num_bigint::BigUint;
use serde_json::{Map, Value, json};

/// The good keys of a set; nothing if it has none.
pub(crate) fn good_keys(text: &str) -> Option<String> {
    let set: Value = serde_json::from_str(text).ok()?;
    let keys: Vec<_> = set.get("keys")?.as_array()?.iter().filter_map(good_key).collect();
    (!keys.is_empty()).then(|| json!({ "keys": keys }).to_string())
}

fn good_key(key: &Value) -> Option<Map<String, Value>> {
    let field = |name: &str| key.get(name).and_then(Value::as_str);
    let alg = field("alg").unwrap_or_default();
    let (is_good, fields): (_, &[_]) = match field("kty")? {
        "RSA" => (is_rsa(alg, field("n")?, field("e")?), &["n", "e"]),
        "EC" => (
            is_ec(alg, field("crv").unwrap_or_default(), field("x")?, field("y")?),
            &["crv", "x", "y"],
        ),
        "OKP" => (is_okp(alg, field("crv")?, field("x")?), &["crv", "x"]),
        "oct" => (is_secret(alg, field("k")?), &["k"]),
        _ => return None,
    };
    let text = |name: &&str| Some(((*name).to_owned(), field(name)?.into()));
    is_good.then(|| ["kty", "kid", "alg"].iter().chain(fields).filter_map(text).collect())
}

fn is_rsa(alg: &str, modulus: &str, exponent: &str) -> bool {
    let fits = alg.is_empty() || alg.starts_with("RS") || alg.starts_with("PS");
    let (Some(modulus), Some(exponent)) = (number(modulus), number(exponent)) else {
        return false;
    };
    let usual = [3_u32, 65537].iter().any(|usual| exponent == BigUint::from(*usual));
    fits && usual && modulus.bit(0) && (512..=8192).contains(&modulus.bits())
}

fn is_ec(alg: &str, curve: &str, x: &str, y: &str) -> bool {
    let curves = [("ES256", "P-256"), ("ES384", "P-384"), ("ES512", "P-521")];
    let curve = match (alg, curve) {
        ("", "") => Some("P-256"),
        ("", curve) => Some(curve),
        (alg, curve) => curves
            .iter()
            .find(|(of, name)| *of == alg && (curve.is_empty() || curve == *name))
            .map(|(_, name)| *name),
    };
    let point = number(x).zip(number(y));
    curve
        .and_then(Curve::named)
        .zip(point)
        .is_some_and(|(curve, (x, y))| curve.holds(&x, &y))
}

fn is_okp(alg: &str, curve: &str, x: &str) -> bool {
    matches!(alg, "" | "EdDSA") && curve == "Ed25519" && bytes(x).is_some_and(|bytes| bytes.len() == 32)
}

fn is_secret(alg: &str, key: &str) -> bool {
    matches!(alg, "" | "HS256" | "HS384" | "HS512") && bytes(key).is_some_and(|bytes| !bytes.is_empty())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

fn number(text: &str) -> Option<BigUint> {
    bytes(text).map(|bytes| BigUint::from_bytes_be(&bytes))
}

/// The points of `y² = x³ - 3x + b` modulo a prime.
struct Curve {
    prime: BigUint,
    b: BigUint,
}

impl Curve {
    fn named(name: &str) -> Option<Self> {
        let hex = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16);
        let (prime, b) = match name {
            "P-256" => (
                hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")?,
                "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
            ),
            "P-384" => (
                hex(
                    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
                )?,
                "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
            ),
            "P-521" => (
                (BigUint::from(1_u8) << 521) - 1_u8,
                "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
            ),
            _ => return None,
        };
        Some(Self { prime, b: hex(b)? })
    }

    fn holds(&self, x: &BigUint, y: &BigUint) -> bool {
        let Self { prime, b } = self;
        if x >= prime || y >= prime {
            return false;
        }
        let right = x * x * x + (prime - x) * 3_u8 + b;
        (y * y) % prime == right % prime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256: (&str, &str) = (
        "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    );

    fn ec(alg: &str, curve: &str, (x, y): (&str, &str)) -> Value {
        let mut key = json!({"kty": "EC", "x": x, "y": y});
        for (name, value) in [("alg", alg), ("crv", curve)] {
            if !value.is_empty() {
                key[name] = value.into();
            }
        }
        key
    }

    fn is_good(key: &Value) -> bool {
        good_keys(&json!({ "keys": [key] }).to_string()).is_some()
    }

    #[test]
    fn only_what_envoy_reads_of_good_keys_travels() {
        let good = json!({"kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256", "use": "sig", "x": {"deep": []}});
        let bad = json!({"kty": "oct", "k": "not base64!"});
        let text = json!({"keys": [bad, 1, good], "more": true}).to_string();
        let expected = json!({"keys": [{"kty": "oct", "kid": "a", "alg": "HS256", "k": "c2VjcmV0"}]});
        assert_eq!(good_keys(&text), Some(expected.to_string()));
    }

    #[test]
    fn a_set_without_a_good_key_is_none() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"keys":[]}"#,
            r#"{"keys":{}}"#,
            r#"{"keys":[{}]}"#,
            r#"{"keys":[{"kty":"DSA"}]}"#,
        ] {
            assert_eq!(good_keys(text), None, "{text}");
        }
    }

    #[test]
    fn a_point_lies_on_its_curve() {
        for (alg, curve) in [("", ""), ("", "P-256"), ("ES256", ""), ("ES256", "P-256")] {
            assert!(is_good(&ec(alg, curve, P256)), "{alg} {curve}");
        }
        for (alg, curve) in [
            ("ES384", "P-256"),
            ("ES512", ""),
            ("RS256", "P-256"),
            ("", "P-521"),
            ("", "secp256k1"),
        ] {
            assert!(!is_good(&ec(alg, curve, P256)), "{alg} {curve}");
        }
        assert!(!is_good(&ec("", "P-256", (P256.1, P256.0))));
    }

    #[test]
    fn numbers_are_those_that_a_library_would_make() {
        let number = |bits: usize| URL_SAFE_NO_PAD.encode(vec![0xff; bits / 8]);
        let rsa = |n: &str, e: &str, alg: &str| is_good(&json!({"kty": "RSA", "n": n, "e": e, "alg": alg}));
        assert!(rsa(&number(2048), "AQAB", "RS256"));
        assert!(rsa(&number(2048), "Aw", "PS512"));
        assert!(!rsa(&number(2048), "AQAB", "ES256"));
        assert!(!rsa(&number(2048), "BQ", "RS256"));
        assert!(!rsa(&number(256), "AQAB", "RS256"));
        assert!(!rsa(&number(16384), "AQAB", "RS256"));
        let okp = |x: &str| is_good(&json!({"kty": "OKP", "crv": "Ed25519", "x": x}));
        assert!(okp(&number(256)));
        assert!(!okp(&number(248)));
    }
}
