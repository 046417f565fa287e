//! The least that an export could take: decode once, hash twice (the file that came, the file that leaves), sign once, copy once.

use std::hint::black_box;
use std::io::Cursor;
use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use image::ImageReader;
use touchmark_core::hash::Hash;

use crate::time;

pub(crate) fn measure(files: &[PathBuf]) {
    let (random, key) = (SystemRandom::new(), EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"));
    let [mut decode, mut hash, mut sign, mut copy, mut read] = [Duration::ZERO; 5];
    for path in files {
        let file = time(&mut read, || std::fs::read(path).expect("a file"));
        drop(time(&mut decode, || {
            let reader = ImageReader::new(Cursor::new(&file)).with_guessed_format().expect("a type");
            black_box(reader.decode().expect("a picture"))
        }));
        time(&mut hash, || black_box((Hash::of(&file), Hash::of(&file))));
        time(&mut sign, || black_box(key.sign(&random, &file[..64]).expect("signed")));
        drop(time(&mut copy, || black_box(file.clone())));
    }
    let each = |sum: Duration| sum.as_secs_f64() / files.len() as f64;
    let sum = each(decode + hash + sign + copy);
    println!(
        r#"{{"files": {}, "decode": {}, "hash": {}, "sign": {}, "copy": {}, "read": {}, "floor": {sum}}}"#,
        files.len(),
        each(decode),
        each(hash),
        each(sign),
        each(copy),
        each(read)
    );
}
