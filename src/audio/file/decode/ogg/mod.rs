//! Ogg with Vorbis, Opus or FLAC. Pages and packets are read here.
//!
//! symphonia 0.6.1 refuses a file whose first page of audio is damaged, and takes the position of the last page for the
//! number of frames, also where the first one is not 0.

mod page;
mod seek;
mod stream;

use super::decoder::PacketDecoder;
use super::dropped::Dropped;
use super::frame_source::{Counted, FrameDecoder, FrameSource};
use super::limits::{check_corrupt, check_skipped};
use super::read_ahead::ReadAhead;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::container::Container;
use crate::audio::file::errors::{no_audio, truncated, truncated_in};
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use page::{OggPage, OggPages, page_length};
use std::collections::VecDeque;
use stream::OggStream;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// Pages of a file that are counted at most.
const MAX_PAGES: usize = 1 << 22;

/// Bytes between two pages at most where pages are counted.
const MAX_JUNK: usize = 64 << 10;

/// Opens an Ogg file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let (size, name) = (input.size(), input.name().to_owned());
    let links = links(&input)?;
    let mut decoder = OggDecoder::new(input);
    decoder.last_granule = links.first().map(|link| link.end);
    decoder.link_starts = links.iter().map(|link| link.start).collect();
    // The first stream is known before its first packet is decoded.
    decoder.open_stream()?;
    let metadata = std::mem::take(&mut decoder.metadata);
    let counted = (links.len() > 1).then(|| total(&links));
    let mut source = FrameSource::open(Container::Ogg, name, Box::new(decoder))?;
    source.describe(metadata, size, counted);
    Ok(Box::new(source))
}

/// A chained stream.
struct OggLink {
    /// The first byte of its first page.
    start: u64,
    rate: u32,
    pre_skip: u64,
    /// The position of its end.
    end: u64,
}

/// The streams that follow each other in a regular file; empty for a pipe. Consumes nothing.
fn links(input: &Input) -> Result<Vec<OggLink>> {
    let mut links = Vec::<OggLink>::new();
    let (mut at, mut serial) = (0, None);
    for _ in 0..MAX_PAGES {
        let mut head = [0; 27 + 255 + 64];
        let got = input.read_at(at, &mut head)?;
        let page = page_length(&head[..got]).zip(OggPage::parse_header(&head[..got]));
        let Some((length, page)) = page else {
            match next_mark(input, at + 1)? {
                Some(next) => at = next,
                None => break,
            }
            continue;
        };
        if page.is_first {
            let packet = page
                .packets(&mut None)
                .into_iter()
                .next()
                .unwrap_or_default();
            if let Ok(Some(stream)) = OggStream::start("", page.serial, packet) {
                serial = Some(page.serial);
                links.push(OggLink {
                    start: at,
                    rate: stream.rate(),
                    pre_skip: stream.pre_skip(),
                    end: 0,
                });
            }
        } else if let (Some(granule), Some(link)) = (page.granule, links.last_mut())
            && Some(page.serial) == serial
        {
            link.end = link.end.max(granule);
        }
        at += length as u64;
    }
    Ok(links)
}

/// Where the last page of a regular file ends, which may be behind the end of the file; `None` if there are no pages, as in
/// any pipe. Consumes nothing.
///
/// # Errors
/// If reading fails.
pub(in crate::audio::file) fn end_of_pages(input: &Input) -> Result<Option<u64>> {
    let (mut at, mut end) = (0, None);
    for _ in 0..MAX_PAGES {
        let mut head = [0; 27 + 255];
        let got = input.read_at(at, &mut head)?;
        match page_length(&head[..got]) {
            Some(length) => {
                at += length as u64;
                end = Some(at);
            }
            None => match next_mark(input, at + 1)? {
                Some(next) => at = next,
                None => break,
            },
        }
    }
    Ok(end)
}

/// Where the next page may begin, behind bytes that belong to none.
fn next_mark(input: &Input, at: u64) -> Result<Option<u64>> {
    let mut bytes = vec![0; MAX_JUNK];
    let got = input.read_at(at, &mut bytes)?;
    let found = bytes[..got].windows(4).position(|bytes| bytes == b"OggS");
    Ok(found.map(|found| at + found as u64))
}

fn total(links: &[OggLink]) -> Counted {
    let frames = |link: &OggLink| link.end.saturating_sub(link.pre_skip);
    Counted {
        frames: links.iter().map(frames).sum(),
        seconds: links
            .iter()
            .map(|link| frames(link) as f64 / f64::from(link.rate))
            .sum(),
        is_uniform: links.iter().all(|link| link.rate == links[0].rate),
        bytes: 0,
        is_cut_off: true,
    }
}

/// The decoded frames of the streams in a file.
struct OggDecoder {
    pages: OggPages<Input>,
    stream: Option<OggStream>,
    decoder: Option<Box<dyn PacketDecoder>>,
    metadata: Metadata,
    /// The beginning of the packet that the next page continues; `None` if it is lost.
    partial: Option<Vec<u8>>,
    /// Packets of the page, and the page.
    waiting: VecDeque<Vec<u8>>,
    page: OggPage,
    sequence: Option<u32>,
    /// Whether other pages than the first of the stream have been read. First pages before that are of other streams.
    is_past_start: bool,
    /// Bytes that were skipped in the stream, and are not reported yet.
    skipped: u64,
    /// The position of the next frame; `None` before the end of the first page of audio.
    position: Option<u64>,
    /// Frames to be dropped before the sound.
    skip: u64,
    is_first_packet: bool,
    corrupt: u64,
    /// The position of the end of the first stream, if known, and what is subtracted to get its frames.
    last_granule: Option<u64>,
    start: Option<u64>,
    /// Where the streams of a regular file begin.
    link_starts: Vec<u64>,
}

impl OggDecoder {
    fn new(input: Input) -> OggDecoder {
        OggDecoder {
            pages: OggPages::new(ReadAhead::new(input)),
            stream: None,
            decoder: None,
            metadata: Metadata::default(),
            partial: None,
            waiting: VecDeque::new(),
            page: OggPage::default(),
            sequence: None,
            is_past_start: false,
            skipped: 0,
            position: None,
            skip: 0,
            is_first_packet: true,
            corrupt: 0,
            last_granule: None,
            start: None,
            link_starts: Vec::new(),
        }
    }

    fn name(&self) -> &str {
        self.pages.input().name()
    }

    /// Reads the headers of the next stream, up to its first packet of audio.
    fn open_stream(&mut self) -> Result<()> {
        while self.decoder.is_none() {
            if self.waiting.is_empty() && !self.next_page()? {
                return Err(no_audio(self.name()));
            }
            while let (Some(packet), Some(stream)) = (self.waiting.front(), &mut self.stream) {
                if !stream.take_header(packet) {
                    self.begin()?;
                    break;
                }
                self.waiting.pop_front();
            }
        }
        Ok(())
    }

    /// Makes the decoder, once all headers are read.
    fn begin(&mut self) -> Result<()> {
        if let Some(stream) = &mut self.stream {
            self.skip = stream.pre_skip();
            self.metadata = std::mem::take(&mut stream.metadata);
        }
        let name = self.name().to_owned();
        self.decoder = self
            .stream
            .as_ref()
            .map(|stream| stream.decoder(&name))
            .transpose()?;
        (self.position, self.is_first_packet) = (None, true);
        Ok(())
    }

    /// Goes to the next page of the stream, or of a new one; `false` at the end.
    fn next_page(&mut self) -> Result<bool> {
        loop {
            let (skipped, page) = self.pages.next_page()?;
            check_skipped(skipped, "a page of Ogg", self.name())?;
            let Some(page) = page else {
                self.skipped += skipped;
                return Ok(false);
            };
            let is_next_link = page.is_first && self.is_past_start;
            if self.is_past_start {
                self.skipped += skipped;
            }
            if page.is_first && (self.stream.is_none() || is_next_link) {
                self.start_stream(&page)?;
            } else if self
                .stream
                .as_ref()
                .is_some_and(|stream| stream.serial == page.serial)
            {
                let is_next = self
                    .sequence
                    .is_none_or(|sequence| sequence.wrapping_add(1) == page.sequence);
                if !is_next {
                    self.partial = None;
                }
                self.sequence = Some(page.sequence);
                self.is_past_start = true;
                self.waiting = page.packets(&mut self.partial).into();
                self.page = page;
                return Ok(true);
            }
        }
    }

    /// Takes the first page of a stream, if that is audio.
    fn start_stream(&mut self, page: &OggPage) -> Result<()> {
        let packet = page
            .packets(&mut None)
            .into_iter()
            .next()
            .unwrap_or_default();
        if let Some(stream) = OggStream::start(self.pages.input().name(), page.serial, packet)? {
            (self.stream, self.decoder, self.is_past_start) = (Some(stream), None, false);
            (self.sequence, self.partial) = (Some(page.sequence), Some(Vec::new()));
            self.waiting.clear();
        }
        Ok(())
    }

    /// Decodes all packets of the page into `out`. Returns the spec of the frames and the number of corrupt packets.
    fn decode_page(&mut self, out: &mut Vec<u8>) -> Result<(Option<Spec>, u64)> {
        let (mut spec, mut corrupt, mut frames) = (None, 0, Vec::new());
        // ffmpeg ends FLAC with an empty packet.
        let packets = std::mem::take(&mut self.waiting).into_iter();
        for data in packets.filter(|data| !data.is_empty()) {
            let Some(decoder) = &mut self.decoder else {
                break;
            };
            let packet = Packet::new(0, Timestamp::new(0), Duration::new(0), data);
            let is_vorbis = self
                .stream
                .as_ref()
                .is_some_and(|stream| stream.codec == "Vorbis");
            match catch_panic(|| decoder.decode(&packet, &mut frames)) {
                Ok(decoded) => {
                    // The first packet of Vorbis only prepares the second.
                    let is_silent =
                        is_vorbis && std::mem::replace(&mut self.is_first_packet, false);
                    if !is_silent {
                        out.append(&mut frames);
                    }
                    spec = Some(decoded);
                    self.corrupt = 0;
                }
                Err(_) => {
                    corrupt += 1;
                    self.corrupt += 1;
                }
            }
        }
        check_corrupt(self.corrupt, self.name())?;
        Ok((spec, corrupt))
    }

    /// Cuts what a page has too much, by its position. Returns the number of frames that are missing before it.
    fn place(&mut self, spec: Spec, out: &mut Vec<u8>) -> u64 {
        let count = spec.frames_in(out.len() as u64);
        let Some(granule) = self.page.granule else {
            self.position = self.position.map(|position| position + count);
            return 0;
        };
        let mut missing = 0;
        let from = match self.position {
            Some(position) => position,
            None => self.first_position(granule, count),
        };
        if from + count > granule && self.page.is_last {
            out.truncate(spec.bytes(granule.saturating_sub(from)) as usize);
        } else if self.position.is_some() {
            missing = granule.saturating_sub(from + count);
        }
        self.position = Some(granule);
        missing
    }

    /// The position of the first frame: it may be negative, then frames are dropped.
    fn first_position(&mut self, granule: u64, count: u64) -> u64 {
        let first = granule.saturating_sub(count);
        if !self.page.is_last {
            let is_vorbis = self
                .stream
                .as_ref()
                .is_some_and(|stream| stream.codec == "Vorbis");
            self.skip += if is_vorbis {
                count.saturating_sub(granule)
            } else {
                0
            };
            self.start.get_or_insert(first);
        }
        self.start.get_or_insert(0);
        if self.page.is_last { 0 } else { first }
    }

    /// Whether a stream that should continue after `at` frames is truncated, or ends with a corrupt page. If the number of
    /// frames is known, it shows what is missing.
    fn check_end(&mut self, dropped: &mut Dropped, at: u64) -> Result<()> {
        let rest = std::mem::take(&mut self.skipped);
        let is_noticed = self.promised().is_some_and(|frames| frames > at);
        if rest == 0 || self.page.is_last || is_noticed {
            return Ok(());
        }
        if self.pages.is_cut() {
            return Err(truncated_in(self.name(), "page", at));
        }
        match self.missing() {
            0 => dropped.add_bytes(at, rest),
            missing => return Err(truncated(self.name(), at + missing, at)),
        }
        Ok(())
    }

    /// How many frames a damaged last page has, by its position. In a regular file, that is known from the start.
    fn missing(&self) -> u64 {
        let serial = self.stream.as_ref().map(|stream| stream.serial);
        let page = self.pages.damaged();
        page.filter(|page| Some(page.serial) == serial && page.sequence > self.page.sequence)
            .and_then(|page| page.granule?.checked_sub(self.position?))
            .unwrap_or(0)
    }

    /// Drops what is before the sound.
    fn drop_start(&mut self, spec: Spec, out: &mut Vec<u8>) {
        let bytes = spec.bytes(self.skip).min(out.len() as u64);
        out.drain(..bytes as usize);
        self.skip -= spec.frames_in(bytes);
    }
}

impl FrameDecoder for OggDecoder {
    fn next(&mut self, out: &mut Vec<u8>, dropped: &mut Dropped, at: u64) -> Result<Option<Spec>> {
        loop {
            if self.waiting.is_empty() && !self.next_page()? {
                self.check_end(dropped, at)?;
                return Ok(None);
            }
            if self.decoder.is_none() {
                self.open_stream()?;
            }
            let (spec, corrupt) = self.decode_page(out)?;
            (0..corrupt).for_each(|_| dropped.add_packet(at));
            let Some(spec) = spec.filter(|spec| spec.frame_bytes() > 0) else {
                continue;
            };
            let missing = self.place(spec, out);
            let skipped = std::mem::take(&mut self.skipped);
            if missing > 0 {
                dropped.add_frames(at, missing);
            } else if skipped > 0 {
                dropped.add_bytes(at, skipped);
            }
            self.drop_start(spec, out);
            if !out.is_empty() {
                return Ok(Some(spec));
            }
        }
    }

    fn pass(&mut self, frames: u64) -> Result<u64> {
        self.pass_pages(frames)
    }

    fn codec(&self) -> &'static str {
        self.stream.as_ref().map_or("Ogg", |stream| stream.codec)
    }

    fn promised(&self) -> Option<u64> {
        let stream = self.stream.as_ref()?;
        let before = self.start? + stream.pre_skip();
        let counted = self.last_granule.map(|end| end.saturating_sub(before));
        // The header does not count what a stream that was cut out of another lacks.
        let declared = stream.frames().filter(|_| before == 0);
        counted.filter(|frames| *frames > 0).max(declared)
    }

    fn channel_map(&self, channels: u32) -> Option<ChannelMap> {
        let mask = self.stream.as_ref().and_then(|stream| stream.channel_mask);
        let tagged = mask.map(|mask| ChannelMap::from_mask(mask, channels));
        tagged.or_else(|| self.decoder.as_ref()?.channel_map())
    }
}

#[cfg(test)]
mod tests;
