//! WebSocket frames as they are written, and what is not.

#[path = "common/websocket.rs"]
mod common;

use bytes::{Bytes, BytesMut};
use common::*;
use spdy::Role;
use spdy::websocket::{Close, CloseCode, EncodeError, Encoder, Kind, Mask};

fn client() -> Encoder {
    Encoder::client(|| KEY)
}

/// What a call writes.
fn written(
    call: impl FnOnce(&mut BytesMut) -> Result<(), EncodeError>,
) -> Result<Vec<u8>, EncodeError> {
    let mut out = BytesMut::from("before");
    let result = call(&mut out);
    assert!(result.is_ok() || out == "before", "a refused call wrote something");
    result.map(|()| out[6..].to_vec())
}

// SM-021
#[test]
fn frames_of_a_client_are_masked_each_with_a_key_of_its_own() {
    let mut keys = [[1, 2, 3, 4], [5, 6, 7, 8]].into_iter();
    let mut client = Encoder::client(|| keys.next().unwrap());
    let first = written(|out| client.message(Kind::Binary, &[0; 5], out)).unwrap();
    assert_eq!(first, [0x82, 0x85, 1, 2, 3, 4, 1, 2, 3, 4, 1]);
    let second = written(|out| client.ping(&[], out)).unwrap();
    assert_eq!(second, [0x89, 0x80, 5, 6, 7, 8]);
}

// SM-021
#[test]
fn frames_of_a_server_are_not_masked() {
    let mut server = Encoder::server();
    let wire = written(|out| server.message(Kind::Text, b"Hello", out)).unwrap();
    assert_eq!(wire, [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]);
}

// SM-023, SM-024, SM-032
#[test]
fn every_kind_of_frame_is_what_the_other_end_writes_by_hand() {
    let close = Close::new(CloseCode::GOING_AWAY, "bye");
    let mut out = BytesMut::new();
    let mut client = client();
    client.message(Kind::Text, b"whole", &mut out).unwrap();
    client.fragment(Kind::Binary, b"a", false, &mut out).unwrap();
    client.ping(b"?", &mut out).unwrap();
    client.pong(b"!", &mut out).unwrap();
    client.fragment(Kind::Binary, &[7; 70_000], false, &mut out).unwrap();
    client.fragment(Kind::Binary, b"", true, &mut out).unwrap();
    client.close(Some(&close), &mut out).unwrap();
    let frames = [
        masked(FIN | TEXT, b"whole"),
        masked(BINARY, b"a"),
        masked(FIN | PING, b"?"),
        masked(FIN | PONG, b"!"),
        masked(CONTINUATION, &[7; 70_000]),
        masked(FIN | CONTINUATION, b""),
        masked(FIN | CLOSE, b"\x03\xE9bye"),
    ];
    assert_eq!(out, frames.concat());
}

// SM-025
#[test]
fn lengths_are_in_their_shortest_form() {
    for (len, head) in [
        (0, &[0x82, 0][..]),
        (125, &[0x82, 125]),
        (126, &[0x82, 126, 0, 126]),
        (0xFFFF, &[0x82, 126, 0xFF, 0xFF]),
        (0x1_0000, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let payload = vec![7; len];
        let wire = written(|out| Encoder::server().message(Kind::Binary, &payload, out)).unwrap();
        assert_eq!(wire, [head, &payload].concat());
    }
}

// SM-023
#[test]
fn control_frames_above_125_bytes_are_refused() {
    for payload in [&[0; 126][..], &[0; 1000]] {
        let refused = Err(EncodeError::ControlTooLong);
        assert_eq!(written(|out| client().ping(payload, out)), refused);
        assert_eq!(written(|out| client().pong(payload, out)), refused);
        let close = Close::new(CloseCode::NORMAL, payload[2..].to_vec());
        assert_eq!(written(|out| client().close(Some(&close), out)), refused);
    }
    let close = Close::new(CloseCode::NORMAL, vec![0; 123]);
    assert!(written(|out| client().close(Some(&close), out)).is_ok());
}

// SM-024
#[test]
fn a_message_inside_another_is_refused() {
    let mut server = Encoder::server();
    written(|out| server.fragment(Kind::Text, b"a", false, out)).unwrap();
    let refused = Err(EncodeError::InsideMessage);
    assert_eq!(written(|out| server.message(Kind::Text, b"b", out)), refused);
    assert_eq!(written(|out| server.fragment(Kind::Binary, b"b", false, out)), refused);
    assert_eq!(
        written(|out| server.fragment(Kind::Text, b"b", true, out)),
        Ok(vec![0x80, 1, b'b'])
    );
    assert!(written(|out| server.message(Kind::Binary, b"c", out)).is_ok());
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let mut server = Encoder::server();
    assert_eq!(written(|out| server.message(Kind::Text, b"\xFF", out)), Err(EncodeError::Utf8));
    written(|out| server.fragment(Kind::Text, b"\xF0\x9D", false, out)).unwrap();
    // Nothing was written, so the message can be ended as it should be.
    for wrong in [&b"\x41"[..], b"\x84"] {
        let refused = written(|out| server.fragment(Kind::Text, wrong, true, out));
        assert_eq!(refused, Err(EncodeError::Utf8));
    }
    assert!(written(|out| server.fragment(Kind::Text, b"\x84\x9E", true, out)).is_ok());
}

// SM-032
#[test]
fn codes_that_cannot_be_on_the_wire_are_refused() {
    for code in 0..=u16::MAX {
        let code = CloseCode(code);
        let result = written(|out| client().close(Some(&Close::new(code, "")), out));
        match code.is_valid_on_wire() {
            true => assert_eq!(result, Ok(masked(FIN | CLOSE, &code.0.to_be_bytes()))),
            false => assert_eq!(result, Err(EncodeError::CloseCode(code))),
        }
    }
}

// SM-033
#[test]
fn nothing_is_written_behind_a_close_frame() {
    let mut server = Encoder::server();
    written(|out| server.fragment(Kind::Text, b"a", false, out)).unwrap();
    assert_eq!(written(|out| server.close(None, out)), Ok(frame(FIN | CLOSE, b"")));
    let refused = Err(EncodeError::Closed);
    assert_eq!(written(|out| server.fragment(Kind::Text, b"b", true, out)), refused);
    assert_eq!(written(|out| server.ping(b"", out)), refused);
    assert_eq!(written(|out| server.pong(b"", out)), refused);
    assert_eq!(written(|out| server.close(None, out)), refused);
    let mut server = Encoder::server();
    written(|out| server.close(None, out)).unwrap();
    assert_eq!(written(|out| server.message(Kind::Text, b"b", out)), refused);
}

// SM-032: the answer to a Close frame is the frame itself.
#[test]
fn a_close_frame_that_was_received_can_be_sent_back() {
    let wire = masked(FIN | CLOSE, &[0x03, 0xE8, 0xFF]);
    let heard = heard(Role::Server, &wire);
    let [Said::Close(Some((code, rest)))] = &heard.said[..] else { panic!("{heard:?}") };
    let close = Close::new(*code, rest.clone());
    let answer = written(|out| Encoder::server().close(Some(&close), out));
    assert_eq!(answer, Ok(frame(FIN | CLOSE, &[0x03, 0xE8, 0xFF])));
}

// SM-021: byte i is XORed with byte i mod 4 of the key, wherever the bytes lie and are cut.
#[test]
fn a_mask_is_the_key_over_and_over() {
    let len = 5000;
    let plain: Vec<u8> = (0..len as u32).map(|at| (at % 251) as u8).collect();
    let expected: Vec<u8> = plain.iter().zip(KEY.iter().cycle()).map(|(a, b)| a ^ b).collect();
    for offset in 0..40 {
        for cut in (0..70).chain([2047, 2048, 2049, 4096, 4097, len - 1, len]) {
            let mut buffer = [&vec![0; offset], &plain[..]].concat();
            let (first, rest) = buffer[offset..].split_at_mut(cut);
            let mut mask = Mask::new(KEY);
            mask.apply(first);
            mask.apply(rest);
            assert_eq!(buffer[offset..], expected, "{cut} at {offset}");

            let mut mask = Mask::new(KEY);
            let (first, rest) = plain.split_at(cut);
            let masked: [Bytes; 2] = [mask.applied_to(first), mask.applied_to(rest)];
            assert_eq!(masked.concat(), expected, "{cut}");
        }
    }
}

#[test]
fn keys_are_not_shown() {
    let mut client = client();
    written(|out| client.fragment(Kind::Text, b"a", false, out)).unwrap();
    let shown = format!("{client:?}");
    assert!(shown.contains("is_client: true"), "{shown}");
    assert!(!shown.contains("55") && !shown.contains("0x37"), "{shown}");
}
