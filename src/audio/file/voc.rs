//! Creative's VOC: blocks of sound, silence and remarks, some of them repeated.
//!
//! Each block of sound says by itself what its samples are. A source has one spec, that of the first; a block of
//! another one ends it with an error. A silence has a rate of its own, by which its length in time is meant.

use super::body::{Body, Bytes, Extent};
use super::wav::fmt::{Fields, plausible};
use super::wav::notes::text;
use super::{Input, ReadOptions};
use crate::audio::error::{Error, Result};
use crate::audio::format::{ByteOrder, Format};
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// What a sample is, by the number of its codec and its bits.
const CODECS: &[(u16, u32, Format)] = &[
    (0, 8, Format::U8),
    (4, 16, Format::S16_LE),
    (6, 8, Format::A_LAW),
    (7, 8, Format::MU_LAW),
];

/// What is no plain sample, for messages.
const COMPRESSED: &[(u16, &str)] = &[
    (1, "Creative ADPCM of 4 bits"),
    (2, "Creative ADPCM of 2.6 bits"),
    (3, "Creative ADPCM of 2 bits"),
    (0x200, "Creative ADPCM of 16 bits"),
];

/// The kinds of blocks.
mod kind {
    pub(super) const END: u8 = 0;
    pub(super) const SOUND: u8 = 1;
    pub(super) const MORE: u8 = 2;
    pub(super) const SILENCE: u8 = 3;
    pub(super) const TEXT: u8 = 5;
    pub(super) const REPEAT: u8 = 6;
    pub(super) const REPEATED: u8 = 7;
    pub(super) const EXTENDED: u8 = 8;
    pub(super) const NEW_SOUND: u8 = 9;
}

/// Bytes of the smallest header.
const HEADER: u16 = 26;

/// The version that brought blocks of the new kind.
const FIRST_WITH_NEW_SOUND: u16 = 0x114;

/// Bytes at the end of such a block that SoX does not count.
const FORGOTTEN: u64 = 8;

/// So often is repeated what has no end.
const ENDLESS: u16 = u16::MAX;

/// Most bytes of a remark, and most remarks, that are looked at.
const LONGEST_TEXT: u64 = 64 << 10;
const MOST_REMARKS: usize = 16;

/// Most bytes of sound that are kept to be repeated.
const MOST_KEPT: usize = 16 << 20;

/// The sound of all blocks, one behind the other.
struct Blocks {
    input: Input,
    spec: Option<Spec>,
    /// What an extended block says of the block of sound that follows it.
    announced: Option<Spec>,
    /// Bytes of the current block of sound that are not read yet.
    unread: u64,
    /// Whether SoX wrote it: it gives blocks of the new kind a version that has none.
    by_sox: bool,
    /// Bytes of silence that are not given yet.
    silent: u64,
    /// Silence that came before the spec was known, in seconds.
    before: f64,
    /// What is between the marks of a repetition, as far as it is read.
    kept: Option<Kept>,
    /// What is given again.
    replay: Option<Replay>,
    /// Bytes given of a frame that is not whole yet.
    over: usize,
    /// Remarks before the first sound.
    remarks: Vec<(&'static str, String)>,
    ended: bool,
}

/// What is read between the marks of a repetition.
struct Kept {
    bytes: Vec<u8>,
    /// How often it will be given again.
    times: u16,
}

struct Replay {
    bytes: Vec<u8>,
    at: usize,
    times: u16,
}

/// Opens a VOC; it describes itself, so the options are not asked. Reads up to the first sound.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let mut bytes = [0; HEADER as usize];
    let held = input.fill(&mut bytes)?;
    let start = fields(&bytes).u16(20);
    let left = u64::from(start.saturating_sub(HEADER));
    if held < bytes.len() || start < HEADER || input.skip(left)? < left {
        return Err(broken(&input, "its header is not whole"));
    }
    let is_old = fields(&bytes).u16(22) < FIRST_WITH_NEW_SOUND;
    let mut blocks = Blocks::new(input);
    let Some(spec) = blocks.first_spec()? else {
        return Err(Error::invalid(blocks.name(), "holds no sound"));
    };
    blocks.by_sox &= is_old;
    let tags = Tags::from_iter(std::mem::take(&mut blocks.remarks));
    // How many frames there are is not known before all blocks are read; what is repeated without end does not end.
    let body = Body::new(blocks, spec, Extent::Open);
    Ok(Box::new(body.with_about(tags.into())))
}

impl Blocks {
    fn new(input: Input) -> Blocks {
        Blocks {
            input,
            spec: None,
            announced: None,
            unread: 0,
            by_sox: false,
            silent: 0,
            before: 0.0,
            kept: None,
            replay: None,
            over: 0,
            remarks: Vec::new(),
            ended: false,
        }
    }

    /// Goes to the first block of sound, and tells of what it is.
    fn first_spec(&mut self) -> Result<Option<Spec>> {
        while self.spec.is_none() && !self.ended {
            self.next_block()?;
        }
        if let Some(spec) = self.spec {
            self.silent = spec.bytes((self.before * f64::from(spec.rate)).round() as u64);
        }
        Ok(self.spec)
    }

    /// Takes up the next block.
    fn next_block(&mut self) -> Result<()> {
        if self.is_short_of_soxs_end()? {
            self.unread = FORGOTTEN;
            return Ok(());
        }
        let at = self.input.position();
        let mut head = [0; 4];
        let held = self.input.fill(&mut head[..1])?;
        if held == 0 || head[0] == kind::END {
            self.ended = true;
            return Ok(());
        }
        if self.input.fill(&mut head[1..])? < 3 {
            return Err(self.broken(format!("it ends inside the head of a block at byte {at}")));
        }
        let size = u32::from_le_bytes([head[1], head[2], head[3], 0]).into();
        match head[0] {
            kind::SOUND => self.begin_sound(size),
            kind::MORE if self.spec.is_some() => self.go_on(size),
            kind::MORE => Err(self.broken("it goes on with sound that never began".to_owned())),
            kind::SILENCE => self.begin_silence(size),
            kind::TEXT if self.spec.is_none() => self.read_text(size),
            kind::REPEAT => self.begin_repeat(size),
            kind::REPEATED => self.end_repeat(size),
            kind::EXTENDED => self.announce(size),
            kind::NEW_SOUND => self.begin_new_sound(size),
            // Markers, texts, and what is not known yet.
            _ => self.pass(size),
        }
    }

    /// Whether nothing follows but what SoX forgot to count, and the mark of the end.
    fn is_short_of_soxs_end(&mut self) -> Result<bool> {
        if !std::mem::take(&mut self.by_sox) {
            return Ok(false);
        }
        let rest = self.input.peek(FORGOTTEN as usize + 2)?;
        Ok(rest.len() as u64 == FORGOTTEN + 1 && rest.ends_with(&[kind::END]))
    }

    /// Reads the fields at the beginning of a block of `size` bytes.
    fn front<const N: usize>(&mut self, size: u64) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        if size < N as u64 {
            return Err(self.broken(format!("one of its blocks has only {size} bytes")));
        }
        if self.input.fill(&mut bytes)? < N {
            return Err(self.broken("it ends inside a block".to_owned()));
        }
        Ok(bytes)
    }

    fn pass(&mut self, bytes: u64) -> Result<()> {
        if self.input.skip(bytes)? < bytes {
            return Err(self.broken("it ends inside a block".to_owned()));
        }
        Ok(())
    }

    /// A block of sound as it always was: one channel, its rate as the length of a sample in µs, below 256.
    fn begin_sound(&mut self, size: u64) -> Result<()> {
        let [time, codec] = self.front(size)?;
        let spec = match self.announced.take() {
            Some(spec) => spec,
            None => {
                let rate = nearest(1_000_000, 256 - u32::from(time));
                self.described(codec.into(), None, 1, rate)?
            }
        };
        self.settle(spec)?;
        self.go_on(size - 2)
    }

    /// What the next block of sound is instead of what it says: a finer rate, for all channels together, or two of them.
    fn announce(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 4] = self.front(size)?;
        self.pass(size - 4)?;
        let channels = u32::from(bytes[3]) + 1;
        let time = 65_536 - u32::from(fields(&bytes).u16(0));
        let rate = nearest(256_000_000, time * channels);
        let spec = self.described(bytes[2].into(), None, channels, rate)?;
        self.announced = Some(spec);
        Ok(())
    }

    fn begin_new_sound(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 12] = self.front(size)?;
        let fields = fields(&bytes);
        let bits = Some(bytes[4].into());
        let spec = self.described(fields.u16(6), bits, bytes[5].into(), fields.u32(0))?;
        self.settle(spec)?;
        self.by_sox = true;
        self.go_on(size - 12)
    }

    /// The spec of a block; `bits` are those of a sample, where it says them.
    fn described(&self, codec: u16, bits: Option<u32>, channels: u32, rate: u32) -> Result<Spec> {
        let found = || -> std::result::Result<Spec, String> {
            let (channels, rate) = plausible(channels, rate)?;
            let row = CODECS.iter().find(|row| row.0 == codec);
            let (_, held, format) = *row.ok_or_else(|| unknown(codec))?;
            if let Some(bits) = bits.filter(|bits| *bits != held) {
                return Err(format!(
                    "is broken: its codec {codec} has no samples of {bits} bits"
                ));
            }
            Spec::new(format, rate, channels).map_err(|error| format!("is broken: {error}"))
        };
        found().map_err(|why| Error::invalid(self.input.name(), why))
    }

    /// Sound of `spec` follows, which must be as all sound before it.
    fn settle(&mut self, spec: Spec) -> Result<()> {
        let known = *self.spec.get_or_insert(spec);
        if known != spec {
            let at = self.input.position();
            let why =
                format!("changes at byte {at} from {known} to {spec}, which is not supported");
            return Err(Error::invalid(self.input.name(), why));
        }
        self.between_frames()
    }

    /// What begins anew begins with a whole frame.
    fn between_frames(&self) -> Result<()> {
        match self.over {
            0 => Ok(()),
            _ => Err(self.broken("one of its blocks ends in the middle of a frame".to_owned())),
        }
    }

    fn go_on(&mut self, size: u64) -> Result<()> {
        self.unread = size;
        Ok(())
    }

    fn read_text(&mut self, size: u64) -> Result<()> {
        let mut bytes = vec![0; size.min(LONGEST_TEXT) as usize];
        let held = self.input.fill(&mut bytes)? as u64;
        self.remarks.push(("comment", text(&bytes)));
        self.remarks.truncate(MOST_REMARKS);
        self.pass(size - held)
    }

    fn begin_silence(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 3] = self.front(size)?;
        self.pass(size - 3)?;
        self.between_frames()?;
        let length = f64::from(fields(&bytes).u16(0)) + 1.0;
        let seconds = length * f64::from(256 - u32::from(bytes[2])) / 1e6;
        match self.spec {
            Some(spec) => {
                self.silent = spec.bytes((seconds * f64::from(spec.rate)).round() as u64);
            }
            None => self.before += seconds,
        }
        Ok(())
    }

    fn begin_repeat(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 2] = self.front(size)?;
        self.pass(size - 2)?;
        self.kept = Some(Kept {
            bytes: Vec::new(),
            times: fields(&bytes).u16(0),
        });
        Ok(())
    }

    fn end_repeat(&mut self, size: u64) -> Result<()> {
        self.pass(size)?;
        let kept = self.kept.take();
        // Nothing, repeated without end, would never come to one.
        self.replay = kept
            .filter(|kept| !kept.bytes.is_empty() && kept.times > 0)
            .map(|Kept { bytes, times }| Replay {
                bytes,
                times,
                at: 0,
            });
        match self.replay {
            Some(_) => self.between_frames(),
            None => Ok(()),
        }
    }

    /// Gives what the current block has, or nothing where it has no more.
    fn give(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.replay.is_some() {
            Ok(self.give_again(buffer))
        } else if self.silent > 0 {
            Ok(self.give_silence(buffer))
        } else if self.unread > 0 {
            self.give_sound(buffer)
        } else {
            Ok(0)
        }
    }

    fn give_again(&mut self, buffer: &mut [u8]) -> usize {
        let Some(replay) = &mut self.replay else {
            return 0;
        };
        let rest = &replay.bytes[replay.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        replay.at += count;
        if replay.at == replay.bytes.len() {
            replay.at = 0;
            replay.times -= u16::from(replay.times != ENDLESS);
        }
        if replay.times == 0 {
            self.replay = None;
        }
        count
    }

    fn give_silence(&mut self, buffer: &mut [u8]) -> usize {
        let Some(spec) = self.spec else {
            return 0;
        };
        let count = self.silent.min(buffer.len() as u64) as usize;
        spec.format.fill_silence(&mut buffer[..count], self.over);
        self.silent -= count as u64;
        count
    }

    fn give_sound(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let want = self.unread.min(buffer.len() as u64) as usize;
        let count = self.input.read(&mut buffer[..want])?;
        if count == 0 {
            let left = self.unread;
            return Err(Error::invalid(
                self.input.name(),
                format!("ends early: {left} bytes are missing from its last block"),
            ));
        }
        self.unread -= count as u64;
        Ok(count)
    }

    /// Keeps what will be repeated.
    fn keep(&mut self, given: &[u8]) -> Result<()> {
        let Some(kept) = &mut self.kept else {
            return Ok(());
        };
        if kept.bytes.len() + given.len() > MOST_KEPT {
            let why = format!("repeats more than {MOST_KEPT} bytes, which is not supported");
            return Err(Error::invalid(self.input.name(), why));
        }
        kept.bytes.extend_from_slice(given);
        Ok(())
    }

    fn broken(&self, why: String) -> Error {
        broken(&self.input, &why)
    }
}

impl Bytes for Blocks {
    fn name(&self) -> &str {
        self.input.name()
    }

    fn remaining(&self) -> Option<u64> {
        None
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = self.give(buffer)?;
            if count > 0 {
                let frame = self.spec.map_or(1, |spec| spec.frame_bytes());
                self.over = (self.over + count) % frame;
                self.keep(&buffer[..count])?;
                return Ok(count);
            }
            if self.ended {
                return Ok(0);
            }
            self.next_block()?;
        }
    }
}

fn nearest(dividend: u32, divisor: u32) -> u32 {
    (dividend + divisor / 2) / divisor
}

fn unknown(codec: u16) -> String {
    match COMPRESSED.iter().find(|(known, _)| *known == codec) {
        Some((_, name)) => format!("is VOC with {name} in it, which is not supported yet"),
        None => format!("is VOC with an unknown codec in it ({codec})"),
    }
}

fn fields(bytes: &[u8]) -> Fields<'_> {
    let order = ByteOrder::Little;
    Fields { bytes, order }
}

fn broken(input: &Input, why: &str) -> Error {
    Error::invalid(input.name(), format!("is broken: {why}"))
}
