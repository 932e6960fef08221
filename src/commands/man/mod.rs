//! `aloud man`: the manual, from the same definitions as `--help`.

mod page;
mod text;

use super::{Exit, Result, definition, ui::Ui};
use page::Page;
use text::ManBlock;

pub use text::statuses;

/// Print the manual page, of aloud or of one command
///
/// The page is in the language of roff, for man, mandoc and groff to format.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The command; aloud itself if none
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  aloud man >aloud.1
      the manual of all of aloud; then: man ./aloud.1
  aloud man play | man -l -
      the manual of one command, formatted";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    ui.raw(manual(args.command.as_deref()).as_bytes())?;
    Ok(Exit::Done)
}

/// The commands that have a page of their own, as the values that `aloud man` takes.
pub fn with_commands(definition: clap::Command) -> clap::Command {
    let names: Vec<String> = definition
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    definition.mut_subcommand("man", |man| {
        man.mut_arg("command", |arg| {
            arg.value_parser(clap::builder::PossibleValuesParser::new(names))
                .hide_possible_values(true)
        })
    })
}

/// The page of a command, or of aloud where none (or one that is not there) is named.
fn manual(name: Option<&str>) -> String {
    let mut aloud = definition();
    aloud.build();
    match name.and_then(|name| aloud.find_subcommand(name)) {
        Some(command) => command_page(command),
        None => aloud_page(&aloud),
    }
}

fn aloud_page(aloud: &clap::Command) -> String {
    let mut page = beginning(aloud, "aloud");
    page.section("COMMANDS");
    for command in aloud.get_subcommands() {
        page.reference_item(&format!("aloud-{}", command.get_name()));
        page.paragraph(&about(command));
    }
    options(&mut page, aloud);
    page.section("ENVIRONMENT");
    page.blocks(text::ENVIRONMENT);
    page.section("JSON");
    page.blocks(text::JSON);
    page.section("EXIT STATUS");
    for (status, meaning) in text::STATUSES {
        page.item(&status.to_string());
        page.paragraph(meaning);
    }
    page.blocks(&[ManBlock::Text(text::SIGNALS)]);
    let commands = aloud.get_subcommands().map(clap::Command::get_name);
    let names: Vec<String> = commands.map(|name| format!("aloud-{name}")).collect();
    see_also(&mut page, names.iter().map(String::as_str));
    page.finish()
}

fn command_page(command: &clap::Command) -> String {
    let mut page = beginning(command, &format!("aloud-{}", command.get_name()));
    for part in command.get_subcommands() {
        part_of(&mut page, command, part);
    }
    options(&mut page, command);
    page.section("EXIT STATUS");
    page.paragraph("0 when all was done; the others are listed in the manual of aloud.");
    see_also(&mut page, ["aloud"].into_iter());
    page.finish()
}

/// A section for one of the commands that a command consists of (`mixer get`), without the options that all take.
fn part_of(page: &mut Page, whole: &clap::Command, part: &clap::Command) {
    page.section(&format!("{} {}", whole.get_name(), part.get_name()).to_uppercase());
    synopsis(page, part);
    for paragraph in description(part).split("\n\n") {
        page.paragraph(paragraph);
    }
    let own =
        |arg: &&clap::Arg| !arg.is_hide_set() && !arg.is_global_set() && arg.get_id() != "help";
    for arg in part.get_arguments().filter(own) {
        option(page, arg);
    }
    example_items(page, part);
}

/// Title, name, synopsis, examples and description.
fn beginning(command: &clap::Command, name: &str) -> Page {
    let mut page = Page::new(name);
    page.section("NAME");
    page.line(&format!("{name} - {}", about(command)));
    page.section("SYNOPSIS");
    synopsis(&mut page, command);
    page.section("EXAMPLES");
    example_items(&mut page, command);
    page.section("DESCRIPTION");
    let description = description(command);
    // Where there is more than the line that stands under NAME, that line is left out.
    let mut paragraphs = description.split("\n\n").peekable();
    paragraphs.next_if(|_| description.contains("\n\n"));
    for paragraph in paragraphs {
        page.paragraph(paragraph);
    }
    page
}

fn synopsis(page: &mut Page, command: &clap::Command) {
    let usage = command.clone().render_usage().to_string();
    page.bold_line(usage.trim_start_matches("Usage: "));
}

fn description(command: &clap::Command) -> String {
    let description = command.get_long_about().or(command.get_about());
    description.map(ToString::to_string).unwrap_or_default()
}

fn about(command: &clap::Command) -> String {
    command
        .get_about()
        .map(|about| about.to_string().trim_end_matches('.').to_owned())
        .unwrap_or_default()
}

/// What `--help` shows below the word "Examples:": a command, and indented under it what it does.
fn example_items(page: &mut Page, command: &clap::Command) {
    let help = command.get_after_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    for line in help.lines().skip(1) {
        match line.strip_prefix("      ") {
            Some(meaning) => page.paragraph(meaning),
            None => page.item(line.trim_start()),
        }
    }
}

/// A section for each heading that `--help` has.
fn options(page: &mut Page, command: &clap::Command) {
    let shown = |arg: &&clap::Arg| !arg.is_hide_set();
    let heading = |arg: &clap::Arg| arg.get_help_heading().unwrap_or("Options").to_owned();
    let mut headings = vec!["Options".to_owned()];
    for arg in command.get_arguments().filter(shown) {
        if !headings.contains(&heading(arg)) {
            headings.push(heading(arg));
        }
    }
    for wanted in headings {
        page.section(&wanted.to_uppercase());
        let here = command.get_arguments().filter(shown);
        for arg in here.filter(|arg| heading(arg) == wanted) {
            option(page, arg);
        }
    }
}

fn option(page: &mut Page, arg: &clap::Arg) {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let longs = arg.get_long().into_iter();
    let longs = longs.chain(arg.get_visible_aliases().into_iter().flatten());
    let names = short
        .into_iter()
        .chain(longs.map(|long| format!("--{long}")));
    let value = arg
        .get_num_args()
        .is_some_and(|count| count.takes_values())
        .then(|| arg.get_value_names().unwrap_or_default().join(" "));
    page.option_item(&names.collect::<Vec<_>>().join(", "), value.as_deref());
    let help = arg.get_long_help().or(arg.get_help());
    page.paragraph(&format!(
        "{}.",
        help.map(ToString::to_string).unwrap_or_default()
    ));
    let values = arg.get_possible_values();
    if !values.is_empty() && !arg.is_hide_possible_values_set() && value.is_some() {
        let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        page.line(&format!("One of: {}.", names.join(", ")));
    }
    if let [default] = arg.get_default_values()
        && value.is_some()
    {
        let environment = arg
            .get_env()
            .map(|name| format!("${}, otherwise ", name.to_string_lossy()))
            .unwrap_or_default();
        page.line(&format!(
            "Default: {environment}{}.",
            default.to_string_lossy()
        ));
    }
}

fn see_also<'a>(page: &mut Page, own: impl Iterator<Item = &'a str>) {
    page.section("SEE ALSO");
    page.references(own.chain(["aplay", "amixer"]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use aloud::audio::error::Kind;

    #[test]
    fn the_manual_tells_every_exit_status() {
        let told = |kind: Kind| {
            text::STATUSES
                .iter()
                .any(|(status, _)| *status == kind.exit_status())
        };
        assert!(
            told(Kind::Internal) && told(Kind::Usage) && told(Kind::Io) && told(Kind::Verification)
        );
        assert_eq!(text::STATUSES.len(), 11);
    }

    #[test]
    fn every_command_has_a_page_with_examples() {
        for command in definition().get_subcommands() {
            let page = manual(Some(command.get_name()));
            let title = format!(".TH ALOUD-{} 1", command.get_name().to_uppercase());
            assert!(page.contains(&title.replace('-', "\\-")), "{page}");
            assert!(page.contains(".SH EXAMPLES"), "{title}");
            assert!(manual(None).contains(&page::escaped(command.get_name())));
        }
    }
}
