//! Plays a case: starts what it needs, sends its requests one after another, and writes down what was seen.

use std::{net::Ipv4Addr, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{
    case::Case,
    connection::{Answer, Connection, ENVOY},
    echo::Echo,
    request::Request,
    result::{CaseResult, Code, Failure, Outcome, Seen},
};
use crate::{controller::Controller, folder::Folder, namespace, parts, ports::Ports, wait::until};

/// How long a copy may take to arrive after the answer.
const COPY_WITHIN: Duration = Duration::from_millis(300);
/// How long Envoy may take to refuse the rest.
const REFUSED_WITHIN: Duration = Duration::from_millis(500);
/// The last part of the addresses `10.99.0.x` that the network has.
const ADDRESSES: std::ops::RangeInclusive<u8> = 1..=20;

/// Plays a case in this network, which must be one of its own.
pub async fn play(case: &Case) -> Result<CaseResult> {
    namespace::bring_up(ADDRESSES.map(|number| Ipv4Addr::new(10, 99, 0, number))).await?;
    let echo = Echo::start(case).await?;
    let folder = Folder::new()?;
    folder.write_objects("objects.yaml", &case.objects)?;
    let settings = settings(case).to_string();
    let mut result = CaseResult::default();
    match check(case, &folder, &settings)? {
        Ok(report) => report.write_down(&mut result),
        Err(reason) => {
            result.settings_refused = Some(reason);
            return Ok(result);
        }
    }
    let mut controller = Controller::start_with(folder, &settings, Ports::unmoved()?, &case.flags).await?;
    settled(&mut controller).await?;
    let player = Player { case, echo };
    for request in &case.requests {
        result.requests.push(player.play(request).await);
    }
    result.envoy_rejections = refusals(&controller.process.log());
    result.envoy_died = controller.process.check_running().is_err();
    if !result.envoy_died {
        controller.process.mute();
    }
    Ok(result)
}

/// The case's settings, with the address that it takes for granted.
fn settings(case: &Case) -> Value {
    let mut settings = case.settings.clone();
    settings["listeners"]["address"] = json!(ENVOY);
    settings
}

/// Envoy's words for whatever it refused, from the controller's log.
fn refusals(log: &str) -> Vec<String> {
    let lines = log.lines().filter(|line| line.contains("Envoy refused a resource"));
    let messages = lines.map(|line| line.split_once(" message=").map_or(line, |(_, message)| message));
    messages.map(|message| message.trim_matches('"').to_owned()).collect()
}

/// What `isoline check` says; an error is what it says of settings that it does not take.
fn check(case: &Case, folder: &Folder, settings: &str) -> Result<Result<Report, String>> {
    let config = Folder::new()?;
    config.write("isoline.yaml", settings)?;
    let output = Command::new(parts::isoline()?)
        .args(["check", "--output", "json", "--config"])
        .arg(config.path().join("isoline.yaml"))
        .args(&case.flags)
        .arg(folder.path())
        .output()?;
    Ok(match output.status.code() {
        Some(0 | 1) => Ok(serde_json::from_slice(&output.stdout).context("`isoline check` prints JSON")?),
        _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    })
}

#[derive(Debug, Deserialize)]
struct Report {
    objects: Vec<Object>,
    rejected: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    kind: String,
    namespace: String,
    name: String,
    #[serde(default)]
    current_status: String,
    #[serde(default)]
    description: String,
}

impl Report {
    fn write_down(self, result: &mut CaseResult) {
        let proxies = self.objects.into_iter().filter(|object| object.kind == "HTTPProxy");
        result.proxies = proxies
            .map(|proxy| {
                let status = match proxy.current_status.as_str() {
                    "valid" => "valid".to_owned(),
                    status => format!("{status}: {}", proxy.description),
                };
                (format!("{}/{}", proxy.namespace, proxy.name), status)
            })
            .collect();
        result.rejected = self.rejected;
    }
}

/// Waits until Envoy has everything that is meant for it, or has refused some of it.
async fn settled(controller: &mut Controller) -> Result<()> {
    until("Envoy has everything", async || {
        controller.process.check_running()?;
        if !refusals(&controller.process.log()).is_empty() {
            // What is left comes at once, if it comes.
            sleep(REFUSED_WITHIN).await;
            return Ok(());
        }
        let dump = controller.admin().config_dump().await?;
        for (kind, part, list, item) in [
            ("cluster", "ClustersConfigDump", "dynamic_active_clusters", "/cluster"),
            (
                "listener",
                "ListenersConfigDump",
                "dynamic_listeners",
                "/active_state/listener",
            ),
            (
                "scope",
                "ScopedRoutesConfigDump",
                "dynamic_scoped_route_configs",
                "/scoped_route_configs",
            ),
        ] {
            let held = dump.get(part).map_or(0, |part| count(&part[list], item));
            let metric = format!("isoline_xds_resources{{type=\"{kind}\"}}");
            let meant = controller
                .metric(&metric)
                .await?
                .with_context(|| format!("no metric {metric}"))?;
            ensure!(
                u64::try_from(held)? == meant,
                "Envoy has {held} of {meant} resources of type {kind}"
            );
        }
        Ok(())
    })
    .await
}

fn count(list: &Value, item: &str) -> usize {
    let entries = list.as_array().into_iter().flatten();
    entries
        .map(|entry| match entry.pointer(item) {
            Some(Value::Array(items)) => items.len(),
            Some(_) => 1,
            None => 0,
        })
        .sum()
}

/// A client of one case.
pub(super) struct Player<'a> {
    pub(super) case: &'a Case,
    pub(super) echo: Echo,
}

impl Player<'_> {
    pub(super) async fn play(&self, request: &Request) -> Outcome {
        sleep(Duration::from_secs_f64(request.wait)).await;
        self.echo.take_log();
        let mut outcome = match request.repeat {
            None => self.once(request).await,
            Some(times) => self.repeated(request, times).await,
        };
        outcome.name = request.name.clone();
        outcome
    }

    async fn once(&self, request: &Request) -> Outcome {
        let mut outcome = Outcome::default();
        let exchange = async {
            let mut connection = Connection::open(request, &self.case.certificates, &mut outcome.tls).await?;
            if matches!(connection, Connection::Handshake) {
                return Ok(None);
            }
            let is_http2 = matches!(connection, Connection::Http2(_));
            let answer = connection.exchange(request, &request.all_headers()).await?;
            Ok(Some((is_http2, answer)))
        };
        let mut echo = None;
        match within(request, exchange).await {
            Ok(None) => outcome.note = Some("handshake only"),
            Ok(Some((is_http2, answer))) => {
                outcome.protocol = is_http2.then_some("HTTP/2");
                let (seen, said) = Seen::new(&answer);
                outcome.answer = Some(seen);
                echo = said;
            }
            Err(failure) => outcome.failure = Some(failure),
        }
        if request.http2 {
            // Who asks for HTTP/2 shows nothing of TLS.
            outcome.tls = None;
        }
        self.wait_for_copies(request).await;
        outcome.set_upstream(request, echo, &self.echo.take_log());
        outcome
    }

    async fn repeated(&self, request: &Request, times: u32) -> Outcome {
        let mut outcome = Outcome {
            repeat: Some(times),
            ..Outcome::default()
        };
        let mut client = Client {
            case: self.case,
            request,
            connection: None,
            cookies: Vec::new(),
        };
        let mut codes = Vec::new();
        for number in 0..times {
            let result = client.exchange(number).await;
            codes.push(Code::from(&result));
            if let Ok(answer) = &result
                && answer.status != 200
                && outcome.first_other.is_none()
            {
                outcome.first_other = Some(Seen::new(answer).0);
            }
        }
        self.wait_for_copies(request).await;
        outcome.set_repeated(request, codes, &self.echo.take_log());
        outcome
    }

    async fn wait_for_copies(&self, request: &Request) {
        if request.mirror {
            sleep(COPY_WITHIN).await;
        }
    }
}

/// Who asks the same again and again.
struct Client<'a> {
    case: &'a Case,
    request: &'a Request,
    connection: Option<Connection>,
    cookies: Vec<(String, String)>,
}

impl Client<'_> {
    async fn exchange(&mut self, number: u32) -> Result<Answer, Failure> {
        let request = self.request;
        let headers = self.headers(number);
        let open = self
            .connection
            .take()
            .filter(|open| open.is_reusable() && !request.new_connections);
        let (connection, answer) = within(request, async {
            let mut connection = match open {
                Some(open) => open,
                None => Connection::open(request, &self.case.certificates, &mut None).await?,
            };
            let answer = connection.exchange(request, &headers).await?;
            Ok((connection, answer))
        })
        .await?;
        self.connection = Some(connection);
        self.keep_cookies(&answer);
        Ok(answer)
    }

    fn headers(&self, number: u32) -> Vec<(String, String)> {
        let mut headers = self.request.all_headers();
        if let Some(vary) = &self.request.vary {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case(vary));
            headers.push((vary.clone(), number.to_string()));
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            headers.push(("Cookie".to_owned(), cookies.collect::<Vec<_>>().join("; ")));
        }
        headers
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        if !self.request.keep_cookies {
            return;
        }
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.retain(|(other, _)| other != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

async fn within<T>(request: &Request, exchange: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(request.timeout(), exchange)
        .await
        .unwrap_or(Err(Failure::Timeout(true)))
}
