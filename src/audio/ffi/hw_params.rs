//! A PCM's hardware parameter space (`snd_pcm_hw_params_t`), with what the `alsa` crate (0.12) leaves out: the rounding
//! direction of every value, the exact rate, the subformat, and the capabilities of the hardware.
//!
//! Errors are positive errnos.

use super::{MAX_FRAMES, check, owned, raw};
use crate::audio::format::Format;
use alsa::pcm::PCM;
use alsa_sys as sys;
use std::ptr::null_mut;

/// How frames are transferred (`snd_pcm_access_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum PcmAccess {
    /// Interleaved, in the device's memory.
    MmapInterleaved = 0,
    /// One channel after the other, in the device's memory.
    MmapNoninterleaved = 1,
    /// Any layout, in the device's memory.
    MmapComplex = 2,
    /// Interleaved, by read and write.
    RwInterleaved = 3,
    /// One channel after the other, by read and write.
    RwNoninterleaved = 4,
}

impl PcmAccess {
    /// All access types, in alsa-lib's order.
    pub const ALL: [PcmAccess; 5] = [
        PcmAccess::MmapInterleaved,
        PcmAccess::MmapNoninterleaved,
        PcmAccess::MmapComplex,
        PcmAccess::RwInterleaved,
        PcmAccess::RwNoninterleaved,
    ];

    /// alsa-lib's name (`RW_INTERLEAVED`).
    pub fn name(self) -> &'static str {
        match self {
            PcmAccess::MmapInterleaved => "MMAP_INTERLEAVED",
            PcmAccess::MmapNoninterleaved => "MMAP_NONINTERLEAVED",
            PcmAccess::MmapComplex => "MMAP_COMPLEX",
            PcmAccess::RwInterleaved => "RW_INTERLEAVED",
            PcmAccess::RwNoninterleaved => "RW_NONINTERLEAVED",
        }
    }
}

/// A parameter with a minimum, a maximum and a nearest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Channels.
    Channels,
    /// Rate (Hz).
    Rate,
    /// Period size (frames).
    PeriodSize,
    /// Period time (µs).
    PeriodTime,
    /// Buffer size (frames).
    BufferSize,
    /// Buffer time (µs).
    BufferTime,
    /// Periods in a buffer.
    Periods,
}

/// A capability that a configured device reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// `snd_pcm_hw_params_is_batch`.
    IsBatch,
    /// `snd_pcm_hw_params_is_block_transfer`.
    IsBlockTransfer,
    /// `snd_pcm_hw_params_is_double`.
    IsDouble,
    /// `snd_pcm_hw_params_is_half_duplex`.
    IsHalfDuplex,
    /// `snd_pcm_hw_params_is_joint_duplex`.
    IsJointDuplex,
    /// `snd_pcm_hw_params_can_overrange`.
    CanOverrange,
    /// `snd_pcm_hw_params_can_mmap_sample_resolution`.
    CanMmapSampleResolution,
    /// `snd_pcm_hw_params_can_pause`.
    CanPause,
    /// `snd_pcm_hw_params_can_resume`.
    CanResume,
    /// `snd_pcm_hw_params_can_sync_start`.
    CanSyncStart,
    /// `snd_pcm_hw_params_is_monotonic`.
    IsMonotonic,
}

/// A configuration space of a PCM or, once it is installed, the configuration.
#[derive(Debug)]
pub struct HwParams<'a> {
    /// Allocated by `empty`, never null, owned by this value alone, and freed by `drop`.
    params: *mut sys::snd_pcm_hw_params_t,
    /// The handle that the space belongs to, open for as long as it is borrowed.
    pcm: &'a PCM,
}

impl Drop for HwParams<'_> {
    fn drop(&mut self) {
        // SAFETY: `params` was allocated by `snd_pcm_hw_params_malloc`, and nothing uses it after its owner is dropped.
        unsafe { sys::snd_pcm_hw_params_free(self.params) };
    }
}

impl Clone for HwParams<'_> {
    fn clone(&self) -> Self {
        // Like any clone, this fails only if there is no memory.
        let copy = HwParams::empty(self.pcm).expect("out of memory");
        // SAFETY: source and destination are two separate allocations of the same size.
        unsafe { sys::snd_pcm_hw_params_copy(copy.params, self.params) };
        copy
    }
}

impl<'a> HwParams<'a> {
    fn empty(pcm: &'a PCM) -> Result<HwParams<'a>, i32> {
        let mut params = null_mut();
        // SAFETY: alsa-lib stores a new allocation in `params`, which this function then owns, or returns an error.
        check(unsafe { sys::snd_pcm_hw_params_malloc(&mut params) })?;
        Ok(HwParams { params, pcm })
    }

    /// Everything that the device can be configured to (`snd_pcm_hw_params_any`).
    pub fn any(pcm: &'a PCM) -> Result<HwParams<'a>, i32> {
        let space = HwParams::empty(pcm)?;
        // SAFETY: `pcm` is open while it is borrowed; the call overwrites all of the new allocation.
        check(unsafe { sys::snd_pcm_hw_params_any(raw(pcm), space.params) })?;
        Ok(space)
    }

    /// The installed configuration (`snd_pcm_hw_params_current`); `EBADFD` if there is none.
    pub fn current(pcm: &'a PCM) -> Result<HwParams<'a>, i32> {
        let space = HwParams::empty(pcm)?;
        // SAFETY: alsa-lib checks itself that the open `pcm` is configured before it copies the configuration.
        check(unsafe { sys::snd_pcm_hw_params_current(raw(pcm), space.params) })?;
        Ok(space)
    }

    /// Narrows the space to one configuration and installs it (`snd_pcm_hw_params`).
    pub fn install(&self) -> Result<(), i32> {
        // SAFETY: the space was made for this open handle; alsa-lib copies what it installs.
        check(unsafe { sys::snd_pcm_hw_params(raw(self.pcm), self.params) })
    }

    /// Restricts the space to one access type.
    pub fn set_access(&self, access: PcmAccess) -> Result<(), i32> {
        let (pcm, access) = (raw(self.pcm), access as _);
        // SAFETY: alsa-lib uses `access` as a bit number without a check; every `PcmAccess` is one of its constants.
        check(unsafe { sys::snd_pcm_hw_params_set_access(pcm, self.params, access) })
    }

    /// Whether the space contains this access type.
    pub fn has_access(&self, access: PcmAccess) -> bool {
        let (pcm, access) = (raw(self.pcm), access as _);
        // SAFETY: a test works on a copy of the space; `access` is one of alsa-lib's constants.
        check(unsafe { sys::snd_pcm_hw_params_test_access(pcm, self.params, access) }).is_ok()
    }

    /// Restricts the space to one sample format.
    pub fn set_format(&self, format: Format) -> Result<(), i32> {
        let (pcm, number) = (raw(self.pcm), format.number());
        // SAFETY: alsa-lib uses `number` as a bit number without a check; every `Format` has one of its constants.
        check(unsafe { sys::snd_pcm_hw_params_set_format(pcm, self.params, number) })
    }

    /// Whether the space contains this sample format.
    pub fn has_format(&self, format: Format) -> bool {
        let (pcm, number) = (raw(self.pcm), format.number());
        // SAFETY: a test works on a copy of the space; `number` is one of alsa-lib's constants.
        check(unsafe { sys::snd_pcm_hw_params_test_format(pcm, self.params, number) }).is_ok()
    }

    /// Restricts the space to one number of channels.
    pub fn set_channels(&self, channels: u32) -> Result<(), i32> {
        let pcm = raw(self.pcm);
        // SAFETY: alsa-lib refuses every number of channels that is not in the space, and leaves the space usable.
        check(unsafe { sys::snd_pcm_hw_params_set_channels(pcm, self.params, channels) })
    }

    /// Restricts the space to one rate.
    pub fn set_rate(&self, rate: u32) -> Result<(), i32> {
        let pcm = raw(self.pcm);
        // SAFETY: alsa-lib refuses every rate that is not in the space; 0 is its exact rounding direction.
        check(unsafe { sys::snd_pcm_hw_params_set_rate(pcm, self.params, rate, 0) })
    }

    /// Whether the space contains exactly this value of `Channels` or `Rate`. False for other parameters.
    pub fn has(&self, param: Param, value: u32) -> bool {
        let (pcm, params) = (raw(self.pcm), self.params);
        // SAFETY: both tests take any number, and work on a copy of the space.
        let code = unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_test_channels(pcm, params, value),
                Param::Rate => sys::snd_pcm_hw_params_test_rate(pcm, params, value, 0),
                _ => -libc::EINVAL,
            }
        };
        check(code).is_ok()
    }

    /// Restricts the space to the value nearest to `wanted` and returns it. `dir` is the rounding direction, in and
    /// out, of alsa-lib's `…_near` functions.
    pub fn set_near(&self, param: Param, wanted: u64, dir: &mut i32) -> Result<u64, i32> {
        let (pcm, params) = (raw(self.pcm), self.params);
        // alsa-lib counts frames in C longs and everything else in C ints.
        let mut number = u32::try_from(wanted).unwrap_or(i32::MAX as u32);
        let mut frames = wanted.min(MAX_FRAMES) as sys::snd_pcm_uframes_t;
        // SAFETY: `number`, `frames` and `dir` are valid for reads and writes during the call, and each function gets
        // the one of its type.
        let code = unsafe {
            match param {
                Param::Channels => {
                    sys::snd_pcm_hw_params_set_channels_near(pcm, params, &mut number)
                }
                Param::Rate => sys::snd_pcm_hw_params_set_rate_near(pcm, params, &mut number, dir),
                Param::Periods => {
                    sys::snd_pcm_hw_params_set_periods_near(pcm, params, &mut number, dir)
                }
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_set_period_time_near(pcm, params, &mut number, dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_set_buffer_time_near(pcm, params, &mut number, dir)
                }
                Param::PeriodSize => {
                    sys::snd_pcm_hw_params_set_period_size_near(pcm, params, &mut frames, dir)
                }
                Param::BufferSize => {
                    sys::snd_pcm_hw_params_set_buffer_size_near(pcm, params, &mut frames)
                }
            }
        };
        check(code)?;
        Ok(match param {
            Param::PeriodSize | Param::BufferSize => frames as u64,
            _ => number.into(),
        })
    }

    /// The value, if only one is left and known; otherwise an error.
    pub fn get(&self, param: Param) -> Result<u64, i32> {
        let p = self.params;
        let (mut number, mut frames, mut dir) = (0, 0, 0);
        // SAFETY: alsa-lib checks that one value is left, and stores it in the local variable of its type.
        check(unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_get_channels(p, &mut number),
                Param::Rate => sys::snd_pcm_hw_params_get_rate(p, &mut number, &mut dir),
                Param::Periods => sys::snd_pcm_hw_params_get_periods(p, &mut number, &mut dir),
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_get_period_time(p, &mut number, &mut dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_get_buffer_time(p, &mut number, &mut dir)
                }
                Param::PeriodSize => {
                    sys::snd_pcm_hw_params_get_period_size(p, &mut frames, &mut dir)
                }
                Param::BufferSize => sys::snd_pcm_hw_params_get_buffer_size(p, &mut frames),
            }
        })?;
        let value = u64::from(number).max(frames as u64);
        // Before alsa-lib 1.2.8, the installed configuration lacks these two
        // (https://github.com/alsa-project/alsa-lib/issues/258).
        if value == 0 && matches!(param, Param::Periods | Param::BufferTime) {
            return Err(libc::EINVAL);
        }
        Ok(value)
    }

    /// The lowest value in the space.
    pub fn min(&self, param: Param) -> Result<u64, i32> {
        let p = self.params;
        let (mut number, mut frames, mut dir) = (0, 0, 0);
        // SAFETY: reads an interval of the space, which is never empty, and stores its lower end in the local variable
        // of its type.
        check(unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_get_channels_min(p, &mut number),
                Param::Rate => sys::snd_pcm_hw_params_get_rate_min(p, &mut number, &mut dir),
                Param::Periods => sys::snd_pcm_hw_params_get_periods_min(p, &mut number, &mut dir),
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_get_period_time_min(p, &mut number, &mut dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_get_buffer_time_min(p, &mut number, &mut dir)
                }
                Param::PeriodSize => {
                    sys::snd_pcm_hw_params_get_period_size_min(p, &mut frames, &mut dir)
                }
                Param::BufferSize => sys::snd_pcm_hw_params_get_buffer_size_min(p, &mut frames),
            }
        })?;
        Ok(u64::from(number).max(frames as u64))
    }

    /// The highest value in the space.
    pub fn max(&self, param: Param) -> Result<u64, i32> {
        let p = self.params;
        let (mut number, mut frames, mut dir) = (0, 0, 0);
        // SAFETY: like `min`, for the upper end of the interval.
        check(unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_get_channels_max(p, &mut number),
                Param::Rate => sys::snd_pcm_hw_params_get_rate_max(p, &mut number, &mut dir),
                Param::Periods => sys::snd_pcm_hw_params_get_periods_max(p, &mut number, &mut dir),
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_get_period_time_max(p, &mut number, &mut dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_get_buffer_time_max(p, &mut number, &mut dir)
                }
                Param::PeriodSize => {
                    sys::snd_pcm_hw_params_get_period_size_max(p, &mut frames, &mut dir)
                }
                Param::BufferSize => sys::snd_pcm_hw_params_get_buffer_size_max(p, &mut frames),
            }
        })?;
        Ok(u64::from(number).max(frames as u64))
    }

    /// The access type, if only one is left.
    pub fn access(&self) -> Result<PcmAccess, i32> {
        let mut number = 0;
        // SAFETY: an access type is a C enum, of the same size as `number`; its value is checked below.
        check(unsafe { sys::snd_pcm_hw_params_get_access(self.params, &mut number) })?;
        PcmAccess::ALL
            .into_iter()
            .find(|access| *access as u32 == number)
            .ok_or(libc::EINVAL)
    }

    /// The sample format, if only one is left.
    pub fn format(&self) -> Result<Format, i32> {
        let mut number = 0;
        // SAFETY: a format is a C enum, of the same size as `number`; its value is checked below.
        check(unsafe { sys::snd_pcm_hw_params_get_format(self.params, &mut number) })?;
        Format::from_number(number).ok_or(libc::EINVAL)
    }

    /// Name and description of the subformat (`STD`, `Standard`), if only one is left.
    pub fn subformat(&self) -> Result<(String, String), i32> {
        let mut number = 0;
        // SAFETY: a subformat is a C enum, of the same size as `number`.
        check(unsafe { sys::snd_pcm_hw_params_get_subformat(self.params, &mut number) })?;
        // SAFETY: alsa-lib has just returned `number`, so it is an index of its table of names.
        let name = owned(unsafe { sys::snd_pcm_subformat_name(number) });
        // SAFETY: the table of descriptions has the same indices as the table of names.
        let description = owned(unsafe { sys::snd_pcm_subformat_description(number) });
        Ok((name.unwrap_or_default(), description.unwrap_or_default()))
    }

    /// The exact rate in Hz, as numerator and denominator.
    pub fn rate_fraction(&self) -> Result<(u32, u32), i32> {
        let (mut numerator, mut denominator) = (0, 0);
        let p = self.params;
        // SAFETY: alsa-lib stores two C ints, or returns an error if the space is not yet one configuration.
        check(unsafe {
            sys::snd_pcm_hw_params_get_rate_numden(p, &mut numerator, &mut denominator)
        })?;
        Ok((numerator, denominator))
    }

    /// The bits of a sample that the hardware uses (`snd_pcm_hw_params_get_sbits`).
    pub fn significant_bits(&self) -> Result<i32, i32> {
        // SAFETY: returns a field of `params`, or an error if the space is not yet one configuration.
        let bits = unsafe { sys::snd_pcm_hw_params_get_sbits(self.params) };
        check(bits).map(|()| bits)
    }

    /// Whether the configured device has a capability. False before the space is one configuration, where alsa-lib
    /// would abort.
    pub fn is(&self, capability: Trait) -> bool {
        let p = self.params;
        if self.get(Param::Rate).is_err() {
            return false;
        }
        // SAFETY: alsa-lib asserts that the space is one configuration, which the rate has just shown. Each function
        // then returns a bit of `params`.
        let answer = unsafe {
            match capability {
                Trait::IsBatch => sys::snd_pcm_hw_params_is_batch(p),
                Trait::IsBlockTransfer => sys::snd_pcm_hw_params_is_block_transfer(p),
                Trait::IsDouble => sys::snd_pcm_hw_params_is_double(p),
                Trait::IsHalfDuplex => sys::snd_pcm_hw_params_is_half_duplex(p),
                Trait::IsJointDuplex => sys::snd_pcm_hw_params_is_joint_duplex(p),
                Trait::CanOverrange => sys::snd_pcm_hw_params_can_overrange(p),
                Trait::CanMmapSampleResolution => {
                    sys::snd_pcm_hw_params_can_mmap_sample_resolution(p)
                }
                Trait::CanPause => sys::snd_pcm_hw_params_can_pause(p),
                Trait::CanResume => sys::snd_pcm_hw_params_can_resume(p),
                Trait::CanSyncStart => sys::snd_pcm_hw_params_can_sync_start(p),
                Trait::IsMonotonic => sys::snd_pcm_hw_params_is_monotonic(p),
            }
        };
        answer == 1
    }

    /// alsa-lib's text of the space (`snd_pcm_hw_params_dump`).
    pub fn dump(&self) -> String {
        super::printed(|output| {
            // SAFETY: `printed` passes an open output, and the call only reads `params`.
            unsafe { sys::snd_pcm_hw_params_dump(self.params, output) };
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::ffi::{OpenFlags, open};

    #[test]
    fn a_null_pcm_is_configured_and_read_back() {
        let pcm = open("null", alsa::Direction::Playback, OpenFlags::default()).unwrap();
        assert!(HwParams::current(&pcm).is_err());
        let space = HwParams::any(&pcm).unwrap();
        assert!(
            !space.is(Trait::CanPause),
            "unknown before there is one configuration; must not abort"
        );
        space.set_access(PcmAccess::RwInterleaved).unwrap();
        space.set_format(Format::S16_LE).unwrap();
        space.set_channels(2).unwrap();
        let mut dir = 0;
        assert_eq!(space.set_near(Param::Rate, 44_100, &mut dir), Ok(44_100));
        assert_eq!(space.set_near(Param::PeriodSize, 32, &mut dir), Ok(32));
        assert_eq!(space.set_near(Param::Periods, 4, &mut dir), Ok(4));
        space.install().unwrap();
        let current = HwParams::current(&pcm).unwrap();
        assert_eq!(current.format(), Ok(Format::S16_LE));
        assert_eq!(current.access(), Ok(PcmAccess::RwInterleaved));
        assert_eq!(current.get(Param::BufferSize), Ok(128));
        assert_eq!(current.rate_fraction(), Ok((44_100, 1)));
        assert_eq!(current.subformat().unwrap().0, "STD");
    }
}
