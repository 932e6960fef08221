//! The class `PCM`.

use crate::arguments::{device_name, direction};
use crate::errors::{errno_error, error, library_error};
use aloud::audio::direction::Direction;
use aloud::audio::error::Result as LibraryResult;
use aloud::audio::format::Format;
use aloud::audio::pcm::{
    Configuration, IoOutcome, Match, Mode, Pcm, Probe, Request, TstampMode, TstampType,
};
use aloud::audio::spec::Length;
use pyo3::exceptions::{PyDeprecationWarning, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMemoryView, PyTuple};
use serde_json::Value;
use std::ffi::CString;
use std::sync::{Mutex, PoisonError};

const EAGAIN: i32 = 11;
const EINVAL: i32 = 22;
const EPIPE: i32 = 32;
const ESTRPIPE: i32 = 86;

/// The highest number of a format that `getformats` reports, and those below it that it leaves out.
const LAST_TESTED_FORMAT: Format = Format::U18_3BE;
const UNTESTED_FORMATS: [Format; 5] = [
    Format::IEC958_SUBFRAME_BE,
    Format::S20_LE,
    Format::S20_BE,
    Format::U20_LE,
    Format::U20_BE,
];

/// Numbers of channels are listed up to this one. alsa-lib's `plug` supports as many.
const MAX_LISTED_CHANNELS: u64 = 10_000;

/// ALSA PCM device.
#[pyclass(name = "PCM", module = "alsaaudio")]
pub struct PyPcm {
    /// `None` once it is closed.
    pcm: Mutex<Option<Pcm>>,
}

fn closed() -> PyErr {
    error("PCM device is closed")
}

/// The request for numbers that may be out of range: alsa-lib chooses the nearest.
fn numbers(request: &mut Request, rate: i32, channels: i32, period: i32, periods: i32) {
    request.rate = rate as u32;
    request.channels = channels as u32;
    request.period = Some(period_of(period));
    request.periods = Some(periods as u32);
}

fn period_of(frames: i32) -> Length {
    Length::Frames(i64::from(frames) as u64)
}

/// The format with this number. alsa-lib aborts the process on a number that is not one.
fn format_of(number: i32, device: &str) -> PyResult<Format> {
    Format::from_number(number).ok_or_else(|| errno_error(EINVAL, device))
}

fn mode_of(number: i32) -> PyResult<Mode> {
    [Mode::Normal, Mode::Nonblock, Mode::Async]
        .into_iter()
        .find(|mode| *mode as i32 == number)
        .ok_or_else(|| error("Invalid PCM mode"))
}

impl PyPcm {
    /// Calls `work` with the open PCM. Other Python threads run meanwhile.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Pcm) -> PyResult<T> + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            let mut pcm = self.pcm.lock().unwrap_or_else(PoisonError::into_inner);
            work(pcm.as_mut().ok_or_else(closed)?)
        })
    }

    /// Calls a function of the library.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut Pcm) -> LibraryResult<T> + Send,
    ) -> PyResult<T> {
        self.with(py, |pcm| {
            call(pcm).map_err(|source| library_error(&source, pcm.card_name()))
        })
    }

    /// Calls a function of the library about timestamps, whose errors are of another class.
    fn timestamp<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut Pcm) -> LibraryResult<T> + Send,
    ) -> PyResult<T> {
        self.with(py, |pcm| {
            call(pcm).map_err(|source| PyRuntimeError::new_err(source.to_string()))
        })
    }

    /// What the device supports.
    fn supported(&self, py: Python<'_>) -> PyResult<Probe> {
        self.call(py, |pcm| pcm.supported())
    }

    /// Configures the PCM again, with one change of what it was granted, and returns one value that it is granted now.
    fn reconfigure(
        &self,
        py: Python<'_>,
        argument: &str,
        change: impl FnOnce(&mut Request) + Send,
        granted: impl FnOnce(&Configuration) -> i64 + Send,
    ) -> PyResult<i64> {
        self.with(py, |_| Ok(()))?;
        let text = format!(
            "This function is deprecated. Please use the named parameter `{argument}` to `PCM()` instead"
        );
        deprecated(py, text)?;
        self.call(py, |pcm| {
            let now = pcm.configuration().clone();
            let configured = pcm.reconfigure(|request| {
                request.format = now.spec.format;
                request.rate = now.spec.rate;
                request.channels = now.spec.channels;
                request.period = Some(Length::Frames(now.period_size));
                request.periods = Some(now.periods as u32);
                change(request);
            });
            configured.map(granted)
        })
    }
}

fn deprecated(py: Python<'_>, text: String) -> PyResult<()> {
    let category = py.get_type::<PyDeprecationWarning>();
    PyErr::warn(py, &category, &CString::new(text)?, 1)
}

/// The frames that a read or write has moved: negative for an xrun.
fn moved(pcm: &Pcm, result: LibraryResult<IoOutcome>) -> PyResult<i64> {
    match result.map_err(|source| library_error(&source, pcm.card_name()))? {
        IoOutcome::Frames(frames) => Ok(frames as i64),
        IoOutcome::WouldBlock => Ok(0),
        IoOutcome::Xrun(_) => Ok(-i64::from(EPIPE)),
        IoOutcome::Suspended { .. } => Err(errno_error(ESTRPIPE, pcm.card_name())),
    }
}

/// The bytes of any object that has some.
fn bytes_of<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let view = PyMemoryView::from(data).map_err(|_| {
        let kind = data.get_type();
        let name = kind
            .name()
            .map_or_else(|_| "object".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("a bytes-like object is required, not '{name}'"))
    })?;
    Ok(view.call_method0("tobytes")?.cast_into::<PyBytes>()?)
}

/// The list of tuples that `polldescriptors_revents` takes.
fn polled(descriptors: &Bound<'_, PyAny>) -> PyResult<Vec<(i32, i16)>> {
    let list = descriptors
        .cast::<PyList>()
        .map_err(|_| PyTypeError::new_err("parameter must be a list."))?;
    list.iter()
        .map(|item| {
            let tuple = item
                .cast::<PyTuple>()
                .map_err(|_| PyTypeError::new_err("list items must be tuples."))?;
            let (fd, mask) = tuple.extract::<(i32, i32)>().map_err(|_| {
                PyTypeError::new_err("tuples inside list must be (fd: int, mask: int)")
            })?;
            Ok((fd, mask as i16))
        })
        .collect()
}

/// A value of the info dictionary.
fn python_value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => number.as_i64().into_pyobject(py)?,
        Value::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| python_value(py, item))
                .collect::<PyResult<_>>()?;
            PyTuple::new(py, items)?.into_any()
        }
        other => other.as_str().into_pyobject(py)?,
    })
}

#[pymethods]
impl PyPcm {
    #[new]
    #[pyo3(signature = (r#type=None, mode=0, device="default", cardindex=-1, card=None, rate=44100, channels=2, format=2, periodsize=32, periods=4))]
    #[allow(
        clippy::too_many_arguments,
        reason = "pyalsaaudio's arguments, in its order"
    )]
    fn new(
        py: Python<'_>,
        r#type: Option<&Bound<'_, PyAny>>,
        mode: i32,
        device: &str,
        cardindex: i32,
        card: Option<&str>,
        rate: i32,
        channels: i32,
        format: i32,
        periodsize: i32,
        periods: i32,
    ) -> PyResult<PyPcm> {
        let device = match card {
            Some(card) => {
                let text = "The `card` keyword argument is deprecated. Please use `device` instead";
                deprecated(py, text.to_owned())?;
                format!("default:CARD={card}")
            }
            None => device_name(cardindex, device)?,
        };
        let direction = direction(r#type)?.unwrap_or(Direction::Playback);
        let mut request = Request::new(&device, direction);
        request.mode = mode_of(mode)?;
        request.format = format_of(format, &device)?;
        request.matching = Match::Nearest;
        numbers(&mut request, rate, channels, periodsize, periods);
        let pcm = py
            .detach(|| Pcm::open(request))
            .map_err(|source| library_error(&source, &device))?;
        Ok(PyPcm {
            pcm: Mutex::new(Some(pcm)),
        })
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            let pcm = self
                .pcm
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            // pyalsaaudio ignores errors of draining as well.
            let _ = pcm.map(|mut pcm| pcm.close());
        });
    }

    fn pcmtype(&self, py: Python<'_>) -> PyResult<i32> {
        self.with(py, |pcm| Ok(pcm.pcm_type() as i32))
    }

    fn pcmmode(&self, py: Python<'_>) -> PyResult<i32> {
        self.with(py, |pcm| Ok(pcm.pcm_mode() as i32))
    }

    fn cardname(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |pcm| Ok(pcm.card_name().to_owned()))
    }

    fn state(&self, py: Python<'_>) -> PyResult<i32> {
        self.call(py, |pcm| pcm.state().map(|state| state as i32))
    }

    fn info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let info = self.call(py, |pcm| pcm.info())?;
        let dictionary = PyDict::new(py);
        if let Ok(Value::Object(entries)) = serde_json::to_value(info) {
            for (key, value) in &entries {
                dictionary.set_item(key, python_value(py, value)?)?;
            }
        }
        Ok(dictionary)
    }

    fn dumpinfo(&self, py: Python<'_>) -> PyResult<()> {
        let text = self.call(py, |pcm| pcm.dump_info())?;
        py.import("sys")?
            .getattr("stdout")?
            .call_method1("write", (text,))?;
        Ok(())
    }

    fn getformats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let formats = PyDict::new(py);
        for format in self.supported(py)?.formats {
            if format <= LAST_TESTED_FORMAT && !UNTESTED_FORMATS.contains(&format) {
                formats.set_item(format.name(), format.number())?;
            }
        }
        Ok(formats)
    }

    fn getratebounds(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        let bounds = self.supported(py)?.rate_range;
        Ok((bounds.min, bounds.max))
    }

    fn getrates<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let supported = self.supported(py)?;
        let (min, max) = (supported.rate_range.min, supported.rate_range.max);
        if min == max {
            return Ok(min.into_pyobject(py)?.into_any());
        }
        if supported.rates_are_continuous {
            return Ok((min, max).into_pyobject(py)?.into_any());
        }
        // The rates that pyalsaaudio does not test.
        let tested = |rate: &u32| ![12_000, 24_000].contains(rate);
        let rates: Vec<u32> = supported.rates.into_iter().filter(tested).collect();
        rates.into_pyobject(py)
    }

    fn getchannels(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        let supported = self.supported(py)?;
        let range = supported.channel_range;
        match supported.channels {
            Some(channels) => Ok(channels),
            None if range.max <= MAX_LISTED_CHANNELS => {
                Ok((range.min as u32..=range.max as u32).collect())
            }
            None => Err(error("There are too many numbers of channels to list them")),
        }
    }

    #[pyo3(signature = (channels, /))]
    fn setchannels(&self, py: Python<'_>, channels: i32) -> PyResult<i64> {
        let change = |request: &mut Request| request.channels = channels as u32;
        self.reconfigure(py, "channels", change, |granted| {
            granted.spec.channels.into()
        })
    }

    #[pyo3(signature = (rate, /))]
    fn setrate(&self, py: Python<'_>, rate: i32) -> PyResult<i64> {
        let change = |request: &mut Request| request.rate = rate as u32;
        self.reconfigure(py, "rate", change, |granted| granted.spec.rate.into())
    }

    #[pyo3(signature = (format, /))]
    fn setformat(&self, py: Python<'_>, format: i32) -> PyResult<i64> {
        let format = self.with(py, |pcm| format_of(format, pcm.card_name()))?;
        let change = |request: &mut Request| request.format = format;
        self.reconfigure(py, "format", change, |granted| {
            granted.spec.format.number().into()
        })
    }

    #[pyo3(signature = (periodsize, /))]
    fn setperiodsize(&self, py: Python<'_>, periodsize: i32) -> PyResult<i64> {
        let change = |request: &mut Request| request.period = Some(period_of(periodsize));
        self.reconfigure(py, "periodsize", change, |granted| {
            granted.period_size as i64
        })
    }

    fn read<'py>(&self, py: Python<'py>) -> PyResult<(i64, Bound<'py, PyBytes>)> {
        let (frames, data) = self.with(py, |pcm| {
            if pcm.pcm_type() == Direction::Playback {
                let device = pcm.card_name();
                return Err(error(format!("Cannot read from playback PCM [{device}]")));
            }
            let bytes = pcm.spec().bytes(pcm.configuration().period_size);
            let mut data = vec![0; bytes as usize];
            let result = pcm.read(&mut data);
            let frames = moved(pcm, result)?;
            data.truncate(frames.max(0) as usize * pcm.spec().frame_bytes());
            Ok((frames, data))
        })?;
        Ok((frames, PyBytes::new(py, &data)))
    }

    #[pyo3(signature = (data, /))]
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<i64> {
        let bytes = bytes_of(data)?;
        let data = bytes.as_bytes();
        self.with(py, |pcm| {
            if !data.len().is_multiple_of(pcm.spec().frame_bytes()) {
                return Err(error("Data size must be a multiple of framesize"));
            }
            if pcm.pcm_type() == Direction::Capture {
                return Err(errno_error(EINVAL, pcm.card_name()));
            }
            let result = pcm.write(data);
            moved(pcm, result)
        })
    }

    fn avail(&self, py: Python<'_>) -> PyResult<i64> {
        self.with(py, |pcm| match pcm.avail() {
            Ok(frames) => Ok(frames as i64),
            Err(source) => match source.errno() {
                Some(errno) => Ok(-i64::from(errno)),
                None => Err(library_error(&source, pcm.card_name())),
            },
        })
    }

    #[pyo3(signature = (enable=1, /))]
    fn pause(&self, py: Python<'_>, enable: i32) -> PyResult<i32> {
        self.call(py, |pcm| pcm.pause(enable != 0)).map(|()| 0)
    }

    fn drop(&self, py: Python<'_>) -> PyResult<i32> {
        self.call(py, |pcm| pcm.drop()).map(|()| 0)
    }

    fn drain(&self, py: Python<'_>) -> PyResult<i32> {
        match self.call(py, |pcm| pcm.drain())? {
            true => Ok(0),
            false => self.with(py, |pcm| Err(errno_error(EAGAIN, pcm.card_name()))),
        }
    }

    fn polldescriptors(&self, py: Python<'_>) -> PyResult<Vec<(i32, i16)>> {
        self.call(py, |pcm| pcm.poll_descriptors())
    }

    #[pyo3(signature = (descriptors, /))]
    fn polldescriptors_revents(
        &self,
        py: Python<'_>,
        descriptors: &Bound<'_, PyAny>,
    ) -> PyResult<i16> {
        let polled = polled(descriptors)?;
        self.call(py, |pcm| pcm.poll_revents(&polled))
    }

    #[pyo3(signature = (mode=1, /))]
    fn set_tstamp_mode(&self, py: Python<'_>, mode: i32) -> PyResult<()> {
        let known = [TstampMode::None, TstampMode::Enable];
        let wanted = self.with(py, |pcm| chosen(known, |known| known as i32 == mode, pcm))?;
        self.timestamp(py, |pcm| pcm.set_tstamp_mode(wanted))
    }

    fn get_tstamp_mode(&self, py: Python<'_>) -> PyResult<i32> {
        self.timestamp(py, |pcm| pcm.tstamp_mode().map(|mode| mode as i32))
    }

    #[pyo3(signature = (r#type=0, /))]
    fn set_tstamp_type(&self, py: Python<'_>, r#type: i32) -> PyResult<()> {
        let known = [
            TstampType::Gettimeofday,
            TstampType::Monotonic,
            TstampType::MonotonicRaw,
        ];
        let wanted = self.with(py, |pcm| chosen(known, |known| known as i32 == r#type, pcm))?;
        self.timestamp(py, |pcm| pcm.set_tstamp_type(wanted))
    }

    fn get_tstamp_type(&self, py: Python<'_>) -> PyResult<i32> {
        self.timestamp(py, |pcm| pcm.tstamp_type().map(|clock| clock as i32))
    }

    fn htimestamp(&self, py: Python<'_>) -> PyResult<(i64, i64, u64)> {
        self.call(py, |pcm| pcm.htimestamp())
    }
}

/// The one of `known` that a number means.
fn chosen<T: Copy, const N: usize>(
    known: [T; N],
    is_it: impl Fn(T) -> bool,
    pcm: &Pcm,
) -> PyResult<T> {
    let device = pcm.card_name();
    known
        .into_iter()
        .find(|known| is_it(*known))
        .ok_or_else(|| PyRuntimeError::new_err(format!("Invalid argument [{device}]")))
}
