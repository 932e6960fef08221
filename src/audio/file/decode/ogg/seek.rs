//! Finding the page at a position of a regular file, without decoding what is before it.

use super::super::read_ahead::{Peek, ReadAhead};
use super::OggDecoder;
use super::page::{OggPage, OggPages};
use crate::audio::error::Result;

/// Decoded frames before a position that are decoded to continue there: Opus takes 80 ms to converge, and blocks of
/// Vorbis overlap.
const LEAD_FRAMES: u64 = 16_384;

/// Fewer bytes than this are walked over instead of searched.
const MIN_DISTANCE: u64 = 128 << 10;

/// Bytes in which a page of the stream is looked for.
const WINDOW_BYTES: u64 = 256 << 10;

/// The end of a page.
#[derive(Clone, Copy, Debug)]
struct PageEnd {
    /// The byte behind it.
    at: u64,
    /// The position of the next frame.
    granule: u64,
}

impl OggDecoder {
    /// Goes to a page at most `frames` after the next frame. Returns how many frames are passed; 0 if the input is a
    /// pipe, or if all pages are too near.
    pub(super) fn pass_pages(&mut self, frames: u64) -> Result<u64> {
        let (Some(position), Some(size)) = (self.position, self.pages.input().size()) else {
            return Ok(0);
        };
        if self.skip > 0 || !self.waiting.is_empty() {
            return Ok(0);
        }
        let start = PageEnd {
            at: self.pages.position(),
            granule: position,
        };
        let ends = self.link_starts.iter().copied();
        let end = ends.filter(|end| *end > start.at).min().unwrap_or(size);
        let target = position.saturating_add(frames);
        let near = self.search(start, end, target.saturating_sub(3 * LEAD_FRAMES))?;
        let Some((from, to)) = self.walk(near, target)? else {
            return Ok(0);
        };
        // Corrupt files have positions that go back.
        if to.granule <= position {
            return Ok(0);
        }
        self.pages.skip(from.at - start.at)?;
        (self.partial, self.sequence, self.is_first_packet) = (None, None, true);
        let mut settling = Vec::new();
        while self.next_page()? {
            self.decode_page(&mut settling)?;
            if self
                .page
                .granule
                .is_some_and(|granule| granule >= to.granule)
            {
                break;
            }
        }
        self.position = Some(to.granule);
        Ok(to.granule - position)
    }

    /// The end of a page not far before position `target`.
    fn search(&self, start: PageEnd, end: u64, target: u64) -> Result<PageEnd> {
        let (mut low, mut high) = (start, end);
        while high.saturating_sub(low.at) > MIN_DISTANCE {
            let middle = low.at + (high - low.at) / 2;
            match self.page_after(middle, high)? {
                Some(end) if end.granule <= target => low = end,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The end of the first page with a position that begins at or after byte `at`, and before `end`.
    fn page_after(&self, at: u64, end: u64) -> Result<Option<PageEnd>> {
        let mut pages = PageWalk::new(self, at);
        let end = end.min(at.saturating_add(WINDOW_BYTES));
        while let Some(page) = pages.next()? {
            if pages.at > end {
                break;
            }
            if let Some(end) = self.end_of(&page, pages.at) {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// From `near` on, the last page end that is not behind `target`, and before it the last one that is far enough
    /// away to start decoding there.
    fn walk(&self, near: PageEnd, target: u64) -> Result<Option<(PageEnd, PageEnd)>> {
        let (mut pages, mut ends) = (PageWalk::new(self, near.at), vec![near]);
        while let Some(page) = pages.next()? {
            match self.end_of(&page, pages.at) {
                Some(end) if end.granule > target || page.is_last => break,
                Some(end) => ends.push(end),
                None => {}
            }
            if page.is_first {
                break;
            }
        }
        let to = ends[ends.len() - 1];
        let is_settled = |end: &&PageEnd| end.granule + LEAD_FRAMES <= to.granule;
        let from = ends.iter().rev().find(is_settled);
        Ok(from.map(|from| (*from, to)))
    }

    fn end_of(&self, page: &OggPage, at: u64) -> Option<PageEnd> {
        let granule = page.granule?;
        let stream = self.stream.as_ref()?;
        (page.serial == stream.serial).then_some(PageEnd { at, granule })
    }
}

/// Reads pages without consuming them.
struct PageWalk<'a> {
    pages: OggPages<Peek<'a>>,
    /// The byte behind the last page.
    at: u64,
}

impl PageWalk<'_> {
    fn new(decoder: &OggDecoder, at: u64) -> PageWalk<'_> {
        let input = decoder.pages.input();
        PageWalk {
            pages: OggPages::new(ReadAhead::new(Peek { input, at })),
            at,
        }
    }

    fn next(&mut self) -> Result<Option<OggPage>> {
        let (skipped, page) = self.pages.next_page()?;
        self.at += skipped + page.as_ref().map_or(0, OggPage::length);
        Ok(page)
    }
}
