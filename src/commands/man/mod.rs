//! `aloud man`: the manual, generated from the same definitions as `--help`.

mod page;
mod text;

use super::{Exit, Result, ui::Ui};
use page::Page;
use text::ManBlock;

pub use text::statuses_help;

/// Print a manual page
///
/// The page is roff source, which man, mandoc and groff can format.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Command to print the page of; by default aloud itself
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  aloud man >aloud.1
      write the page of aloud itself; show it with: man ./aloud.1
  aloud man play | man -l -
      show the page of a command";

/// `definition` is the whole command line.
pub fn run(ui: &mut Ui, args: Args, definition: clap::Command) -> Result {
    ui.raw(manual(definition, args.command.as_deref()).as_bytes())?;
    Ok(Exit::Done)
}

/// Adds the options. The names of the commands are the values that COMMAND can have.
pub fn define(man: clap::Command, names: impl Iterator<Item = &'static str>) -> clap::Command {
    <Args as clap::Args>::augment_args(man).mut_arg("command", |arg| {
        arg.value_parser(clap::builder::PossibleValuesParser::new(names))
            .hide_possible_values(true)
    })
}

/// The page of a command; the page of aloud if there is no such command.
fn manual(mut aloud: clap::Command, name: Option<&str>) -> String {
    aloud.build();
    match name.and_then(|name| aloud.find_subcommand(name)) {
        Some(command) => command_page(command),
        None => aloud_page(&aloud),
    }
}

fn aloud_page(aloud: &clap::Command) -> String {
    let mut page = new_page(aloud, "aloud");
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
    for (status, meaning) in text::statuses() {
        page.item(&status.to_string());
        page.paragraph(meaning);
    }
    page.blocks(&[ManBlock::Text(text::SIGNALS)]);
    let commands = aloud.get_subcommands().map(clap::Command::get_name);
    let names = commands.map(|name| format!("aloud-{name}(1)"));
    see_also(&mut page, names.chain(["aloud-compat(7)".to_owned()]));
    page.finish()
}

fn command_page(command: &clap::Command) -> String {
    let mut page = new_page(command, &format!("aloud-{}", command.get_name()));
    for subcommand in command.get_subcommands() {
        subcommand_section(&mut page, command, subcommand);
    }
    options(&mut page, command);
    for (title, blocks) in text::sections(command.get_name()) {
        page.section(title);
        page.blocks(blocks);
    }
    page.section("EXIT STATUS");
    page.paragraph("0 on success. The other statuses are listed in the manual of aloud.");
    see_also(&mut page, ["aloud(1)".to_owned()].into_iter());
    page.finish()
}

/// A section for a subcommand (`mixer get`), without the global options.
fn subcommand_section(page: &mut Page, parent: &clap::Command, command: &clap::Command) {
    page.section(&format!("{} {}", parent.get_name(), command.get_name()).to_uppercase());
    synopsis(page, command);
    for paragraph in description(command).split("\n\n") {
        page.paragraph(paragraph);
    }
    let own =
        |arg: &&clap::Arg| !arg.is_hide_set() && !arg.is_global_set() && arg.get_id() != "help";
    for arg in command.get_arguments().filter(own) {
        option(page, arg);
    }
    example_items(page, command);
}

/// A page with title, name, synopsis, examples and description.
fn new_page(command: &clap::Command, name: &str) -> Page {
    let mut page = Page::new(name);
    page.section("NAME");
    page.line(&format!("{name} - {}", lowercase_first(&about(command))));
    page.section("SYNOPSIS");
    synopsis(&mut page, command);
    page.section("EXAMPLES");
    example_items(&mut page, command);
    page.section("DESCRIPTION");
    let description = description(command);
    // The first paragraph repeats the line under NAME. It is left out if there are others.
    let mut paragraphs = description.split("\n\n").peekable();
    paragraphs.next_if(|_| description.contains("\n\n"));
    for paragraph in paragraphs {
        page.paragraph(paragraph);
    }
    page
}

/// Summaries under NAME begin with a lowercase letter.
fn lowercase_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
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

/// The examples of `--help`: commands, and below each an indented line that says what it does.
fn example_items(page: &mut Page, command: &clap::Command) {
    let help = command
        .get_after_long_help()
        .or(command.get_after_help())
        .map(ToString::to_string);
    let help = help.unwrap_or_default();
    // The long help of aloud itself continues after an empty line.
    let examples = help.lines().skip(1).take_while(|line| !line.is_empty());
    for line in examples {
        match line.strip_prefix("      ") {
            Some(meaning) => page.paragraph(meaning),
            None => page.item(line.trim_start()),
        }
    }
}

/// One section per heading of `--help`.
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
    let help = help.map(ToString::to_string).unwrap_or_default();
    page.paragraph(&format!("{}.", help.replace("\n\n", ". ")));
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

fn see_also(page: &mut Page, own: impl Iterator<Item = String>) {
    let others = ["aplay(1)", "amixer(1)"].map(str::to_owned);
    page.section("SEE ALSO");
    page.references(own.chain(others));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::definition;

    /// clap's, where the terminal is not narrower.
    const HELP_WIDTH: usize = 100;

    #[test]
    fn every_exit_status_is_documented() {
        assert!(text::statuses().map(|(status, _)| status).eq(0..=10));
        let readme = include_str!("../../../README.md");
        for (status, _) in text::statuses() {
            assert!(readme.contains(&format!("\n| {status} | ")), "{status}");
        }
    }

    #[test]
    fn no_command_of_an_example_is_wrapped_in_the_help() {
        fn check(command: &clap::Command) {
            let help = command.get_after_long_help().or(command.get_after_help());
            let help = help.map(ToString::to_string).unwrap_or_default();
            let examples = help.lines().take_while(|line| !line.is_empty());
            for line in examples.filter(|line| !line.starts_with("      ")) {
                assert!(line.chars().count() <= HELP_WIDTH, "{line}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&definition());
    }

    #[test]
    fn every_command_has_a_page_with_examples() {
        for command in definition().get_subcommands() {
            let page = manual(definition(), Some(command.get_name()));
            let title = format!(".TH ALOUD-{} 1", command.get_name().to_uppercase());
            assert!(page.contains(&title.replace('-', "\\-")), "{page}");
            assert!(page.contains(".SH EXAMPLES"), "{title}");
            assert!(manual(definition(), None).contains(&page::escaped(command.get_name())));
        }
    }
}
