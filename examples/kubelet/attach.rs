//! The command that runs all the time, and those who have joined it: a `cat` with as many terminals
//! as there are clients. What one says comes out at all of them.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::{Bytes, BytesMut};
use mio::{Registry, Waker};

use crate::process::{Process, Step, take};
use crate::status::Ending;
use crate::support::kube::{self, MAX_WAITING};

/// Where all who have joined sit.
#[derive(Default)]
pub struct Room {
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    next: u64,
    taken: HashMap<u64, Seat>,
}

/// What has come out of the command and not yet gone to one client.
struct Seat {
    waker: Waker,
    waiting: BytesMut,
}

impl Room {
    /// Whoever has panicked with it has left it whole.
    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Everybody hears it. Who does not keep up loses its seat: it must not hold up the others.
    fn say(&self, data: &[u8]) {
        self.seats().taken.retain(|_, seat| {
            seat.waiting.extend_from_slice(data);
            let _ = seat.waker.wake();
            seat.waiting.len() <= 2 * MAX_WAITING
        });
    }
}

/// One client's part of the command.
pub struct Attached {
    room: Arc<Room>,
    seat: u64,
    /// What has come out for it before it left.
    rest: BytesMut,
    has_left: bool,
}

impl Attached {
    /// Takes a seat; the event loop of its connection wakes when something comes out.
    pub fn new(room: Arc<Room>, registry: &Registry) -> io::Result<Self> {
        let waker = Waker::new(registry, kube::FIRST)?;
        let mut seats = room.seats();
        let seat = seats.next;
        seats.next += 1;
        seats.taken.insert(seat, Seat { waker, waiting: BytesMut::new() });
        drop(seats);
        Ok(Self { room, seat, rest: BytesMut::new(), has_left: false })
    }

    /// What comes out from now on is for the others.
    fn leave(&mut self) {
        if let Some(seat) = self.room.seats().taken.remove(&self.seat) {
            self.rest = seat.waiting;
            self.has_left = true;
        }
    }
}

impl Process for Attached {
    fn on_stdin(&mut self, data: &[u8], fin: bool) {
        self.room.say(data);
        if fin {
            self.leave();
        }
    }

    fn step(&mut self) -> Step {
        let next: Option<Bytes> = match self.room.seats().taken.get_mut(&self.seat) {
            Some(seat) => return take(&mut seat.waiting).map_or(Step::Wait, Step::Stdout),
            None => take(&mut self.rest),
        };
        match next {
            Some(piece) => Step::Stdout(piece),
            None if self.has_left => Step::End(Ending::Exit(0)),
            None => Step::End(Ending::Error("attach: it does not read what comes out".into())),
        }
    }

    fn waiting(&self) -> usize {
        let seats = self.room.seats();
        seats.taken.get(&self.seat).map_or(self.rest.len(), |seat| seat.waiting.len())
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.leave();
    }
}
