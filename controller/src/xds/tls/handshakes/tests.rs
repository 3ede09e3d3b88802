use rcgen::generate_simple_self_signed;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::{super::TlsFiles, *};

const NAME: &str = "isoline";

struct Server {
    address: SocketAddr,
    failures: Counter,
    incoming: ReceiverStream<io::Result<Secured>>,
    client: Arc<ClientConfig>,
}

impl Server {
    async fn start(at_once: usize, within: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = generate_simple_self_signed([NAME.to_owned()]).expect("a certificate");
        let key = made.signing_key.serialize_pem();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        let files = TlsFiles {
            ca: file("ca.crt", &made.cert.pem()),
            certificate: file("tls.crt", &made.cert.pem()),
            key: file("tls.key", &key),
        };
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).expect("a certificate");
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has every version")
            .with_root_certificates(roots)
            .with_client_auth_cert(
                vec![made.cert.der().clone()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key"),
            )
            .expect("they belong together");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let failures = Counter::default();
        let credentials = Credentials::open(files).expect("good files");
        let handshakes = Handshakes::new(credentials, failures.clone()).limited(at_once, within);
        Self {
            address,
            failures,
            incoming: handshakes.incoming(listener),
            client: Arc::new(client),
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// A client that does as it should, and is let in.
    async fn let_in(&mut self) {
        let connector = TlsConnector::from(Arc::clone(&self.client));
        let stream = self.connect().await;
        let name = ServerName::try_from(NAME).expect("a name");
        let client = tokio::spawn(async move { connector.connect(name, stream).await });
        let server = self.incoming.next().await.expect("it serves").expect("let in");
        let shown = server.get_ref().1.peer_certificates();
        assert!(shown.is_some_and(|chain| !chain.is_empty()));
        client.await.expect("no panic").expect("let in");
    }
}

async fn is_closed(mut stream: TcpStream) {
    // An error says so, too.
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or_default(), 0);
}

const LONG: Duration = Duration::from_mins(10);

#[tokio::test]
async fn silent_clients_keep_nobody_out() {
    let mut server = Server::start(2, LONG).await;
    let silent = [server.connect().await, server.connect().await];
    server.let_in().await;
    assert_eq!(server.failures.get(), 1, "the oldest made room");
    let [oldest, _other] = silent;
    is_closed(oldest).await;
    server.let_in().await;
}

#[tokio::test]
async fn who_takes_too_long_is_out() {
    let server = Server::start(2, Duration::from_millis(50)).await;
    is_closed(server.connect().await).await;
    assert_eq!(server.failures.get(), 1);
}

#[tokio::test]
async fn a_probe_of_the_port_is_no_failure_and_nonsense_is() {
    let mut server = Server::start(2, LONG).await;
    drop(server.connect().await);
    server.let_in().await;
    assert_eq!(server.failures.get(), 0);
    let mut nonsense = server.connect().await;
    nonsense.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("it is open");
    // The alert comes before the end.
    nonsense.read_to_end(&mut Vec::new()).await.ok();
    assert_eq!(server.failures.get(), 1);
    server.let_in().await;
}
