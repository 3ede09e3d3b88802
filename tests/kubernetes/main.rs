//! A real API server with the definitions that `isoline crds` prints: what it refuses is refused here, what it takes is
//! taken here, and for the same reasons.

mod certgen;
mod reasons;

use std::{collections::BTreeSet, fs};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    api_server::{ApiServer, collection},
    generate, parts,
    wait::until,
};
use isoline_translator::{
    crd,
    manifest::{self, Content},
};
use proptest::{
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree as _,
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use serde_saphyr::options::DuplicateKeyPolicy;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
const GENERATED: usize = 300;

/// One server for all of it: it is slow to start, and nothing is stored in it.
#[tokio::test]
async fn an_api_server_judges_as_isoline_does() -> Result<()> {
    let server = ApiServer::start().await?;
    it_takes_the_definitions(&server).await?;
    let mut texts = documents("translator/tests/refusals")?;
    texts.extend(documents("examples")?);
    texts.extend(documents("tests/golden/cases")?);
    texts.retain(|text| is_for_the_server(text));
    texts.extend(generated()?);
    let mut disagreements = Vec::new();
    for text in texts {
        disagreements.extend(disagreement(&server, &text).await?);
    }
    ensure!(disagreements.is_empty(), "{}", disagreements.join("\n\n"));
    Ok(())
}

async fn it_takes_the_definitions(server: &ApiServer) -> Result<()> {
    for definition in crd::definitions() {
        let path = format!("{DEFINITIONS}?fieldValidation=Strict");
        let reply = server.create(&path, JSON, &definition.to_string()).await?;
        ensure!(reply.status == 201, "{reply:?}");
    }
    for definition in crd::definitions() {
        let name = definition["metadata"]["name"].as_str().context("it has a name")?;
        until(&format!("{name} is established"), async || {
            let conditions = server.read(&format!("{DEFINITIONS}/{name}")).await?["status"]["conditions"].take();
            let of_type = |kind: &str| {
                let conditions = conditions.as_array().into_iter().flatten();
                conditions
                    .into_iter()
                    .find(|condition| condition["type"] == kind)
                    .cloned()
            };
            ensure!(of_type("NonStructuralSchema").is_none(), "{conditions}");
            ensure!(
                of_type("Established").is_some_and(|it| it["status"] == "True"),
                "{conditions}"
            );
            // The condition comes before the path.
            let version = &definition["spec"]["versions"][0]["name"];
            let group = &definition["spec"]["group"];
            let plural = &definition["spec"]["names"]["plural"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            server
                .read(&format!("/apis/{}/{}/{}", text(group), text(version), text(plural)))
                .await?;
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Endpoints on a loopback address and certificates that are still to be made are for the tests alone.
fn is_for_the_server(text: &str) -> bool {
    !["EndpointSlice", "TestCertificate"]
        .iter()
        .any(|kind| text.contains(&format!("kind: {kind}")))
        && path_of(text).is_ok()
}

fn generated() -> Result<Vec<String>> {
    let mut runner = TestRunner::deterministic();
    let objects = any_object();
    let object = |_| {
        let tree = objects.new_tree(&mut runner).map_err(anyhow::Error::msg)?;
        Ok(tree.current().to_string().chars().map(as_yaml).collect())
    };
    (0..GENERATED).map(object).collect()
}

/// JSON is YAML, but for what YAML wants to be escaped.
fn as_yaml(letter: char) -> String {
    if letter.is_control() {
        format!("\\u{:04x}", u32::from(letter))
    } else {
        letter.to_string()
    }
}

/// What a schema admits, with one value replaced by another in most cases.
fn any_object() -> impl Strategy<Value = Value> {
    let object = |definition: &Value| {
        let spec = &definition["spec"];
        let version = &spec["versions"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let api_version = format!("{}/{}", text(&spec["group"]), text(&version["name"]));
        let kind = spec["names"]["kind"].clone();
        generate::spec(&version["schema"]["openAPIV3Schema"]).prop_map(
            move |spec| json!({"apiVersion": api_version, "kind": kind, "metadata": {"namespace": "a", "name": "a"}, "spec": spec}),
        )
    };
    let objects: Vec<_> = crd::definitions()
        .iter()
        .map(|definition| object(definition).boxed())
        .collect();
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(1_i64 << 40),
        json!(""),
        json!("x"),
        json!([]),
        json!({}),
        json!({"x": [null]}),
    ];
    let edit = prop::option::weighted(0.7, (any::<Index>(), select(odd.to_vec())));
    (proptest::strategy::Union::new(objects), edit).prop_map(|(mut object, edit)| {
        if let Some((place, odd)) = edit {
            let count = count(&object["spec"]);
            replace(&mut object["spec"], &mut place.index(count), &odd);
        }
        object
    })
}

fn count(value: &Value) -> usize {
    let inner: usize = match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    };
    1 + inner
}

/// Puts something else in the place of the value of that number.
fn replace(value: &mut Value, left: &mut usize, with: &Value) {
    let Some(next) = left.checked_sub(1) else {
        *value = with.clone();
        *left = usize::MAX;
        return;
    };
    *left = next;
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    };
    for value in inner {
        if *left == usize::MAX {
            return;
        }
        replace(value, left, with);
    }
}

/// What the API server and Isoline say, if they do not agree.
async fn disagreement(server: &ApiServer, text: &str) -> Result<Option<String>> {
    let path = format!("{}?dryRun=All&fieldValidation=Strict", path_of(text)?);
    let content_type = if text.starts_with('{') { JSON } else { YAML };
    let reply = server.create(&path, content_type, text).await?;
    let ours = match manifest::parse(text)?.remove(0).content {
        Content::Rejected(rejection) => rejection.problems.into_iter().map(|problem| problem.message).collect(),
        _ => BTreeSet::new(),
    };
    let is_agreed = reasons::of_server(&reply).agree_with(&ours);
    Ok((!is_agreed).then(|| format!("{text}\nthe API server: {:#}\nIsoline: {ours:#?}", reply.body)))
}

/// Where the object is created.
fn path_of(text: &str) -> Result<String> {
    let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins };
    let object: Value = serde_saphyr::from_str_with_options(text, options)?;
    let (api_version, kind) = (&object["apiVersion"], object["kind"].as_str().context("it has a kind")?);
    let definitions = crd::definitions();
    let mut ours = definitions
        .iter()
        .map(|definition| &definition["spec"]["names"]["kind"]);
    ensure!(
        ["Service", "Secret", "Ingress"].contains(&kind) || ours.any(|ours| ours == kind),
        "no path for {kind}"
    );
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    collection(&json!({"apiVersion": api_version, "kind": kind, "metadata": {"namespace": namespace}}))
}

/// The documents of all files of a folder.
fn documents(folder: &str) -> Result<Vec<String>> {
    let files = fs::read_dir(parts::checkout().join(folder))?;
    let mut files: Vec<_> = files.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let mut documents = Vec::new();
    for file in files
        .into_iter()
        .filter(|file| file.is_file() && !file.to_string_lossy().ends_with(".out.yaml"))
    {
        documents.extend(fs::read_to_string(&file)?.split("---\n").map(str::to_owned));
    }
    Ok(documents)
}
