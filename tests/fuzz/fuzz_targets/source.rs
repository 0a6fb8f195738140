#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| envls_fuzz::source(data));
