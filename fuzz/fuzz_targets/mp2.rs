#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aloud_fuzz::read(bytes, Some("mp2")));
