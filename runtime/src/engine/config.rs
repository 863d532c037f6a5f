//! How wasmtime is set up: an allocator with a fixed number of places, limits on time, memory and stack.

use std::time::Duration;

use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::EngineLimits;

/// Linear memory that stays mapped when a place of the pool is freed, so that the next instance needs no page faults.
const MEMORY_KEEP_RESIDENT: usize = 128 << 10;

/// Stack that stays mapped when a call ends.
const STACK_KEEP_RESIDENT: usize = 32 << 10;

/// Stack above the guest's own that is left to host functions.
const HOST_STACK: usize = 1 << 20;

/// A component has three core modules when `wit-component` wrote it: the guest, its shim and its fixups.
const CORE_INSTANCES_PER_COMPONENT: u32 = 4;

/// What each core instance may take for its own bookkeeping: functions, globals, imports.
const INSTANCE_METADATA: usize = 4 << 20;

/// How often the epoch ticks, and so how long a guest computes at most before it yields to others.
pub(super) const TICK: Duration = Duration::from_millis(4);

/// The setup for these limits.
pub(super) fn config(limits: &EngineLimits) -> Config {
    // Of two versions: while one replaces the other, instances of both are busy or idle.
    let places = limits.instances.saturating_mul(2);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(places)
        .total_core_instances(places.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        .total_memories(places)
        .total_tables(places.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        .total_stacks(places)
        .max_memory_size(limits.memory_bytes)
        .max_component_instance_size(INSTANCE_METADATA)
        .max_core_instance_size(INSTANCE_METADATA)
        .linear_memory_keep_resident(MEMORY_KEEP_RESIDENT)
        .async_stack_keep_resident(STACK_KEEP_RESIDENT);

    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_reservation(limits.memory_bytes as u64)
        .memory_guard_size(64 << 10)
        .memory_may_move(false)
        // A synchronous component call costs a fifth without the machinery for concurrent ones.
        .concurrency_support(false)
        .epoch_interruption(true)
        // Integer overflow is found with 128-bit arithmetic.
        .wasm_wide_arithmetic(true)
        .max_wasm_stack(limits.stack_bytes)
        .async_stack_size(limits.stack_bytes + HOST_STACK);
    config
}
