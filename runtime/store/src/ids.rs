//! Object ids: 63 bits, ordered by time, drawn without asking anybody.
//!
//! From high to low: 41 bits of milliseconds since 2024-01-01 (enough until 2093), 12 bits for the node, 10 bits that
//! count within a millisecond. A node that draws more than 1,024 ids in a millisecond borrows from the next one, so that
//! ids stay unique and increasing even when the clock stands still or steps back.
//!
//! The clock and the node's number come from outside: the cluster gives each live node a number of its own.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use brooklet_values::ObjectId;

/// 2024-01-01T00:00:00Z in milliseconds since 1970.
pub const EPOCH_MS: i64 = 1_704_067_200_000;

/// How many nodes can draw ids at once.
pub const NODES_MAX: u16 = 1 << NODE_BITS;

const NODE_BITS: u32 = 12;
const SEQUENCE_BITS: u32 = 10;
const TICK_BITS: u32 = 41;

/// The time in milliseconds since 1970.
type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// Draws object ids; shared by all requests of a node.
pub struct Generator {
    node: u64,
    clock: Clock,
    /// Milliseconds since the epoch, shifted, and the count within that millisecond, of the last id drawn.
    last: AtomicU64,
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("node", &self.node).finish_non_exhaustive()
    }
}

impl Generator {
    /// A generator for a node: `node` is below [`NODES_MAX`] (higher bits are ignored), `clock` gives milliseconds since
    /// 1970.
    pub fn new(node: u16, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self { node: u64::from(node % NODES_MAX), clock: Box::new(clock), last: AtomicU64::new(0) }
    }

    /// The next id: greater than every id that this generator gave before.
    pub fn draw(&self) -> ObjectId {
        let elapsed_ms = u64::try_from((self.clock)() - EPOCH_MS).unwrap_or(0) & ((1 << TICK_BITS) - 1);
        let now = elapsed_ms << SEQUENCE_BITS;
        let mut last = self.last.load(Ordering::Relaxed);
        let next = loop {
            let next = now.max(last + 1);
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break next,
                Err(other) => last = other,
            }
        };
        let tick = next >> SEQUENCE_BITS;
        let sequence = next & ((1 << SEQUENCE_BITS) - 1);
        ObjectId(((tick << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | sequence) as i64)
    }
}

/// When an id was drawn, in milliseconds since 1970.
pub fn drawn_at_ms(id: ObjectId) -> i64 {
    (id.0 >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS
}

/// The node that drew an id.
pub fn drawn_by(id: ObjectId) -> u16 {
    ((id.0 >> SEQUENCE_BITS) & ((1 << NODE_BITS) - 1)) as u16
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc, thread};

    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_stands_still() {
        let generator = Generator::new(7, || EPOCH_MS + 5);
        let ids: Vec<_> = (0..5_000).map(|_| generator.draw()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.0 > 0 && drawn_by(*id) == 7));
    }

    #[test]
    fn an_id_knows_its_time_and_its_node() {
        let id = Generator::new(4095, || 1_800_000_000_000).draw();
        assert_eq!((drawn_at_ms(id), drawn_by(id)), (1_800_000_000_000, 4095));
    }

    #[test]
    fn threads_never_draw_the_same_id() {
        let generator = Arc::new(Generator::new(1, || EPOCH_MS + 1));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let generator = generator.clone();
                thread::spawn(move || (0..10_000).map(|_| generator.draw()).collect::<Vec<_>>())
            })
            .collect();
        let ids: HashSet<_> = threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect();
        assert_eq!(ids.len(), 40_000);
    }

    #[test]
    fn ids_stay_positive_until_2093() {
        let last_ms = EPOCH_MS + (1 << TICK_BITS) - 1;
        assert!(Generator::new(4095, move || last_ms).draw().0 > 0);
    }
}
