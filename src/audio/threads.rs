//! Threads that are used again: starting one takes longer than many of the tasks here, and a short sound needs several of
//! them in turn. A system that allows no more threads is an error, not a panic.

use super::errno::io_error_text;
use super::error::{Error, Kind, Result};
use std::any::Any;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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
    let task = any_task(run, move |ended| {
        // Nobody may want to know.
        let _ = sender.send(ended);
    });
    Ok(Task {
        thread: give(task)?,
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
    give(any_task(run, deliver))
}

fn any_task<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
    deliver: impl FnOnce(thread::Result<T>) + Send + 'static,
) -> AnyTask {
    Box::new(move |next: NextTask| {
        let ended = catch_unwind(AssertUnwindSafe(run));
        next.offer_thread();
        // A panic would end a thread that has been offered.
        let _ = catch_unwind(AssertUnwindSafe(|| deliver(ended)));
    })
}

/// Gives a task to a thread that has none, or to a new one.
fn give(task: AnyTask) -> Result<Thread> {
    let idle = idle_threads().pop();
    match idle {
        Some(idle) => {
            idle.next.set(task);
            Ok(idle.thread)
        }
        None => start_thread(task),
    }
}

type AnyTask = Box<dyn FnOnce(NextTask) + Send>;

/// A thread that waits for a task.
struct IdleThread {
    thread: Thread,
    next: NextTask,
}

/// Where a thread gets its next task. It is not a channel: their receivers park, and who still wakes the thread for the
/// task before would wake it in vain.
#[derive(Clone, Default)]
struct NextTask(Arc<(Mutex<Option<AnyTask>>, Condvar)>);

impl NextTask {
    /// Lets a task be given to the running thread from now on.
    fn offer_thread(self) {
        idle_threads().push(IdleThread {
            thread: thread::current(),
            next: self,
        });
    }

    fn set(&self, task: AnyTask) {
        *self.slot() = Some(task);
        self.0.1.notify_one();
    }

    fn wait(&self) -> AnyTask {
        let mut slot = self.slot();
        loop {
            if let Some(task) = slot.take() {
                return task;
            }
            slot = (self.0.1.wait(slot)).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<AnyTask>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The threads that wait for a task.
fn idle_threads() -> MutexGuard<'static, Vec<IdleThread>> {
    static IDLE: Mutex<Vec<IdleThread>> = Mutex::new(Vec::new());
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_thread(first: AnyTask) -> Result<Thread> {
    let work = move || {
        let next = NextTask::default();
        let mut task = first;
        loop {
            task(next.clone());
            task = next.wait();
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
