//! Waiting for a device that went away, and opening it again.

use super::control::TransferCommand;
use super::event::{DeviceTotals, EndReason, Event, Progress};
use super::message::Message;
use super::message_queue::MessageSender;
use super::on_lost::OnLost;
use super::session::Session;
use crate::audio::channel_map::ChannelMap;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::pcm::{Configuration, Pcm, Request};
use crate::audio::spec::Length;
use crate::audio::system::returning_card::ReturningCard;
use crate::audio::threads;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How often a device that is away is looked for.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// How long a command to stop may take while the device is not open yet. A program that ends by the signal it got is
/// faster.
const MAX_STOP_TIME: Duration = Duration::from_secs(2);

/// What is needed to open a device again after it went away. It is collected while the device is present.
#[derive(Clone)]
pub(super) struct Reopening {
    request: Request,
    configuration: Configuration,
    map: Option<ChannelMap>,
    /// `None` for a sound server.
    card: Option<ReturningCard>,
    /// Whether it has been reported that the name selects another card now.
    warned: bool,
}

/// How a wait for a device ended.
pub(super) enum Return {
    /// It is open again, with the same configuration.
    Opened(Box<Pcm>),
    /// There was a command to stop, or the transfer reached its end during the wait.
    Ended(EndReason),
}

/// A thread that tries to open a device, until this is dropped. It is a separate thread because a PCM of a sound server
/// that hangs may take forever to open.
struct Search(Arc<AtomicBool>);

impl Drop for Search {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

impl Reopening {
    pub(super) fn of(pcm: &Pcm) -> Reopening {
        let (spec, configuration) = (pcm.spec(), pcm.configuration().clone());
        Reopening {
            request: Request {
                format: spec.format,
                rate: spec.rate,
                channels: spec.channels,
                period: Some(Length::Frames(configuration.period_size)),
                buffer: Some(Length::Frames(configuration.buffer_size)),
                periods: None,
                timeout: None,
                ..pcm.request().clone()
            },
            configuration,
            map: pcm.channel_map().ok().flatten(),
            card: pcm.card().map(ReturningCard::of),
            warned: false,
        }
    }

    pub(super) fn direction(&self) -> Direction {
        self.request.direction
    }

    pub(super) fn device(&self) -> &str {
        &self.request.device
    }

    /// Starts a thread that sends one message: the device, or the error that makes further attempts useless.
    fn search(mut self, messages: MessageSender) -> Result<Search> {
        let ended = Arc::new(AtomicBool::new(false));
        let search = Search(ended.clone());
        threads::spawn(move || {
            while !ended.load(Relaxed) {
                match self.open() {
                    Err(error) if !is_final(&error) => {
                        self.warn_of_name(&messages);
                        std::thread::sleep(RETRY_INTERVAL);
                    }
                    opened => {
                        messages.send(Message::Reopened(Box::new(opened)));
                        return;
                    }
                }
            }
        })?;
        Ok(search)
    }

    /// Whether `error`, of an attempt to configure or open the device again, means that it went away.
    pub(super) fn explains(&self, error: &Error) -> bool {
        if error.kind() == Kind::Disconnected {
            return true;
        }
        match &self.card {
            Some(card) => card.find().is_none(),
            None => matches!(error.kind(), Kind::NotFound | Kind::Io),
        }
    }

    /// Warns once if the card is back with another number, but the device is the user's own, whose definition selects a
    /// card by number.
    fn warn_of_name(&mut self, messages: &MessageSender) {
        let device = &self.request.device;
        if let Some(card) = &self.card
            && !self.warned
            && !ReturningCard::is_named_by(device)
            && let Some(now) = card.find()
            && now.index() != card.index()
        {
            self.warned = true;
            let (before, now) = (card.index(), now.index());
            let warning = format!(
                "the card of '{device}' is back as card {now}, but '{device}' is defined for card {before}"
            );
            messages.report(Event::Warning(warning.into()));
        }
    }

    /// Opens the device with the same configuration.
    ///
    /// # Errors
    /// [`Kind::Disconnected`] while the card is away; otherwise those of [`Pcm::open`].
    pub(super) fn open(&self) -> Result<Pcm> {
        let mut request = self.request.clone();
        let away = || {
            let message = format!("the device '{}' went away", self.device());
            Error::new(Kind::Disconnected, message).with_device(self.device())
        };
        let now = match &self.card {
            Some(card) => Some(card.find().ok_or_else(away)?),
            None => None,
        };
        if let (Some(card), Some(now)) = (&self.card, &now) {
            request.device = card.renamed(&request.device, now);
        }
        let pcm = Pcm::open(request)?;
        // A name without a card may stand for another card now.
        if let Some(now) = now
            && pcm.card() != Some(now.index())
        {
            return Err(away());
        }
        self.check(&pcm)?;
        Ok(pcm)
    }

    /// Checks that the device has the same configuration as before, as far as the transfer depends on it.
    fn check(&self, pcm: &Pcm) -> Result<()> {
        let (before, now) = (&self.configuration, pcm.configuration());
        let mut same = before.spec == now.spec && before.buffer_size >= now.buffer_size;
        if let Some(map) = &self.map
            && pcm.channel_map()?.as_ref() != Some(map)
        {
            let _ = pcm.set_channel_map(map);
            same &= pcm.channel_map()?.as_ref() == Some(map);
        }
        if same {
            return Ok(());
        }
        let device = pcm.card_name();
        let message = format!("the device '{device}' came back with another configuration");
        Err(Error::new(Kind::Unsupported, message).with_device(device))
    }
}

/// Whether further attempts are useless: the device is present, but unsuitable. While a device appears, its node may be
/// missing, belong to the wrong group, or be in use by a sound server that probes it; a sound server that is starting
/// may refuse any request.
fn is_final(error: &Error) -> bool {
    matches!(error.kind(), Kind::Unsupported | Kind::Usage) && error.errno().is_none()
}

impl Session<'_> {
    /// Opens a device for the first time. A sound server that is not running yet is waited for like one that went away.
    ///
    /// # Errors
    /// Those of `open`.
    pub(super) fn open(
        &mut self,
        device: &str,
        on_lost: OnLost,
        mut open: impl FnMut() -> Result<Pcm>,
    ) -> Result<Pcm> {
        let opened = open();
        if !on_lost.waits() || !opened.as_ref().is_err_and(Error::is_without_server) {
            return opened;
        }
        let (since, device, mut stopped) = (Instant::now(), device.to_owned(), None);
        self.emit(Event::Lost {
            device: device.clone(),
            frames: 0,
        });
        loop {
            let late = (on_lost.limit()).is_some_and(|limit| since.elapsed() >= limit);
            if matches!(self.control.command(), TransferCommand::Stop(_)) {
                stopped.get_or_insert_with(Instant::now);
            }
            let stopped = stopped.is_some_and(|at: Instant| at.elapsed() >= MAX_STOP_TIME);
            match open() {
                Err(error) if error.is_without_server() && !late && !stopped => {
                    if let Some(message) = self.next_message(Some(Instant::now() + RETRY_INTERVAL))
                    {
                        self.pass_on(message);
                    }
                }
                opened => {
                    let opened = opened?;
                    self.emit(Event::Back {
                        device,
                        gap_frames: 0,
                        gap_seconds: since.elapsed().as_secs_f64(),
                    });
                    return Ok(opened);
                }
            }
        }
    }

    /// Waits for a device that went away between two segments, while nothing is played, and reports that it is back. `devices`
    /// are the totals of several devices.
    ///
    /// # Errors
    /// Those of [`Session::wait_for_return`].
    pub(super) fn wait_between_segments(
        &mut self,
        reopening: &Reopening,
        (on_lost, since): (OnLost, Instant),
        lost: Error,
        rate: u32,
        devices: Option<Vec<DeviceTotals>>,
    ) -> Result<Return> {
        let mut report = || Progress {
            frames: 0,
            seconds: 0.0,
            total_frames: None,
            current_file: None,
            peak_dbfs: Vec::new(),
            clipped: Vec::new(),
            xruns: 0,
            rate,
            loopback: None,
            devices: devices.clone(),
        };
        let nothing_passes = &mut || false;
        let returned = self.wait_for_return(
            reopening,
            (on_lost, since),
            lost,
            nothing_passes,
            &mut report,
        )?;
        if let Return::Opened(pcm) = &returned {
            let gap = since.elapsed();
            self.emit(Event::Back {
                device: pcm.card_name().to_owned(),
                gap_frames: pcm.spec().frames_lasting(gap),
                gap_seconds: gap.as_secs_f64(),
            });
        }
        Ok(returned)
    }

    /// Waits for a device that went away. `since` is when it did, `lost` the error that reported it. `pass_time` is called
    /// at intervals and returns whether the transfer has ended meanwhile.
    ///
    /// # Errors
    /// [`Kind::Disconnected`] if the device is not back in time; [`Kind::Unsupported`] if it comes back with another
    /// configuration.
    pub(super) fn wait_for_return(
        &mut self,
        reopening: &Reopening,
        (on_lost, since): (OnLost, Instant),
        lost: Error,
        pass_time: &mut dyn FnMut() -> bool,
        progress: &mut dyn FnMut() -> Progress,
    ) -> Result<Return> {
        let mut due = self.first_progress();
        let _search = reopening.clone().search(self.sender.clone())?;
        loop {
            if let TransferCommand::Stop(why) = self.control.command() {
                return Ok(Return::Ended(why));
            }
            if pass_time() {
                return Ok(Return::Ended(EndReason::Finished));
            }
            if on_lost
                .limit()
                .is_some_and(|limit| since.elapsed() >= limit)
            {
                return Err(on_lost.not_back(lost));
            }
            match self.next_message(Some(Instant::now() + RETRY_INTERVAL)) {
                Some(Message::Reopened(opened)) => {
                    return opened.map(|pcm| Return::Opened(Box::new(pcm)));
                }
                Some(message) => self.pass_on(message),
                None => {}
            }
            self.report_progress(&mut due, progress);
        }
    }
}
