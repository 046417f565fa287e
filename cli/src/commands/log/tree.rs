//! `touchmark log show --tree`: which record called which.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use touchmark_core::event::Record;
use touchmark_core::ledger::{Reader, Selection};
use uuid::Uuid;

use super::show::line;
use crate::error::{Answer, Outcome};
use crate::output::Output;

/// The deepest tree that is drawn: what lies deeper is shown at this depth.
const DEEPEST: usize = 64;

pub(super) fn run(reader: &Reader, id: Option<Uuid>, wanted: &Selection, output: &mut Output) -> Outcome {
    let root = match id {
        Some(id) => Some(reader.record(reader.find(id)?)?.trace.root.unwrap_or(id)),
        None => None,
    };
    let mut records: BTreeMap<Uuid, Record> = BTreeMap::new();
    // A whole request is drawn whatever else is asked for.
    let everything = Selection::default();
    reader.select(if root.is_some() { &everything } else { wanted }, &mut |record, _| {
        if root.is_none_or(|root| record.trace.root == Some(root)) {
            records.insert(record.id, record.clone());
        }
        ControlFlow::Continue(())
    })?;
    if records.is_empty() {
        output.words("No record matches.")?;
        return Ok(Answer::No);
    }
    let mut children: BTreeMap<Option<Uuid>, Vec<Uuid>> = BTreeMap::new();
    for record in records.values() {
        // A parent that is not shown (another request, or filtered out) makes its child a root.
        let parent = record.trace.parent.filter(|parent| records.contains_key(parent) && *parent != record.id);
        children.entry(parent).or_default().push(record.id);
    }
    for ids in children.values_mut() {
        ids.sort_by_key(|id| records.get(id).map(|record| record.seq));
    }
    draw(&records, &children, output)?;
    Ok(Answer::Yes)
}

/// Depth first, with a stack of our own: a chain of parents can be as long as the log.
fn draw(
    records: &BTreeMap<Uuid, Record>,
    children: &BTreeMap<Option<Uuid>, Vec<Uuid>>,
    output: &mut Output,
) -> Outcome<()> {
    let of = |parent| children.get(&parent).map_or(&[][..], Vec::as_slice);
    let mut stack: Vec<(Uuid, Vec<bool>)> = of(None).iter().rev().map(|id| (*id, Vec::new())).collect();
    while let Some((id, lasts)) = stack.pop() {
        let Some(record) = records.get(&id) else { continue };
        let words = format!("{}{}", branch(&lasts), line(record).trim_start());
        let json = serde_json::json!({"id": id.to_string(), "parent": record.trace.parent, "seq": record.seq, "type": record.kind(), "depth": lasts.len()});
        output.answer(&json, words)?;
        let below = of(Some(id));
        for (at, child) in below.iter().enumerate().rev() {
            let mut lasts = lasts.clone();
            if lasts.len() < DEEPEST {
                lasts.push(at + 1 == below.len());
            }
            stack.push((*child, lasts));
        }
    }
    Ok(())
}

fn branch(lasts: &[bool]) -> String {
    let Some((own, above)) = lasts.split_last() else { return String::new() };
    let mut text: String = above.iter().map(|last| if *last { "   " } else { "│  " }).collect();
    text += if *own { "└─ " } else { "├─ " };
    text
}
