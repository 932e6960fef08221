//! One PCM device: open and negotiate, move frames, wait, recover, and tell what it is.
//!
//! A [`Pcm`] is what pyalsaaudio's `PCM` object is, with two differences: what was realised is always there to read,
//! and nothing is silently something else than was asked for unless [`Match::Nearest`] was asked for.

mod channel_map;
mod choose;
mod info;
mod negotiate;
mod pair;
mod probe;
mod recover;
mod request;
mod software;
mod wait;

pub use super::direction::Direction;
pub use info::PcmInfo;
pub use negotiate::Configuration;
pub(crate) use pair::{PairWaitFor, PairWaiter};
pub use probe::{ChannelCounts, ParamRange, Probe};
pub use recover::Xrun;
pub use request::{Match, Mode, PcmState, Request, Tolerance, TstampMode, TstampType};
pub use software::Thresholds;
pub(crate) use wait::{WaitFor, WaitOutcome, Waiter};

use super::error::{Error, Kind, Result};
use super::ffi;
use super::spec::Spec;
use super::system::diagnosis::explain;
use alsa::pcm::PCM;

/// An open PCM, configured. Closed by [`Pcm::close`] or when dropped (then without playing what is queued).
#[derive(Debug)]
pub struct Pcm {
    request: Request,
    handle: Option<PCM>,
    configuration: Configuration,
    /// What the device can do, where that was to be remembered.
    capabilities: Option<Box<Probe>>,
}

/// What became of one read or write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IoOutcome {
    /// So many frames were moved; fewer than asked for in non-blocking mode.
    Frames(usize),
    /// Nothing could be moved now (non-blocking mode).
    WouldBlock,
    /// An underrun or overrun. The PCM is prepared again; nothing of this call was moved.
    Xrun(Xrun),
    /// The machine slept. The PCM goes on, or (`false`) had to be prepared anew and lost what was queued.
    Suspended {
        /// Whether the device resumed where it stopped.
        resumed: bool,
    },
}

impl Pcm {
    /// Opens the device that `request` names and configures it.
    ///
    /// With [`Match::Exact`], format, rate and channels are what was asked for or the call fails, telling what the device
    /// can do. With [`Match::Nearest`] the steps and their order are those of pyalsaaudio's constructor, and what was
    /// realised may differ in anything. Period and buffer are always the nearest.
    ///
    /// # Errors
    /// [`Kind::NotFound`], [`Kind::Permission`], [`Kind::Busy`], [`Kind::Unsupported`].
    pub fn open(request: Request) -> Result<Pcm> {
        let handle = open_handle(&request)?;
        let capabilities = match request.fit {
            Match::Suitable(tolerance) if tolerance.keep_capabilities => {
                probe::of_space(&handle).ok()
            }
            _ => None,
        };
        let configuration = match negotiate::configure(&handle, &request) {
            Ok(configuration) => configuration,
            Err(refusal) => {
                // Closed first, so that the alternative that is suggested can be tried on a free device.
                drop(handle);
                return Err(refusal.explain(&request));
            }
        };
        Ok(Pcm {
            request,
            handle: Some(handle),
            configuration,
            capabilities: capabilities.map(Box::new),
        })
    }

    /// Opens the device without configuring it and tells what it can do.
    ///
    /// # Errors
    /// As [`Pcm::open`], less [`Kind::Unsupported`].
    pub fn probe(request: &Request) -> Result<Probe> {
        let handle = open_handle(request)?;
        probe::probe(&handle, request)
    }

    /// alsa-lib's own text of all that the device can be configured to (`aplay --dump-hw-params`).
    ///
    /// # Errors
    /// As [`Pcm::probe`].
    pub fn hw_params(request: &Request) -> Result<String> {
        let handle = open_handle(request)?;
        let space = ffi::hw_params::HwParams::any(&handle)
            .map_err(|errno| Error::device("ask about", &request.device, errno))?;
        Ok(format!(
            "HW Params of device \"{}\":\n{}",
            request.device,
            space.dump()
        ))
    }

    /// Configures the open PCM anew (what pyalsaaudio's `setrate`, `setchannels`, `setformat` and `setperiodsize` did).
    /// What is queued is dropped; drain first to hear it. On failure the old configuration is put back.
    ///
    /// # Errors
    /// As [`Pcm::open`].
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Request)) -> Result<&Configuration> {
        let mut wanted = self.request.clone();
        change(&mut wanted);
        let handle = self.handle()?;
        // A PCM that never ran has nothing to stop: only the new configuration's outcome counts.
        let _ = handle.drop();
        let _ = handle.hw_free();
        match negotiate::configure(handle, &wanted) {
            Ok(configuration) => {
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
    fn handle(&self) -> Result<&PCM> {
        self.handle.as_ref().ok_or_else(|| {
            Error::new(
                Kind::Internal,
                format!("the PCM '{}' is closed", self.request.device),
            )
            .with_device(&self.request.device)
        })
    }

    fn failed(&self, doing: &str, errno: i32) -> Error {
        Error::device(doing, &self.request.device, errno)
    }

    fn call<T>(&self, doing: &str, f: impl FnOnce(&PCM) -> alsa::Result<T>) -> Result<T> {
        f(self.handle()?).map_err(|error| self.failed(doing, error.errno()))
    }

    /// What was asked for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether opening for `request` would give the same handle: its format and the like may be set by
    /// [`Pcm::reconfigure`] then.
    pub fn opens_like(&self, request: &Request) -> bool {
        let same = (&self.request.device, self.request.direction);
        same == (&request.device, request.direction)
            && self.request.open_flags() == request.open_flags()
    }

    /// What the device can do, where [`Tolerance::keep_capabilities`] had it remembered.
    pub fn capabilities(&self) -> Option<&Probe> {
        self.capabilities.as_deref()
    }

    /// What was realised.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Period, periods and buffer where they were asked for and came out otherwise, each as a line.
    pub fn size_differences(&self) -> Vec<String> {
        self.size_differences_from(&self.request)
    }

    /// The same, with what `asked` asks for.
    pub(crate) fn size_differences_from(&self, asked: &Request) -> Vec<String> {
        let got = &self.configuration;
        let mut lines = Vec::new();
        let mut compare = |what: &str, length: Option<super::spec::Length>, got: u64| {
            let Some(asked) = length.map(|length| length.frames(self.configuration.spec)) else {
                return;
            };
            // A time is rounded to frames on the way: one frame off is as asked.
            if asked.abs_diff(got) > 1 {
                lines.push(format!("asked for a {what} of {asked} frames, got {got}"));
            }
        };
        compare("period", asked.period, got.period_size);
        compare("buffer", asked.buffer, got.buffer_size);
        if let Some(periods) = asked.periods
            && u64::from(periods) != got.periods
        {
            lines.push(format!("asked for {periods} periods, got {}", got.periods));
        }
        lines
    }

    /// The realised spec.
    pub fn spec(&self) -> Spec {
        self.configuration.spec
    }

    /// The direction it was opened for (pyalsaaudio's `pcmtype`). Answers even when closed.
    pub fn pcm_type(&self) -> Direction {
        self.request.direction
    }

    /// The mode it was opened in (pyalsaaudio's `pcmmode`). Answers even when closed.
    pub fn pcm_mode(&self) -> Mode {
        self.request.mode
    }

    /// The device string it was opened with (pyalsaaudio's `cardname`). Answers even when closed.
    pub fn card_name(&self) -> &str {
        &self.request.device
    }

    /// The kind of alsa-lib plugin behind it: `HW`, `PLUG`, `NULL`, `IOPLUG` … (`snd_pcm_type_name`).
    pub fn plugin_type(&self) -> Result<String> {
        self.handle().map(ffi::plugin_type)
    }

    /// Its state (`snd_pcm_state`). A number that alsa-lib does not name, as some drivers give after an unplug, is
    /// [`PcmState::Disconnected`].
    pub fn state(&self) -> Result<PcmState> {
        Ok(PcmState::from_number(self.handle()?.state_raw()).unwrap_or(PcmState::Disconnected))
    }

    /// Frames that can be moved now (`snd_pcm_avail`), after asking the hardware.
    ///
    /// # Errors
    /// [`Kind::Xrun`] in an xrun, [`Kind::Disconnected`] after an unplug.
    pub fn avail(&self) -> Result<u64> {
        self.call("ask for the free frames of", PCM::avail)
            .map(|frames| frames.max(0) as u64)
    }

    /// Frames that can be moved now, as far as is known without asking the hardware (`snd_pcm_avail_update`: for a
    /// kernel device no system call), after recovery.
    pub(crate) fn avail_update(&self) -> Result<IoOutcome> {
        let room = self
            .handle()?
            .avail_update()
            .map(|frames| frames.max(0) as usize);
        self.settle("write to", room.map_err(|error| error.errno().abs()))
    }

    /// Frames between the caller and the speaker or microphone (`snd_pcm_delay`).
    pub fn delay(&self) -> Result<i64> {
        self.call("ask for the delay of", PCM::delay)
    }

    /// Writes whole frames. `data` may have any length that is a whole number of frames; nothing of it is kept on an
    /// xrun. In normal mode all is written before the call returns.
    ///
    /// # Errors
    /// [`Kind::Usage`] on a capture PCM or a partial frame; [`Kind::Disconnected`], [`Kind::Io`].
    pub fn write(&mut self, data: &[u8]) -> Result<IoOutcome> {
        self.require(Direction::Playback, data.len())?;
        let (access, size) = (self.configuration.access, self.spec().frame_bytes());
        let result = ffi::transfer::write(self.handle()?, access, size, data);
        self.settle("write to", result)
    }

    /// Reads whole frames into `buffer`, as many as fit; in normal mode until it is full. After a drop or drain the
    /// PCM is prepared first, as pyalsaaudio does.
    ///
    /// # Errors
    /// [`Kind::Usage`] on a playback PCM or a buffer of partial frames; [`Kind::Disconnected`], [`Kind::Io`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<IoOutcome> {
        self.require(Direction::Capture, buffer.len())?;
        if self.state()? == PcmState::Setup {
            self.prepare()?;
        }
        // Some plugins (null) leave the buffer as it was: never give uninitialised or stale memory.
        buffer.fill(0);
        self.read_into(buffer)
    }

    /// As [`Pcm::read`], for a caller whose buffer holds nothing stale and who knows the state.
    pub(crate) fn read_into(&mut self, buffer: &mut [u8]) -> Result<IoOutcome> {
        let (access, size) = (self.configuration.access, self.spec().frame_bytes());
        let result = ffi::transfer::read(self.handle()?, access, size, buffer);
        self.settle("read from", result)
    }

    fn require(&self, direction: Direction, bytes: usize) -> Result<()> {
        let device = &self.request.device;
        if self.request.direction != direction {
            let (verb, other) = match direction {
                Direction::Playback => ("write to", "capture"),
                Direction::Capture => ("read from", "playback"),
            };
            let message = format!("cannot {verb} '{device}': it is open for {other}");
            return Err(Error::new(Kind::Usage, message).with_device(device));
        }
        if !bytes.is_multiple_of(self.spec().frame_bytes()) {
            let message = format!(
                "{bytes} bytes are not a whole number of frames of {} bytes",
                self.spec().frame_bytes()
            );
            return Err(Error::new(Kind::Usage, message).with_device(device));
        }
        Ok(())
    }

    /// Pauses or goes on (`snd_pcm_pause`).
    ///
    /// # Errors
    /// [`Kind::Unsupported`] where the hardware cannot pause; [`Kind::Internal`] unless running or paused.
    pub fn pause(&self, pause: bool) -> Result<()> {
        self.call(if pause { "pause" } else { "go on with" }, |pcm| {
            pcm.pause(pause)
        })
    }

    /// Starts it (`snd_pcm_start`).
    pub fn start(&self) -> Result<()> {
        self.call("start", PCM::start)
    }

    /// Stops at once; what is queued is lost (`snd_pcm_drop`).
    pub fn drop(&self) -> Result<()> {
        self.call("stop", PCM::drop)
    }

    /// Plays what is queued, then stops (`snd_pcm_drain`). In non-blocking mode `Ok(false)` says that it still plays.
    pub fn drain(&self) -> Result<bool> {
        match self.handle()?.drain() {
            Ok(()) => Ok(true),
            // It ran dry by itself: what was queued has been played.
            Err(error) if error.errno().abs() == libc::EPIPE => Ok(true),
            Err(error) => self.recover("drain", error.errno().abs()).map(|_| false),
        }
    }

    /// Makes it ready to start again (`snd_pcm_prepare`).
    pub fn prepare(&self) -> Result<()> {
        self.call("prepare", PCM::prepare)
    }

    /// Plays what is queued (playback), then closes. Closing twice is harmless.
    ///
    /// # Errors
    /// What draining reports; the PCM is closed all the same.
    pub fn close(&mut self) -> Result<()> {
        let Some(handle) = self.handle.take() else {
            return Ok(());
        };
        if self.request.direction == Direction::Capture
            || handle.state_raw() == PcmState::Setup as i32
        {
            return Ok(());
        }
        // Waits for the end in every mode: in non-blocking mode a drain only begins, and closing would cut the tail.
        ffi::set_nonblock(&handle, false)
            .and_then(|()| handle.drain().map_err(|error| error.errno()))
            .map_err(|errno| self.failed("drain", errno))
    }

    /// Makes reads and writes wait (`false`) or not (`true`), whatever it was opened with (`snd_pcm_nonblock`).
    pub fn set_nonblock(&self, nonblock: bool) -> Result<()> {
        ffi::set_nonblock(self.handle()?, nonblock)
            .map_err(|errno| self.failed("set the mode of", errno))
    }

    /// What it is and got: pyalsaaudio's `info()`, 36 entries in its order.
    pub fn info(&self) -> Result<PcmInfo> {
        info::info(self.handle()?, &self.request).map_err(|errno| self.failed("ask about", errno))
    }

    /// pyalsaaudio's `dumpinfo()`: 26 lines.
    pub fn dump_info(&self) -> Result<String> {
        Ok(info::dump(&self.info()?))
    }

    /// alsa-lib's own description of the PCM and all plugins behind it (`snd_pcm_dump`).
    pub fn dump(&self) -> Result<String> {
        self.handle().map(ffi::description)
    }
}

fn open_handle(request: &Request) -> Result<PCM> {
    ffi::messages::capture();
    ffi::open(
        &request.device,
        request.direction.into(),
        request.open_flags(),
    )
    .map_err(|errno| {
        explain(
            Error::device("open", &request.device, errno),
            &request.device,
            request.direction,
        )
    })
}
