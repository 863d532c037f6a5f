//! Fenced code blocks of Markdown.

use std::ops::Range;

/// The insides of the fences that are marked `mdl-test`.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let ticks = trimmed.bytes().take_while(|byte| *byte == b'`').count();
        match &open {
            None if ticks >= 3 => {
                let marked = trimmed[ticks..].split_whitespace().next() == Some("mdl-test");
                open = Some(Fence { ticks, marked, start: at + line.len() });
            }
            Some(fence) if ticks >= fence.ticks && ticks == trimmed.len() => {
                if fence.marked {
                    found.push(fence.start..at);
                }
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    // A fence that is never closed reaches to the end, as Markdown has it.
    if let Some(fence) = open
        && fence.marked
    {
        found.push(fence.start.min(text.len())..text.len());
    }
    found
}

struct Fence {
    ticks: usize,
    marked: bool,
    start: usize,
}
