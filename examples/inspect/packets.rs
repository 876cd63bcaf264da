//! The TCP segments of a capture: a pcap or pcapng file of Ethernet, Linux's "any", loopback or bare IP.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};

/// What one packet says of a TCP connection.
pub struct Segment {
    /// Since some moment that is the same for the whole capture.
    pub time: Duration,
    pub source: SocketAddr,
    pub target: SocketAddr,
    pub sequence: u32,
    pub is_syn: bool,
    pub is_answer: bool,
    pub payload: Vec<u8>,
    /// The packet was longer than what was captured of it.
    pub is_cut: bool,
}

/// Whether a file that begins so is a capture.
pub fn is_capture(start: [u8; 4]) -> bool {
    // pcap with microseconds or nanoseconds, in either order of bytes, and pcapng.
    const MAGICS: [u32; 3] = [0xA1B2_C3D4, 0xA1B2_3C4D, 0x0A0D_0D0A];
    MAGICS.contains(&u32::from_le_bytes(start)) || MAGICS.contains(&u32::from_be_bytes(start))
}

/// The longest packet that a capture may hold, and some more for its frame.
const LONGEST: usize = 1024 * 1024;

/// Calls `each` with every segment, in the order of the capture.
pub fn read(file: &[u8], mut each: impl FnMut(Segment)) -> Result<(), String> {
    let mut reader = create_reader(LONGEST, file).map_err(|error| describe(&error))?;
    let mut is_refilled = false;
    // Of the file, or of each interface of the section.
    let mut links = Vec::new();
    let mut is_nanoseconds = false;
    loop {
        let (taken, block) = match reader.next() {
            Ok(found) => found,
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) if !is_refilled => {
                is_refilled = true;
                reader.refill().map_err(|error| describe(&error))?;
                continue;
            }
            Err(error) => return Err(describe(&error)),
        };
        is_refilled = false;
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                is_nanoseconds = header.is_nanosecond_precision();
                links = vec![Link { kind: header.network, resolution: 1, offset: 0 }];
            }
            PcapBlockOwned::Legacy(packet) => {
                let unit = if is_nanoseconds { 1 } else { 1_000 };
                let fraction = packet.ts_usec.saturating_mul(unit);
                let time = Duration::new(packet.ts_sec.into(), fraction);
                let kind = links.first().map(|link: &Link| link.kind);
                each_segment(kind, time, packet.data, &mut each);
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => links.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => links.push(Link {
                kind: interface.linktype,
                resolution: interface.ts_resolution().unwrap_or(1_000_000).max(1),
                offset: interface.ts_offset(),
            }),
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let link = links.get(packet.if_id as usize);
                let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let time = link.map_or(Duration::ZERO, |link| link.time(ticks));
                let data = &packet.data[..packet.data.len().min(packet.caplen as usize)];
                each_segment(link.map(|link| link.kind), time, data, &mut each);
            }
            // Without a time, and with data that may be padded: nobody writes it any more.
            PcapBlockOwned::NG(_) => {}
        }
        reader.consume(taken);
    }
}

struct Link {
    kind: Linktype,
    /// Ticks a second.
    resolution: u64,
    /// Seconds to add.
    offset: i64,
}

impl Link {
    fn time(&self, ticks: u64) -> Duration {
        let seconds = (ticks / self.resolution).saturating_add_signed(self.offset);
        let part = u128::from(ticks % self.resolution) * 1_000_000_000;
        Duration::new(seconds, (part / u128::from(self.resolution)) as u32)
    }
}

fn each_segment(
    link: Option<Linktype>,
    time: Duration,
    data: &[u8],
    each: &mut impl FnMut(Segment),
) {
    let ip =
        |before: usize| data.get(before..).and_then(|packet| LaxSlicedPacket::from_ip(packet).ok());
    let packet = match link {
        Some(Linktype::ETHERNET) => LaxSlicedPacket::from_ethernet(data).ok(),
        Some(Linktype::NULL | Linktype::LOOP) => ip(4),
        Some(Linktype::RAW | Linktype::IPV4 | Linktype::IPV6) => ip(0),
        Some(Linktype::LINUX_SLL) => ip(16),
        Some(Linktype::LINUX_SLL2) => ip(20),
        _ => None,
    };
    let Some(packet) = packet else { return };
    let Some(TransportSlice::Tcp(tcp)) = packet.transport else { return };
    let (source, target, is_cut): (IpAddr, IpAddr, bool) = match packet.net {
        Some(LaxNetSlice::Ipv4(ip)) => {
            let header = ip.header();
            let ends = (header.source_addr().into(), header.destination_addr().into());
            (ends.0, ends.1, ip.payload().incomplete)
        }
        Some(LaxNetSlice::Ipv6(ip)) => {
            let header = ip.header();
            let ends = (header.source_addr().into(), header.destination_addr().into());
            (ends.0, ends.1, ip.payload().incomplete)
        }
        _ => return,
    };
    each(Segment {
        time,
        source: SocketAddr::new(source, tcp.source_port()),
        target: SocketAddr::new(target, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        is_syn: tcp.syn(),
        is_answer: tcp.ack(),
        payload: tcp.payload().to_vec(),
        is_cut,
    });
}

fn describe<I: std::fmt::Debug>(error: &PcapError<I>) -> String {
    match error {
        PcapError::Incomplete(_) | PcapError::UnexpectedEof => {
            "the capture ends inside a packet".into()
        }
        PcapError::BufferTooSmall => format!("a packet of more than {LONGEST} bytes"),
        _ => "the capture is damaged".into(),
    }
}
