//! A source that is read ahead, for a caller that serves a device itself.

use super::feed::{Epoch, Feed};
use super::reader::{FileReader, RingSize};
use super::timeline::Timeline;
use crate::audio::error::{Error, Result};
use crate::audio::ffi::ring::ring;
use crate::audio::metadata::Metadata;
use crate::audio::poll::{entry, poll};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use crate::audio::threads::{self, Task};
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::convert::{FileMark, SeekSource};
use rtrb::{Consumer, RingBuffer};
use std::sync::Arc;
use std::time::Duration;

/// How often a wait for frames checks that the thread still runs.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// A source that the file thread of a playback reads, some seconds ahead: a disk that is slow or stalls does not hold up
/// the caller. At the end of what was read ahead, the source is read directly: a file may have grown.
pub struct ReadAheadSource {
    spec: Spec,
    frames: Option<u64>,
    name: String,
    ring: Consumer<u8>,
    size: RingSize,
    epoch: Arc<Epoch>,
    control: TransferControl,
    /// The thread ends once this is dropped.
    feeds: Option<Consumer<Feed>>,
    /// `None` once it has ended.
    reader: Option<Task<OneFile>>,
    /// The source, once it has been read to its end.
    rest: Option<OneFile>,
}

impl ReadAheadSource {
    /// Starts to read `source`.
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) if the process has no threads or descriptors left.
    pub fn new(source: Box<dyn Source>) -> Result<ReadAheadSource> {
        let (spec, frames, name) = (source.spec(), source.frames(), source.name().to_owned());
        let size = RingSize::ahead_of(spec);
        let (writer, ring) = ring(size.capacity);
        let (feeds, feeds_read) = RingBuffer::new(1);
        let (_, retired) = RingBuffer::new(1);
        let (epoch, control) = (Epoch::first(), TransferControl::new()?);
        let reader = FileReader {
            source: OneFile {
                source,
                error: None,
            },
            ring: writer,
            epoch: epoch.clone(),
            size,
            control: control.clone(),
            counters: Arc::default(),
            timeline: Arc::new(Timeline::new(spec, epoch.clone(), false)),
            feeds,
            retired,
            navigates: false,
        };
        Ok(ReadAheadSource {
            spec,
            frames,
            name,
            ring,
            size,
            epoch,
            control,
            feeds: Some(feeds_read),
            reader: Some(threads::spawn(move || reader.run())?),
            rest: None,
        })
    }

    /// Moves what has been read ahead to the start of `buffer`; returns how many bytes.
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let Ok(chunk) = self.ring.read_chunk(buffer.len().min(self.ring.slots())) else {
            return 0;
        };
        let (first, second) = chunk.as_slices();
        let (to_first, to_second) = buffer[..chunk.len()].split_at_mut(first.len());
        to_first.copy_from_slice(first);
        to_second.copy_from_slice(second);
        let bytes = chunk.len();
        chunk.commit_all();
        if self.size.capacity - self.ring.slots() >= self.size.refill
            && let Some(reader) = &self.reader
        {
            reader.thread().unpark();
        }
        bytes
    }

    /// Waits until something has been read, or the source has ended.
    fn wait(&self) -> Result<()> {
        self.control.wait_for_file();
        // The ring may have been filled between the check and this call.
        if self.ring.slots() > 0 || self.has_ended() {
            return Ok(());
        }
        let descriptor = entry(self.control.descriptor(), libc::POLLIN);
        poll(&mut [descriptor], Some(WATCH_INTERVAL))
            .map_err(|_| Error::internal("waiting for the file thread failed"))?;
        self.control.clear();
        Ok(())
    }

    /// Whether the thread has put all frames into the ring.
    fn has_ended(&self) -> bool {
        self.epoch.has_ended() || self.ring.is_abandoned()
    }

    /// Takes the source back from its thread.
    fn end(&mut self) -> Result<()> {
        match self.reader.take().map(Task::join) {
            Some(Ok(source)) => self.rest = Some(source),
            _ => return Err(Error::internal("the file thread panicked")),
        }
        Ok(())
    }
}

impl Source for ReadAheadSource {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let whole = self.spec.whole_frames(buffer.len())?;
        loop {
            if let Some(rest) = &mut self.rest {
                return rest.read_rest(&mut buffer[..whole]);
            }
            // Read before the ring: if the source has ended now, nothing more will be added to the ring.
            let ended = self.has_ended();
            match self.take(&mut buffer[..whole]) {
                0 if whole == 0 => return Ok(0),
                0 if ended => self.end()?,
                0 => self.wait()?,
                bytes => return Ok(bytes),
            }
        }
    }
}

impl Drop for ReadAheadSource {
    fn drop(&mut self) {
        self.feeds = None;
        if let Some(reader) = &self.reader {
            reader.thread().unpark();
        }
    }
}

/// A source that is read once, from its start to its end.
struct OneFile {
    source: Box<dyn Source>,
    /// What has ended it.
    error: Option<Error>,
}

impl OneFile {
    /// What follows the frames that were read ahead.
    fn read_rest(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match &self.error {
            Some(error) => Err(error.clone()),
            None => self.source.read(buffer),
        }
    }
}

impl Source for OneFile {
    fn spec(&self) -> Spec {
        self.source.spec()
    }

    fn frames(&self) -> Option<u64> {
        self.source.frames()
    }

    fn name(&self) -> &str {
        self.source.name()
    }

    fn metadata(&self) -> Metadata {
        self.source.metadata()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.source.read(buffer);
        self.error = read.as_ref().err().cloned();
        read
    }
}

impl SeekSource for OneFile {
    fn take_marks(&mut self) -> Vec<FileMark> {
        Vec::new()
    }

    fn go_to(&mut self, _index: usize, _seconds: f64) {}

    fn can_go_to(&self, _index: usize) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use crate::audio::stream::testing::drain;
    use std::sync::mpsc::{Receiver, channel};

    /// Reads take what is sent; the end of the channel is an error of the source.
    struct Sent {
        spec: Spec,
        parts: Receiver<Vec<u8>>,
        /// What is left of a part.
        left: Vec<u8>,
    }

    impl Source for Sent {
        fn spec(&self) -> Spec {
            self.spec
        }

        fn frames(&self) -> Option<u64> {
            None
        }

        fn name(&self) -> &str {
            "sent"
        }

        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            if self.left.is_empty() {
                let part = self.parts.recv();
                self.left = part.map_err(|_| Error::internal("cut off"))?;
            }
            let bytes = self.left.len().min(buffer.len());
            buffer[..bytes].copy_from_slice(&self.left[..bytes]);
            self.left.drain(..bytes);
            Ok(bytes)
        }
    }

    fn sent(parts: Receiver<Vec<u8>>) -> ReadAheadSource {
        let spec = Spec::new(Format::S16_LE, 8000, 1).unwrap();
        let left = Vec::new();
        ReadAheadSource::new(Box::new(Sent { spec, parts, left })).unwrap()
    }

    #[test]
    fn frames_come_in_order_and_before_the_error_after_them() {
        let (sender, parts) = channel();
        let mut ahead = sent(parts);
        let sound: Vec<u8> = (0..400_000u32).map(|at| ((at * 7) >> 3) as u8).collect();
        sound
            .chunks(30_000)
            .for_each(|part| sender.send(part.to_vec()).unwrap());
        drop(sender);
        let (read, end) = drain(&mut ahead, 999);
        assert!(read == sound);
        assert!(end.unwrap_err().to_string().contains("cut off"));
        assert!(ahead.read(&mut [0; 2]).is_err());
    }

    #[test]
    fn a_file_that_has_grown_is_read_to_its_new_end() {
        let (sender, parts) = channel();
        let mut ahead = sent(parts);
        for part in [vec![1, 2], vec![], vec![3, 4], vec![]] {
            sender.send(part).unwrap();
        }
        assert_eq!(drain(&mut ahead, 10).0, [1, 2, 3, 4]);
    }

    #[test]
    fn a_source_need_not_be_read_to_its_end() {
        let (sender, parts) = channel();
        sender.send(vec![0; 2]).unwrap();
        let mut ahead = sent(parts);
        assert_eq!(ahead.read(&mut [0; 100]).unwrap(), 2);
        let reader = ahead.reader.take().unwrap();
        drop(ahead);
        sender.send(vec![0; 2]).unwrap();
        reader.thread().unpark();
        assert!(reader.join().is_ok());
    }
}
