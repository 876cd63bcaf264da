#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spdy_fuzz::deflate_roundtrip(data));
