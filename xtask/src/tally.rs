//! Counts tests from what the test runners print.

use std::fmt;

/// How many tests passed, failed and were ignored, by the words of `cargo test` and `node --test`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Tally {
    /// Takes one line of output; most say nothing of totals.
    pub(crate) fn see(&mut self, line: &str) {
        if let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|line| line.split_once(". "))
        {
            counts.split(';').for_each(|part| self.count(part.trim()));
        } else if let Some(count) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))
            && let Some((what, number)) = count.split_once(' ')
        {
            self.count(&format!("{number} {what}"));
        }
    }

    fn count(&mut self, part: &str) {
        let Some((Ok(number), what)) = part.split_once(' ').map(|(number, what)| (number.parse::<u32>(), what)) else {
            return;
        };
        match what {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" | "cancelled" => self.failed += number,
            "ignored" | "skipped" | "todo" => self.ignored += number,
            _ => {}
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} ignored",
            self.passed, self.failed, self.ignored
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[track_caller]
    fn check(lines: &[&str], shown: &str) {
        let mut tally = Tally::default();
        for line in lines {
            tally.see(line);
        }
        assert_eq!(tally.to_string(), shown);
    }

    #[test]
    fn cargo_results_add_up() {
        check(
            &[
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.52s",
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.00s",
            ],
            "15 passed, 2 failed, 1 ignored",
        );
    }

    #[test]
    fn node_results_count_in_both_of_its_formats() {
        check(
            &["# tests 3", "# pass 2", "# fail 1", "# duration_ms 93.4"],
            "2 passed, 1 failed, 0 ignored",
        );
        check(
            &["ℹ pass 4", "ℹ cancelled 1", "ℹ skipped 1"],
            "4 passed, 1 failed, 1 ignored",
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        check(
            &["running 5 tests", "test a ... ok", "# passed by 3", ""],
            "0 passed, 0 failed, 0 ignored",
        );
    }
}
