//! Nothing that the schemas admit may be refused by Envoy: generated objects of every kind, in one live Envoy.
//!
//! `GENERATED_BATCHES=100` tries more than the usual number, and `GENERATED_SEED=random` others than the usual ones.

use std::{env, fmt::Write as _};

use anyhow::{Context as _, Result, bail};
use isoline_tests::{authority::Authority, generate};
use isoline_translator::{
    Object, Settings, crd, invariant_violations,
    manifest::{self, Content},
    translate,
};
use proptest::{
    strategy::{Strategy, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::live::Live;

const NAMESPACE: &str = "generated";
const HOSTS_PER_BATCH: usize = 30;

/// What the operator may have said beside.
const SETTINGS: [&str; 3] = [
    "{}",
    "{tls: {fallback-certificate: {namespace: generated, name: pair}}, enableExternalNameService: true, \
      rateLimitService: {extensionService: generated/h2, domain: all, failOpen: true}, \
      listeners: {tlsOffload: {enabled: true}}, loadBalancer: {proxyProtocol: Optional}}",
    "{tls: {envoy-client-certificate: {namespace: generated, name: pair}}, \
      globalExtAuth: {extensionService: generated/http, serviceType: http}, \
      policy: {request-headers: {set: {X-All: \"%PROTOCOL% 1%\"}, remove: [x-gone]}, applyToIngress: true}}",
];

fn schema(kind: &str) -> Result<Value> {
    let definition = crd::definitions()
        .into_iter()
        .find(|definition| definition["spec"]["names"]["kind"] == kind)
        .with_context(|| format!("{kind} has a definition"))?;
    Ok(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone())
}

fn object(kind: &str, api_version: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"namespace": NAMESPACE, "name": name}, "spec": spec})
}

/// What generated objects refer to.
fn surroundings() -> Result<Vec<Value>> {
    let authority = Authority::new()?;
    let pair = authority.certificate("pair.test")?;
    let secret = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": NAMESPACE, "name": name}, "type": "Opaque", "stringData": data});
    let service = |name: &str, annotations: Value| {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"namespace": NAMESPACE, "name": name, "annotations": annotations},
            "spec": {"ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}]},
        })
    };
    let extension = |name: &str, protocol: &str| {
        let services = json!([{"name": "s0", "port": 80}]);
        let spec = json!({"protocol": protocol, "services": services});
        object("ExtensionService", "projectcontour.io/v1alpha1", name, &spec)
    };
    let child = json!({"routes": [{"conditions": [{"prefix": "/child"}], "services": [{"name": "s0", "port": 80}]}]});
    Ok(vec![
        secret("pair", json!({"tls.crt": pair.chain, "tls.key": pair.key})),
        secret("authority", json!({"ca.crt": authority.root_pem()})),
        secret("revocations", json!({"crl.pem": authority.revocations()?})),
        secret("keys", json!({"jwks": r#"{"keys":[]}"#, "bad": "{"})),
        service("s0", json!({})),
        service(
            "s1",
            json!({"projectcontour.io/max-connections": "4294967296", "projectcontour.io/max-retries": "-1",
                   "projectcontour.io/upstream-protocol.h2": "80,https"}),
        ),
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"namespace": NAMESPACE, "name": "external"},
            "spec": {"type": "ExternalName", "externalName": "far.test", "ports": [{"port": 80}]},
        }),
        extension("h2", "h2"),
        extension("h2c", "h2c"),
        extension("http", "http/1.1"),
        object("HTTPProxy", "projectcontour.io/v1", "child", &child),
    ])
}

/// Objects of which none has the name or host of another.
struct Generator {
    runner: TestRunner,
    proxies: proptest::strategy::BoxedStrategy<Value>,
    extensions: proptest::strategy::BoxedStrategy<Value>,
    made: usize,
}

impl Generator {
    fn new() -> Result<Self> {
        let runner = if env::var("GENERATED_SEED").is_ok_and(|seed| seed == "random") {
            TestRunner::new(Config::default())
        } else {
            TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha))
        };
        Ok(Self {
            runner,
            proxies: generate::spec(&schema("HTTPProxy")?),
            extensions: generate::spec(&schema("ExtensionService")?),
            made: 0,
        })
    }

    fn proxy(&mut self) -> Result<Value> {
        let mut spec = sample(&self.proxies, &mut self.runner)?;
        self.made += 1;
        if spec["virtualhost"].is_object() {
            let wildcard = if self.made.is_multiple_of(5) { "*." } else { "" };
            spec["virtualhost"]["fqdn"] = json!(format!("{wildcard}h{}.test", self.made));
        } else {
            spec["virtualhost"] = json!({"fqdn": format!("h{}.test", self.made)});
        }
        spec.as_object_mut().map(|spec| spec.remove("ingressClassName"));
        Ok(object(
            "HTTPProxy",
            "projectcontour.io/v1",
            &format!("p{}", self.made),
            &spec,
        ))
    }

    fn extension(&mut self, name: &str) -> Result<Value> {
        let spec = sample(&self.extensions, &mut self.runner)?;
        Ok(object("ExtensionService", "projectcontour.io/v1alpha1", name, &spec))
    }
}

fn sample(strategy: &impl Strategy<Value = Value>, runner: &mut TestRunner) -> Result<Value> {
    let tree = strategy.new_tree(runner);
    Ok(tree
        .map_err(|reason| anyhow::anyhow!("nothing can be generated: {reason}"))?
        .current())
}

/// JSON that is YAML too, which has some characters only by their numbers.
fn ascii(value: &Value) -> String {
    let mut text = String::new();
    for character in value.to_string().chars() {
        if character.is_ascii() && !character.is_ascii_control() {
            text.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// The objects that the schema takes.
fn read(values: &[Value]) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for value in values {
        for document in manifest::parse(&ascii(value))? {
            match document.content {
                Content::Object(object) => objects.push(*object),
                Content::Rejected(_) | Content::Old(_) => {}
                Content::Ignored { kind } => bail!("nothing reads {kind}"),
            }
        }
    }
    Ok(objects)
}

#[tokio::test]
async fn nothing_that_the_schema_admits_is_refused_by_envoy() -> Result<()> {
    let batches = env::var("GENERATED_BATCHES").map_or(Ok(12), |text| text.parse())?;
    let mut generator = Generator::new()?;
    let mut live = Live::start("generated").await?;
    let surroundings = surroundings()?;
    let (mut tried, mut admitted, mut refused) = (0, 0, Vec::new());
    for batch in 0..batches {
        let settings = live.moved(Settings::parse(SETTINGS[batch % SETTINGS.len()])?);
        let mut values: Vec<_> = (0..HOSTS_PER_BATCH).map(|_| generator.proxy()).collect::<Result<_>>()?;
        // Those that the hosts refer to, once as somebody would write them, and once as nobody would.
        for name in ["h2", "h2c"].into_iter().take(batch % 3) {
            values.push(generator.extension(name)?);
        }
        tried += values.len();
        let of_batch = |values: &[Value]| read(&[&surroundings[..], values].concat());
        admitted += of_batch(&values)?.len() - of_batch(&[])?.len();
        let translation = translate(of_batch(&values)?, settings.clone());
        assert_eq!(invariant_violations(&translation), Vec::<String>::new());
        if live.hold(translation, &settings).await.is_ok() {
            continue;
        }
        // Which of them was it?
        for value in &values {
            let alone = translate(of_batch(std::slice::from_ref(value))?, settings.clone());
            if let Err(reason) = live.hold(alone, &settings).await {
                refused.push(format!("{reason:#}\n{value}"));
            }
        }
        if refused.is_empty() {
            refused.push(format!("batch {batch} only together"));
        }
    }
    eprintln!(
        "{tried} objects generated, {admitted} admitted by the schema, {} refused by Envoy",
        refused.len()
    );
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
    Ok(())
}

#[test]
fn no_order_of_generated_objects_counts() -> Result<()> {
    let mut generator = Generator::new()?;
    let surroundings = surroundings()?;
    for _ in 0..5 {
        let proxies: Vec<_> = (0..10).map(|_| generator.proxy()).collect::<Result<_>>()?;
        let objects = read(&[&surroundings[..], &proxies].concat())?;
        let forwards = translate(objects.iter().cloned(), Settings::default());
        let backwards = translate(objects.into_iter().rev(), Settings::default());
        assert!(forwards == backwards);
    }
    Ok(())
}
