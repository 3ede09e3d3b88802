//! What `isoline explain --url` says is what Envoy does: routes with every kind of condition, rewrite and redirect, on
//! every listener.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result, bail, ensure};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    client::{Answer, Connection, Dial},
    controller::Controller,
    folder::Folder,
    objects,
    wait::until,
};
use isoline_translator::{
    Change, Kind, Settings, Status, StatusChange, Translator,
    explain::{self, Forwarding, Listener, Request},
    manifest::{self, Content},
};
use serde_json::{Value, json};

/// Of so many requests one is sent; prime, and no factor of what they are made of.
const EVERY: usize = 7;
const SETTINGS: &str = "listeners: {address: 127.0.0.1, tlsOffload: {enabled: true}}\n";
/// How many differences are told.
const SHOWN: usize = 20;

const LISTENERS: [Listener; 3] = [Listener::Http, Listener::Https, Listener::TlsOffload];
const HOSTS: [&str; 9] = [
    "shop.example.com",
    "SHOP.Example.com",
    "shop.example.com:8080",
    "plain.example.com",
    "shoes.mall.example.com",
    "-x.mall.example.com",
    "a.b.mall.example.com",
    "mall.example.com",
    "nobody.example.com",
];
const PATHS: [&str; 44] = [
    "/",
    "/?",
    "/exact",
    "/exact/",
    "/exact?x=1&y=%20",
    "/exac%74",
    "/EXACT",
    "/api",
    "/apix",
    "/api/x?y=/api",
    "/api//x",
    "/a/../api/x",
    "/a/%2e%2e/api",
    "/./api/.",
    "/api/..",
    "/../../api/x",
    "/api%2Fx",
    "/ap%69/%7ex%41",
    "/re/abx",
    "/re/aby?z",
    "/re/abz",
    "/re/abx/more",
    "/h/exact",
    "/h/not-exact",
    "/h/contains",
    "/h/not-contains",
    "/h/present",
    "/h/absent",
    "/h/regex",
    "/h/not-regex",
    "/q/exact?a=One",
    "/q/exact?a=one",
    "/q/exact?b=1&a=one&a=two",
    "/q/prefix?a=onefold",
    "/q/suffix?a=noone",
    "/q/contains?a=xONEx",
    "/q/present?a",
    "/q/present?b=a",
    "/q/regex?a=o%6Ee",
    "/q/regex?a=one",
    "/moved/here?x=1",
    "/moved-prefix/here?x=1",
    "/moved-away/here?x=1",
    "/said/no",
];
const HEADERS: [&[(&str, &str)]; 10] = [
    &[],
    &[("x-a", "one")],
    &[("X-A", "ONE")],
    &[("x-a", "")],
    &[("x-a", "two one three")],
    &[("x-a", "one"), ("x-a", "two")],
    &[("x-a", "two"), ("x-a", "one")],
    &[("x-b", "one")],
    &[("x-a", "on\u{e9}")],
    &[("x-a", " one ")],
];

/// A route below a path with a condition more, on what goes by this name.
fn conditional(path: &str, kind: &str, name: &str, mut condition: Value) -> Value {
    let mut route = objects::route(path, "two");
    condition["name"] = name.into();
    route["conditions"] = json!([{"prefix": path}, {kind: condition}]);
    route
}

fn header(path: &str, condition: Value) -> Value {
    conditional(path, "header", "x-a", condition)
}

fn parameter(path: &str, condition: Value) -> Value {
    conditional(path, "queryParameter", "a", condition)
}

fn redirect(path: &str, policy: &Value) -> Value {
    json!({"conditions": [{"prefix": path}], "requestRedirectPolicy": policy, "permitInsecure": true})
}

fn routes() -> Vec<Value> {
    let mut exact = objects::route("/", "two");
    exact["conditions"] = json!([{"exact": "/exact"}]);
    let mut regex = objects::route("/", "two");
    regex["conditions"] = json!([{"regex": "/re/[a-z]+(x|y)"}]);
    let mut api = objects::route("/api", "three");
    api["pathRewritePolicy"] = json!({"replacePrefix": [{"prefix": "/api", "replacement": "/v2"}]});
    api["requestHeadersPolicy"] =
        json!({"set": [{"name": "X-Added", "value": "50%"}, {"name": "Host", "value": "v2.example.com"}]});
    let mut both = objects::route("/", "one");
    both["services"] = json!([
        {"name": "one", "port": 80, "weight": 90, "requestHeadersPolicy": {"set": [{"name": "X-One", "value": "1"}]}},
        {"name": "three", "port": 80, "weight": 10},
    ]);
    let mut routes = vec![
        exact,
        regex,
        api,
        both,
        header("/h/exact", json!({"exact": "one", "ignoreCase": true})),
        header("/h/not-exact", json!({"notexact": "one", "treatMissingAsEmpty": true})),
        header("/h/contains", json!({"contains": "one"})),
        header("/h/not-contains", json!({"notcontains": "one"})),
        header("/h/present", json!({"present": true})),
        header("/h/absent", json!({"notpresent": true})),
        header("/h/regex", json!({"regex": "o.+|.*t"})),
        parameter("/q/exact", json!({"exact": "one"})),
        parameter("/q/prefix", json!({"prefix": "one"})),
        parameter("/q/suffix", json!({"suffix": "one"})),
        parameter("/q/contains", json!({"contains": "one", "ignoreCase": true})),
        parameter("/q/present", json!({"present": true})),
        parameter("/q/regex", json!({"regex": "o?ne"})),
        redirect("/moved", &json!({"path": "/there", "statusCode": 302})),
        redirect(
            "/moved-prefix",
            &json!({"prefix": "/there", "hostname": "new.example.com"}),
        ),
        redirect("/moved-away", &json!({"scheme": "https", "port": 8443})),
        json!({"conditions": [{"prefix": "/said"}], "directResponsePolicy": {"statusCode": 418, "body": "no"}}),
    ];
    for (number, route) in routes.iter_mut().enumerate() {
        route["permitInsecure"] = (number % 3 != 0).into();
    }
    routes
}

fn manifest(authority: &Authority, backends: &BTreeMap<&'static str, Backend>) -> Result<Vec<Value>> {
    let mut all: Vec<_> = backends
        .iter()
        .flat_map(|(name, backend)| objects::service(name, &[backend.port()]))
        .collect();
    let wildcard = "*.mall.example.com";
    all.extend([
        objects::secret("shop", &authority.certificate("shop.example.com")?),
        objects::secret("mall", &authority.certificate(wildcard)?),
        objects::secure_proxy("shop", "shop.example.com", "shop", &routes()),
        objects::secure_proxy("mall", wildcard, "mall", &[objects::route("/api", "one")]),
        objects::proxy("plain", "plain.example.com", &routes()),
        objects::insecure_policy("plain", "Redirect"),
    ]);
    Ok(all)
}

fn requests() -> impl Iterator<Item = Request> {
    let heads = HEADERS
        .into_iter()
        .flat_map(|headers| PATHS.map(|path| (headers, path)));
    let hosts = heads.flat_map(|(headers, path)| HOSTS.map(|host| (headers, path, host)));
    let all = hosts.flat_map(|head| LISTENERS.map(|listener| (listener, head)));
    // No client of TLS goes by names that no certificate is for.
    let is_client = |(listener, (_, _, host)): &(Listener, (_, _, &str))| {
        *listener != Listener::Https || !host.starts_with("-x") && !host.starts_with("a.b")
    };
    all.filter(is_client)
        .step_by(EVERY)
        .map(|(listener, (headers, path, host))| Request {
            url: format!("http://{host}{path}"),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            listener: Some(listener),
            ..Request::default()
        })
}

/// Connections that are kept, by listener and server name.
struct Client<'c> {
    controller: &'c Controller,
    authority: &'c Authority,
    open: BTreeMap<(&'static str, String), Connection>,
}

impl Client<'_> {
    async fn ask(&mut self, request: &Request) -> Result<Answer> {
        let url: hyper::Uri = request.url.parse()?;
        let authority = url.authority().context("a URL has a host")?;
        let target = url.path_and_query().context("a URL has a path")?;
        let listener = request.listener.context("a listener is chosen")?;
        let ports = &self.controller.ports;
        let name = authority.host().to_lowercase();
        let dial = match listener {
            Listener::Http => Dial::port(ports.http()),
            Listener::TlsOffload => Dial::port(ports.tls_offload()),
            Listener::Https => Dial::port(ports.https()).tls(&name, &self.authority.client(&[])?),
        };
        let key = (listener.as_str(), name);
        let mut connection = match self.open.remove(&key) {
            Some(connection) => connection,
            None => dial.open().await?,
        };
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer = connection.get(authority.as_str(), target.as_str(), &headers).await?;
        if !answer.is_last() {
            self.open.insert(key, connection);
        }
        Ok(answer)
    }
}

fn compare(answer: &Result<Answer>, explained: &explain::Answer) -> Result<()> {
    use explain::Answer::{Closed, Forward, Redirect, Respond, Tcp};
    match (answer, explained) {
        (Err(_), Closed { .. }) => Ok(()),
        (Err(error), _) => Err(anyhow::anyhow!("no answer: {error:#}")),
        (Ok(answer), Respond { status, .. }) => {
            ensure!(u32::from(answer.status) == *status, "it answers {}", answer.status);
            Ok(())
        }
        (Ok(answer), Redirect { status, location }) => {
            ensure!(u32::from(answer.status) == *status, "it answers {}", answer.status);
            ensure!(
                answer.location() == Some(location),
                "it leads to {:?}",
                answer.location()
            );
            Ok(())
        }
        (Ok(answer), Forward(forwarding)) => compare_echo(&answer.echo()?, forwarding),
        (Ok(answer), Closed { .. } | Tcp { .. }) => Err(anyhow::anyhow!("it answers {}", answer.status)),
    }
}

fn compare_echo(echo: &Value, forwarding: &Forwarding) -> Result<()> {
    let backend = echo["backend"].as_str().context("a backend says its name")?;
    let service = format!("{}/{backend}/80", objects::NAMESPACE);
    let upstream = forwarding
        .upstreams
        .iter()
        .find(|it| it.service == service && it.weight > 0);
    let upstream = upstream.with_context(|| format!("{service} answers"))?;
    ensure!(echo["path"] == *forwarding.path, "the path is {}", echo["path"]);
    let headers = &echo["headers"];
    let host = upstream.host.as_ref().unwrap_or(&forwarding.host);
    ensure!(headers["host"] == **host, "Host is {}", headers["host"]);
    for (name, value) in forwarding
        .set_request_headers
        .iter()
        .chain(&upstream.set_request_headers)
    {
        let told = &headers[name.to_lowercase()];
        ensure!(*told == **value, "{name} is {told}");
    }
    Ok(())
}

#[tokio::test]
async fn envoy_does_what_is_explained() -> Result<()> {
    let authority = Authority::new()?;
    let mut backends = BTreeMap::new();
    for name in ["one", "two", "three"] {
        backends.insert(name, Backend::start(name).await?);
    }
    let folder = Folder::new()?;
    folder.write_objects("all.yaml", &manifest(&authority, &backends)?)?;
    let mut translator = Translator::new(Settings::parse(SETTINGS)?);
    for document in manifest::parse(&fs::read_to_string(folder.path().join("all.yaml"))?)? {
        let Content::Object(object) = document.content else {
            bail!(
                "the object in line {} is refused: {:?}",
                document.line,
                document.content
            );
        };
        for StatusChange { object, status } in translator.apply([Change::Upsert(*object)]).statuses {
            let is_valid = status.as_ref().is_none_or(Status::is_valid);
            ensure!(is_valid || object.kind != Kind::HttpProxy, "{object}: {status:?}");
        }
    }
    let controller = Controller::start(folder, SETTINGS).await?;
    let mut client = Client {
        controller: &controller,
        authority: &authority,
        open: BTreeMap::new(),
    };
    until("the shop is open", async || {
        let answer = Dial::port(controller.ports.tls_offload())
            .get("shop.example.com", "/exact")
            .await?;
        ensure!(answer.status == 200, "it answers {}", answer.status);
        Ok(())
    })
    .await?;

    let (mut asked, mut wrong) = (0, Vec::new());
    for request in requests() {
        let explanation = translator.explain(&request)?;
        let answer = client.ask(&request).await;
        asked += 1;
        if let Err(difference) = compare(&answer, &explanation.answer) {
            wrong.push(format!("{request:?}: {difference:#}\n{explanation}"));
        }
    }
    eprintln!("{asked} requests, {} explained wrongly", wrong.len());
    let shown = &wrong[..wrong.len().min(SHOWN)];
    ensure!(
        wrong.is_empty(),
        "{} are explained wrongly:\n{}",
        wrong.len(),
        shown.join("\n")
    );
    Ok(())
}
