//! What is there, kept so that an edit costs only itself.

use std::collections::{BTreeMap, BTreeSet};

use isoline_translator::{
    Change, Condition, ObjectRef, Resource, ResourceKey, Settings, Status, Translation, Translator,
    report::{StatusReport, envoy_json, resource_json, resource_title},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    diagnostic::Diagnostic,
    name::{ObjectName, ResourceName},
    settings::SettingsView,
    workspace::Workspace,
};

/// Some files under some settings, translated.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) workspace: Workspace,
    settings: SettingsView,
    pub(crate) translator: Translator,
    pub(crate) translation: Translation,
    pinned: Option<Translation>,
}

/// What differs from the edit before. A file that is nothing is gone; what is not named stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Edit {
    files: BTreeMap<String, Option<String>>,
    settings: Option<String>,
}

/// What differs after an edit; of diagnostics and settings, all that is there.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    diagnostics: Vec<Diagnostic>,
    objects: Vec<ObjectChange>,
    resources: Vec<ResourceChange>,
    settings: SettingsView,
}

#[derive(Debug, Serialize)]
struct ObjectChange {
    #[serde(flatten)]
    name: ObjectName,
    status: Option<Status>,
    exists: bool,
}

#[derive(Debug, Serialize)]
struct ResourceChange {
    #[serde(flatten)]
    name: ResourceName,
    title: String,
    version: Option<String>,
    origin: Vec<ObjectName>,
}

/// One resource in both forms.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    json: Value,
    yaml: String,
}

/// What differs from what was pinned.
#[derive(Debug, Serialize)]
pub(crate) struct Diff {
    objects: Vec<StatusDiff>,
    resources: Vec<ResourceDiff>,
}

#[derive(Debug, Serialize)]
struct StatusDiff {
    #[serde(flatten)]
    name: ObjectName,
    before: Option<Status>,
    after: Option<Status>,
}

#[derive(Debug, Serialize)]
struct ResourceDiff {
    #[serde(flatten)]
    name: ResourceName,
    title: String,
    before: Option<String>,
    after: Option<String>,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            workspace: Workspace::default(),
            settings: SettingsView::default(),
            translator: Translator::new(Settings::default()),
            translation: Translation::default(),
            pinned: None,
        }
    }
}

impl Engine {
    /// Takes an edit; other settings translate everything anew.
    pub(crate) fn update(&mut self, edit: Edit) -> View {
        let changes = self.workspace.edit(edit.files);
        let mut objects: BTreeSet<_> = changes.iter().map(changed).collect();
        let resources: BTreeSet<_>;
        if let Some(settings) = edit.settings.and_then(|text| self.settings.read(&text)) {
            let before = self.restart(settings);
            objects.extend(differing(&before.statuses, &self.translation.statuses).cloned());
            resources = differing(&before.resources, &self.translation.resources)
                .cloned()
                .collect();
        } else {
            let delta = self.translator.apply(changes);
            objects.extend(delta.statuses.iter().map(|change| change.object.clone()));
            resources = delta.resources.iter().map(|change| change.key.clone()).collect();
            self.translation.absorb(delta);
        }
        self.settings.note(&self.translation);
        View {
            diagnostics: self.diagnostics(),
            objects: objects.iter().map(|object| self.object(object)).collect(),
            resources: resources.iter().map(|key| self.change(key)).collect(),
            settings: self.settings.clone(),
        }
    }

    /// The statuses of all objects, as `isoline check -o json` prints them.
    pub(crate) fn check(&self) -> StatusReport {
        StatusReport::new(&self.translation.statuses, &self.workspace.rejections())
    }

    /// Envoy's configuration, as `isoline translate` prints it.
    pub(crate) fn envoy(&self) -> Value {
        envoy_json(&self.translation)
    }

    pub(crate) fn resource(&self, name: &ResourceName) -> Option<Shown> {
        let key = name.key()?;
        let json = resource_json(&key, self.translation.resources.get(&key)?);
        let yaml = yaml(&json);
        Some(Shown { json, yaml })
    }

    /// Keeps what is there now, to compare with it later.
    pub(crate) fn pin(&mut self) {
        self.pinned = Some(self.translation.clone());
    }

    pub(crate) fn unpin(&mut self) {
        self.pinned = None;
    }

    pub(crate) fn diff(&self) -> Option<Diff> {
        let (before, after) = (self.pinned.as_ref()?, &self.translation);
        let objects = differing(&before.statuses, &after.statuses).map(|object| StatusDiff {
            name: object.into(),
            before: before.statuses.get(object).cloned(),
            after: after.statuses.get(object).cloned(),
        });
        let resources = differing(&before.resources, &after.resources).map(|key| {
            let (before, after) = (before.resources.get(key), after.resources.get(key));
            let written = |resource: &Resource| yaml(&resource_json(key, resource));
            ResourceDiff {
                name: key.into(),
                title: title(key, after.or(before)),
                before: before.map(written),
                after: after.map(written),
            }
        });
        Some(Diff {
            objects: objects.collect(),
            resources: resources.collect(),
        })
    }

    fn restart(&mut self, settings: Settings) -> Translation {
        self.translator = Translator::new(settings);
        let objects = self.workspace.objects().cloned().map(Change::Upsert);
        let mut translation = Translation::default();
        translation.absorb(self.translator.apply(objects));
        std::mem::replace(&mut self.translation, translation)
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut all = self.workspace.diagnostics();
        for (object, status) in &self.translation.statuses {
            if status.conditions.iter().any(says_something) {
                let findings = self.translator.findings(object);
                all.extend(self.workspace.status_diagnostics(object, status, &findings));
            }
        }
        all.sort_by(|a, b| (&a.span.file, a.span.from).cmp(&(&b.span.file, b.span.from)));
        all
    }

    fn object(&self, object: &ObjectRef) -> ObjectChange {
        ObjectChange {
            name: object.into(),
            status: self.translation.statuses.get(object).cloned(),
            exists: self.workspace.holds(object),
        }
    }

    fn change(&self, key: &ResourceKey) -> ResourceChange {
        let resource = self.translation.resources.get(key);
        ResourceChange {
            name: key.into(),
            title: title(key, resource),
            version: resource.map(|resource| resource.version.clone()),
            origin: resource
                .iter()
                .flat_map(|it| &it.origin)
                .map(ObjectName::from)
                .collect(),
        }
    }
}

pub(crate) fn yaml(value: &impl Serialize) -> String {
    serde_saphyr::to_string(value).expect("JSON can be written as YAML")
}

fn title(key: &ResourceKey, resource: Option<&Resource>) -> String {
    resource.map_or_else(|| key.name.clone(), |resource| resource_title(key, resource))
}

fn says_something(condition: &Condition) -> bool {
    condition.status == "False" || !condition.warnings.is_empty()
}

fn changed(change: &Change) -> ObjectRef {
    match change {
        Change::Upsert(object) => object.reference(),
        Change::Delete(object) => object.clone(),
    }
}

/// The keys whose values are not the same.
fn differing<'m, K: Ord, V: PartialEq>(
    before: &'m BTreeMap<K, V>,
    after: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = &'m K> {
    let gone = before.keys().filter(|key| !after.contains_key(key));
    let others = after.iter().filter(|(key, value)| before.get(key) != Some(value));
    gone.chain(others.map(|(key, _)| key))
}
