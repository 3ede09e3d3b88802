//! What there is to say on a Service: what was read, and what is wrong with it.

use std::fmt;

/// One annotation or field, and what it led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The annotation or field.
    pub what: String,
    /// Its value.
    pub value: String,
    /// What follows from it.
    pub meaning: String,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.value)?;
        if self.meaning.is_empty() {
            return Ok(());
        }
        write!(f, " -> {}", self.meaning)
    }
}

/// Something that cannot be as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The annotation, field or setting.
    pub about: String,
    /// What is wrong, and the ways out.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.message)
    }
}

#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) readings: Vec<Reading>,
    pub(super) warnings: Vec<Warning>,
}

impl Notes {
    pub(super) fn read(&mut self, what: impl Into<String>, value: impl Into<String>, meaning: impl Into<String>) {
        self.readings.push(Reading {
            what: what.into(),
            value: value.into(),
            meaning: meaning.into(),
        });
    }

    pub(super) fn warn(&mut self, about: impl Into<String>, message: impl Into<String>) {
        self.warnings.push(Warning {
            about: about.into(),
            message: message.into(),
        });
    }
}
