//! Binds the functions of `wit/model.wit` to the methods of [`Request`].
//!
//! One file per group of interfaces. Each function takes its arguments apart, calls the method of the same name, and puts
//! the answer together; what it means is the request's to know.
//!
//! The bindings are written by hand, because text and lists can then be lifted straight into the types that the request
//! keeps, and because only what waits for the database is asynchronous.

mod database;
mod errors;
mod guards;
mod lists;
mod objects;
mod world;

use std::pin::Pin;

use wasmtime::{
    Engine,
    component::{ComponentNamedList, ComponentType, Lift, Linker, LinkerInstance, Lower},
};

use super::state::{Context, State, answer, certain};
use crate::{errors::Outcome, request::Request};

/// Knows every function that a guest may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    objects::define(&mut Interface::of(&mut linker, "brooklet:model/objects@0.1.0")?)?;
    lists::define(&mut Interface::of(&mut linker, "brooklet:model/lists@0.1.0")?)?;
    database::define(&mut Interface::of(&mut linker, "brooklet:model/database@0.1.0")?)?;
    errors::define(&mut Interface::of(&mut linker, "brooklet:model/errors@0.1.0")?)?;
    world::define_functions(&mut Interface::of(&mut linker, "brooklet:model/functions@0.1.0")?)?;
    world::define_effects(&mut Interface::of(&mut linker, "brooklet:model/effects@0.1.0")?)?;
    guards::define(&mut Interface::of(&mut linker, "brooklet:model/guards@0.1.0")?)?;
    world::define_limits(&mut Interface::of(&mut linker, "brooklet:model/limits@0.1.0")?)?;
    Ok(linker)
}

/// What a method that waits answers.
type Waiting<'r, R> = Pin<Box<dyn Future<Output = Outcome<R>> + Send + 'r>>;

/// An interface under definition, function by function.
struct Interface<'l>(LinkerInstance<'l, State>);

impl<'l> Interface<'l> {
    fn of(linker: &'l mut Linker<State>, name: &str) -> wasmtime::Result<Self> {
        linker.instance(name).map(Self)
    }

    /// A function that answers a value and cannot fail with a microflow error.
    fn certain<P, R>(
        &mut self,
        name: &str,
        body: impl Fn(&mut Request, P) -> Outcome<R> + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentType + Lower + 'static,
    {
        self.0.func_wrap(name, move |mut store: Context<'_>, parameters: P| {
            certain(body(store.data_mut().request()?, parameters))
        })
    }

    /// A function that answers nothing and cannot fail with a microflow error.
    fn silent<P>(
        &mut self,
        name: &str,
        body: impl Fn(&mut Request, P) -> Outcome<()> + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
    {
        self.0.func_wrap(name, move |mut store: Context<'_>, parameters: P| {
            certain(body(store.data_mut().request()?, parameters)).map(|_| ())
        })
    }

    /// A function that answers a `result`.
    fn fallible<P, R>(
        &mut self,
        name: &str,
        body: impl Fn(&mut Request, P) -> Outcome<R> + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentType + Lower + 'static,
    {
        self.0.func_wrap(name, move |mut store: Context<'_>, parameters: P| {
            let outcome = body(store.data_mut().request()?, parameters);
            answer(store, outcome)
        })
    }

    /// A function that waits and answers a value, and cannot fail with a microflow error.
    fn waiting_certain<P, R>(
        &mut self,
        name: &str,
        body: impl for<'r> Fn(&'r mut Request, P) -> Waiting<'r, R> + Send + Sync + Copy + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + Send + 'static,
        R: ComponentType + Lower + Send + 'static,
    {
        self.0.func_wrap_async(name, move |mut store: Context<'_>, parameters: P| {
            Box::new(async move { certain(body(store.data_mut().request()?, parameters).await) })
        })
    }

    /// A function that waits and answers nothing, and cannot fail with a microflow error.
    fn waiting_silent<P>(
        &mut self,
        name: &str,
        body: impl for<'r> Fn(&'r mut Request, P) -> Waiting<'r, ()> + Send + Sync + Copy + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + Send + 'static,
    {
        self.0.func_wrap_async(name, move |mut store: Context<'_>, parameters: P| {
            Box::new(async move { certain(body(store.data_mut().request()?, parameters).await).map(|_| ()) })
        })
    }

    /// A function that waits, for the database mostly, and answers a `result`.
    fn waiting<P, R>(
        &mut self,
        name: &str,
        body: impl for<'r> Fn(&'r mut Request, P) -> Waiting<'r, R> + Send + Sync + Copy + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + Send + 'static,
        R: ComponentType + Lower + Send + 'static,
    {
        self.0.func_wrap_async(name, move |mut store: Context<'_>, parameters: P| {
            Box::new(async move {
                let outcome = body(store.data_mut().request()?, parameters).await;
                answer(store, outcome)
            })
        })
    }
}

/// The number of a handle; 0 for none.
fn handle<H>(handle: Option<H>) -> u32
where
    u32: FromHandle<H>,
{
    handle.map_or(0, u32::from_handle)
}

/// Handles as numbers.
trait FromHandle<H> {
    fn from_handle(handle: H) -> Self;
}

impl FromHandle<brooklet_values::ObjectHandle> for u32 {
    fn from_handle(handle: brooklet_values::ObjectHandle) -> Self {
        handle.0
    }
}

impl FromHandle<brooklet_values::ListHandle> for u32 {
    fn from_handle(handle: brooklet_values::ListHandle) -> Self {
        handle.0
    }
}
