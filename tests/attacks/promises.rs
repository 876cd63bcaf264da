//! `SECURITY.md` says what these tests hold a session to.

use spdy::Config;

use crate::victim::{MAX_FRAME, MAX_MEMORY, MAX_PIECE, MAX_WAITING};

const SECURITY: &str = include_str!("../../SECURITY.md");

/// Every number of the default configuration, by its name.
fn limits() -> Vec<(String, u64)> {
    let text = format!("{:?}", Config::default());
    let (mut limits, mut prefix) = (Vec::new(), "");
    for part in text.split(", ") {
        let is_last = part.contains('}');
        let part = part.trim_start_matches("Config { ");
        let part = match part.strip_prefix("limits: Limits { ") {
            Some(rest) => {
                prefix = "limits.";
                rest
            }
            None => part.strip_prefix("options: Options { ").unwrap_or(part),
        };
        let (name, value) = part.split_once(": ").unwrap();
        if let Ok(number) = value.trim_end_matches([' ', '}']).parse() {
            limits.push((format!("{prefix}{name}"), number));
        }
        if is_last {
            prefix = "";
        }
    }
    limits
}

fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1024 && bytes % 1024 == 0 => format!("{} KiB", bytes / 1024),
        number => number.to_string(),
    }
}

#[test]
fn the_table_of_limits_is_that_of_the_defaults() {
    let limits = limits();
    for (name, value) in &limits {
        let row = format!("| `{name}` | {} |", size(*value));
        assert!(SECURITY.contains(&row), "SECURITY.md lacks: {row}");
    }
    let rows = SECURITY.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, limits.len(), "a limit that there is not: {limits:?}");
}

#[test]
fn the_bounds_are_those_of_the_tests() {
    assert_eq!((MAX_MEMORY, MAX_PIECE), (1024 * 1024, 64 * 1024 + 64));
    assert_eq!(MAX_WAITING, 64 * 1024 + MAX_FRAME);
    for row in [
        "| memory of a session, while the caller keeps no events and sends nothing | 1 MiB |",
        "| the largest single allocation | 64 KiB + 64 |",
        "| bytes staged for a peer that does not read | 64 KiB and a frame |",
    ] {
        assert!(SECURITY.contains(row), "SECURITY.md lacks: {row}");
    }
}
