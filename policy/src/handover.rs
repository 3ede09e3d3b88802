//! The words in which the translator hands policies and facts to the filter. Both sides take them from here; none of
//! them is visible to users, and none may be believed when a client sends it.

use std::{collections::BTreeMap, net::SocketAddr};

use serde::{Deserialize, Serialize};

use crate::connection::{Connection, Listener, ProxyHeader};
use crate::cookie::CookieRewrite;
use crate::settings::LoadBalancer;

/// The filter's name in Envoy's HTTP filter chain and in each route's `typed_per_filter_config`.
pub const FILTER_NAME: &str = "isoline.policy";

/// The namespace of route metadata that holds the policy.
pub const METADATA_NAMESPACE: &str = "isoline.policy";

/// The key under [`METADATA_NAMESPACE`]; its value is the text of a [`RoutePolicy`](crate::RoutePolicy).
pub const METADATA_KEY: &str = "route";

/// The namespace of route metadata that holds the rewriting of cookies. A route may have it with or without a policy.
pub const COOKIES_NAMESPACE: &str = "isoline.cookies";

/// The key under [`COOKIES_NAMESPACE`]; its value is the text of [`CookieRewrites`].
pub const COOKIES_KEY: &str = "route";

/// The header in which `X-Forwarded-Proto` is kept before Envoy writes its own.
pub const FORWARDED_PROTO_HEADER: &str = "x-isoline-forwarded-proto";

/// The header whose value selects the scoped route configuration.
pub const SCOPE_HEADER: &str = "x-isoline-scope";

/// The filter state that holds what is known of the connection, as [`connection_format`] writes it.
pub const CONNECTION_STATE: &str = "isoline.connection";

/// The HTTP filter before the policy filter, and the filter state in which it leaves what that has to know of a request, as
/// [`facts_format`] writes it. To ask Envoy for each fact would cost several times as much.
pub const FACTS: &str = "isoline.facts";

/// The filter state that says `https` where a PROXY header does, as [`proxy_scheme_format`] writes it.
pub const PROXY_SCHEME_STATE: &str = "isoline.proxy_scheme";

/// The listener filter that reads PROXY headers; its metadata holds the SSL TLV under [`SSL_TLV_KEY`].
pub const PROXY_NAMESPACE: &str = "envoy.filters.listener.proxy_protocol";

/// The type of the TLV in which a load balancer tells of its client's TLS.
pub const SSL_TLV_TYPE: u32 = 0x20;

/// Where the SSL TLV stands.
pub const SSL_TLV_KEY: &str = "ssl";

/// The property in which the filter leaves the client's scheme for the route's `x-forwarded-proto`.
pub const SCHEME: Property = Property("wasm.isoline.scheme");

/// The port that the client dialled, by the scheme.
pub const PORT: Property = Property("wasm.isoline.port");

/// The client's address.
pub const CLIENT: Property = Property("wasm.isoline.client");

/// What told the client's address.
pub const CLIENT_SOURCE: Property = Property("wasm.isoline.client_source");

/// What backends are told in `X-Forwarded-For`.
pub const FORWARDED_FOR: Property = Property("wasm.isoline.forwarded_for");

/// The header that names the client, if a trusted proxy wrote it.
pub const CLIENT_HEADER: Property = Property("wasm.isoline.client_header");

/// The value of `Strict-Transport-Security`, if the answer goes over https.
pub const STRICT_TRANSPORT_SECURITY: Property = Property("wasm.isoline.strict_transport_security");

/// Something that the filter leaves for the route's own words to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property(&'static str);

impl Property {
    /// The filter state that Envoy makes of it.
    pub fn state(self) -> &'static str {
        self.0
    }

    /// What the filter calls it; Envoy puts the prefix before every property that a filter sets.
    pub fn name(self) -> &'static str {
        self.0.strip_prefix("wasm.").unwrap_or(self.0)
    }
}

/// What is known of a connection that `listener` took, as Envoy's format.
pub fn connection_format(listener: Listener) -> String {
    format!(
        "{} %DOWNSTREAM_DIRECT_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_LOCAL_PORT% \
         %DOWNSTREAM_LOCAL_PORT% %DYNAMIC_METADATA({PROXY_NAMESPACE}:{SSL_TLV_KEY})%",
        listener.as_str()
    )
}

/// Reads what [`connection_format`] has become. A PROXY header shows in addresses and ports that are not those of the
/// TCP connection, or in its SSL TLV.
pub fn read_connection(text: &[u8]) -> Option<Connection> {
    let mut words = text.splitn(6, |byte| *byte == b' ');
    let mut word = || words.next();
    let mut plain = || str::from_utf8(word()?).ok();
    let listener = plain()?;
    let listener = Listener::ALL.into_iter().find(|it| it.as_str() == listener)?;
    let (direct_remote, remote) = (plain()?, plain()?);
    let (direct_port, port) = (plain()?, plain()?);
    let tlv = word()?;
    let ip = |address: &str| Some(address.parse::<SocketAddr>().ok()?.ip());
    let ended_tls = client_spoke_tls(tlv);
    let is_announced = ended_tls || direct_remote != remote || direct_port != port;
    let proxy = if is_announced {
        Some(ProxyHeader {
            source: ip(remote),
            destination_port: port.parse().ok()?,
            ended_tls,
        })
    } else {
        None
    };
    Some(Connection {
        listener,
        peer: ip(direct_remote),
        proxy,
    })
}

/// The TLV begins with a bit field, whose lowest bit says that the client spoke TLS, and four bytes on its certificate.
/// Two more bits are known; a byte with others may be what Envoy writes for one that is no text.
fn client_spoke_tls(tlv: &[u8]) -> bool {
    matches!(tlv, [1 | 3 | 5 | 7, _, _, _, _, ..])
}

/// `https` if a PROXY header says so, by what [`connection_format`] has become; else nothing. As Envoy's format, for routes
/// that no filter judges.
pub fn proxy_scheme_format(tls_ports: &[u16]) -> String {
    let connection = format!("string(filter_state['{CONNECTION_STATE}'])");
    let word = |index: usize| format!("{connection}.split(' ')[{index}]");
    let [direct_remote, remote, direct_port, port] = [1, 2, 3, 4].map(word);
    let is_announced = format!("{direct_remote} != {remote} || {direct_port} != {port}");
    let spoke_tls = format!(r"{connection}.matches('^(\\S+ ){{5}}[\\x01\\x03\\x05\\x07]\\C{{4}}')");
    format!("%CEL(destination.port in {tls_ports:?} && ({is_announced}) || {spoke_tls} ? 'https' : '')%")
}

/// What the filter has to know of a request, as Envoy's format.
pub fn facts_format() -> String {
    format!(
        "%METADATA(ROUTE:{COOKIES_NAMESPACE}:{COOKIES_KEY}):1%%METADATA(ROUTE:{METADATA_NAMESPACE}:{METADATA_KEY})%\n\
         %REQ({FORWARDED_PROTO_HEADER})%\n%FILTER_STATE({CONNECTION_STATE}:PLAIN)%"
    )
}

/// What the filter knows of a request. Envoy writes `-` for what is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts<'t> {
    /// Whether the route rewrites cookies.
    pub rewrites_cookies: bool,
    /// The text of the route's policy.
    pub policy: Option<&'t [u8]>,
    /// `X-Forwarded-Proto` as it was received.
    pub forwarded_proto: Option<&'t [u8]>,
    /// The connection that it came over.
    pub connection: Option<Connection>,
}

/// Reads what [`facts_format`] has become. Neither a policy's text nor a header has a line break in it.
pub fn read_facts(text: &[u8]) -> Option<Facts<'_>> {
    let (cookies, rest) = text.split_first()?;
    let mut lines = rest.splitn(3, |byte| *byte == b'\n');
    let (policy, forwarded_proto, connection) = (lines.next()?, lines.next()?, lines.next()?);
    let present = |fact: &'_ _| *fact != b"-".as_slice();
    Some(Facts {
        rewrites_cookies: *cookies != b'-',
        policy: Some(policy).filter(present),
        forwarded_proto: Some(forwarded_proto).filter(present),
        connection: read_connection(connection),
    })
}

/// The filter's plugin configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PluginConfig {
    /// The operator's settings.
    pub load_balancer: LoadBalancer,
}

/// What becomes of cookies, by the name of the cluster that sent them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieRewrites(pub BTreeMap<String, Vec<CookieRewrite>>);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A listener, a peer, and what a PROXY header says.
    type Expected<'a> = (Listener, Option<&'a str>, Option<(Option<&'a str>, u16, bool)>);

    #[track_caller]
    fn check(text: &[u8], expect: Option<Expected<'_>>) {
        let ip = |text: &str| text.parse().unwrap();
        let expect = expect.map(|(listener, peer, proxy)| Connection {
            listener,
            peer: peer.map(ip),
            proxy: proxy.map(|(source, destination_port, ended_tls)| ProxyHeader {
                source: source.map(ip),
                destination_port,
                ended_tls,
            }),
        });
        assert_eq!(read_connection(text), expect, "{}", String::from_utf8_lossy(text));
    }

    #[test]
    fn facts_are_read_as_they_are_written() {
        let connection = "https 192.0.2.1:5 192.0.2.1:5 8443 8443 -";
        let text = format!("-{{\"insecure\":\"Deny\"}}\nhttp,\thttps\n{connection}");
        let facts = read_facts(text.as_bytes()).unwrap();
        assert_eq!(facts.policy, Some(br#"{"insecure":"Deny"}"#.as_slice()));
        assert_eq!(facts.forwarded_proto, Some(b"http,\thttps".as_slice()));
        assert_eq!(facts.connection, read_connection(connection.as_bytes()));
        assert!(facts.connection.is_some() && !facts.rewrites_cookies);

        assert_eq!(read_facts(b"--\n-\n-"), Some(Facts::default()));
        assert!(read_facts(b"{-\n-\n-").unwrap().rewrites_cookies);
        assert_eq!(read_facts(b"--\n\n-").unwrap().forwarded_proto, Some(b"".as_slice()));
        for broken in ["", "-", "--\n", "--\n-"] {
            assert_eq!(read_facts(broken.as_bytes()), None, "{broken:?}");
        }
        assert_eq!(facts_format().matches('\n').count(), 2);
    }

    #[test]
    fn a_connection_is_read_as_it_is_written() {
        let http = |peer, proxy| Some((Listener::Http, Some(peer), proxy));
        check(b"http 10.0.0.1:1 10.0.0.1:1 8080 8080 -", http("10.0.0.1", None));
        check(
            b"http 10.0.0.1:1 203.0.113.7:2 8080 443 -",
            http("10.0.0.1", Some((Some("203.0.113.7"), 443, false))),
        );
        check(
            b"tls-offload [::1]:1 [2001:db8::1]:2 8081 8081 -",
            Some((
                Listener::TlsOffload,
                Some("::1"),
                Some((Some("2001:db8::1"), 8081, false)),
            )),
        );
        check(
            b"http 10.0.0.1:1 10.0.0.1:1 80 80 \x01\0\0\0 \0",
            http("10.0.0.1", Some((Some("10.0.0.1"), 80, true))),
        );
        for no_tls in [
            b"\0\0\0\0\0".as_slice(),
            b"\x06\0\0\0\0",
            b"!\0\0\0\0",
            b"\x01\0\0\0",
            b"-",
            b"",
        ] {
            let text = [b"http 10.0.0.1:1 10.0.0.2:1 80 80 ", no_tls].concat();
            check(&text, http("10.0.0.1", Some((Some("10.0.0.2"), 80, false))));
        }
        check(b"https /run/x - - - -", None);
        check(b"https /run/x /run/x - - -", Some((Listener::Https, None, None)));
    }

    #[test]
    fn anything_else_is_no_connection() {
        for text in [
            "",
            "http",
            "http 10.0.0.1:1 10.0.0.1:1 80 80",
            "HTTP 10.0.0.1:1 10.0.0.1:1 80 80 -",
            "tcp 10.0.0.1:1 10.0.0.1:1 80 80 -",
            "http 10.0.0.1:1 10.0.0.1:1 80 x -",
        ] {
            check(text.as_bytes(), None);
        }
    }

    #[test]
    fn a_property_is_a_filter_state_of_the_filter() {
        for property in [
            SCHEME,
            PORT,
            CLIENT,
            CLIENT_SOURCE,
            FORWARDED_FOR,
            CLIENT_HEADER,
            STRICT_TRANSPORT_SECURITY,
        ] {
            assert_eq!(property.state(), format!("wasm.{}", property.name()));
        }
    }

    #[test]
    fn a_plugin_configuration_must_say_what_stands_in_front() {
        let config = PluginConfig::default();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<PluginConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<PluginConfig>("{}").is_err());
        assert!(serde_json::from_str::<PluginConfig>(r#"{"loadBalancer":{},"x":1}"#).is_err());
    }

    #[test]
    fn cookies_belong_to_clusters() {
        let text = r#"{"ns/a/80":[{"name":"x","secure":true},{"name":"y"}],"ns/b/80":[]}"#;
        let rewrites: CookieRewrites = serde_json::from_str(text).unwrap();
        assert_eq!(rewrites.0.keys().collect::<Vec<_>>(), ["ns/a/80", "ns/b/80"]);
        assert_eq!(serde_json::to_string(&rewrites).unwrap(), text);
        for text in ["", "[]", r#"{"a":{}}"#, r#"{"a":[{}]}"#] {
            assert!(serde_json::from_str::<CookieRewrites>(text).is_err(), "{text}");
        }
    }
}
