//! Creating, changing and associating objects. What comes of it stays in the session.

use brooklet_values::ObjectHandle;

use super::{Broken, Failure, FailureKind, ObjectName, Outcome, Run, errors, failure_codes, json};
use crate::request::Target;

impl Run<'_> {
    pub(super) async fn create_object(&mut self, entity: &str, body: &str) -> Result<Outcome, Broken> {
        let sent = json::Sent::read(body, self.entity(entity)?, self.manifest)?;
        if sent.id().is_some() {
            let what = "a new object has no id: the node gives it one";
            return Err(Failure::new(FailureKind::Invalid, failure_codes::WRONG_ARGUMENT_TYPE, what).into());
        }
        let entity = sent.entity();
        self.step(async |request| request.check_create(entity)).await?;
        self.created(entity, None).await?;
        let object = self.step(async |request| request.create(entity)).await?;
        self.created(entity, Some(object)).await?;
        self.assign(object, sent).await?;
        self.showing(Some(object)).await
    }

    pub(super) async fn change_object(&mut self, of: &ObjectName<'_>, body: &str) -> Result<Outcome, Broken> {
        let object = self.for_edit(of).await?;
        let (entity, id) = self
            .step(async |request| {
                let object = request.space().peek(object)?;
                Ok((object.entity(), object.id()))
            })
            .await?;
        let sent = json::Sent::read(body, entity, self.manifest)?;
        if sent.entity() != entity || sent.id().is_some_and(|sent| sent != id) {
            let what = "the object in the body is not the one that the path names";
            return Err(Failure::new(FailureKind::Invalid, failure_codes::WRONG_ARGUMENT_TYPE, what).into());
        }
        self.assign(object, sent).await?;
        self.showing(Some(object)).await
    }

    pub(super) async fn associate_object(
        &mut self,
        of: &ObjectName<'_>,
        association: &str,
        body: &str,
    ) -> Result<Outcome, Broken> {
        let object = self.for_edit(of).await?;
        let entity = self.step(async |request| Ok(request.space().peek(object)?.entity())).await?;
        let (association, other) = json::association(self.manifest, entity, association)?;
        if self.manifest.association(association).system.is_some() {
            let what = format!("{} cannot be set: the runtime does", self.manifest.association(association).name);
            return Err(Failure::new(FailureKind::Invalid, errors::codes::MEMBER_UNAVAILABLE, what).into());
        }
        let bound = self.entered.request().limits().objects_named;
        let (add, remove) = json::read_links(body, bound)?;
        for (ids, adds) in [(remove, false), (add, true)] {
            let found = self.step(async |request| request.objects_for_client(other, &ids).await).await?;
            let mut objects = Vec::with_capacity(ids.len());
            for id in ids {
                objects.push(*found.get(&id).ok_or_else(|| self.no_object(other, id.0))?);
            }
            if objects.is_empty() {
                continue;
            }
            self.step(async |request| {
                let list = Target::List(Some(request.list_of(objects)?));
                if adds {
                    request.add_reference(Some(object), association, list).await
                } else {
                    request.remove_reference(Some(object), association, list).await
                }
            })
            .await?;
        }
        self.step(async |request| request.keep(object)).await?;
        self.showing(Some(object)).await
    }

    /// An object to be changed in the session.
    async fn for_edit(&mut self, of: &ObjectName<'_>) -> Result<ObjectHandle, Broken> {
        let name = self.name(of)?;
        Ok(self.as_expected(&[name]).await?[0])
    }

    /// Sets the members that were sent, and keeps the object in the session.
    async fn assign(&mut self, object: ObjectHandle, sent: json::Sent<'_>) -> Result<(), Broken> {
        let assignments = sent.assignments(self.manifest, self.entered.request()).await?;
        self.step(async |request| {
            request.change(Some(object), assignments).await?;
            request.keep(object)
        })
        .await
    }
}
