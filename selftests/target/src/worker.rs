// SPDX-License-Identifier: GPL-2.0

//! Threads that read and write the store, so that nobody else has to wait for it.

use crate::backing::Backing;
use crate::sense::Sense;
use mio::Waker;
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long work is waited for before it is taken for lost.
const SETTLE_TIME: Duration = Duration::from_secs(5);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Read bytes.
    Read {
        /// Where the first one is.
        offset: u64,
        /// How many.
        length: usize,
    },
    /// Write bytes.
    Write {
        /// Where the first one goes.
        offset: u64,
        /// The bytes.
        data: Vec<u8>,
        /// Whether to make them safe.
        flush: bool,
    },
    /// Compare bytes.
    Compare {
        /// Where the first one is.
        offset: u64,
        /// What is to be there.
        data: Vec<u8>,
    },
    /// Make everything safe.
    Flush,
}

/// Work, and for whom it is done.
#[derive(Debug)]
pub(crate) struct Job {
    /// The connection.
    pub(crate) connection: usize,
    /// The number of the task.
    pub(crate) serial: u64,
    /// What is to be done.
    pub(crate) work: Work,
}

/// What became of a job.
#[derive(Debug)]
pub(crate) struct Done {
    /// The connection.
    pub(crate) connection: usize,
    /// The number of the task.
    pub(crate) serial: u64,
    /// The bytes that were read, or what went wrong.
    pub(crate) result: Result<Vec<u8>, Sense>,
}

/// Does some work.
fn perform(backing: &dyn Backing, work: Work) -> Result<Vec<u8>, Sense> {
    match work {
        Work::Read { offset, length } => {
            let mut data = vec![0; length];
            let read = backing.read(offset, &mut data);
            read.map(|()| data).map_err(|_| Sense::READ_ERROR)
        }
        Work::Write {
            offset,
            data,
            flush,
        } => {
            let written = backing.write(offset, &data);
            let safe = written.and_then(|()| if flush { backing.flush() } else { Ok(()) });
            safe.map(|()| Vec::new()).map_err(|_| Sense::WRITE_ERROR)
        }
        Work::Compare { offset, data } => {
            let mut there = vec![0; data.len()];
            backing
                .read(offset, &mut there)
                .map_err(|_| Sense::READ_ERROR)?;
            if there == data {
                Ok(Vec::new())
            } else {
                Err(Sense::MISCOMPARE)
            }
        }
        Work::Flush => {
            let flushed = backing.flush();
            flushed.map(|()| Vec::new()).map_err(|_| Sense::WRITE_ERROR)
        }
    }
}

/// All threads.
pub(crate) struct Pool {
    /// Where jobs go.
    jobs: Sender<Job>,
    /// Where the results are.
    results: Receiver<Done>,
    /// Results that came while they were waited for.
    early: VecDeque<Done>,
    /// How many jobs have no result yet.
    outstanding: usize,
}

impl Pool {
    /// Starts `count` threads. `waker` is woken when there are results.
    pub(crate) fn start(
        backing: Arc<dyn Backing>,
        count: usize,
        waker: Arc<Waker>,
    ) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let (sender, results) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..count {
            let (backing, queue) = (Arc::clone(&backing), Arc::clone(&queue));
            let (sender, waker) = (sender.clone(), Arc::clone(&waker));
            let name = "store".to_owned();
            thread::Builder::new()
                .name(name)
                .spawn(move || serve(&*backing, &queue, &sender, &waker))?;
        }
        Ok(Self {
            jobs,
            results,
            early: VecDeque::new(),
            outstanding: 0,
        })
    }

    /// Gives the threads something to do.
    pub(crate) fn submit(&mut self, job: Job) {
        // The threads end after this does.
        let _ = self.jobs.send(job);
        self.outstanding += 1;
    }

    /// A result, if there is one.
    pub(crate) fn result(&mut self) -> Option<Done> {
        self.early.pop_front().or_else(|| {
            let done = self.results.try_recv().ok()?;
            self.outstanding = self.outstanding.saturating_sub(1);
            Some(done)
        })
    }

    /// Waits until all work is done, so that nothing is written any more for a task that is over.
    pub(crate) fn settle(&mut self) {
        while self.outstanding > 0 {
            let Ok(done) = self.results.recv_timeout(SETTLE_TIME) else {
                return;
            };
            self.outstanding = self.outstanding.saturating_sub(1);
            self.early.push_back(done);
        }
    }
}

/// Does jobs until there can be no more.
fn serve(
    backing: &dyn Backing,
    queue: &Mutex<Receiver<Job>>,
    results: &Sender<Done>,
    waker: &Waker,
) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else {
            return;
        };
        let done = Done {
            connection: job.connection,
            serial: job.serial,
            result: perform(backing, job.work),
        };
        if results.send(done).is_err() || waker.wake().is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backing::Memory;

    #[test]
    fn work_is_done_or_says_why_not() {
        let memory = Memory::new(4096);
        let write = Work::Write {
            offset: 1,
            data: vec![7; 3],
            flush: true,
        };
        assert_eq!(perform(&memory, write), Ok(vec![]));
        let read = |offset| Work::Read { offset, length: 4 };
        assert_eq!(perform(&memory, read(0)), Ok(vec![0, 7, 7, 7]));
        assert_eq!(perform(&memory, read(4093)), Err(Sense::READ_ERROR));
        let compare = |data| Work::Compare { offset: 2, data };
        assert_eq!(perform(&memory, compare(vec![7, 7, 0])), Ok(vec![]));
        assert_eq!(
            perform(&memory, compare(vec![7, 0])),
            Err(Sense::MISCOMPARE)
        );
        assert_eq!(perform(&memory, Work::Flush), Ok(vec![]));
    }
}
