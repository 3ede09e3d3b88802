//! The requests of a case, as they are written.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// Who asks, unless a request says otherwise.
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 20);
/// How long an answer may take, unless a request says otherwise.
const TIMEOUT_SECONDS: f64 = 10.0;

/// One request, or the same one many times.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)]
pub struct Request {
    /// Free text, or a number.
    pub name: Value,
    pub url: Url,
    #[serde(default = "get")]
    pub method: String,
    #[serde(default)]
    pub headers: Headers,
    #[serde(default, deserialize_with = "text")]
    pub body: Option<String>,
    /// What to send instead of the path.
    #[serde(default, deserialize_with = "text")]
    pub raw_path: Option<String>,
    #[serde(default)]
    pub no_host: bool,
    #[serde(default, deserialize_with = "text")]
    pub http_version: Option<String>,
    /// Empty for none; the host of the URL if it is not given.
    pub sni: Option<String>,
    #[serde(default)]
    pub alpn: Vec<String>,
    #[serde(default, rename = "minTLS", deserialize_with = "text")]
    pub min_tls: Option<String>,
    #[serde(default, rename = "maxTLS", deserialize_with = "text")]
    pub max_tls: Option<String>,
    /// As openssl writes them.
    pub ciphers: Option<String>,
    /// A TestCertificate.
    pub client_certificate: Option<String>,
    #[serde(default)]
    pub http2: bool,
    #[serde(default = "client")]
    pub from: Ipv4Addr,
    pub proxy: Option<Proxy>,
    /// To the port that expects the other of cleartext and TLS.
    #[serde(default)]
    pub other_port: bool,
    /// Seconds before it.
    #[serde(default)]
    pub wait: f64,
    /// Whether copies arrive after the answer.
    #[serde(default)]
    pub mirror: bool,
    /// Bytes of a header.
    #[serde(default)]
    pub long_header: usize,
    /// Bytes behind the path.
    #[serde(default)]
    pub long_path: usize,
    /// How many headers more.
    #[serde(default)]
    pub many_headers: usize,
    pub repeat: Option<u32>,
    #[serde(default)]
    pub new_connections: bool,
    #[serde(default)]
    pub keep_cookies: bool,
    /// A header that has another value each time.
    pub vary: Option<String>,
    /// Whether only the number of different backends is the same each time.
    #[serde(default)]
    pub stick: bool,
    /// Whether it may be any endpoint.
    #[serde(default)]
    pub hide_endpoint: bool,
    /// Seconds.
    #[serde(default = "timeout_seconds")]
    timeout: f64,
    #[serde(default, rename = "expectConnect")]
    _expect_connect: de::IgnoredAny,
}

impl Request {
    /// How long an answer may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }

    /// The name that a TLS client asks for, if any. An address is none.
    pub fn server_name(&self) -> Option<&str> {
        let name = self.sni.as_deref().unwrap_or_else(|| self.url.host());
        (!name.is_empty() && name.parse::<IpAddr>().is_err()).then_some(name)
    }

    /// Path and query, as they are sent.
    pub fn target(&self) -> String {
        let target = self.raw_path.as_ref().unwrap_or(&self.url.target);
        format!("{target}{}", "a".repeat(self.long_path))
    }

    /// All headers but Host.
    pub fn all_headers(&self) -> Vec<(String, String)> {
        let mut headers = self.headers.0.clone();
        if self.long_header > 0 {
            headers.push(("X-Long".to_owned(), "a".repeat(self.long_header)));
        }
        headers.extend((0..self.many_headers).map(|number| (format!("X-Many-{number}"), number.to_string())));
        headers
    }
}

/// A URL that nobody has normalised.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Url {
    /// Whether it is https.
    pub is_secure: bool,
    /// Host and port, as they go into `Host`.
    pub authority: String,
    /// From the first slash on.
    pub target: String,
}

impl Url {
    /// The authority without its port.
    pub fn host(&self) -> &str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &self.authority,
        }
    }
}

impl TryFrom<String> for Url {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("a URL has a scheme")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        Ok(Self {
            is_secure: match scheme {
                "https" => true,
                "http" => false,
                _ => return Err(format!("unknown scheme {scheme}")),
            },
            authority: authority.to_owned(),
            target: if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("/{target}")
            },
        })
    }
}

/// A PROXY header.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    pub version: u8,
    pub src: SocketAddr,
    pub dst: Option<SocketAddr>,
}

/// Names and values in the order in which they are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = match Value::deserialize(deserializer)? {
            Value::Object(headers) => headers.into_iter().collect(),
            pairs => serde_json::from_value::<Vec<(String, Value)>>(pairs).map_err(de::Error::custom)?,
        };
        let each = pairs.into_iter().flat_map(|(name, value)| {
            let values = match value {
                Value::Array(values) => values,
                value => vec![value],
            };
            values.into_iter().map(move |value| (name.clone(), as_text(&value)))
        });
        Ok(Self(each.collect()))
    }
}

fn get() -> String {
    "GET".to_owned()
}

fn client() -> Ipv4Addr {
    CLIENT
}

fn timeout_seconds() -> f64 {
    TIMEOUT_SECONDS
}

/// YAML reads `1.0` as a number, wherever text is meant.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Value>::deserialize(deserializer)?.map(|value| as_text(&value)))
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(fields: &Value) -> Request {
        let mut request = json!({"name": "n", "url": "http://a.test/"});
        let fields = fields.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(fields);
        serde_json::from_value(request).unwrap()
    }

    #[test]
    fn urls_stay_as_they_are_written() {
        for (text, is_secure, authority, host, target) in [
            ("http://a.test", false, "a.test", "a.test", "/"),
            ("http://a.test?q", false, "a.test", "a.test", "/?q"),
            (
                "https://A.test:1/%2e/..//x\\#f",
                true,
                "A.test:1",
                "A.test",
                "/%2e/..//x\\#f",
            ),
            ("http://[::1]/", false, "[::1]", "[::1]", "/"),
        ] {
            let url = Url::try_from(text.to_owned()).unwrap();
            assert_eq!(
                (url.is_secure, &*url.authority, url.host(), &*url.target),
                (is_secure, authority, host, target)
            );
        }
        assert!(Url::try_from("ftp://a.test/".to_owned()).is_err());
        assert!(Url::try_from("a.test/".to_owned()).is_err());
    }

    #[test]
    fn headers_are_maps_or_pairs() {
        let pairs = |headers: Value| request(&json!({"headers": headers})).headers.0;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs(json!({"B": "1", "A": [2, "3"]})),
            [pair("B", "1"), pair("A", "2"), pair("A", "3")]
        );
        assert_eq!(pairs(json!([["x", "1"], ["X", "2"]])), [pair("x", "1"), pair("X", "2")]);
    }

    #[test]
    fn the_server_name_is_the_host_unless_it_is_given() {
        let name = |fields: &Value| request(fields).server_name().map(str::to_owned);
        assert_eq!(name(&json!({"url": "https://b.test:8443/"})).as_deref(), Some("b.test"));
        assert_eq!(name(&json!({"sni": "C.test"})).as_deref(), Some("C.test"));
        assert_eq!(name(&json!({"sni": ""})), None);
        assert_eq!(name(&json!({"url": "https://192.0.2.1/"})), None);
    }

    #[test]
    fn an_unknown_field_is_an_error() {
        let request = json!({"name": "n", "url": "http://a.test/", "header": {}});
        assert!(serde_json::from_value::<Request>(request).is_err());
    }

    #[test]
    fn more_headers_and_a_longer_path() {
        let request = request(&json!({"longHeader": 3, "manyHeaders": 2, "longPath": 2, "httpVersion": 1.0}));
        let names: Vec<_> = request.all_headers().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["X-Long", "X-Many-0", "X-Many-1"]);
        assert_eq!(request.target(), "/aa");
        assert_eq!(request.http_version.as_deref(), Some("1.0"));
    }
}
