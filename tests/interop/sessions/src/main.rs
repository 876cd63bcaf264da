//! Our end of random sessions, with the interface that README.txt beside it describes.

mod play;
mod script;
mod seen;

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use bytes::Bytes;
use play::Player;
use script::Script;
use spdy::{Role, Version};

/// How many sessions are under way at a time.
const AT_ONCE: usize = 8;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("session-peer: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Game {
    version: Version,
    role: Role,
    scripts: Vec<Script>,
    noise: Bytes,
    /// Reports are whole lines.
    out: Mutex<io::Stdout>,
}

fn run() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (role, version, scripts, noise, address) = match &arguments[..] {
        [role, version, scripts, noise] if role == "server" => {
            (Role::Server, version, scripts, noise, None)
        }
        [role, version, scripts, noise, address] if role == "client" => {
            (Role::Client, version, scripts, noise, Some(address))
        }
        _ => {
            return Err("server VERSION SCRIPTS NOISE, or client VERSION SCRIPTS NOISE ADDR".into());
        }
    };
    let version = version.parse()?;
    let lines = fs::read_to_string(scripts)?;
    let scripts = lines.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>()?;
    let noise = Bytes::from(fs::read(noise)?);
    let game = Game { version, role, scripts, noise, out: Mutex::new(io::stdout()) };
    match address {
        Some(address) => game.connect(address),
        None => game.listen(),
    }
}

impl Game {
    /// The number of the session goes ahead of it.
    fn connect(&self, address: &str) -> Result<()> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<()> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.scripts.len() {
                    return Ok(());
                }
                let mut socket = TcpStream::connect(address)?;
                let number = u32::try_from(number)?;
                socket.write_all(&number.to_be_bytes())?;
                self.play(number, socket)?;
            }
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|it| it.join().map_err(|_| "a panic")?)
        })
    }

    fn listen(&self) -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        println!("listening on {}", listener.local_addr()?);
        thread::scope(|scope| {
            let mut sessions = Vec::new();
            for _ in &self.scripts {
                let (mut socket, _) = listener.accept()?;
                sessions.push(scope.spawn(move || -> Result<()> {
                    let mut number = [0; 4];
                    socket.read_exact(&mut number)?;
                    self.play(u32::from_be_bytes(number), socket)
                }));
            }
            sessions.into_iter().try_for_each(|it| it.join().map_err(|_| "a panic")?)
        })
    }

    fn play(&self, number: u32, socket: TcpStream) -> Result<()> {
        socket.set_nodelay(true)?;
        let script = self.scripts.get(number as usize).ok_or("no such session")?;
        let report = Player::new(self.version, self.role, script, &self.noise).play(number, socket);
        let mut line = serde_json::to_string(&report)?;
        line.push('\n');
        self.out.lock().map_err(|_| "a panic")?.write_all(line.as_bytes())?;
        Ok(())
    }
}
