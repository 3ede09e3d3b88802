//! Who signs JSON Web Tokens, and what verifies them.

use anyhow::Result;
use openssl::{base64::encode_block, hash::MessageDigest, pkey::PKey, sign::Signer};
use serde_json::{Value, json};

use crate::objects::NAMESPACE;

/// Signs with a key that it shares with those who verify.
#[derive(Debug, Clone, Copy)]
pub struct Mint(&'static str);

impl Mint {
    /// With this key of its own.
    pub const fn new(key: &'static str) -> Self {
        Self(key)
    }

    /// The Secret whose key `jwks` verifies its tokens.
    pub fn secret(self, name: &str) -> Value {
        let jwks = json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "one", "k": base64_url(self.0.as_bytes())}]});
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": NAMESPACE, "name": name}, "type": "Opaque",
            "stringData": {"jwks": jwks.to_string()},
        })
    }

    /// A token with these claims.
    pub fn token(self, claims: &Value) -> Result<String> {
        let header = json!({"alg": "HS256", "kid": "one", "typ": "JWT"});
        let signed = [header.to_string(), claims.to_string()].map(|part| base64_url(part.as_bytes()));
        let signed = signed.join(".");
        let key = PKey::hmac(self.0.as_bytes())?;
        let signature = Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(signed.as_bytes())?;
        Ok(format!("{signed}.{}", base64_url(&signature)))
    }
}

fn base64_url(bytes: &[u8]) -> String {
    let text = encode_block(bytes).replace('+', "-").replace('/', "_");
    text.trim_end_matches('=').to_owned()
}
