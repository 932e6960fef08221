//! The queue of messages to the calling thread. Neither end of it ever makes a device thread wait.

use super::event::Event;
use super::message::{Message, Notice};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{
    Receiver, RecvError, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Messages that may wait for a slow reader.
const MAX_MESSAGES: usize = 256;
/// Further messages of threads that may allocate.
const MAX_OVERFLOW: usize = 16_384;

/// A queue of messages.
pub(super) fn message_queue() -> (MessageSender, MessageReceiver) {
    let (sender, receiver) = sync_channel(MAX_MESSAGES);
    let state = Arc::new(QueueState::default());
    let sender = MessageSender {
        queue: sender,
        state: state.clone(),
    };
    let receiver = MessageReceiver {
        queue: receiver,
        state,
    };
    (sender, receiver)
}

#[derive(Default)]
struct QueueState {
    /// Events and warnings that did not fit.
    dropped: AtomicU64,
    /// What did not fit into the queue, from threads that may allocate.
    overflow: Mutex<VecDeque<Message>>,
    has_overflow: AtomicBool,
}

/// The end that all threads of a transfer have.
#[derive(Clone)]
pub(super) struct MessageSender {
    queue: SyncSender<Message>,
    state: Arc<QueueState>,
}

impl MessageSender {
    /// Sends an event from a device thread: without waiting, allocating or locking. If the queue is full, the event is
    /// dropped and counted.
    pub(super) fn try_report(&self, event: Event) {
        self.send_or_count(Message::Event(event));
    }

    /// Sends a warning, like [`MessageSender::try_report`].
    pub(super) fn try_warn(&self, notice: Notice) {
        self.send_or_count(Message::Notice(notice));
    }

    fn send_or_count(&self, message: Message) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(message) {
            self.count_dropped(1);
        }
    }

    /// Sends an event from a thread that may allocate. It does not wait either: a file thread that did would cause an
    /// xrun. An event is dropped and counted only if thousands wait.
    pub(super) fn report(&self, event: Event) {
        let message = Message::Event(event);
        let message = match self.state.has_overflow.load(SeqCst) {
            // It must not overtake those before it.
            true => message,
            false => match self.queue.try_send(message) {
                Err(TrySendError::Full(message)) => message,
                _ => return,
            },
        };
        let mut overflow = self.state.overflow();
        if overflow.len() >= MAX_OVERFLOW {
            return self.count_dropped(1);
        }
        overflow.push_back(message);
        self.state.has_overflow.store(true, SeqCst);
        drop(overflow);
        // The receiver may have emptied the queue in the meantime, and wait.
        self.notify();
    }

    /// Wakes the calling thread to look at a command. If the queue is full it is awake, and looks anyway.
    pub(super) fn notify(&self) {
        let _ = self.queue.try_send(Message::Command);
    }

    /// Sends a message that must arrive, and waits until there is room for it.
    pub(super) fn send(&self, message: Message) {
        let _ = self.queue.send(message);
    }

    /// Counts events that another queue has dropped.
    pub(super) fn count_dropped(&self, events: u64) {
        self.state.dropped.fetch_add(events, SeqCst);
    }

    /// Events and warnings that were dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.state.dropped.load(SeqCst)
    }
}

/// The end of the calling thread.
pub(super) struct MessageReceiver {
    queue: Receiver<Message>,
    state: Arc<QueueState>,
}

impl MessageReceiver {
    /// The next message. Waits for it, at most for `timeout`.
    pub(super) fn receive(&self, timeout: Option<Duration>) -> Result<Message, RecvTimeoutError> {
        if let Some(message) = self.try_receive() {
            return Ok(message);
        }
        match timeout {
            Some(timeout) => self.queue.recv_timeout(timeout),
            None => self
                .queue
                .recv()
                .map_err(|RecvError| RecvTimeoutError::Disconnected),
        }
    }

    /// The next message, if there is one.
    pub(super) fn try_receive(&self) -> Option<Message> {
        match self.queue.try_recv() {
            Ok(message) => Some(message),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => self.state.take_overflow(),
        }
    }
}

impl QueueState {
    fn overflow(&self) -> std::sync::MutexGuard<'_, VecDeque<Message>> {
        self.overflow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_overflow(&self) -> Option<Message> {
        if !self.has_overflow.load(SeqCst) {
            return None;
        }
        let mut overflow = self.overflow();
        let message = overflow.pop_front();
        self.has_overflow.store(!overflow.is_empty(), SeqCst);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paused(frames: u64) -> Event {
        Event::Pause { frames }
    }

    fn frames(messages: &MessageReceiver) -> Vec<u64> {
        std::iter::from_fn(|| messages.try_receive())
            .filter_map(|message| match message {
                Message::Event(Event::Pause { frames }) => Some(frames),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn what_a_full_queue_drops_is_counted() {
        let (sender, receiver) = message_queue();
        let events = MAX_MESSAGES as u64 + 3;
        (0..events).for_each(|frames| sender.try_report(paused(frames)));
        assert_eq!(sender.dropped(), 3);
        assert_eq!(frames(&receiver).len(), MAX_MESSAGES);
        sender.try_report(paused(events));
        assert_eq!(
            (sender.dropped(), frames(&receiver)),
            (3, vec![events]),
            "there is room again"
        );
    }

    #[test]
    fn events_of_files_are_kept_in_order() {
        let (sender, receiver) = message_queue();
        let events = MAX_MESSAGES as u64 + 3;
        (0..events).for_each(|frames| sender.report(paused(frames)));
        assert!(receiver.try_receive().is_some());
        sender.report(paused(events));
        assert_eq!(frames(&receiver), (1..=events).collect::<Vec<_>>());
        assert_eq!(sender.dropped(), 0);
        sender.report(paused(0));
        assert_eq!(frames(&receiver), [0]);
    }

    #[test]
    fn too_many_events_of_files_are_counted() {
        let (sender, receiver) = message_queue();
        let events = (MAX_MESSAGES + MAX_OVERFLOW) as u64 + 2;
        (0..events).for_each(|frames| sender.report(paused(frames)));
        assert_eq!(sender.dropped(), 2);
        assert_eq!(frames(&receiver).len(), MAX_MESSAGES + MAX_OVERFLOW);
    }
}
