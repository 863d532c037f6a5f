//! Lists: one method per function of WIT interface `lists`, of the same name after `list_`.

use brooklet_values::{ListHandle, ObjectHandle, Value};

use super::{Aggregation, Combination, Member, Request, SortKey};
use crate::{
    errors::{Interruption, MicroflowError, Outcome, codes},
    objects,
};

type List = Option<ListHandle>;
type Element = Option<ObjectHandle>;

impl Request {
    /// A new list.
    pub fn list_create(&mut self) -> Outcome<ListHandle> {
        self.lists.create(Vec::new())
    }

    /// A new list with the same elements.
    pub fn list_copy(&mut self, of: List) -> Outcome<ListHandle> {
        let elements = self.lists.elements(of)?.to_vec();
        self.lists.create(elements)
    }

    /// How many elements there are.
    pub fn list_length(&self, of: List) -> Outcome<u32> {
        Ok(self.lists.elements(of)?.len() as u32)
    }

    /// The element at an index that is less than the length.
    pub fn list_get(&self, of: List, index: u32) -> Outcome<ObjectHandle> {
        let element = self.lists.elements(of)?.get(index as usize).copied();
        element.ok_or_else(|| Interruption::internal(format!("the guest wants element {index} of a shorter list")))
    }

    /// Appends an element, even if it is there already.
    pub fn list_add(&mut self, to: List, element: Element) -> Outcome<()> {
        let Some(element) = element else {
            return Err(MicroflowError::new(codes::EMPTY_OPERAND, "An empty object cannot be added to a list.").into());
        };
        self.space.peek(element)?;
        self.lists.append(to, &[element])
    }

    /// Appends the elements of a list.
    pub fn list_add_all(&mut self, to: List, elements: List) -> Outcome<()> {
        let elements = self.lists.elements(elements)?.to_vec();
        self.lists.append(to, &elements)
    }

    /// Removes the first occurrence of an element, if there is one.
    pub fn list_remove(&mut self, from: List, element: Element) -> Outcome<()> {
        match element {
            Some(element) => self.remove_first_each(from, &[element]),
            None => Ok(()),
        }
    }

    /// Removes, for each element of the second list, its first occurrence, if there is one.
    pub fn list_remove_all(&mut self, from: List, elements: List) -> Outcome<()> {
        let elements = self.lists.elements(elements)?.to_vec();
        self.remove_first_each(from, &elements)
    }

    fn remove_first_each(&mut self, from: List, elements: &[ObjectHandle]) -> Outcome<()> {
        let mut left = std::collections::HashMap::<_, usize>::new();
        for id in self.space.ids(elements)? {
            *left.entry(id).or_default() += 1;
        }
        let space = &self.space;
        self.lists.retain(from, |element| {
            let count = space.peek(element).ok().and_then(|object| left.get_mut(&object.id()));
            match count {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            }
        })
    }

    /// Removes all elements.
    pub fn list_clear(&mut self, of: List) -> Outcome<()> {
        self.lists.retain(of, |_| false)
    }

    /// The first element; none when there is none.
    pub fn list_head(&self, of: List) -> Outcome<Element> {
        Ok(self.lists.elements(of)?.first().copied())
    }

    /// All elements but the first.
    pub fn list_tail(&mut self, of: List) -> Outcome<ListHandle> {
        self.list_range(of, 1, None)
    }

    /// The elements from `offset` on, at most `amount` of them when it is given. Negative numbers count as 0.
    pub fn list_range(&mut self, of: List, offset: i64, amount: Option<i64>) -> Outcome<ListHandle> {
        let count = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        let elements = self.lists.elements(of)?.iter().copied().skip(count(offset));
        let elements = elements.take(amount.map_or(usize::MAX, count)).collect();
        self.lists.create(elements)
    }

    /// Two lists as one.
    pub fn list_combine(&mut self, how: Combination, left: List, right: List) -> Outcome<ListHandle> {
        let combined = self.space.combine(how, self.lists.elements(left)?, self.lists.elements(right)?)?;
        self.lists.create(combined)
    }

    /// Whether an element is there. Empty is in no list.
    pub fn list_contains(&self, of: List, element: Element) -> Outcome<bool> {
        match element {
            Some(element) => self.space.contains_all(self.lists.elements(of)?, &[element]),
            None => Ok(false),
        }
    }

    /// Whether all elements of the second list are in the first.
    pub fn list_contains_all(&self, of: List, elements: List) -> Outcome<bool> {
        self.space.contains_all(self.lists.elements(of)?, self.lists.elements(elements)?)
    }

    /// Whether both have the same elements, in any order and number.
    pub fn list_equals(&self, left: List, right: List) -> Outcome<bool> {
        self.space.equal_elements(self.lists.elements(left)?, self.lists.elements(right)?)
    }

    /// The elements in order, as a new list; equal ones keep theirs.
    pub fn list_sort(&mut self, of: List, by: &[SortKey]) -> Outcome<ListHandle> {
        let elements = self.lists.elements(of)?;
        let sorted = self.space.sorted(elements, by, &|object, slot| self.value(object, slot))?;
        self.lists.create(sorted)
    }

    /// The elements whose member has the value, as a new list.
    pub async fn list_filter(&mut self, of: List, by: Member, value: Value) -> Outcome<ListHandle> {
        let matching = self.matching(of, by, &value, usize::MAX).await?;
        self.lists.create(matching)
    }

    /// The first element whose member has the value; none when there is none.
    pub async fn list_find(&mut self, of: List, by: Member, value: Value) -> Outcome<Element> {
        Ok(self.matching(of, by, &value, 1).await?.first().copied())
    }

    /// The first so many elements that are not gone and whose member has the value.
    async fn matching(&mut self, of: List, by: Member, value: &Value, limit: usize) -> Outcome<Vec<ObjectHandle>> {
        let mut alive = Vec::new();
        for element in self.lists.elements(of)? {
            if !self.space.peek(*element)?.is_gone() {
                alive.push(*element);
            }
        }
        let matches = match by {
            Member::Attribute(slot) => {
                let has =
                    |element: &ObjectHandle| objects::equal(self.value(*element, slot), value).then_some(*element);
                return Ok(alive.iter().filter_map(has).take(limit).collect());
            }
            Member::Association(association) => {
                let mut leads = self.leading_to(&alive, association, value).await?;
                for (element, leads) in alive.iter().zip(&mut leads) {
                    // A reference that may not be read is empty.
                    if !self.reads(*element, by)? {
                        *leads = value.is_empty();
                    }
                }
                leads
            }
        };
        Ok(alive
            .into_iter()
            .zip(matches)
            .filter(|(_, matches)| *matches)
            .map(|(element, _)| element)
            .take(limit)
            .collect())
    }

    /// Aggregates an attribute. Elements that are gone and empty values are passed over.
    pub fn list_aggregate(&self, how: Aggregation, of: List, slot: u32) -> Outcome<Value> {
        let values = self.space.values(self.lists.elements(of)?, |object| self.value(object, slot))?;
        objects::aggregate(how, &values)
    }

    /// An attribute as what is done now may read it; empty when the object does not have it.
    fn value(&self, of: ObjectHandle, slot: u32) -> &Value {
        let value = self.space.peek(of).ok().and_then(|object| object.slots().get(slot as usize));
        let is_read = self.reads(of, Member::Attribute(slot)).unwrap_or(false);
        value.filter(|_| is_read).unwrap_or(&Value::Empty)
    }
}
