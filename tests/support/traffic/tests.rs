//! The client and the backends, without Envoy between them.

use std::net::{Ipv4Addr, SocketAddrV4, TcpListener as StdListener};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, pem::PemObject as _},
        server::WebPkiClientVerifier,
        version::{TLS12, TLS13},
    },
};

use super::{
    case::{Case, Endpoint},
    certificates::Certificates,
    connection::{Answer, Connection},
    echo::{Echo, Entry},
    request::{Headers, Request},
    result::{Failure, Outcome, Seen, Tls},
};

fn request(fields: &Value) -> Request {
    let mut request = json!({"name": "n", "url": "http://a.test/", "from": "127.0.0.1"});
    request
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    serde_json::from_value(request).unwrap()
}

fn certificates(documents: &[Value]) -> Result<Certificates> {
    let mut certificates = Certificates::default();
    for document in documents {
        let mut document = document.clone();
        document["kind"] = "TestCertificate".into();
        certificates.make(document)?;
    }
    Ok(certificates)
}

fn free_address() -> Result<SocketAddrV4> {
    let port = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// One backend, and a client of it.
struct Pair {
    case: Case,
    echo: Echo,
}

impl Pair {
    async fn start(certificate: Option<&str>) -> Result<Self> {
        let documents = [json!({"metadata": {"namespace": "a", "name": "cert"}, "dnsNames": ["a.test"]})];
        let case = Case {
            settings: json!({}),
            flags: Vec::new(),
            objects: Vec::new(),
            endpoints: vec![Endpoint {
                name: "a/b".to_owned(),
                address: free_address()?,
                certificate: certificate.map(str::to_owned),
            }],
            certificates: certificates(&documents)?,
            requests: Vec::new(),
        };
        let echo = Echo::start(&case).await?;
        Ok(Self { case, echo })
    }

    async fn open(&self, request: &Request, tls: &mut Option<Tls>) -> Result<Connection, Failure> {
        Connection::open_at(self.case.endpoints[0].address, request, &self.case.certificates, tls).await
    }

    async fn ask(&self, fields: &Value) -> Result<Answer, Failure> {
        let request = request(fields);
        let mut connection = self.open(&request, &mut None).await?;
        connection.exchange(&request, &request.all_headers()).await
    }

    async fn entry(&self, fields: &Value) -> Result<Entry> {
        let answer = self
            .ask(fields)
            .await
            .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        Seen::new(&answer).1.context("a backend answers")
    }
}

#[tokio::test]
async fn a_request_arrives_as_it_is_written() -> Result<()> {
    let pair = Pair::start(None).await?;
    let entry = pair
        .entry(&json!({
            "url": "http://A.test:81/a/../%2e\\?q#f", "method": "BREW", "body": "tea",
            "headers": [["X-One", "  1 "], ["x-one", "2"]],
        }))
        .await?;
    assert_eq!(
        (&*entry.method, &*entry.path, entry.host.as_deref()),
        ("BREW", "/a/../%2e\\?q#f", Some("A.test:81"))
    );
    assert_eq!(entry.body.as_deref(), Some("tea"));
    let headers: Vec<_> = entry
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(headers, ["x-one: 1", "x-one: 2", "content-length: 3"]);
    assert_eq!(pair.echo.take_log(), [entry]);
    Ok(())
}

#[tokio::test]
async fn what_is_odd_is_sent_too() -> Result<()> {
    let pair = Pair::start(None).await?;
    let entry = pair
        .entry(&json!({"noHost": true, "rawPath": "*", "httpVersion": "1.0"}))
        .await?;
    assert_eq!((entry.host, &*entry.path), (None, "*"));
    let entry = pair
        .entry(&json!({"headers": {"Transfer-Encoding": "chunked"}, "body": "3\r\nabc\r\n0\r\n\r\n"}))
        .await?;
    assert_eq!(entry.body.as_deref(), Some("abc"));
    let entry = pair.entry(&json!({"longHeader": 70_000, "longPath": 9_000})).await?;
    assert_eq!(
        (entry.header("x-long").map(str::len), entry.path.len()),
        (Some(70_000), 9_001)
    );
    Ok(())
}

#[tokio::test]
async fn special_paths_make_special_answers() -> Result<()> {
    let pair = Pair::start(None).await?;
    let get = async |path: &str| {
        pair.ask(&json!({"url": format!("http://a.test/x{path}")}))
            .await
            .map_err(|failure| anyhow::anyhow!("{failure:?}"))
    };
    assert_eq!(get("/status/503").await?.status, 503);
    assert_eq!(get("/status/204").await?.body, b"");
    let flaky = [
        get("/flaky?n=1&key=k").await?.status,
        get("/flaky?n=1&key=k").await?.status,
    ];
    assert_eq!(flaky, [503, 200]);
    let answer = get("/goto?to=http://b.test/&code=307").await?;
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, Some("http://b.test/"))
    );
    assert_eq!(
        get("/setcookie")
            .await?
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .count(),
        2
    );
    let answer = get("/respond?h=ETag:%22a%22&h=Content-Type:image/png").await?;
    assert_eq!(
        (answer.header("etag"), answer.header("content-type")),
        (Some("\"a\""), Some("image/png"))
    );
    Ok(())
}

#[tokio::test]
async fn a_connection_is_kept_until_an_answer_ends_it() -> Result<()> {
    let pair = Pair::start(None).await?;
    let mut request = request(&json!({}));
    let failed = |failure| anyhow::anyhow!("{failure:?}");
    let mut connection = pair.open(&request, &mut None).await.map_err(failed)?;
    for method in ["GET", "HEAD", "GET"] {
        request.method = method.to_owned();
        let answer = connection.exchange(&request, &[]).await.map_err(failed)?;
        assert_eq!(answer.body.is_empty(), method == "HEAD");
        assert!(connection.is_reusable());
    }
    request.headers = Headers(vec![("Connection".to_owned(), "close".to_owned())]);
    connection
        .exchange(&request, &request.all_headers())
        .await
        .map_err(failed)?;
    let again = connection.exchange(&request, &[]).await;
    assert_eq!(again, Err(Failure::Closed("without an answer")));
    Ok(())
}

#[tokio::test]
async fn websockets_carry_bytes() -> Result<()> {
    let pair = Pair::start(None).await?;
    let answer = pair
        .ask(&json!({"url": "http://a.test/ws", "headers": {"Connection": "Upgrade", "Upgrade": "websocket"}}))
        .await;
    assert_eq!(answer.map(|answer| answer.status), Ok(101));
    let answer = pair.ask(&json!({"url": "http://a.test/ws"})).await;
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_has_a_name() -> Result<()> {
    let pair = Pair::start(None).await?;
    let reset = pair.ask(&json!({"url": "http://a.test/reset"})).await;
    assert_eq!(reset, Err(Failure::Closed("without an answer")));
    let plain = pair.ask(&json!({"url": "https://a.test/"})).await;
    assert!(
        matches!(
            &plain,
            Err(Failure::TlsError(_) | Failure::Closed("during the TLS handshake"))
        ),
        "{plain:?}"
    );
    let request = request(&json!({}));
    let refused = Connection::open_at(free_address()?, &request, &pair.case.certificates, &mut None).await;
    assert_eq!(refused.err(), Some(Failure::Refused(true)));
    Ok(())
}

#[tokio::test]
async fn tls_is_told_by_both_sides() -> Result<()> {
    let pair = Pair::start(Some("a/cert")).await?;
    for (max, version) in [("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")] {
        let request = request(&json!({"url": "https://a.test/", "maxTLS": max}));
        let mut tls = None;
        let mut connection = pair
            .open(&request, &mut tls)
            .await
            .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        let answer = connection
            .exchange(&request, &[])
            .await
            .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        let entry = Seen::new(&answer).1.context("a backend answers")?;
        assert_eq!(entry.tls.context("TLS")?.version, version);
        let expected = Tls {
            version: version.to_owned(),
            alpn: None,
            certificate: Some("a/cert".to_owned()),
        };
        assert_eq!(tls, Some(expected));
    }
    Ok(())
}

/// A server that demands certificates of an authority, or nothing but TLS 1.2 without them.
async fn tls_server(certificates: &Certificates, demands: bool, alpn: &[&str]) -> Result<SocketAddrV4> {
    let server = certificates.certificate("a/server")?;
    let versions: &[_] = if demands { &[&TLS13] } else { &[&TLS12] };
    let config =
        ServerConfig::builder_with_provider(ring::default_provider().into()).with_protocol_versions(versions)?;
    let config = if demands {
        let mut roots = RootCertStore::empty();
        roots.add(certificates.certificate("a/root")?.der()?)?;
        config.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(roots.into(), ring::default_provider().into()).build()?,
        )
    } else {
        config.with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_slice(server.key.as_bytes())?;
    let mut config = config.with_single_cert(vec![server.der()?], key)?;
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
    let address = free_address()?;
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let name = stream.get_ref().1.server_name().unwrap_or("none").to_owned();
            let _ = stream.read(&mut [0; 1024]).await;
            let answer = format!("HTTP/1.1 200 OK\r\nsni: {name}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.flush().await;
        }
    });
    Ok(address)
}

#[tokio::test]
async fn tls_facts_and_alerts() -> Result<()> {
    let name = |name: &str| json!({"namespace": "a", "name": name});
    let certificates = certificates(&[
        json!({"metadata": name("root"), "ca": true}),
        json!({"metadata": name("server"), "dnsNames": ["a.test"]}),
        json!({"metadata": name("friend"), "issuer": "a/root", "clientOnly": true, "subject": "/O=o/CN=friend"}),
        json!({"metadata": name("stranger"), "clientOnly": true}),
    ])?;
    let old = tls_server(&certificates, false, &["h2", "http/1.1"]).await?;
    let demanding = tls_server(&certificates, true, &[]).await?;
    let ask = async |address, fields: Value| {
        let mut all = json!({"url": "https://a.test/"});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let request = request(&all);
        let mut tls = None;
        let answer = match Connection::open_at(address, &request, &certificates, &mut tls).await {
            Ok(Connection::Handshake) => Ok("handshake".to_owned()),
            Ok(mut connection) => connection
                .exchange(&request, &[])
                .await
                .map(|answer| answer.header("sni").unwrap_or_default().to_owned()),
            Err(failure) => Err(failure),
        };
        (answer, tls.and_then(|tls| tls.alpn))
    };
    let alert = |name: &str| Err(Failure::TlsError(name.to_owned()));

    assert_eq!(ask(old, json!({})).await, (Ok("a.test".to_owned()), None));
    assert_eq!(ask(old, json!({"sni": "B_c.test"})).await.0, Ok("b_c.test".to_owned()));
    assert_eq!(ask(old, json!({"sni": ""})).await.0, Ok("none".to_owned()));
    assert_eq!(
        ask(old, json!({"alpn": ["http/1.1"]})).await.1.as_deref(),
        Some("http/1.1")
    );
    assert_eq!(
        ask(old, json!({"alpn": ["h2"]})).await,
        (Ok("handshake".to_owned()), Some("h2".to_owned()))
    );
    assert_eq!(ask(old, json!({"minTLS": "1.3"})).await.0, alert("protocol_version"));
    // This server looks at the ciphers first.
    assert_eq!(ask(old, json!({"maxTLS": "1.1"})).await.0, alert("handshake_failure"));
    assert_eq!(
        ask(old, json!({"maxTLS": "1.2", "ciphers": "AES128-SHA"})).await.0,
        alert("handshake_failure")
    );
    assert_eq!(
        ask(old, json!({"ciphers": "ECDHE-ECDSA-CHACHA20-POLY1305"})).await.0,
        Ok("a.test".to_owned())
    );

    assert_eq!(
        ask(demanding, json!({"clientCertificate": "a/friend"})).await.0,
        Ok("a.test".to_owned())
    );
    assert_eq!(ask(demanding, json!({})).await.0, alert("certificate_required"));
    let stranger = ask(demanding, json!({"clientCertificate": "a/stranger"})).await.0;
    assert!(matches!(stranger, Err(Failure::TlsError(_))), "{stranger:?}");
    Ok(())
}

/// A server that answers with the bytes that it got, up to a number.
async fn mirror(bytes: usize) -> Result<SocketAddrV4> {
    let address = free_address()?;
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut got = vec![0; bytes];
            let _ = stream.read_exact(&mut got).await;
            let head = format!(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{bytes:x}\r\n"
            );
            let _ = stream
                .write_all(&[head.as_bytes(), &got, b"\r\n0\r\n\r\n"].concat())
                .await;
        }
    });
    Ok(address)
}

#[tokio::test]
async fn a_proxy_header_comes_first() -> Result<()> {
    let version_1 = b"PROXY TCP4 198.51.100.4 203.0.113.1 4321 80\r\nGET";
    let version_2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x04\xcb\0\x71\x01\x10\xe1\0\x50GET";
    for (version, expected) in [(1, &version_1[..]), (2, &version_2[..])] {
        let proxy = json!({"version": version, "src": "198.51.100.4:4321", "dst": "203.0.113.1:80"});
        let request = request(&json!({"proxy": proxy}));
        let address = mirror(expected.len()).await?;
        let mut connection = Connection::open_at(address, &request, &Certificates::default(), &mut None)
            .await
            .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        let answer = connection
            .exchange(&request, &[])
            .await
            .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        assert_eq!(answer.body, expected);
    }
    Ok(())
}

#[tokio::test]
async fn http2_with_prior_knowledge() -> Result<()> {
    let address = free_address()?;
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut connection = h2::server::handshake(stream).await?;
            while let Some(Ok((request, mut answer))) = connection.accept().await {
                if request.uri().path() == "/reset" {
                    answer.send_reset(h2::Reason::REFUSED_STREAM);
                    continue;
                }
                let mut body = request.uri().to_string().into_bytes();
                let mut sent = request.into_body();
                while let Some(Ok(chunk)) = sent.data().await {
                    body.extend(chunk);
                }
                let response = hyper::Response::builder().status(418).header("x-a", "1").body(())?;
                answer.send_response(response, false)?.send_data(body.into(), true)?;
            }
        }
        anyhow::Ok(())
    });
    let ask = async |fields: Value| {
        let request = request(&fields);
        let mut connection = Connection::open_at(address, &request, &Certificates::default(), &mut None).await?;
        connection.exchange(&request, &request.all_headers()).await
    };
    let answer =
        ask(json!({"url": "http://A.test:1/x/..//%2e?q", "http2": true, "method": "POST", "body": " text"})).await;
    let answer = answer.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
    assert_eq!((answer.status, answer.header("x-a")), (418, Some("1")));
    assert_eq!(String::from_utf8(answer.body)?, "http://A.test:1/x/..//%2e?q text");
    let reset = ask(json!({"url": "http://a.test/reset", "http2": true})).await;
    let words = "curl: (92) HTTP/2 stream 1 was not closed cleanly: REFUSED_STREAM (err 7)";
    assert_eq!(reset, Err(Failure::Error(words.to_owned())));
    Ok(())
}

#[test]
fn backends_are_counted_and_copies_told_apart() {
    let entry = |backend: &str, host: &str| Entry {
        backend: backend.to_owned(),
        address: String::new(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        host: Some(host.to_owned()),
        headers: vec![("x-envoy-expected-rq-timeout-ms".to_owned(), "9".to_owned())],
        body: None,
        tls: None,
    };
    let upstream = |fields: &Value, log: &[Entry]| {
        let mut outcome = Outcome::default();
        outcome.set_upstream(&request(fields), None, log);
        serde_json::to_value(outcome).unwrap()
    };
    let (own, copy) = (entry("a/b@1", "h"), entry("a/c", "h-shadow"));

    let once = upstream(&json!({"hideEndpoint": true}), std::slice::from_ref(&own));
    assert_eq!(
        (&once["upstream"]["backend"], &once["reached"]),
        (&"a/b".into(), &Value::Null)
    );

    let copied = upstream(&json!({"mirror": true}), &[own.clone(), copy]);
    assert_eq!(copied["upstream"]["backend"], "a/b@1");
    assert_eq!(copied["reached"], json!({"a/b@1": 1, "a/c": 1}));
    assert_eq!(copied["also_seen_by"][0]["host"], "h-shadow");
    assert_eq!(copied["upstream"]["headers"]["x-envoy-expected-rq-timeout-ms"], "9");

    let again = upstream(&json!({}), &[own.clone(), own]);
    assert_eq!(again["reached"], json!({"a/b@1": 2}));
    assert_eq!(
        again["upstream"]["headers"]["x-envoy-expected-rq-timeout-ms"],
        "present"
    );
}
