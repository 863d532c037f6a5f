//! Activities as Wasm.

use brooklet_model::{AttributeRef, EntityId, Moment, Operation, QueryId, Type};
use wasm_encoder::ValType::I32;

use crate::{
    check::ir::{Assignment, ErrorMode, Expr, ExprKind, LocalId, Member, Node, NodeKind, Range},
    syntax::ast::{LogLevel, Severity},
};

use super::{
    code::at,
    expression::is_wide,
    flow::{Cleanup, FlowWriter, LoopLabels},
    guest::Helper,
    imports::Import,
    layout::{ARGUMENT_BYTES, ASSIGNMENT_BYTES, ASSIGNMENT_VALUE, RETURN_AREA, Reason, SORT_KEY_BYTES},
};

/// Modes of `errors.catch`.
const CATCH_ROLLBACK: i32 = 0;
const CATCH_KEEP: i32 = 1;

impl FlowWriter<'_> {
    pub(super) fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.mark(node.activity);
            match &node.on_error {
                ErrorMode::Propagate => self.node(&node.kind),
                ErrorMode::Continue => self.guarded(&node.kind, CATCH_KEEP, &[]),
                ErrorMode::Handle { rollback, body } => {
                    self.guarded(&node.kind, if *rollback { CATCH_ROLLBACK } else { CATCH_KEEP }, body);
                }
            }
        }
    }

    /// An activity whose errors are handled.
    fn guarded(&mut self, kind: &NodeKind, mode: i32, handler: &[Node]) {
        let outer = self.error;
        let after = self.code.block();
        let failed = self.code.block();
        if mode == CATCH_KEEP {
            self.code.host(Import::Savepoint);
            self.code.branch_if(outer);
            self.cleanups.push(Cleanup::Release);
        }
        self.error = failed;
        self.node(kind);
        if mode == CATCH_KEEP {
            self.cleanups.pop();
            self.code.host(Import::Release);
        }
        self.code.branch(after);
        self.code.end();

        self.code.op().i32_const(mode);
        self.code.host(Import::Catch);
        self.code.branch_if(outer);
        let failed_again = self.code.block();
        self.error = failed_again;
        self.cleanups.push(Cleanup::Caught);
        self.nodes(handler);
        self.cleanups.pop();
        self.code.host(Import::Caught);
        self.code.branch(after);
        self.code.end();
        self.code.host(Import::Caught);
        self.code.branch(outer);
        self.code.end();
        self.error = outer;
    }

    fn node(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::Assign(local, value) => self.assign(*local, value),
            NodeKind::Create { target, entity, items, commit } => self.create(*target, *entity, items, *commit),
            NodeKind::Change { object, items, commit } => {
                let handle = self.handle(object);
                if !items.is_empty() {
                    self.change(handle, items);
                }
                self.commit_handle(handle, *commit);
                self.code.release(handle);
            }
            NodeKind::Commit { of, events } => self.operate(Helper::Commit, of, Some(*events)),
            NodeKind::Delete(of) => self.operate(Helper::Delete, of, None),
            NodeKind::Rollback(of) => self.operate(Helper::Rollback, of, None),
            NodeKind::Retrieve { target, query, parameters, range } => {
                self.retrieve(*target, *query, parameters, range);
            }
            NodeKind::RetrieveAggregate { target, query, parameters, aggregate } => {
                let area = self.values(parameters);
                self.code.op().i32_const(query.0 as i32).local_get(area).i32_const(parameters.len() as i32);
                match aggregate {
                    Some((how, attribute)) => {
                        let slot = self.slot_of(*attribute);
                        self.code.op().i32_const(*how as i32).i32_const(slot);
                        self.code.op().i32_const(RETURN_AREA as i32);
                        self.code.host(Import::QueryAggregate);
                        self.check_case();
                        self.unpack_into(*target);
                    }
                    None => {
                        self.code.op().i32_const(RETURN_AREA as i32);
                        self.code.host(Import::Count);
                        self.check_case();
                        self.code.op().i32_const(RETURN_AREA as i32).i64_load(at(8)).i32_const(1);
                        self.set_nullable(*target);
                    }
                }
                self.code.release(area);
            }
            NodeKind::Sort { target, list, keys } => self.sort(*target, list, keys),
            NodeKind::FilterMember { target, first, list, member, value } => {
                let area = self.values(std::slice::from_ref(value));
                self.nullable(list);
                self.member(*member);
                // A value among parameters: its case, the joined payload, and the second word of a text.
                self.code.op().local_get(area).i32_load8_u(at(0)).local_get(area).i64_load(at(8));
                self.code.op().local_get(area).i32_load(at(12)).i32_const(RETURN_AREA as i32);
                self.code.host(if *first { Import::ListFind } else { Import::ListFilter });
                self.check_case();
                self.code.op().i32_const(RETURN_AREA as i32).i32_load(at(4));
                self.set_nullable(*target);
                self.code.release(area);
            }
            NodeKind::AggregateMember { target, list, how, attribute } => {
                self.code.op().i32_const(*how as i32);
                self.nullable(list);
                let slot = self.slot_of(*attribute);
                self.code.op().i32_const(slot).i32_const(RETURN_AREA as i32);
                self.code.host(Import::ListAggregate);
                self.check_case();
                self.unpack_into(*target);
            }
            NodeKind::ListAdd { list, value } => self.list_change(list, value, Import::ListAdd, Import::ListAddAll),
            NodeKind::ListRemove { list, value } => {
                self.list_change(list, value, Import::ListRemove, Import::ListRemoveAll);
            }
            NodeKind::ListClear(list) => {
                self.nullable(list);
                self.code.host(Import::ListClear);
                self.check();
            }
            NodeKind::ChangeReference { object, association, value, add } => {
                self.required_object(object);
                self.code.op().i32_const(association.0 as i32).i32_const(target_case(value.ty));
                self.nullable(value);
                self.code.host(if *add { Import::AddReference } else { Import::RemoveReference });
                self.check();
            }
            NodeKind::If { condition, then, otherwise } => {
                self.nullable(condition);
                self.code.if_();
                self.nodes(then);
                if !otherwise.is_empty() {
                    self.code.else_();
                    self.nodes(otherwise);
                }
                self.code.end();
            }
            NodeKind::Case { subject, branches, otherwise } => self.case(subject, branches, otherwise),
            NodeKind::Split { object, branches, otherwise } => self.split(object, branches, otherwise),
            NodeKind::Loop { number, item, list, index, body } => self.loop_over(*number, *item, list, *index, body),
            NodeKind::While { number, condition, index, body } => {
                self.while_loop(*number, condition, *index, body);
            }
            NodeKind::Break => {
                let labels = *self.loops.last().expect("the checker allows it in loops only");
                self.leave(labels.cleanups);
                self.code.branch(labels.done);
            }
            NodeKind::Continue => {
                let labels = *self.loops.last().expect("the checker allows it in loops only");
                self.leave(labels.cleanups);
                self.code.branch(labels.next);
            }
            NodeKind::Return(value) => {
                if let Some(value) = value {
                    self.nullable(value);
                }
                self.leave(0);
                self.code.op().i32_const(0).return_();
            }
            NodeKind::Rethrow => {
                self.code.host(Import::Rethrow);
                self.code.branch(self.error);
            }
            NodeKind::Throw(message) => {
                let text = self.code.temporary(I32);
                self.nullable(message);
                self.code.op().local_set(text).i32_const(Reason::Thrown as i32).local_get(text);
                self.code.help(Helper::Fail);
                self.code.branch(self.error);
                self.code.release(text);
            }
            NodeKind::Call { target, microflow, arguments } => {
                self.push_depth();
                for argument in arguments {
                    self.nullable(argument);
                }
                self.call(microflow.0);
                self.check();
                match target {
                    Some(target) => self.set_nullable(*target),
                    None => self.drop_result(self.manifest.microflow(*microflow).returns),
                }
            }
            NodeKind::BeginExclusive { microflow, otherwise } => {
                self.code.op().i32_const(microflow.0 as i32).i32_const(RETURN_AREA as i32);
                self.code.host(Import::BeginExclusive);
                self.check_case();
                self.code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(1)).i32_eqz();
                self.code.if_();
                self.nodes(otherwise);
                // The host refuses with an error where there is nothing else to run.
                self.code.op().unreachable();
                self.code.end();
            }
            NodeKind::Log { level, node, message } => {
                let (node_text, message_text) = (self.text(node), self.text(message));
                self.code.op().i32_const(match level {
                    LogLevel::Trace => 0,
                    LogLevel::Debug => 1,
                    LogLevel::Info => 2,
                    LogLevel::Warning => 3,
                    LogLevel::Error => 4,
                    LogLevel::Critical => 5,
                });
                self.push_text(node_text);
                self.push_text(message_text);
                self.code.host(Import::Log);
                self.code.release(node_text);
                self.code.release(message_text);
            }
            NodeKind::Feedback { object, member, message } => {
                let text = self.text(message);
                self.required_object(object);
                self.member(*member);
                self.push_text(text);
                self.code.host(Import::ValidationFeedback);
                self.code.release(text);
            }
            NodeKind::Message { severity, message, blocking } => {
                let text = self.text(message);
                self.code.op().i32_const(match severity {
                    Severity::Information => 0,
                    Severity::Warning => 1,
                    Severity::Error => 2,
                });
                self.push_text(text);
                self.code.op().i32_const(i32::from(*blocking));
                self.code.host(Import::ShowMessage);
                self.code.release(text);
            }
            NodeKind::Instruct { kind, name, arguments } => self.instruct(kind, name, arguments),
            NodeKind::Expect { number, condition, sides } => {
                let area = self.values(sides);
                self.code.op().i32_const(*number as i32);
                self.nullable(condition);
                self.code.op().local_get(area).i32_const(sides.len() as i32);
                self.code.host(Import::Expectation);
                self.code.release(area);
            }
            NodeKind::Unavailable(message) => self.fail(Reason::Unavailable, message),
        }
    }

    fn assign(&mut self, local: LocalId, value: &Expr) {
        let slot = self.slot(local);
        match slot.flag {
            Some(flag) => {
                self.nullable(value);
                self.code.op().local_set(flag).local_set(slot.value);
            }
            None if is_wide(value.ty) => {
                self.required(value);
                self.code.op().local_set(slot.value);
            }
            None => {
                self.nullable(value);
                self.code.op().local_set(slot.value);
            }
        }
    }

    /// A temporary with a handle, which may be 0.
    fn handle(&mut self, object: &Expr) -> u32 {
        let handle = self.code.temporary(I32);
        self.nullable(object);
        self.code.op().local_set(handle);
        handle
    }

    /// A temporary with a text.
    fn text(&mut self, text: &Expr) -> u32 {
        self.handle(text)
    }

    /// The handle of an object, which must not be empty.
    fn required_object(&mut self, object: &Expr) {
        let handle = self.handle(object);
        self.code.op().local_get(handle).i32_eqz();
        self.fail_if(Reason::EmptyObject, "");
        self.code.op().local_get(handle);
        self.code.release(handle);
    }

    fn member(&mut self, member: Member) {
        match member {
            Member::Attribute(attribute) => {
                let slot = self.slot_of(attribute);
                self.code.op().i32_const(0).i32_const(slot)
            }
            Member::Association(association) => self.code.op().i32_const(1).i32_const(association.0 as i32),
        };
    }

    fn unpack_into(&mut self, target: LocalId) {
        self.unpack(self.flow.locals[target.index()].kind);
        self.set_nullable(target);
    }

    fn drop_result(&mut self, kind: Type) {
        for _ in super::flow::shape(kind) {
            self.code.op().drop();
        }
    }

    fn change(&mut self, handle: u32, items: &[Assignment]) {
        let area = self.area(items.len() as u32 * ASSIGNMENT_BYTES);
        for (index, item) in items.iter().enumerate() {
            let offset = index as u32 * ASSIGNMENT_BYTES;
            self.code.op().local_get(area);
            match item.member {
                Member::Attribute(attribute) => {
                    let slot = self.slot_of(attribute);
                    self.code.op().i32_const(0).i32_store8(at(offset)).local_get(area).i32_const(slot);
                }
                Member::Association(association) => {
                    self.code.op().i32_const(1).i32_store8(at(offset)).local_get(area);
                    self.code.op().i32_const(association.0 as i32);
                }
            }
            self.code.op().i32_store(at(offset + 4));
            self.store(area, offset + ASSIGNMENT_VALUE, &item.value);
        }
        self.code.op().local_get(handle).i32_eqz();
        self.fail_if(Reason::EmptyObject, "");
        self.code.op().local_get(handle).local_get(area).i32_const(items.len() as i32);
        self.code.host(Import::Change);
        self.check();
        self.code.release(area);
    }

    fn commit_handle(&mut self, handle: u32, commit: Option<bool>) {
        if let Some(events) = commit {
            self.push_depth();
            self.code.op().i32_const(0).local_get(handle).i32_const(i32::from(events));
            self.code.help(Helper::Commit);
            self.check();
        }
    }

    fn operate(&mut self, helper: Helper, of: &Expr, events: Option<bool>) {
        self.push_depth();
        self.code.op().i32_const(target_case(of.ty));
        if matches!(of.ty, Type::List(_)) {
            self.nullable(of)
        } else {
            self.required_object(of)
        }
        if let Some(events) = events {
            self.code.op().i32_const(i32::from(events));
        }
        self.code.help(helper);
        self.check();
    }

    /// Before-create handlers, the object with its defaults, after-create handlers, and only then the members that are set.
    fn create(&mut self, target: Option<LocalId>, entity: EntityId, items: &[Assignment], commit: Option<bool>) {
        let handle = self.code.temporary(I32);
        let skipped = self.code.block();
        self.code.op().i32_const(0).local_set(handle);
        for handler in self.create_handlers(entity, Moment::Before) {
            let microflow = handler.microflow.0;
            let answers = self.manifest.microflow(handler.microflow).returns;
            let raises = handler.raise_error;
            self.push_depth();
            self.call(microflow);
            self.check();
            if answers == Type::Boolean {
                self.code.op().i32_eqz();
                if raises {
                    let name = self.manifest.microflows[microflow as usize].name.clone();
                    self.fail_if(Reason::Prevented, &format!("The event handler {name} prevents the creation"));
                } else {
                    self.code.branch_if(skipped);
                }
            } else {
                self.drop_result(answers);
            }
        }
        self.code.op().i32_const(entity.0 as i32).i32_const(RETURN_AREA as i32);
        self.code.host(Import::ObjectCreate);
        self.check_case();
        self.code.op().i32_const(RETURN_AREA as i32).i32_load(at(4)).local_set(handle);
        for handler in self.create_handlers(entity, Moment::After) {
            let answers = self.manifest.microflow(handler.microflow).returns;
            self.push_depth();
            if handler.passes_object {
                self.code.op().local_get(handle);
            }
            self.call(handler.microflow.0);
            self.check();
            self.drop_result(answers);
        }
        if !items.is_empty() {
            self.change(handle, items);
        }
        self.commit_handle(handle, commit);
        self.code.end();
        if let Some(target) = target {
            self.code.op().local_get(handle);
            self.set_nullable(target);
        }
        self.code.release(handle);
    }

    /// Handlers of the entity and what it specializes, the most general first.
    fn create_handlers(&self, entity: EntityId, moment: Moment) -> Vec<brooklet_model::EventHandler> {
        let mut lineage: Vec<_> = self.manifest.lineage(entity).collect();
        lineage.reverse();
        lineage
            .into_iter()
            .flat_map(|at| &self.manifest.entity(at).handlers)
            .filter(|handler| handler.operation == Operation::Create && handler.moment == moment)
            .cloned()
            .collect()
    }

    fn retrieve(&mut self, target: LocalId, query: QueryId, parameters: &[Expr], range: &Range) {
        let area = self.values(parameters);
        self.code.op().i32_const(query.0 as i32).local_get(area).i32_const(parameters.len() as i32);
        match range {
            Range::All => {
                self.optional_number(None);
                self.optional_number(None);
            }
            Range::First => {
                self.code.op().i32_const(1).i64_const(1);
                self.optional_number(None);
            }
            Range::Limited { limit, offset } => {
                self.optional_number(limit.as_ref());
                self.optional_number(offset.as_ref());
            }
        }
        self.code.op().i32_const(RETURN_AREA as i32);
        self.code.host(Import::Retrieve);
        self.check_case();
        self.code.op().i32_const(RETURN_AREA as i32).i32_load(at(4));
        if *range == Range::First {
            self.code.host(Import::ListHead);
        }
        self.set_nullable(target);
        self.code.release(area);
    }

    fn sort(&mut self, target: LocalId, list: &Expr, keys: &[(AttributeRef, bool)]) {
        let area = self.area(keys.len() as u32 * SORT_KEY_BYTES);
        for (index, (attribute, descending)) in keys.iter().enumerate() {
            let offset = index as u32 * SORT_KEY_BYTES;
            let slot = self.slot_of(*attribute);
            self.code.op().local_get(area).i32_const(slot).i32_store(at(offset));
            self.code.op().local_get(area).i32_const(i32::from(*descending)).i32_store8(at(offset + 4));
        }
        self.nullable(list);
        self.code.op().local_get(area).i32_const(keys.len() as i32);
        self.code.host(Import::ListSort);
        self.set_nullable(target);
        self.code.release(area);
    }

    fn list_change(&mut self, list: &Expr, value: &Expr, one: Import, all: Import) {
        self.nullable(list);
        self.nullable(value);
        self.code.host(if matches!(value.ty, Type::List(_)) { all } else { one });
        self.check();
    }

    fn case(&mut self, subject: &Expr, branches: &[(Vec<Option<String>>, Vec<Node>)], otherwise: &[Node]) {
        let value = self.handle(subject);
        let done = self.code.block();
        for (keys, body) in branches {
            for (index, key) in keys.iter().enumerate() {
                match key {
                    None if subject.ty == Type::Boolean => {
                        self.code.op().i32_const(0);
                    }
                    None => {
                        self.code.op().local_get(value).i32_eqz();
                    }
                    Some(key) if subject.ty == Type::Boolean => {
                        self.code.op().local_get(value).i32_const(i32::from(key == "true")).i32_eq();
                    }
                    Some(key) => {
                        self.code.op().local_get(value);
                        self.literal(key);
                        self.code.help(Helper::TextEqual);
                    }
                }
                if index > 0 {
                    self.code.op().i32_or();
                }
            }
            self.code.if_();
            self.nodes(body);
            self.code.branch(done);
            self.code.end();
        }
        self.nodes(otherwise);
        self.code.end();
        self.code.release(value);
    }

    fn split(&mut self, object: &Expr, branches: &[(Option<EntityId>, Vec<Node>)], otherwise: &[Node]) {
        let handle = self.handle(object);
        let done = self.code.block();
        for (entity, body) in branches {
            self.code.op().local_get(handle);
            match entity {
                Some(entity) => {
                    self.code.op().i32_const(entity.0 as i32);
                    self.code.host(Import::IsA);
                }
                None => {
                    self.code.op().i32_eqz();
                }
            }
            self.code.if_();
            self.nodes(body);
            self.code.branch(done);
            self.code.end();
        }
        self.nodes(otherwise);
        self.code.end();
        self.code.release(handle);
    }

    fn loop_over(&mut self, number: u32, item: LocalId, list: &Expr, index: Option<LocalId>, body: &[Node]) {
        let [snapshot, length, position] = std::array::from_fn(|_| self.code.temporary(I32));
        self.nullable(list);
        self.code.host(Import::ListCopy);
        self.code.op().local_tee(snapshot);
        self.code.host(Import::ListLength);
        self.code.op().local_set(length).i32_const(0).local_set(position);
        let item = self.slot(item).value;
        let reset = self.begin_reset(number);
        let done = self.code.block();
        let again = self.code.loop_();
        self.code.op().local_get(position).local_get(length).i32_ge_u();
        self.code.branch_if(done);
        self.code.op().local_get(snapshot).local_get(position);
        self.code.host(Import::ListGet);
        self.code.op().local_set(item);
        if let Some(index) = index {
            self.code.op().local_get(position).i64_extend_i32_u().i32_const(1);
            self.set_nullable(index);
        }
        self.begin_pass(&reset);
        let next = self.code.block();
        self.loops.push(LoopLabels { done, next, cleanups: self.cleanups.len() });
        self.nodes(body);
        self.loops.pop();
        self.code.end();
        self.end_pass(&reset);
        self.code.op().local_get(position).i32_const(1).i32_add().local_set(position);
        self.code.branch(again);
        self.code.end();
        self.code.end();
        self.end_reset(reset);
        for temporary in [snapshot, length, position] {
            self.code.release(temporary);
        }
    }

    fn while_loop(&mut self, number: u32, condition: &Expr, index: Option<LocalId>, body: &[Node]) {
        if let Some(index) = index {
            self.code.op().i64_const(0).i32_const(1);
            self.set_nullable(index);
        }
        let reset = self.begin_reset(number);
        let done = self.code.block();
        let again = self.code.loop_();
        self.begin_pass(&reset);
        self.nullable(condition);
        self.code.op().i32_eqz();
        self.code.branch_if(done);
        let next = self.code.block();
        self.loops.push(LoopLabels { done, next, cleanups: self.cleanups.len() });
        self.nodes(body);
        self.loops.pop();
        self.code.end();
        self.end_pass(&reset);
        if let Some(index) = index {
            let value = self.slot(index).value;
            self.code.op().local_get(value).i64_const(1).i64_add().local_set(value);
        }
        self.code.branch(again);
        self.code.end();
        self.code.end();
        self.end_reset(reset);
    }

    fn instruct(&mut self, kind: &str, name: &str, arguments: &[(String, Expr)]) {
        let area = self.area(arguments.len() as u32 * ARGUMENT_BYTES);
        for (index, (name, value)) in arguments.iter().enumerate() {
            let offset = index as u32 * ARGUMENT_BYTES;
            let address = self.texts.address(name);
            self.code.op().local_get(area).i32_const((address + super::layout::TEXT_HEADER) as i32);
            self.code.op().i32_store(at(offset)).local_get(area).i32_const(name.len() as i32);
            self.code.op().i32_store(at(offset + 4));
            self.store(area, offset + 8, value);
        }
        let kind = self.text(&text_literal(kind));
        let name = self.text(&text_literal(name));
        self.push_text(kind);
        self.push_text(name);
        self.code.op().local_get(area).i32_const(arguments.len() as i32);
        self.code.host(Import::Instruct);
        for temporary in [area, kind, name] {
            self.code.release(temporary);
        }
    }
}

fn text_literal(text: &str) -> Expr {
    Expr::new(ExprKind::Text(text.to_owned()), Type::Text)
}

/// The case of the variant `target`.
fn target_case(kind: Type) -> i32 {
    i32::from(matches!(kind, Type::List(_)))
}
