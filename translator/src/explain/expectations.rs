//! The file of expectations: a list of them under `expectations:`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Expectation;
use crate::manifest::{FieldProblem, Node, SyntaxError, documents, typed};

/// Why a text is no list of expectations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct NoExpectations {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// Which field is wrong, and why.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a list under expectations:")]
struct File {
    expectations: Vec<Expectation>,
}

/// Reads a file of expectations.
pub fn read_expectations(text: &str) -> Result<Vec<Expectation>, NoExpectations> {
    let documents = documents(text)?;
    let node = match documents.as_slice() {
        [node] => node,
        [_, second, ..] => {
            let problem = FieldProblem::unreadable("", "a file of expectations is one document: put all in one list");
            return Err(NoExpectations::at(second, &problem));
        }
        [] => return Err(NoExpectations::nothing()),
    };
    let refused = |problem: &FieldProblem| NoExpectations::at(node.locate(&problem.path), problem);
    if let Some(repeated) = node.repeated().first() {
        return Err(refused(repeated));
    }
    let File { expectations } = typed(node, "").map_err(|problems: Vec<_>| {
        let first = problems.first();
        first.map_or_else(NoExpectations::nothing, refused)
    })?;
    match unnamed(&expectations) {
        Some(problem) => Err(refused(&problem)),
        None => Ok(expectations),
    }
}

/// Writes a file of expectations.
pub fn write_expectations(expectations: &[Expectation]) -> String {
    #[derive(Serialize)]
    struct File<'e> {
        expectations: &'e [Expectation],
    }
    serde_saphyr::to_string(&File { expectations }).expect("expectations are plain data")
}

impl NoExpectations {
    fn at(node: &Node, problem: &FieldProblem) -> Self {
        Self {
            line: node.line,
            column: node.column,
            message: problem.to_string(),
        }
    }

    fn nothing() -> Self {
        Self {
            line: 1,
            column: 1,
            message: FieldProblem::required("expectations", "").to_string(),
        }
    }
}

impl From<SyntaxError> for NoExpectations {
    fn from(error: SyntaxError) -> Self {
        Self {
            line: error.line,
            column: error.column,
            message: error.message,
        }
    }
}

/// The first name that does not tell its expectation from the others.
fn unnamed(expectations: &[Expectation]) -> Option<FieldProblem> {
    let mut names = HashSet::new();
    expectations
        .iter()
        .enumerate()
        .find_map(|(index, Expectation { name, .. })| {
            let path = format!("expectations[{index}].name");
            if name.is_empty() {
                Some(FieldProblem::required(path, ""))
            } else if !names.insert(name) {
                Some(FieldProblem::duplicate(path, &name.as_str().into()))
            } else {
                None
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        read_expectations(text).unwrap_err().to_string()
    }

    const REQUEST: &str = "request: {url: \"http://shop.test/\"}";

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_field() {
        let first = format!("expectations:\n  - name: a\n    {REQUEST}\n");
        let second = format!("  - {{name: a, {REQUEST}, expect: {{status: 200}}}}\n");
        let cases = [
            (String::new(), "1:1: expectations: Required value"),
            ("[".to_owned(), "1:1: "),
            (
                "shop".to_owned(),
                "1:1: invalid type: string \"shop\", expected a list under expectations:",
            ),
            (
                "requests: []".to_owned(),
                "1:11: requests: unknown field `requests`, expected `expectations`",
            ),
            (first.clone(), "2:5: expectations[0]: missing field `expect`"),
            (
                format!("{first}    expect: {{}}\n"),
                "2:5: expectations[0]: expect says nothing: add at least one of answer, status, location, host, route, \
                 policy, upstreams",
            ),
            (
                format!("{first}    expect: {{state: 200}}\n"),
                "4:21: expectations[0].expect.state: unknown field `state`, expected one of `answer`",
            ),
            (
                format!("{first}    expect: {{status: ok}}\n"),
                "4:22: expectations[0].expect.status: invalid type: string \"ok\"",
            ),
            (
                format!("{first}    expect: {{answer: pass}}\n"),
                "4:22: expectations[0].expect.answer: unknown variant `pass`, expected one of `closed`",
            ),
            (
                format!("{first}    expect: {{status: 200, status: 201}}\n"),
                "4:22: duplicate field \"expectations[0].expect.status\"",
            ),
            (
                format!("{first}    expect: {{status: 200}}\n{second}"),
                "5:12: expectations[1].name: Duplicate value: \"a\"",
            ),
            (
                format!("expectations:\n{second}").replace("name: a", "name: ''"),
                "2:12: expectations[0].name: Required value",
            ),
            (
                format!("expectations: []\n---\nexpectations:\n{second}"),
                "3:1: a file of expectations is one document",
            ),
        ];
        for (text, expected) in cases {
            let refused = refused(&text);
            assert!(refused.starts_with(expected), "{text}\n{refused}\n{expected}");
        }
    }

    #[test]
    fn a_list_may_be_empty() {
        assert_eq!(read_expectations("expectations: []"), Ok(Vec::new()));
    }
}
