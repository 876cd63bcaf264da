#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spdy_fuzz::speed_mobility(data));
