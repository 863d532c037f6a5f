//! Going back: what every instance was at each mark.
//!
//! The first change of an instance after a mark puts a copy of it into the journal; further changes cost one comparison. So
//! the journal is bounded by the number of instances and marks, not by the number of changes. Forgetting a mark hands its
//! copies to the mark before it, which keeps only those that it does not have yet: a loop that sets and forgets a million
//! savepoints keeps nothing.

use brooklet_values::ObjectHandle;

use super::{Object, Space, State};

/// A point in a request's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u32);

#[derive(Debug)]
pub(super) struct Journal {
    entries: Vec<Entry>,
    /// Marks that are set, each with the number of entries before it. The first is the begin of the request.
    marks: Vec<(Mark, usize)>,
    marks_ever: u32,
}

#[derive(Debug)]
enum Entry {
    Created(ObjectHandle),
    Changed(ObjectHandle, Box<Object>),
}

impl Journal {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), marks: vec![(Mark(1), 0)], marks_ever: 1 }
    }

    /// The number of the latest mark.
    pub(super) fn latest(&self) -> u32 {
        self.marks.last().map_or(0, |(mark, _)| mark.0)
    }

    pub(super) fn created(&mut self, handle: ObjectHandle) {
        self.entries.push(Entry::Created(handle));
    }

    pub(super) fn changes(&mut self, handle: ObjectHandle, before: &Object) {
        self.entries.push(Entry::Changed(handle, Box::new(before.clone())));
    }

    fn position(&self, mark: Mark) -> Option<usize> {
        self.marks.iter().rposition(|(set, _)| *set == mark)
    }
}

impl Space {
    /// Sets a mark. Marks nest.
    pub fn mark(&mut self) -> Mark {
        self.journal.marks_ever += 1;
        let mark = Mark(self.journal.marks_ever);
        self.journal.marks.push((mark, self.journal.entries.len()));
        mark
    }

    /// Forgets a mark and later ones; what was done since stays.
    pub fn release(&mut self, mark: Mark) {
        // The begin of the request is never forgotten.
        let Some(position) = self.journal.position(mark).filter(|position| *position > 0) else { return };
        let start = self.journal.marks[position].1;
        self.journal.marks.truncate(position);
        let heir = self.journal.latest();
        let objects = &mut self.objects;
        let mut index = 0;
        self.journal.entries.retain(|entry| {
            index += 1;
            if index <= start {
                return true;
            }
            let (Entry::Created(handle) | Entry::Changed(handle, _)) = entry;
            objects[handle.0 as usize - 1].saved_in = heir;
            match entry {
                Entry::Created(_) => true,
                Entry::Changed(_, before) => before.saved_in < heir,
            }
        });
    }

    /// Makes everything what it was at the mark, which stays set; later marks are forgotten.
    pub fn roll_back_to(&mut self, mark: Mark) {
        let Some(position) = self.journal.position(mark) else { return };
        self.journal.marks.truncate(position + 1);
        self.undo(self.journal.marks[position].1);
    }

    /// Makes everything what it was when the request began. Marks stay set, at that point.
    pub fn roll_back_to_begin(&mut self) {
        self.undo(0);
        self.journal.marks.iter_mut().for_each(|(_, start)| *start = 0);
    }

    fn undo(&mut self, start: usize) {
        for entry in self.journal.entries.split_off(start).into_iter().rev() {
            let (Entry::Created(handle) | Entry::Changed(handle, _)) = entry;
            let object = &mut self.objects[handle.0 as usize - 1];
            let was_gone = object.is_gone();
            match entry {
                Entry::Created(_) => object.state = State::Undone,
                Entry::Changed(_, before) => *object = *before,
            }
            self.settle(handle, was_gone);
        }
    }
}
