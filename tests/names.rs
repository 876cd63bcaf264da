//! Versions, frames, IDs and counts by their names and numbers.

mod common;

use common::*;
use spdy::{Config, FrameType, Session, SettingId, Settings, StreamId, Version};

#[test]
fn a_version_is_chosen_by_its_token_and_by_its_name_in_tls() {
    let names = [
        (Version::Draft1, "1", None),
        (Version::Spdy2, "2", Some("spdy/2")),
        (Version::Spdy3, "3", Some("spdy/3")),
        (Version::Spdy3_1, "3.1", Some("spdy/3.1")),
        (Version::SpeedMobility, "sm", None),
    ];
    for (version, token, alpn) in names {
        assert_eq!((version.token(), version.alpn()), (token, alpn));
        assert_eq!(token.parse(), Ok(version));
    }
    for token in ["", "0", "4", "3.0", "spdy/3", "SM", " 3"] {
        let error = token.parse::<Version>().unwrap_err();
        assert_eq!(error.to_string(), "unknown SPDY version; known: 1 2 3 3.1 sm", "{token:?}");
    }
}

// S1-014
#[test]
fn a_frame_has_the_name_of_its_version() {
    let name = |version| [FrameType::FinStream, FrameType::Settings].map(|it| it.name(version));
    assert_eq!(name(Version::Draft1), ["FIN_STREAM", "HELLO"]);
    for version in LATER {
        assert_eq!(name(version), ["RST_STREAM", "SETTINGS"]);
    }
}

#[test]
fn a_stream_id_is_its_number() {
    assert_eq!(u32::from(StreamId::new(0x7FFF_FFFF)), 0x7FFF_FFFF);
    assert_eq!(StreamId::new(7).to_string(), "7");
}

#[test]
fn every_setting_with_a_name_is_read_by_it() {
    let settings = Settings::from([
        (SettingId::UPLOAD_BANDWIDTH, 10),
        (SettingId::DOWNLOAD_BANDWIDTH, 20),
        (SettingId::ROUND_TRIP_TIME, 30),
        (SettingId::MAX_CONCURRENT_STREAMS, 40),
        (SettingId::INITIAL_WINDOW_SIZE, 70),
    ]);
    let values = [
        settings.upload_kb_per_s(),
        settings.download_kb_per_s(),
        settings.round_trip_ms(),
        settings.max_concurrent_streams(),
        settings.initial_window_size(),
    ];
    assert_eq!(values, [10, 20, 30, 40, 70].map(Some));
    assert_eq!(Settings::default().initial_window_size(), None);
}

/// What one end has sent the other one has received, header blocks before and after compression too.
#[test]
fn statistics_of_both_ends_agree() {
    for version in Version::ALL {
        let mut pair = Pair::of(version, Config::default(), Config::default());
        let plain = |session: &Session| session.stats().sent.plain_header_bytes();
        let compressed = |session: &Session| session.stats().sent.compressed_header_bytes();
        for _ in 0..2 {
            pair.client.open(GET).unwrap();
        }
        pair.client.ping().unwrap();
        assert_eq!(
            (plain(&pair.client), compressed(&pair.client)),
            (0, 0),
            "nothing is staged yet"
        );
        pair.to_server();
        assert_eq!(pair.client.stats().sent, pair.server.stats().received);
        let strings: usize = GET.iter().map(|(name, value)| name.len() + value.len()).sum();
        let width = if version == Version::Draft1 || version == Version::Spdy2 { 2 } else { 4 };
        // Draft 1 has its count outside the block.
        let count = if version == Version::Draft1 { 0 } else { width };
        let block = strings + 2 * GET.len() * width + count;
        assert_eq!(plain(&pair.client), 2 * block as u64, "{version}");
        let on_the_wire = compressed(&pair.client);
        assert!(on_the_wire > 0 && on_the_wire < 2 * block as u64, "{version}: {on_the_wire}");
        let shown = format!("{:?}", pair.client.stats().sent);
        let counts = shown.split_once('{').unwrap().1;
        assert!(counts.contains("frames: {SynStream: 2, Ping: 1}"), "{shown}");
    }
}
