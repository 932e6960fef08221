//! A PCM's hardware parameter space (`snd_pcm_hw_params_t`), with what the `alsa` crate's own wrapper leaves out:
//! the rounding direction of every value, the exact rate, the subformat, and what the hardware is and can.

use super::{check, owned, raw};
use crate::audio::format::Format;
use alsa::pcm::PCM;
use alsa_sys as sys;
use std::ptr::null_mut;

/// An errno (positive) where libasound reports an error.
pub type Result<T, E = i32> = std::result::Result<T, E>;

/// How frames are handed over (`snd_pcm_access_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum PcmAccess {
    /// Interleaved, in the device's own memory.
    MmapInterleaved = 0,
    /// One channel after the other, in the device's own memory.
    MmapNoninterleaved = 1,
    /// Any layout, in the device's own memory.
    MmapComplex = 2,
    /// Interleaved, by read and write.
    RwInterleaved = 3,
    /// One channel after the other, by read and write.
    RwNoninterleaved = 4,
}

impl PcmAccess {
    /// Every way of access, in alsa-lib's order.
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

/// A value with a minimum, a maximum and a nearest realisable one.
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

/// A yes or no that a configured device tells of itself.
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
}

/// A configuration space, or (once it is installed) the configuration, of one PCM.
#[derive(Debug)]
pub struct HwParams<'a> {
    params: *mut sys::snd_pcm_hw_params_t,
    pcm: &'a PCM,
}

impl Drop for HwParams<'_> {
    fn drop(&mut self) {
        // SAFETY: allocated in `empty`, freed once.
        unsafe { sys::snd_pcm_hw_params_free(self.params) };
    }
}

impl Clone for HwParams<'_> {
    fn clone(&self) -> Self {
        // Running out of memory for a few hundred bytes is the only way this fails, as for any clone.
        let copy = HwParams::empty(self.pcm).expect("out of memory");
        // SAFETY: both are allocated.
        unsafe { sys::snd_pcm_hw_params_copy(copy.params, self.params) };
        copy
    }
}

impl<'a> HwParams<'a> {
    fn empty(pcm: &'a PCM) -> Result<HwParams<'a>> {
        let mut params = null_mut();
        // SAFETY: on success the pointer is ours until `drop`.
        check(unsafe { sys::snd_pcm_hw_params_malloc(&mut params) })?;
        Ok(HwParams { params, pcm })
    }

    /// All that the device can be configured to (`snd_pcm_hw_params_any`).
    pub fn any(pcm: &'a PCM) -> Result<HwParams<'a>> {
        let space = HwParams::empty(pcm)?;
        // SAFETY: an open handle and allocated parameters.
        check(unsafe { sys::snd_pcm_hw_params_any(raw(pcm), space.params) })?;
        Ok(space)
    }

    /// The configuration that is installed (`snd_pcm_hw_params_current`); `EBADFD` if there is none.
    pub fn current(pcm: &'a PCM) -> Result<HwParams<'a>> {
        let space = HwParams::empty(pcm)?;
        // SAFETY: an open handle and allocated parameters.
        check(unsafe { sys::snd_pcm_hw_params_current(raw(pcm), space.params) })?;
        Ok(space)
    }

    /// Narrows the space to one configuration and installs it (`snd_pcm_hw_params`).
    pub fn install(&self) -> Result<()> {
        // SAFETY: an open handle and allocated parameters.
        check(unsafe { sys::snd_pcm_hw_params(raw(self.pcm), self.params) })
    }

    /// Restricts the space to one way of access.
    pub fn set_access(&self, access: PcmAccess) -> Result<()> {
        check(unsafe { sys::snd_pcm_hw_params_set_access(raw(self.pcm), self.params, access as _) })
    }

    /// Whether the space holds this way of access.
    pub fn has_access(&self, access: PcmAccess) -> bool {
        check(unsafe {
            sys::snd_pcm_hw_params_test_access(raw(self.pcm), self.params, access as _)
        })
        .is_ok()
    }

    /// Restricts the space to one sample format.
    pub fn set_format(&self, format: Format) -> Result<()> {
        check(unsafe {
            sys::snd_pcm_hw_params_set_format(raw(self.pcm), self.params, format.number())
        })
    }

    /// Whether the space holds this sample format.
    pub fn has_format(&self, format: Format) -> bool {
        check(unsafe {
            sys::snd_pcm_hw_params_test_format(raw(self.pcm), self.params, format.number())
        })
        .is_ok()
    }

    /// Restricts the space to exactly this many channels.
    pub fn set_channels(&self, channels: u32) -> Result<()> {
        check(unsafe { sys::snd_pcm_hw_params_set_channels(raw(self.pcm), self.params, channels) })
    }

    /// Restricts the space to exactly this rate.
    pub fn set_rate(&self, rate: u32) -> Result<()> {
        check(unsafe { sys::snd_pcm_hw_params_set_rate(raw(self.pcm), self.params, rate, 0) })
    }

    /// Whether the space holds exactly this value of `Channels` or `Rate`; other values answer no.
    pub fn has(&self, param: Param, value: u32) -> bool {
        let pcm = raw(self.pcm);
        let code = unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_test_channels(pcm, self.params, value),
                Param::Rate => sys::snd_pcm_hw_params_test_rate(pcm, self.params, value, 0),
                _ => -libc::EINVAL,
            }
        };
        check(code).is_ok()
    }

    /// Restricts the space to the value nearest to `wanted` and gives it. `dir` is the rounding direction, in
    /// and out, as alsa-lib's `…_near` functions take it.
    pub fn set_near(&self, param: Param, wanted: u64, dir: &mut i32) -> Result<u64> {
        let (pcm, params) = (raw(self.pcm), self.params);
        let mut small = u32::try_from(wanted).unwrap_or(i32::MAX as u32);
        let mut large = wanted as sys::snd_pcm_uframes_t;
        let mut frames = false;
        let code = unsafe {
            match param {
                Param::Channels => {
                    sys::snd_pcm_hw_params_set_channels_near(pcm, params, &mut small)
                }
                Param::Rate => sys::snd_pcm_hw_params_set_rate_near(pcm, params, &mut small, dir),
                Param::Periods => {
                    sys::snd_pcm_hw_params_set_periods_near(pcm, params, &mut small, dir)
                }
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_set_period_time_near(pcm, params, &mut small, dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_set_buffer_time_near(pcm, params, &mut small, dir)
                }
                Param::PeriodSize => {
                    frames = true;
                    sys::snd_pcm_hw_params_set_period_size_near(pcm, params, &mut large, dir)
                }
                Param::BufferSize => {
                    frames = true;
                    sys::snd_pcm_hw_params_set_buffer_size_near(pcm, params, &mut large)
                }
            }
        };
        check(code)?;
        Ok(if frames { large as u64 } else { small.into() })
    }

    /// The one value that is left; an error where there are several.
    pub fn get(&self, param: Param) -> Result<u64> {
        let p = self.params;
        let (mut small, mut large, mut dir) = (0, 0, 0);
        check(unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_get_channels(p, &mut small),
                Param::Rate => sys::snd_pcm_hw_params_get_rate(p, &mut small, &mut dir),
                Param::Periods => sys::snd_pcm_hw_params_get_periods(p, &mut small, &mut dir),
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_get_period_time(p, &mut small, &mut dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_get_buffer_time(p, &mut small, &mut dir)
                }
                Param::PeriodSize => {
                    sys::snd_pcm_hw_params_get_period_size(p, &mut large, &mut dir)
                }
                Param::BufferSize => sys::snd_pcm_hw_params_get_buffer_size(p, &mut large),
            }
        })?;
        Ok(u64::from(small).max(large as u64))
    }

    /// The least value in the space.
    pub fn min(&self, param: Param) -> Result<u64> {
        let p = self.params;
        let (mut small, mut large, mut dir) = (0, 0, 0);
        check(unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_get_channels_min(p, &mut small),
                Param::Rate => sys::snd_pcm_hw_params_get_rate_min(p, &mut small, &mut dir),
                Param::Periods => sys::snd_pcm_hw_params_get_periods_min(p, &mut small, &mut dir),
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_get_period_time_min(p, &mut small, &mut dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_get_buffer_time_min(p, &mut small, &mut dir)
                }
                Param::PeriodSize => {
                    sys::snd_pcm_hw_params_get_period_size_min(p, &mut large, &mut dir)
                }
                Param::BufferSize => sys::snd_pcm_hw_params_get_buffer_size_min(p, &mut large),
            }
        })?;
        Ok(u64::from(small).max(large as u64))
    }

    /// The greatest value in the space.
    pub fn max(&self, param: Param) -> Result<u64> {
        let p = self.params;
        let (mut small, mut large, mut dir) = (0, 0, 0);
        check(unsafe {
            match param {
                Param::Channels => sys::snd_pcm_hw_params_get_channels_max(p, &mut small),
                Param::Rate => sys::snd_pcm_hw_params_get_rate_max(p, &mut small, &mut dir),
                Param::Periods => sys::snd_pcm_hw_params_get_periods_max(p, &mut small, &mut dir),
                Param::PeriodTime => {
                    sys::snd_pcm_hw_params_get_period_time_max(p, &mut small, &mut dir)
                }
                Param::BufferTime => {
                    sys::snd_pcm_hw_params_get_buffer_time_max(p, &mut small, &mut dir)
                }
                Param::PeriodSize => {
                    sys::snd_pcm_hw_params_get_period_size_max(p, &mut large, &mut dir)
                }
                Param::BufferSize => sys::snd_pcm_hw_params_get_buffer_size_max(p, &mut large),
            }
        })?;
        Ok(u64::from(small).max(large as u64))
    }

    /// The one way of access that is left.
    pub fn access(&self) -> Result<PcmAccess> {
        let mut number = 0;
        check(unsafe { sys::snd_pcm_hw_params_get_access(self.params, &mut number) })?;
        PcmAccess::ALL
            .into_iter()
            .find(|access| *access as u32 == number)
            .ok_or(libc::EINVAL)
    }

    /// The one sample format that is left.
    pub fn format(&self) -> Result<Format> {
        let mut number = 0;
        check(unsafe { sys::snd_pcm_hw_params_get_format(self.params, &mut number) })?;
        Format::from_number(number).ok_or(libc::EINVAL)
    }

    /// Name and description of the subformat (`STD`, `Standard`).
    pub fn subformat(&self) -> Result<(String, String)> {
        let mut number = 0;
        check(unsafe { sys::snd_pcm_hw_params_get_subformat(self.params, &mut number) })?;
        let name = owned(unsafe { sys::snd_pcm_subformat_name(number) });
        let description = owned(unsafe { sys::snd_pcm_subformat_description(number) });
        Ok((name.unwrap_or_default(), description.unwrap_or_default()))
    }

    /// The exact rate as a fraction, numerator and denominator, in Hz.
    pub fn rate_fraction(&self) -> Result<(u32, u32)> {
        let (mut numerator, mut denominator) = (0, 0);
        check(unsafe {
            sys::snd_pcm_hw_params_get_rate_numden(self.params, &mut numerator, &mut denominator)
        })?;
        Ok((numerator, denominator))
    }

    /// Bits of a sample that the hardware really uses (`snd_pcm_hw_params_get_sbits`).
    pub fn significant_bits(&self) -> Result<i32> {
        let bits = unsafe { sys::snd_pcm_hw_params_get_sbits(self.params) };
        check(bits).map(|()| bits)
    }

    /// What the configured device tells of itself. Only meaningful once installed: alsa-lib aborts where the
    /// space is not yet one configuration, so then the answer is no.
    pub fn is(&self, question: Trait) -> bool {
        let p = self.params;
        if self.get(Param::Rate).is_err() {
            return false;
        }
        let answer = unsafe {
            match question {
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
            }
        };
        answer == 1
    }

    /// alsa-lib's own text of the space (`snd_pcm_hw_params_dump`).
    pub fn dump(&self) -> String {
        super::printed(|output| {
            // SAFETY: allocated parameters and an open output.
            unsafe { sys::snd_pcm_hw_params_dump(self.params, output) };
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::ffi::{OpenFlags, open};

    #[test]
    fn the_null_pcm_is_configured_and_read_back() {
        let pcm = open("null", alsa::Direction::Playback, OpenFlags::default()).unwrap();
        assert!(HwParams::current(&pcm).is_err());
        let space = HwParams::any(&pcm).unwrap();
        assert!(
            !space.is(Trait::CanPause),
            "not yet one configuration: no, and no abort"
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
