//! Committing objects: before-handlers, validation, the database, after-handlers.
//!
//! New objects that a committed object refers to are written with it, and what they refer to, without event handlers but not
//! without validation. Such an object is *autocommitted* until somebody commits it.

use std::collections::HashSet;

use brooklet_model::{AssociationOwner, Moment, Operation};
use brooklet_values::ObjectHandle;

use super::{Request, Step, events::Round, rules::Validation};
use crate::{errors::Outcome, objects::State};

#[derive(Debug)]
pub(super) struct Commit {
    events: bool,
    stage: Stage,
    /// What the model commits.
    explicit: Vec<ObjectHandle>,
    /// What goes along.
    implicit: Vec<ObjectHandle>,
}

#[derive(Debug)]
enum Stage {
    Before(Round),
    Rules(Validation),
    After(Round),
}

impl Commit {
    pub(super) fn new(objects: Vec<ObjectHandle>, events: bool) -> Self {
        let round = round(events, Moment::Before, objects);
        Self { events, stage: Stage::Before(round), explicit: Vec::new(), implicit: Vec::new() }
    }

    pub(super) async fn advance(&mut self, request: &mut Request, answer: Option<bool>) -> Outcome<Step> {
        let mut answer = answer;
        loop {
            match &mut self.stage {
                Stage::Before(round) => {
                    if let Some(handler) = round.next(request, answer.take())? {
                        return Ok(Step::Run(handler));
                    }
                    self.explicit = round.take_kept();
                    self.implicit = request.referred_new_objects(&self.explicit)?;
                    let all = [&*self.implicit, &*self.explicit].concat();
                    self.stage = Stage::Rules(Validation::new(all));
                }
                Stage::Rules(validation) => {
                    if let Some(handler) = validation.next(request, answer.take())? {
                        return Ok(Step::Run(handler));
                    }
                    validation.finish()?;
                    request.write(&self.explicit, &self.implicit).await?;
                    self.stage = Stage::After(round(self.events, Moment::After, self.explicit.clone()));
                }
                Stage::After(round) => {
                    return Ok(round.next(request, answer.take())?.map_or(Step::Done, Step::Run));
                }
            }
        }
    }
}

fn round(events: bool, moment: Moment, objects: Vec<ObjectHandle>) -> Round {
    if events {
        Round::new(moment, Operation::Commit, objects)
    } else {
        Round::silent(moment, Operation::Commit, objects)
    }
}

impl Request {
    /// New objects that some of the objects own a reference to, directly or over others of them.
    fn referred_new_objects(&self, objects: &[ObjectHandle]) -> Outcome<Vec<ObjectHandle>> {
        let mut seen: HashSet<_> = objects.iter().copied().collect();
        let mut all = objects.to_vec();
        let mut next = 0;
        while let Some(handle) = all.get(next).copied() {
            next += 1;
            let object = self.space.peek(handle)?;
            if object.is_transient() || object.is_gone() {
                continue;
            }
            let owned = object.references().filter(|(association, _)| self.model.is_stored(*association));
            let mut found: Vec<_> =
                owned.flat_map(|(_, targets)| targets).filter_map(|target| self.space.tracked(*target)).collect();
            // With two owners, the other end owns the association as well.
            for association in &self.model.entity(object.entity()).referring {
                if self.model.is_stored(*association)
                    && self.model.manifest().association(*association).owner == AssociationOwner::Both
                {
                    let referrers = self.space.deciding_referrers(*association, object.id());
                    found.extend(referrers.into_iter().filter(|(_, refers)| *refers).map(|(referrer, _)| referrer));
                }
            }
            for other in found {
                let instance = self.space.peek(other)?;
                if instance.state() == State::New && !instance.is_transient() && seen.insert(other) {
                    all.push(other);
                }
            }
        }
        Ok(all.split_off(objects.len()))
    }
}
