//! WebSocket frames as they arrive: heads, messages in fragments, control frames, and every rule whose
//! breach ends the connection.

#[path = "common/websocket.rs"]
mod common;

use bytes::{Buf, Bytes, BytesMut};
use common::*;
use spdy::Role;
use spdy::websocket::{
    Close, CloseCode, Data, Decoder, Error, Head, Kind, Limits, Opcode, Received,
};

fn decoder(role: Role) -> Decoder {
    Decoder::new(role, Limits::default())
}

fn limited(message: u64) -> Decoder {
    let mut limits = Limits::default();
    limits.message = message;
    Decoder::new(Role::Client, limits)
}

/// What a client makes of frames of its server.
fn said(frames: &[Vec<u8>]) -> Vec<Said> {
    let heard = heard(Role::Client, &frames.concat());
    assert_eq!(heard.end, Ok(()));
    heard.said
}

/// The error that bytes lead to, and that it comes before whatever stands behind them.
fn fault(role: Role, wire: &[u8]) -> Error {
    let heard = heard(role, &[wire, &[0; 20]].concat());
    assert!(heard.consumed <= wire.len(), "{heard:?}");
    heard.end.unwrap_err()
}

fn text(message: &str) -> Said {
    Said::Message(Kind::Text, Bytes::copy_from_slice(message.as_bytes()))
}

fn binary(message: impl Into<Bytes>) -> Said {
    Said::Message(Kind::Binary, message.into())
}

fn piece(received: Option<Received>) -> Data {
    match received {
        Some(Received::Data(data)) => data,
        other => panic!("{other:?}"),
    }
}

// The examples of RFC 6455, section 5.7.

// SM-021
#[test]
fn the_text_hello_unmasked_and_masked() {
    let hello = [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F];
    assert_eq!(heard(Role::Client, &hello).said, [text("Hello")]);
    let hello = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58];
    assert_eq!(heard(Role::Server, &hello).said, [text("Hello")]);
}

// SM-024
#[test]
fn hello_in_two_fragments() {
    let wire = [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F];
    assert_eq!(heard(Role::Client, &wire).said, [text("Hello")]);
}

// SM-023
#[test]
fn a_ping_and_its_masked_pong() {
    let ping = [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F];
    assert_eq!(heard(Role::Client, &ping).said, [Said::Ping("Hello".into())]);
    let pong = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58];
    assert_eq!(heard(Role::Server, &pong).said, [Said::Pong("Hello".into())]);
}

// SM-025
#[test]
fn binary_messages_of_256_bytes_and_64_kib() {
    for (head, len) in [
        (&[0x82, 0x7E, 0x01, 0x00][..], 256),
        (&[0x82, 0x7F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00], 65_536),
    ] {
        let payload = vec![0xAB; len];
        let wire = [head, &payload].concat();
        assert_eq!(heard(Role::Client, &wire).said, [binary(payload)]);
    }
}

// Heads.

// SM-025
#[test]
fn heads_are_written_with_the_shortest_length_and_read_again() {
    for (length, bytes) in
        [(0, 2), (125, 2), (126, 4), (0xFFFF, 4), (0x1_0000, 10), (i64::MAX as u64, 10)]
    {
        for key in [None, Some(KEY)] {
            let head = Head { fin: true, opcode: Opcode::Binary, length, key };
            let wire = head.emit();
            assert_eq!(wire.len(), bytes + key.map_or(0, |key| key.len()));
            let role = if key.is_some() { Role::Server } else { Role::Client };
            let mut limits = Limits::default();
            limits.message = u64::MAX;
            let mut decoder = Decoder::new(role, limits);
            let mut input = wire.chain(&b"x"[..]);
            let data = decoder.decode(&mut input).unwrap().map(|data| piece(Some(data)));
            match length {
                0 => assert!(data.unwrap().is_last),
                _ => assert_eq!(data.unwrap().remaining, length - 1),
            }
        }
    }
}

#[test]
fn heads_have_the_number_of_their_opcode_and_fin() {
    for number in 0..=255 {
        let Some(opcode) = Opcode::from_number(number) else { continue };
        assert_eq!(opcode.number(), number);
        for (fin, bit) in [(false, 0), (true, 0x80)] {
            let head = Head { fin, opcode, length: 5, key: None };
            assert_eq!(*head.emit(), [bit | number, 5]);
        }
    }
    assert_eq!([Kind::Text, Kind::Binary].map(Opcode::from), [Opcode::Text, Opcode::Binary]);
}

// SM-022
#[test]
fn reserved_bits_fail_the_connection() {
    for bit in [0x40, 0x20, 0x10] {
        for opcode in [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] {
            assert_eq!(fault(Role::Client, &[FIN | bit | opcode, 0]), Error::ReservedBits);
        }
    }
    assert_eq!(Error::ReservedBits.close_code(), CloseCode::PROTOCOL_ERROR);
}

// SM-022
#[test]
fn reserved_opcodes_fail_the_connection() {
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        let error = fault(Role::Client, &[FIN | opcode, 0]);
        assert_eq!(error, Error::ReservedOpcode { opcode });
        assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
    }
}

// SM-021
#[test]
fn a_server_takes_masked_frames_only_and_a_client_no_masked_ones() {
    for opcode in [BINARY, PING, CLOSE] {
        assert_eq!(fault(Role::Server, &[FIN | opcode, 0]), Error::NotMasked);
        assert_eq!(fault(Role::Client, &[FIN | opcode, 0x80]), Error::Masked);
    }
    assert_eq!(Error::NotMasked.close_code(), CloseCode::PROTOCOL_ERROR);
    assert_eq!(Error::Masked.close_code(), CloseCode::PROTOCOL_ERROR);
}

// SM-025
#[test]
fn a_length_that_is_not_in_its_shortest_form_fails_the_connection() {
    for wire in [
        &[0x82, 126, 0, 0][..],
        &[0x82, 126, 0, 100],
        &[0x82, 126, 0, 125],
        &[0x82, 127, 0, 0, 0, 0, 0, 0, 0, 5],
        &[0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
    ] {
        assert_eq!(fault(Role::Client, wire), Error::LengthNotShortest);
    }
    assert_eq!(Error::LengthNotShortest.close_code(), CloseCode::PROTOCOL_ERROR);
}

// SM-025
#[test]
fn a_length_with_the_top_bit_fails_the_connection() {
    for top in [0x80, 0xFF] {
        let wire = [0x82, 127, top, 0, 0, 0, 0, 0, 0, 5];
        assert_eq!(fault(Role::Client, &wire), Error::LengthTopBit);
    }
    assert_eq!(Error::LengthTopBit.close_code(), CloseCode::PROTOCOL_ERROR);
}

// SM-021: the key goes on over the pieces, and starts anew with each frame.
#[test]
fn masked_payloads_are_unmasked_in_pieces_of_any_size() {
    let payload: Vec<u8> = (0..5000u32).map(|at| (at % 251) as u8).collect();
    let wire = [masked(BINARY, &payload), masked(FIN | CONTINUATION, &payload)].concat();
    for size in [1, 2, 3, 5, 7, 31, 33, 64, 1021, 4096] {
        let heard = hear(decoder(Role::Server), wire.chunks(size));
        assert_eq!(heard.said, [binary([&payload[..], &payload].concat())]);
    }
}

// Messages.

// SM-024
#[test]
fn the_pieces_of_a_message_say_where_it_begins_and_ends() {
    let mut decoder = decoder(Role::Client);
    let wire =
        [frame(BINARY, b"abc"), frame(CONTINUATION, b"d"), frame(FIN | CONTINUATION, b"efg")]
            .concat();
    let mut pieces = Vec::new();
    for mut input in wire.chunks(4) {
        while let Some(received) = decoder.decode(&mut input).unwrap() {
            let data = piece(Some(received));
            let flags = (data.is_first, data.is_last);
            pieces.push((data.payload, flags, data.remaining));
        }
    }
    assert_eq!(
        pieces,
        [
            ("ab".into(), (true, false), 1),
            ("c".into(), (false, false), 0),
            ("d".into(), (false, false), 0),
            ("ef".into(), (false, false), 1),
            ("g".into(), (false, true), 0),
        ]
    );
}

// SM-024
#[test]
fn an_empty_last_frame_ends_its_message() {
    let frames = [frame(BINARY, b"abc"), frame(FIN | CONTINUATION, b"")];
    assert_eq!(said(&frames), [binary("abc")]);
    let mut decoder = decoder(Role::Client);
    let wire = frames.concat();
    let mut input = &wire[..];
    assert!(!piece(decoder.decode(&mut input).unwrap()).is_last);
    let last = piece(decoder.decode(&mut input).unwrap());
    assert!(last.is_last && !last.is_first && last.payload.is_empty());
}

#[test]
fn empty_messages_are_messages() {
    assert_eq!(said(&[frame(FIN | TEXT, b""), frame(FIN | BINARY, b"")]), [text(""), binary("")]);
}

#[test]
fn empty_frames_inside_a_message_are_passed_over() {
    let mut frames = vec![frame(BINARY, b"")];
    frames.extend(vec![frame(CONTINUATION, b""); 1000]);
    frames.push(frame(FIN | CONTINUATION, b"x"));
    assert_eq!(said(&frames), [binary("x")]);
}

// SM-024
#[test]
fn a_message_inside_another_fails_the_connection() {
    for opcode in [TEXT, BINARY] {
        for begun in [frame(opcode, b"a"), frame(opcode, b"")] {
            let wire = [begun, vec![FIN | opcode, 0]].concat();
            assert_eq!(fault(Role::Client, &wire), Error::InsideMessage);
        }
    }
    assert_eq!(Error::InsideMessage.close_code(), CloseCode::PROTOCOL_ERROR);
}

// SM-024
#[test]
fn a_continuation_of_nothing_fails_the_connection() {
    assert_eq!(fault(Role::Client, &[FIN | CONTINUATION, 0]), Error::NothingToContinue);
    let ended = [frame(FIN | TEXT, b"a"), vec![CONTINUATION, 0]].concat();
    assert_eq!(fault(Role::Client, &ended), Error::NothingToContinue);
    assert_eq!(Error::NothingToContinue.close_code(), CloseCode::PROTOCOL_ERROR);
}

#[test]
fn unmasked_payloads_are_slices_of_the_input() {
    let wire = Bytes::from(frame(FIN | BINARY, &[7; 1000]));
    let data = piece(decoder(Role::Client).decode(&mut wire.clone()).unwrap());
    assert_eq!(data.payload.as_ptr(), wire[4..].as_ptr());
}

#[test]
fn long_payloads_come_in_pieces_of_64_kib() {
    for role in [Role::Client, Role::Server] {
        let mut decoder = decoder(role);
        let mut wire = BytesMut::from(&frame_for(role, FIN | BINARY, &[7; 200_000])[..]);
        let mut lengths = Vec::new();
        while let Some(received) = decoder.decode(&mut wire).unwrap() {
            lengths.push(piece(Some(received)).payload.len());
        }
        assert_eq!(lengths, [65_536, 65_536, 65_536, 3_392]);
    }
}

// SM-A21
#[test]
fn a_message_above_the_limit_is_refused_from_its_head() {
    let length = 16 * 1024 * 1024 + 8;
    let head = |length| Head { fin: true, opcode: Opcode::Binary, length, key: None }.emit();
    assert_eq!(heard(Role::Client, &head(length)).end, Err(Error::EndOfInput));
    let error = fault(Role::Client, &head(length + 1));
    assert_eq!(error, Error::MessageTooBig { limit: length });
    assert_eq!(error.close_code(), CloseCode::MESSAGE_TOO_BIG);
    assert_eq!(fault(Role::Client, &head(i64::MAX as u64)), error);
}

// SM-A21
#[test]
fn the_limit_counts_all_fragments_of_a_message_and_nothing_else() {
    let begun = [frame(BINARY, &[0; 6]), frame(FIN | PING, &[0; 100])].concat();
    let within = [&begun[..], &frame(FIN | CONTINUATION, &[0; 4])].concat();
    assert_eq!(hear(limited(10), [&within[..], &within]).end, Ok(()));
    let beyond = [&begun[..], &[FIN | CONTINUATION, 5]].concat();
    assert_eq!(hear(limited(10), [&beyond[..]]).end, Err(Error::MessageTooBig { limit: 10 }));
}

// Text.

#[test]
fn text_may_be_cut_inside_a_character() {
    let message = "κόσμε, 水, 𝄞";
    for cut in 0..=message.len() {
        let (first, rest) = message.as_bytes().split_at(cut);
        let wire = [frame(TEXT, first), frame(FIN | CONTINUATION, rest)].concat();
        assert_eq!(heard(Role::Client, &wire).said, [text(message)]);
        assert_eq!(hear(decoder(Role::Client), wire.chunks(1)).said, [text(message)]);
    }
}

#[test]
fn text_that_is_not_utf_8_fails_the_connection() {
    for wrong in [
        &b"a\xFF"[..],
        b"\x80",
        b"\xC0\xAF",
        b"\xED\xA0\x80",
        b"\xF4\x90\x80\x80",
        b"\xCE\xBA\xE1\xBD\xB9\xED\xA0\x80edited",
    ] {
        for size in [1, 100] {
            let wire = frame(FIN | TEXT, wrong);
            assert_eq!(hear(decoder(Role::Client), wire.chunks(size)).end, Err(Error::Utf8));
        }
        assert_eq!(said(&[frame(FIN | BINARY, wrong)]), [binary(wrong.to_vec())]);
    }
    assert_eq!(Error::Utf8.close_code(), CloseCode::INVALID_PAYLOAD);
}

#[test]
fn text_that_ends_inside_a_character_fails_the_connection() {
    let wire = [frame(TEXT, b"\xF0\x9D\x84"), frame(FIN | CONTINUATION, b"")].concat();
    assert_eq!(heard(Role::Client, &wire).end, Err(Error::Utf8));
}

// As soon as no byte that follows could mend it.
#[test]
fn text_that_cannot_become_utf_8_fails_before_its_end() {
    let wire = [&[FIN | TEXT, 100][..], b"\xF4\x90"].concat();
    assert_eq!(heard(Role::Client, &wire).end, Err(Error::Utf8));
    let wire = [&[FIN | TEXT, 100][..], b"\xF4\x8F"].concat();
    assert_eq!(heard(Role::Client, &wire).end, Err(Error::EndOfInput));
}

// Control frames.

// SM-023
#[test]
fn control_frames_may_stand_between_fragments() {
    let frames = [
        frame(TEXT, b"Hel"),
        frame(FIN | PING, b"?"),
        frame(FIN | PONG, b"!"),
        frame(FIN | CONTINUATION, b"lo"),
    ];
    assert_eq!(said(&frames), [Said::Ping("?".into()), Said::Pong("!".into()), text("Hello")]);
}

// SM-023
#[test]
fn control_frames_carry_up_to_125_bytes() {
    for opcode in [CLOSE, PING, PONG] {
        let payload = [&1000u16.to_be_bytes()[..], &[7; 123]].concat();
        assert_eq!(said(&[frame(FIN | opcode, &payload)]).len(), 1);
        for length in [126, 127] {
            let error = fault(Role::Client, &[FIN | opcode, length]);
            assert!(matches!(error, Error::ControlTooLong { .. }), "{error:?}");
            assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
        }
    }
}

// SM-023
#[test]
fn a_fragmented_control_frame_fails_the_connection() {
    for opcode in [CLOSE, PING, PONG] {
        let error = fault(Role::Client, &[opcode, 0]);
        assert!(matches!(error, Error::FragmentedControl { .. }), "{error:?}");
        assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
    }
}

// SM-032
#[test]
fn a_close_frame_has_no_body_or_a_code_and_whatever_follows_it() {
    let close = |payload: &[u8]| said(&[frame(FIN | CLOSE, payload)]);
    assert_eq!(close(b""), [Said::Close(None)]);
    assert_eq!(close(&[3, 232]), [Said::Close(Some((CloseCode::NORMAL, Bytes::new())))]);
    let away = Some((CloseCode::GOING_AWAY, Bytes::from("bye")));
    assert_eq!(close(&[3, 233, b'b', b'y', b'e']), [Said::Close(away)]);
}

// SM-032: behind the code HTTP Speed+Mobility has four bytes that are no text.
#[test]
fn what_follows_the_code_need_not_be_text() {
    let rest = Bytes::from_static(&[0x7F, 0xFF, 0xFF, 0xFE]);
    let body = [&[3, 234][..], &rest].concat();
    let mut wire = &frame(FIN | CLOSE, &body)[..];
    let close = Close::new(CloseCode::PROTOCOL_ERROR, rest);
    assert_eq!(close.reason(), None);
    assert_eq!(decoder(Role::Client).decode(&mut wire), Ok(Some(Received::Close(Some(close)))));
}

// SM-032
#[test]
fn a_close_frame_with_half_a_code_fails_the_connection() {
    let error = heard(Role::Client, &frame(FIN | CLOSE, &[3])).end.unwrap_err();
    assert_eq!((error, error.close_code()), (Error::CloseLength, CloseCode::PROTOCOL_ERROR));
}

// SM-032
#[test]
fn codes_that_cannot_be_on_the_wire_fail_the_connection() {
    let valid = |code| matches!(code, 1000..=1003 | 1007..=1011 | 3000..=4999);
    for code in 0..=u16::MAX {
        let heard = heard(Role::Client, &frame(FIN | CLOSE, &code.to_be_bytes()));
        if valid(code) {
            assert_eq!(heard.said, [Said::Close(Some((CloseCode(code), Bytes::new())))]);
        } else {
            let error = Error::CloseCode { code: CloseCode(code) };
            assert_eq!(heard.end, Err(error));
            assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
        }
    }
    for local in [CloseCode::NO_STATUS, CloseCode::ABNORMAL, CloseCode::TLS_HANDSHAKE] {
        assert!(!local.is_valid_on_wire());
    }
}

// SM-033
#[test]
fn what_follows_a_close_frame_is_dropped() {
    let mut wire = frame(FIN | CLOSE, b"");
    wire.extend([0xFF; 1000]);
    let heard = heard(Role::Client, &wire);
    assert_eq!((heard.said, heard.end), (vec![Said::Close(None)], Ok(())));
    assert_eq!(heard.consumed, wire.len());
}

// The end of the input.

#[test]
fn the_input_may_end_between_messages_only() {
    let wire = [
        frame_for(Role::Server, BINARY, &[1; 300]),
        frame_for(Role::Server, FIN | PING, b"ping"),
        frame_for(Role::Server, FIN | CONTINUATION, b"x"),
    ]
    .concat();
    for end in 1..wire.len() {
        assert_eq!(heard(Role::Server, &wire[..end]).end, Err(Error::EndOfInput));
    }
    assert_eq!(heard(Role::Server, &wire).end, Ok(()));
    assert_eq!(heard(Role::Server, &[]).end, Ok(()));
    assert_eq!(Error::EndOfInput.close_code(), CloseCode::ABNORMAL);
}

/// What is kept of a peer's bytes is in the decoder itself: a head of 14 bytes and a control frame of
/// 125 at most, whatever floods it.
#[test]
fn a_decoder_is_small_and_owns_no_buffer() {
    assert!(size_of::<Decoder>() <= 256, "{}", size_of::<Decoder>());
    assert!(!std::mem::needs_drop::<Decoder>());
}
