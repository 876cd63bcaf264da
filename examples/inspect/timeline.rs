//! A connection in the terminal: when, who, what, and what it did to windows.

use std::io::{self, Write};

use serde_json::json;
use spdy::{Frame, Version};

use crate::said::Said;
use crate::story::{Row, Story};
use crate::tcp::Side;

pub struct Timeline<'a> {
    pub story: &'a Story,
    /// Which connection of the capture it is, from 1.
    pub number: usize,
    pub is_coloured: bool,
}

const BOLD_RED: &str = "\x1b[1;31m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Green, yellow, blue, magenta, cyan, and the bright ones but for red.
const COLOURS: [u8; 10] = [32, 33, 34, 35, 36, 92, 93, 94, 95, 96];

impl Timeline<'_> {
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Story { client, server, version, rows } = self.story;
        if self.number > 1 {
            writeln!(out)?;
        }
        write!(out, "connection {}: {client} -> {server}, ", self.number)?;
        let Some(version) = *version else {
            return writeln!(out, "no SPDY that can be read");
        };
        writeln!(out, "{version}")?;
        for row in rows {
            self.row(version, row, out)?;
        }
        Ok(())
    }

    fn row(&self, version: Version, row: &Row, out: &mut impl Write) -> io::Result<()> {
        let (colour, dim, plain) = match self.is_coloured {
            true => (self.colour(row), DIM, PLAIN),
            false => (String::new(), "", ""),
        };
        let arrow = match row.from {
            Side::Client => "client -->",
            Side::Server => "<-- server",
        };
        let millis = row.time.as_secs_f64() * 1e3;
        let text = row.said.to_text(version);
        write!(out, "{dim}{millis:>11.3} ms{plain}  {colour}{arrow}  {text}{plain}")?;
        let notes = row.notes();
        if !notes.is_empty() {
            write!(out, "{dim}  ({}){plain}", notes.join(", "))?;
        }
        writeln!(out)
    }

    fn colour(&self, row: &Row) -> String {
        match &row.said {
            Said::Fault(_) => BOLD_RED.into(),
            Said::Frame(frame, _) if matches!(**frame, Frame::FinStream(_) | Frame::GoAway(_)) => {
                BOLD_RED.into()
            }
            _ => match row.stream() as usize {
                0 => String::new(),
                // The client's are odd, the server's even.
                stream => format!("\x1b[{}m", COLOURS[(stream / 2 + stream % 2 * 5) % 10]),
            },
        }
    }

    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let Some(version) = self.story.version else { return Ok(()) };
        for row in &self.story.rows {
            let from = match row.from {
                Side::Client => "client",
                Side::Server => "server",
            };
            let mut about = vec![
                ("connection", json!(self.number)),
                ("time", json!(row.time.as_secs_f64())),
                ("from", json!(from)),
                ("wire", json!(row.wire)),
            ];
            about.extend(row.plain.map(|plain| ("plain", json!(plain))));
            about.extend(row.window.map(|window| ("window", json!(window))));
            writeln!(out, "{}", row.said.to_json(version, &about))?;
        }
        Ok(())
    }
}
