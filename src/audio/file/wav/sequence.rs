//! Several WAVs in a row: programs that speak send one for each sentence through one pipe.

use super::chunks::{self, WavDataChunk};
use super::data_length::{data_length, form_end, starts_chunk};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::file::fields::Fields;
use crate::audio::file::id3;
use crate::audio::file::input::Input;
use crate::audio::file::magic::is_wav;
use crate::audio::file::pcm_reader::{ByteStream, DataLength, PcmReader, skip_by_reading};
use crate::audio::format::ByteOrder;
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// Bytes that begin a WAV: `RIFF`, a length, `WAVEfmt `. Samples do not have them by chance.
const FORM_BYTES: usize = 16;

/// Bytes of samples of unknown length that are searched for another WAV before any is played.
const MAX_SEARCH_BYTES: usize = 8 << 20;

/// Its id and its length.
const CHUNK_HEADER_BYTES: u64 = 8;

/// Chunks behind the samples of a WAV at most.
const MAX_TRAILING_CHUNKS: usize = 4096;

/// The outermost chunk of a WAV.
#[derive(Clone, Copy)]
pub(super) struct WavExtent {
    order: ByteOrder,
    /// Where it ends in the input, if that is known.
    end: Option<u64>,
}

impl WavExtent {
    pub(super) fn of(data: &WavDataChunk) -> WavExtent {
        WavExtent {
            order: data.order,
            end: form_end(data),
        }
    }

    /// The length of the chunk that `bytes`, at `position`, begin with its padding; `None` if they begin no chunk. Ids
    /// that are not known are trusted only inside the outermost chunk.
    fn chunk_bytes(self, bytes: &[u8], position: u64) -> Option<u64> {
        let (id, order) = (bytes.get(..4)?, self.order);
        let size = bytes
            .get(..8)
            .map_or(0, |bytes| u64::from(Fields { bytes, order }.u32(4)));
        let is_inside = self.end.is_some_and(|end| position + 8 + size <= end);
        let is_id = id.iter().all(|byte| (b' '..=b'~').contains(byte));
        let is_chunk = starts_chunk(bytes) || (bytes.len() >= 8 && is_id && is_inside);
        is_chunk.then(|| 8 + size + size % 2)
    }
}

/// The samples of a WAV whose header does not say where they end: at the next WAV, or at the end of the input.
pub(super) struct WavData {
    input: Input,
    is_open: bool,
    form: WavExtent,
}

impl WavData {
    pub(super) fn new(input: Input, length: DataLength, form: WavExtent) -> WavData {
        WavData {
            input,
            is_open: !matches!(length, DataLength::Declared(_)),
            form,
        }
    }

    /// Returns the bytes of a new WAV to the input, or those that may become one. Returns how many of `bytes` are left.
    fn cut(&mut self, bytes: &[u8]) -> usize {
        let candidates = (0..bytes.len()).filter(|at| bytes[*at] == b'R');
        let found = candidates
            .into_iter()
            .find(|at| may_begin_form(&bytes[*at..]));
        let end = found.unwrap_or(bytes.len());
        if end < bytes.len() {
            self.input.unread(&bytes[end..]);
        }
        end
    }
}

/// Whether `bytes` begin a WAV, as far as they go.
fn may_begin_form(bytes: &[u8]) -> bool {
    let matches = |at: usize, mark: &[u8]| {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.len().min(mark.len());
        rest[..length] == mark[..length]
    };
    matches(0, b"RIFF") && matches(8, b"WAVEfmt ")
}

impl ByteStream for WavData {
    fn name(&self) -> &str {
        self.input.name()
    }

    fn remaining(&self) -> Option<u64> {
        self.input.remaining()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if !self.is_open {
            return self.input.read(buffer);
        }
        let got = self.input.read(buffer)?;
        let kept = self.cut(&buffer[..got]);
        if kept > 0 || got == 0 {
            return Ok(kept);
        }
        let ahead = self.input.peek(FORM_BYTES)?;
        if ahead.len() == FORM_BYTES && may_begin_form(ahead) {
            return Ok(0);
        }
        // Only a sample that looks like the beginning of a WAV.
        let room = buffer.len().min(1);
        self.input.read(&mut buffer[..room])
    }

    fn skip(&mut self, count: u64) -> Result<u64> {
        if !self.is_open {
            return self.input.skip(count);
        }
        skip_by_reading(self, count)
    }
}

/// WAVs with uncompressed samples, one after the other.
pub(super) struct WavSequence {
    /// `None` once the end has been reached.
    current: Option<PcmReader<WavData>>,
    /// A WAV of another spec: the next segment.
    next: Option<PcmReader<WavData>>,
    spec: Spec,
    name: String,
    metadata: Metadata,
    frames: Option<u64>,
    channel_map: Option<ChannelMap>,
    warning: Option<String>,
    /// Whether it ends with the first WAV.
    only_first: bool,
}

impl WavSequence {
    pub(super) fn new(reader: PcmReader<WavData>, has_more: bool) -> WavSequence {
        WavSequence {
            spec: reader.spec(),
            name: reader.name().to_owned(),
            metadata: reader.metadata(),
            frames: reader.frames().filter(|_| !has_more),
            channel_map: reader.channel_map(),
            current: Some(reader),
            next: None,
            warning: None,
            only_first: false,
        }
    }

    /// The first WAV alone.
    pub(super) fn only_first(self) -> WavSequence {
        WavSequence {
            only_first: true,
            ..self
        }
    }

    /// Goes on with what follows the samples that have been read; `false` at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(reader) = self.current.take() else {
            return Ok(false);
        };
        if self.only_first {
            return Ok(false);
        }
        let (spec, map) = (reader.spec(), reader.channel_map());
        let WavData {
            mut input, form, ..
        } = reader.into_stream();
        let (following, has_more_data) = find_next(&mut input, form)?;
        if has_more_data {
            self.warning = Some(format!(
                "'{}': it has more than one 'data' chunk; only the first is played",
                self.name
            ));
        }
        match following {
            Following::Nothing => Ok(false),
            Following::Samples => {
                let message = format!(
                    "'{}': its header gives only the length of its first part",
                    self.name
                );
                self.warning = Some(message);
                self.current = Some(reader_of(input, spec, DataLength::Unknown, form, map));
                Ok(true)
            }
            Following::Wav => {
                let header = chunks::read_header(&mut input)?;
                let length = data_length(&mut input, &header.data)?;
                let (fmt, form) = (&header.fmt, WavExtent::of(&header.data));
                let reader = reader_of(input, fmt.spec, length, form, fmt.channel_map());
                if reader.spec() == spec && reader.channel_map() == map {
                    self.current = Some(reader);
                    return Ok(true);
                }
                self.next = Some(reader);
                Ok(false)
            }
        }
    }
}

fn reader_of(
    input: Input,
    spec: Spec,
    length: DataLength,
    form: WavExtent,
    map: Option<ChannelMap>,
) -> PcmReader<WavData> {
    PcmReader::new(WavData::new(input, length, form), spec, length).with_channel_map(map)
}

/// What follows the samples of a WAV.
enum Following {
    Nothing,
    Wav,
    /// More samples, in a pipe.
    Samples,
}

/// Whether another WAV follows the samples of the regular file `input`, which end at `end`.
pub(super) fn is_followed(input: &Input, end: u64) -> Result<bool> {
    let mut bytes = [0; 12];
    let is_form = |at: u64, bytes: &mut [u8; 12]| -> Result<bool> {
        Ok(input.read_at(at, bytes)? == bytes.len() && is_wav(&bytes[..]))
    };
    if is_form(end, &mut bytes)? {
        return Ok(true);
    }
    let tag = id3::tag_length(&bytes).unwrap_or(1);
    is_form(end + tag, &mut bytes)
}

/// Whether another WAV is among the samples from `start` on. Only the first part of a long file is searched.
pub(super) fn holds_another(input: &Input, start: u64) -> Result<bool> {
    let mut bytes = vec![0; MAX_SEARCH_BYTES];
    let got = input.read_at(start, &mut bytes)?;
    let mut forms = bytes[..got].windows(FORM_BYTES);
    Ok(forms.any(|bytes| bytes[0] == b'R' && may_begin_form(bytes)))
}

/// What tags begin with that follow a WAV, but are no chunks of it: ID3v1, APE and Lyrics3.
const TAGS: [&[u8]; 3] = [b"TAG", b"APETAGEX", b"LYRICSBEGIN"];

/// Passes the chunks behind the samples. Returns whether one of them has samples, too, as well.
fn find_next(input: &mut Input, form: WavExtent) -> Result<(Following, bool)> {
    let mut has_more_data = false;
    for _ in 0..MAX_TRAILING_CHUNKS {
        let ahead = input.peek(FORM_BYTES)?.to_vec();
        if is_wav(&ahead) {
            return Ok((Following::Wav, has_more_data));
        }
        if is_wav(ahead.get(1..).unwrap_or_default()) && ahead[0] == 0 {
            input.skip(1)?;
            return Ok((Following::Wav, has_more_data));
        }
        let position = input.position();
        let padded = || {
            form.chunk_bytes(ahead.get(1..)?, position + 1)
                .map(|bytes| bytes + 1)
        };
        let chunk = match ahead.first() {
            Some(0) => padded(),
            _ => form.chunk_bytes(&ahead, position),
        };
        // Another WAV may follow its ID3v2 tag.
        let Some(bytes) = id3::tag_length(&ahead).or(chunk) else {
            // A writer that cannot go back in a pipe leaves the length of its first part in the header.
            let is_pipe = input.size().is_none();
            let is_tag = TAGS.iter().any(|tag| ahead.starts_with(tag));
            let are_samples = is_pipe
                && ahead.len() == FORM_BYTES
                && !is_tag
                && ahead.iter().any(|byte| *byte != 0);
            let following = match are_samples {
                true => Following::Samples,
                false => Following::Nothing,
            };
            return Ok((following, has_more_data));
        };
        has_more_data |= ahead.starts_with(b"data") && bytes > CHUNK_HEADER_BYTES;
        input.skip(bytes)?;
    }
    Ok((Following::Nothing, has_more_data))
}

impl Source for WavSequence {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.channel_map.clone()
    }

    fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let Some(reader) = &mut self.current else {
                return Ok(0);
            };
            match reader.read(buffer) {
                Ok(0) if buffer.len() >= self.spec.frame_bytes() => {
                    if !self.advance()? {
                        return Ok(0);
                    }
                }
                read => return read,
            }
        }
    }

    fn next_segment(&mut self) -> Result<bool> {
        let Some(reader) = self.next.take() else {
            return Ok(false);
        };
        (self.spec, self.channel_map) = (reader.spec(), reader.channel_map());
        self.current = Some(reader);
        Ok(true)
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        let mut left = frames;
        while left > 0 {
            let Some(reader) = &mut self.current else {
                break;
            };
            match reader.skip(left)? {
                0 if !self.advance()? => break,
                skipped => left -= skipped,
            }
        }
        Ok(frames - left)
    }
}
