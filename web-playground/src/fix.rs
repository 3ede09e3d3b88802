//! Changes of text that may put a problem right. They add or replace, and keep all else as it is written.

use isoline_translator::{
    Kind, NamespacedName, ObjectRef,
    manifest::{Rejection, suggestion},
};
use serde::Serialize;

use crate::{
    text::Span,
    workspace::{Place, Workspace},
};

/// A change that a person may choose.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fix {
    title: String,
    edits: Vec<TextEdit>,
}

/// Other text for a stretch of a file.
#[derive(Debug, Clone, Serialize)]
struct TextEdit {
    file: String,
    from: usize,
    to: usize,
    insert: String,
}

/// For a field that nobody knows: the one that may have been meant.
pub(crate) fn spelling(rejection: &Rejection, field: &str, span: &Span) -> Option<Fix> {
    let meant = suggestion(&rejection.api_version, &rejection.kind, field)?;
    Some(Fix {
        title: format!("Write {meant}"),
        edits: vec![replace(span, meant)],
    })
}

impl Workspace {
    /// For a value that is none of those that are possible.
    pub(crate) fn possible_values(&self, place: &Place, field: &str, message: &str) -> Vec<Fix> {
        let Some((_, values)) = message.split_once("supported values: ") else {
            return Vec::new();
        };
        let Some(span) = self.value_span(place, field) else {
            return Vec::new();
        };
        let values = values.split(", ").map(|value| value.trim_matches('"'));
        let fix = |value: &str| Fix {
            title: format!("Write {value}"),
            edits: vec![replace(&span, value.to_owned())],
        };
        values.map(fix).collect()
    }

    /// For what the status of an object says is missing.
    pub(crate) fn missing(&self, object: &ObjectRef, place: &Place, field: &str, reason: &str) -> Option<Fix> {
        match reason {
            "ServiceUnresolvedReference" => self.service(object, place, field),
            "IncludeNotFound" => self.include(object, place, field),
            "DelegationNotPermitted" => self.delegation(object, place, field),
            _ => None,
        }
    }

    /// For an object of the old API: the new one in its place.
    pub(crate) fn converted_text(&self, place: &Place, yaml: &str) -> Fix {
        let piece = &self.files[place.file.as_ref()].pieces[place.piece];
        let separator = if piece.parsed.text.starts_with("---") {
            "---\n"
        } else {
            ""
        };
        let whole = piece.span(&place.file, &(0..piece.parsed.text.len()));
        Fix {
            title: "Replace it by the HTTPProxy".to_owned(),
            edits: vec![replace(&whole, format!("{separator}{yaml}"))],
        }
    }

    fn service(&self, object: &ObjectRef, place: &Place, field: &str) -> Option<Fix> {
        let service = field.strip_suffix(".name").unwrap_or(field);
        let name = self.value(place, &format!("{service}.name"))?;
        let port = self.value(place, &format!("{service}.port"))?;
        let name = NamespacedName::new(&object.name.namespace, name);
        if self.holds(&Kind::Service.object(&name)) {
            return None;
        }
        let NamespacedName { namespace, name } = name;
        let skeleton = format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  namespace: {namespace}\n  name: {name}\nspec:\n  ports:\n    - port: {port}\n"
        );
        Some(self.added(format!("Add Service {namespace}/{name}"), place, &skeleton))
    }

    fn include(&self, object: &ObjectRef, place: &Place, field: &str) -> Option<Fix> {
        let include = field.strip_suffix(".name").unwrap_or(field);
        let name = self.value(place, &format!("{include}.name"))?;
        let namespace = self.value(place, &format!("{include}.namespace"));
        let namespace = namespace.unwrap_or_else(|| object.name.namespace.clone());
        let skeleton = format!(
            "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata:\n  namespace: {namespace}\n  name: {name}\nspec:\n  routes:\n    - directResponsePolicy:\n        statusCode: 200\n        body: hello\n"
        );
        Some(self.added(format!("Add HTTPProxy {namespace}/{name}"), place, &skeleton))
    }

    fn delegation(&self, object: &ObjectRef, place: &Place, field: &str) -> Option<Fix> {
        let tls = if field.is_empty() {
            "spec.virtualhost.tls"
        } else {
            field
        };
        let tls = tls.strip_suffix(".secretName").unwrap_or(tls);
        let written = self.value(place, &format!("{tls}.secretName"))?;
        let (namespace, name) = written.split_once('/')?;
        let target = &object.name.namespace;
        let skeleton = format!(
            "apiVersion: projectcontour.io/v1\nkind: TLSCertificateDelegation\nmetadata:\n  namespace: {namespace}\n  name: {name}-to-{target}\nspec:\n  delegations:\n    - secretName: {name}\n      targetNamespaces: [{target}]\n"
        );
        let title = format!("Delegate Secret {written} to namespace {target}");
        Some(self.added(title, place, &skeleton))
    }

    /// A document more, at the end of the file.
    fn added(&self, title: String, place: &Place, skeleton: &str) -> Fix {
        let file = &self.files[place.file.as_ref()];
        let end = file.end();
        let is_open = file
            .pieces
            .last()
            .is_some_and(|piece| !piece.parsed.text.ends_with('\n'));
        let newline = if is_open { "\n" } else { "" };
        Fix {
            title,
            edits: vec![TextEdit {
                file: place.file.to_string(),
                from: end,
                to: end,
                insert: format!("{newline}---\n{skeleton}"),
            }],
        }
    }
}

fn replace(span: &Span, insert: String) -> TextEdit {
    TextEdit {
        file: span.file.clone(),
        from: span.from,
        to: span.to,
        insert,
    }
}
