//! Reading one object, and finding many.

use brooklet_model::Type;
use brooklet_values::{ObjectHandle, Value};

use super::{Broken, Failure, FailureKind, ObjectName, Outcome, Retrieve, Run, XPath, failure_codes};
use crate::access::{Asked, NotAsked};

impl Run<'_> {
    pub(super) async fn read_object(&mut self, of: &ObjectName<'_>) -> Result<Outcome, Broken> {
        let name = self.name(of)?;
        let object = self.step(async |request| request.object_for_client(name.entity, name.id).await).await?;
        let outcome = self.showing(Some(object)).await?;
        // It is in the session, and in the database no more.
        if outcome.object.is_none() {
            return Err(self.no_object(self.entity(of.entity)?, of.id).into());
        }
        Ok(outcome)
    }

    pub(super) async fn retrieve_objects(&mut self, of: &Retrieve<'_>, xpath: XPath) -> Result<Outcome, Broken> {
        let entity = self.entity(of.entity)?;
        let limits = self.entered.request().limits();
        let (bytes, parts) = (limits.constraint_bytes, limits.constraint_parts);
        let (limit, bound) = (of.limit.unwrap_or(limits.page_objects_default as u64), limits.page_objects as u64);
        if limit > bound {
            let what = format!("`limit` is {limit}; at most {bound} objects are sent at once (limit `page_objects`)");
            return Err(Failure::new(FailureKind::Invalid, failure_codes::WRONG_ARGUMENT_TYPE, what).into());
        }
        let length = of.constraint.len() + of.sort.iter().map(|(path, _)| path.len()).sum::<usize>();
        if length > bytes {
            let what = format!("the constraint and the sort order have {length} bytes; at most {bytes} are read");
            return Err(Failure::new(FailureKind::Invalid, failure_codes::INVALID_CONSTRAINT, what).into());
        }
        let model = self.entered.request().model().clone();
        if !model.plan().is_stored(entity) {
            let what = format!("objects of {} are not in the database, so that they cannot be retrieved", of.entity);
            return Err(Failure::new(FailureKind::Invalid, failure_codes::NOT_PERSISTABLE, what).into());
        }
        let rights = self.entered.request().rights().clone();
        let asked = Asked { entity, constraint: of.constraint.to_owned(), sort: of.sort.clone() };
        let query = model.access().asked(&rights, asked, parts, |manifest, asked| {
            xpath(manifest, asked.entity, &asked.constraint, &asked.sort)
        });
        let query = query.map_err(|why| self.not_asked(why))?;
        let (objects, count) = self
            .step(async |request| {
                let objects = match limit {
                    0 => Vec::new(),
                    limit => request.retrieve_asked(&query, limit, of.offset).await?,
                };
                let count = if of.count { Some(request.count_asked(&query).await?) } else { None };
                Ok((objects, count))
            })
            .await?;
        Ok(Outcome { count, ..self.showing_all(objects).await? })
    }

    /// The outcome that is a list of objects.
    pub(super) async fn showing_all(&mut self, objects: Vec<ObjectHandle>) -> Result<Outcome, Broken> {
        let list = self.step(async |request| request.list_of(objects)).await?;
        self.entered.request().hold_to_rights(false);
        // Which entity makes no difference to how a list is written.
        self.outcome(&Value::List(list), Type::Nothing).await
    }

    fn not_asked(&self, why: NotAsked) -> Failure {
        match why {
            NotAsked::Malformed(what) => Failure::new(FailureKind::Invalid, failure_codes::INVALID_CONSTRAINT, what),
            NotAsked::Unreadable(unreadable) => Failure::of_unreadable(unreadable),
            NotAsked::Store(error) => Failure::of_query(error),
        }
    }
}
