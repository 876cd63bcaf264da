//! Connections as sequence diagrams: a lifeline for each end, an arrow for each frame, a colour for each
//! stream.

use std::collections::BTreeMap;
use std::time::Duration;

use spdy::{Frame, Headers, Version};

use crate::said::Said;
use crate::story::{Row, Story};
use crate::support::svg::{Anchor, FAINT, GREY, RED, Svg, colour};
use crate::tcp::Side;

const BLACK: &str = "#202124";

/// Where things stand, in pixels.
const TIME: f64 = 96.0;
const LANES: f64 = 112.0;
/// The room of all lanes, and the most that one of them gets.
const ALL_LANES: f64 = 216.0;
const LANE: f64 = 9.0;
/// More streams than these at once are not drawn as bars.
const MAX_LANES: usize = 72;
const BETWEEN: f64 = 560.0;
const NOTES: f64 = 270.0;
const ROW: f64 = 22.0;
/// Rows after which the names of the ends are written again.
const PAGE: usize = 40;
/// A pause that is worth a line of its own.
const PAUSE: Duration = Duration::from_millis(100);
/// Characters between the lifelines.
const LABEL: usize = 80;

pub fn draw(stories: &[Story]) -> String {
    let stories: Vec<_> = stories.iter().filter(|story| story.version.is_some()).collect();
    let diagrams: Vec<_> = stories.iter().map(|story| Diagram::of(story)).collect();
    let lanes = diagrams.iter().map(|diagram| diagram.lanes).max().unwrap_or(0);
    let lane = LANE.min(ALL_LANES / lanes.max(1) as f64);
    let client = LANES + (lane * lanes as f64).max(50.0) + 24.0;
    let server = client + BETWEEN;
    let svg = Svg::new((server + NOTES) as u32);
    let mut pen = Pen { svg, lane, client, server, y: 0.0 };
    for diagram in &diagrams {
        pen.diagram(diagram);
    }
    pen.legend();
    pen.svg.finish(pen.y)
}

/// A story as rows of arrows, and the streams beside them.
struct Diagram<'a> {
    story: &'a Story,
    version: Version,
    arrows: Vec<Arrow<'a>>,
    streams: Vec<Stream>,
    lanes: usize,
}

/// One row, or several pieces of DATA one after the other.
struct Arrow<'a> {
    row: &'a Row,
    last: &'a Row,
    count: usize,
    length: u64,
}

/// A stream by the indices of its arrows.
struct Stream {
    id: u32,
    lane: Option<usize>,
    from: usize,
    /// Where one side said no more.
    half: Option<usize>,
    end: Option<usize>,
    is_reset: bool,
    is_closed: [bool; 2],
}

impl<'a> Diagram<'a> {
    fn of(story: &'a Story) -> Self {
        let version = story.version.unwrap_or(Version::Draft1);
        let arrows = arrows(&story.rows);
        let (streams, lanes) = streams(&arrows);
        Self { story, version, arrows, streams, lanes }
    }
}

fn arrows(rows: &[Row]) -> Vec<Arrow<'_>> {
    let mut arrows: Vec<Arrow<'_>> = Vec::new();
    for row in rows {
        let data = match &row.said {
            Said::Frame(frame, length) if matches!(**frame, Frame::Data(_)) => Some(*length),
            _ => None,
        };
        let before = arrows.last_mut().filter(|before| {
            let same = before.row.from == row.from && before.row.stream() == row.stream();
            same && before.length > 0 && row.time < before.last.time + PAUSE
        });
        match (before, data) {
            (Some(before), Some(length)) if !before.last.is_last() => {
                before.count += 1;
                before.length += length;
                before.last = row;
            }
            _ => arrows.push(Arrow { row, last: row, count: 1, length: data.unwrap_or(0) }),
        }
    }
    arrows
}

fn streams(arrows: &[Arrow<'_>]) -> (Vec<Stream>, usize) {
    let mut streams: Vec<Stream> = Vec::new();
    let mut open = BTreeMap::new();
    let mut taken = [false; MAX_LANES];
    for (index, arrow) in arrows.iter().enumerate() {
        let Said::Frame(frame, _) = &arrow.row.said else { continue };
        let id = arrow.row.stream();
        let side = usize::from(arrow.row.from == Side::Server);
        if let Frame::SynStream(syn) = &**frame
            && !open.contains_key(&id)
        {
            let lane = taken.iter().position(|taken| !taken);
            lane.into_iter().for_each(|lane| taken[lane] = true);
            let mut is_closed = [false; 2];
            is_closed[1 - side] = syn.unidirectional;
            let half = syn.unidirectional.then_some(index);
            open.insert(id, streams.len());
            streams.push(Stream {
                id,
                lane,
                from: index,
                half,
                end: None,
                is_reset: false,
                is_closed,
            });
        }
        let Some(stream) = open.get(&id).map(|stream| &mut streams[*stream]) else { continue };
        stream.is_reset = matches!(**frame, Frame::FinStream(_));
        if arrow.last.is_last() {
            stream.half.get_or_insert(index);
            stream.is_closed[side] = true;
        }
        if stream.is_reset || stream.is_closed == [true; 2] {
            stream.end = Some(index);
            stream.lane.into_iter().for_each(|lane| taken[lane] = false);
            open.remove(&id);
        }
    }
    let lanes = streams.iter().filter_map(|stream| stream.lane).max().map_or(0, |lane| lane + 1);
    (streams, lanes)
}

struct Pen {
    svg: Svg,
    /// How wide the lane of a stream is.
    lane: f64,
    client: f64,
    server: f64,
    /// What is drawn ends here.
    y: f64,
}

impl Pen {
    fn diagram(&mut self, diagram: &Diagram<'_>) {
        let Story { client, server, rows, .. } = diagram.story;
        self.y += 30.0;
        let title = format!("{client}  to  {server},  {}", diagram.version);
        self.svg.sized_text(16.0, self.y, Anchor::Start, BLACK, 15, title);
        self.y += 18.0;
        let sent =
            |side| rows.iter().filter(|row| row.from == side).map(|row| row.wire).sum::<u64>();
        let time = rows.last().map_or(Duration::ZERO, |row| row.time);
        let summary = format!(
            "{} frames, {} streams, {:.1} ms; {} bytes from the client, {} from the server",
            rows.len(),
            diagram.streams.len(),
            time.as_secs_f64() * 1e3,
            sent(Side::Client),
            sent(Side::Server),
        );
        self.svg.text(16.0, self.y, Anchor::Start, GREY, summary);

        let places = self.place(&diagram.arrows);
        let ys: Vec<f64> = places.iter().map(|(y, _)| *y).collect();
        for stream in &diagram.streams {
            self.stream(stream, &ys);
        }
        let mut time = None;
        for (arrow, y) in diagram.arrows.iter().zip(&ys) {
            self.arrow(arrow, *y, diagram.version);
            let millis = format!("{:.3}", arrow.row.time.as_secs_f64() * 1e3);
            if time.as_ref() != Some(&millis) {
                self.svg.text(TIME, y + 1.0, Anchor::End, GREY, &millis);
                time = Some(millis);
            }
        }
        self.y += 12.0;
    }

    /// Where each arrow goes; draws what is between them: heads, pauses, and the lifelines.
    fn place(&mut self, arrows: &[Arrow<'_>]) -> Vec<(f64, Duration)> {
        let mut places: Vec<(f64, Duration)> = Vec::new();
        for (index, arrow) in arrows.iter().enumerate() {
            let pause = places
                .last()
                .map_or(Duration::ZERO, |(_, time)| arrow.row.time.saturating_sub(*time));
            if index % PAGE == 0 {
                self.heads(index == 0);
            } else if pause >= PAUSE {
                self.gap(pause);
            }
            let top = self.y;
            self.y += ROW;
            for x in [self.client, self.server] {
                self.svg.line((x, top), (x, self.y), GREY, 1.0);
            }
            places.push((self.y - 6.0, arrow.last.time));
        }
        places
    }

    fn heads(&mut self, is_first: bool) {
        self.y += 22.0;
        let y = self.y;
        if is_first {
            self.svg.text(TIME, y, Anchor::End, GREY, "ms");
            self.svg.text(LANES, y, Anchor::Start, GREY, "streams");
        }
        self.svg.text(self.client + 40.0, y, Anchor::Middle, BLACK, "client");
        self.svg.text(self.server - 40.0, y, Anchor::Middle, BLACK, "server");
        for x in [self.client, self.server] {
            self.svg.line((x, y - 10.0), (x, y + 4.0), GREY, 3.0);
        }
        self.y += 4.0;
    }

    fn gap(&mut self, pause: Duration) {
        let y = self.y + 9.0;
        for x in [self.client, self.server] {
            for part in [2.0, 7.0, 12.0] {
                self.svg.dot(x, self.y + part, 1.0, GREY);
            }
        }
        let middle = f64::midpoint(self.client, self.server);
        let text = format!("{:.3} s later", pause.as_secs_f64());
        self.svg.text(middle, y + 3.0, Anchor::Middle, GREY, text);
        self.y += 16.0;
    }

    /// The bar of a stream: thick while both sides may speak, thin while one may.
    fn stream(&mut self, stream: &Stream, ys: &[f64]) {
        let Some(lane) = stream.lane else { return };
        let y = |index: usize| ys.get(index).copied().unwrap_or_default();
        let x = LANES + self.lane * (lane as f64 + 0.5);
        let fill = of_stream(stream.id);
        let (start, end) = (y(stream.from), stream.end.map_or(self.y, y));
        let half = stream.half.map_or(end, y).min(end);
        let thick = self.lane * 2.0 / 3.0;
        self.svg.bar(x - thick / 2.0, start, thick, (half - start).max(1.0), fill);
        self.svg.bar(x - 1.0, half, 2.0, end - half, fill);
        match stream.end {
            Some(_) if stream.is_reset => self.svg.cross(x, end, RED),
            Some(_) => self.svg.dot(x, end, 3.5, fill),
            None => {}
        }
    }

    fn arrow(&mut self, arrow: &Arrow<'_>, y: f64, version: Version) {
        let row = arrow.row;
        let to_the_right = row.from == Side::Client;
        let (from, to) = match to_the_right {
            true => (self.client, self.server),
            false => (self.server, self.client),
        };
        let fill = match &row.said {
            Said::Fault(_) => RED,
            Said::Frame(frame, _) if matches!(**frame, Frame::FinStream(_)) => RED,
            _ if row.stream() == 0 => GREY,
            _ => of_stream(row.stream()),
        };
        self.svg.line((from, y), (to, y), fill, 1.0);
        match &row.said {
            Said::Frame(frame, _) if matches!(**frame, Frame::FinStream(_)) => {
                self.svg.cross(to, y, RED);
            }
            Said::Fault(_) => self.svg.cross(f64::midpoint(from, to), y, RED),
            _ => self.svg.head(to, y, to_the_right, fill),
        }
        if arrow.last.is_last() {
            self.svg.bar(from - 2.5, y - 6.0, 5.0, 12.0, fill);
        }
        let label = cut(&brief(arrow, version), LABEL);
        let (x, anchor) = match to_the_right {
            true => (self.client + 8.0, Anchor::Start),
            false => (self.server - 8.0, Anchor::End),
        };
        self.svg.text(x, y - 4.0, anchor, fill, label);
        let notes = arrow.last.notes().join(", ");
        if !notes.is_empty() {
            self.svg.text(self.server + 14.0, y + 1.0, Anchor::Start, GREY, notes);
        }
    }

    fn legend(&mut self) {
        self.y += 14.0;
        self.svg.line((16.0, self.y), (self.server + NOTES - 16.0, self.y), FAINT, 1.0);
        let lines = [
            "An arrow is a frame in the colour of its stream, grey for the session. A block at its tail: FIN, \
             its sender says no more on the stream. A cross: a reset, or what cannot be read.",
            "On the left a bar for each stream, thick while both sides may speak and thin while one may, to \
             the dot or the cross at its end.",
            "On the right the bytes of names and values and those of their frame, and how much DATA the \
             window lets its sender send now.",
        ];
        for line in lines {
            self.y += 16.0;
            self.svg.sized_text(16.0, self.y, Anchor::Start, GREY, 9, line);
        }
        self.y += 16.0;
    }
}

/// The client's are odd and the server's even: neighbours differ.
fn of_stream(id: u32) -> &'static str {
    colour(id as usize / 2 + if id % 2 == 0 { 4 } else { 0 })
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 2).chain("..".chars()).collect()
}

/// What a frame is about, in a few words.
fn brief(arrow: &Arrow<'_>, version: Version) -> String {
    let Said::Frame(frame, _) = &arrow.row.said else { return arrow.row.said.to_text(version) };
    let name = frame.frame_type().name(version);
    let mut parts = match &**frame {
        Frame::SynStream(it) => {
            let what = [&["method", ":method"][..], &["url", ":path", "path"]];
            let push = it.associated.map(|id| format!(" for {id}")).unwrap_or_default();
            let priority = format!("priority {}", it.priority.level());
            vec![format!("{name} {}{push}", it.stream), words(&it.headers, &what), priority]
        }
        Frame::SynReply(it) => {
            let status = words(&it.headers, &[&["status", ":status"]]);
            vec![format!("{name} {}", it.stream), status]
        }
        Frame::Headers(it) => {
            vec![format!("{name} {}", it.stream), format!("{} headers", it.headers.len())]
        }
        Frame::Data(it) => {
            let count = if arrow.count > 1 { format!("{} x ", arrow.count) } else { String::new() };
            vec![format!("{count}{name} {}", it.stream), format!("{} bytes", arrow.length)]
        }
        Frame::WindowUpdate(it) => {
            let whose = match it.stream.get() {
                0 => "of the session".into(),
                stream => stream.to_string(),
            };
            vec![format!("{name} {whose}"), format!("{} bytes more", it.delta)]
        }
        frame => vec![frame.display(version).to_string()],
    };
    parts.extend(arrow.last.is_last().then(|| "FIN".into()));
    parts.join(" \u{b7} ")
}

/// The first value that is there of each group of names; where there is none, what there is.
fn words(headers: &Headers, groups: &[&[&str]]) -> String {
    let found = groups.iter().filter_map(|names| names.iter().find_map(|name| headers.get(name)));
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let words: Vec<String> = found.map(text).collect();
    match (&words[..], headers.get("streamtype")) {
        ([], Some(stream_type)) => text(stream_type),
        ([], None) => format!("{} headers", headers.len()),
        (words, _) => words.join(" "),
    }
}
