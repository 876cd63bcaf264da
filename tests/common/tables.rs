//! Tables of what happens in each state of a stream, and what plays them.
#![allow(dead_code, reason = "every test file uses its own part")]

use spdy::{Role, Version};

use crate::carrier::SM;
use crate::scenario::*;

/// A column of the tables, and the states that it stands for: nothing tells who reset a stream.
pub const COLUMNS: [&[State]; 7] = [
    &[State::Idle],
    &[State::Open],
    &[State::Hcl],
    &[State::Hcr],
    &[State::Closed],
    &[State::ResetByUs, State::ResetByPeer],
    &[State::Forgotten],
];

pub const ALL: [GoneAway; 4] = [GoneAway::Nobody, GoneAway::We, GoneAway::Peer, GoneAway::Closed];

/// The kinds that a word of the tables stands for.
pub fn kinds(word: &str) -> &'static [Kind] {
    use Kind::*;
    match word {
        "awaited" => &[Awaited],
        "replied" => &[Replied],
        "ours" => &[Awaited, Replied],
        "theirs" | "below" => &[Silent, Answered],
        "silent" => &[Silent],
        "answered" => &[Answered],
        "we-alone" => &[OursOneWay],
        "they-alone" => &[TheirsOneWay],
        "both-ways" => &[Awaited, Replied, Silent, Answered],
        "any" => &[Awaited, Replied, Silent, Answered, OursOneWay, TheirsOneWay],
        _ => panic!("{word}"),
    }
}

/// Whether Speed+Mobility has it at all: there are no windows, no stream outlives a Close, and a
/// stream of a server's alone needs leave.
fn is_in_speed_mobility(role: Role, kind: Kind, what: &str, flags: u8, who: GoneAway) -> bool {
    let is_push = match (role, kind) {
        (Role::Client, Kind::TheirsOneWay) | (Role::Server, Kind::OursOneWay) => true,
        (Role::Client, _) => what == "SYN_STREAM" && flags & UNIDIRECTIONAL != 0,
        (Role::Server, _) => false,
    };
    !what.starts_with("UPDATE") && who == GoneAway::Nobody && !is_push
}

/// One cell, for one stream and one frame.
#[derive(Debug)]
pub struct Case<'a> {
    pub version: Version,
    pub role: Role,
    /// A frame of the table and its flags, or a call.
    pub what: &'a str,
    pub flags: u8,
    pub kind: Kind,
    pub state: State,
    pub is_below: bool,
    pub gone_away: GoneAway,
    pub cell: &'a str,
}

/// Plays every cell of a table, and returns how many there were.
pub fn play(
    table: &str,
    versions: &[Version],
    gone_away: &[GoneAway],
    flags: fn(&str) -> &[u8],
    run: fn(Case, End),
) -> usize {
    let mut count = 0;
    for row in rows(table) {
        let [what, word, cells @ ..] = &row[..] else { panic!("{row:?}") };
        assert_eq!(cells.len(), COLUMNS.len(), "{row:?}");
        let states = COLUMNS.iter().zip(cells).flat_map(|(states, cell)| {
            states
                .iter()
                .flat_map(move |state| kinds(word).iter().map(move |kind| (state, kind, cell)))
        });
        for (&state, &kind, cell) in states {
            for (&version, role) in versions.iter().flat_map(|it| ROLES.map(|role| (it, role))) {
                for &gone_away in gone_away {
                    for &flags in flags(what) {
                        if version == SM
                            && !is_in_speed_mobility(role, kind, what, flags, gone_away)
                        {
                            continue;
                        }
                        let end = End::at(version, role, kind, state);
                        let is_exact = kinds(word).len() == 1;
                        assert!(!is_exact || end.is_none() == (*cell == "."), "{row:?} {state:?}");
                        let Some(mut end) = end else { continue };
                        let is_below = *word == "below";
                        if is_below {
                            let above = nth(role.peer(), 2);
                            let syn = end.raw.with_plain(SYN_STREAM, 0, above, &end.raw.plain(&[]));
                            end.feed(&syn);
                        }
                        end.go_away(gone_away);
                        let (before, after) = cell.split_once('/').unwrap_or((cell, cell));
                        let is_ours = matches!(gone_away, GoneAway::We | GoneAway::Closed);
                        let cell = if is_ours { after } else { before };
                        let case = Case {
                            version,
                            role,
                            what,
                            flags,
                            kind,
                            state,
                            is_below,
                            gone_away,
                            cell,
                        };
                        run(case, end);
                        count += 1;
                    }
                }
            }
        }
    }
    count
}

/// What of a state the peer can tell: a stream that ended by FIN from one that was reset, in 3, by
/// DATA on it, as long as we have not gone away.
pub fn visible(case: &Case, state: State) -> State {
    let is_told = case.version != Version::Spdy2 && case.gone_away != GoneAway::We;
    match state {
        State::Closed | State::Forgotten if is_told => State::Closed,
        State::Closed | State::Forgotten | State::ResetByPeer => State::ResetByUs,
        state => state,
    }
}

/// The cell for a frame on a stream, before our GOAWAY and after it.
pub fn cell<'a>(
    table: &'a str,
    what: &str,
    is_row: impl Fn(&str) -> bool,
    state: State,
) -> (&'a str, &'a str) {
    let column = COLUMNS.iter().position(|states| states.contains(&state)).unwrap();
    let row = rows(table).find(|row| row[0] == what && is_row(row[1]));
    let cell = row.unwrap_or_else(|| panic!("{what}"))[2 + column];
    cell.split_once('/').unwrap_or((cell, cell))
}
