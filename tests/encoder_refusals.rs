//! What an encoder does not write.

mod common;

use bytes::{Bytes, BytesMut};
use common::{LATER, fin_stream, headers, id, window_update};
use spdy::codec::Encoder;
use spdy::frame::{Credential, Data, Frame, FrameType, Subresource, SynStream};
use spdy::{Compression, EncodeError, HeaderError, SettingId, Status, Version};

/// The frames that no version can write, or not every one, and whether this one can.
fn refused(version: Version) -> Vec<(Frame, Option<EncodeError>)> {
    let (is_2, is_3) = (version == Version::Spdy2, version == Version::Spdy3);
    let unless = |can: bool, error: EncodeError| (!can).then_some(error);
    let none = |frame_type| EncodeError::NoSuchFrame(frame_type);
    let mut slot = SynStream::new(id(1), ());
    slot.slot = 1;
    let mut piece = Data::new(id(1), &b"x"[..]);
    piece.remaining = 1;
    let credential = |slot| Frame::Credential(Credential::new(slot, Bytes::new(), Vec::new()));
    let settings = |entries: &[(u32, u32)]| {
        Frame::Settings(entries.iter().map(|&(id, value)| (SettingId(id), value)).collect())
    };
    let empty = HeaderError::EmptyValue;
    vec![
        // S3-084
        (window_update(1, 1), unless(!is_2, none(FrameType::WindowUpdate))),
        (window_update(1, 0x7FFF_FFFF), unless(!is_2, none(FrameType::WindowUpdate))),
        (
            window_update(1, 0),
            Some(if is_2 { none(FrameType::WindowUpdate) } else { EncodeError::Delta }),
        ),
        (
            window_update(1, 0x8000_0000),
            Some(if is_2 { none(FrameType::WindowUpdate) } else { EncodeError::Delta }),
        ),
        // S3-131, S31-014
        (credential(1), unless(is_3, none(FrameType::Credential))),
        (
            credential(0),
            Some(if is_3 { EncodeError::Credential } else { none(FrameType::Credential) }),
        ),
        (Frame::SynStream(slot), unless(is_3, EncodeError::NoSuchField("slot"))),
        (Frame::Noop, unless(is_2, none(FrameType::Noop))),
        // S2-025, S3-025
        (fin_stream(1, Status(0)), Some(EncodeError::StatusZero)),
        (fin_stream(1, Status(77)), None),
        // S2-032, S3-041
        (settings(&[(4, 1), (5, 1), (4, 2)]), Some(EncodeError::Settings)),
        (settings(&[(0x100_0000, 1)]), Some(EncodeError::Settings)),
        (settings(&[(0xFF_FFFF, 1)]), None),
        // S2-066, S3-068
        (headers(1, false, [("a", "")]), unless(!is_2, EncodeError::Headers(empty))),
        (headers(1, false, [("", "x")]), Some(EncodeError::Headers(HeaderError::EmptyName))),
        (Frame::Data(piece), Some(EncodeError::DataLength)),
    ]
}

// S1-072
#[test]
fn an_announcement_of_draft_1_with_an_empty_value_is_refused() {
    let mut encoder = Encoder::new(Version::Draft1, Compression::Off);
    let mut wire = BytesMut::new();
    let announced = [("url", "/"), ("method", "GET"), ("n", "")];
    let frame = Frame::Subresource(Subresource::new(id(1), announced));
    let error = EncodeError::Headers(HeaderError::EmptyValue);
    assert_eq!((encoder.encode(&frame, &mut wire), wire.len()), (Err(error), 0));
}

#[test]
fn a_frame_that_a_version_does_not_have_is_refused_and_leaves_nothing_behind() {
    for version in LATER {
        for compression in [Compression::Off, Compression::On] {
            let mut encoder = Encoder::new(version, compression);
            let mut untouched = Encoder::new(version, compression);
            for (frame, error) in refused(version) {
                let (mut wire, mut expected) = (BytesMut::new(), BytesMut::new());
                let result = encoder.encode(&frame, &mut wire);
                assert_eq!(result, error.clone().map_or(Ok(()), Err), "{version}: {frame:?}");
                assert_eq!(wire.is_empty(), error.is_some());
                if error.is_none() {
                    untouched.encode(&frame, &mut expected).unwrap();
                    assert_eq!(wire, expected, "as if nothing had been refused before");
                }
            }
        }
    }
}
