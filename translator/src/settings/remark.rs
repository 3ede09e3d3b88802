//! What there is to say about settings, and where they stand.

use std::fmt;

use crate::manifest::Node;

/// Something about one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Line and column, from 1; nothing for a flag.
    pub place: Option<(u64, u64)>,
    /// The field, or the flag with its dashes; empty if it is about the whole.
    pub path: String,
    /// What there is to say.
    pub message: String,
}

/// What a note says on a setting that counts in a cluster only.
pub(super) const OUTSIDE_A_CLUSTER: &str = "has no effect outside a cluster";

impl Remark {
    /// Whether it says something else than that a setting counts in a cluster only.
    pub fn holds_in_a_cluster(&self) -> bool {
        !self.message.contains(OUTSIDE_A_CLUSTER)
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.problems))]
pub struct SettingsError {
    /// Everything that is wrong; never empty.
    pub problems: Vec<Remark>,
}

fn lines(remarks: &[Remark]) -> String {
    remarks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Collects what is wrong or worth knowing while settings are read.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) problems: Vec<Remark>,
    pub(super) notes: Vec<Remark>,
}

impl Remarks {
    /// The place of a block, or of everything.
    pub(super) fn at(&mut self, path: &str) -> At<'_> {
        At {
            path: path.to_owned(),
            remarks: self,
        }
    }

    /// Spells every path in another way.
    pub(super) fn rename(&mut self, spelling: impl Fn(&str) -> String) {
        for remark in self.problems.iter_mut().chain(&mut self.notes) {
            remark.path = spelling(&remark.path);
        }
    }

    /// Finds every field that is meant.
    pub(super) fn locate(&mut self, root: &Node) {
        for remark in self.problems.iter_mut().chain(&mut self.notes) {
            if !remark.path.starts_with('-') {
                let node = root.locate(&remark.path);
                remark.place = Some((node.line, node.column));
            }
        }
    }
}

/// A block whose fields are read.
#[derive(Debug)]
pub(super) struct At<'a> {
    path: String,
    remarks: &'a mut Remarks,
}

impl At<'_> {
    /// A block inside.
    pub(super) fn block(&mut self, key: &str) -> At<'_> {
        At {
            path: self.path_of(key),
            remarks: self.remarks,
        }
    }

    /// Reads a field that is written; what cannot be read is a problem.
    pub(super) fn read<R, T>(
        &mut self,
        key: &str,
        written: impl Into<Option<R>>,
        read: impl FnOnce(R) -> Result<T, String>,
    ) -> Option<T> {
        match read(written.into()?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problem(key, message);
                None
            }
        }
    }

    /// Reads a field that must be written.
    pub(super) fn required<R, T>(
        &mut self,
        key: &str,
        written: impl Into<Option<R>>,
        read: impl FnOnce(R) -> Result<T, String>,
    ) -> Option<T> {
        let written = written.into();
        if written.is_none() {
            let message = format!("{} must be defined", self.path_of(key));
            self.problem(key, message);
        }
        self.read(key, written, read)
    }

    /// Reads a field into its place, which keeps its default if nothing is written.
    pub(super) fn set<R, T>(
        &mut self,
        key: &str,
        written: impl Into<Option<R>>,
        place: &mut T,
        read: impl FnOnce(R) -> Result<T, String>,
    ) {
        if let Some(value) = self.read(key, written, read) {
            *place = value;
        }
    }

    pub(super) fn problem(&mut self, key: &str, message: impl Into<String>) {
        let remark = self.remark(key, message);
        self.remarks.problems.push(remark);
    }

    pub(super) fn note(&mut self, key: &str, message: impl Into<String>) {
        let remark = self.remark(key, message);
        self.remarks.notes.push(remark);
    }

    fn remark(&self, key: &str, message: impl Into<String>) -> Remark {
        Remark {
            place: None,
            path: self.path_of(key),
            message: message.into(),
        }
    }

    fn path_of(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) if key.starts_with('[') => format!("{path}{key}"),
            (path, key) => format!("{path}.{key}"),
        }
    }
}
