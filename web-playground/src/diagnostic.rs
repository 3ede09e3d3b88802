//! Everything that is wrong, where it stands.

use isoline_translator::{
    Condition, Finding, ObjectRef, Status, SubCondition,
    manifest::{Content, Rejection},
};
use serde::Serialize;

use crate::{
    convert,
    engine::yaml,
    fix::{self, Fix},
    name::ObjectName,
    text::{Parsed, Span},
    workspace::{Converted, Definition, Place, Workspace},
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
        let old = self
            .converted()
            .iter()
            .map(|(place, converted)| self.old(place, converted));
        let notes = self.converted().iter().flat_map(|(place, converted)| {
            converted.notes.iter().map(|note| {
                let object = ObjectName {
                    kind: note.kind.to_owned(),
                    namespace: note.namespace.clone(),
                    name: note.name.clone(),
                };
                let place = self.field(place, &note.field);
                diagnostic(
                    place,
                    Severity::Warning,
                    Some(object),
                    &note.field,
                    "Inexact",
                    convert::said(note),
                )
            })
        });
        syntax
            .chain(documents)
            .chain(duplicates)
            .chain(old)
            .chain(notes)
            .collect()
    }

    /// What an object's status says is wrong with it; the findings know the fields.
    pub(crate) fn status_diagnostics(
        &self,
        object: &ObjectRef,
        status: &Status,
        findings: &[Finding],
    ) -> Vec<Diagnostic> {
        let Some(definition) = self.definition(object) else {
            return Vec::new();
        };
        let place = &definition.place;
        let told = |severity, reason: &str, message: &str, field: &str| {
            let span = self.narrowed(place, field, message);
            Diagnostic {
                fixes: self.missing(object, place, field, reason).into_iter().collect(),
                ..diagnostic(span, severity, Some(object.into()), field, reason, message.to_owned())
            }
        };
        let part = |severity, said: &SubCondition| {
            let found = findings.iter().find(|finding| finding.said == *said);
            let field = found.map_or_else(|| field_of(&said.message), |finding| &finding.field);
            told(severity, said.reason, &said.message, field)
        };
        let condition = |condition: &Condition| {
            let errors = condition.errors.iter().map(|it| part(Severity::Error, it));
            let warnings = condition.warnings.iter().map(|it| part(Severity::Warning, it));
            let says_no_more = condition.status == "False" && condition.errors.is_empty();
            let whole = says_no_more.then(|| {
                let field = field_of(&condition.message);
                told(Severity::Error, condition.reason, &condition.message, field)
            });
            errors.chain(warnings).chain(whole).collect::<Vec<_>>()
        };
        status.conditions.iter().flat_map(condition).collect()
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
            let is_unknown = problem.message.starts_with("unknown field");
            let spelling = is_unknown.then(|| fix::spelling(rejection, &problem.field, &span));
            let values = self.possible_values(place, &problem.field, &problem.message);
            let (object, message) = (Some(object.clone()), problem.message.clone());
            Diagnostic {
                fixes: spelling.flatten().into_iter().chain(values).collect(),
                ..diagnostic(span, Severity::Error, object, &problem.field, "Rejected", message)
            }
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

    fn old(&self, place: &Place, converted: &Converted) -> Diagnostic {
        let message = "this is of the API before HTTPProxy, and is read as what isoline convert makes of it";
        let span = self.field(place, "apiVersion");
        Diagnostic {
            fixes: vec![self.converted_text(place, &yaml(&converted.object))],
            ..diagnostic(
                span,
                Severity::Info,
                None,
                "apiVersion",
                "Converted",
                message.to_owned(),
            )
        }
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

/// The path with which a message begins, if it does.
fn field_of(message: &str) -> &str {
    let word = message.split([' ', ':']).next().unwrap_or_default();
    if word.starts_with("spec.") { word } else { "" }
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
