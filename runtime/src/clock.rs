//! Time, randomness and ids: everything that a run cannot compute from its input.
//!
//! They come from here and from nowhere else, so that a test can replace them ([`Clock::fixed`]), and a recorded run can
//! be repeated.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use brooklet_store::ids::{Generator, drawn_at_ms};
use brooklet_values::ObjectId;

/// Where time and randomness come from.
pub trait Source: Send + Sync + 'static {
    /// The time in milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> i64;
    /// Fills the buffer with unpredictable bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// Time, randomness and ids of a node; cheap to clone, and all clones draw from the same ids.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Source>,
    ids: Arc<ArcSwap<Numbered>>,
}

/// The generator of a node's number, and until when that number is surely this node's.
struct Numbered {
    generator: Generator,
    until_ms: AtomicI64,
}

/// The node's number may be another's by now: an id that it draws could be one that another draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this node has lost its number in the cluster, so it cannot make new objects")]
pub struct NumberLost;

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now_ms", &self.now_ms()).finish_non_exhaustive()
    }
}

impl Clock {
    /// The machine's. `node` is the number that the cluster gave this node, so that ids never clash.
    pub fn system(node: u16) -> Self {
        Self::with(Arc::new(SystemSource), node)
    }

    /// Another source.
    pub fn with(source: Arc<dyn Source>, node: u16) -> Self {
        let ids = Arc::new(ArcSwap::from_pointee(Numbered::new(&source, node, i64::MAX)));
        Self { source, ids }
    }

    /// Draws ids under another number from now on, all clones included; those that bear a time up to `until_ms`.
    pub fn renumber(&self, node: u16, until_ms: i64) {
        self.ids.store(Arc::new(Numbered::new(&self.source, node, until_ms)));
    }

    /// The number is this node's for longer: ids may bear a time up to `until_ms`.
    pub fn keep_number(&self, until_ms: i64) {
        self.ids.load().until_ms.fetch_max(until_ms, Ordering::Relaxed);
    }

    /// A clock for tests: it stands at `now_ms` until [`FixedSource::set`] moves it, and chance repeats itself.
    pub fn fixed(now_ms: i64) -> (Self, Arc<FixedSource>) {
        let source = Arc::new(FixedSource { now_ms: AtomicI64::new(now_ms), state: AtomicU64::new(1) });
        (Self::with(source.clone(), 0), source)
    }

    /// The time in milliseconds since 1970-01-01T00:00:00Z.
    pub fn now_ms(&self) -> i64 {
        self.source.now_ms()
    }

    /// Unpredictable bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.source.fill(&mut bytes);
        bytes
    }

    /// A number from 0 up to but excluding 1.
    pub fn random_fraction(&self) -> f64 {
        const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS;
        (u64::from_le_bytes(self.random_bytes()) >> (64 - MANTISSA_BITS)) as f64 / (1u64 << MANTISSA_BITS) as f64
    }

    /// The id of a new object. An id bears its time, and none is given whose time is past the end of the node's number: so
    /// no two nodes draw the same, even when one of them was stopped in the midst of a call and somebody has its number.
    pub fn object_id(&self) -> Result<ObjectId, NumberLost> {
        let ids = self.ids.load();
        let id = ids.generator.draw();
        if drawn_at_ms(id) <= ids.until_ms.load(Ordering::Relaxed) { Ok(id) } else { Err(NumberLost) }
    }
}

impl Numbered {
    fn new(source: &Arc<dyn Source>, node: u16, until_ms: i64) -> Self {
        let time = source.clone();
        Self { generator: Generator::new(node, move || time.now_ms()), until_ms: AtomicI64::new(until_ms) }
    }
}

/// The machine's clock and the operating system's randomness.
struct SystemSource;

impl Source for SystemSource {
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        }
    }

    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}

/// Time that stands still and chance that repeats itself.
#[derive(Debug)]
pub struct FixedSource {
    now_ms: AtomicI64,
    state: AtomicU64,
}

impl FixedSource {
    /// Moves the clock.
    pub fn set(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }
}

impl Source for FixedSource {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    /// SplitMix64: short, and the same on every machine.
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let mut next = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            next = (next ^ (next >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(next ^ (next >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_repeats_itself() {
        let ((left, _), (right, source)) = (Clock::fixed(5), Clock::fixed(5));
        assert_eq!(left.random_bytes::<11>(), right.random_bytes::<11>());
        assert_eq!(left.object_id(), right.object_id());
        source.set(7);
        assert_eq!((left.now_ms(), right.now_ms()), (5, 7));
    }

    #[test]
    fn ids_end_with_the_number_and_go_on_with_the_next_one() {
        use brooklet_store::ids::{EPOCH_MS, drawn_by};
        let (clock, source) = Clock::fixed(EPOCH_MS + 10);
        let clone = clock.clone();
        clock.renumber(7, EPOCH_MS + 20);
        assert_eq!(clone.object_id().map(drawn_by), Ok(7));
        source.set(EPOCH_MS + 21);
        assert_eq!(clone.object_id(), Err(NumberLost));
        clock.keep_number(EPOCH_MS + 30);
        assert_eq!(clone.object_id().map(drawn_by), Ok(7));
        source.set(EPOCH_MS + 31);
        assert_eq!(clone.object_id(), Err(NumberLost));
        clock.renumber(9, EPOCH_MS + 40);
        assert_eq!(clone.object_id().map(drawn_by), Ok(9));
    }

    #[test]
    fn fractions_are_below_one() {
        let clock = Clock::system(0);
        assert!((0..1000).map(|_| clock.random_fraction()).all(|fraction| (0.0..1.0).contains(&fraction)));
    }
}
