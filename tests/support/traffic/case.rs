//! A case as it is written: what the controller is given, who listens behind it, and what is asked.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddrV4},
    path::Path,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{
    backend::{Backend, ENDPOINTS},
    certificates::Certificates,
    request::Request,
};

/// One case.
#[derive(Debug)]
pub struct Case {
    /// The configuration file.
    pub settings: Value,
    pub flags: Vec<String>,
    pub objects: Vec<Value>,
    pub endpoints: Vec<Endpoint>,
    pub certificates: Certificates,
    pub requests: Vec<Request>,
}

/// A listener behind Envoy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `namespace/name`, `#port` if there are several, `@number` if there are several addresses.
    pub name: String,
    pub address: SocketAddrV4,
    /// The TestCertificate with which it speaks TLS.
    pub certificate: Option<String>,
}

impl Case {
    /// Reads it, with the objects that it is based on.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut documents = match head(&text, "base") {
            base if base.is_empty() => Vec::new(),
            base => parse(&read_base(path, &base)?)?,
        };
        documents.extend(parse(&text)?);
        let mut builder = Builder::default();
        // A certificate may stand before its issuer, and an endpoint before its certificate.
        documents.sort_by_key(|document| match document["kind"].as_str() {
            Some("TestCertificate") if document["issuer"].is_null() => 0,
            Some("TestCertificate") => 1,
            _ => 2,
        });
        for document in documents {
            builder.add(document)?;
        }
        let settings = head(&text, "settings");
        Ok(Self {
            settings: parse(&settings)?.pop().unwrap_or_else(|| json!({})),
            flags: shlex::split(&head(&text, "flags")).context("flags with an open quote")?,
            objects: builder.objects,
            endpoints: builder.endpoints,
            certificates: builder.certificates,
            requests: builder.requests.context("a case ends with its requests")?,
        })
    }
}

/// What a leading comment says under this key; lines that are indented further go on with it.
fn head(text: &str, key: &str) -> String {
    let comments = text.lines().map_while(|line| line.strip_prefix('#'));
    let mut lines = comments.skip_while(|line| !is_key(line, key));
    let first = lines.next().and_then(|line| line.split_once(':'));
    let Some((_, first)) = first else { return String::new() };
    let rest = lines.take_while(|line| line.starts_with("   "));
    std::iter::once(first.trim()).chain(rest).collect::<Vec<_>>().join("\n")
}

fn is_key(line: &str, key: &str) -> bool {
    line.trim_start()
        .strip_prefix(key)
        .is_some_and(|rest| rest.starts_with(':'))
}

fn read_base(case: &Path, name: &str) -> Result<String> {
    let mut candidates = case.ancestors().skip(2).map(|folder| folder.join("bases").join(name));
    let base = candidates
        .find(|path| path.is_file())
        .with_context(|| format!("no bases/{name}"))?;
    Ok(fs::read_to_string(base)?)
}

/// All documents of a text. `y` is text, as it is for whoever records.
pub(super) fn parse(text: &str) -> Result<Vec<Value>> {
    let options = serde_saphyr::options! { strict_booleans: true };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// `namespace/name`.
pub(super) fn object_name(metadata: &Value) -> String {
    let namespace = metadata["namespace"].as_str().unwrap_or("default");
    format!("{namespace}/{}", metadata["name"].as_str().unwrap_or_default())
}

#[derive(Default)]
struct Builder {
    objects: Vec<Value>,
    endpoints: Vec<Endpoint>,
    certificates: Certificates,
    requests: Option<Vec<Request>>,
    addresses: u32,
}

impl Builder {
    fn add(&mut self, mut document: Value) -> Result<()> {
        let kind = document["kind"].as_str().context("a document has a kind")?.to_owned();
        if kind != "Requests" && kind != "IngressClass" && kind != "Namespace" {
            let metadata = document["metadata"].as_object_mut().context("an object has metadata")?;
            metadata.entry("namespace").or_insert_with(|| "default".into());
        }
        match kind.as_str() {
            "TestCertificate" => self.objects.extend(self.certificates.make(document)?),
            "Backend" => {
                let backend: Backend = serde_json::from_value(document)?;
                self.add_backend(&backend)
                    .with_context(|| object_name(&backend.metadata))?;
            }
            "Requests" => self.requests = Some(serde_json::from_value(document["requests"].take())?),
            kind => {
                let fields = document.as_object_mut().context("a document is an object")?;
                fields.entry("apiVersion").or_insert_with(|| api_version(kind).into());
                self.objects.push(document);
            }
        }
        Ok(())
    }

    fn add_backend(&mut self, backend: &Backend) -> Result<()> {
        let ports = backend.ports()?;
        let ready = self.addresses(backend.endpoints, &backend.addresses)?;
        let not_ready = self.addresses(backend.not_ready_endpoints, &backend.not_ready)?;
        if !backend.closed {
            let addresses = [&ready[..], &not_ready].concat();
            self.endpoints.extend(backend.listeners(&ports, &addresses));
        }
        self.objects.push(backend.service(&ports));
        self.objects.push(backend.slice(&ports, &ready, &not_ready));
        Ok(())
    }

    /// The given addresses, or the next free ones.
    fn addresses(&mut self, count: u32, given: &[String]) -> Result<Vec<String>> {
        if !given.is_empty() {
            return Ok(given.to_vec());
        }
        let first = u32::from(*ENDPOINTS.start()) + self.addresses;
        self.addresses += count;
        ensure!(first + count <= u32::from(*ENDPOINTS.end()) + 1, "too many endpoints");
        let addresses = (first..first + count).map(Ipv4Addr::from);
        Ok(addresses.map(|address| address.to_string()).collect())
    }
}

/// The usual API version of a kind.
fn api_version(kind: &str) -> &'static str {
    match kind {
        "HTTPProxy" | "TLSCertificateDelegation" => "projectcontour.io/v1",
        "ExtensionService" | "ContourConfiguration" | "ContourDeployment" => "projectcontour.io/v1alpha1",
        "Ingress" | "IngressClass" => "networking.k8s.io/v1",
        "EndpointSlice" => "discovery.k8s.io/v1",
        "RoutePolicy" => "isoline.dev/v1alpha1",
        _ => "v1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.yaml");
        fs::write(&path, text).unwrap();
        Case::read(&path).unwrap()
    }

    #[test]
    fn the_head_may_go_over_several_lines() {
        let case = case(
            "# free text: {\n# settings:\n#   network:\n#     num-trusted-hops: 1\n#   x: y\n# flags: --a=b --c 'd e'\nkind: Requests\nrequests: []\n",
        );
        assert_eq!(case.settings, json!({"network": {"num-trusted-hops": 1}, "x": "y"}));
        assert_eq!(case.flags, ["--a=b", "--c", "d e"]);
    }

    #[test]
    fn endpoints_have_addresses_in_the_order_of_the_documents() {
        let case = case(
            "kind: Backend\nmetadata: {namespace: a, name: b}\nendpoints: 2\nnotReadyEndpoints: 1\n---\n\
             kind: Backend\nmetadata: {name: c}\nclosed: true\n---\n\
             kind: Backend\nmetadata: {name: d}\nports: [80, {port: 443, name: s}]\n---\n\
             kind: Requests\nrequests: []\n",
        );
        let endpoints: Vec<_> = case
            .endpoints
            .iter()
            .map(|at| format!("{} {}", at.name, at.address))
            .collect();
        assert_eq!(
            endpoints,
            [
                "a/b@0 10.99.0.2:8080",
                "a/b@1 10.99.0.3:8080",
                "a/b@2 10.99.0.4:8080",
                "default/d#80 10.99.0.6:8080",
                "default/d#443 10.99.0.6:8443",
            ]
        );
        let ready: Vec<_> = case.objects[1]["endpoints"]
            .as_array()
            .unwrap()
            .iter()
            .map(|at| &at["conditions"]["ready"])
            .collect();
        assert_eq!(ready, [true, true, false]);
        assert_eq!(case.objects[3]["endpoints"][0]["addresses"], json!(["10.99.0.5"]));
        assert_eq!(case.objects[4]["spec"]["ports"][0]["name"], "p80");
    }

    #[test]
    fn certificates_may_stand_before_their_issuer() {
        let case = case(
            "kind: TestCertificate\nmetadata: {namespace: a, name: leaf}\nissuer: a/root\nsubject: /O=x/CN=y\nuris: [spiffe://z]\nclientOnly: true\n---\n\
             kind: TestCertificate\nmetadata: {namespace: a, name: root}\nca: true\n---\n\
             kind: TestCertificate\nmetadata: {namespace: a, name: list}\nissuer: a/root\ncrl: true\n---\n\
             kind: Requests\nrequests: []\n",
        );
        let kinds: Vec<_> = case
            .objects
            .iter()
            .map(|object| {
                object["stringData"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .next()
                    .unwrap()
                    .as_str()
            })
            .collect();
        assert_eq!(kinds, ["ca.crt", "crl.pem"]);
        let leaf = case.certificates.certificate("a/leaf").unwrap();
        assert_eq!(case.certificates.name_of(&leaf.der().unwrap()), Some("a/leaf"));
    }
}
