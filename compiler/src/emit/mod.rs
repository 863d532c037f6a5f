//! From checked microflows to a component.

mod code;
mod component;
mod expression;
mod fingerprint;
mod flow;
mod guest;
mod imports;
mod invoke;
mod layout;
mod link;
mod reset;
mod statement;

use brooklet_model::Manifest;

use crate::check::ir::Flow;

/// Writes the component of a model. Flows come in the order of the manifest's microflows; the manifest learns where each
/// activity's code stands.
pub(crate) fn emit(manifest: &mut Manifest, flows: &[Flow]) -> Vec<u8> {
    let mut texts = layout::Texts::default();
    let mut bodies = Vec::with_capacity(flows.len());
    let mut offsets = Vec::with_capacity(flows.len());
    let fingerprints: Vec<String> = flows.iter().map(|flow| fingerprint::fingerprint(flow, manifest)).collect();
    for (microflow, checked) in manifest.microflows.iter().zip(flows) {
        let written = flow::write(checked, microflow, manifest, &mut texts);
        bodies.push(written.body);
        offsets.push(written.offsets);
    }
    let linked = link::link(manifest, bodies, &texts);
    let written = offsets.into_iter().zip(fingerprints);
    for (index, (microflow, (offsets, body))) in manifest.microflows.iter_mut().zip(written).enumerate() {
        microflow.body = body;
        microflow.function = linked.first_microflow + index as u32;
        for (activity, offset) in microflow.activities.iter_mut().zip(offsets) {
            activity.offset = offset;
        }
    }
    component::wrap(linked.bytes, manifest)
}
