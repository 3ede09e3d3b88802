//! Golden cases: objects in, statuses and Envoy configuration out. A case is `NAME.in.yaml` and `NAME.out.yaml`;
//! `UPDATE_GOLDEN=1` writes the outputs anew and removes those without an input. The cases of `convert` have objects of
//! the API before HTTPProxy in, and HTTPProxies out, with what these cannot say as comments. Those of `explain` have
//! requests in comment lines `# request: {...}`, and what `isoline explain --url` says of each out. Those of `expect` have
//! the same lines in, and what becomes of each as a file of expectations out, and then what comes of the expectations in
//! lines `# expect: {...}`.
//!
//! An input may start with comment lines `# settings: {...}`, and with `# listeners: of a cluster` where Envoy's own
//! listeners are there unasked. Certificates are made up once per run: a document of kind
//! `TestCertificate` becomes a TLS Secret. The listeners and standing scopes, which are the same in every case, are shown
//! by one case only, whose input says `# show: everything`. Where the mode is `Auto`, `front` says what stands in front.

use std::{fs, path::Path};

use isoline::{convert::Conversion, folder::Reading};
use isoline_tests::case::Case;
use isoline_translator::{
    Change, Translator,
    explain::{Expectation, read_expectations, write_expectations},
};
use serde_json::json;

fn golden(input: &Path) -> datatest_stable::Result<()> {
    compare(input, &Case::read(input)?.run()?)
}

fn convert(input: &Path) -> datatest_stable::Result<()> {
    let text = Reading::Text(fs::read_to_string(input)?);
    let conversion = Conversion::of([("in.yaml".into(), text)].into())?;
    let notes = conversion.notes.iter().map(|note| format!("# {note}\n"));
    compare(input, &(conversion.yaml()? + &notes.collect::<String>()))
}

fn explain(input: &Path) -> datatest_stable::Result<()> {
    let translator = translator(input)?;
    let text = fs::read_to_string(input)?;
    let explained = lines(&text, "# request: ").map(|request| {
        Ok(match translator.explain(&serde_json::from_str(request)?) {
            Ok(explanation) => format!("# {request}\n{explanation}\n"),
            Err(error) => format!("# {request}\nerror: {error}\n\n"),
        })
    });
    let output: String = explained.collect::<serde_json::Result<_>>()?;
    compare(input, &output)
}

fn expect(input: &Path) -> datatest_stable::Result<()> {
    let translator = translator(input)?;
    let text = fs::read_to_string(input)?;
    let mut expectations = Vec::new();
    for (index, request) in lines(&text, "# request: ").enumerate() {
        let request = serde_json::from_str(request)?;
        expectations.push(Expectation {
            name: format!("request {}", index + 1),
            expect: translator.explain(&request)?.expected(),
            request,
        });
    }
    let file = write_expectations(&expectations);
    assert_eq!(read_expectations(&file)?, expectations);
    let mut own = expectations.iter().map(|it| translator.expect(it));
    assert_eq!(own.find(|outcome| !outcome.holds()), None);
    let outcomes = lines(&text, "# expect: ").map(|line| Ok(translator.expect(&serde_json::from_str(line)?)));
    let outcomes: Vec<_> = outcomes.collect::<serde_json::Result<_>>()?;
    let outcomes = serde_saphyr::to_string(&json!({"outcomes": outcomes}))?;
    compare(input, &format!("{file}---\n{outcomes}"))
}

/// With the settings and objects of a case.
fn translator(input: &Path) -> datatest_stable::Result<Translator> {
    let case = Case::read(input)?;
    let mut translator = Translator::new(case.settings);
    translator.apply(case.objects.into_iter().map(Change::Upsert));
    Ok(translator)
}

fn lines<'t>(text: &'t str, key: &'static str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.strip_prefix(key))
}

fn compare(input: &Path, output: &str) -> datatest_stable::Result<()> {
    let form = if input.to_str().unwrap().contains("/explain/") {
        ".out.txt"
    } else {
        ".out.yaml"
    };
    let expected = Path::new(&input.to_str().unwrap().replace(".in.yaml", form)).to_owned();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&expected, output)?;
        return Ok(());
    }
    let written = fs::read_to_string(&expected).unwrap_or_default();
    if written != output {
        let difference = isoline_tests::difference(&written, output);
        return Err(format!(
            "{} differs (UPDATE_GOLDEN=1 rewrites it):\n{difference}",
            expected.display()
        )
        .into());
    }
    Ok(())
}

/// An output that no input makes would be read as a promise.
fn no_stray_output(output: &Path) -> datatest_stable::Result<()> {
    let input = output.to_str().unwrap().replace(".out.yaml", ".in.yaml");
    let input = input.replace(".out.txt", ".in.yaml");
    if Path::new(&input).exists() {
        return Ok(());
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::remove_file(output)?;
        return Ok(());
    }
    Err(format!("{} has no input", output.display()).into())
}

datatest_stable::harness! {
    { test = golden, root = "golden/cases", pattern = r"\.in\.yaml$" },
    { test = no_stray_output, root = "golden/cases", pattern = r"\.out\.yaml$" },
    { test = convert, root = "golden/convert", pattern = r"\.in\.yaml$" },
    { test = no_stray_output, root = "golden/convert", pattern = r"\.out\.yaml$" },
    { test = expect, root = "golden/expect", pattern = r"\.in\.yaml$" },
    { test = no_stray_output, root = "golden/expect", pattern = r"\.out\.yaml$" },
    { test = explain, root = "golden/explain", pattern = r"\.in\.yaml$" },
    { test = no_stray_output, root = "golden/explain", pattern = r"\.out\.txt$" },
}
