//! What `run.py` needs beside the programs that it compares: pictures, the floor, and the C2PA library's reader alone.
//!
//! ```sh
//! python3 benches/versus/run.py                                  # builds and calls this
//! cargo bench --bench versus -- pictures FOLDER png 1024 1024 1000
//! cargo bench --bench versus -- floor FOLDER 100                  # CPU seconds an image, one thread
//! cargo bench --bench versus -- reader FOLDER ANCHORS.pem         # the same of the library's reader
//! ```

#![expect(clippy::print_stdout, reason = "what is printed is the answer")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places in pictures and greys, far below what the types hold"
)]

#[path = "../common/chance.rs"]
mod chance;
mod floor;
mod pictures;
mod reader;

use std::path::{Path, PathBuf};
use std::time::Duration;

use image::ImageFormat;
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["pictures", folder, format, width, height, count] => {
            let number = |text: &str| text.parse().expect("a number");
            let format = ImageFormat::from_extension(format).expect("png or jpg");
            pictures::write(Path::new(folder), format, number(width), number(height), number(count));
        }
        ["floor", folder, count] => {
            let mut files = files(folder);
            files.truncate(count.parse().expect("a number"));
            floor::measure(&files);
        }
        ["reader", folder, anchors] => reader::measure(&files(folder), Path::new(anchors)),
        // Whoever runs all benches does not mean this one.
        _ => println!("skipped: python3 benches/versus/run.py calls this"),
    }
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// The processor's time that this process has had: what others do meanwhile is not in it.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.try_into().expect("not negative"), now.tv_nsec.try_into().expect("below a second"))
}

/// How much processor time `work` takes.
fn time<T>(sum: &mut Duration, work: impl FnOnce() -> T) -> T {
    let begun = cpu();
    let done = work();
    *sum += cpu().saturating_sub(begun);
    done
}
