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

    /// From now on, this is how the request began. Marks that are set are forgotten.
    pub fn begin_here(&mut self) {
        self.journal.marks_ever += 1;
        self.journal.marks = vec![(Mark(self.journal.marks_ever), 0)];
        self.journal.entries.clear();
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

#[cfg(test)]
mod tests {
    use brooklet_model::{AssociationId, EntityId};
    use brooklet_values::{ObjectId, Value};

    use super::*;
    use crate::objects::Targets;

    /// What can be seen of an instance.
    type Seen = (State, Vec<Value>, Vec<(AssociationId, Targets)>, bool, bool);

    fn seen(space: &Space, handle: ObjectHandle) -> Seen {
        let object = space.peek(handle).expect("an object");
        let references = object.references().filter(|(_, targets)| !targets.is_empty());
        let references = references.map(|(association, targets)| (association, targets.clone())).collect();
        let tracked = space.tracked(object.id()) == Some(handle);
        (object.state(), object.slots().to_vec(), references, object.is_changed(), tracked)
    }

    fn handles(count: usize) -> impl Iterator<Item = ObjectHandle> {
        (1..=count as u32).map(ObjectHandle)
    }

    /// Random work, compared with copies of everything.
    #[test]
    fn going_back_makes_everything_what_it_was() {
        for seed in 1..200_u64 {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut random = move |below: usize| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 33) as usize % below
            };
            let mut space = Space::new(1_000);
            let mut marks: Vec<(Mark, Vec<Seen>)> = Vec::new();
            for step in 0..300 {
                let count = space.len();
                let object = ObjectHandle(random(count.max(1)) as u32 + 1);
                let usable = count > 0 && space.get_alive(object).is_ok();
                match random(12) {
                    0 => drop(space.create(EntityId(0), ObjectId(step), vec![Value::Empty; 2], random(2) == 0)),
                    1 => drop(space.adopt(EntityId(0), ObjectId(step), vec![Value::Empty; 2], [])),
                    2..=4 if usable => {
                        let value = Value::Integer(random(5) as i64);
                        space.set_slot(object, random(2) as u32, value).expect("a slot");
                    }
                    5 if usable => {
                        let targets = (0..random(3)).map(|target| ObjectId(target as i64)).collect();
                        space.set_targets(object, AssociationId(0), targets).expect("a reference");
                    }
                    6 if usable => space.committed(object, State::Persisted).expect("an object"),
                    7 if usable => space.remove(object).expect("an object"),
                    8 if usable => space.revert(object).expect("an object"),
                    9 => marks.push((space.mark(), handles(count).map(|handle| seen(&space, handle)).collect())),
                    10 if !marks.is_empty() => {
                        let (mark, _) = marks.swap_remove(random(marks.len()));
                        marks.retain(|(later, _)| later.0 < mark.0);
                        space.release(mark);
                    }
                    11 if !marks.is_empty() => {
                        let (mark, before) = marks[random(marks.len())].clone();
                        marks.retain(|(later, _)| later.0 <= mark.0);
                        space.roll_back_to(mark);
                        for (handle, before) in handles(before.len()).zip(&before) {
                            assert_eq!(seen(&space, handle), *before, "seed {seed}, step {step}, {handle:?}");
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_million_released_savepoints_keep_nothing() {
        let mut space = Space::new(10);
        let object = space.create(EntityId(0), ObjectId(1), vec![Value::Empty], true).expect("an object");
        for round in 0..1_000_000 {
            let mark = space.mark();
            space.set_slot(object, 0, Value::Integer(round)).expect("a slot");
            space.release(mark);
        }
        assert_eq!(space.journal.entries.len(), 1);
    }
}
