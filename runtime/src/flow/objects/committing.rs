//! Committing, rolling back and deleting objects, with their event handlers.

use brooklet_values::ObjectHandle;

use super::{Broken, Expected, Name, ObjectName, Outcome, Run, json, target};
use crate::request::Target;

impl Run<'_> {
    pub(super) async fn commit_object(&mut self, of: &ObjectName<'_>) -> Result<Outcome, Broken> {
        let name = self.name(of)?;
        let object = self.for_commit(&[name]).await?[0];
        let more = self.entered.request().commit(target(object), true).await;
        self.drive(more).await?;
        self.showing_what_is_left(object).await
    }

    pub(super) async fn commit_objects(&mut self, body: &str) -> Result<Outcome, Broken> {
        let bound = self.entered.request().limits().objects_named;
        let mut names = Vec::new();
        for named in json::read_named_objects(body, bound)? {
            let expected = named.tag.map_or(Expected::Any, |tag| Expected::Tags(vec![tag]));
            names.push(Name { entity: self.entity(&named.entity)?, id: named.id, expected });
        }
        let objects = self.for_commit(&names).await?;
        let list = objects.clone();
        let list = self.step(async |request| request.list_of(list)).await?;
        let more = self.entered.request().commit(Target::List(Some(list)), true).await;
        self.drive(more).await?;
        let objects = self.step(async |request| request.as_stored(&objects).await).await?;
        self.showing_all(objects).await
    }

    pub(super) async fn roll_back_object(&mut self, of: &ObjectName<'_>) -> Result<Outcome, Broken> {
        let name = self.name(of)?;
        let edited = self.entered.request().space().tracked(name.id).filter(|tracked| self.is_edited(*tracked));
        let is_gone = match edited {
            Some(edited) => !self.step(async |request| request.rebase(edited).await).await?,
            None => false,
        };
        // Who edited an object that is gone meanwhile can still undo the edit.
        let object = match edited {
            Some(edited) if is_gone => edited,
            _ => self.for_change(&[name]).await?[0],
        };
        let more = self.entered.request().rollback(target(object)).await;
        self.drive(more).await?;
        if is_gone { self.showing(None).await } else { self.showing_what_is_left(object).await }
    }

    pub(super) async fn delete_object(&mut self, of: &ObjectName<'_>) -> Result<Outcome, Broken> {
        let name = self.name(of)?;
        let object = self.for_change(&[name]).await?[0];
        let more = self.entered.request().delete(target(object)).await;
        self.drive(more).await?;
        self.showing(None).await
    }

    /// Objects that the client may commit: those that it may create, or of which it may change something.
    async fn for_commit(&mut self, names: &[Name]) -> Result<Vec<ObjectHandle>, Broken> {
        let objects = self.for_change(names).await?;
        self.step(async |request| objects.iter().try_for_each(|object| request.check_commit(*object))).await?;
        Ok(objects)
    }

    /// Objects that are to be changed in the database. Where the client expects something of one, nobody else changes it
    /// before this request ends.
    async fn for_change(&mut self, names: &[Name]) -> Result<Vec<ObjectHandle>, Broken> {
        let conditional = names.iter().filter(|name| name.expected != Expected::Any);
        let conditional: Vec<_> = conditional.map(|name| (name.entity, name.id)).collect();
        self.step(async |request| request.lock(&conditional).await).await?;
        self.as_expected(names).await
    }

    /// The object, unless the operation or one of its handlers took it away.
    async fn showing_what_is_left(&mut self, object: ObjectHandle) -> Result<Outcome, Broken> {
        let is_gone = self.step(async |request| Ok(request.space().peek(object)?.is_gone())).await?;
        self.showing(Some(object).filter(|_| !is_gone)).await
    }
}
