//! A sink that is written behind, for a caller that serves a device itself.

use super::mark::{MarkKind, MarkQueue};
use super::wakeup::Wakeup;
use super::writer::{FileWriter, RARE_WRITE};
use crate::audio::error::{Error, Result};
use crate::audio::memory;
use crate::audio::poll::{entry, poll};
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use crate::audio::threads::{self, Task};
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::wall_time::WallTime;
use rtrb::{Producer, RingBuffer};
use std::sync::Arc;
use std::time::Duration;

/// How often a wait for room checks that the thread still runs.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// A sink that the file thread of a recording writes: a disk that stalls does not hold up the caller, until the ring is
/// full. The thread makes a valid file of each piece that it writes.
pub struct WriteBehindSink {
    spec: Spec,
    name: String,
    ring: Producer<u8>,
    marks: MarkQueue,
    wake: Arc<Wakeup>,
    /// How many bytes must be in the ring to wake the thread.
    wake_at: usize,
    /// Frames put into the ring so far.
    frames: u64,
    control: TransferControl,
    /// `None` once it has ended.
    writer: Option<Task<(u64, Result<()>)>>,
    /// How it has ended.
    written: Result<()>,
}

impl WriteBehindSink {
    /// Starts to write to `sink`, with a ring of this length. `immediate` is whether frames are written at once (a pipe)
    /// or in larger pieces (a file).
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) if there are no threads, descriptors or memory left.
    pub fn new(sink: Box<dyn Sink>, ring: Duration, immediate: bool) -> Result<WriteBehindSink> {
        let (spec, name) = (sink.spec(), sink.name().to_owned());
        let bytes = spec.bytes(spec.frames_lasting(ring).max(1));
        memory::check(bytes)?;
        let (ring, ring_read) = RingBuffer::new(bytes as usize);
        let (wake, control) = (Arc::<Wakeup>::default(), TransferControl::new()?);
        let (writer, marks) = FileWriter::new(sink, ring_read, control.clone(), wake.clone(), None);
        Ok(WriteBehindSink {
            spec,
            name,
            ring,
            marks,
            wake,
            wake_at: match immediate {
                true => 1,
                false => spec.bytes(spec.frames_lasting(RARE_WRITE)).min(bytes / 2) as usize,
            },
            frames: 0,
            control,
            writer: Some(threads::spawn(move || writer.run())?),
            written: Ok(()),
        })
    }

    /// Puts whole frames into the ring, as many as fit; returns the bytes.
    fn put(&mut self, frames: &[u8]) -> Result<usize> {
        let room = self
            .spec
            .whole_frames(self.ring.slots().min(frames.len()))?;
        let Ok(mut chunk) = self.ring.write_chunk(room) else {
            return Ok(0);
        };
        let (first, second) = chunk.as_mut_slices();
        let (to_first, to_second) = frames[..room].split_at(first.len());
        first.copy_from_slice(to_first);
        second.copy_from_slice(to_second);
        chunk.commit_all();
        self.frames += self.spec.frames_in(room as u64);
        if self.ring.buffer().capacity() - self.ring.slots() >= self.wake_at {
            self.wake.notify();
        }
        Ok(room)
    }

    /// Waits until the thread has made room.
    fn wait(&self) -> Result<()> {
        self.control.wait_for_file();
        // The ring may have been emptied between the check and this call.
        if self.ring.slots() < self.spec.frame_bytes() {
            let descriptor = entry(self.control.descriptor(), libc::POLLIN);
            poll(&mut [descriptor], Some(WATCH_INTERVAL))
                .map_err(|_| Error::internal("waiting for the file thread failed"))?;
            self.control.clear();
        }
        Ok(())
    }

    /// Whether the thread has ended before it was asked to.
    fn has_failed(&self) -> bool {
        self.control.command() != TransferCommand::Run || self.ring.is_abandoned()
    }
}

impl Sink for WriteBehindSink {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let mut left = frames;
        while !left.is_empty() {
            if self.has_failed() {
                return self.finish();
            }
            match self.put(left)? {
                0 => self.wait()?,
                bytes => left = &left[bytes..],
            }
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.wake.notify();
        Ok(())
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn next_file(&mut self) -> Result<()> {
        self.marks.push(self.frames, MarkKind::NewFile);
        Ok(())
    }

    fn set_time(&mut self, next_frame: WallTime) {
        self.marks.push(self.frames, MarkKind::Time(next_frame));
    }

    /// Waits until everything is written.
    fn finish(&mut self) -> Result<()> {
        if let Some(writer) = self.writer.take() {
            // The thread ends once the ring is abandoned and empty.
            self.ring = RingBuffer::new(0).0;
            self.wake.notify();
            self.written = match writer.join() {
                Ok((_, written)) => written,
                Err(_) => Err(Error::internal("the file thread panicked")),
            };
        }
        self.written.clone()
    }
}

impl Drop for WriteBehindSink {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::error::Kind;
    use crate::audio::format::Format;
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    /// Hands over what is written, as far as it is received; then it fails.
    struct Handed {
        spec: Spec,
        pieces: SyncSender<Vec<u8>>,
    }

    impl Sink for Handed {
        fn spec(&self) -> Spec {
            self.spec
        }

        fn name(&self) -> &str {
            "handed"
        }

        fn write(&mut self, frames: &[u8]) -> Result<()> {
            let sent = self.pieces.send(frames.to_vec());
            sent.map_err(|_| Error::new(Kind::NoSpace, "full"))
        }

        fn checkpoint(&mut self) -> Result<()> {
            Ok(())
        }

        fn frames(&self) -> u64 {
            0
        }

        fn next_file(&mut self) -> Result<()> {
            self.write(b"next")
        }

        fn finish(&mut self) -> Result<()> {
            Ok(())
        }
    }

    /// A sink with a ring of 1000 frames of two bytes, and what it passes on.
    fn handed(immediate: bool) -> (WriteBehindSink, Receiver<Vec<u8>>) {
        let spec = Spec::new(Format::S16_LE, 8000, 1).unwrap();
        let (pieces, received) = sync_channel(0);
        let sink = Box::new(Handed { spec, pieces });
        let ring = Duration::from_millis(125);
        (
            WriteBehindSink::new(sink, ring, immediate).unwrap(),
            received,
        )
    }

    #[test]
    fn frames_and_the_start_of_a_file_stay_in_order_while_the_sink_stalls() {
        let (mut sink, received) = handed(true);
        let reader = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            received.iter().flatten().collect::<Vec<u8>>()
        });
        sink.write(&[1; 900]).unwrap();
        sink.next_file().unwrap();
        sink.write(&[2; 5000]).unwrap();
        assert_eq!(sink.frames(), 2950);
        sink.finish().unwrap();
        let expected = [&[1; 900][..], b"next", &[2; 5000]].concat();
        assert_eq!(reader.join().unwrap(), expected);
    }

    #[test]
    fn an_error_ends_a_wait_for_room_and_is_reported_again() {
        let (mut sink, received) = handed(false);
        drop(received);
        let written = (0..100).try_for_each(|_| sink.write(&[0; 100]));
        assert_eq!(written.unwrap_err().kind(), Kind::NoSpace);
        assert_eq!(sink.finish().unwrap_err().kind(), Kind::NoSpace);
    }
}
