//! Everything that is wrong, where it stands.

use std::ops::Range;

use isoline_translator::{
    Condition, ObjectRef, Status, SubCondition,
    manifest::{Content, Rejection},
};
use serde::Serialize;

use crate::{
    name::ObjectName,
    text::{Parsed, Span},
    workspace::{Definition, Place, Workspace},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Severity {
    Error,
    Warning,
    Info,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Diagnostic {
    #[serde(flatten)]
    pub(crate) span: Span,
    pub(crate) severity: Severity,
    pub(crate) object: Option<ObjectName>,
    pub(crate) field: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) fixes: Vec<Fix>,
}

/// A change that may put it right; it keeps all else as it is written.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fix {
    pub(crate) title: String,
    pub(crate) edits: Vec<TextEdit>,
}

/// Other text for a stretch of a file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TextEdit {
    pub(crate) file: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) insert: String,
}

/// Its kind, and then whose it is.
const INGRESS_CLASS: &str = "networking.k8s.io/v1 IngressClass";

impl Workspace {
    /// What is wrong with the texts themselves.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let syntax = self.places().filter_map(|(place, parsed)| self.syntax(&place, parsed));
        let documents = self.documents().flat_map(|(place, document)| match &document.content {
            Content::Rejected(rejection) => self.rejected(&place, rejection),
            Content::Ignored { kind } if kind != INGRESS_CLASS => vec![self.ignored(&place, kind)],
            _ => Vec::new(),
        });
        let duplicates = self
            .duplicates()
            .map(|(object, first, other)| self.duplicate(object, first, other));
        let notes = self.converted().iter().flat_map(|(place, converted)| {
            converted.notes.iter().map(|note| {
                let message = format!("{}: {}; {}", note.field, note.reason, note.advice);
                let object = ObjectName {
                    kind: note.kind.to_owned(),
                    namespace: note.namespace.clone(),
                    name: note.name.clone(),
                };
                let place = self.field(place, &note.field);
                diagnostic(place, Severity::Warning, Some(object), &note.field, "Inexact", message)
            })
        });
        syntax.chain(documents).chain(duplicates).chain(notes).collect()
    }

    /// What an object's status says is wrong with it.
    pub(crate) fn status_diagnostics(&self, object: &ObjectRef, status: &Status) -> Vec<Diagnostic> {
        let Some(definition) = self.definition(object) else {
            return Vec::new();
        };
        let told = |severity, it: &SubCondition| {
            let span = self.field(&definition.place, "");
            diagnostic(span, severity, Some(object.into()), "", it.reason, it.message.clone())
        };
        let condition = |condition: &Condition| {
            let errors = condition.errors.iter().map(|it| told(Severity::Error, it));
            let warnings = condition.warnings.iter().map(|it| told(Severity::Warning, it));
            errors.chain(warnings).collect::<Vec<_>>()
        };
        status.conditions.iter().flat_map(condition).collect()
    }

    /// Where a field of a document stands.
    pub(crate) fn field(&self, place: &Place, field: &str) -> Span {
        self.span(place, |parsed| parsed.place(place.document, field).key)
    }

    fn span(&self, place: &Place, bytes: impl Fn(&Parsed) -> Range<usize>) -> Span {
        let piece = &self.files[place.file.as_ref()].pieces[place.piece];
        piece.span(&place.file, &bytes(&piece.parsed))
    }

    fn syntax(&self, place: &Place, parsed: &Parsed) -> Option<Diagnostic> {
        let error = parsed.documents.as_ref().err()?;
        let span = self.span(place, |parsed| parsed.rest_of_line(error.line, error.column));
        let message = format!("not YAML: {}", error.message);
        Some(diagnostic(span, Severity::Error, None, "", "Syntax", message))
    }

    fn rejected(&self, place: &Place, rejection: &Rejection) -> Vec<Diagnostic> {
        let object = ObjectName {
            kind: rejection.kind.clone(),
            namespace: rejection.namespace.clone(),
            name: rejection.name.clone(),
        };
        let problems = rejection.problems.iter().map(|problem| {
            let span = self.field(place, &problem.field);
            let object = Some(object.clone());
            diagnostic(
                span,
                Severity::Error,
                object,
                &problem.field,
                "Rejected",
                problem.message.clone(),
            )
        });
        problems.collect()
    }

    fn ignored(&self, place: &Place, kind: &str) -> Diagnostic {
        let message = format!("{kind} is ignored: Isoline does not read this kind");
        diagnostic(
            self.field(place, "kind"),
            Severity::Info,
            None,
            "kind",
            "Ignored",
            message,
        )
    }

    fn duplicate(&self, object: &ObjectRef, first: &Definition, other: &Definition) -> Diagnostic {
        let Span { file, line, .. } = self.field(&first.place, "");
        let message = format!("{object} is defined at {file}:{line} already, and that definition is in force");
        let span = self.field(&other.place, "metadata.name");
        diagnostic(
            span,
            Severity::Error,
            Some(object.into()),
            "metadata.name",
            "Duplicate",
            message,
        )
    }
}

fn diagnostic(
    span: Span,
    severity: Severity,
    object: Option<ObjectName>,
    field: &str,
    reason: &str,
    message: String,
) -> Diagnostic {
    Diagnostic {
        span,
        severity,
        object,
        field: field.to_owned(),
        reason: reason.to_owned(),
        message,
        fixes: Vec::new(),
    }
}
