//! Every promise in the comments of `examples/`.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    client::{Answer, Dial},
    controller::{Controller, LOCAL_SETTINGS},
    folder::Folder,
    objects, parts,
    ports::Ports,
    proxy_header,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::rustls::ClientConfig;

/// The served folder, with all that it needs.
struct Examples {
    controller: Controller,
    https: Arc<ClientConfig>,
    http2: Arc<ClientConfig>,
    _backends: Vec<Backend>,
}

impl Examples {
    async fn serve() -> Result<Self> {
        let authority = Authority::new()?;
        let folder = Folder::new()?;
        folder.copy_from(&parts::checkout().join("examples"))?;
        for host in ["secure.example.com", "tcp.example.com"] {
            let name = host.replace('.', "-");
            let secret = objects::secret(&name, &authority.certificate(host)?);
            folder.write_objects(&format!("secret-{name}.yaml"), &[secret])?;
        }
        let ports = Ports::free()?;
        Ok(Self {
            _backends: backends(&ports, &authority).await?,
            controller: Controller::start_moved(folder, LOCAL_SETTINGS, ports).await?,
            https: authority.client(&[])?,
            http2: authority.client(&["h2"])?,
        })
    }

    fn http(&self) -> Dial {
        self.controller.http()
    }

    fn tls_offload(&self) -> Dial {
        Dial::port(self.controller.ports.tls_offload())
    }

    fn tls(&self, name: &str) -> Dial {
        self.controller.https().tls(name, &self.https)
    }
}

async fn backends(ports: &Ports, authority: &Authority) -> Result<Vec<Backend>> {
    let acceptor = authority.certificate("passthrough.example.com")?.acceptor()?;
    Ok(vec![
        Backend::on(ports.of(9101), "web-v1").await?,
        Backend::on(ports.of(9102), "web-v2").await?,
        Backend::on(ports.of(9103), "auth").await?,
        Backend::on(ports.of(9104), "reservations").await?,
        Backend::on(ports.of(9105), "profile").await?,
        Backend::on(ports.of(9106), "shop").await?,
        Backend::echo(ports.of(9107)).await?,
        Backend::over_tls(ports.of(9108), "passthrough", acceptor).await?,
    ])
}

#[track_caller]
fn assert_redirects(answer: &Answer, location: &str) {
    assert_eq!((answer.status, answer.location()), (301, Some(location)));
}

#[tokio::test]
async fn serves_examples() -> Result<()> {
    let examples = Examples::serve().await?;
    http_host(&examples).await.context("http-host.yaml")?;
    includes(&examples).await.context("includes.yaml")?;
    weights(&examples).await.context("weights.yaml")?;
    tls_host(&examples).await.context("tls-host.yaml")?;
    load_balancer(&examples).await.context("load-balancer.yaml")?;
    wildcard_host(&examples).await.context("wildcard-host.yaml")?;
    ingress(&examples).await.context("ingress.yaml")?;
    tcp(&examples).await.context("tcp.yaml")?;
    nobody(&examples).await.context("hosts that nobody serves")
}

async fn http_host(examples: &Examples) -> Result<()> {
    let http = examples.http();
    for host in ["www.example.com", "WWW.Example.COM", "www.example.com:8080"] {
        let echo = http.get(host, "/some/path?a=b").await?.echo()?;
        assert_eq!(
            (&echo["backend"], &echo["path"]),
            (&"web-v1".into(), &"/some/path?a=b".into()),
            "{host}"
        );
        assert_eq!(echo["headers"]["host"], host);
    }
    let beta = [("x-beta", "1")];
    for (path, headers, expected) in [
        ("/beta", &beta[..], "web-v2"),
        ("/beta", &[], "web-v1"),
        ("/beta/", &beta, "web-v1"),
        ("/", &beta, "web-v1"),
    ] {
        let answer = http.open().await?.get("www.example.com", path, headers).await?;
        assert_eq!(answer.backend()?, expected, "{path} {headers:?}");
    }
    Ok(())
}

async fn includes(examples: &Examples) -> Result<()> {
    for (path, backend) in [
        ("/", "web-v1"),
        ("/auth", "auth"),
        ("/auth/login", "auth"),
        ("/profile", "profile"),
        ("/reservations", "reservations"),
        ("/other", "web-v1"),
    ] {
        let answer = examples.http().get("team.example.com", path).await?;
        assert_eq!(answer.backend()?, backend, "{path}");
    }
    Ok(())
}

async fn weights(examples: &Examples) -> Result<()> {
    let mut connection = examples.http().open().await?;
    let mut counts = BTreeMap::<String, u32>::new();
    for _ in 0..500 {
        let answer = connection.get("canary.example.com", "/", &[]).await?;
        *counts.entry(answer.backend()?).or_default() += 1;
    }
    // Of 500, 50 are expected; a fair draw leaves these bounds less than once in ten million runs.
    let canary = counts.get("web-v2").copied().unwrap_or_default();
    assert!((15..=90).contains(&canary), "{counts:?}");
    assert_eq!(counts.get("web-v1"), Some(&(500 - canary)), "{counts:?}");
    Ok(())
}

async fn tls_host(examples: &Examples) -> Result<()> {
    let host = "secure.example.com";
    let answer = examples.http().get(host, "/a%20b?q=1").await?;
    assert_redirects(&answer, "https://secure.example.com/a%20b?q=1");
    assert_eq!(examples.http().get(host, "/health").await?.backend()?, "web-v1");

    let mut connection = examples.tls(host).open().await?;
    for same in [host, "Secure.Example.com", "secure.example.com:8443"] {
        assert_eq!(connection.get(same, "/", &[]).await?.backend()?, "web-v1", "{same}");
    }
    for other in ["www.example.com", "tcp.example.com", "unknown.example.com"] {
        assert_eq!(connection.get(other, "/", &[]).await?.status, 421, "{other}");
    }
    assert_eq!(
        connection.get(host, "/", &[]).await?.status,
        200,
        "the connection is still good"
    );
    let answer = examples.tls("SECURE.EXAMPLE.COM").get(host, "/").await?;
    assert_eq!(answer.backend()?, "web-v1", "SNI in upper case");

    let mut connection = examples
        .controller
        .https()
        .tls(host, &examples.http2)
        .open_http2()
        .await?;
    assert_eq!(connection.get(host, "/", &[]).await?.backend()?, "web-v1", "HTTP/2");
    assert_eq!(connection.get("www.example.com", "/", &[]).await?.status, 421, "HTTP/2");
    Ok(())
}

async fn load_balancer(examples: &Examples) -> Result<()> {
    let host = "shop.example.com";
    assert_eq!(examples.tls_offload().get(host, "/").await?.backend()?, "shop");
    assert_redirects(&examples.http().get(host, "/").await?, "https://shop.example.com/");
    assert_eq!(examples.http().get(host, "/plain").await?.backend()?, "shop");
    let from_443 = examples.http().preamble(proxy_header::v2(443));
    assert_eq!(from_443.get(host, "/").await?.backend()?, "shop");
    let from_80 = examples.http().preamble(proxy_header::v2(80));
    assert_redirects(&from_80.get(host, "/").await?, "https://shop.example.com/");
    Ok(())
}

async fn wildcard_host(examples: &Examples) -> Result<()> {
    assert_eq!(
        examples
            .tls_offload()
            .get("shoes.mall.example.com", "/")
            .await?
            .backend()?,
        "shop"
    );
    let answer = examples.http().get("shoes.mall.example.com", "/").await?;
    assert_redirects(&answer, "https://shoes.mall.example.com/");
    for host in ["red.shoes.mall.example.com", "mall.example.com"] {
        assert_eq!(examples.tls_offload().get(host, "/").await?.status, 404, "{host}");
    }
    Ok(())
}

async fn ingress(examples: &Examples) -> Result<()> {
    let http = examples.http();
    for (path, backend) in [("/blog", "web-v1"), ("/blog/2026", "web-v1"), ("/beta", "web-v2")] {
        assert_eq!(http.get("old.example.com", path).await?.backend()?, backend, "{path}");
    }
    for path in ["/blogger", "/beta/", "/"] {
        assert_eq!(http.get("old.example.com", path).await?.status, 404, "{path}");
    }
    Ok(())
}

async fn tcp(examples: &Examples) -> Result<()> {
    let mut stream = examples.tls("tcp.example.com").stream().await?;
    stream.write_all(b"round trip\n").await?;
    let mut back = [0; 11];
    stream.read_exact(&mut back).await?;
    assert_eq!(&back, b"round trip\n");

    let answer = examples
        .tls("passthrough.example.com")
        .get("passthrough.example.com", "/")
        .await?;
    assert_eq!(answer.backend()?, "passthrough");
    Ok(())
}

async fn nobody(examples: &Examples) -> Result<()> {
    for host in ["unknown.example.com", "UNKNOWN", "example.com", "127.0.0.1"] {
        assert_eq!(examples.http().get(host, "/").await?.status, 404, "{host}");
        assert_eq!(examples.tls_offload().get(host, "/").await?.status, 404, "{host}");
    }
    for name in ["unknown.example.com", "www.example.com", "x.secure.example.com"] {
        ensure!(
            examples.tls(name).stream().await.is_err(),
            "a handshake for {name} succeeded"
        );
    }
    Ok(())
}
