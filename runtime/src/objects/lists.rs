//! The lists of a request.

use brooklet_values::{ListHandle, ObjectHandle};

use crate::errors::{Interruption, LimitExceeded, MicroflowError, Outcome, codes};

/// All lists of a request, by handle. A handle is the list's index plus one; no handle reads as a list without elements.
///
/// Elements are instances, and may be there more than once. Lists are variables: going back does not change them.
#[derive(Debug)]
pub struct Lists {
    lists: Vec<Vec<ObjectHandle>>,
    /// Elements of all lists together.
    elements: usize,
    lists_bound: usize,
    elements_bound: usize,
}

impl Lists {
    /// No lists; at most so many, with so many elements together.
    pub fn new(lists_bound: usize, elements_bound: usize) -> Self {
        Self { lists: Vec::new(), elements: 0, lists_bound, elements_bound }
    }

    /// A new list.
    pub fn create(&mut self, elements: Vec<ObjectHandle>) -> Outcome<ListHandle> {
        if self.lists.len() >= self.lists_bound {
            let bound = self.lists_bound as u64;
            return Err(Interruption::Limit(LimitExceeded { limit: "lists", bound, what: "lists per request" }));
        }
        self.grow(elements.len())?;
        self.lists.push(elements);
        Ok(ListHandle(self.lists.len() as u32))
    }

    /// The elements.
    pub fn elements(&self, of: Option<ListHandle>) -> Outcome<&[ObjectHandle]> {
        match of {
            None => Ok(&[]),
            Some(handle) => self.lists.get(index(handle)).map(Vec::as_slice).ok_or_else(|| never_existed(handle)),
        }
    }

    /// Appends elements.
    pub fn append(&mut self, to: Option<ListHandle>, elements: &[ObjectHandle]) -> Outcome<()> {
        self.grow(elements.len())?;
        self.list(to)?.extend_from_slice(elements);
        Ok(())
    }

    /// Keeps the elements that satisfy a condition.
    pub fn retain(&mut self, of: Option<ListHandle>, mut keep: impl FnMut(ObjectHandle) -> bool) -> Outcome<()> {
        let list = self.list(of)?;
        let before = list.len();
        list.retain(|element| keep(*element));
        let removed = before - list.len();
        self.elements -= removed;
        Ok(())
    }

    fn list(&mut self, of: Option<ListHandle>) -> Outcome<&mut Vec<ObjectHandle>> {
        let Some(handle) = of else {
            return Err(MicroflowError::new(codes::EMPTY_OPERAND, "The list is empty: there is none to change.").into());
        };
        self.lists.get_mut(index(handle)).ok_or_else(|| never_existed(handle))
    }

    fn grow(&mut self, by: usize) -> Outcome<()> {
        if by > self.elements_bound - self.elements {
            let bound = self.elements_bound as u64;
            let what = "list elements per request";
            return Err(Interruption::Limit(LimitExceeded { limit: "list_elements", bound, what }));
        }
        self.elements += by;
        Ok(())
    }
}

fn index(handle: ListHandle) -> usize {
    (handle.0 as usize).wrapping_sub(1)
}

fn never_existed(handle: ListHandle) -> Interruption {
    Interruption::internal(format!("the guest used list {}, which never existed in this request", handle.0))
}
