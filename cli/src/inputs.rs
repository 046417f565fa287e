//! What users name on the command line: event files, images, folders, patterns.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use touchmark_core::event::private::Actor;
use touchmark_core::event::{Event, lines};

use crate::error::{Failure, Outcome, chain};

/// The most bytes of a file with events: a million of them.
const MAX_EVENTS_BYTES: u64 = 2 << 30;

/// Reads one event, or one a line; `-` is standard input. An event that names no actor is by `person`.
pub(crate) fn events(path: &Path, person: Option<&Actor>) -> Outcome<Vec<Event>> {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let text =
        bytes(path, MAX_EVENTS_BYTES).map_err(|error| Failure::from(format!("could not read {name}: {error}")))?;
    let as_one = Event::parse_by(&text, person);
    let event = match as_one {
        Ok(event) => return Ok(vec![event]),
        Err(error) => error,
    };
    // More than one line that is an object by itself: JSON Lines. Otherwise it is one event, perhaps over several lines.
    let is_object = |line: &[u8]| line.trim_ascii().starts_with(b"{") && line.trim_ascii().ends_with(b"}");
    if lines::lines(&text).nth(1).is_none() || !lines::lines(&text).all(|(_, line)| is_object(line)) {
        return Err(format!("{name}: {}", chain(&event)).into());
    }
    lines::read(&text, |line| Event::parse_by(line, person))
        .map_err(|(number, error)| format!("{name}, line {number}: {}", chain(&error)).into())
}

/// The bytes of a file, or of standard input for `-`, as far as `most`.
pub(crate) fn bytes(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        let file = std::fs::File::open(path)?;
        // As long as it says that it is: what grows while it is read is copied each time.
        bytes.reserve(usize::try_from(file.metadata()?.len().min(most)).unwrap_or_default());
        file.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Whoever is named on the command line: the word of the account that runs it is taken for who that is.
pub(crate) fn person(name: &str) -> Actor {
    Actor::person(name, "command-line")
}

/// Image files behind the names: a folder stands for the files in it, a pattern for what it matches. In order, each once.
///
/// Files in a folder whose names do not look like images are passed over; a file that is named is taken as it is.
pub(crate) fn images(names: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut images = Vec::new();
    for name in names {
        if name.is_dir() {
            images.extend(folder(name)?);
        } else if name.exists() || !is_pattern(name) {
            images.push(name.clone());
        } else {
            images.extend(pattern(name)?);
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    images.retain(|image| seen.insert(image.clone()));
    Ok(images)
}

fn folder(dir: &Path) -> Outcome<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(dir).map_err(|error| format!("could not read the folder {}: {error}", dir.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_file() && looks_like_image(&path) {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(format!("there are no images in the folder {}", dir.display()).into());
    }
    files.sort();
    Ok(files)
}

fn pattern(name: &Path) -> Outcome<Vec<PathBuf>> {
    let text = name.to_str().ok_or_else(|| format!("{} is not a pattern: it is not Unicode", name.display()))?;
    let matches: Vec<PathBuf> = glob::glob(text)?.collect::<Result<_, _>>()?;
    let files: Vec<PathBuf> = matches.into_iter().filter(|path| path.is_file()).collect();
    if files.is_empty() {
        return Err(format!("nothing matches {text}").into());
    }
    Ok(files)
}

fn is_pattern(name: &Path) -> bool {
    name.to_string_lossy().contains(['*', '?', '['])
}

fn looks_like_image(path: &Path) -> bool {
    const NAMES: [&str; 16] = [
        "avif", "dng", "gif", "heic", "heif", "jfif", "jpe", "jpeg", "jpg", "jxl", "pdf", "png", "svg", "tif", "tiff",
        "webp",
    ];
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    NAMES.contains(&extension.as_str())
}

/// Where each image goes in `out`. Two images of one name would overwrite each other: refused before anything is done.
pub(crate) fn targets(images: &[PathBuf], out: &Path) -> Outcome<Vec<PathBuf>> {
    let mut taken: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for image in images {
        let name = image.file_name().ok_or_else(|| format!("{} is not a file name", image.display()))?;
        let target = out.join(name);
        if let Some(other) = taken.insert(target.clone(), image) {
            let both = format!("{} and {} would both become {}", other.display(), image.display(), target.display());
            return Err(Failure::from(both).hint("export them into two folders"));
        }
    }
    Ok(images.iter().filter_map(|image| Some(out.join(image.file_name()?))).collect())
}
