//! A compiled component, ready to run.

use std::{sync::Arc, time::Duration};

use brooklet_model::{Manifest, MicroflowId};
use brooklet_values::Value;
use wasmtime::{
    Store, Trap, UpdateDeadline, WasmBacktrace,
    component::{ComponentExportIndex, InstancePre, TypedFunc},
};

use super::{
    Ended, Stopped,
    idle::Idle,
    meter::Meter,
    places::Places,
    state::{State, Stop, memory_exceeded},
    wire::WireValue,
};
use crate::{
    errors::{Interruption, LimitExceeded},
    limits::EngineLimits,
    request::Request,
};

/// The exported function: a microflow's number, a bound on nested calls, arguments.
type Invoke = TypedFunc<(u32, u32, Vec<WireValue>), (Result<WireValue, ()>,)>;

/// A component that was compiled and linked. Everything that one version of a model needs to run microflows.
pub struct Guest {
    pub(super) engine: wasmtime::Engine,
    pub(super) linked: InstancePre<State>,
    pub(super) invoke: ComponentExportIndex,
    pub(super) places: Arc<Places>,
    pub(super) limits: Arc<EngineLimits>,
    /// Instances that have run and can run again.
    pub(super) idle: Idle,
    /// What the component says about itself.
    pub(super) manifest: Arc<Manifest>,
}

/// An instance of a guest.
pub(super) struct Instance {
    store: Store<State>,
    invoke: Invoke,
    meter: Arc<Meter>,
}

impl Instance {
    /// How far its memory has grown.
    pub(super) fn memory_bytes(&self) -> usize {
        self.store.data().memory.size
    }
}

impl Guest {
    /// What the component says about itself.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// Another version has taken over: no instance is kept any more. Those at work finish.
    pub fn retire(&self) {
        self.idle.close();
    }

    /// An instance that works for the request until [`Entered::leave`].
    pub async fn enter(&self, request: Box<Request>) -> Result<Entered<'_>, Stopped> {
        let mut instance = match self.idle.take() {
            Some(instance) => instance,
            // On the heap: the room that this takes would make every call's future larger.
            None => Box::pin(self.instantiate()).await?,
        };
        instance.store.data_mut().begin(request);
        instance.meter.reset(self.limits.cpu_time);
        Ok(Entered { guest: self, instance })
    }

    async fn instantiate(&self) -> Result<Box<Instance>, Stopped> {
        let meter = Arc::new(Meter::default());
        let mut store = Store::new(&self.engine, State::new(self.limits.clone(), self.places.clone()));
        store.limiter(|state| &mut state.memory);
        let clock = meter.clone();
        let cpu_time = self.limits.cpu_time;
        store.epoch_deadline_callback(move |_| {
            if clock.exceeded() {
                Err(Stop(cpu_time_exceeded(cpu_time).into()).into())
            } else {
                Ok(UpdateDeadline::Yield(1))
            }
        });
        store.set_epoch_deadline(1);
        meter.reset(cpu_time);
        let instantiated = meter.measure(self.linked.instantiate_async(&mut store)).await;
        let instance = instantiated.map_err(|error| self.stopped(&error))?;
        let invoke = instance.get_typed_func(&mut store, self.invoke).map_err(|error| self.stopped(&error))?;
        Ok(Box::new(Instance { store, invoke, meter }))
    }

    /// What an error of wasmtime means.
    fn stopped(&self, error: &wasmtime::Error) -> Stopped {
        let frames = error.downcast_ref::<WasmBacktrace>().map(|trace| self.places.frames(trace)).unwrap_or_default();
        let cause = match (error.downcast_ref::<Stop>(), error.downcast_ref::<Trap>()) {
            (Some(Stop(Interruption::Limit(limit))), _) => Interruption::Limit(*limit),
            // Where the contract has no error to answer, the model cannot handle it.
            (Some(Stop(Interruption::Microflow(error))), _) => Interruption::Microflow(error.clone()),
            (Some(Stop(other)), _) => Interruption::internal(other.to_string()),
            (None, Some(Trap::StackOverflow)) => Interruption::Limit(call_depth_exceeded(self.limits.call_depth)),
            (None, Some(Trap::AllocationTooLarge)) => memory_exceeded(self.limits.memory_bytes).into(),
            _ => Interruption::internal(format!("{error:#}")),
        };
        Stopped { cause, frames }
    }
}

/// An instance at work for a request.
///
/// When it is dropped instead of left, because the client went away or the guest trapped, the instance goes with it, and
/// the request's transaction is rolled back.
pub struct Entered<'g> {
    guest: &'g Guest,
    instance: Box<Instance>,
}

impl Entered<'_> {
    /// Runs a microflow to its end. Several can run one after the other in the same request.
    ///
    /// After [`Ended::Stopped`] the instance must not be used again: drop it.
    pub async fn invoke(&mut self, microflow: MicroflowId, arguments: &[Value]) -> Result<Value, Ended> {
        let arguments = arguments.iter().cloned().map(WireValue::from).collect();
        let Instance { store, invoke, meter } = &mut *self.instance;
        store.set_epoch_deadline(1);
        let call = invoke.call_async(&mut *store, (microflow.0, self.guest.limits.call_depth, arguments));
        match meter.measure(call).await {
            Ok((Ok(value),)) => value.into_value().map_err(|cause| Ended::Stopped(cause.into())),
            Ok((Err(()),)) => match self.request().take_pending() {
                Some(error) => Err(Ended::Failed(error)),
                None => Err(Ended::Stopped(Interruption::internal("the guest failed without an error").into())),
            },
            Err(error) => Err(Ended::Stopped(self.guest.stopped(&error))),
        }
    }

    /// The request that the instance works for.
    pub fn request(&mut self) -> &mut Request {
        self.instance.store.data_mut().request().expect("the request stays until `leave` consumes this")
    }

    /// Gives the request back, and the instance to whoever comes next.
    pub fn leave(self) -> Box<Request> {
        let mut instance = self.instance;
        let request = instance.store.data_mut().end().expect("the request stays until `leave` consumes this");
        self.guest.idle.give(instance);
        request
    }
}

/// The error for a call that computes for too long.
fn cpu_time_exceeded(limit: Duration) -> LimitExceeded {
    let bound = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    LimitExceeded { limit: "cpu_time", bound, what: "milliseconds of processor time" }
}

/// The error for microflows that call one another too deeply.
pub(super) fn call_depth_exceeded(limit: u32) -> LimitExceeded {
    LimitExceeded { limit: "call_depth", bound: limit.into(), what: "nested microflow calls" }
}
