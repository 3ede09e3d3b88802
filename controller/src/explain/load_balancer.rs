//! What stands in front of Envoy, for people.

use std::{
    fmt::Display,
    io::{self, Write},
};

use isoline_translator::{Object, Settings, translate};

/// Prints what is written, what is read, what both come to, and what is wrong with it.
pub(super) fn explain(
    objects: impl IntoIterator<Item = Object>,
    settings: &Settings,
    out: &mut impl Write,
) -> io::Result<()> {
    let front = translate(objects, settings.clone()).front;
    let fields = |fields: Vec<(&'static str, String)>| fields.into_iter().map(|(key, value)| format!("{key}: {value}"));
    section("Settings as written", fields(settings.written_load_balancer()), out)?;
    if let Some(service) = &front.service {
        section(&format!("Read from Service {service}"), &front.readings, out)?;
    }
    section("Settings in force", fields(front.settings()), out)?;
    let entrances = front.entrances(&settings.listeners).into_iter();
    let entrances = entrances.map(|it| {
        let place = format!("{} ({})", it.listener, it.port);
        format!("{place}\n    scheme: {}\n    client address: {}", it.scheme, it.client)
    });
    section("Listeners", entrances, out)?;
    section("Warnings", &front.warnings, out)
}

fn section<T: Display>(title: &str, lines: impl IntoIterator<Item = T>, out: &mut impl Write) -> io::Result<()> {
    let mut lines = lines.into_iter().peekable();
    let nothing = if lines.peek().is_none() { ": nothing" } else { "" };
    writeln!(out, "{title}{nothing}")?;
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}
