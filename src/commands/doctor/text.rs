//! The reports as text: one aligned row per check, at most 80 columns wide. On narrow terminals, the name of a check has a
//! line of its own.

use super::finding::{CheckReport, Finding, Verdict};
use crate::commands::ui::{Ui, is_utf8_locale, wrapped};
use aloud::audio::spelling::count;
use anstyle::{AnsiColor, Style};
use std::io;

/// The width of the whole text, if the terminal is not narrower.
const MAX_WIDTH: usize = 80;

/// The least width with names and findings side by side.
const MIN_WIDTH_OF_ROWS: usize = 60;

/// Where findings start: behind the mark and the name of the check.
const INDENT: usize = 17;

/// Where they start on narrow terminals: behind the mark.
const NARROW_INDENT: usize = 2;

/// What stands for the verdicts.
struct Marks {
    ok: &'static str,
    unknown: &'static str,
    note: &'static str,
    problem: &'static str,
    next: &'static str,
}

const UNICODE: Marks = Marks {
    ok: "✓",
    unknown: "?",
    note: "•",
    problem: "✗",
    next: "→",
};

const ASCII: Marks = Marks {
    ok: "+",
    unknown: "?",
    note: "*",
    problem: "X",
    next: ">",
};

impl Marks {
    /// The marks that the locale can show.
    fn of_locale() -> &'static Marks {
        match is_utf8_locale() {
            true => &UNICODE,
            false => &ASCII,
        }
    }

    fn of(&self, verdict: Verdict) -> (&'static str, Style) {
        let (mark, color) = match verdict {
            Verdict::Ok => (self.ok, AnsiColor::Green),
            Verdict::Unknown => (self.unknown, AnsiColor::Cyan),
            Verdict::Note => (self.note, AnsiColor::Yellow),
            Verdict::Problem => (self.problem, AnsiColor::Red),
        };
        (mark, color.on_default().bold())
    }
}

/// Prints the reports: with `--quiet` only the problems, with `--verbose` the details too.
pub fn print(ui: &Ui, reports: &[CheckReport]) -> io::Result<()> {
    let marks = Marks::of_locale();
    let width = ui
        .columns()
        .map_or(MAX_WIDTH, |columns| columns.min(MAX_WIDTH));
    for report in reports {
        if ui.quiet() && report.finding.verdict != Verdict::Problem {
            continue;
        }
        let (mark, style) = marks.of(report.finding.verdict);
        let body = body(report, marks, ui.verbose(), width);
        ui.marked(mark, style, &body)?;
    }
    Ok(())
}

/// The rows of a report, without the mark.
fn body(report: &CheckReport, marks: &Marks, details: bool, width: usize) -> String {
    let Finding {
        finding,
        advice,
        details: facts,
        ..
    } = &report.finding;
    let name = report.check.replace('_', " ");
    let (mut text, indent) = match width < MIN_WIDTH_OF_ROWS {
        true => {
            let indent = " ".repeat(NARROW_INDENT);
            (format!(" {name}\n{indent}"), indent)
        }
        false => {
            let name = format!(" {name:<padded$}", padded = INDENT - 2);
            (name, " ".repeat(INDENT))
        }
    };
    let wrapped = |text: &str, indent: &str| wrapped(text, indent, width);
    text += &wrapped(finding, &indent);
    for next in advice {
        text += &format!(
            "{indent}{} {}",
            marks.next,
            wrapped(next, &format!("{indent}  "))
        );
    }
    for fact in facts.iter().filter(|_| details) {
        text += &format!("{indent}- {}", wrapped(fact, &format!("{indent}  ")));
    }
    text
}

/// `1 problem, 2 notes`; empty if there are none.
pub fn summary(reports: &[CheckReport]) -> String {
    let number = |verdict| {
        let found = reports
            .iter()
            .filter(|report| report.finding.verdict == verdict);
        found.count()
    };
    let parts = [
        (number(Verdict::Problem), "problem"),
        (number(Verdict::Note), "note"),
        (number(Verdict::Unknown), "unknown"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| match noun {
            "unknown" => format!("{number} unknown"),
            noun => count(number, noun),
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(finding: Finding) -> CheckReport {
        CheckReport {
            check: "named_cards",
            looks_at: "x",
            finding,
        }
    }

    #[test]
    fn rows_are_at_most_80_columns_wide_and_aligned() {
        let long = "word ".repeat(60);
        let finding = Finding::note(long.clone())
            .advise(long.clone())
            .details([long]);
        let text = body(&report(finding), &UNICODE, true, MAX_WIDTH);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with(" named cards    word"));
        // The mark comes before the first line.
        assert!(lines.iter().all(|line| line.chars().count() <= MAX_WIDTH));
        let indent = " ".repeat(INDENT);
        assert!(lines[1..].iter().all(|line| line.starts_with(&indent)));
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with(&format!("{indent}→ word")))
        );
    }

    #[test]
    fn names_have_lines_of_their_own_on_narrow_terminals() {
        let finding = Finding::note("one two three four five".to_owned())
            .advise("six seven eight nine".to_owned());
        let wanted = " named cards\n  one two three four\n  five\n  → six seven eight\n    nine\n";
        assert_eq!(body(&report(finding), &UNICODE, false, 20), wanted);
    }

    #[test]
    fn the_summary_counts() {
        let reports = [
            report(Finding::ok("")),
            report(Finding::problem("")),
            report(Finding::note("")),
            report(Finding::note("")),
        ];
        assert_eq!(summary(&reports), "1 problem, 2 notes");
        assert_eq!(summary(&reports[..1]), "");
    }
}
