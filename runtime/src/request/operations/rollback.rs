//! Rolling back objects: back to what they were when they were last committed.
//!
//! A new object goes altogether, and so does one that was written only because another refers to it. Objects without a
//! table go back to their last commit in memory.

use brooklet_model::{Moment, Operation};
use brooklet_values::ObjectHandle;

use super::{super::transaction::store_error, Request, Step, events::Round};
use crate::{errors::Outcome, objects::State};

#[derive(Debug)]
pub(super) enum Rollback {
    Before(Round),
    After { round: Round, objects: Vec<ObjectHandle> },
}

impl Rollback {
    pub(super) fn new(objects: Vec<ObjectHandle>) -> Self {
        Self::Before(Round::new(Moment::Before, Operation::Rollback, objects))
    }

    pub(super) async fn advance(&mut self, request: &mut Request, answer: Option<bool>) -> Outcome<Step> {
        let mut answer = answer;
        if let Self::Before(round) = self {
            if let Some(handler) = round.next(request, answer.take())? {
                return Ok(Step::Run(handler));
            }
            let objects = round.take_kept();
            request.revert(&objects).await?;
            let round = Round::new(Moment::After, Operation::Rollback, objects.clone());
            *self = Self::After { round, objects };
        }
        if let Self::After { round, objects } = self {
            if let Some(handler) = round.next(request, answer)? {
                return Ok(Step::Run(handler));
            }
            for object in objects {
                request.space.bury(*object)?;
            }
        }
        Ok(Step::Done)
    }
}

impl Request {
    async fn revert(&mut self, objects: &[ObjectHandle]) -> Outcome<()> {
        let mut written = Vec::new();
        for object in objects {
            let instance = self.space.peek(*object)?;
            match instance.state() {
                State::New => self.space.remove(*object)?,
                State::Autocommitted => {
                    written.push((instance.entity(), instance.id()));
                    self.space.remove(*object)?;
                }
                State::Persisted => self.space.revert(*object)?,
                State::Going | State::Deleted | State::Undone => {}
            }
        }
        if !written.is_empty() {
            self.transaction.delete(&written).await.map_err(store_error)?;
        }
        Ok(())
    }
}
