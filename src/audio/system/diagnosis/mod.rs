//! Why a PCM or ctl did not open.
//!
//! alsa-lib returns one errno for many causes: ENOENT may mean an unknown PCM, a missing card, a missing device, or
//! missing permission. The cause is found from alsa-lib's messages, the name, and the system files.

mod busy;
mod ctl;
mod pcm;
#[cfg(test)]
mod tests;

use super::configuration;
use super::files::SystemFiles;
use super::known_cards::{KnownCard, no_card};
use super::pcm_name::ParsedPcmName;
use super::permissions::Denial;
use crate::audio::advice::{Advice, DeviceAdvice};
use crate::audio::direction::Direction;
use crate::audio::errno::errno_text;
use crate::audio::error::{Error, Holder, Kind};
use crate::audio::ffi::messages;
use std::fs::File;
use std::path::Path;

/// Explains why `snd_pcm_open` failed for `device`. `error` must be its [`Error::device`], made on the same thread: its
/// errno and libasound messages are the basis of the explanation.
///
/// The message names the existing cards and devices, the processes that use a busy device, or the group that may open
/// it. A missing device is [`Kind::NotFound`], never [`Kind::Disconnected`]. An error without an explanation is
/// returned unchanged.
pub fn explain(error: Error, device: &str, direction: Direction) -> Error {
    explain_with(error, device, |files, error| {
        FailedOpen::new(files, &error, device, direction).explain(error)
    })
}

/// Explains why a PCM could not be configured. alsa-lib's pulse plugin creates its stream only then, and returns `EIO` if that
/// fails.
pub(crate) fn explain_configuration(error: Error, device: &str, direction: Direction) -> Error {
    let mut messages = error.library_messages().iter();
    let reason = messages.find_map(|line| Some(line.split_once(NO_STREAM)?.1.to_owned()));
    match reason.as_deref() {
        None => error,
        Some("No such entity") => {
            let what = match direction {
                Direction::Playback => "sink",
                Direction::Capture => "source",
            };
            let message = format!("cannot open '{device}': the sound server has no such {what}");
            error
                .restated(Kind::NotFound, message)
                .with_advice(DeviceAdvice::ListSinks(direction))
        }
        Some(_) => unexplained(error),
    }
}

/// Explains why `snd_ctl_open` failed for `device`. See [`explain`].
pub(crate) fn explain_ctl(error: Error, device: &str) -> Error {
    explain_with(error, device, |files, error| {
        FailedOpen::new(files, &error, device, Direction::Playback).explain_ctl(error)
    })
}

/// Explains an error by what alsa-lib has said, otherwise by what `search` finds on this machine.
fn explain_with(
    error: Error,
    device: &str,
    search: impl FnOnce(&SystemFiles, Error) -> Error,
) -> Error {
    if let Some(errno) = out_of_descriptors(&error) {
        return Error::device("open", device, errno);
    }
    if messages::are_printed() {
        // A search for the cause would have messages of its own.
        return error;
    }
    match configuration::explain(&error, &cannot_open(device)) {
        Some(explained) => explained,
        None => search(&SystemFiles::of_this_machine(), error),
    }
}

/// The errno, if there were too few descriptors: alsa-lib then reports cards as missing and definitions as invalid.
fn out_of_descriptors(error: &Error) -> Option<i32> {
    let errnos = [libc::EMFILE, libc::ENFILE];
    let now = File::open("/dev/null").err();
    let errno = now.and_then(|error| error.raw_os_error());
    errno.filter(|errno| errnos.contains(errno)).or_else(|| {
        let mut messages = error.library_messages().iter();
        messages.find_map(|line| {
            let names = |errno: &i32| line.contains(&errno_text(*errno));
            errnos.into_iter().find(names)
        })
    })
}

/// Explains why a known card's ctl did not open.
pub(crate) fn explain_card(files: &SystemFiles, card: &KnownCard, error: Error) -> Error {
    let name = format!("hw:{}", card.index);
    explained(error, &name, blocked(files, card, None))
}

/// What alsa-lib's pulse plugin logs if the server rejects the user's cookie. It returns the errno of a server that is absent.
const ACCESS_DENIED: &str = "Unable to connect: Access denied";

/// What it logs before the reason if it cannot create a stream.
const NO_STREAM: &str = "Unable to create stream: ";

/// The cause of a failed open.
struct Diagnosis {
    kind: Kind,
    /// Completes "cannot open 'NAME': …".
    reason: String,
    advice: Option<Advice>,
    holders: Vec<Holder>,
}

impl Diagnosis {
    fn new(kind: Kind, reason: impl Into<String>) -> Diagnosis {
        Diagnosis {
            kind,
            reason: reason.into(),
            advice: None,
            holders: Vec::new(),
        }
    }

    fn missing(reason: impl Into<String>) -> Diagnosis {
        Diagnosis::new(Kind::NotFound, reason)
    }

    fn with_advice(self, advice: impl Into<Advice>) -> Diagnosis {
        Diagnosis {
            advice: Some(advice.into()),
            ..self
        }
    }
}

impl From<Denial> for Diagnosis {
    fn from(denial: Denial) -> Diagnosis {
        let reason = format!("permission denied ({})", denial.reason());
        Diagnosis::new(Kind::Permission, reason).with_advice(denial.advice())
    }
}

fn cannot_open(name: &str) -> String {
    format!("cannot open '{name}'")
}

/// The error without a diagnosis, with alsa-lib's first message, which may name a file or plugin.
fn unexplained(error: Error) -> Error {
    let error = match error.kind() {
        // A device that was not open cannot have been disconnected.
        Kind::Disconnected => {
            let message = error.to_string();
            error.restated(Kind::NotFound, message)
        }
        _ => error,
    };
    let first = error.library_messages().first();
    let message = first.and_then(|line| line.split_once(": ")?.1.lines().next());
    let message = message.map(|message| DeviceAdvice::LibraryMessage(message.trim().to_owned()));
    message.into_iter().fold(error, Error::with_advice)
}

/// The error with its diagnosis, if there is one.
fn explained(error: Error, name: &str, diagnosis: Option<Diagnosis>) -> Error {
    let Some(diagnosis) = diagnosis else {
        return unexplained(error);
    };
    let message = format!("{}: {}", cannot_open(name), diagnosis.reason);
    let error = error
        .restated(diagnosis.kind, message)
        .with_holders(diagnosis.holders);
    diagnosis.advice.into_iter().fold(error, Error::with_advice)
}

/// A failed open, with what is known about it.
struct FailedOpen<'a> {
    files: &'a SystemFiles,
    /// The name that was to be opened.
    name: &'a str,
    parsed: ParsedPcmName,
    direction: Direction,
    cards: Vec<KnownCard>,
    /// libasound's messages.
    messages: Vec<String>,
}

impl<'a> FailedOpen<'a> {
    fn new(files: &'a SystemFiles, error: &Error, name: &'a str, direction: Direction) -> Self {
        FailedOpen {
            files,
            name,
            parsed: ParsedPcmName::parse(name),
            direction,
            cards: files.cards(),
            messages: error.library_messages().to_vec(),
        }
    }

    /// What follows `words` in the first message that contains them, up to the end of the line.
    fn message_after(&self, words: &str) -> Option<&str> {
        self.messages
            .iter()
            .find_map(|line| Some(line.split_once(words)?.1.lines().next()?.trim()))
    }

    /// The card that alsa-lib looked for: according to its messages or the name, or its default.
    fn wanted_card(&self) -> Option<String> {
        let reported = self
            .message_after("Cannot get card index for ")
            .or_else(|| self.message_after("cannot find card "))
            .map(|card| card.trim_matches('\'').to_owned());
        reported
            .or_else(|| self.parsed.card.clone())
            .or_else(|| self.parsed.on_card.then(|| (self.files.defaults)().0))
    }

    fn card(&self, wanted: &str) -> Option<&KnownCard> {
        self.cards.iter().find(|card| card.matches(wanted))
    }

    /// The device number, if the name stands for one device.
    fn device(&self) -> Option<u32> {
        self.parsed.names_device().then(|| {
            self.parsed
                .device
                .unwrap_or_else(|| (self.files.defaults)().1)
        })
    }

    fn bad_argument(&self) -> Option<Diagnosis> {
        let reason = match self.message_after("Unknown parameter ") {
            Some(unknown) => {
                let unknown = first_word(unknown);
                match unknown.parse::<u32>() {
                    Ok(1) => "it takes no more than one argument".to_owned(),
                    Ok(count) => format!("it takes no more than {count} arguments"),
                    Err(_) => format!("it takes no argument {unknown}"),
                }
            }
            None => {
                let parameter = first_word(self.message_after("Parameter ")?);
                let is_number = |line: &String| line.contains("must be an integer");
                if !self.messages.iter().any(is_number) {
                    return None;
                }
                format!("its argument {parameter} must be a number")
            }
        };
        Some(Diagnosis::new(Kind::Usage, reason))
    }

    /// The user's definition of the device is invalid. Only the functions of alsa-lib that parse definitions start with
    /// an underscore or search the configuration; others fail while they run.
    fn invalid_definition(&self) -> Option<Diagnosis> {
        let parses = |function: &str| {
            function.starts_with('_')
                || function.starts_with("snd1_config")
                || function.ends_with("_open_conf")
                || function == "snd_pcm_slave_conf"
        };
        let mut messages = self
            .messages
            .iter()
            .filter_map(|line| line.split_once(": "));
        let (_, message) = messages.find(|(function, _)| parses(function))?;
        // alsa-lib (1.2.8) adds the errno of another call to this message.
        let looped = "(looped?)";
        let end = message.find(looped).map(|start| start + looped.len());
        let message = &message[..end.unwrap_or(message.len())];
        let diagnosis = Diagnosis::new(Kind::Usage, "its definition is invalid");
        Some(diagnosis.with_advice(DeviceAdvice::CheckDefinition(message.to_owned())))
    }

    fn missing_plugin(&self) -> Option<Diagnosis> {
        let message = self.message_after("Cannot open shared library ")?;
        let (library, why) = message.split_once(" (").unwrap_or((message, ""));
        // The dynamic linker names the library that it did not find, which may be one that the plugin needs.
        let (missing, why) = why
            .trim_end_matches(')')
            .split_once(": ")
            .unwrap_or_default();
        // Until 1.2.1, alsa-lib then looks for a library without a folder, and only reports that it does not find one.
        if missing.starts_with('/') && Path::new(missing).exists() && why.starts_with(library) {
            let reason = format!("its plugin {library} cannot be loaded");
            return Some(Diagnosis::new(Kind::Internal, reason));
        }
        let missing = missing.rsplit('/').next().unwrap_or_default();
        if !why.is_empty() && !why.contains("No such file or directory") {
            let opening = "cannot open shared object file: ";
            let why = why.rsplit(opening).next().unwrap_or(why);
            let reason = format!("its plugin {library} cannot be loaded: {why}");
            return Some(Diagnosis::new(Kind::Internal, reason));
        }
        let reason = match missing.is_empty() || library.ends_with(missing) {
            true => format!("its plugin {library} is not installed"),
            false => format!("its plugin {library} needs {missing}, which is not installed"),
        };
        Some(Diagnosis::missing(reason).with_advice(DeviceAdvice::InstallPlugins))
    }

    /// There is no card `wanted`. `without_cards` is the advice for a machine without any.
    fn missing_card(&self, wanted: &str, without_cards: DeviceAdvice) -> Diagnosis {
        let (reason, near) = no_card(wanted, &self.cards);
        let diagnosis = Diagnosis::missing(reason);
        match (near.first(), self.cards.first().and_then(KnownCard::id)) {
            _ if self.cards.is_empty() => diagnosis.with_advice(without_cards),
            (Some(_), _) => diagnosis.with_advice(Advice::nearest(self.respelled(wanted, &near))),
            (None, Some(id)) if self.parsed.on_card && self.parsed.card.is_none() => diagnosis
                .with_advice(DeviceAdvice::NameCard {
                    pcm: self.parsed.base.clone(),
                    card: id.to_owned(),
                }),
            _ => diagnosis,
        }
    }

    /// The sound server is absent, or denies access.
    fn unreachable_server(&self, errno: i32) -> Diagnosis {
        let mut messages = self.messages.iter();
        match messages.any(|line| line.ends_with(ACCESS_DENIED)) {
            true => Diagnosis::new(Kind::Permission, "the sound server denies access")
                .with_advice(DeviceAdvice::CopyCookie),
            false => no_server(errno),
        }
    }

    /// The name as it was given, with the wanted card replaced by each of the ids.
    fn respelled(&self, wanted: &str, ids: &[&str]) -> Vec<String> {
        // The part before the colon may contain the same letters.
        let (base, arguments) = self.name.split_once(':').unwrap_or(("", ""));
        let respelled = |id: &&str| match arguments.contains(wanted) {
            true => format!("{base}:{}", arguments.replacen(wanted, id, 1)),
            false => (*id).to_owned(),
        };
        ids.iter().map(respelled).collect()
    }
}

/// What keeps a known card, or one of its devices, from being opened: a missing node, or missing permission.
fn blocked(
    files: &SystemFiles,
    card: &KnownCard,
    pcm: Option<(u32, Direction)>,
) -> Option<Diagnosis> {
    let node = files.control_node(card.index);
    if !node.exists() {
        let reason = format!("{} has no node {}", card.described(), node.display());
        return Some(Diagnosis::missing(reason).with_advice(DeviceAdvice::PassToContainer));
    }
    files.card_denial(card.index, pcm).map(Diagnosis::from)
}

fn no_server(errno: i32) -> Diagnosis {
    let reason = format!("the sound server does not answer ({})", errno_text(errno));
    Diagnosis::missing(reason).with_advice(DeviceAdvice::StartSoundServer)
}

fn first_word(text: &str) -> &str {
    text.split([' ', ':']).next().unwrap_or_default()
}
