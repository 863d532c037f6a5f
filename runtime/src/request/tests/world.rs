//! A model with a database, and a request that runs on it.

use std::{collections::HashMap, sync::Arc};

use brooklet_model::{AssociationId, EntityId, MicroflowId, Query, QueryId};
use brooklet_store::{Options, Store};
use brooklet_values::{ListHandle, ObjectHandle, ObjectId, Value};

use super::{super::*, Models};
use crate::{
    clock::{Clock, FixedSource},
    errors::Outcome,
    limits::LockLimits,
};

/// A Wednesday in 2025.
pub(super) const NOW_MS: i64 = 1_750_000_000_000;

pub(super) struct World {
    pub(super) request: Request,
    pub(super) store: Store,
    pub(super) model: Arc<Model>,
    pub(super) time: Arc<FixedSource>,
    clock: Clock,
    locks: Locks,
    /// Handlers that ran, by their unqualified names.
    pub(super) ran: Vec<String>,
    /// Handlers that answer false.
    pub(super) refusing: Vec<MicroflowId>,
    queries: HashMap<EntityId, QueryId>,
}

impl World {
    /// Every entity gets a query that finds all of its objects.
    pub(super) async fn open(models: Models) -> Self {
        Self::open_at("sqlite::memory:", models).await
    }

    /// On a database, which others may use too: as if on a node of its own.
    pub(super) async fn open_at(url: &str, mut models: Models) -> Self {
        let entities = (0..models.manifest.entities.len() as u32).map(EntityId);
        let stored: Vec<_> = entities.filter(|id| models.manifest.entity(*id).persistable).collect();
        let queries = stored.into_iter().map(|id| (id, models.query(Query::all(id)))).collect();
        let manifest = Arc::new(models.manifest);
        let store = Store::connect(url, Options::default()).await.expect("a database");
        let plan = store.plan(manifest.clone()).expect("a plan");
        store.migrate(&plan, NOW_MS).await.expect("a migration");
        let model = Arc::new(Model::new(manifest, plan));
        let (clock, time) = Clock::fixed(NOW_MS);
        store.cluster().install().await.expect("the cluster's tables");
        let locks = Locks::new(store.cluster(), url, &clock, LockLimits::default());
        let request = request(&model, &store, &clock, &locks, Session::system());
        Self { request, store, model, time, clock, locks, ran: Vec::new(), refusing: Vec::new(), queries }
    }

    /// Ends the request well and begins another one.
    pub(super) async fn next_request(&mut self) {
        self.next_request_of(Session::system()).await;
    }

    pub(super) async fn next_request_of(&mut self, session: Session) {
        self.request.finish_ok().await.expect("the request ends well");
        self.request = self.another_request(session);
        self.ran.clear();
    }

    /// A further request of the same node.
    pub(super) fn another_request(&self, session: Session) -> Request {
        request(&self.model, &self.store, &self.clock, &self.locks, session)
    }

    pub(super) fn create(&mut self, entity: EntityId) -> ObjectHandle {
        self.request.create(entity).expect("a new object")
    }

    /// A new object with one attribute set.
    pub(super) async fn create_with(&mut self, entity: EntityId, slot: u32, value: impl Into<Value>) -> ObjectHandle {
        let object = self.create(entity);
        self.set(object, slot, value).await;
        object
    }

    pub(super) async fn set(&mut self, object: ObjectHandle, slot: u32, value: impl Into<Value>) {
        self.try_set(object, slot, value).await.expect("the attribute can be set");
    }

    pub(super) async fn try_set(&mut self, object: ObjectHandle, slot: u32, value: impl Into<Value>) -> Outcome<()> {
        let assignment = Assignment { member: Member::Attribute(slot), value: value.into() };
        self.request.change(Some(object), vec![assignment]).await
    }

    pub(super) async fn point(&mut self, object: ObjectHandle, association: AssociationId, to: Option<ObjectHandle>) {
        let value = to.map_or(Value::Empty, Value::Object);
        let assignment = Assignment { member: Member::Association(association), value };
        self.request.change(Some(object), vec![assignment]).await.expect("the association can be set");
    }

    pub(super) async fn add(&mut self, object: ObjectHandle, association: AssociationId, to: ObjectHandle) {
        self.request.add_reference(Some(object), association, Target::Object(Some(to))).await.expect("it can be added");
    }

    pub(super) async fn remove(&mut self, object: ObjectHandle, association: AssociationId, to: ObjectHandle) {
        let target = Target::Object(Some(to));
        self.request.remove_reference(Some(object), association, target).await.expect("it can be removed");
    }

    pub(super) fn value(&self, object: ObjectHandle, slot: u32) -> Value {
        self.request.space().get(object).expect("an object").slots()[slot as usize].clone()
    }

    pub(super) fn id(&self, object: ObjectHandle) -> ObjectId {
        self.request.space().peek(object).expect("an object").id()
    }

    pub(super) fn list(&mut self, objects: &[ObjectHandle]) -> ListHandle {
        self.request.lists.create(objects.to_vec()).expect("a list")
    }

    pub(super) fn elements(&self, list: ListHandle) -> Vec<ObjectHandle> {
        self.request.lists().elements(Some(list)).expect("a list").to_vec()
    }

    pub(super) async fn follow(&mut self, of: ObjectHandle, association: AssociationId) -> Option<ObjectHandle> {
        self.request.follow(Some(of), association, false).await.expect("it can be followed")
    }

    /// Ids of the objects that refer to an object.
    pub(super) async fn referrers(&mut self, of: ObjectHandle, association: AssociationId) -> Vec<ObjectId> {
        let list = self.request.follow_all(Some(of), association, true).await.expect("it can be followed");
        self.elements(list).into_iter().map(|object| self.id(object)).collect()
    }

    /// Ids of the objects that an object refers to.
    pub(super) async fn targets(&mut self, of: ObjectHandle, association: AssociationId) -> Vec<ObjectId> {
        let list = self.request.follow_all(Some(of), association, false).await.expect("it can be followed");
        self.elements(list).into_iter().map(|object| self.id(object)).collect()
    }

    /// Fresh instances of all objects of an entity in the database.
    pub(super) async fn rows(&mut self, entity: EntityId) -> Vec<ObjectHandle> {
        let list = self.request.retrieve(self.queries[&entity], Vec::new(), None, None).await.expect("a retrieve");
        self.elements(list)
    }

    /// A fresh instance of the only object of an entity in the database.
    pub(super) async fn row(&mut self, entity: EntityId) -> ObjectHandle {
        let rows = self.rows(entity).await;
        assert_eq!(rows.len(), 1, "there is one object");
        rows[0]
    }

    pub(super) async fn commit(&mut self, object: ObjectHandle) {
        self.try_commit(object).await.expect("the object can be committed");
    }

    pub(super) async fn try_commit(&mut self, object: ObjectHandle) -> Outcome<()> {
        let more = self.request.commit(Target::Object(Some(object)), true).await;
        self.drive(more).await
    }

    pub(super) async fn commit_all(&mut self, objects: &[ObjectHandle]) -> Outcome<()> {
        let list = self.list(objects);
        let more = self.request.commit(Target::List(Some(list)), true).await;
        self.drive(more).await
    }

    pub(super) async fn delete(&mut self, object: ObjectHandle) -> Outcome<()> {
        let more = self.request.delete(Target::Object(Some(object))).await;
        self.drive(more).await
    }

    pub(super) async fn rollback(&mut self, object: ObjectHandle) -> Outcome<()> {
        let more = self.request.rollback(Target::Object(Some(object))).await;
        self.drive(more).await
    }

    /// Runs handlers as a guest does: they do nothing, and answer true unless they refuse.
    pub(super) async fn drive(&mut self, more: Outcome<bool>) -> Outcome<()> {
        let mut more = more?;
        while more {
            let handler = self.request.next_handler()?;
            let name = &self.model.manifest().microflow(handler.microflow).name;
            self.ran.push(name.rsplit('.').next().unwrap_or(name).to_owned());
            more = self.request.handler_returned(!self.refusing.contains(&handler.microflow)).await?;
        }
        Ok(())
    }

    /// A savepoint, some work that fails, and an error handler that undoes it.
    pub(super) async fn undo(&mut self, mode: CatchMode) {
        self.request.raise(Reason::Thrown, "stop".to_owned()).expect("an error can be raised");
        self.request.catch(mode).await.expect("the error can be caught");
        self.request.caught().expect("the handler can be left");
    }
}

fn request(model: &Arc<Model>, store: &Store, clock: &Clock, locks: &Locks, session: Session) -> Request {
    Request::new(model.clone(), store, session, clock.clone(), RequestLimits::default(), locks.clone())
}
