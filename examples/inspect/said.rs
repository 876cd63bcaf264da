//! What one end says, one thing after the other, and how it is written down.

use serde_json::{Value, json};
use spdy::{Frame, Scope, Version};

use crate::support::capture::{Capture, Fault, Found};
use crate::support::json::{frame_to_json, object};

pub enum Said {
    /// The first line of a head of HTTP/1.1.
    Handshake(String),
    /// A frame of WebSocket's own: its word, and its payload.
    WebSocket(&'static str, Vec<u8>),
    /// Of DATA the last piece, and how many bytes the whole has.
    Frame(Box<Frame>, u64),
    /// What cannot be read.
    Fault(Fault),
}

/// Hears one end.
pub struct Listener {
    capture: Capture,
    /// Why nothing more can be read, until it is told.
    fault: Option<Fault>,
    is_over: bool,
    /// The bytes that all before have taken.
    told: u64,
    /// What has come of a DATA frame.
    data: u64,
}

impl Listener {
    pub fn new(version: Version) -> Self {
        Self { capture: Capture::new(version), fault: None, is_over: false, told: 0, data: 0 }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        if !self.is_over {
            self.capture.push(bytes);
        }
    }

    /// What comes next was not captured.
    pub fn lose(&mut self) {
        self.fault = Some(Fault::Other("bytes are missing in the capture".into()));
    }

    /// Whether nothing behind what was said can be read.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The next that is whole, and its bytes on the wire.
    pub fn next(&mut self) -> Option<(Said, u64)> {
        while !self.is_over {
            let said = match self.capture.next() {
                None => Said::Fault(self.fault.take()?),
                Some(Ok(Found::Frame(frame))) => {
                    if let Frame::Data(data) = &frame {
                        self.data += data.payload.len() as u64;
                        if data.remaining > 0 {
                            continue;
                        }
                    }
                    Said::Frame(Box::new(frame), std::mem::take(&mut self.data))
                }
                Some(Ok(Found::Handshake(line))) => Said::Handshake(line),
                Some(Ok(Found::WebSocket(word, payload))) => {
                    Said::WebSocket(word, payload.to_vec())
                }
                Some(Err(fault)) => Said::Fault(fault),
            };
            self.is_over = matches!(&said, Said::Fault(fault) if fault.is_final());
            let taken = self.capture.taken();
            return Some((said, taken - std::mem::replace(&mut self.told, taken)));
        }
        None
    }

    /// What is wrong with an end here, if it was not over before.
    pub fn finish(&mut self) -> Option<Said> {
        let is_over = std::mem::replace(&mut self.is_over, true);
        self.capture.finish().err().filter(|_| !is_over).map(Said::Fault)
    }
}

impl Said {
    pub fn to_text(&self, version: Version) -> String {
        match self {
            Self::Handshake(line) => format!("HANDSHAKE {line}"),
            Self::WebSocket(word, payload) => {
                let (code, payload) = split_code(word, payload);
                let code = code.map(|code| format!(" code={code}")).unwrap_or_default();
                format!("{word}{code} payload={}", hex(payload))
            }
            Self::Frame(frame, length) => match &**frame {
                // The whole frame, not its last piece.
                Frame::Data(data) => {
                    let name = frame.frame_type().name(version);
                    let fin = if data.fin { " fin" } else { "" };
                    format!("{name} stream={}{fin} length={length}", data.stream)
                }
                frame => frame.display(version).to_string(),
            },
            Self::Fault(fault) => format!("error: {fault}"),
        }
    }

    /// The same as a JSON object, behind what is said about it.
    pub fn to_json(&self, version: Version, about: &[(&str, Value)]) -> String {
        let pairs = match self {
            Self::Handshake(line) => vec![("type", json!("HANDSHAKE")), ("line", json!(line))],
            Self::WebSocket(word, payload) => {
                let (code, payload) = split_code(word, payload);
                let pairs = [("type", json!(word))].into_iter();
                let pairs = pairs.chain(code.map(|code| ("code", json!(code))));
                pairs.chain([("payload", json!(hex(payload)))]).collect()
            }
            Self::Frame(frame, length) => {
                frame_to_json(frame.frame_type().name(version), frame, *length)
            }
            Self::Fault(fault) => {
                let stream = match fault {
                    Fault::Frame(error) => error.stream.filter(|_| error.scope == Scope::Stream),
                    Fault::Other(_) => None,
                };
                let stream = stream.map(|stream| ("stream", json!(stream.get())));
                [("error", json!(fault.to_string()))].into_iter().chain(stream).collect()
            }
        };
        object(about.iter().cloned().chain(pairs))
    }
}

/// The code of a Close frame, and the rest.
fn split_code<'a>(word: &str, payload: &'a [u8]) -> (Option<u16>, &'a [u8]) {
    match payload.split_first_chunk() {
        Some((code, rest)) if word == "CLOSE" => (Some(u16::from_be_bytes(*code)), rest),
        _ => (None, payload),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
