//! The key of a client and the answer that only a WebSocket server gives to it.

use alloc::string::String;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, PAD};
use sha1_smol::Sha1;

/// The bits behind the 16 bytes mean nothing, and some clients do not leave them 0.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, PAD.with_decode_allow_trailing_bits(true));

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// 16 bytes as text.
const KEY_LEN: usize = 24;
/// A digest as text.
const ACCEPT_LEN: usize = 28;

/// A key as it is sent.
pub(super) fn encode(key: [u8; 16]) -> String {
    encoded::<KEY_LEN>(&key)
}

/// Whether a text is one.
pub(super) fn is_valid(key: &str) -> bool {
    // The decoder wants room for 18.
    BASE64.decode_slice(key, &mut [0; 18]) == Ok(16)
}

/// The answer to a key.
pub(super) fn accept(key: &str) -> String {
    let mut digest = Sha1::new();
    digest.update(key.as_bytes());
    digest.update(GUID.as_bytes());
    encoded::<ACCEPT_LEN>(&digest.digest().bytes())
}

fn encoded<const LEN: usize>(bytes: &[u8]) -> String {
    let mut text = [0; LEN];
    let len = BASE64.encode_slice(bytes, &mut text).unwrap_or(0);
    text.iter().take(len).copied().map(char::from).collect()
}
