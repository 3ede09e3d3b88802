//! Backends that tell what reached them, and remember it.
//!
//! Every request is answered with what is in an [`Entry`], as JSON. A path with one of these in it makes more of it:
//!
//! | path | answer |
//! |---|---|
//! | `/status/NNN` | that code |
//! | `/slow?ms=N` | later |
//! | `/flaky?n=K&key=X&code=C` | a failure K times for that key |
//! | `/setcookie?c=A&c=B` | these cookies |
//! | `/ws` | 101, then every byte comes back |
//! | `/goto?to=URL&code=C` | a redirect |
//! | `/reset` | none, the connection ends |
//! | `/respond?h=Name:value` | these headers too |

use std::{
    collections::BTreeMap,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

use super::case::{Case, Endpoint};
use crate::client::Stream;

const COOKIES: [&str; 2] = [
    "flavour=plain; Path=/; HttpOnly",
    "size=small; Domain=inner.example; Path=/deep",
];

/// One request as a backend got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub backend: String,
    pub address: String,
    pub method: String,
    /// With the query.
    pub path: String,
    pub host: Option<String>,
    /// In the order of arrival, names in lower case, without Host.
    pub headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsVersion>,
}

/// The version of TLS, as openssl names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsVersion {
    pub version: String,
}

impl Entry {
    /// The last header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut same = self.headers.iter().rev().filter(|(other, _)| other == name);
        same.next().map(|(_, value)| value.as_str())
    }
}

/// All backends of a case; they end when it is dropped.
#[derive(Debug)]
pub struct Echo {
    memory: Arc<Memory>,
    _tasks: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Memory {
    log: Mutex<Vec<Entry>>,
    /// Failures that are left, by key.
    flaky: Mutex<BTreeMap<String, u32>>,
}

impl Echo {
    /// Listens wherever the case says.
    pub async fn start(case: &Case) -> Result<Self> {
        let memory = Arc::new(Memory::default());
        let mut tasks = JoinSet::new();
        for endpoint in &case.endpoints {
            let certificate = endpoint.certificate.as_deref();
            let acceptor = certificate
                .map(|name| case.certificates.certificate(name)?.acceptor())
                .transpose()?;
            let listener = TcpListener::bind(endpoint.address).await;
            let listener = listener.with_context(|| format!("no backend on {}", endpoint.address))?;
            tasks.spawn(accept(listener, endpoint.clone(), acceptor, Arc::clone(&memory)));
        }
        Ok(Self { memory, _tasks: tasks })
    }

    /// What arrived since the last call, in this order. Health checks are nobody's requests.
    pub fn take_log(&self) -> Vec<Entry> {
        let mut log = std::mem::take(&mut *lock(&self.memory.log));
        log.retain(|entry| entry.header("user-agent") != Some("Envoy/HC"));
        log
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics with it")
}

async fn accept(listener: TcpListener, endpoint: Endpoint, acceptor: Option<TlsAcceptor>, memory: Arc<Memory>) {
    let endpoint = Arc::new(endpoint);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let serve = serve(stream, Arc::clone(&endpoint), acceptor.clone(), Arc::clone(&memory));
                connections.spawn(serve);
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// An error is the end of the connection, as it would be with any server.
async fn serve(
    stream: TcpStream,
    endpoint: Arc<Endpoint>,
    acceptor: Option<TlsAcceptor>,
    memory: Arc<Memory>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let (stream, tls): (Box<dyn Stream>, _) = match acceptor {
        None => (Box::new(stream), None),
        Some(acceptor) => {
            let stream = acceptor.accept(stream).await?;
            let version = stream
                .get_ref()
                .1
                .protocol_version()
                .and_then(|version| version.as_str());
            let version = version.unwrap_or_default().replace("v1_", "v1.");
            (Box::new(stream), Some(TlsVersion { version }))
        }
    };
    let mut connection = Connection {
        stream: BufReader::new(stream),
        endpoint,
        tls,
        memory,
    };
    while connection.exchange().await? {}
    Ok(())
}

struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    endpoint: Arc<Endpoint>,
    tls: Option<TlsVersion>,
    memory: Arc<Memory>,
}

impl Connection {
    /// One request and its answer; says whether another may follow.
    async fn exchange(&mut self) -> Result<bool> {
        let (version, entry) = self.read_request().await?;
        lock(&self.memory.log).push(entry.clone());
        let is_last = version == "HTTP/1.0"
            || entry
                .header("connection")
                .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let Some(answer) = self.answer(&entry).await else {
            return Ok(false);
        };
        self.stream.write_all(&answer.to_bytes(&entry)?).await?;
        self.stream.flush().await?;
        if answer.code == 101 {
            let (mut from, mut to) = tokio::io::split(&mut self.stream);
            tokio::io::copy(&mut from, &mut to).await?;
        }
        Ok(!is_last && answer.code != 101)
    }

    async fn read_request(&mut self) -> Result<(String, Entry)> {
        let start = self.line().await?;
        let [method, path, version] = start.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            bail!("{start}");
        };
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').context("a header has a colon")?;
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let host = headers
            .iter()
            .rev()
            .find(|(name, _)| name == "host")
            .map(|(_, value)| value.clone());
        headers.retain(|(name, _)| name != "host");
        let mut entry = Entry {
            backend: self.endpoint.name.clone(),
            address: self.endpoint.address.to_string(),
            method: method.to_owned(),
            path: path.to_owned(),
            host,
            headers,
            body: None,
            tls: self.tls.clone(),
        };
        let body = self.read_body(&entry).await?;
        entry.body = (!body.is_empty()).then(|| String::from_utf8_lossy(&body).into_owned());
        Ok((version.to_owned(), entry))
    }

    async fn read_body(&mut self, entry: &Entry) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        if entry
            .header("transfer-encoding")
            .is_some_and(|value| value.to_lowercase().contains("chunked"))
        {
            loop {
                let line = self.line().await?;
                let length = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
                if length == 0 {
                    break;
                }
                let mut chunk = vec![0; length + 2];
                self.stream.read_exact(&mut chunk).await?;
                body.extend(&chunk[..length]);
            }
            while !self.line().await?.is_empty() {}
        } else if let Some(length) = entry.header("content-length") {
            body = vec![0; length.parse()?];
            self.stream.read_exact(&mut body).await?;
        }
        Ok(body)
    }

    /// A line without its end, each byte a character.
    async fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        let line = line
            .strip_suffix(b"\r\n")
            .context("the connection ends, or the line ends oddly")?;
        Ok(line.iter().copied().map(char::from).collect())
    }

    /// No answer is the end of the connection.
    async fn answer(&mut self, entry: &Entry) -> Option<Answer> {
        let (path, query) = path_and_query(&entry.path);
        let is_upgrade = |value: &str| value.eq_ignore_ascii_case("websocket");
        let mut answer = Answer::default();
        match special(path) {
            Some("slow") => sleep(Duration::from_millis(query.number("ms", 1000)?)).await,
            Some("flaky") => {
                if self.fails(query.first("key").unwrap_or_default(), query.number("n", 1)?) {
                    answer.code = query.number("code", 503)?;
                }
            }
            Some("setcookie") if query.first("c").is_none() => answer.add_all("set-cookie", COOKIES),
            Some("setcookie") => answer.add_all("set-cookie", query.all("c")),
            Some("goto") => {
                answer.code = query.number("code", 302)?;
                answer.add("location", query.first("to").unwrap_or("/"));
            }
            Some("reset") => return None,
            Some("respond") => {
                for header in query.all("h") {
                    let (name, value) = header.split_once(':')?;
                    answer.add(name, value);
                }
            }
            Some("ws") if entry.header("upgrade").is_some_and(is_upgrade) => {
                answer.code = 101;
                answer.add("upgrade", "websocket");
                answer.add("connection", "Upgrade");
            }
            Some("ws") | None => {}
            Some(code) => answer.code = code.parse().ok()?,
        }
        Some(answer)
    }

    fn fails(&self, key: &str, failures: u32) -> bool {
        let mut flaky = lock(&self.memory.flaky);
        let left = flaky.entry(key.to_owned()).or_insert(failures);
        let fails = *left > 0;
        *left = left.saturating_sub(1);
        fails
    }
}

struct Answer {
    code: u16,
    headers: Vec<(String, String)>,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            code: 200,
            headers: Vec::new(),
        }
    }
}

impl Answer {
    fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn add_all<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        values.into_iter().for_each(|value| self.add(name, value));
    }

    fn to_bytes(&self, entry: &Entry) -> Result<Vec<u8>> {
        let mut body = serde_json::to_vec(entry)?;
        body.push(b'\n');
        let mut head = format!("HTTP/1.1 {} Echo\r\n", self.code);
        let mut header = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
        for (name, value) in &self.headers {
            header(name, value);
        }
        if self.code != 101
            && !self
                .headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            header("content-type", "application/json");
        }
        let has_body = self.code >= 200 && self.code != 204 && self.code != 304;
        if has_body {
            header("content-length", &body.len().to_string());
        }
        head += "\r\n";
        let mut bytes = latin1(&head);
        if has_body && entry.method != "HEAD" {
            bytes.extend(body);
        }
        Ok(bytes)
    }
}

/// Each character a byte, as headers are written; others have no place in them.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect()
}

/// The part of a path that makes an answer special: a word, or the code behind `status`.
fn special(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "slow" | "flaky" | "setcookie" | "ws" | "goto" | "reset" | "respond" => return Some(segment),
            "status" => {
                let code = segments
                    .peek()
                    .filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()));
                if code.is_some() {
                    return code.copied();
                }
            }
            _ => {}
        }
    }
    None
}

/// Names and values, decoded.
#[derive(Debug, PartialEq, Eq)]
struct Query(Vec<(String, String)>);

impl Query {
    fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        let same = self.0.iter().filter(move |(name, _)| name == key);
        same.map(|(_, value)| value.as_str())
    }

    fn first(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// Nothing if it is there and no number.
    fn number<T: FromStr>(&self, key: &str, default: T) -> Option<T> {
        self.first(key).map_or(Some(default), |value| value.parse().ok())
    }
}

fn path_and_query(target: &str) -> (&str, Query) {
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.filter(|(_, value)| !value.is_empty());
    let pairs = pairs.map(|(name, value)| (decode(name), decode(value)));
    (path, Query(pairs.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_words_stand_anywhere_as_whole_segments() {
        for (path, what) in [
            ("/", None),
            ("/status/503", Some("503")),
            ("/a/status/204/b", Some("204")),
            ("/status/5030", None),
            ("/status/slow", Some("slow")),
            ("/slower", None),
            ("/x/ws", Some("ws")),
        ] {
            assert_eq!(special(path), what, "{path}");
        }
    }

    #[test]
    fn queries_are_decoded_and_empty_values_are_none() {
        let (path, query) = path_and_query("/p?c=a%3Db;%20c&x=&c=d+e&y");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            (path, query),
            ("/p", Query(vec![pair("c", "a=b; c"), pair("c", "d e")]))
        );
    }
}
