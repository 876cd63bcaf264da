//! TCP connections of a capture: what each end sent, in order.

use std::net::SocketAddr;
use std::time::Duration;

use crate::packets::Segment;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// Bytes that one end sent, when they were all there.
pub struct Piece {
    pub time: Duration,
    pub from: Side,
    pub bytes: Result<Vec<u8>, Gap>,
}

/// Bytes that are not in the capture: nothing that this end sent behind them can be read.
#[derive(Clone, Copy)]
pub struct Gap;

/// A connection and what came through it. The client is who sent the first SYN, or anything first.
pub struct Connection {
    pub client: SocketAddr,
    pub server: SocketAddr,
    pub start: Duration,
    pub pieces: Vec<Piece>,
    from_client: Direction,
    from_server: Direction,
}

/// Sorts segments by connection, in the order in which these began.
#[derive(Default)]
pub struct Connections(pub Vec<Connection>);

impl Connections {
    pub fn add(&mut self, segment: Segment) {
        let ends = (segment.source, segment.target);
        let is_first = segment.is_syn && !segment.is_answer;
        // Ports are used again: the last one is meant, unless this begins another.
        let known = self
            .0
            .iter()
            .rposition(|it| ends == (it.client, it.server) || ends == (it.server, it.client));
        let index = match known {
            Some(index) if !(is_first && self.0[index].has_begun()) => index,
            _ => {
                let (client, server) = match segment.is_syn && segment.is_answer {
                    true => (segment.target, segment.source),
                    false => ends,
                };
                self.0.push(Connection::new(client, server, segment.time));
                self.0.len() - 1
            }
        };
        self.0[index].add(segment);
    }

    /// At the end of the capture: what never came is missing.
    pub fn finish(&mut self) {
        self.0.iter_mut().for_each(Connection::finish);
    }
}

impl Connection {
    fn new(client: SocketAddr, server: SocketAddr, start: Duration) -> Self {
        let (from_client, from_server) = (Direction::default(), Direction::default());
        Self { client, server, start, pieces: Vec::new(), from_client, from_server }
    }

    fn has_begun(&self) -> bool {
        !self.pieces.is_empty()
    }

    fn add(&mut self, segment: Segment) {
        let from = if segment.source == self.client { Side::Client } else { Side::Server };
        let direction = match from {
            Side::Client => &mut self.from_client,
            Side::Server => &mut self.from_server,
        };
        let time = segment.time.max(self.start) - self.start;
        let pieces = &mut self.pieces;
        direction.add(segment, |bytes| pieces.push(Piece { time, from, bytes }));
    }

    fn finish(&mut self) {
        let time = self.pieces.last().map_or(Duration::ZERO, |piece| piece.time);
        for (from, direction) in
            [(Side::Client, &self.from_client), (Side::Server, &self.from_server)]
        {
            if !direction.waiting.is_empty() {
                self.pieces.push(Piece { time, from, bytes: Err(Gap) });
            }
        }
    }
}

#[derive(Default)]
struct Direction {
    /// The sequence number of the next byte.
    next: Option<u32>,
    /// What is behind a hole.
    waiting: Vec<Segment>,
    is_broken: bool,
}

impl Direction {
    fn add(&mut self, segment: Segment, mut put: impl FnMut(Result<Vec<u8>, Gap>)) {
        if segment.is_syn && self.next.is_none() {
            self.next = Some(segment.sequence.wrapping_add(1));
        }
        if segment.payload.is_empty() || self.is_broken {
            return;
        }
        // The connection may be older than the capture.
        self.next.get_or_insert(segment.sequence);
        self.waiting.push(segment);
        while let Some(index) = self.waiting.iter().position(|it| self.ahead(it) <= 0) {
            let mut segment = self.waiting.swap_remove(index);
            // What was sent again is there already.
            let known = self.ahead(&segment).unsigned_abs() as usize;
            if known < segment.payload.len() {
                let new = segment.payload.split_off(known);
                self.next = self.next.map(|next| next.wrapping_add(new.len() as u32));
                put(Ok(new));
            }
            if segment.is_cut {
                self.is_broken = true;
                self.waiting.clear();
                put(Err(Gap));
            }
        }
    }

    /// How far behind the next byte a segment begins; sequence numbers go round.
    fn ahead(&self, segment: &Segment) -> i32 {
        segment.sequence.wrapping_sub(self.next.unwrap_or(segment.sequence)) as i32
    }
}
