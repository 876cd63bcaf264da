//! Loads a page over one session: a server and a client in one process, over loopback TCP.
//!
//! The index comes first, and with it two resources that the server pushes. Then everything that it
//! links to is asked for at once, and every byte is checked. The server is the one of `serve` with
//! a page in memory in place of files, the client that of `get`.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io::Cursor;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use lexopt::{Arg, Parser};
use spdy::session::Direction;
use spdy::{Compression, Config, FrameType, Priority, Stats, Version};
use support::args::{self, Stop, complain, failed};
use support::client::Client;
use support::fetcher::Fetcher;
use support::resource::{Body, Resource};
use support::responder::{Content, Site};
use support::server::Server;
use support::waterfall::Waterfall;

const USAGE: &str = "\
Usage: page_load [--version V] [--svg PICTURE]

Loads a page of 40 resources over one session, from a server in the same process,
checks every byte, and shows what passed.

  --version V    the version of SPDY: 1 (Draft 1, the default), 2, 3 or 3.1; sm is
                 Speed+Mobility, in builds with `--features speed-mobility`
  --svg PICTURE  also draws when each resource waited and when it came
";

const INDEX: &str = "/index.html";

/// Pushed along with the index.
const PUSHED: [&str; 2] = ["/style-0.css", "/script-0.js"];

fn main() -> ExitCode {
    args::run(USAGE, page_load)
}

fn page_load(mut parser: Parser) -> Result<ExitCode, Stop> {
    let mut version = Version::Draft1;
    let mut svg: Option<PathBuf> = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("version") => version = args::version(&mut parser)?,
            Arg::Long("svg") => svg = Some(parser.value()?.into()),
            other => return Err(args::other(other)),
        }
    }
    let page = Page::generate();

    // The server ends with its first connection, and says what it has counted.
    let config = Config::default().compression(Compression::On);
    let server = Server::bind("127.0.0.1:0", version, config).map_err(failed("the server"))?;
    let address = server.address();
    let site = page.clone();
    let (sender, stats_of_server) = mpsc::channel();
    thread::spawn(move || {
        let result = server.run(site, |stats| {
            let _ = sender.send(stats.clone());
            ControlFlow::Break(())
        });
        if let Err(error) = result {
            complain(format_args!("page_load: the server: {error}"));
        }
    });

    let mut client = load(address, version, config).map_err(failed("the client"))?;
    let start = client.started;
    client.fetcher.resources.sort_by_key(|resource| resource.asked);
    let (fetcher, stats) = client.close().map_err(failed("the client"))?;
    let title =
        format!("an index and {} resources over one session of {version}", page.0.len() - 1);
    let waterfall = Waterfall { resources: &fetcher.resources, start };
    args::print(format_args!("{title}\n\n{waterfall}"))?;
    if let Some(svg) = svg {
        fs::write(&svg, waterfall.to_svg(&title)).map_err(failed(svg.display()))?;
    }
    args::print(frames(version, &stats))?;

    let mut faults = page.faults(&fetcher.resources);
    match stats_of_server.recv_timeout(Duration::from_secs(10)) {
        Ok(server) if (&server.sent, &server.received) == (&stats.received, &stats.sent) => {}
        Ok(_) => faults.push("the two ends have counted different frames".into()),
        Err(_) => faults.push("the server has not seen the end of the session".into()),
    }
    for fault in &faults {
        complain(format_args!("page_load: {fault}"));
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The index first, then all that it links to.
fn load(address: SocketAddr, version: Version, config: Config) -> std::io::Result<Client> {
    let (host, port) = (address.ip().to_string(), address.port());
    let resource = |path: &str| {
        let url = format!("http://{address}{path}");
        Resource::new(url, urgency(path), Body::Kept(Vec::new()))
    };
    let config = config.push(true);
    let mut client = Client::connect((&host, port), version, config, Fetcher::new(None))?;
    client.fetcher.keeps_pushes = true;
    client.fetcher.want(resource(INDEX));
    client.run()?;
    let index = match client.fetcher.resources.first().map(|index| &index.body) {
        Some(Body::Kept(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    for path in links(&index) {
        client.fetcher.want(resource(path));
    }
    client.run()?;
    Ok(client)
}

/// What `href` and `src` name.
fn links(html: &str) -> impl Iterator<Item = &str> {
    let attributes = html.split([' ', '>']);
    let values = attributes.filter_map(|attribute| {
        let value = attribute.strip_prefix("href=").or(attribute.strip_prefix("src="))?;
        value.strip_prefix('"')?.strip_suffix('"')
    });
    values.filter(|value| value.starts_with('/'))
}

/// What a browser needs first is the most urgent.
fn urgency(path: &str) -> Priority {
    Priority::new(match path.rsplit('.').next() {
        Some("html") => 0,
        Some("css" | "js") => 1,
        Some("png") => 2,
        _ => 3,
    })
}

/// The same page every time: paths and bodies.
#[derive(Clone)]
struct Page(BTreeMap<String, Bytes>);

impl Page {
    fn generate() -> Self {
        let mut seed = 1;
        let mut body = |len| {
            let bytes = std::iter::repeat_with(|| (random(&mut seed) >> 32) as u8);
            Bytes::from_iter(bytes.take(len))
        };
        let mut page = BTreeMap::new();
        let mut index = "<!doctype html>\n<title>A page</title>\n".to_owned();
        for number in 0..4 {
            let path = format!("/style-{number}.css");
            let _ = writeln!(index, "<link rel=\"stylesheet\" href=\"{path}\">");
            page.insert(path, body(900 + 7_000 * number));
        }
        for number in 0..6 {
            let path = format!("/script-{number}.js");
            let _ = writeln!(index, "<script src=\"{path}\"></script>");
            page.insert(path, body(2_000 + 25_000 * number));
        }
        for number in 0..26 {
            let path = format!("/image-{number}.png");
            let _ = writeln!(index, "<img alt=\"\" src=\"{path}\">");
            page.insert(path, body(17 + 211 * number * number));
        }
        for number in 0..4 {
            let path = format!("/film-{number}.bin");
            let _ = writeln!(index, "<a href=\"{path}\">film</a>");
            page.insert(path, body(1_000_000 >> (2 * number)));
        }
        page.insert(INDEX.to_owned(), index.into());
        Self(page)
    }

    /// What is not as it should be, a line each.
    fn faults(&self, resources: &[Resource]) -> Vec<String> {
        let mut faults = Vec::new();
        for (path, expected) in &self.0 {
            let mut found = resources.iter().filter(|resource| resource.url.ends_with(path));
            let how = if PUSHED.contains(&path.as_str()) { "PUSH" } else { "GET" };
            match (found.next(), found.next()) {
                (Some(Resource { body: Body::Kept(body), .. }), _) if body != expected => {
                    faults.push(format!("{path}: {} bytes, and not the right ones", body.len()));
                }
                (Some(resource), None) if !resource.is_fine() => {
                    faults.push(format!("{path}: {:?}", resource.progress));
                }
                (Some(resource), None) if resource.how == how => {}
                (Some(_), None) => faults.push(format!("{path}: not by {how}")),
                (Some(_), Some(_)) => faults.push(format!("{path}: loaded twice")),
                (None, _) => faults.push(format!("{path}: not loaded")),
            }
        }
        faults
    }
}

impl Site for Page {
    fn find(&self, path: &str) -> Content {
        let Some(body) = self.0.get(path) else { return Content::text("404 Not Found") };
        let pushes = if path == INDEX { &PUSHED[..] } else { &[] };
        Content {
            status: "200 OK",
            content_type: match path.rsplit('.').next() {
                Some("html") => "text/html",
                Some("css") => "text/css",
                Some("js") => "text/javascript",
                Some("png") => "image/png",
                _ => "application/octet-stream",
            },
            length: body.len() as u64,
            body: Box::new(Cursor::new(body.clone())),
            pushes: pushes.iter().map(|&path| path.to_owned()).collect(),
        }
    }
}

/// Xorshift: numbers that look random and are the same every time.
fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// What the client has sent and received.
fn frames(version: Version, stats: &Stats) -> String {
    let mut table = format!("\n{:<28} {:>10} {:>10}\n", "frames of the client", "sent", "received");
    for kind in FrameType::ALL {
        let (sent, received) = (stats.sent.frames(kind), stats.received.frames(kind));
        if sent + received > 0 {
            let _ = writeln!(table, "{:<28} {sent:>10} {received:>10}", kind.name(version));
        }
    }
    let saved = |side: &Direction| {
        let (plain, packed) = (side.plain_header_bytes(), side.compressed_header_bytes());
        format!("{:.0} %", 100.0 * (1.0 - packed as f64 / plain.max(1) as f64))
    };
    let (sent, received) = (&stats.sent, &stats.received);
    let rows = [
        ("header bytes", sent.plain_header_bytes(), received.plain_header_bytes()),
        ("  compressed", sent.compressed_header_bytes(), received.compressed_header_bytes()),
    ];
    for (name, sent, received) in rows {
        let _ = writeln!(table, "{name:<28} {sent:>10} {received:>10}");
    }
    let _ = writeln!(table, "{:<28} {:>10} {:>10}", "  saved", saved(sent), saved(received));
    table
}
