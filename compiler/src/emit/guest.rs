//! Functions that every guest may have: memory, texts, and host calls with their results unpacked.
//!
//! They are written once here, and only those that a model uses end up in its component. A helper that may fail answers an
//! error flag as its last result; the error itself is pending in the host.

use wasm_encoder::{
    BlockType,
    ValType::{self, I32, I64},
};

use super::{
    code::{Body, Code, at},
    imports::Import,
    layout::{EMPTY_TEXT, RETURN_AREA, RETURN_VALUE, Reason, TEXT_HEADER, VALUE_PAYLOAD, global},
};

macro_rules! helpers {
    ($( $(#[doc = $doc:literal])+ $variant:ident ($($parameter:ident),*) -> ($($result:ident),*) = $body:path; )*) => {
        /// A function that every guest may have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(super) enum Helper {
            $( $(#[doc = $doc])+ $variant, )*
            /// Runs an event handler: depth, microflow, object -> answer. Written by `handler.rs`, for it depends on the model.
            RunHandler,
        }

        impl Helper {
            /// Its parameters.
            pub(super) fn parameters(self) -> &'static [ValType] {
                match self {
                    $( Self::$variant => &[$($parameter),*], )*
                    Self::RunHandler => &[I32, I32, I32],
                }
            }

            /// Its results.
            pub(super) fn results(self) -> &'static [ValType] {
                match self {
                    $( Self::$variant => &[$($result),*], )*
                    Self::RunHandler => &[I32, I32],
                }
            }

            /// Its body; none for one that depends on the model.
            pub(super) fn body(self) -> Option<Body> {
                let mut code = Code::new(self.parameters().len());
                match self {
                    $( Self::$variant => $body(&mut code), )*
                    Self::RunHandler => return None,
                }
                Some(code.finish())
            }
        }
    };
}

helpers! {
    /// Room for so many bytes, at a multiple of 8.
    Allocate(I32) -> (I32) = allocate;
    /// Makes the memory reach an address, or ends the request.
    Grow(I32) -> () = grow;
    /// The canonical ABI's allocation: old address, old size, alignment, new size. Puts a text's header in front.
    Realloc(I32, I32, I32, I32) -> (I32) = realloc;
    /// The text whose bytes [`Helper::Realloc`] has made room for: address and length.
    TextFrom(I32, I32) -> (I32) = text_from;
    /// Two texts, one after the other; no text counts as the empty one.
    Concat(I32, I32) -> (I32) = concat;
    /// A text copied to the end of what is allocated, as it will stand when everything from there on is moved down: text, where
    /// it is moved to, where it is moved from. A text from before is left where it is.
    Survive(I32, I32, I32) -> (I32) = survive;
    /// Whether two texts are equal; no text equals only no text.
    TextEqual(I32, I32) -> (I32) = text_equal;
    /// The order of two texts by UTF-16 code units: -1, 0 or 1.
    TextOrder(I32, I32) -> (I32) = text_order;
    /// The number of UTF-16 code units of a text.
    TextLength(I32) -> (I64) = text_length;
    /// A number in decimal notation.
    IntegerToText(I64) -> (I32) = integer_to_text;
    /// Raises an error: reason, text.
    Fail(I32, I32) -> () = fail;
    /// An attribute: object, slot.
    GetBoolean(I32, I32) -> (I32, I32) = get_boolean;
    /// An attribute: object, slot -> value, whether there is one.
    GetInteger(I32, I32) -> (I64, I32, I32) = get_integer;
    /// An attribute: object, slot -> value, whether there is one.
    GetDateTime(I32, I32) -> (I64, I32, I32) = get_date_time;
    /// An attribute: object, slot.
    GetText(I32, I32) -> (I32, I32) = get_text;
    /// The object at the other end: object, association, reversed.
    FollowOne(I32, I32, I32) -> (I32, I32) = follow_one;
    /// The objects at the other end: object, association, reversed.
    FollowMany(I32, I32, I32) -> (I32, I32) = follow_many;
    /// How, and two decimals.
    DecimalArithmetic(I32, I32, I32) -> (I32, I32) = decimal_arithmetic;
    /// The order of two decimals: -1, 0 or 1.
    DecimalOrder(I32, I32) -> (I32) = decimal_order;
    /// The value in the return area.
    ValueBoolean() -> (I32) = value_boolean;
    /// The value in the return area, and whether there is one.
    ValueWide() -> (I64, I32) = value_wide;
    /// The value in the return area.
    ValueText() -> (I32) = value_text;
    /// The value in the return area, as a decimal: the host may answer a whole number where it does not know the type.
    ValueDecimal() -> (I32) = value_decimal;
    /// The value in the return area.
    ValueHandle() -> (I32) = value_handle;
    /// Writes a text as a value: address, case, text.
    StoreText(I32, I32, I32) -> () = store_text;
    /// Writes a handle as a value: address, case, handle.
    StoreHandle(I32, I32, I32) -> () = store_handle;
    /// Writes a number as a value: address, case, number, whether there is one.
    StoreWide(I32, I32, I64, I32) -> () = store_wide;
    /// Commits: depth, target's case, handle, events.
    Commit(I32, I32, I32, I32) -> (I32) = commit;
    /// Deletes: depth, target's case, handle.
    Delete(I32, I32, I32) -> (I32) = delete;
    /// Rolls back: depth, target's case, handle.
    Rollback(I32, I32, I32) -> (I32) = rollback;
    /// Runs event handlers as long as the host has some: depth.
    Drive(I32) -> (I32) = drive;
}

fn allocate(code: &mut Code) {
    let (size, end) = (0, code.local(I32));
    code.op().global_get(global::BUMP).local_get(size).i32_const(7).i32_add().i32_const(-8).i32_and().i32_add();
    code.op().local_tee(end).global_get(global::HEAP_END).i32_gt_u();
    code.if_();
    code.op().local_get(end);
    code.help(Helper::Grow);
    code.end();
    code.op().global_get(global::BUMP).local_get(end).global_set(global::BUMP);
}

fn grow(code: &mut Code) {
    const PAGE_BITS: i32 = 16;
    /// Growing costs a call, so that it is done in steps of a mebibyte as long as the limit allows.
    const STEP_PAGES: i32 = 16;
    let (end, pages) = (0, code.local(I32));
    code.op().local_get(end).global_get(global::HEAP_END).i32_sub().i32_const((1 << PAGE_BITS) - 1).i32_add();
    code.op().i32_const(PAGE_BITS).i32_shr_u().local_set(pages);
    code.op().local_get(pages).i32_const(STEP_PAGES).i32_add().memory_grow(0).i32_const(-1).i32_eq();
    code.if_();
    code.op().local_get(pages).memory_grow(0).i32_const(-1).i32_eq();
    code.if_();
    code.op().i32_const(1);
    code.host(Import::LimitExceeded);
    code.op().unreachable();
    code.end();
    code.end();
    code.op().memory_size(0).i32_const(PAGE_BITS).i32_shl().global_set(global::HEAP_END);
}

fn realloc(code: &mut Code) {
    let (old, old_size, new_size) = (0, 1, 3);
    let new = code.local(I32);
    code.op().local_get(new_size).i32_const(8).i32_add();
    code.help(Helper::Allocate);
    code.op().i32_const(8).i32_add().local_tee(new).i32_const(TEXT_HEADER as i32).i32_sub();
    code.op().local_get(new_size).i32_store(at(0));
    code.op().local_get(old);
    code.if_();
    code.op().local_get(new).local_get(old).local_get(old_size).memory_copy(0, 0);
    code.end();
    code.op().local_get(new);
}

fn text_from(code: &mut Code) {
    let (address, length) = (0, 1);
    code.op().local_get(address).i32_const(TEXT_HEADER as i32).i32_sub().i32_const(EMPTY_TEXT as i32);
    code.op().local_get(length).select();
}

fn concat(code: &mut Code) {
    let (left, right) = (0, 1);
    let (left_length, right_length, text) = (code.local(I32), code.local(I32), code.local(I32));
    code.op().local_get(left).i32_load(at(0)).local_tee(left_length).i32_eqz();
    code.if_();
    code.op().local_get(right).i32_const(EMPTY_TEXT as i32).local_get(right).select().return_();
    code.end();
    code.op().local_get(right).i32_load(at(0)).local_tee(right_length).i32_eqz();
    code.if_();
    code.op().local_get(left).return_();
    code.end();
    code.op().local_get(left_length).local_get(right_length).i32_add().i32_const(TEXT_HEADER as i32).i32_add();
    code.help(Helper::Allocate);
    code.op().local_tee(text).local_get(left_length).local_get(right_length).i32_add().i32_store(at(0));
    code.op().local_get(text).i32_const(TEXT_HEADER as i32).i32_add();
    code.op().local_get(left).i32_const(TEXT_HEADER as i32).i32_add().local_get(left_length).memory_copy(0, 0);
    code.op().local_get(text).i32_const(TEXT_HEADER as i32).i32_add().local_get(left_length).i32_add();
    code.op().local_get(right).i32_const(TEXT_HEADER as i32).i32_add().local_get(right_length).memory_copy(0, 0);
    code.op().local_get(text);
}

fn survive(code: &mut Code) {
    let (text, to, from) = (0, 1, 2);
    let (copy, bytes) = (code.local(I32), code.local(I32));
    code.op().local_get(text).local_get(to).i32_lt_u();
    code.if_();
    code.op().local_get(text).return_();
    code.end();
    code.op().local_get(text).i32_load(at(0)).i32_const(TEXT_HEADER as i32).i32_add().local_tee(bytes);
    code.help(Helper::Allocate);
    code.op().local_tee(copy).local_get(text).local_get(bytes).memory_copy(0, 0);
    code.op().local_get(copy).local_get(from).i32_sub().local_get(to).i32_add();
}

fn text_equal(code: &mut Code) {
    let (left, right) = (0, 1);
    let (left_over, index) = (code.local(I32), code.local(I32));
    code.op().local_get(left).local_get(right).i32_eq();
    code.if_();
    code.op().i32_const(1).return_();
    code.end();
    // One of them is no text, or their lengths differ.
    code.op().local_get(left).i32_eqz().local_get(right).i32_eqz().i32_or();
    code.op().local_get(left).i32_load(at(0)).local_tee(left_over).local_get(right).i32_load(at(0)).i32_ne().i32_or();
    code.if_();
    code.op().i32_const(0).return_();
    code.end();
    // Eight bytes at a time, then one.
    for (step, wide) in [(8, true), (1, false)] {
        let done = code.block();
        let next = code.loop_();
        code.op().local_get(left_over).i32_const(step).i32_lt_u();
        code.branch_if(done);
        if wide {
            code.op().local_get(left).local_get(index).i32_add().i64_load(at(TEXT_HEADER));
            code.op().local_get(right).local_get(index).i32_add().i64_load(at(TEXT_HEADER)).i64_ne();
        } else {
            code.op().local_get(left).local_get(index).i32_add().i32_load8_u(at(TEXT_HEADER));
            code.op().local_get(right).local_get(index).i32_add().i32_load8_u(at(TEXT_HEADER)).i32_ne();
        }
        code.if_();
        code.op().i32_const(0).return_();
        code.end();
        code.op().local_get(index).i32_const(step).i32_add().local_set(index);
        code.op().local_get(left_over).i32_const(step).i32_sub().local_set(left_over);
        code.branch(next);
        code.end();
        code.end();
    }
    code.op().i32_const(1);
}

/// The order of UTF-8 bytes is that of code points. It differs from that of UTF-16 code units in one case only: surrogates
/// (lead bytes F0 and up) come before U+E000 to U+FFFF (lead bytes EE and EF).
fn text_order(code: &mut Code) {
    let (left, right) = (0, 1);
    let [left_length, right_length, index, a, b] = std::array::from_fn(|_| code.local(I32));
    code.op().local_get(left).i32_load(at(0)).local_set(left_length);
    code.op().local_get(right).i32_load(at(0)).local_set(right_length);
    let ended = code.block();
    let next = code.loop_();
    code.op().local_get(index).local_get(left_length).i32_ge_u();
    code.op().local_get(index).local_get(right_length).i32_ge_u().i32_or();
    code.branch_if(ended);
    code.op().local_get(left).local_get(index).i32_add().i32_load8_u(at(TEXT_HEADER)).local_tee(a);
    code.op().local_get(right).local_get(index).i32_add().i32_load8_u(at(TEXT_HEADER)).local_tee(b).i32_ne();
    code.if_();
    for byte in [a, b] {
        // EE and EF sort after all others.
        code.op().local_get(byte).i32_const(0xfe).i32_and().i32_const(0xee).i32_eq();
        code.if_();
        code.op().local_get(byte).i32_const(0x100).i32_add().local_set(byte);
        code.end();
    }
    code.op().i32_const(1).i32_const(-1).local_get(a).local_get(b).i32_gt_u().select().return_();
    code.end();
    code.op().local_get(index).i32_const(1).i32_add().local_set(index);
    code.branch(next);
    code.end();
    code.end();
    code.op().local_get(left_length).local_get(right_length).i32_gt_u();
    code.op().local_get(left_length).local_get(right_length).i32_lt_u().i32_sub();
}

/// Every byte but a continuation (10xxxxxx) begins a code point; lead bytes F0 and up begin one of two code units.
fn text_length(code: &mut Code) {
    let text = 0;
    let [left_over, address, byte] = std::array::from_fn(|_| code.local(I32));
    let count = code.local(I64);
    code.op().local_get(text).i32_load(at(0)).local_set(left_over);
    code.op().local_get(text).local_set(address);
    let done = code.block();
    let next = code.loop_();
    code.op().local_get(left_over).i32_eqz();
    code.branch_if(done);
    code.op().local_get(address).i32_load8_u(at(TEXT_HEADER)).local_set(byte);
    code.op().local_get(count).local_get(byte).i32_const(0xc0).i32_and().i32_const(0x80).i32_ne();
    code.op().local_get(byte).i32_const(0xf0).i32_ge_u().i32_add().i64_extend_i32_u().i64_add().local_set(count);
    code.op().local_get(address).i32_const(1).i32_add().local_set(address);
    code.op().local_get(left_over).i32_const(1).i32_sub().local_set(left_over);
    code.branch(next);
    code.end();
    code.end();
    code.op().local_get(count);
}

fn integer_to_text(code: &mut Code) {
    let number = 0;
    let (negative, length, text, address) = (code.local(I32), code.local(I32), code.local(I32), code.local(I32));
    let rest = code.local(I64);
    code.op().local_get(number).i64_const(0).i64_lt_s().local_tee(negative);
    code.if_();
    // The magnitude of the least number is right when it is taken as unsigned.
    code.op().i64_const(0).local_get(number).i64_sub().local_set(number);
    code.end();
    code.op().local_get(negative).local_set(length);
    code.op().local_get(number).local_set(rest);
    let count = code.loop_();
    code.op().local_get(length).i32_const(1).i32_add().local_set(length);
    code.op().local_get(rest).i64_const(10).i64_div_u().local_tee(rest).i64_eqz().i32_eqz();
    code.branch_if(count);
    code.end();
    code.op().local_get(length).i32_const(TEXT_HEADER as i32).i32_add();
    code.help(Helper::Allocate);
    code.op().local_tee(text).local_get(length).i32_store(at(0));
    code.op().local_get(negative);
    code.if_();
    code.op().local_get(text).i32_const(i32::from(b'-')).i32_store8(at(TEXT_HEADER));
    code.end();
    code.op().local_get(text).local_get(length).i32_add().local_set(address);
    let digit = code.loop_();
    code.op().local_get(address).local_get(number).i64_const(10).i64_rem_u().i32_wrap_i64();
    code.op().i32_const(i32::from(b'0')).i32_add().i32_store8(at(TEXT_HEADER - 1));
    code.op().local_get(address).i32_const(1).i32_sub().local_set(address);
    code.op().local_get(number).i64_const(10).i64_div_u().local_tee(number).i64_eqz().i32_eqz();
    code.branch_if(digit);
    code.end();
    code.op().local_get(text);
}

fn fail(code: &mut Code) {
    let (reason, text) = (0, 1);
    code.op().local_get(reason).local_get(text).i32_const(TEXT_HEADER as i32).i32_add().local_get(text).i32_load(at(0));
    code.host(Import::Raise);
}

/// Raises the error of an object that is empty, and returns with results that mean nothing.
fn refuse_empty_object(code: &mut Code, results: &[ValType]) {
    code.op().local_get(0).i32_eqz();
    code.if_();
    code.op().i32_const(Reason::EmptyObject as i32).i32_const(EMPTY_TEXT as i32);
    code.help(Helper::Fail);
    push_failure(code, results);
    code.op().return_();
    code.end();
}

/// Zeros for all results, and the error flag.
fn push_failure(code: &mut Code, results: &[ValType]) {
    for kind in results {
        match kind {
            I64 => code.op().i64_const(0),
            _ => code.op().i32_const(0),
        };
    }
    code.op().i32_const(1);
}

/// Leaves the case of the `result` in the return area on the stack: 0 for success, 1 for an error.
fn push_case(code: &mut Code) {
    code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(0));
}

fn call_getter(code: &mut Code, import: Import) {
    code.op().local_get(0).local_get(1).i32_const(RETURN_AREA as i32);
    code.host(import);
}

fn get_boolean(code: &mut Code) {
    refuse_empty_object(code, &[I32]);
    call_getter(code, Import::GetBoolean);
    code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(1));
    push_case(code);
}

fn get_integer(code: &mut Code) {
    get_wide(code, Import::GetInteger);
}

fn get_date_time(code: &mut Code) {
    get_wide(code, Import::GetDateTime);
}

fn get_wide(code: &mut Code, import: Import) {
    refuse_empty_object(code, &[I64, I32]);
    call_getter(code, import);
    code.op().i32_const(RETURN_AREA as i32).i64_load(at(16));
    code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(8));
    push_case(code);
}

fn get_text(code: &mut Code) {
    refuse_empty_object(code, &[I32]);
    call_getter(code, Import::GetText);
    push_case(code);
    code.if_();
    push_failure(code, &[I32]);
    code.op().return_();
    code.end();
    code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(4));
    code.if_typed(BlockType::Result(I32));
    code.op().i32_const(RETURN_AREA as i32).i32_load(at(8)).i32_const(RETURN_AREA as i32).i32_load(at(12));
    code.help(Helper::TextFrom);
    code.else_();
    code.op().i32_const(0);
    code.end();
    code.op().i32_const(0);
}

fn follow_one(code: &mut Code) {
    follow(code, Import::Follow);
}

fn follow_many(code: &mut Code) {
    follow(code, Import::FollowAll);
}

fn follow(code: &mut Code, import: Import) {
    refuse_empty_object(code, &[I32]);
    code.op().local_get(0).local_get(1).local_get(2).i32_const(RETURN_AREA as i32);
    code.host(import);
    code.op().i32_const(RETURN_AREA as i32).i32_load(at(4));
    push_case(code);
}

fn push_text(code: &mut Code, text: u32) {
    code.op().local_get(text).i32_const(TEXT_HEADER as i32).i32_add().local_get(text).i32_load(at(0));
}

fn decimal_arithmetic(code: &mut Code) {
    let (how, left, right) = (0, 1, 2);
    code.op().local_get(how);
    push_text(code, left);
    push_text(code, right);
    code.op().i32_const(RETURN_AREA as i32);
    code.host(Import::DecimalArithmetic);
    push_case(code);
    code.if_();
    push_failure(code, &[I32]);
    code.op().return_();
    code.end();
    code.op().i32_const(RETURN_AREA as i32).i32_load(at(4)).i32_const(RETURN_AREA as i32).i32_load(at(8));
    code.help(Helper::TextFrom);
    code.op().i32_const(0);
}

fn decimal_order(code: &mut Code) {
    push_text(code, 0);
    push_text(code, 1);
    code.host(Import::DecimalCompare);
}

fn value_boolean(code: &mut Code) {
    // What is no Boolean is not true.
    code.op().i32_const(RETURN_VALUE as i32).i32_load8_u(at(0)).i32_const(super::layout::case::BOOLEAN).i32_eq();
    code.op().i32_const(RETURN_VALUE as i32).i32_load8_u(at(VALUE_PAYLOAD)).i32_and();
}

fn value_wide(code: &mut Code) {
    code.op().i32_const(RETURN_VALUE as i32).i64_load(at(VALUE_PAYLOAD));
    code.op().i32_const(RETURN_VALUE as i32).i32_load8_u(at(0)).i32_const(0).i32_ne();
}

fn value_text(code: &mut Code) {
    code.op().i32_const(RETURN_VALUE as i32).i32_load8_u(at(0));
    code.if_typed(BlockType::Result(I32));
    code.op().i32_const(RETURN_VALUE as i32).i32_load(at(VALUE_PAYLOAD));
    code.op().i32_const(RETURN_VALUE as i32).i32_load(at(VALUE_PAYLOAD + 4));
    code.help(Helper::TextFrom);
    code.else_();
    code.op().i32_const(0);
    code.end();
}

fn value_decimal(code: &mut Code) {
    code.op().i32_const(RETURN_VALUE as i32).i32_load8_u(at(0)).i32_const(super::layout::case::INTEGER).i32_eq();
    code.if_typed(BlockType::Result(I32));
    code.op().i32_const(RETURN_VALUE as i32).i64_load(at(VALUE_PAYLOAD));
    code.help(Helper::IntegerToText);
    code.else_();
    code.help(Helper::ValueText);
    code.end();
}

fn value_handle(code: &mut Code) {
    code.op().i32_const(RETURN_VALUE as i32).i32_load(at(VALUE_PAYLOAD)).i32_const(0);
    code.op().i32_const(RETURN_VALUE as i32).i32_load8_u(at(0)).select();
}

/// Writes a case, or that of `empty` when the third parameter is 0.
fn store_case(code: &mut Code, present: u32) {
    let (address, case) = (0, 1);
    code.op().local_get(address).local_get(case).i32_const(0).local_get(present).select().i32_store8(at(0));
}

fn store_text(code: &mut Code) {
    let (address, text) = (0, 2);
    store_case(code, text);
    code.op().local_get(address).local_get(text).i32_const(TEXT_HEADER as i32).i32_add().i32_store(at(VALUE_PAYLOAD));
    code.op().local_get(address).local_get(text).i32_load(at(0)).i32_store(at(VALUE_PAYLOAD + 4));
}

fn store_handle(code: &mut Code) {
    let (address, handle) = (0, 2);
    store_case(code, handle);
    code.op().local_get(address).local_get(handle).i32_store(at(VALUE_PAYLOAD));
}

fn store_wide(code: &mut Code) {
    let (address, number, present) = (0, 2, 3);
    store_case(code, present);
    code.op().local_get(address).local_get(number).i64_store(at(VALUE_PAYLOAD));
}

fn commit(code: &mut Code) {
    code.op().local_get(1).local_get(2).local_get(3).i32_const(RETURN_AREA as i32);
    operate(code, Import::Commit);
}

fn delete(code: &mut Code) {
    code.op().local_get(1).local_get(2).i32_const(RETURN_AREA as i32);
    operate(code, Import::Delete);
}

fn rollback(code: &mut Code) {
    code.op().local_get(1).local_get(2).i32_const(RETURN_AREA as i32);
    operate(code, Import::Rollback);
}

/// Begins an operation, and runs its event handlers when the host says that there are some.
fn operate(code: &mut Code, import: Import) {
    let depth = 0;
    code.host(import);
    push_case(code);
    code.if_();
    code.op().i32_const(1).return_();
    code.end();
    code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(1));
    code.if_typed(BlockType::Result(I32));
    code.op().local_get(depth);
    code.help(Helper::Drive);
    code.else_();
    code.op().i32_const(0);
    code.end();
}

fn drive(code: &mut Code) {
    let (depth, answer) = (0, code.local(I32));
    let next = code.loop_();
    code.op().i32_const(RETURN_AREA as i32);
    code.host(Import::NextHandler);
    code.op().local_get(depth);
    code.op().i32_const(RETURN_AREA as i32).i32_load(at(0)).i32_const(RETURN_AREA as i32).i32_load(at(4));
    code.help(Helper::RunHandler);
    let failed = code.local(I32);
    code.op().local_set(failed).local_set(answer).local_get(failed);
    code.if_();
    code.host(Import::HandlerFailed);
    code.op().i32_const(1).return_();
    code.end();
    code.op().local_get(answer).i32_const(RETURN_AREA as i32);
    code.host(Import::HandlerReturned);
    push_case(code);
    code.if_();
    code.op().i32_const(1).return_();
    code.end();
    code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(1));
    code.branch_if(next);
    code.end();
    code.op().i32_const(0);
}
