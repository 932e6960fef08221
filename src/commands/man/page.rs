//! A manual page in roff's man macros, of the plain kind that every formatter reads alike.

use super::text::ManBlock;

/// The day of the version in Cargo.toml.
const DATE: &str = "2026-11-24";

/// No line of the source is longer.
const WIDTH: usize = 78;

/// A page that is being written.
pub struct Page {
    roff: String,
    /// Whether the next paragraph begins without a space above it: after a heading or an item.
    fresh: bool,
}

impl Page {
    /// A page of section 1.
    pub fn new(name: &str) -> Page {
        let title = escaped(&name.to_uppercase());
        let version = env!("CARGO_PKG_VERSION");
        Page {
            roff: format!(".TH {title} 1 {DATE} \"aloud {version}\" \"User Commands\"\n"),
            fresh: false,
        }
    }

    /// Begins a section.
    pub fn section(&mut self, title: &str) {
        self.roff += &format!(".SH {title}\n");
        self.fresh = true;
    }

    /// Text that follows without a space above it.
    pub fn line(&mut self, text: &str) {
        self.fill(text);
        self.fresh = false;
    }

    /// A paragraph of its own, or the text of the item just begun.
    pub fn paragraph(&mut self, text: &str) {
        if !self.fresh {
            self.roff += ".PP\n";
        }
        self.line(text);
    }

    /// A line in bold, such as a command.
    pub fn bold_line(&mut self, text: &str) {
        self.roff += &format!("\\fB{}\\fR\n", escaped(text));
        self.fresh = false;
    }

    /// Begins an item of a list: what is said next is said of `term`.
    pub fn item(&mut self, term: &str) {
        self.item_of(&bold(term));
    }

    /// Begins the item of an option (of a positional argument, where `names` is empty).
    pub fn option_item(&mut self, names: &str, value: Option<&str>) {
        let names: Vec<String> = names.split(", ").map(bold).collect();
        let value = value.map(|value| format!("\\fI{}\\fR", escaped(value)));
        let parts = [names.join(", "), value.unwrap_or_default()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        self.item_of(&parts.join(" "));
    }

    /// Begins the item of another page.
    pub fn reference_item(&mut self, name: &str) {
        self.item_of(&format!("{}(1)", bold(name)));
    }

    fn item_of(&mut self, roff: &str) {
        self.roff += &format!(".TP\n{roff}\n");
        self.fresh = true;
    }

    /// Names other pages.
    pub fn references<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let names: Vec<String> = names.map(|name| format!("{}(1)", bold(name))).collect();
        self.roff += &names.join(",\n");
        self.roff.push('\n');
    }

    /// Text that clap knows nothing of.
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
                    self.fresh = false;
                }
            }
        }
    }

    /// The page as a whole.
    pub fn finish(self) -> String {
        self.roff
    }

    /// Puts the words on as few lines as hold them.
    fn fill(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace().map(escaped) {
            if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
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

/// A line of text, kept from being read as a request.
fn guarded(line: &str) -> String {
    let guard = if line.starts_with('.') { "\\&" } else { "" };
    format!("{guard}{line}\n")
}

/// The text with nothing in it that roff would take for its own.
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
    fn nothing_in_a_text_is_taken_for_roff() {
        assert_eq!(escaped(r"it's -x \n µ"), r"it\(aqs \-x \en \[u00B5]");
        let mut page = Page::new("x");
        page.paragraph(". and .so");
        assert!(page.finish().ends_with("\n\\&. and .so\n"));
    }

    #[test]
    fn lines_are_filled() {
        let mut page = Page::new("x");
        page.paragraph(&"word ".repeat(100));
        let page = page.finish();
        assert!(page.lines().all(|line| line.len() <= WIDTH));
        assert_eq!(page.matches("word").count(), 100);
    }
}
