//! What one end has seen and done, as README.txt describes it.

use std::collections::BTreeMap;

use serde::Serialize;
use sha1_smol::Sha1;
use spdy::Headers;

use crate::script::HeaderMap;

#[derive(Serialize)]
#[serde(tag = "saw", rename_all = "lowercase")]
pub enum Saw {
    Open { headers: HeaderMap, level: u8, parent: Option<u32>, one_way: bool },
    Reply { headers: HeaderMap },
    Headers { headers: HeaderMap },
    Data { len: usize },
    Fin,
    Reset { status: u32 },
}

#[derive(Default, Serialize)]
pub struct Stream {
    pub saw: Vec<Saw>,
    pub bytes: u64,
    pub sha1: String,
    /// FIN was sent, or there is nothing to send.
    pub finished: bool,
    /// RST_STREAM was sent.
    pub reset: bool,
    #[serde(skip)]
    pub digest: Sha1,
    /// FIN has come, or nothing comes.
    #[serde(skip)]
    pub ended: bool,
    /// RST_STREAM has come.
    #[serde(skip)]
    pub dead: bool,
}

impl Stream {
    pub fn saw_data(&mut self, data: &[u8]) {
        self.bytes += data.len() as u64;
        self.digest.update(data);
        match self.saw.last_mut() {
            _ if data.is_empty() => {}
            Some(Saw::Data { len }) => *len += data.len(),
            _ => self.saw.push(Saw::Data { len: data.len() }),
        }
    }

    pub fn saw_fin(&mut self, fin: bool) {
        if fin {
            self.ended = true;
            self.saw.push(Saw::Fin);
        }
    }

    pub fn has_reply(&self) -> bool {
        self.saw.iter().any(|it| matches!(it, Saw::Reply { .. }))
    }

    pub fn late_headers(&self) -> usize {
        self.saw.iter().filter(|it| matches!(it, Saw::Headers { .. })).count()
    }

    pub fn is_over(&self) -> bool {
        self.dead || self.reset || (self.ended && self.finished)
    }
}

#[derive(Default, Serialize)]
pub struct Report {
    pub session: u32,
    pub streams: BTreeMap<u32, Stream>,
    pub pings: u64,
    pub pongs: u64,
    /// Last good stream and status.
    pub goaway: Vec<(u32, Option<u32>)>,
    pub fault: Option<String>,
}

/// The values of each name.
pub fn of_headers(headers: &Headers) -> HeaderMap {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let values = |name| headers.values(name).map(text).collect();
    headers.iter().map(|(name, _)| (name.to_owned(), values(name))).collect()
}

/// The other way.
pub fn to_headers(map: &HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, values) in map {
        values.iter().for_each(|value| headers.append(name, value));
    }
    headers
}
