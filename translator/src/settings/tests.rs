//! Texts to settings.

mod accepted;
mod admin_listeners;
mod flags;
mod object;
mod reference;
mod refused;

use super::{Flags, Settings};

/// Everything that is wrong with a file, with its place.
fn refusal(text: &str, flags: Flags) -> String {
    match Settings::read(text, flags) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn accepted(text: &str) -> Settings {
    Settings::parse(text).unwrap_or_else(|error| panic!("{text}\n  is refused by {error}"))
}

/// The settings of a file, and what was noted.
fn read(text: &str, flags: Flags) -> (Settings, Vec<String>) {
    let (settings, notes) =
        Settings::read(text, flags).unwrap_or_else(|error| panic!("{text}\n  is refused by {error}"));
    (settings, notes.iter().map(ToString::to_string).collect())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}
