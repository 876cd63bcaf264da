//! The table of resources: a bar for each shows when it waited and when it was received.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use super::resource::{Progress, Resource};
use super::svg::{Anchor, FAINT, GREY, RED, Svg, colour};

/// Columns for the name of a resource and for its bar.
const NAME: usize = 26;
const BAR: usize = 40;

/// Shows resources in the order in which they are given; time begins at `start`.
pub struct Waterfall<'a> {
    pub resources: &'a [Resource],
    pub start: Instant,
}

impl Display for Waterfall<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ends = self.resources.iter().filter_map(|resource| resource.ended);
        let total = ends.max().unwrap_or(self.start) - self.start;
        writeln!(
            f,
            "{:<NAME$} {:<4} prio status {:>10}  . waiting  # receiving  | done  x failed",
            "resource", "how", "bytes"
        )?;
        for resource in self.resources {
            let status = resource.status.map_or("-".into(), |status| status.to_string());
            writeln!(
                f,
                "{:<NAME$} {:<4} {:>4} {status:>6} {:>10}  {}",
                short(&resource.url),
                resource.how,
                resource.priority.level(),
                resource.bytes,
                self.bar(resource, total),
            )?;
        }
        let fine = self.resources.iter().filter(|resource| resource.is_fine()).count();
        let bytes: u64 = self.resources.iter().map(|resource| resource.bytes).sum();
        writeln!(
            f,
            "{fine} of {} complete and 2xx: {bytes} bytes in {} ({:.1} MB/s)",
            self.resources.len(),
            millis(total),
            bytes as f64 / total.as_secs_f64().max(1e-6) / 1e6
        )
    }
}

impl Waterfall<'_> {
    fn bar(&self, resource: &Resource, total: Duration) -> String {
        let column = |time: Instant| {
            let part = (time - self.start).as_secs_f64() / total.as_secs_f64().max(1e-9);
            (part * (BAR - 1) as f64) as usize
        };
        let Some(asked) = resource.asked else { return "never asked for".to_owned() };
        let ended = resource.ended.unwrap_or(asked);
        let answered = resource.answered.unwrap_or(ended);
        let (asked_at, answered_at, ended_at) = (column(asked), column(answered), column(ended));
        let mark = if resource.progress == Progress::Complete { '|' } else { 'x' };
        let bar: String = (0..=ended_at)
            .map(|at| match at {
                at if at == ended_at => mark,
                at if at < asked_at => ' ',
                at if at < answered_at => '.',
                _ => '#',
            })
            .collect();
        format!("{bar:<BAR$} {:>9}", millis(ended - self.start))
    }
}

/// Where the columns of the picture stand, in pixels.
const RIGHT_OF_NAME: f64 = 200.0;
const RIGHT_OF_BYTES: f64 = 340.0;
const BARS: f64 = 376.0;
const BARS_WIDTH: f64 = 600.0;
const ROW: f64 = 18.0;
const TOP: f64 = 64.0;

impl Waterfall<'_> {
    /// The same as a picture.
    pub fn to_svg(&self, title: &str) -> String {
        let mut svg = Svg::new((BARS + BARS_WIDTH + 90.0) as u32);
        svg.sized_text(16.0, 26.0, Anchor::Start, "#202124", 15, title);
        let bottom = TOP + ROW * self.resources.len() as f64;
        for (x, anchor, text) in [
            (16.0, Anchor::Start, "resource"),
            (RIGHT_OF_NAME + 44.0, Anchor::End, "how"),
            (RIGHT_OF_NAME + 84.0, Anchor::End, "prio"),
            (RIGHT_OF_BYTES, Anchor::End, "bytes"),
        ] {
            svg.text(x, TOP - 10.0, anchor, GREY, text);
        }
        let ends = self.resources.iter().filter_map(|resource| resource.ended);
        let total = (ends.max().unwrap_or(self.start) - self.start).as_secs_f64().max(1e-9);
        let x = |time: Instant| BARS + BARS_WIDTH * (time - self.start).as_secs_f64() / total;
        let step = tick(total);
        for number in 0..=(total / step) as u32 {
            let time = f64::from(number) * step;
            let x = BARS + BARS_WIDTH * time / total;
            svg.line((x, TOP - 6.0), (x, bottom), FAINT, 1.0);
            let text = format!("{} ms", (time * 1e6).round() / 1e3);
            svg.text(x, TOP - 10.0, Anchor::Middle, GREY, text);
        }
        for (row, resource) in self.resources.iter().enumerate() {
            let y = TOP + ROW * (row as f64 + 1.0) - 5.0;
            let level = resource.priority.level();
            let fill = if resource.is_fine() { colour(level.into()) } else { RED };
            svg.text(16.0, y, Anchor::Start, "#202124", short(&resource.url));
            svg.text(RIGHT_OF_NAME + 44.0, y, Anchor::End, GREY, resource.how);
            svg.text(RIGHT_OF_NAME + 84.0, y, Anchor::End, GREY, level);
            svg.text(RIGHT_OF_BYTES, y, Anchor::End, GREY, resource.bytes);
            let Some(asked) = resource.asked else { continue };
            let ended = resource.ended.unwrap_or(asked);
            let answered = resource.answered.unwrap_or(ended);
            svg.bar(x(asked), y - 6.0, x(answered) - x(asked), 3.0, FAINT);
            svg.bar(x(answered), y - 10.0, (x(ended) - x(answered)).max(2.0), 11.0, fill);
            if resource.progress != Progress::Complete {
                svg.cross(x(ended), y - 4.5, RED);
            }
            svg.text(x(ended) + 6.0, y, Anchor::Start, GREY, millis(ended - self.start));
        }
        let legend = "grey: asked for, waiting; in the colour of its priority: being received";
        svg.sized_text(16.0, bottom + 22.0, Anchor::Start, GREY, 9, legend);
        svg.finish(bottom + 36.0)
    }
}

/// A round number of seconds that goes into a total from 5 to 12 times.
fn tick(total: f64) -> f64 {
    let least = 10_f64.powf((total / 12.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * least);
    steps.into_iter().find(|step| total / step <= 12.0).unwrap_or(total)
}

pub fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// The end of a URL's path, which tells resources apart best.
fn short(url: &str) -> String {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let path = format!("/{path}");
    match path.len().checked_sub(NAME) {
        None | Some(0) => path,
        Some(surplus) => format!("..{}", path.get(surplus + 2..).unwrap_or_default()),
    }
}
