//! The commands. They are built in; nothing of the machine is run.

use bytes::{Bytes, BytesMut};

use crate::status::Ending;

/// How much comes out at a time.
pub const PIECE: usize = 64 * 1024;

/// A command that runs.
pub trait Process {
    /// Its stdin brings something, with `fin` the last of it. It may be told so again.
    fn on_stdin(&mut self, _data: &[u8], _fin: bool) {}

    /// What it does next. It is asked when there is room for more of its output.
    fn step(&mut self) -> Step;

    /// Bytes that it holds and that have to come out yet.
    fn waiting(&self) -> usize {
        0
    }
}

pub enum Step {
    /// Nothing, until something comes.
    Wait,
    Stdout(Bytes),
    Stderr(Bytes),
    End(Ending),
}

/// Starts a command by its name and arguments. Without a stdin that has ended already.
pub fn start(words: &[String], has_stdin: bool) -> Result<Box<dyn Process>, Ending> {
    let name = words.first().map(String::as_str).unwrap_or_default();
    let number = |default: u64| match words.get(1) {
        None => Ok(default),
        Some(word) => {
            word.parse().map_err(|_| Ending::Error(format!("{name}: {word} is no number")))
        }
    };
    let mut process: Box<dyn Process> = match name {
        "cat" => Box::new(Cat::default()),
        "wc" => Box::new(Wc::default()),
        "yes" => Box::new(Yes { left: number(u64::MAX)? }),
        // Its low 8 bits, as everywhere.
        "fail" => Box::new(Fail { code: number(1)?.to_le_bytes()[0], has_told: false }),
        _ => {
            let error = format!("exec: \"{name}\": executable file not found in $PATH");
            return Err(Ending::Error(error));
        }
    };
    process.on_stdin(&[], !has_stdin);
    Ok(process)
}

/// What comes goes out.
#[derive(Default)]
struct Cat {
    waiting: BytesMut,
    stdin_ended: bool,
}

impl Process for Cat {
    fn on_stdin(&mut self, data: &[u8], fin: bool) {
        self.waiting.extend_from_slice(data);
        self.stdin_ended |= fin;
    }

    fn step(&mut self) -> Step {
        match take(&mut self.waiting) {
            Some(piece) => Step::Stdout(piece),
            None if self.stdin_ended => Step::End(Ending::Exit(0)),
            None => Step::Wait,
        }
    }

    fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

/// The next piece of what waits.
pub fn take(waiting: &mut BytesMut) -> Option<Bytes> {
    let piece = waiting.split_to(waiting.len().min(PIECE)).freeze();
    (!piece.is_empty()).then_some(piece)
}

/// Counts what comes.
#[derive(Default)]
struct Wc {
    count: u64,
    stdin_ended: bool,
    has_told: bool,
}

impl Process for Wc {
    fn on_stdin(&mut self, data: &[u8], fin: bool) {
        self.count += data.len() as u64;
        self.stdin_ended |= fin;
    }

    fn step(&mut self) -> Step {
        if !self.stdin_ended {
            Step::Wait
        } else if std::mem::replace(&mut self.has_told, true) {
            Step::End(Ending::Exit(0))
        } else {
            Step::Stdout(format!("{}\n", self.count).into())
        }
    }
}

/// So many bytes are left.
struct Yes {
    left: u64,
}

impl Process for Yes {
    fn step(&mut self) -> Step {
        // Always an even number but at the end, so that each piece begins with a `y`.
        let len = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        self.left -= len as u64;
        match len {
            0 => Step::End(Ending::Exit(0)),
            _ => Step::Stdout(b"y\n".iter().copied().cycle().take(len).collect()),
        }
    }
}

struct Fail {
    code: u8,
    has_told: bool,
}

impl Process for Fail {
    fn step(&mut self) -> Step {
        if std::mem::replace(&mut self.has_told, true) {
            Step::End(Ending::Exit(self.code))
        } else {
            Step::Stderr(format!("fail: this ends with {}\n", self.code).into())
        }
    }
}
