//! What comes out of a decoder or a session, in a form that cannot show how the input was cut:
//! pieces of DATA are joined. The fuzz targets use it too.
#![allow(dead_code, reason = "every test file uses its own part")]

use bytes::{Buf, BytesMut};
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Data, Frame, FrameType};
use spdy::{
    Compression, DecodeError, Event, Headers, Scope, Session, SessionError, Stats, Version,
};

/// All that a decoder makes of an input.
#[derive(Debug, PartialEq)]
pub struct Decoded {
    /// Whole frames, and errors that cost one frame.
    pub items: Vec<Result<Frame, DecodeError>>,
    /// Whether the input could end where it did.
    pub end: Result<(), DecodeError>,
    /// Where the decoder stopped reading.
    pub consumed: usize,
}

/// Decodes an input that arrives in pieces.
pub fn decode<B: Buf>(version: Version, pieces: impl IntoIterator<Item = B>) -> Decoded {
    let mut decoder = Decoder::new(version, Limits::default());
    let mut items = Vec::new();
    let mut begun: Option<(Data, Vec<u8>)> = None;
    let mut consumed = 0;
    for mut piece in pieces {
        let length = piece.remaining();
        loop {
            match decoder.decode(&mut piece) {
                Ok(None) => break,
                Ok(Some(Frame::Data(data))) => {
                    begun = join(begun, data, &mut items);
                }
                Err(error) if error.scope == Scope::Session => {
                    assert_final(&mut decoder, &error);
                    consumed += length - piece.remaining();
                    return Decoded { items, end: Err(error), consumed };
                }
                item => {
                    assert!(begun.is_none(), "a frame within a DATA frame");
                    items.extend(item.transpose());
                }
            }
        }
        assert!(!piece.has_remaining(), "Ok(None) with input left");
        consumed += length;
    }
    assert!(begun.is_none() || decoder.finish().is_err(), "a DATA frame is not over");
    Decoded { items, end: decoder.finish(), consumed }
}

/// Adds a piece to the DATA frame that is begun; a frame that is whole goes to the items.
fn join(
    begun: Option<(Data, Vec<u8>)>,
    mut piece: Data,
    items: &mut Vec<Result<Frame, DecodeError>>,
) -> Option<(Data, Vec<u8>)> {
    let bytes = match begun {
        None => piece.payload.to_vec(),
        Some((last, mut bytes)) => {
            assert_eq!(last.stream, piece.stream);
            assert_eq!(last.remaining as usize, piece.payload.len() + piece.remaining as usize);
            bytes.extend_from_slice(&piece.payload);
            bytes
        }
    };
    if piece.remaining > 0 {
        assert!(!piece.fin && !piece.payload.is_empty());
        return Some((piece, bytes));
    }
    piece.payload = bytes.into();
    items.push(Ok(Frame::Data(piece)));
    None
}

/// After a session error the decoder says the same for ever, and reads nothing.
fn assert_final(decoder: &mut Decoder, error: &DecodeError) {
    let mut noop = &[0x80, 1, 0, 5, 0, 0, 0, 0][..];
    for _ in 0..2 {
        assert_eq!(decoder.decode(&mut noop).as_ref(), Err(error));
        assert_eq!(decoder.finish().as_ref(), Err(error));
    }
    assert_eq!(noop.len(), 8);
}

/// Encodes frames in one context.
pub fn encode<'a>(
    version: Version,
    compression: Compression,
    frames: impl IntoIterator<Item = &'a Frame>,
) -> Vec<u8> {
    let mut encoder = Encoder::new(version, compression);
    let mut wire = BytesMut::new();
    for frame in frames {
        encoder.encode(frame, &mut wire).unwrap_or_else(|error| panic!("{error}: {frame:?}"));
    }
    wire.to_vec()
}

/// Whether an encoder would refuse it although a decoder takes it.
pub fn is_receive_only(frame: &Frame) -> bool {
    match frame {
        Frame::Unknown(_) => true,
        Frame::FinStream(fin) => fin.status.0 == 0,
        Frame::WindowUpdate(update) => update.delta == 0,
        Frame::Credential(credential) => credential.slot == 0,
        Frame::Settings(settings) => {
            // In ascending order, and each once; an encoder sorts them.
            !settings.entries.is_sorted_by(|a, b| a.id < b.id)
        }
        Frame::Subresource(subresource) => {
            let list = &subresource.headers;
            !list.contains("url") || !list.contains("method") || is_huge(list)
        }
        Frame::SynStream(syn) => is_huge(&syn.headers),
        Frame::SynReply(reply) => is_huge(&reply.headers),
        Frame::Headers(headers) => is_huge(&headers.headers),
        _ => false,
    }
}

/// A list near the limit arrives compressed; stored it would not fit the limit for frames.
fn is_huge(list: &Headers) -> bool {
    list.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>() > 60_000
}

/// All that a session makes of an input. Where it stops reading is not compared: of a DATA frame
/// that ends the session it has read what had arrived.
#[derive(Debug, PartialEq)]
pub struct Played {
    pub events: Vec<Event>,
    pub end: Result<(), SessionError>,
    pub output: Vec<u8>,
    /// None after an error, for the same reason.
    pub stats: Option<Stats>,
}

/// Plays an input that arrives in pieces; what the session answers is taken at the end.
pub fn play<B: Buf>(mut session: Session, pieces: impl IntoIterator<Item = B>) -> Played {
    let mut events = Vec::new();
    let mut end = Ok(());
    for mut piece in pieces {
        end = loop {
            match session.next_event(&mut piece) {
                Ok(Some(event)) => push_joined(&mut events, event),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if end.is_err() {
            break;
        }
        assert!(!piece.has_remaining(), "Ok(None) with input left");
    }
    let output = drain(&mut session);
    let stats = end.is_ok().then(|| session.stats());
    Played { events, end, output, stats }
}

/// Adds an event; consecutive data of one stream becomes one event.
pub fn push_joined(events: &mut Vec<Event>, event: Event) {
    if let (
        Event::Data { stream, data, fin, .. },
        Some(Event::Data { stream: last, data: before, fin: ended, .. }),
    ) = (&event, events.last_mut())
    {
        if stream == last && !*ended {
            *before = [&before[..], data].concat().into();
            *ended = *fin;
            return;
        }
    }
    events.push(event);
}

/// Takes everything that a session has to write.
pub fn drain(session: &mut Session) -> Vec<u8> {
    let mut wire = Vec::new();
    while session.wants_write() {
        let mut output = session.output();
        assert!(output.has_remaining(), "wants_write() without output");
        let len = output.chunk().len();
        wire.extend_from_slice(output.chunk());
        output.advance(len);
    }
    wire
}

/// The dialect's word for a type of frame that an error can name.
pub fn word(frame_type: FrameType) -> &'static str {
    match frame_type {
        FrameType::Data => "DATA",
        FrameType::SynStream => "SYN_STREAM",
        FrameType::SynReply => "SYN_REPLY",
        FrameType::Subresource => "SUBRESOURCE",
        FrameType::Headers => "HEADERS",
        other => panic!("no stream is lost by a {other:?}"),
    }
}
