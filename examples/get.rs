//! Loads URLs of one host over one session, all at once, and shows how they came.
//!
//! The parts stand in `support`: `client` has the connection, `fetcher` asks and receives, `driver`
//! moves bytes between the socket and the session.

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};
use spdy::{Config, Priority, Version};
use support::args::{self, Stop, complain, failed};
use support::client::{Client, Url};
use support::fetcher::Fetcher;
use support::resource::{Body, Progress, Resource};
use support::waterfall::Waterfall;

const USAGE: &str = "\
Usage: get [--version V] [--data FILE] [--priority N] [--out DIR] URL...

Loads URLs like http://host:port/path, all of the same host, over one session.
Exits with 0 only if all are complete and have a status of 200 to 299.

  --version V     the version of SPDY: 1 (Draft 1, the default), 2, 3 or 3.1; sm is
                  Speed+Mobility, in builds with `--features speed-mobility`
  --data FILE     sends FILE to every URL with POST
  --priority N    from 0, the most urgent and the default, to 7 (in 1 and 2: to 3)
  --out DIR       writes the bodies to DIR, under the last segments of their paths
";

fn main() -> ExitCode {
    args::run(USAGE, get)
}

#[derive(Default)]
struct Options {
    data: Option<PathBuf>,
    out: Option<PathBuf>,
    priority: Priority,
    urls: Vec<Url>,
}

fn get(mut parser: Parser) -> Result<ExitCode, Stop> {
    let mut version = Version::Draft1;
    let options = parse(&mut parser, &mut version)?;
    let Some(first) = options.urls.first() else {
        return Err(Stop::Usage("no URL".into()));
    };
    let is_same = |other: &Url| (&other.host, other.port) == (&first.host, first.port);
    if let Some(other) = options.urls.iter().find(|other| !is_same(other)) {
        let error = format!("{} and {} are not of the same host", first.full, other.full);
        return Err(Stop::Usage(error));
    }

    if let Some(file) = &options.data {
        fs::File::open(file).map_err(failed(file.display()))?;
    }
    if let Some(dir) = &options.out {
        fs::create_dir_all(dir).map_err(failed(dir.display()))?;
    }
    let mut names = Names::default();
    let mut fetcher = Fetcher::new(options.data);
    for url in &options.urls {
        let body = match &options.out {
            None => Body::Dropped,
            Some(dir) => Body::Saved(names.choose(dir, &url.path), None),
        };
        fetcher.want(Resource::new(url.full.clone(), options.priority, body));
    }

    let config = Config::default().push(true);
    let peer = first.full.split('/').nth(2).unwrap_or_default().to_owned();
    let client = Client::connect((&first.host, first.port), version, config, fetcher);
    let mut client = client.map_err(failed(&peer))?;
    client.run().map_err(failed(&peer))?;
    if let Some(error) = client.error() {
        complain(format_args!("get: {peer}: {error}"));
    }
    let start = client.started;
    let (fetcher, _) = client.close().map_err(failed(&peer))?;

    let resources = &fetcher.resources;
    args::print(Waterfall { resources, start })?;
    for resource in resources {
        if let Progress::Failed(reason) = &resource.progress {
            complain(format_args!("get: {}: incomplete: {reason}", resource.url));
        } else if !resource.is_fine() {
            complain(format_args!("get: {}: the answer is not 2xx", resource.url));
        }
        for (name, value) in resource.trailers.iter() {
            let value = value.escape_ascii();
            args::print(format_args!("{} trailer {name}: {value}\n", resource.url))?;
        }
        if let (Body::Saved(path, Some(_)), true) = (&resource.body, options.out.is_some()) {
            args::print(format_args!("{} -> {}\n", resource.url, path.display()))?;
        }
    }
    let all_fine = resources.iter().all(Resource::is_fine);
    Ok(if all_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parse(parser: &mut Parser, version: &mut Version) -> Result<Options, Stop> {
    let mut options = Options::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("data") => options.data = Some(parser.value()?.into()),
            Arg::Long("out") => options.out = Some(parser.value()?.into()),
            Arg::Long("priority") => {
                let level: u8 = parser.value()?.parse()?;
                if level > Priority::LOWEST.level() {
                    return Err(Stop::Usage(format!("--priority {level}: 0 to 7 exist")));
                }
                options.priority = Priority::new(level);
            }
            Arg::Value(url) => {
                options.urls.push(Url::parse(&url.string()?).map_err(Stop::Usage)?);
            }
            Arg::Long("version") => *version = args::version(parser)?,
            other => return Err(args::other(other)),
        }
    }
    Ok(options)
}

/// The names that were given to files, in lower case: some systems do not tell case apart.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// A file for the last segment of a path, and none that another resource has already.
    fn choose(&mut self, dir: &Path, path: &str) -> PathBuf {
        let path = path.split('?').next().unwrap_or_default();
        let segment = match path.rsplit('/').next().unwrap_or_default() {
            "" | "." | ".." => "index.html",
            segment => segment,
        };
        let name = segment.replace(['\\', ':'], "_");
        let copies = (2..).map(|copy| format!("{name}.{copy}"));
        let mut names = std::iter::once(name.clone()).chain(copies);
        let free = names.find(|name| self.0.insert(name.to_ascii_lowercase()));
        dir.join(free.unwrap_or(name))
    }
}
