//! From the addresses of a stack to the activities of the model.

use std::{collections::HashMap, sync::Arc};

use brooklet_model::{Manifest, MicroflowId};
use wasmtime::WasmBacktrace;

use crate::errors::Frame;

/// `wit-component` adds modules of its own; their functions are none of the model's.
const GENERATED_MODULES: &str = "wit-component";

/// Knows which activity an address belongs to.
pub(super) struct Places {
    manifest: Arc<Manifest>,
    microflows: HashMap<u32, MicroflowId>,
}

impl Places {
    /// The places of a model's microflows.
    pub(super) fn new(manifest: Arc<Manifest>) -> Self {
        let microflows = (0..).map(MicroflowId).zip(&manifest.microflows);
        let microflows = microflows.map(|(id, microflow)| (microflow.function, id)).collect();
        Self { manifest, microflows }
    }

    /// The activities on the stack, innermost first.
    pub(super) fn frames(&self, backtrace: &WasmBacktrace) -> Vec<Frame> {
        let model_frames = backtrace
            .frames()
            .iter()
            .filter(|frame| !frame.module().name().is_some_and(|name| name.starts_with(GENERATED_MODULES)));
        model_frames
            .filter_map(|frame| {
                let microflow = *self.microflows.get(&frame.func_index())?;
                let offset = u32::try_from(frame.func_offset()?).ok()?;
                Some(self.frame(microflow, offset))
            })
            .collect()
    }

    fn frame(&self, microflow: MicroflowId, offset: u32) -> Frame {
        let model = self.manifest.microflow(microflow);
        let activity = self.activity_at(microflow, offset);
        let line = activity.map_or(0, |number| model.activities[number as usize].line);
        Frame { microflow: model.name.clone(), activity, line }
    }

    /// The last activity whose code begins at the offset or before it.
    fn activity_at(&self, microflow: MicroflowId, offset: u32) -> Option<u32> {
        let activities = (0..).zip(&self.manifest.microflow(microflow).activities);
        let before = activities.filter(|(_, activity)| activity.offset <= offset);
        before.max_by_key(|(_, activity)| activity.offset).map(|(number, _)| number)
    }
}
