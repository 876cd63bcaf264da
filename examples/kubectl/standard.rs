//! Our stdin, stdout and stderr. They may block, so that threads read and write them.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use mio::Waker;

/// How much of stdin is read at a time, and how many pieces ahead.
const PIECE: usize = 32 * 1024;
const AHEAD: usize = 4;

/// One of our outputs: whoever reads it slowly must not stop the session.
pub struct Output {
    sender: mpsc::Sender<Bytes>,
    waiting: Arc<AtomicUsize>,
    is_broken: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Output {
    pub fn new(mut to: impl Write + Send + 'static, waker: Arc<Waker>) -> Self {
        let (sender, receiver) = mpsc::channel::<Bytes>();
        let (waiting, is_broken) = (Arc::default(), Arc::default());
        let (left, broken) =
            (Arc::<AtomicUsize>::clone(&waiting), Arc::<AtomicBool>::clone(&is_broken));
        let thread = thread::spawn(move || {
            for piece in receiver {
                if to.write_all(&piece).and_then(|()| to.flush()).is_err() {
                    broken.store(true, SeqCst);
                }
                left.fetch_sub(piece.len(), SeqCst);
                let _ = waker.wake();
            }
        });
        Self { sender, waiting, is_broken, thread }
    }

    pub fn write(&self, data: Bytes) {
        self.waiting.fetch_add(data.len(), SeqCst);
        let _ = self.sender.send(data);
    }

    /// Bytes that are not written.
    pub fn waiting(&self) -> usize {
        self.waiting.load(SeqCst)
    }

    /// Nobody reads it any more.
    pub fn is_broken(&self) -> bool {
        self.is_broken.load(SeqCst)
    }

    /// Waits until all is written; says whether it could be.
    pub fn finish(self) -> bool {
        drop(self.sender);
        let _ = self.thread.join();
        !self.is_broken.load(SeqCst)
    }
}

/// Stdin in pieces; its end closes the channel.
pub fn read_stdin(waker: Arc<Waker>) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        loop {
            match io::stdin().read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(count) if count > 0 => {
                    if sender.send(Bytes::copy_from_slice(&piece[..count])).is_err() {
                        return;
                    }
                    let _ = waker.wake();
                }
                _ => break,
            }
        }
        drop(sender);
        let _ = waker.wake();
    });
    receiver
}
