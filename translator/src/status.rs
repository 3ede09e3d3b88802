//! What an object's author is told: Contour's conditions, reasons and messages.

mod field;

use serde::Serialize;

use crate::object::{Kind, ObjectRef};

/// The status of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `valid`, `invalid`, `orphaned` or `NotReconciled`; empty for kinds that have only conditions.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub current_status: &'static str,
    /// The sentence beside it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The conditions, by type.
    pub conditions: Vec<Condition>,
}

/// A Kubernetes condition with what lies behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `True` or `False`.
    pub status: &'static str,
    /// One word why.
    pub reason: &'static str,
    /// One sentence why.
    pub message: String,
    /// What makes the object invalid.
    pub errors: Vec<SubCondition>,
    /// What its author should know all the same.
    pub warnings: Vec<SubCondition>,
}

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubCondition {
    /// The part of the object that it is about.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Always `True`.
    pub status: &'static str,
    /// One word why.
    pub reason: &'static str,
    /// One sentence why.
    pub message: String,
}

/// A status that differs from before.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusChange {
    /// The object.
    pub object: ObjectRef,
    /// Its status now; nothing if the object is gone.
    pub status: Option<Status>,
}

/// The parts of an object that an error can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Auth,
    Cors,
    Include,
    IpFilter,
    Jwt,
    Orphaned,
    PrefixReplace,
    RootNamespace,
    Route,
    Service,
    Spec,
    TcpProxy,
    TcpProxyInclude,
    Tls,
    VirtualHost,
}

impl Part {
    fn kind(self) -> &'static str {
        match self {
            Self::Auth => "AuthError",
            Self::Cors => "CORSError",
            Self::Include => "IncludeError",
            Self::IpFilter => "IPFilterError",
            Self::Jwt => "JWTVerificationError",
            Self::Orphaned => "Orphaned",
            Self::PrefixReplace => "PrefixReplaceError",
            Self::RootNamespace => "RootNamespaceError",
            Self::Route => "RouteError",
            Self::Service => "ServiceError",
            Self::Spec => "SpecError",
            Self::TcpProxy => "TCPProxyError",
            Self::TcpProxyInclude => "TCPProxyIncludeError",
            Self::Tls => "TLSError",
            Self::VirtualHost => "VirtualHostError",
        }
    }
}

/// An error or a warning with the field that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A path such as `spec.routes[0]`, also of a field that is not written; empty for the whole object.
    pub field: String,
    /// Whether the object is valid all the same.
    pub is_warning: bool,
    /// What the status says.
    pub said: SubCondition,
}

/// The errors and warnings found so far on one visit to one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    all: Vec<Finding>,
    /// The part of the object that is being looked at.
    focus: String,
}

impl Findings {
    pub(crate) fn error(&mut self, part: Part, reason: &'static str, message: impl Into<String>) {
        self.push(part, reason, message.into(), false);
    }

    pub(crate) fn warning(&mut self, part: Part, reason: &'static str, message: impl Into<String>) {
        self.push(part, reason, message.into(), true);
    }

    fn push(&mut self, part: Part, reason: &'static str, message: String, is_warning: bool) {
        self.all.push(Finding {
            field: field::of(&self.focus, part, reason),
            is_warning,
            said: SubCondition::new(part, reason, message),
        });
    }

    /// What is found from now on is about this part of the object; empty means the whole.
    pub(crate) fn look_at(&mut self, field: impl Into<String>) {
        self.focus = field.into();
    }

    /// The part of the object that is being looked at.
    pub(crate) fn focus(&self) -> &str {
        &self.focus
    }

    /// All that was found.
    pub(crate) fn into_all(self) -> Vec<Finding> {
        self.all
    }

    fn said(&self, warnings: bool) -> Vec<SubCondition> {
        let of_kind = self.all.iter().filter(|finding| finding.is_warning == warnings);
        of_kind.map(|finding| finding.said.clone()).collect()
    }

    /// Adds what others have found on the same object and what is not here already.
    pub(crate) fn absorb(&mut self, others: &Self) {
        for one in &others.all {
            let says_it = |other: &Finding| (other.is_warning, &other.said) == (one.is_warning, &one.said);
            if !self.all.iter().any(says_it) {
                self.all.push(one.clone());
            }
        }
    }

    /// The findings of a proxy that no root reaches.
    pub(crate) fn orphaned() -> Self {
        let mut findings = Self::default();
        let message = "this HTTPProxy is not part of a delegation chain from a root HTTPProxy";
        findings.error(Part::Orphaned, "Orphaned", message);
        findings
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.all.iter().all(|finding| finding.is_warning)
    }

    /// What an object of a kind is told; only HTTPProxies have more than conditions.
    pub(crate) fn status(&self, kind: Kind) -> Status {
        let errors = self.said(false);
        let orphan = errors.iter().find(|error| error.kind == Part::Orphaned.kind());
        let (current_status, status, reason, message) = match errors.as_slice() {
            [] => ("valid", "True", "Valid", format!("Valid {}", kind.as_str())),
            _ => (
                if orphan.is_some() { "orphaned" } else { "invalid" },
                "False",
                "ErrorPresent",
                "At least one error present, see Errors for details".to_owned(),
            ),
        };
        let has_summary = kind == Kind::HttpProxy;
        let description = orphan.map_or(&message, |orphan| &orphan.message).clone();
        Status {
            current_status: if has_summary { current_status } else { "" },
            description: if has_summary { description } else { String::new() },
            conditions: vec![Condition {
                kind: "Valid",
                status,
                reason,
                message,
                errors,
                warnings: self.said(true),
            }],
        }
    }
}

/// As much as a status may hold of one message.
const LONGEST_MESSAGE: usize = 32_760;

impl SubCondition {
    fn new(part: Part, reason: &'static str, mut message: String) -> Self {
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        Self {
            kind: part.kind(),
            status: "True",
            reason,
            message,
        }
    }
}

impl Status {
    /// What an object says that no controller has taken on.
    pub(crate) fn not_reconciled() -> Self {
        Self {
            current_status: "NotReconciled",
            description: "Waiting for controller".to_owned(),
            conditions: Vec::new(),
        }
    }

    /// What a delegation says: no controller ever writes more to it.
    pub(crate) fn unwritten() -> Self {
        Self {
            current_status: "",
            description: String::new(),
            conditions: Vec::new(),
        }
    }

    /// The status of an object whose latest version cannot be read.
    pub fn refused(kind: Kind, message: String) -> Self {
        let mut findings = Findings::default();
        findings.error(Part::Spec, "SchemaError", message);
        findings.status(kind)
    }

    /// One word on the object.
    pub fn summary(&self) -> &'static str {
        match (self.current_status, self.is_valid()) {
            ("", true) => "valid",
            ("", false) => "invalid",
            (summary, _) => summary,
        }
    }

    /// Whether nothing is wrong with the object.
    pub fn is_valid(&self) -> bool {
        self.conditions.iter().all(|condition| condition.status == "True")
    }

    /// Adds a warning to the first condition.
    pub(crate) fn warn(&mut self, part: Part, reason: &'static str, message: String) {
        if let Some(condition) = self.conditions.first_mut() {
            condition.warnings.push(SubCondition::new(part, reason, message));
        }
    }

    /// The status of a route policy: what is wrong with it or where it is out of force, which targets are missing, and
    /// what has no effect.
    pub(crate) fn of_policy(
        refusal: Option<(&'static str, String)>,
        missing: Option<String>,
        warning: Option<(&'static str, String)>,
    ) -> Self {
        let resolved = match missing {
            None => Condition::new("ResolvedRefs", true, "ResolvedRefs", "All targets exist".to_owned()),
            Some(message) => Condition::new("ResolvedRefs", false, "TargetNotFound", message),
        };
        let mut accepted = match refusal {
            None => Condition::new("Accepted", true, "Accepted", "Accepted RoutePolicy".to_owned()),
            Some((reason, message)) => Condition::new("Accepted", false, reason, message),
        };
        let warning = warning.map(|(reason, message)| SubCondition::new(Part::Route, reason, message));
        accepted.warnings.extend(warning);
        let wrong = [&accepted, &resolved]
            .into_iter()
            .find(|condition| condition.status == "False");
        Self {
            current_status: if wrong.is_some() { "invalid" } else { "valid" },
            description: wrong.unwrap_or(&accepted).message.clone(),
            conditions: vec![accepted, resolved],
        }
    }
}

impl Condition {
    fn new(kind: &'static str, status: bool, reason: &'static str, mut message: String) -> Self {
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        let status = if status { "True" } else { "False" };
        Self {
            kind,
            status,
            reason,
            message,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }
}
