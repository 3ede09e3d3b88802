//! The controller's translator for a browser: files in, statuses, places and Envoy's configuration out.
//!
//! Nothing is sent anywhere and nothing is kept but what the page gave. Every answer is JSON text; its types, as the page
//! has them, are in `page/src/engine/types.ts`.

mod convert;
mod diagnostic;
mod engine;
mod field;
mod fix;
mod link;
mod name;
mod settings;
mod text;
mod workspace;

use isoline_translator::{
    crd,
    explain::{Expectation, Explanation, Request, read_expectations, write_expectations},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::{
    engine::{Engine, yaml},
    name::ObjectName,
};

/// What the page holds: some files under some settings.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Playground(Engine);

#[wasm_bindgen]
impl Playground {
    /// Without any file.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The version of the translator.
    pub fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    /// Takes an edit; returns what differs.
    pub fn update(&mut self, edit: &str) -> Result<String, JsError> {
        Ok(text(&self.0.update(read(edit)?)))
    }

    /// What `isoline check -o json` prints.
    pub fn check(&self) -> String {
        pretty(&self.0.check())
    }

    /// What `isoline translate -o FORM` prints.
    pub fn translate(&self, form: &str) -> String {
        match form {
            "yaml" => yaml(&self.0.envoy()),
            _ => pretty(&self.0.envoy()),
        }
    }

    /// What becomes of a request: what `isoline explain --url` prints, in both forms.
    pub fn explain(&self, request: &str) -> Result<String, JsError> {
        let explained = self.0.translator.explain(&read::<Request>(request)?);
        Ok(text(&match explained {
            Ok(explanation) => self.explained(&explanation),
            Err(error) => json!({"error": error.to_string()}),
        }))
    }

    /// Whether what is expected of requests holds.
    pub fn expect(&self, expectations: &str) -> Result<String, JsError> {
        let expectations: Vec<Expectation> = read(expectations)?;
        let outcomes = expectations.iter().map(|it| self.0.translator.expect(it));
        Ok(text(&outcomes.collect::<Vec<_>>()))
    }

    /// What becomes of a request, said as an expectation of it.
    pub fn expected(&self, request: &str) -> Result<String, JsError> {
        let explained = self.0.translator.explain(&read::<Request>(request)?);
        Ok(text(&explained.ok().map(|explanation| explanation.expected())))
    }

    /// The file that `isoline check --expect` reads.
    #[wasm_bindgen(js_name = writeExpectations)]
    pub fn write_expectations(&self, expectations: &str) -> Result<String, JsError> {
        Ok(text(&write_expectations(&read::<Vec<Expectation>>(expectations)?)))
    }

    /// The expectations of such a file.
    #[wasm_bindgen(js_name = readExpectations)]
    pub fn read_expectations(&self, yaml: &str) -> String {
        match read_expectations(yaml) {
            Ok(expectations) => text(&expectations),
            Err(error) => text(&json!({"error": error.to_string()})),
        }
    }

    /// What stands at an offset of a file, and what became of it.
    pub fn at(&self, file: &str, offset: usize) -> String {
        text(&self.0.at(file, offset))
    }

    /// Where a part of a resource came from.
    pub fn origins(&self, piece: &str) -> Result<String, JsError> {
        Ok(text(&self.0.origins(&read(piece)?)))
    }

    /// Which proxies include which.
    pub fn inclusion(&self) -> String {
        text(&self.0.translator.inclusion())
    }

    /// One resource in Envoy's own form.
    pub fn resource(&self, name: &str) -> Result<String, JsError> {
        Ok(text(&self.0.resource(&read(name)?)))
    }

    /// Where an object, or a field of it, is written.
    pub fn locate(&self, object: &str, field: &str) -> Result<String, JsError> {
        let object = read::<ObjectName>(object)?.object();
        let definition = object.and_then(|object| self.0.workspace.definition(&object));
        Ok(text(&definition.map(|it| self.0.workspace.field(&it.place, field))))
    }

    /// Keeps what is there now, to compare with it later.
    pub fn pin(&mut self) {
        self.0.pin();
    }

    /// Forgets what was pinned.
    pub fn unpin(&mut self) {
        self.0.unpin();
    }

    /// What differs from what was pinned.
    pub fn diff(&self) -> String {
        text(&self.0.diff())
    }

    /// The schemas of all custom resources.
    pub fn schemas(&self) -> String {
        let definitions = crd::definitions();
        let schemas = definitions.iter().map(|definition| {
            let spec = &definition["spec"];
            let version = &spec["versions"][0];
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            json!({
                "apiVersion": format!("{}/{}", word(&spec["group"]), word(&version["name"])),
                "kind": spec["names"]["kind"],
                "schema": version["schema"]["openAPIV3Schema"],
            })
        });
        text(&schemas.collect::<Vec<_>>())
    }

    /// The objects of the API before HTTPProxy in a file as those of today.
    pub fn convert(&self, file: &str) -> String {
        text(&convert::convert(&self.0.workspace, file))
    }

    fn explained(&self, explanation: &Explanation) -> Value {
        let places = explanation.routes.iter().map(|route| {
            let (object, field) = &route.declared;
            let definition = self.0.workspace.definition(object)?;
            Some(self.0.workspace.field(&definition.place, field))
        });
        let places: Vec<_> = places.collect();
        json!({"text": explanation.to_string(), "explanation": explanation, "places": places})
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it has nothing that JSON has not")
}

/// As the program prints it.
fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("it has nothing that JSON has not") + "\n"
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, JsError> {
    Ok(serde_json::from_str(json)?)
}
