//! The status page: plain HTML, made anew for each request.

use std::fmt::{self, Write as _};

use isoline_translator::{ObjectRef, Status};

use crate::state::{State, errors, warnings};

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>Isoline</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid #8884 }
ul { margin: 0; padding-left: 1.25rem }
</style>
";

/// Text that came from outside, made safe for HTML.
struct Escaped<'a>(&'a str);

/// The page as of now.
pub fn render(state: &State, connected: usize) -> String {
    let mut page = String::from(HEAD);
    write_body(&mut page, state, connected).expect("a String takes all that is written");
    page
}

fn write_body(page: &mut String, state: &State, connected: usize) -> fmt::Result {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(
        page,
        "<h1>Isoline {version}</h1>\n<p>Connected Envoys: {connected}. <a href=\"metrics\">Metrics</a></p>"
    )?;
    if !state.is_synced {
        writeln!(page, "<p>The folders are being read for the first time.</p>")?;
    }
    write_problems(page, state)?;
    write_objects(page, state)
}

fn write_problems(page: &mut String, state: &State) -> fmt::Result {
    writeln!(page, "<h2>Problems of the files: {}</h2>\n<ul>", state.problems.len())?;
    for problem in &state.problems {
        writeln!(page, "<li>{}", Escaped(problem))?;
    }
    writeln!(page, "</ul>")
}

fn write_objects(page: &mut String, state: &State) -> fmt::Result {
    writeln!(page, "<h2>Objects: {}</h2>\n<table>", state.objects.len())?;
    writeln!(page, "<tr><th>Kind<th>Object<th>Status<th>Errors and warnings")?;
    for (object, status) in &state.objects {
        write_object(page, object, status.as_ref())?;
    }
    writeln!(page, "</table>")
}

fn told(status: &Status) -> impl Iterator<Item = String> {
    let warnings = warnings(status).map(|warning| format!("warning: {warning}"));
    errors(status).into_iter().chain(warnings)
}

fn write_object(page: &mut String, object: &ObjectRef, status: Option<&Status>) -> fmt::Result {
    let name = object.name.to_string();
    write!(page, "<tr><td>{}<td>{}", object.kind.as_str(), Escaped(&name))?;
    write!(page, "<td>{}<td>", status.map_or("", Status::summary))?;
    let told: Vec<_> = status.map(told).into_iter().flatten().collect();
    if !told.is_empty() {
        write!(page, "<ul>")?;
        for sentence in &told {
            write!(page, "<li>{}", Escaped(sentence))?;
        }
        write!(page, "</ul>")?;
    }
    writeln!(page)
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;"),
                '<' => f.write_str("&lt;"),
                '>' => f.write_str("&gt;"),
                '"' => f.write_str("&quot;"),
                '\'' => f.write_str("&#39;"),
                other => f.write_char(other),
            }?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_users_wrote_is_escaped() {
        let mut state = State::default();
        state
            .problems
            .insert("a.yaml:1: <script>alert(\"1\")</script> & 'more'".to_owned());
        let page = render(&state, 1);
        assert!(!page.contains("<script"), "{page}");
        assert!(
            page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;"),
            "{page}"
        );
    }
}
