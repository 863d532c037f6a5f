//! What calls may take: one setting for each limit of the host, named after it.

use brooklet_runtime::limits::{
    EngineLimits, Limits, LockLimits, LoginLimits, RequestLimits, SessionLimits, VersionLimits,
};
use clap::Args;

use super::values::{Size, Time, at_least_one};

/// Limits of calls. Each is described in `runtime/src/limits.rs`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits (each is the name in the answer to a call that exceeds it)")]
pub(crate) struct LimitSettings {
    /// Calls that run at the same time.
    #[arg(long, value_name = "N", default_value_t = engine().instances, value_parser = at_least_one::<u32>, hide_short_help = true)]
    limit_instances: u32,
    /// Memory of one call in WebAssembly.
    #[arg(long, value_name = "SIZE", default_value_t = Size(engine().memory_bytes), hide_short_help = true)]
    limit_memory_bytes: Size,
    /// Stack of one call in WebAssembly.
    #[arg(long, value_name = "SIZE", default_value_t = Size(engine().stack_bytes), hide_short_help = true)]
    limit_stack_bytes: Size,
    /// Microflow calls inside one another.
    #[arg(long, value_name = "N", default_value_t = engine().call_depth, value_parser = at_least_one::<u32>, hide_short_help = true)]
    limit_call_depth: u32,
    /// Processor time of one call; waiting does not count.
    #[arg(long, value_name = "TIME", default_value_t = Time(engine().cpu_time), hide_short_help = true)]
    limit_cpu_time: Time,
    /// Calls that wait for a place.
    #[arg(long, value_name = "N", default_value_t = engine().queue, hide_short_help = true)]
    limit_queue: usize,
    /// How long a call waits for a place.
    #[arg(long, value_name = "TIME", default_value_t = Time(engine().queue_time), hide_short_help = true)]
    limit_queue_time: Time,
    /// Objects that one call creates or retrieves.
    #[arg(long, value_name = "N", default_value_t = request().objects, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_objects: usize,
    /// Elements in all lists of one call.
    #[arg(long, value_name = "N", default_value_t = request().list_elements, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_list_elements: usize,
    /// Lists of one call.
    #[arg(long, value_name = "N", default_value_t = request().lists, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_lists: usize,
    /// Objects that one retrieve may return.
    #[arg(long, value_name = "N", default_value_t = request().rows_per_retrieve, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_rows_per_retrieve: usize,
    /// Text that is given to an attribute.
    #[arg(long, value_name = "SIZE", default_value_t = Size(request().text_bytes), hide_short_help = true)]
    limit_text_bytes: Size,
    /// Body of a request.
    #[arg(long, value_name = "SIZE", default_value_t = Size(request().payload_bytes), hide_short_help = true)]
    limit_payload_bytes: Size,
    /// Messages, log lines and instructions of one call.
    #[arg(long, value_name = "N", default_value_t = request().effects, hide_short_help = true)]
    limit_effects: usize,
    /// One message or log line; longer ones are cut.
    #[arg(long, value_name = "SIZE", default_value_t = Size(request().effect_text_bytes), hide_short_help = true)]
    limit_effect_text_bytes: Size,
    /// Commits, deletions and rollbacks inside one another's event handlers.
    #[arg(long, value_name = "N", default_value_t = request().operations_nested, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_operations_nested: usize,
    /// Savepoints that are open at once.
    #[arg(long, value_name = "N", default_value_t = request().savepoints, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_savepoints: usize,
    /// Errors that are being handled at once.
    #[arg(long, value_name = "N", default_value_t = request().errors_handled, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_errors_handled: usize,
    /// Messages of validation rules that one commit collects.
    #[arg(long, value_name = "N", default_value_t = request().validation_messages, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_validation_messages: usize,
    /// Objects that a client gets at once when it does not say how many.
    #[arg(long, value_name = "N", default_value_t = request().page_objects_default, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_page_objects_default: usize,
    /// Objects that a client may ask for at once.
    #[arg(long, value_name = "N", default_value_t = request().page_objects, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_page_objects: usize,
    /// A client's XPath constraint, and its sort order.
    #[arg(long, value_name = "SIZE", default_value_t = Size(request().constraint_bytes), hide_short_help = true)]
    limit_constraint_bytes: Size,
    /// Comparisons and steps in a client's constraint and sort order.
    #[arg(long, value_name = "N", default_value_t = request().constraint_parts, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_constraint_parts: usize,
    /// Objects that a client may name in one request.
    #[arg(long, value_name = "N", default_value_t = request().objects_named, value_parser = at_least_one::<usize>, hide_short_help = true)]
    limit_objects_named: usize,
    /// How long the lock of a microflow that must not run twice at once outlives its holder's last sign of life.
    #[arg(long, value_name = "TIME", default_value_t = Time(locks().lease), hide_short_help = true)]
    lock_lease: Time,
    /// How often the holder gives a sign of life.
    #[arg(long, value_name = "TIME", default_value_t = Time(locks().renewal), hide_short_help = true)]
    lock_renewal: Time,
    /// How long after a deployment one can go back at once: so long what only the version before needs is kept up to date.
    #[arg(long, value_name = "TIME", default_value_t = Time(versions().settle_after), hide_short_help = true)]
    settle_after: Time,
    /// How long columns and tables that no version has any more stay in the database.
    #[arg(long, value_name = "TIME", default_value_t = Time(versions().parked_for), hide_short_help = true)]
    parked_for: Time,
}

fn engine() -> EngineLimits {
    EngineLimits::default()
}

fn locks() -> LockLimits {
    LockLimits::default()
}

fn versions() -> VersionLimits {
    VersionLimits::default()
}

fn request() -> RequestLimits {
    RequestLimits::default()
}

impl LimitSettings {
    /// The limits as the host takes them.
    pub(crate) fn limits(&self) -> Limits {
        // No `..Default::default()`: a new limit without a setting does not compile.
        Limits {
            engine: EngineLimits {
                instances: self.limit_instances,
                memory_bytes: self.limit_memory_bytes.0,
                stack_bytes: self.limit_stack_bytes.0,
                call_depth: self.limit_call_depth,
                cpu_time: self.limit_cpu_time.0,
                queue: self.limit_queue,
                queue_time: self.limit_queue_time.0,
            },
            request: RequestLimits {
                objects: self.limit_objects,
                list_elements: self.limit_list_elements,
                lists: self.limit_lists,
                rows_per_retrieve: self.limit_rows_per_retrieve,
                text_bytes: self.limit_text_bytes.0,
                payload_bytes: self.limit_payload_bytes.0,
                effects: self.limit_effects,
                effect_text_bytes: self.limit_effect_text_bytes.0,
                operations_nested: self.limit_operations_nested,
                savepoints: self.limit_savepoints,
                errors_handled: self.limit_errors_handled,
                validation_messages: self.limit_validation_messages,
                page_objects_default: self.limit_page_objects_default,
                page_objects: self.limit_page_objects,
                constraint_bytes: self.limit_constraint_bytes.0,
                constraint_parts: self.limit_constraint_parts,
                objects_named: self.limit_objects_named,
            },
            versions: VersionLimits { settle_after: self.settle_after.0, parked_for: self.parked_for.0 },
            locks: LockLimits { lease: self.lock_lease.0, renewal: self.lock_renewal.0 },
            // These have settings of their own.
            login: LoginLimits::default(),
            session: SessionLimits::default(),
        }
    }
}
