//! `touchmark open RECORD --original`

use std::path::Path;

use serde_json::json;
use touchmark_core::hash::Hash;
use touchmark_core::opening::{OriginalAnswer, OriginalRequest};

use super::{beside, keep, no};
use crate::args::{ONLY_ONE, Open};
use crate::commands::{open_home, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::inputs;
use crate::output::Output;

pub(super) fn run(args: &Open, hash: &str, dir: &Path, output: &mut Output) -> Outcome {
    let (Some(record), Some(purpose), Some(by), Some(out)) = (args.record, &args.purpose, &args.by, &args.out) else {
        return Err("name the record, --purpose, --by and --out".into());
    };
    let home = open_home(dir)?;
    let hash: Option<Hash> = if hash == ONLY_ONE { None } else { Some(hash.parse()?) };
    let by = inputs::person(by);
    // Where nothing can be written, nothing is opened.
    let file = beside(out)?;
    let request = OriginalRequest { record, hash, purpose, by: &by };
    match request.open(&home.originals(), &mut writer(&home)?, &home.reader()?, EDGE)? {
        OriginalAnswer::Opened { image, access } => {
            keep(file, out, &image)?;
            let hash = Hash::of(&image);
            let words = format!(
                "Opened the original of {record} in {}: record {access} says who did, and what for.\n  {hash}",
                out.display()
            );
            output.answer(
                &json!({"opened": "original", "id": record, "out": out, "hash": hash, "access": access}),
                words,
            )?;
            Ok(Answer::Yes)
        }
        OriginalAnswer::Closed(state, access) => no(&format!("the original of {record} is {state}"), access, output),
        OriginalAnswer::NotKept => no(&format!("no such original of {record} was kept"), None, output),
        OriginalAnswer::Several(hashes) => {
            let hashes: Vec<String> = hashes.iter().map(ToString::to_string).collect();
            let reason = format!("{record} has several originals, name one: --original {}", hashes.join(", "));
            no(&reason, None, output)
        }
    }
}
