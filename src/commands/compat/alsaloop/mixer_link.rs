//! `-m`: elements of the playback card that the capture card gets, too.

use super::failure::failed;
use crate::commands::compat::stop::{Result, Stop, reason};
use crate::commands::ui::plain;
use aloud::audio::error::Error;
use aloud::audio::mixer::{
    ElementEvents, ElementId, ElementInfo, ElementInterface, ElementSelector, Elements,
};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// An element of the playback card, and the one that the capture card gets for it.
#[derive(Clone)]
pub(super) struct MixerLink {
    source: ElementId,
    copy: ElementId,
}

impl MixerLink {
    /// Parses `SOURCE[@COPY]`.
    pub(super) fn parse(text: &str) -> Result<MixerLink> {
        let (source, copy) = text.split_once('@').unwrap_or((text, text));
        Ok(MixerLink {
            source: id(source)?,
            copy: id(copy)?,
        })
    }
}

fn id(text: &str) -> Result<ElementId> {
    let wrong = || {
        failed(&format!(
            "Wrong mixer control ID syntax '{text}'\nUnable to add mixer controls.\n"
        ))
    };
    let selector = ElementSelector::parse(text).map_err(|_| wrong())?;
    Ok(ElementId {
        numid: selector.numid.unwrap_or(0),
        interface: selector.interface.unwrap_or(ElementInterface::Mixer),
        name: selector.name.ok_or_else(wrong)?,
        index: selector.index.unwrap_or(0),
        device: selector.device.unwrap_or(0),
        subdevice: selector.subdevice.unwrap_or(0),
    })
}

/// Elements that are kept equal by a thread, until this is dropped.
pub(super) struct LinkedMixers {
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for LinkedMixers {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Adds the elements to the capture card, and keeps both equal. `loop_name` names the loop in messages.
pub(super) fn link(
    playback: &str,
    capture: &str,
    links: &[MixerLink],
    loop_name: &str,
) -> Result<LinkedMixers> {
    let cannot = |error| failed(&format!("Cannot redirect mixer controls: {error}\n"));
    let (stop, stopped) = UnixStream::pair().map_err(cannot)?;
    let (report, ready) = channel();
    let names = [playback, capture, loop_name].map(str::to_owned);
    let links = links.to_vec();
    let thread = std::thread::Builder::new()
        .spawn(move || run(&names, &links, &stopped, &report))
        .map_err(cannot)?;
    let linked = LinkedMixers {
        stop: Some(stop),
        thread: Some(thread),
    };
    match ready.recv() {
        Ok(Err(stop)) => Err(stop),
        _ => Ok(linked),
    }
}

fn run(
    names: &[String; 3],
    links: &[MixerLink],
    stopped: &UnixStream,
    report: &Sender<Result<()>>,
) {
    let [playback, capture, loop_name] = names;
    let mut mixers = match Mixers::open(playback, capture) {
        Ok(mixers) => mixers,
        Err(stop) => return drop(report.send(Err(stop))),
    };
    let added = links
        .iter()
        .try_for_each(|link| mixers.add(link, loop_name));
    let all_added = added.is_ok();
    let _ = report.send(added);
    if all_added {
        // Without events, the elements stay as they are.
        let _ = mixers.follow(names, stopped);
    }
    mixers.remove();
}

struct Mixers {
    playback: Elements,
    capture: Elements,
    /// The elements of the playback and of the capture card.
    pairs: Vec<[ElementInfo; 2]>,
}

impl Mixers {
    fn open(playback: &str, capture: &str) -> Result<Mixers> {
        let opened = |what: &str, name: &str| {
            Elements::open(name).map_err(|error| {
                let why = reason(&error);
                failed(&format!(
                    "{what} [{name}] ctl open error: {why}\nUnable to add mixer controls.\n"
                ))
            })
        };
        Ok(Mixers {
            playback: opened("playback", playback)?,
            capture: opened("capture", capture)?,
            pairs: Vec::new(),
        })
    }

    fn add(&mut self, link: &MixerLink, loop_name: &str) -> Result<()> {
        let source = match self.playback.exact(&link.source) {
            Ok(source) => source,
            Err(error) => {
                let (id, why) = (shown(&link.source), reason(&error));
                plain::print_error(&format!(
                    "Unable to read control info '{id}': {why}\n\
                     {loop_name}: Disabling playback control '{id}'\n"
                ));
                return Ok(());
            }
        };
        let id = ElementId {
            numid: 0,
            ..link.copy.clone()
        };
        let copy = self
            .capture
            .add(&id, &source.kind, source.count)
            .and_then(|()| self.capture.exact(&id))
            .map_err(|error| not_created(&id, &error, loop_name))?;
        // As in the original, an element without metadata has an empty container.
        let words = self.playback.tlv(&source).unwrap_or_else(|| vec![0, 0]);
        let _ = self.capture.set_tlv(&id, &words);
        self.pairs.push([source, copy]);
        self.copy(self.pairs.len() - 1, true);
        Ok(())
    }

    /// Sets one element of a pair to the values of the other one, unless they are equal.
    fn copy(&self, pair: usize, from_playback: bool) {
        let [source, copy] = &self.pairs[pair];
        let (from, to) = match from_playback {
            true => ((&self.playback, source), (&self.capture, copy)),
            false => ((&self.capture, copy), (&self.playback, source)),
        };
        let values = from.0.read(from.1);
        if let Ok(values) = values
            && to.0.read(to.1).ok().as_ref() != Some(&values)
        {
            // An element that another program has locked keeps its value.
            let _ = to.0.write(to.1, &values);
        }
    }

    /// Copies what changes, until the other end of `stopped` is closed.
    fn follow(&self, names: &[String; 3], stopped: &UnixStream) -> aloud::audio::error::Result<()> {
        let cards = [
            ElementEvents::open(names[0].as_str())?,
            ElementEvents::open(names[1].as_str())?,
        ];
        let cards = [&cards[0], &cards[1]];
        // What has changed before there were events.
        (0..self.pairs.len()).for_each(|pair| self.copy(pair, true));
        loop {
            for (card, events) in ElementEvents::wait_any(&cards, &[stopped.as_fd()], None)? {
                for (_, id) in events? {
                    let changed = |pair: &[ElementInfo; 2]| pair[card].id.numid == id.numid;
                    if let Some(pair) = self.pairs.iter().position(changed) {
                        self.copy(pair, card == 0);
                    }
                }
            }
            stopped.set_nonblocking(true).ok();
            if matches!(std::io::Read::read(&mut { stopped }, &mut [0; 1]), Ok(0)) {
                return Ok(());
            }
        }
    }

    fn remove(&self) {
        for [_, copy] in &self.pairs {
            let _ = self.capture.remove(&copy.id);
        }
    }
}

/// Reports elements that are not linked, because a device has no ctl.
pub(super) fn report_disabled(links: &[MixerLink], loop_name: &str) {
    for link in links {
        let id = shown(&link.source);
        plain::print_error(&format!(
            "Unable to read control info for '{id}'\n{loop_name}: Disabling playback control '{id}'\n"
        ));
    }
}

fn not_created(id: &ElementId, error: &Error, loop_name: &str) -> Stop {
    let (id, why) = (shown(id), reason(error));
    // A ctl of a sound server cannot remove elements, either.
    let not_removed = match error.errno() {
        Some(libc::ENXIO) => &why,
        _ => "Invalid argument",
    };
    failed(&format!(
        "Unable to create control '{id}': {why}\n\
         {loop_name}: Unable to remove control '{id}': {not_removed}\n\
         Loopback initialization failure.\n"
    ))
}

/// An id in the words of alsaloop.
fn shown(id: &ElementId) -> String {
    let interface = ElementInterface::ALL
        .iter()
        .find(|(known, _)| *known == id.interface)
        .map_or("", |(_, name)| name);
    format!(
        "{},{interface},{},{},{},{}",
        id.numid, id.device, id.subdevice, id.name, id.index
    )
}
