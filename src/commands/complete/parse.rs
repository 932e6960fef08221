//! Which option or argument the last word of a command line is.

use clap::{Arg, ArgAction, Command};

/// What is completed.
pub enum Subject {
    /// The name of a subcommand or, if the word starts with a hyphen, an option.
    Name,
    /// The value of an option, or an argument.
    Value(Box<Arg>),
    /// A program that aloud stands in for.
    Program,
    /// Nothing is expected.
    Nothing,
}

/// The place of the word to complete.
pub struct CompletionPlace {
    /// The command, with its parents' global options.
    pub command: Command,
    /// The names of the command and the command above it: `mixer set`.
    pub path: String,
    pub subject: Subject,
    /// The options before the word, by id, with their values.
    pub options: Vec<(String, String)>,
    /// The arguments before the word.
    pub arguments: Vec<String>,
    /// The word, as far as it is typed.
    pub current: String,
    /// The part of the word before the value to complete: `--card=`, `-D`.
    pub before_value: String,
}

impl CompletionPlace {
    /// The place of the last of the words after the program's name.
    pub fn of(mut definition: Command, words: &[String]) -> Option<CompletionPlace> {
        definition.build();
        let (current, words) = words.split_last()?;
        let mut place = CompletionPlace {
            command: definition,
            path: String::new(),
            subject: Subject::Name,
            options: Vec::new(),
            arguments: Vec::new(),
            current: current.clone(),
            before_value: String::new(),
        };
        let mut waiting: Option<Arg> = None;
        let mut only_arguments = false;
        // Neither is a command to clap.
        let (help, words) = match words {
            [word, words @ ..] if word == "help" => (true, words),
            [word, words @ ..] if word == "as" => {
                place.subject = match words {
                    [] => Subject::Program,
                    _ => Subject::Nothing,
                };
                return Some(place);
            }
            words => (false, words),
        };
        for word in words {
            match waiting.take() {
                Some(arg) => place.note(&arg, word),
                None if only_arguments => place.arguments.push(word.clone()),
                None if word == "--" => only_arguments = true,
                None if word.starts_with('-') && word.len() > 1 => waiting = place.option(word),
                None => place.word(word),
            }
        }
        place.subject = match help && !place.command.has_subcommands() {
            true => Subject::Nothing,
            false => place.find_subject(waiting, only_arguments),
        };
        Some(place)
    }

    /// The value of an option before the word.
    pub fn value_of(&self, id: &str) -> Option<&str> {
        let mut all = self.options.iter().rev();
        let found = all.find(|(known, _)| known == id)?;
        Some(&found.1)
    }

    fn note(&mut self, arg: &Arg, value: &str) {
        self.options
            .push((arg.get_id().to_string(), value.to_owned()));
    }

    fn word(&mut self, word: &str) {
        let found = self.command.find_subcommand(word).cloned();
        match found.filter(|_| self.arguments.is_empty()) {
            Some(command) => {
                self.path = format!("{} {}", self.path, command.get_name());
                self.path = self.path.trim().to_owned();
                self.command = command;
            }
            None => self.arguments.push(word.to_owned()),
        }
    }

    /// Reads an option; returns it if its value is the next word.
    fn option(&mut self, word: &str) -> Option<Arg> {
        let (arg, value) = self.split_option(word)?;
        match value {
            Some(value) => self.note(&arg, &value),
            None if takes_value(&arg) => return Some(arg),
            None => self.note(&arg, ""),
        }
        None
    }

    /// An option, and the value that is attached to it. Of several short ones, the last.
    fn split_option(&mut self, word: &str) -> Option<(Arg, Option<String>)> {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let arg = self.find_option(&|arg| {
                let aliases = arg.get_all_aliases().unwrap_or_default();
                arg.get_long() == Some(name) || aliases.contains(&name)
            });
            return Some((arg?, value));
        }
        for (at, letter) in word.char_indices().skip(1) {
            let arg = self.find_option(&|arg| arg.get_short() == Some(letter))?;
            let rest = &word[at + letter.len_utf8()..];
            if rest.is_empty() || takes_value(&arg) {
                let value = (!rest.is_empty()).then(|| rest.to_owned());
                return Some((arg, value));
            }
            self.note(&arg, "");
        }
        None
    }

    /// An option of the command or, as in `mixer -c 0 get`, of a command that follows.
    fn find_option(&self, is: &dyn Fn(&Arg) -> bool) -> Option<Arg> {
        let following = (self.command.get_subcommands())
            .filter(|_| !self.path.is_empty())
            .flat_map(Command::get_arguments);
        let mut all = self.command.get_arguments().chain(following);
        all.find(|arg| is(arg)).cloned()
    }

    fn find_subject(&mut self, waiting: Option<Arg>, only_arguments: bool) -> Subject {
        if let Some(arg) = waiting {
            return Subject::Value(Box::new(arg));
        }
        let word = self.current.clone();
        if word.starts_with('-') && !only_arguments {
            if let Some((arg, Some(value))) = self.split_option(&word) {
                self.before_value = word[..word.len() - value.len()].to_owned();
                return Subject::Value(Box::new(arg));
            }
            return Subject::Name;
        }
        if self.arguments.is_empty() && self.command.has_subcommands() {
            return Subject::Name;
        }
        let positionals: Vec<&Arg> = self.command.get_positionals().collect();
        let at = self.arguments.len().min(positionals.len().max(1) - 1);
        let repeats = |arg: &Arg| matches!(arg.get_action(), ArgAction::Append);
        match positionals.get(at) {
            Some(arg) if at == self.arguments.len() || repeats(arg) => {
                Subject::Value(Box::new((*arg).clone()))
            }
            _ => Subject::Nothing,
        }
    }
}

/// Whether the next word is the option's value. Optional values are attached by `=`.
fn takes_value(arg: &Arg) -> bool {
    let values = arg.get_num_args().map_or(0, |count| count.min_values());
    arg.get_action().takes_values() && values > 0
}
