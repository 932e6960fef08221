//! An open PCM: opening, configuring and describing it.

use super::announcement::AnnouncedReads;
use super::info::{self, PcmInfo};
use super::negotiate::{self, Configuration};
use super::open::{PcmHandle, in_time, open_handle};
use super::plugins::{emulates_mmap, is_direct, mixes, plugins_in};
use super::position::Position;
use super::probe::{self, Probe};
use super::request::{Match, Mode, Request};
use super::sound_server::SoundServer;
use super::state::PcmState;
use super::stopped::StoppedFrames;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi;
use crate::audio::spec::{Length, Spec};
use crate::audio::spelling::count;
use alsa::pcm::PCM;

/// An open and configured PCM. Closed by [`Pcm::close`] or when dropped (then queued frames are not played).
///
/// After [`Pcm::close`], methods that need the device return [`Kind::Internal`].
#[derive(Debug)]
pub struct Pcm {
    pub(super) request: Request,
    pub(super) handle: PcmHandle,
    pub(super) configuration: Configuration,
    capabilities: Option<Box<Probe>>,
    pub(super) position: Position,
    pub(super) stopped: StoppedFrames,
    pub(super) announced: AnnouncedReads,
    /// `None` if it belongs to a card.
    pub(super) server: Option<SoundServer>,
    /// Whether the PCM is prepared only after an underrun has been played out.
    pub(super) plays_out: bool,
    /// Whether it is a kernel device, or `plug` on one that converts nothing.
    is_direct: bool,
    /// Whether what was written is heard even if the PCM is stopped.
    passes_on: bool,
    /// Whether `snd_pcm_avail_update` alone never sees a captured frame.
    pub(super) needs_hwsync: bool,
}

impl Pcm {
    /// Opens and configures the device that `request` names (`snd_pcm_open`, `snd_pcm_hw_params`).
    ///
    /// With [`Match::Exact`] the device gets the requested format, rate and channels, or the call fails with an error
    /// that lists what the device supports. With [`Match::Nearest`] the steps and their order are those of
    /// pyalsaaudio's constructor, and everything may differ from the request. Period and buffer are always the nearest.
    ///
    /// # Errors
    /// [`Kind::NotFound`], [`Kind::Permission`], [`Kind::Busy`], [`Kind::Unsupported`]; [`Kind::Disconnected`] if a sound
    /// server does not answer in time.
    pub fn open(request: Request) -> Result<Pcm> {
        in_time(request, Pcm::open_now)
    }

    fn open_now(request: Request) -> Result<Pcm> {
        let handle = open_handle(&request)?;
        let capabilities = match request.matching {
            Match::Suitable(tolerance) if tolerance.keep_capabilities => {
                probe::probe_handle(&handle).ok()
            }
            _ => None,
        };
        match negotiate::configure(&handle, &request) {
            Ok(configuration) => Ok(Pcm {
                capabilities: capabilities.map(Box::new),
                ..Pcm::of(handle, request, configuration)
            }),
            Err(refusal) => {
                // Closed first, so that a suggested alternative can be tried on a free device.
                drop(handle);
                Err(refusal.explain(&request))
            }
        }
    }

    /// An open PCM with this configuration.
    pub(super) fn of(handle: PCM, request: Request, configuration: Configuration) -> Pcm {
        let is_direct = is_direct(&handle);
        Pcm {
            is_direct,
            passes_on: request.direction == Direction::Playback && !is_direct && mixes(&handle),
            needs_hwsync: request.direction == Direction::Capture
                && !is_direct
                && emulates_mmap(&handle),
            request,
            server: SoundServer::of(&handle),
            handle: PcmHandle::new(handle),
            configuration,
            capabilities: None,
            position: Position::default(),
            stopped: StoppedFrames::default(),
            announced: AnnouncedReads::default(),
            plays_out: false,
        }
    }

    /// Records a configuration that the open PCM was given.
    pub(super) fn set_configuration(&mut self, configuration: Configuration) -> Result<()> {
        self.is_direct = is_direct(self.handle()?);
        self.configuration = configuration;
        self.announced = AnnouncedReads::default();
        Ok(())
    }

    /// Opens the device without configuring it and returns what it supports.
    ///
    /// # Errors
    /// Those of [`Pcm::open`] except [`Kind::Unsupported`].
    pub fn probe(request: &Request) -> Result<Probe> {
        in_time(request.clone(), |request| {
            let handle = open_handle(&request)?;
            probe::probe_handle(&handle)
                .map_err(|errno| Error::device("query", &request.device, errno))
        })
    }

    /// Opens the device without configuring it, and returns what it supports with exactly the requested format, rate and
    /// channels.
    ///
    /// # Errors
    /// Those of [`Pcm::open`].
    pub fn probe_spec(request: &Request) -> Result<Probe> {
        in_time(request.clone(), |request| {
            let handle = open_handle(&request)?;
            probe::probe_narrowed(&handle, request.spec())
                .map_err(|errno| Error::device("query", &request.device, errno))
        })
    }

    /// What the open device supports, however it is configured now (pyalsaaudio's `getformats`, `getratebounds`, `getrates`
    /// and `getchannels`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn supported(&self) -> Result<Probe> {
        probe::probe_handle(self.handle()?).map_err(|errno| self.failed("query", errno))
    }

    /// alsa-lib's text of all configurations that the device supports (aplay's `--dump-hw-params`,
    /// `snd_pcm_hw_params_dump`).
    ///
    /// # Errors
    /// Those of [`Pcm::probe`].
    pub fn hw_params(request: &Request) -> Result<String> {
        in_time(request.clone(), |request| {
            let handle = open_handle(&request)?;
            let space = ffi::hw_params::HwParams::any(&handle)
                .map_err(|errno| Error::device("query", &request.device, errno))?;
            Ok(format!(
                "HW Params of device \"{}\":\n{}",
                request.device,
                space.dump()
            ))
        })
    }

    /// Configures an open PCM for another request, like [`Pcm::reconfigure`], in the time that the request allows.
    ///
    /// # Errors
    /// Those of [`Pcm::open`]; the PCM is closed then.
    pub(crate) fn reconfigured(mut self, request: Request) -> Result<Pcm> {
        in_time(request, |request| {
            let configured = self.reconfigure(|wanted| *wanted = request).map(|_| ());
            match configured {
                Err(_) if self.state()? == PcmState::Disconnected => Err(self.disconnected()),
                configured => configured.map(|()| self),
            }
        })
    }

    /// Configures the open PCM again (pyalsaaudio's `setrate`, `setchannels`, `setformat` and `setperiodsize`). Queued
    /// frames are dropped; drain first to play them. On failure the old configuration is restored.
    ///
    /// # Errors
    /// Those of [`Pcm::open`].
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Request)) -> Result<&Configuration> {
        let mut wanted = self.request.clone();
        change(&mut wanted);
        self.announced = AnnouncedReads::default();
        let handle = self.handle()?;
        // A PCM that never ran cannot be stopped. Only the new configuration counts.
        let _ = handle.drop();
        self.stopped.unmap();
        let _ = handle.hw_free();
        match negotiate::configure(handle, &wanted) {
            Ok(configuration) => {
                self.is_direct = is_direct(handle);
                self.configuration = configuration;
                self.request = wanted;
                Ok(&self.configuration)
            }
            Err(refusal) => {
                let error = refusal.explain(&wanted);
                self.configuration = negotiate::configure(handle, &self.request)
                    .map_err(|refusal| refusal.explain(&self.request))?;
                Err(error)
            }
        }
    }

    /// The open handle.
    ///
    /// # Errors
    /// [`Kind::Internal`] once the PCM is closed.
    pub(super) fn handle(&self) -> Result<&PCM> {
        self.handle.get().ok_or_else(|| {
            let message = format!("the PCM '{}' is closed", self.request.device);
            Error::new(Kind::Internal, message).with_device(&self.request.device)
        })
    }

    /// The error for a failed alsa-lib call; `action` completes "cannot … 'DEVICE'".
    pub(super) fn failed(&self, action: &str, errno: i32) -> Error {
        Error::device(action, &self.request.device, errno)
    }

    /// Calls alsa-lib.
    pub(super) fn call<T>(
        &self,
        action: &str,
        f: impl FnOnce(&PCM) -> alsa::Result<T>,
    ) -> Result<T> {
        f(self.handle()?).map_err(|error| self.failed(action, error.errno()))
    }

    /// The request it was opened or last configured with.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether opening for `request` would result in the same handle, so that [`Pcm::reconfigure`] is enough.
    pub fn opens_like(&self, request: &Request) -> bool {
        let same = (&self.request.device, self.request.direction);
        same == (&request.device, request.direction)
            && self.request.open_flags() == request.open_flags()
    }

    /// What the device supports, if [`Tolerance::keep_capabilities`](super::Tolerance::keep_capabilities) was
    /// requested.
    pub fn capabilities(&self) -> Option<&Probe> {
        self.capabilities.as_deref()
    }

    /// The configuration that the device was granted.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The granted format, rate and channels.
    pub fn spec(&self) -> Spec {
        self.configuration.spec
    }

    /// The requested period, periods and buffer that the device was not granted, one line each.
    pub fn size_differences(&self) -> Vec<String> {
        self.size_differences_from(&self.request)
    }

    /// Like [`Pcm::size_differences`], for what `asked` requests.
    pub(crate) fn size_differences_from(&self, asked: &Request) -> Vec<String> {
        let got = &self.configuration;
        let mut lines = Vec::new();
        let mut compare = |what: &str, length: Option<Length>, got: u64| {
            let Some(asked) = length.map(|length| length.frames(self.configuration.spec)) else {
                return;
            };
            // A time is rounded to frames: one frame off is as requested.
            if asked.abs_diff(got) > 1 {
                let asked = match asked {
                    0 => "less than a frame".to_owned(),
                    asked => count(asked, "frame"),
                };
                lines.push(format!("requested a {what} of {asked}, got {got}"));
            }
        };
        compare("period", asked.period, got.period_size);
        compare("buffer", asked.buffer, got.buffer_size);
        if let Some(periods) = asked.periods
            && u64::from(periods) != got.periods
        {
            lines.push(format!(
                "requested {}, got {}",
                count(periods, "period"),
                got.periods
            ));
        }
        lines
    }

    /// The direction it was opened for (pyalsaaudio's `pcmtype`). Known even when closed.
    pub fn pcm_type(&self) -> Direction {
        self.request.direction
    }

    /// The mode it was opened in (pyalsaaudio's `pcmmode`). Known even when closed.
    pub fn pcm_mode(&self) -> Mode {
        self.request.mode
    }

    /// The name it was opened with (pyalsaaudio's `cardname`). Known even when closed.
    pub fn card_name(&self) -> &str {
        &self.request.device
    }

    /// The type of the alsa-lib plugin: `HW`, `PLUG`, `NULL`, `IOPLUG` … (`snd_pcm_type_name`).
    ///
    /// # Errors
    /// [`Kind::Internal`] once the PCM is closed.
    pub fn plugin_type(&self) -> Result<String> {
        self.handle().map(ffi::plugin_type)
    }

    /// Whether it is a kernel device, without any plugin (`SND_PCM_TYPE_HW`).
    pub(crate) fn is_hardware(&self) -> bool {
        self.handle().is_ok_and(ffi::is_hardware)
    }

    /// Whether it is a kernel device, or `plug` on one that converts nothing: it knows exactly what it has played, and takes
    /// back exactly what it has not.
    pub(crate) fn is_direct(&self) -> bool {
        self.is_direct
    }

    /// Whether what was written is heard even if the PCM is stopped, because dmix has mixed it into the buffer of the card.
    /// (dshare silences it.) A part of the last period may not be mixed yet if the buffer was full.
    pub(crate) fn passes_on(&self) -> bool {
        self.passes_on
    }

    /// Whether it was given as long a buffer as possible ([`Request::long_buffer`]).
    pub(crate) fn has_long_buffer(&self) -> bool {
        self.is_direct && self.request.long_buffer
    }

    /// Its state (`snd_pcm_state`). A number that alsa-lib does not know, which some drivers return after an unplug, is
    /// [`PcmState::Disconnected`].
    ///
    /// # Errors
    /// [`Kind::Internal`] once the PCM is closed.
    pub fn state(&self) -> Result<PcmState> {
        Ok(PcmState::from_number(self.handle()?.state_raw()).unwrap_or(PcmState::Disconnected))
    }

    /// What it is and how it is configured: pyalsaaudio's `info()`, with its 36 entries in the same order.
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn info(&self) -> Result<PcmInfo> {
        info::info(self.handle()?, &self.request).map_err(|errno| self.failed("query", errno))
    }

    /// pyalsaaudio's `dumpinfo()`: 26 lines.
    ///
    /// # Errors
    /// Those of [`Pcm::info`].
    pub fn dump_info(&self) -> Result<String> {
        Ok(info::dump(&self.info()?))
    }

    /// The types of its plugins, from the application to the hardware: `plug`, `softvol`, `dmix`, `hw` …
    ///
    /// # Errors
    /// [`Kind::Internal`] once the PCM is closed.
    pub fn plugins(&self) -> Result<Vec<&'static str>> {
        self.dump().map(|description| plugins_in(&description))
    }

    /// alsa-lib's description of the PCM and all plugins behind it (`snd_pcm_dump`).
    ///
    /// # Errors
    /// [`Kind::Internal`] once the PCM is closed.
    pub fn dump(&self) -> Result<String> {
        self.handle().map(ffi::description)
    }
}
