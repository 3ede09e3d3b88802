//! HTTP/1, byte by byte: nothing is added to a request, and nothing is left out of an answer.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::{
    connection::{Answer, io_failure},
    request::Request,
    result::Failure,
};
use crate::client::Stream;

/// What must come back through an upgraded connection.
const PROBE: &[u8] = b"there and back";

/// A connection for HTTP/1.
pub struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    is_reusable: bool,
}

impl Connection {
    pub fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream: BufReader::new(stream),
            is_reusable: true,
        }
    }

    /// Whether another request may follow.
    pub fn is_reusable(&self) -> bool {
        self.is_reusable
    }

    /// Sends a request and waits for the answer.
    pub async fn exchange(&mut self, request: &Request, headers: &[(String, String)]) -> Result<Answer, Failure> {
        let has_body = request.method != "HEAD";
        let answer = self.send(&to_bytes(request, headers), has_body).await?;
        if request.http_version.as_deref() == Some("1.0") {
            self.is_reusable = false;
        }
        Ok(answer)
    }

    /// Sends a request that is written already, and waits for the answer.
    pub async fn send(&mut self, request: &[u8], has_body: bool) -> Result<Answer, Failure> {
        self.is_reusable = false;
        // Who refuses a request may answer before all of it is there.
        let _ = self.stream.write_all(request).await;
        let _ = self.stream.flush().await;
        let mut answer = self.read_head().await?;
        while answer.status < 200 && answer.status != 101 {
            answer = self.read_head().await?;
        }
        if answer.status == 101 {
            self.check_tunnel().await?;
        } else if has_body && answer.status != 204 && answer.status != 304 {
            answer.body = self.read_body(&answer).await?;
        } else {
            self.is_reusable = true;
        }
        let says_close = |value: &str| value.eq_ignore_ascii_case("close");
        if answer.header("connection").is_some_and(says_close) {
            self.is_reusable = false;
        }
        Ok(answer)
    }

    async fn read_head(&mut self) -> Result<Answer, Failure> {
        let Some(start) = self.line().await? else {
            return Err(Failure::Closed("without an answer"));
        };
        let mut words = start.split(' ');
        let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/"));
        let status = words.next().and_then(|code| code.parse().ok()).filter(|_| is_http);
        let status = status.ok_or_else(|| Failure::Error(format!("no HTTP: {start}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?.ok_or_else(cut_short)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        Ok(Answer {
            status,
            headers,
            body: Vec::new(),
        })
    }

    async fn read_body(&mut self, answer: &Answer) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        if answer
            .header("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
        {
            loop {
                let line = self.line().await?.ok_or_else(cut_short)?;
                let length = line.split(';').next().unwrap_or_default().trim();
                let length = usize::from_str_radix(length, 16).map_err(|_| cut_short())?;
                if length == 0 {
                    break;
                }
                let mut chunk = vec![0; length + 2];
                self.fill(&mut chunk).await?;
                body.extend(&chunk[..length]);
            }
            while !self.line().await?.ok_or_else(cut_short)?.is_empty() {}
            self.is_reusable = true;
        } else if let Some(length) = answer.header("content-length") {
            body = vec![
                0;
                length
                    .parse()
                    .map_err(|_| Failure::Error(format!("content-length: {length}")))?
            ];
            self.fill(&mut body).await?;
            self.is_reusable = true;
        } else {
            // Such an answer ends with its connection, in whatever way.
            let _ = self.stream.read_to_end(&mut body).await;
        }
        Ok(body)
    }

    async fn check_tunnel(&mut self) -> Result<(), Failure> {
        let mut back = [0; PROBE.len()];
        let _ = self.stream.write_all(PROBE).await;
        let _ = self.stream.flush().await;
        self.fill(&mut back).await?;
        if back == PROBE {
            Ok(())
        } else {
            Err(Failure::Error("other bytes came back".to_owned()))
        }
    }

    async fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        match self.stream.read_exact(bytes).await {
            Ok(_) => Ok(()),
            Err(error) => Err(io_failure(&error).unwrap_or_else(cut_short)),
        }
    }

    /// A line without its end, each byte a character; nothing at the end of the connection.
    async fn line(&mut self) -> Result<Option<String>, Failure> {
        let mut line = Vec::new();
        if let Err(error) = self.stream.read_until(b'\n', &mut line).await {
            return match io_failure(&error) {
                Some(failure) => Err(failure),
                None => Ok(None),
            };
        }
        let Some(line) = line.strip_suffix(b"\n") else {
            return Ok(None);
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(line.iter().copied().map(char::from).collect()))
    }
}

fn cut_short() -> Failure {
    Failure::Error("the answer is cut short".to_owned())
}

fn to_bytes(request: &Request, headers: &[(String, String)]) -> Vec<u8> {
    let version = request.http_version.as_deref().unwrap_or("1.1");
    let mut bytes = format!("{} {} HTTP/{version}\r\n", request.method, request.target()).into_bytes();
    let mut header = |name: &str, value: &str| bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    if !request.no_host {
        header("Host", &request.url.authority);
    }
    for (name, value) in headers {
        header(name, value);
    }
    if let Some(body) = &request.body {
        let is_framing = |name: &str| {
            ["content-length", "transfer-encoding"]
                .iter()
                .any(|other| name.eq_ignore_ascii_case(other))
        };
        if !headers.iter().any(|(name, _)| is_framing(name)) {
            header("Content-Length", &body.len().to_string());
        }
        bytes.extend(b"\r\n");
        bytes.extend(body.as_bytes());
    } else {
        bytes.extend(b"\r\n");
    }
    bytes
}
