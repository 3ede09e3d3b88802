//! Who may open a connection that Envoy passes on without reading HTTP: judged by the PROXY header where there is one.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::{Result, ensure};
use isoline_tests::{
    authority::Authority, backend::Backend, client::Dial, objects, proxy_header, scene::Scene, wait::until,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::rustls::ClientConfig;

const CLIENTS: &str = "203.0.113.0/24";
const PEER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const OTHER_PEER: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Blocks `loadBalancer`, whether PROXY headers must come, and whether they may. What is said of HTTP counts for nothing
/// here.
const FRONTS: [(&str, bool, bool); 7] = [
    ("{}", false, false),
    ("{mode: L4, proxyProtocol: Required}", true, true),
    ("{mode: L4, proxyProtocol: Optional}", false, true),
    ("{mode: L7, trusted: {hops: 1}}", false, false),
    ("{mode: L7, trusted: {cidrs: [127.0.0.0/8]}}", false, false),
    ("{mode: L7, proxyProtocol: Optional, trusted: {hops: 2}}", false, true),
    (
        "{mode: L4TLS, proxyProtocol: Required, trusted: {cidrs: [127.0.0.0/8, 203.0.113.0/24]}}",
        true,
        true,
    ),
];

/// A host's list: field, source and network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    None,
    AllowClients,
    DenyClients,
    AllowPeer,
    DenyPeer,
}

impl List {
    const ALL: [Self; 5] = [
        Self::None,
        Self::AllowClients,
        Self::DenyClients,
        Self::AllowPeer,
        Self::DenyPeer,
    ];

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn put_on(self, host: &mut Value) {
        let of = |source, cidr: &str| json!([{"source": source, "cidr": cidr}]);
        let peer = format!("{PEER}/32");
        match self {
            Self::None => {}
            Self::AllowClients => host["ipAllowPolicy"] = of("Remote", CLIENTS),
            Self::DenyClients => host["ipDenyPolicy"] = of("Remote", CLIENTS),
            Self::AllowPeer => host["ipAllowPolicy"] = of("Peer", &peer),
            Self::DenyPeer => host["ipDenyPolicy"] = of("Peer", &peer),
        }
    }

    fn permits(self, client_is_one: bool, peer: Ipv4Addr) -> bool {
        match self {
            Self::None => true,
            Self::AllowClients => client_is_one,
            Self::DenyClients => !client_is_one,
            Self::AllowPeer => peer == PEER,
            Self::DenyPeer => peer != PEER,
        }
    }
}

/// Whether Envoy ends TLS before it passes the bytes on.
#[derive(Debug, Clone, Copy)]
enum Tls {
    Ended,
    PassedThrough,
}

impl Tls {
    const ALL: [Self; 2] = [Self::Ended, Self::PassedThrough];

    fn host(self, list: List) -> String {
        format!("{}-{self:?}.example.com", list.name()).to_lowercase()
    }

    fn proxy(self, list: List) -> Value {
        let fqdn = self.host(list);
        let name = fqdn.trim_end_matches(".example.com").to_owned();
        let (tls, service) = match self {
            Self::Ended => (json!({"secretName": name}), "echo"),
            Self::PassedThrough => (json!({"passthrough": true}), "own-tls"),
        };
        let mut proxy = objects::proxy(&name, &fqdn, &[]);
        let spec = &mut proxy["spec"];
        spec.as_object_mut().map(|spec| spec.remove("routes"));
        spec["virtualhost"]["tls"] = tls;
        spec["tcpproxy"] = json!({"services": [{"name": service, "port": 80}]});
        list.put_on(&mut spec["virtualhost"]);
        proxy
    }
}

/// What a client may put before everything else, and whether that announces one of the clients.
fn preambles() -> Result<[(Vec<u8>, Option<bool>); 6]> {
    let (stranger, here) = ("192.0.2.1:4711".parse()?, "198.51.100.1:443".parse()?);
    // As load balancers write IPv4 that take both on one socket.
    let (mapped, there) = ("[::ffff:203.0.113.7]:4711".parse()?, "[2001:db8::1]:443".parse()?);
    Ok([
        (Vec::new(), None),
        (proxy_header::version_2(mapped, there), Some(true)),
        (proxy_header::v1(443), Some(true)),
        (proxy_header::v2(443), Some(true)),
        (proxy_header::version_1(stranger, here), Some(false)),
        (proxy_header::version_2(stranger, here), Some(false)),
    ])
}

/// Whether a byte comes back.
async fn answers(dial: &Dial) -> bool {
    let exchange = async {
        let mut stream = dial.stream().await?;
        stream.write_all(b"hello").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        anyhow::Ok(answer == *b"hello")
    };
    exchange.await.unwrap_or(false)
}

struct Doors {
    scene: Scene,
    anybody: Arc<ClientConfig>,
}

impl Doors {
    async fn behind(front: &str, echo: &Backend, own_tls: &Backend) -> Result<Self> {
        let scene = Scene::start(front, |authority| {
            let mut all = objects::service("echo", &[echo.port()]);
            all.extend(objects::service("own-tls", &[own_tls.port()]));
            for list in List::ALL {
                let host = Tls::Ended.host(list);
                let name = host.trim_end_matches(".example.com");
                all.push(objects::secret(name, &authority.certificate(&host)?));
                all.extend(Tls::ALL.map(|tls| tls.proxy(list)));
            }
            Ok(all)
        })
        .await?;
        Ok(Self {
            scene,
            // The certificate behind the pass-through is another host's; only whether bytes come back counts.
            anybody: Authority::trusting_anybody(),
        })
    }

    fn dial(&self, tls: Tls, list: List) -> Dial {
        let https = self.scene.controller.https();
        https.tls(&tls.host(list), &self.anybody)
    }
}

#[tokio::test]
async fn addresses_are_judged_before_tcp_is_passed_on() -> Result<()> {
    let authority = Authority::new()?;
    let echo = Backend::echo(0).await?;
    let own_tls = Backend::echo_over_tls(0, authority.certificate("through.example.com")?.acceptor()?).await?;
    let (mut tried, mut wrong) = (0, Vec::new());
    for (front, must_announce, may_announce) in FRONTS {
        let doors = Doors::behind(front, &echo, &own_tls).await?;
        for tls in Tls::ALL {
            let preamble = if must_announce {
                proxy_header::v2(443)
            } else {
                Vec::new()
            };
            let dial = doors.dial(tls, List::None).preamble(preamble);
            until("the doors are open", async || {
                ensure!(answers(&dial).await, "{tls:?} behind {front} does not answer");
                Ok(())
            })
            .await?;
            for list in List::ALL {
                for peer in [PEER, OTHER_PEER] {
                    for (preamble, announced) in preambles()? {
                        let is_taken = match announced {
                            Some(_) => may_announce,
                            None => !must_announce,
                        };
                        let expected = is_taken && list.permits(announced == Some(true), peer);
                        let dial = doors.dial(tls, list).from(peer).preamble(preamble);
                        tried += 1;
                        if answers(&dial).await != expected {
                            wrong.push(format!(
                                "{tls:?} {list:?} from {peer}, announced: {announced:?}, behind {front}: not {expected}"
                            ));
                        }
                    }
                }
            }
        }
    }
    eprintln!("{tried} connections, {} wrong", wrong.len());
    ensure!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
