//! What a check found.

use schemars::JsonSchema;
use serde::Serialize;

/// How good or bad a finding is, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    /// It could not be determined.
    Unknown,
    /// Sound works, but this may surprise.
    Note,
    /// Sound does not work, or not as it should.
    Problem,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    pub verdict: Verdict,
    /// One or two sentences.
    pub finding: String,
    /// Commands to type, or what to do, best first.
    pub advice: Vec<String>,
    /// The facts behind it, shown with -v.
    pub details: Vec<String>,
}

impl Finding {
    fn new(verdict: Verdict, finding: impl Into<String>) -> Finding {
        Finding {
            verdict,
            finding: finding.into(),
            advice: Vec::new(),
            details: Vec::new(),
        }
    }

    pub fn ok(finding: impl Into<String>) -> Finding {
        Finding::new(Verdict::Ok, finding)
    }

    pub fn unknown(finding: impl Into<String>) -> Finding {
        Finding::new(Verdict::Unknown, finding)
    }

    pub fn note(finding: impl Into<String>) -> Finding {
        Finding::new(Verdict::Note, finding)
    }

    pub fn problem(finding: impl Into<String>) -> Finding {
        Finding::new(Verdict::Problem, finding)
    }

    pub fn advise(mut self, advice: impl Into<String>) -> Finding {
        self.advice.push(advice.into());
        self
    }

    pub fn advise_all(mut self, advice: impl IntoIterator<Item = String>) -> Finding {
        self.advice.extend(advice);
        self
    }

    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Finding {
        self.details.extend(details);
        self
    }

    /// Adds another finding: the verdict is the worse one, and its sentence comes first.
    pub fn and(mut self, other: Finding) -> Finding {
        let (worse, better) = match other.verdict > self.verdict {
            true => (&other.finding, &self.finding),
            false => (&self.finding, &other.finding),
        };
        self.finding = format!("{worse}; {better}");
        self.verdict = self.verdict.max(other.verdict);
        self.advice.extend(other.advice);
        self.details.extend(other.details);
        self
    }

    /// All findings as one; `or` if there are none.
    pub fn all(findings: impl IntoIterator<Item = Finding>, or: Finding) -> Finding {
        findings.into_iter().reduce(Finding::and).unwrap_or(or)
    }
}

/// A finding, and the check that found it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    /// The name of the check.
    pub check: &'static str,
    /// What it looks at.
    pub looks_at: &'static str,
    #[serde(flatten)]
    pub finding: Finding,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_comes_first() {
        let both = Finding::ok("a").and(Finding::problem("b").advise("c"));
        assert_eq!(both.verdict, Verdict::Problem);
        assert_eq!((both.finding.as_str(), both.advice.len()), ("b; a", 1));
        assert_eq!(Finding::all([], Finding::ok("none")).finding, "none");
    }
}
