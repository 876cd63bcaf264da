//! Header lists as a browser and a server write them; the same at every run.

use spdy::Headers;

/// A generator of numbers that need not be good, only always the same.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.next()).unwrap() % from.len()]
    }

    fn hex(&mut self, len: usize) -> String {
        (0..len)
            .map(|_| char::from_digit(u32::try_from(self.next() % 16).unwrap(), 16).unwrap())
            .collect()
    }
}

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/535.11 (KHTML, like Gecko) \
                     Chrome/17.0.963.56 Safari/535.11";
const KINDS: [(&str, &str, &str); 5] = [
    (
        "html",
        "text/html; charset=utf-8",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ),
    ("css", "text/css", "text/css,*/*;q=0.1"),
    ("js", "application/javascript", "*/*"),
    ("png", "image/png", "image/png,image/*;q=0.8,*/*;q=0.5"),
    ("jpg", "image/jpeg", "image/png,image/*;q=0.8,*/*;q=0.5"),
];

fn kind(index: usize) -> (&'static str, &'static str, &'static str) {
    KINDS[(index * 7 + index / 3) % KINDS.len()]
}

/// Requests of one page after the other on three hosts, in the names of SPDY/2: 600 bytes each before
/// compression, in 11 or 12 headers.
pub fn requests(count: usize) -> Vec<Headers> {
    let mut numbers = Numbers::new(1);
    let cookie = format!(
        "session={}; prefs=lang%3Den%26tz%3D120; __utma={2}.{3}.1330509607.1330509607.1330513207.2; \
         __utmz={2}.1330509607.1.1.utmcsr=(direct)|utmccn=(direct)|utmcmd=(none); _ga=GA1.2.{}",
        numbers.hex(32),
        numbers.next(),
        numbers.next() % 1_000_000_000,
        numbers.next()
    );
    let mut page = String::new();
    (0..count)
        .map(|index| {
            let (suffix, _, accept) = kind(index);
            let host = ["www.example.com", "static.example.com", "img.example.net"][index % 7 % 3];
            if index % 25 == 0 {
                let topic = numbers.pick(&["travel", "science/space", "business", "sport/results"]);
                page = format!("{topic}/2012/02/{}-{}.html", numbers.hex(6), numbers.next() % 100);
            }
            let directory = numbers.pick(&["assets", "articles/2012/02", "media/thumbs", "lib/ui"]);
            let word = numbers.pick(&[
                "overview",
                "header-logo",
                "jquery.min",
                "teaser",
                "article",
                "sprite",
            ]);
            let hash = numbers.hex(8);
            let path = format!(
                "/{directory}/{word}-{hash}.{suffix}?v={}&s={}",
                numbers.next() % 1000,
                numbers.hex(6)
            );
            let mut list = Headers::from([
                ("method", "GET"),
                ("scheme", "http"),
                ("url", &path),
                ("version", "HTTP/1.1"),
                ("host", host),
                ("user-agent", AGENT),
                ("accept", accept),
                ("accept-encoding", "gzip,deflate,sdch"),
                ("accept-language", "en-US,en;q=0.8,de;q=0.6"),
                ("accept-charset", "ISO-8859-1,utf-8;q=0.7,*;q=0.3"),
                ("referer", &format!("http://www.example.com/{page}?from=front")),
            ]);
            if host.starts_with("www") {
                list.append("cookie", &cookie);
            }
            if index % 5 == 0 {
                list.append(
                    "if-modified-since",
                    format!("Tue, {:02} Feb 2012 10:{:02}:07 GMT", 1 + index % 28, index % 60),
                );
            }
            list
        })
        .collect()
}
