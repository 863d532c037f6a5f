//! Operations on whole lists that need only memory. Elements are the same when their ids are.

use std::{cmp::Ordering, collections::HashSet};

use brooklet_values::{Decimal, ObjectHandle, ObjectId, Value};

use super::{Space, compare};
use crate::{
    errors::{Interruption, MicroflowError, Outcome, codes},
    request::{Aggregation, Combination, SortKey},
};

impl Space {
    /// The ids of elements.
    pub(crate) fn ids(&self, elements: &[ObjectHandle]) -> Outcome<Vec<ObjectId>> {
        elements.iter().map(|element| Ok(self.peek(*element)?.id())).collect()
    }

    fn id_set(&self, elements: &[ObjectHandle]) -> Outcome<HashSet<ObjectId>> {
        elements.iter().map(|element| Ok(self.peek(*element)?.id())).collect()
    }

    /// Two lists as one.
    pub fn combine(
        &self,
        how: Combination,
        left: &[ObjectHandle],
        right: &[ObjectHandle],
    ) -> Outcome<Vec<ObjectHandle>> {
        let (left_ids, right_ids) = (self.ids(left)?, self.ids(right)?);
        let left = left.iter().copied().zip(left_ids);
        let mut seen = HashSet::new();
        Ok(match how {
            Combination::Union => {
                let all = left.chain(right.iter().copied().zip(right_ids));
                all.filter(|(_, id)| seen.insert(*id)).map(|(element, _)| element).collect()
            }
            Combination::Intersect => {
                let other: HashSet<_> = right_ids.into_iter().collect();
                let both = left.filter(|(_, id)| other.contains(id) && seen.insert(*id));
                both.map(|(element, _)| element).collect()
            }
            Combination::Subtract => {
                let other: HashSet<_> = right_ids.into_iter().collect();
                left.filter(|(_, id)| !other.contains(id)).map(|(element, _)| element).collect()
            }
        })
    }

    /// Whether all of `elements` are in `list`. Every list contains a list without elements.
    pub fn contains_all(&self, list: &[ObjectHandle], elements: &[ObjectHandle]) -> Outcome<bool> {
        Ok(elements.is_empty() || self.id_set(elements)?.is_subset(&self.id_set(list)?))
    }

    /// Whether both have the same elements, in any order and number.
    pub fn equal_elements(&self, left: &[ObjectHandle], right: &[ObjectHandle]) -> Outcome<bool> {
        Ok(self.id_set(left)? == self.id_set(right)?)
    }

    /// The elements in order; equal ones keep theirs. What is gone has empty attributes. `value` reads an attribute.
    pub(crate) fn sorted<'v>(
        &self,
        list: &[ObjectHandle],
        by: &[SortKey],
        value: &dyn Fn(ObjectHandle, u32) -> &'v Value,
    ) -> Outcome<Vec<ObjectHandle>> {
        let mut objects =
            list.iter().map(|element| Ok((*element, self.peek(*element)?.is_gone()))).collect::<Outcome<Vec<_>>>()?;
        let attribute =
            |(of, is_gone): &(ObjectHandle, bool), slot| if *is_gone { &Value::Empty } else { value(*of, slot) };
        objects.sort_by(|left, right| {
            let mut orders = by.iter().map(|key| {
                let order = compare(attribute(left, key.slot), attribute(right, key.slot));
                if key.descending { order.reverse() } else { order }
            });
            orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        Ok(objects.into_iter().map(|(element, _)| element).collect())
    }

    /// The values that are not empty, of the elements that are not gone. `value` reads the attribute.
    pub(crate) fn values<'v>(
        &self,
        list: &[ObjectHandle],
        value: impl Fn(ObjectHandle) -> &'v Value,
    ) -> Outcome<Vec<Value>> {
        let mut values = Vec::with_capacity(list.len());
        for element in list {
            if !self.peek(*element)?.is_gone() {
                values.extend(Some(value(*element)).filter(|value| !value.is_empty()).cloned());
            }
        }
        Ok(values)
    }
}

/// An aggregate over values that are not empty. Over none a sum is 0 and everything else empty.
pub(crate) fn aggregate(how: Aggregation, values: &[Value]) -> Outcome<Value> {
    Ok(match how {
        Aggregation::Minimum => values.iter().min_by(|left, right| compare(left, right)).cloned().unwrap_or_default(),
        Aggregation::Maximum => values.iter().max_by(|left, right| compare(left, right)).cloned().unwrap_or_default(),
        Aggregation::Sum => sum(values)?,
        Aggregation::Average if values.is_empty() => Value::Empty,
        Aggregation::Average => {
            let total = sum_decimals(values)?;
            let count = Decimal::from(values.len() as i64);
            Value::Decimal(
                total.divide(&count).map_err(|error| MicroflowError::new(codes::OUT_OF_RANGE, error.to_string()))?,
            )
        }
    })
}

/// Whole numbers have a whole sum, others a decimal one.
fn sum(values: &[Value]) -> Outcome<Value> {
    let mut total = 0_i64;
    for value in values {
        let Value::Integer(number) = value else { return Ok(Value::Decimal(sum_decimals(values)?)) };
        total = total
            .checked_add(*number)
            .ok_or_else(|| MicroflowError::new(codes::INTEGER_OVERFLOW, "The sum does not fit into 64 bits."))?;
    }
    Ok(Value::Integer(total))
}

fn sum_decimals(values: &[Value]) -> Outcome<Decimal> {
    values.iter().try_fold(Decimal::zero(), |total, value| {
        let number =
            value.to_decimal().ok_or_else(|| Interruption::internal(format!("a {} has no sum", value.type_name())))?;
        Ok(total.add(&number).map_err(|error| MicroflowError::new(codes::OUT_OF_RANGE, error.to_string()))?)
    })
}
