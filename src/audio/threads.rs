//! Threads that are used again: starting one takes longer than many of the tasks here, and a short sound needs several of
//! them in turn. A system that allows no more threads is an error, not a panic.

use super::errno::io_error_text;
use super::error::{Error, Kind, Result};
use std::any::Any;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder, Scope, ScopedJoinHandle, Thread};

/// A task on its own thread. It goes on if this is dropped.
#[derive(Debug)]
pub(crate) struct Task<T> {
    thread: Thread,
    /// One type for all tasks, so that their channel exists once in the program.
    result: Receiver<thread::Result<AnyResult>>,
    of_type: PhantomData<T>,
}

type AnyResult = Box<dyn Any + Send>;

impl<T: Any> Task<T> {
    /// The thread that runs the task. Other tasks run on it later, so this may unpark one of them.
    pub(crate) fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Waits for the end of the task. The error is the value that it panicked with.
    pub(crate) fn join(self) -> thread::Result<T> {
        let ended = self.result.recv();
        let result = ended.unwrap_or_else(|error| Err(Box::new(error)))?;
        result.downcast().map(|result| *result)
    }
}

/// Runs a task on a thread that has none, or on a new one.
///
/// # Errors
/// [`Kind::Internal`] if a limit on threads or memory is reached. `run` is dropped.
pub(crate) fn spawn<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<Task<T>> {
    let (sender, result) = sync_channel(1);
    let run = move || -> AnyResult { Box::new(run()) };
    let thread = start(run, move |ended| {
        // Nobody may want to know.
        let _ = sender.send(ended);
    })?;
    Ok(Task {
        thread,
        result,
        of_type: PhantomData,
    })
}

/// Runs a task as [`spawn`] does, and passes its result to `deliver` there. What is started because of the result finds
/// that thread without a task.
///
/// # Errors
/// The same. `deliver` is dropped, too.
pub(crate) fn start<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
    deliver: impl FnOnce(thread::Result<T>) + Send + 'static,
) -> Result<Thread> {
    let task: AnyTask = Box::new(move |next: NextTasks| {
        let ended = catch_unwind(AssertUnwindSafe(run));
        next.offer_thread();
        deliver(ended);
    });
    let idle = idle_threads().pop();
    match idle {
        Some(thread) => thread.start(task).or_else(start_thread),
        None => start_thread(task),
    }
}

type AnyTask = Box<dyn FnOnce(NextTasks) + Send>;

/// A thread that waits for a task.
struct IdleThread {
    thread: Thread,
    tasks: SyncSender<AnyTask>,
}

impl IdleThread {
    /// Returns the task if the thread has ended, because the result of another task could not be delivered.
    fn start(self, task: AnyTask) -> std::result::Result<Thread, AnyTask> {
        match self.tasks.send(task) {
            Ok(()) => Ok(self.thread),
            Err(SendError(task)) => Err(task),
        }
    }
}

/// Where the running thread gets its next tasks.
struct NextTasks(SyncSender<AnyTask>);

impl NextTasks {
    /// Lets tasks be given to the running thread from now on.
    fn offer_thread(self) {
        idle_threads().push(IdleThread {
            thread: thread::current(),
            tasks: self.0,
        });
    }
}

/// The threads that wait for a task.
fn idle_threads() -> MutexGuard<'static, Vec<IdleThread>> {
    static IDLE: Mutex<Vec<IdleThread>> = Mutex::new(Vec::new());
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_thread(first: AnyTask) -> Result<Thread> {
    let work = move || {
        let (sender, tasks) = sync_channel(1);
        first(NextTasks(sender.clone()));
        for task in tasks {
            task(NextTasks(sender.clone()));
        }
    };
    let started = Builder::new().spawn(work).map_err(|error| failed(&error))?;
    Ok(started.thread().clone())
}

/// [`Scope::spawn`] without the panic.
///
/// # Errors
/// As [`spawn`].
pub(crate) fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    run: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let spawned = Builder::new().spawn_scoped(scope, run);
    spawned.map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Error {
    let message = format!("cannot start a thread: {}", io_error_text(error));
    Error::new(Kind::Internal, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_return_their_results_and_panics() {
        assert_eq!(spawn(|| 5).unwrap().join().unwrap(), 5);
        let panicked = spawn(|| std::panic::panic_any(7)).unwrap().join();
        let value: thread::Result<()> = panicked;
        assert_eq!(*value.unwrap_err().downcast::<i32>().unwrap(), 7);
    }

    #[test]
    fn a_thread_is_used_again() {
        let (sender, receiver) = sync_channel::<()>(0);
        let waiting = spawn(move || receiver.recv()).unwrap();
        let busy = waiting.thread().id();
        for _ in 0..100 {
            // Other tests use threads, too.
            assert_ne!(spawn(|| ()).unwrap().thread().id(), busy);
        }
        drop(sender);
        assert!(waiting.join().unwrap().is_err());
        let spawn_one = || spawn(|| thread::current().id()).unwrap().join().unwrap();
        let first = spawn_one();
        assert!((0..100).any(|_| spawn_one() == first));
    }
}
