//! One session over one connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use spdy::frame::FrameType;
use spdy::{
    Abort, Compression, Config, Event, FlowControl, GoAwayStatus, Open, Priority, Role, SendError,
    Session, Setting, SettingId, Settings, Status, StreamId, Version,
};

use crate::script::{Op, Script, What};
use crate::seen::{Report, Saw, Stream, of_headers, to_headers};

/// The other end has stopped.
const PATIENCE: Duration = Duration::from_secs(60);

type Result<T> = std::result::Result<T, String>;

pub struct Player<'a> {
    session: Session,
    script: &'a Script,
    noise: &'a Bytes,
    report: Report,
    /// Nothing can be written any more.
    is_cut: bool,
}

impl<'a> Player<'a> {
    pub fn new(version: Version, role: Role, script: &'a Script, noise: &'a Bytes) -> Self {
        let base = if script.kubernetes { Config::kubernetes() } else { Config::default() };
        let compression = if script.compress { Compression::On } else { Compression::Off };
        let mut config = base
            .push(true)
            .compression(compression)
            .max_data_frame(script.max_data_frame)
            .manual_credit(script.manual_credit)
            .credit_batch(script.credit_batch);
        if !script.enforced {
            config = config.receive_flow_control(FlowControl::Ignored);
        }
        let session = Session::new(version, role, config);
        Self { session, script, noise, report: Report::default(), is_cut: false }
    }

    /// Plays the script; what goes wrong stands in the report.
    pub fn play(mut self, number: u32, socket: TcpStream) -> Report {
        self.report.session = number;
        let result = self.try_play(socket);
        self.report.fault = result.err();
        for stream in self.report.streams.values_mut() {
            stream.sha1 = stream.digest.digest().to_string();
        }
        self.report
    }

    fn try_play(&mut self, mut socket: TcpStream) -> Result<()> {
        self.announce().map_err(|error| format!("SETTINGS: {error}"))?;
        let pieces = read_all(&socket).map_err(|error| error.to_string())?;
        let role = self.session.role();
        let script: &'a Script = self.script;
        let ops = if role == Role::Client { &script.client } else { &script.server };
        for (at, op) in ops.iter().enumerate() {
            let fault = |reason: String| format!("at operation {at}, {op:?}: {reason}");
            match op {
                Op::Wait { what } => {
                    while !self.is_true(what, ops) {
                        self.turn(&mut socket, &pieces).map_err(fault)?;
                    }
                }
                Op::Close => self.close(&mut socket, &pieces).map_err(fault)?,
                Op::Leave => self.leave(&mut socket, &pieces).map_err(fault)?,
                op => self.perform(op).map_err(|error| fault(error.to_string()))?,
            }
        }
        Ok(())
    }

    fn announce(&mut self) -> std::result::Result<(), SendError> {
        if let Some(window) = self.script.initial_window {
            let setting = Setting::new(SettingId::INITIAL_WINDOW_SIZE, window);
            self.session.send_settings([setting].into_iter().collect::<Settings>())?;
        }
        if self.script.session_window > 0 {
            self.session.grow_session_window(self.script.session_window)?;
        }
        Ok(())
    }

    fn perform(&mut self, op: &Op) -> std::result::Result<(), SendError> {
        // Whoever resets a stream overtakes what the other end still had in mind.
        let is_over = |stream| self.report.streams.get(&stream).is_none_or(Stream::is_over);
        if op.stream().is_some_and(is_over) {
            return Ok(());
        }
        match *op {
            Op::Open { stream, parent, one_way, level, ref headers, fin } => {
                let mut open = Open::new(to_headers(headers))
                    .priority(Priority::new(level))
                    .fin(fin)
                    .unidirectional(one_way);
                if let Some(parent) = parent {
                    open = open.associated(StreamId::new(parent));
                }
                let opened = self.session.open(open)?;
                assert_eq!(opened.get(), stream, "streams are numbered in order");
                let opened = self.stream(stream);
                (opened.ended, opened.finished) = (one_way, fin);
            }
            Op::Reply { stream, ref headers, fin } => {
                self.session.reply(StreamId::new(stream), to_headers(headers), fin)?;
                self.finish(stream, fin);
            }
            Op::Headers { stream, ref headers, fin } => {
                self.session.send_headers(StreamId::new(stream), to_headers(headers), fin)?;
                self.finish(stream, fin);
            }
            Op::Data { stream, from, len, fin } => {
                let data = self.noise.slice(from..from + len);
                self.session.send_data(StreamId::new(stream), data, fin)?;
                self.finish(stream, fin);
            }
            Op::Reset { stream, status } => {
                self.session.fin_stream(StreamId::new(stream), Status(status))?;
                self.stream(stream).reset = true;
            }
            Op::Ping | Op::Goodbye => drop(self.session.ping()?),
            Op::GoAway => self.session.go_away(GoAwayStatus::OK),
            Op::Wait { .. } | Op::Close | Op::Leave => {}
        }
        Ok(())
    }

    fn finish(&mut self, stream: u32, fin: bool) {
        self.stream(stream).finished |= fin;
    }

    fn stream(&mut self, stream: u32) -> &mut Stream {
        self.report.streams.entry(stream).or_default()
    }

    /// What is waited for on a stream that is over does not come any more.
    fn is_true(&mut self, what: &What, ops: &[Op]) -> bool {
        let holds = |stream: &u32, test: &dyn Fn(&Stream) -> bool| {
            self.report.streams.get(stream).is_some_and(|it| it.is_over() || test(it))
        };
        match what {
            What::Open { stream } => holds(stream, &|_| true),
            What::Reply { stream } => holds(stream, &Stream::has_reply),
            What::Bytes { stream, count } => holds(stream, &|it| it.bytes >= *count),
            What::Headers { stream, count } => holds(stream, &|it| it.late_headers() >= *count),
            What::Fin { stream } => holds(stream, &|it| it.ended),
            What::Over { stream } => holds(stream, &|_| false),
            What::All => {
                let mine = ops.iter().filter_map(Op::stream);
                mine.into_iter().all(|stream| holds(&stream, &|_| false))
                    && self.report.streams.values().all(Stream::is_over)
            }
            What::Pings { count } => self.count_pings() >= *count,
            What::Pongs { count } => self.report.pongs >= *count,
        }
    }

    /// The answers to ours are PINGs too.
    fn count_pings(&mut self) -> u64 {
        let all = self.session.stats().received.frames(FrameType::Ping);
        self.report.pings = all - self.report.pongs;
        self.report.pings
    }

    /// Writes, and takes in what has come; waits for it if there is nothing to write.
    fn turn(&mut self, socket: &mut TcpStream, pieces: &Receiver<BytesMut>) -> Result<()> {
        self.write(socket);
        let mut piece = match pieces.recv_timeout(PATIENCE) {
            Ok(piece) => piece,
            Err(RecvTimeoutError::Timeout) => return Err("nothing more comes".into()),
            Err(RecvTimeoutError::Disconnected) => return Err("the connection ended".into()),
        };
        self.take_in(&mut piece)
    }

    fn write(&mut self, socket: &mut TcpStream) {
        while self.session.wants_write() && !self.is_cut {
            let written = match socket.write(self.session.output().chunk()) {
                Ok(written) => written,
                Err(error) if error.kind() == ErrorKind::Interrupted => 0,
                // The other end has closed. What it had to say before that is still read.
                Err(_) => {
                    self.is_cut = true;
                    return;
                }
            };
            self.session.output().advance(written);
        }
    }

    fn take_in(&mut self, input: &mut BytesMut) -> Result<()> {
        loop {
            match self.session.next_event(input) {
                Ok(Some(event)) => self.saw(event)?,
                Ok(None) => break,
                Err(error) => return Err(format!("session: {error}")),
            }
        }
        self.count_pings();
        Ok(())
    }

    fn saw(&mut self, event: Event) -> Result<()> {
        match event {
            Event::SynStream {
                stream, associated, unidirectional, priority, headers, fin, ..
            } => {
                let one_way = unidirectional;
                let (headers, level) = (of_headers(&headers), priority.level());
                let parent = associated.map(StreamId::get);
                // Some that push do not say that nobody is to answer; the script does.
                let finished = one_way || self.script.is_one_way(stream.get());
                let opened = self.stream(stream.get());
                opened.finished = finished;
                opened.saw.push(Saw::Open { headers, level, parent, one_way });
                opened.saw_fin(fin);
            }
            Event::SynReply { stream, headers, fin, .. } => {
                let stream = self.stream(stream.get());
                stream.saw.push(Saw::Reply { headers: of_headers(&headers) });
                stream.saw_fin(fin);
            }
            Event::Headers { stream, headers, fin, .. } => {
                let stream = self.stream(stream.get());
                stream.saw.push(Saw::Headers { headers: of_headers(&headers) });
                stream.saw_fin(fin);
            }
            Event::Data { stream, data, fin, .. } => {
                if self.script.manual_credit {
                    self.session.release(stream, data.len());
                }
                let stream = self.stream(stream.get());
                stream.saw_data(&data);
                stream.saw_fin(fin);
            }
            Event::Aborted { stream, cause: Abort::Peer(status), .. } => {
                let stream = self.stream(stream.get());
                stream.dead = true;
                stream.saw.push(Saw::Reset { status: status.0 });
            }
            // Where pushes do not say that they are one way, our half of them never ends.
            Event::Aborted { stream, cause: Abort::Teardown, .. }
                if self.stream(stream.get()).is_over() => {}
            Event::Aborted { stream, cause, .. } => {
                return Err(format!("stream {stream}: {cause}"));
            }
            Event::Pong(_) => self.report.pongs += 1,
            Event::GoAway { last_good, status, .. } => {
                self.report.goaway.push((last_good.get(), status.map(|it| it.0)));
            }
            Event::Settings(_) => {}
            other => return Err(format!("{other:?}")),
        }
        Ok(())
    }

    /// GOAWAY, and the end of the connection, which the other end has to do the same.
    fn close(&mut self, socket: &mut TcpStream, pieces: &Receiver<BytesMut>) -> Result<()> {
        self.session.close();
        self.write(socket);
        if !self.session.is_done() && !self.is_cut {
            return Err("closed, and not done when all is written".into());
        }
        let _ = socket.shutdown(Shutdown::Write); // that, too, may come too late
        self.drain(socket, pieces)
    }

    /// Waits for the GOAWAY of the other end and for the end of the connection.
    fn leave(&mut self, socket: &mut TcpStream, pieces: &Receiver<BytesMut>) -> Result<()> {
        while self.report.goaway.is_empty() {
            self.turn(socket, pieces)?;
        }
        self.drain(socket, pieces)
    }

    fn drain(&mut self, socket: &mut TcpStream, pieces: &Receiver<BytesMut>) -> Result<()> {
        loop {
            self.write(socket);
            match pieces.recv_timeout(PATIENCE) {
                Ok(mut piece) => self.take_in(&mut piece)?,
                Err(RecvTimeoutError::Timeout) => return Err("the connection does not end".into()),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.session.end_of_input();
        self.take_in(&mut BytesMut::new())
    }
}

/// Reads in a thread of its own, so that a write which has to wait cannot hold both ends up.
fn read_all(socket: &TcpStream) -> io::Result<Receiver<BytesMut>> {
    let mut socket = socket.try_clone()?;
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(len @ 1..) = socket.read(&mut buffer) {
            if tell.send(BytesMut::from(&buffer[..len])).is_err() {
                return;
            }
        }
    });
    Ok(told)
}
