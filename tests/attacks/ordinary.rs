//! What attacks are held against.

use bytes::BytesMut;
use spdy::codec::Encoder;
use spdy::frame::{Frame, SynStream};
use spdy::{Compression, Event, Version};

use crate::common::{OK, id};
use crate::corpus::requests;
use crate::victim::{EVERY, Victim};

/// Requests as a browser sends them, compressed in one context.
fn wire(version: Version) -> Vec<u8> {
    let mut encoder = Encoder::new(version, Compression::On);
    let mut wire = BytesMut::new();
    for (number, list) in (0..).zip(requests(200)) {
        let mut syn = SynStream::new(id(2 * number + 1), list);
        syn.fin = true;
        encoder.encode(&Frame::SynStream(syn), &mut wire).unwrap();
    }
    wire.to_vec()
}

/// Each is answered in its turn.
fn serve(version: Version, size: usize) {
    let mut victim = Victim::server(version);
    let wire = victim.wire.carried(&wire(version));
    victim.hear_pieces(&wire, size, |session, event| {
        if let Event::SynStream { stream, .. } = event {
            session.reply(stream, OK, true).unwrap();
        }
    });
    victim.survives();
}

#[test]
fn requests_as_they_come() {
    EVERY.iter().for_each(|&version| serve(version, 16 * 1024));
}

#[test]
fn requests_byte_by_byte() {
    EVERY.iter().for_each(|&version| serve(version, 1));
}
