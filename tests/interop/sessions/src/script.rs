//! What is to be done in a session, as README.txt describes it.

use std::collections::BTreeMap;

use serde::Deserialize;

pub type HeaderMap = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
pub struct Script {
    pub compress: bool,
    pub kubernetes: bool,
    pub max_data_frame: usize,
    pub manual_credit: bool,
    pub credit_batch: u32,
    pub enforced: bool,
    pub initial_window: Option<u32>,
    pub session_window: u32,
    pub client: Vec<Op>,
    pub server: Vec<Op>,
}

impl Script {
    /// Whether a stream is meant to be one on which only its opener sends.
    pub fn is_one_way(&self, number: u32) -> bool {
        let opens =
            |op: &Op| matches!(op, Op::Open { stream, one_way: true, .. } if *stream == number);
        self.client.iter().chain(&self.server).any(opens)
    }
}

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    Open {
        stream: u32,
        parent: Option<u32>,
        one_way: bool,
        level: u8,
        headers: HeaderMap,
        fin: bool,
    },
    Reply {
        stream: u32,
        headers: HeaderMap,
        fin: bool,
    },
    Headers {
        stream: u32,
        headers: HeaderMap,
        fin: bool,
    },
    Data {
        stream: u32,
        from: usize,
        len: usize,
        fin: bool,
    },
    Reset {
        stream: u32,
        status: u32,
    },
    Ping,
    Goodbye,
    GoAway,
    Wait {
        #[serde(flatten)]
        what: What,
    },
    Close,
    Leave,
}

impl Op {
    /// Of the stream that is already there, or has been.
    pub fn stream(&self) -> Option<u32> {
        match *self {
            Self::Reply { stream, .. }
            | Self::Headers { stream, .. }
            | Self::Data { stream, .. }
            | Self::Reset { stream, .. } => Some(stream),
            _ => None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(tag = "for", rename_all = "lowercase")]
pub enum What {
    Open { stream: u32 },
    Reply { stream: u32 },
    Bytes { stream: u32, count: u64 },
    Headers { stream: u32, count: usize },
    Fin { stream: u32 },
    Over { stream: u32 },
    All,
    Pings { count: u64 },
    Pongs { count: u64 },
}
