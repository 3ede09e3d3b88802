//! What can be wrong with a set of files, in words that name the place.

use std::{fmt, path::PathBuf};

use isoline_translator::{
    ObjectRef,
    ingressroute::Note,
    manifest::{Rejection, SyntaxError},
};

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// Something that whoever wrote the files should put right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A file or folder cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file is not YAML.
    #[error("{}:{error}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where in it, and why.
        error: SyntaxError,
    },
    /// An object is refused by its schema.
    #[error("{}:{rejection}", path.display())]
    Rejected {
        /// The file.
        path: PathBuf,
        /// Where in it, and why.
        rejection: Rejection,
    },
    /// An object of the old API says something that the new one cannot.
    #[error("{}:{note}", path.display())]
    Inexact {
        /// The file.
        path: PathBuf,
        /// Where in it, and what.
        note: Note,
    },
    /// An object is defined more than once.
    #[error("{other}: {object} is defined at {in_force} already, and that definition stays in force")]
    Duplicate {
        /// The object.
        object: ObjectRef,
        /// The definition in force.
        in_force: Place,
        /// The one without effect.
        other: Place,
    },
}

impl Problem {
    /// The same line by line: what is wrong with one object can be many things.
    pub fn each(&self) -> Vec<Self> {
        let Self::Rejected { path, rejection } = self else {
            return vec![self.clone()];
        };
        let one = |rejection| Self::Rejected {
            path: path.clone(),
            rejection,
        };
        rejection.each().map(one).collect()
    }

    pub(super) fn syntax(path: impl Into<PathBuf>, error: SyntaxError) -> Self {
        Self::Syntax {
            path: path.into(),
            error,
        }
    }

    pub(super) fn inexact(path: impl Into<PathBuf>, note: Note) -> Self {
        Self::Inexact {
            path: path.into(),
            note,
        }
    }

    pub(super) fn unreadable(path: impl Into<PathBuf>, reason: String) -> Self {
        Self::Unreadable {
            path: path.into(),
            reason,
        }
    }
}

/// A document of a kind that Isoline does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Where it stands.
    pub place: Place,
    /// Its `apiVersion` and `kind`.
    pub kind: String,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.kind.as_str() {
            "projectcontour.io/v1alpha1 ContourConfiguration" => "is not served: only --contour-config-name reads it",
            _ => "is ignored: Isoline does not read this kind",
        };
        write!(f, "{}: {} {why}", self.place, self.kind)
    }
}
