//! Writes a manual page with the man macros of roff, using only those that all formatters render alike.

use super::text::ManBlock;

/// Date of the release in Cargo.toml.
const DATE: &str = "2026-11-24";

/// Longest line of roff source.
const MAX_WIDTH: usize = 78;

/// A page under construction.
pub struct Page {
    roff: String,
    /// After a heading or an item: the next paragraph needs no `.PP`.
    is_fresh: bool,
}

impl Page {
    /// A page of section 1.
    pub fn new(name: &str) -> Page {
        let title = escaped(&name.to_uppercase());
        let version = env!("CARGO_PKG_VERSION");
        Page {
            // No hyphenation: the names of options and keys have hyphens of their own.
            roff: format!(".TH {title} 1 {DATE} \"aloud {version}\" \"User Commands\"\n.nh\n"),
            is_fresh: false,
        }
    }

    /// Starts a section.
    pub fn section(&mut self, title: &str) {
        self.roff += &format!(".SH {title}\n");
        self.is_fresh = true;
    }

    /// Adds text to the current paragraph.
    pub fn line(&mut self, text: &str) {
        self.fill(text);
        self.is_fresh = false;
    }

    /// Adds a paragraph, or the text of the item just started.
    pub fn paragraph(&mut self, text: &str) {
        if !self.is_fresh {
            self.roff += ".PP\n";
        }
        self.line(text);
    }

    /// Adds a bold line, such as a command.
    pub fn bold_line(&mut self, text: &str) {
        self.roff += &format!("\\fB{}\\fR\n", escaped(text));
        self.is_fresh = false;
    }

    /// Starts a list item; the next paragraph explains `term`.
    pub fn item(&mut self, term: &str) {
        self.item_of(&bold(term));
    }

    /// Starts the item of an option, or of a positional argument if `names` is empty.
    pub fn option_item(&mut self, names: &str, value: Option<&str>) {
        let names: Vec<String> = names.split(", ").map(bold).collect();
        let value = value.map(|value| format!("\\fI{}\\fR", escaped(value)));
        let parts = [names.join(", "), value.unwrap_or_default()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        self.item_of(&parts.join(" "));
    }

    /// Starts the item of another page.
    pub fn reference_item(&mut self, name: &str) {
        self.item_of(&format!("{}(1)", bold(name)));
    }

    fn item_of(&mut self, roff: &str) {
        self.roff += &format!(".TP\n{roff}\n");
        self.is_fresh = true;
    }

    /// Adds a list of other pages: `aloud(1)`.
    pub fn references(&mut self, names: impl Iterator<Item = String>) {
        let reference = |name: String| match name.split_once('(') {
            Some((name, section)) => format!("{}({section}", bold(name)),
            None => bold(&name),
        };
        let names: Vec<String> = names.map(reference).collect();
        self.roff += &names.join(",\n");
        self.roff.push('\n');
    }

    /// Adds text that is not part of the clap definitions.
    pub fn blocks(&mut self, blocks: &[ManBlock]) {
        for block in blocks {
            match block {
                ManBlock::Text(text) => self.paragraph(text),
                ManBlock::Item(term, text) => {
                    self.item(term);
                    self.paragraph(text);
                }
                ManBlock::Verbatim(text) => {
                    let lines = text.lines().map(escaped).collect::<Vec<_>>().join("\n");
                    self.roff += &format!(".PP\n.nf\n.RS 4\n{lines}\n.RE\n.fi\n");
                    self.is_fresh = false;
                }
            }
        }
    }

    /// Returns the roff source.
    pub fn finish(self) -> String {
        self.roff
    }

    /// Adds words, broken into lines.
    fn fill(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace().map(escaped) {
            if !line.is_empty() && line.len() + 1 + word.len() > MAX_WIDTH {
                self.roff += &guarded(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += &word;
        }
        if !line.is_empty() {
            self.roff += &guarded(&line);
        }
    }
}

fn bold(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("\\fB{}\\fR", escaped(text))
}

/// A line of text; a leading dot is kept from starting a request.
fn guarded(line: &str) -> String {
    let guard = if line.starts_with('.') { "\\&" } else { "" };
    format!("{guard}{line}\n")
}

/// Escapes everything that is special in roff.
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut roff, c| {
        match c {
            '\\' => roff += "\\e",
            '-' => roff += "\\-",
            '\'' => roff += "\\(aq",
            '"' => roff += "\\(dq",
            c if c.is_ascii() => roff.push(c),
            c => roff += &format!("\\[u{:04X}]", c as u32),
        }
        roff
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escaped(r"it's -x \n µ"), r"it\(aqs \-x \en \[u00B5]");
        let mut page = Page::new("x");
        page.paragraph(". and .so");
        assert!(page.finish().ends_with("\n\\&. and .so\n"));
    }

    #[test]
    fn long_lines_are_broken() {
        let mut page = Page::new("x");
        page.paragraph(&"word ".repeat(100));
        let page = page.finish();
        assert!(page.lines().all(|line| line.len() <= MAX_WIDTH));
        assert_eq!(page.matches("word").count(), 100);
    }
}
