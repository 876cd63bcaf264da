//! The table of resources: a bar for each shows when it waited and when it was received.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use super::resource::{Progress, Resource};

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
