//! The table of differences in the guide, written from the tables of the dialects.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use std::fs;

use super::*;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialect/differences.md");

// What looks a frame up relies on it.
#[test]
fn frames_stand_in_the_order_of_their_numbers_and_of_their_types() {
    for version in Version::ALL {
        let frames = version.dialect().frames;
        for (row, next) in frames.iter().zip(&frames[1..]) {
            assert!(row.number < next.number && row.frame_type < next.frame_type);
        }
        for row in frames {
            let dialect = version.dialect();
            assert_eq!(dialect.row_of(row.number).map(|found| found.name), Some(row.name));
            assert_eq!(dialect.row(row.frame_type).map(|found| found.name), Some(row.name));
        }
    }
}

type Cell = fn(&Dialect) -> String;

/// A line of the table: what it is about, and what a version has there.
const ROWS: &[(&str, Cell)] = &[
    ("a frame is carried by", |dialect| match dialect.carrier {
        Carrier::Transport => "the transport".into(),
        Carrier::WebSocket => "a message of a WebSocket".into(),
    }),
    ("version on the wire", |dialect| dialect.wire_version.to_string()),
    ("control frame of another version", |dialect| match dialect.other_version {
        OtherVersion::Fatal => "session error".into(),
        OtherVersion::CostsStream => "SYN_STREAM: stream error; others passed over".into(),
        OtherVersion::FatalWithBlock => "with headers: session error; others passed over".into(),
    }),
    ("type 3", |dialect| name(dialect, 3)),
    ("type 4", |dialect| name(dialect, 4)),
    ("type 5", |dialect| name(dialect, 5)),
    ("type 8", |dialect| name(dialect, 8)),
    ("type 9", |dialect| name(dialect, 9)),
    ("type 10", |dialect| name(dialect, 10)),
    ("who sends on a server's stream", |dialect| match dialect.association {
        Association::Announced => "the server".into(),
        Association::Named => "both, unless flagged UNIDIRECTIONAL".into(),
    }),
    ("a stream belongs to another", |dialect| match dialect.association {
        Association::Announced => "by an announcing header".into(),
        Association::Named => "by the ID in SYN_STREAM".into(),
    }),
    ("a push needs the request's leave", |dialect| yes_or_no(dialect.push_flag != 0)),
    ("priorities, most urgent first", |dialect| {
        let wire =
            |level| dialect.priority.write(Priority::new(level)) >> (8 - dialect.priority.bits);
        format!("{} … {}", wire(0), wire(7))
    }),
    ("header block: count and lengths", |dialect| {
        let place = if dialect.block.count_before_block { "before" } else { "inside" };
        format!("{} bytes; count {place} the compression", dialect.block.width)
    }),
    ("a frame may leave compression out", |dialect| {
        yes_or_no(dialect.frames.iter().any(|row| row.plain_flag != 0))
    }),
    ("dictionary", |dialect| format!("{} bytes", dialect.dictionary.bytes.len())),
    ("empty name or value", |dialect| match dialect.block.empty {
        EmptyStrings::Dropped => "dropped".into(),
        EmptyStrings::Refused => "stream error".into(),
        EmptyStrings::RefusedAmongValues => {
            "stream error, but for a value that is empty whole".into()
        }
    }),
    ("upper case in a name", |dialect| match dialect.block.characters {
        Characters::Lowered => "lowered".into(),
        Characters::Strict => "stream error".into(),
    }),
    ("settings", |dialect| match dialect.settings_form {
        _ if dialect.settings.is_empty() => "none".into(),
        SettingsForm::Hello => "first frame only; no flags".into(),
        SettingsForm::IdThenFlags => "any time; ID little-endian, then flags".into(),
        SettingsForm::FlagsThenId => "any time; flags, then ID big-endian".into(),
    }),
    ("status in GOAWAY", |dialect| yes_or_no(dialect.go_away_has_status)),
    ("GOAWAY covers refused streams", |dialect| yes_or_no(dialect.last_good_counts_refused)),
    ("status codes of a stream", |dialect| dialect.statuses.len().to_string()),
    ("flow control", |dialect| match dialect.flow_control {
        FlowRules::None => "none".into(),
        FlowRules::Streams => "each stream".into(),
        FlowRules::StreamsAndSession => "each stream, and the session".into(),
    }),
    ("DATA before the reply", |dialect| cost(dialect.faults.data_before_reply)),
    ("DATA behind FIN", |dialect| cost(dialect.faults.after_fin)),
    ("DATA on a stream that has ended", |dialect| cost(dialect.faults.data_when_over)),
    ("a second reply", |dialect| cost(dialect.faults.second_reply)),
    ("header list above the limit", |dialect| {
        let (syn, other) = dialect.list_too_large;
        let name = |status| dialect.status_name(status).unwrap_or("?");
        if syn == other { name(syn).into() } else { format!("{} or {}", name(syn), name(other)) }
    }),
];

fn name(dialect: &Dialect, number: u16) -> String {
    if dialect.removed.contains(&number) {
        return "session error".into();
    }
    dialect.row_of(number).map_or("—", |row| row.name).into()
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.into()
}

fn cost(reaction: Reaction) -> String {
    match reaction {
        Reaction::Ignore => "dropped".into(),
        Reaction::Session => "session error".into(),
        Reaction::Stream(status) => {
            let known = STATUSES.iter().find(|(known, _)| *known == status);
            known.map_or("?", |(_, name)| name).into()
        }
    }
}

fn table() -> String {
    let dialects: Vec<_> = Version::KNOWN.iter().map(|version| version.dialect()).collect();
    let mut text = String::from("| |");
    for version in Version::KNOWN {
        write!(text, " {version} |").unwrap();
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(dialects.len()));
    text.push('\n');
    for (what, cell) in ROWS {
        write!(text, "| {what} |").unwrap();
        for dialect in &dialects {
            write!(text, " {} |", cell(dialect)).unwrap();
        }
        text.push('\n');
    }
    text
}

/// `BLESS=1 cargo test differences` writes the file.
#[test]
fn the_table_of_differences_in_the_guide_is_that_of_the_dialects() {
    let table = table();
    if std::env::var_os("BLESS").is_some() {
        fs::write(PATH, &table).unwrap();
    }
    assert_eq!(table, fs::read_to_string(PATH).unwrap_or_default());
}
