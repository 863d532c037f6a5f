//! Expressions as Wasm.
//!
//! A value on Wasm's stack has the shape of its type: a Boolean is an `i32`; an Integer or a DateTime is an `i64`, followed,
//! where it may be empty, by an `i32` that says whether there is one; a text, a decimal (in canonical notation) or an
//! enumeration's key is the address of a text, 0 when empty; an object or a list is a handle, 0 when empty.

use brooklet_model::{Type, functions::Function};
use wasm_encoder::{
    BlockType,
    ValType::{I32, I64},
};

use crate::check::ir::{Combination, Expr, ExprKind, LocalId, Operator, Ordering};

use super::{
    code::at,
    flow::FlowWriter,
    guest::Helper,
    imports::Import,
    layout::{EMPTY_TEXT, RETURN_AREA, Reason, TEXT_HEADER, VALUE_BYTES, VALUE_PAYLOAD, case},
};

/// What is said when an operand is empty.
const EMPTY_OPERAND: &str = "Left and right hand side of binary expression should not be empty";

/// Whether values of the type are an `i64` and a flag.
pub(super) fn is_wide(kind: Type) -> bool {
    matches!(kind, Type::Integer | Type::DateTime)
}

/// Whether values of the type are addresses of texts.
pub(super) fn is_text(kind: Type) -> bool {
    matches!(kind, Type::Text | Type::Decimal | Type::Enumeration(_))
}

/// The case of the variant `value` for values of the type.
pub(super) fn value_case(kind: Type) -> i32 {
    match kind {
        Type::Boolean => case::BOOLEAN,
        Type::Integer => case::INTEGER,
        Type::Decimal => case::DECIMAL,
        Type::DateTime => case::DATE_TIME,
        Type::Enumeration(_) => case::ENUMERATION,
        Type::Object(_) => case::OBJECT,
        Type::List(_) => case::OBJECTS,
        Type::Text | Type::Binary | Type::Nothing => case::TEXT,
    }
}

impl FlowWriter<'_> {
    /// A value that may be empty.
    pub(super) fn nullable(&mut self, expr: &Expr) {
        if is_wide(expr.ty) {
            if self.can_be_empty(expr) {
                self.wide(expr);
            } else {
                self.payload(expr);
                self.code.op().i32_const(1);
            }
        } else {
            self.narrow(expr);
        }
    }

    /// A value that must not be empty: an error when it is.
    pub(super) fn required(&mut self, expr: &Expr) {
        if !self.can_be_empty(expr) {
            return if is_wide(expr.ty) { self.payload(expr) } else { self.narrow(expr) };
        }
        if is_wide(expr.ty) {
            self.wide(expr);
            self.code.op().i32_eqz();
            self.fail_if(Reason::EmptyOperand, EMPTY_OPERAND);
        } else {
            self.narrow(expr);
            let value = self.code.temporary(I32);
            self.code.op().local_tee(value).i32_eqz();
            self.fail_if(Reason::EmptyOperand, EMPTY_OPERAND);
            self.code.op().local_get(value);
            self.code.release(value);
        }
    }

    pub(super) fn can_be_empty(&self, expr: &Expr) -> bool {
        expr.can_be_empty(&self.flow.locals)
    }

    /// Raises an error when the number on the stack is not zero.
    pub(super) fn fail_if(&mut self, reason: Reason, message: &str) {
        self.code.if_();
        self.fail(reason, message);
        self.code.end();
    }

    /// Raises an error.
    pub(super) fn fail(&mut self, reason: Reason, message: &str) {
        let message = self.texts.address(message);
        self.code.op().i32_const(reason as i32).i32_const(message as i32);
        self.code.help(Helper::Fail);
        self.code.branch(self.error);
    }

    /// Goes to the error handling when the flag on the stack is set.
    pub(super) fn check(&mut self) {
        self.code.branch_if(self.error);
    }

    /// Goes there when the `result` in the return area is an error.
    pub(super) fn check_case(&mut self) {
        self.code.op().i32_const(RETURN_AREA as i32).i32_load8_u(at(0));
        self.check();
    }

    /// The address of a text of the model.
    pub(super) fn literal(&mut self, text: &str) {
        let address = self.texts.address(text);
        self.code.op().i32_const(address as i32);
    }

    /// A text's first byte and its length, from its address in a local.
    pub(super) fn push_text(&mut self, text: u32) {
        self.code.op().local_get(text).i32_const(TEXT_HEADER as i32).i32_add();
        self.code.op().local_get(text).i32_load(at(0));
    }

    /// The number of microflow calls below one more.
    pub(super) fn push_depth(&mut self) {
        self.code.op().local_get(0).i32_const(1).i32_add();
    }

    /// An Integer or DateTime and whether there is one.
    fn wide(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Empty => {
                self.code.op().i64_const(0).i32_const(0);
            }
            ExprKind::Local(local) => self.push_local(*local),
            ExprKind::Attribute { object, attribute, tolerant } => {
                let getter = if expr.ty == Type::Integer { Helper::GetInteger } else { Helper::GetDateTime };
                self.wide_of_object(object, *tolerant, |writer| {
                    let slot = writer.slot_of(*attribute);
                    writer.code.op().i32_const(slot);
                    writer.code.help(getter);
                });
            }
            ExprKind::Calculated { object, microflow, tolerant } => {
                let callee = microflow.0;
                self.wide_of_object(object, *tolerant, |writer| {
                    // The depth comes first, and the object is on the stack already.
                    let handle = writer.code.temporary(I32);
                    writer.code.op().local_set(handle);
                    writer.push_depth();
                    writer.code.op().local_get(handle);
                    writer.code.release(handle);
                    writer.call(callee);
                });
            }
            ExprKind::If(condition, then, otherwise) => {
                let (value, flag) = (self.code.temporary(I64), self.code.temporary(I32));
                self.nullable(condition);
                self.code.if_();
                self.nullable(then);
                self.code.op().local_set(flag).local_set(value);
                self.code.else_();
                self.nullable(otherwise);
                self.code.op().local_set(flag).local_set(value);
                self.code.end();
                self.code.op().local_get(value).local_get(flag);
                self.code.release(value);
                self.code.release(flag);
            }
            ExprKind::Function(function, arguments) => {
                self.evaluate(*function, arguments);
                self.code.help(Helper::ValueWide);
            }
            ExprKind::Constant(constant) => {
                self.constant(constant.0);
                self.code.help(Helper::ValueWide);
            }
            other => unreachable!("{other:?} is never an empty number"),
        }
    }

    fn wide_of_object(&mut self, object: &Expr, tolerant: bool, read: impl FnOnce(&mut Self)) {
        self.nullable(object);
        if !tolerant {
            read(self);
            return self.check();
        }
        let (handle, value, flag) = (self.code.temporary(I32), self.code.temporary(I64), self.code.temporary(I32));
        self.code.op().i64_const(0).local_set(value).i32_const(0).local_set(flag).local_tee(handle);
        self.code.if_();
        self.code.op().local_get(handle);
        read(self);
        self.check();
        self.code.op().local_set(flag).local_set(value);
        self.code.end();
        self.code.op().local_get(value).local_get(flag);
        for temporary in [handle, value, flag] {
            self.code.release(temporary);
        }
    }

    /// An Integer or DateTime that cannot be empty.
    fn payload(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Integer(number) => {
                self.code.op().i64_const(*number);
            }
            ExprKind::Local(local) => {
                let value = self.slot(*local).value;
                self.code.op().local_get(value);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.nullable(condition);
                self.code.if_typed(BlockType::Result(I64));
                self.payload(then);
                self.code.else_();
                self.payload(otherwise);
                self.code.end();
            }
            ExprKind::Negate(inner) => {
                self.required(inner);
                let value = self.code.temporary(I64);
                self.code.op().local_tee(value).i64_const(i64::MIN).i64_eq();
                self.fail_overflow();
                self.code.op().i64_const(0).local_get(value).i64_sub();
                self.code.release(value);
            }
            ExprKind::Arithmetic(operator, left, right) => self.integer_arithmetic(*operator, left, right),
            ExprKind::TextLength(text) => {
                self.nullable(text);
                self.code.help(Helper::TextLength);
            }
            ExprKind::ListLength(list) => {
                self.nullable(list);
                self.code.host(Import::ListLength);
                self.code.op().i64_extend_i32_u();
            }
            other => unreachable!("{other:?} is no number"),
        }
    }

    fn fail_overflow(&mut self) {
        self.fail_if(Reason::IntegerOverflow, "The result does not fit into 64 bits");
    }

    fn integer_arithmetic(&mut self, operator: Operator, left: &Expr, right: &Expr) {
        let [a, b, result] = std::array::from_fn(|_| self.code.temporary(I64));
        self.required(left);
        if let (ExprKind::Integer(constant), Operator::Add | Operator::Subtract) = (&right.kind, operator) {
            // One comparison finds the overflow when the sign of an operand is known.
            self.code.op().local_tee(a).i64_const(*constant);
            match operator {
                Operator::Add => self.code.op().i64_add(),
                _ => self.code.op().i64_sub(),
            };
            self.code.op().local_tee(result).local_get(a);
            if (operator == Operator::Add) == (*constant >= 0) {
                self.code.op().i64_lt_s();
            } else {
                self.code.op().i64_gt_s();
            }
            self.fail_overflow();
            self.code.op().local_get(result);
        } else {
            self.code.op().local_set(a);
            // The right side may use the same temporaries' kind, but not these: they are taken.
            self.required(right);
            self.code.op().local_set(b);
            match operator {
                Operator::Add => {
                    self.code.op().local_get(a).local_get(b).i64_add().local_tee(result);
                    self.code.op().local_get(a).i64_xor().local_get(result).local_get(b).i64_xor();
                    self.code.op().i64_and().i64_const(0).i64_lt_s();
                    self.fail_overflow();
                }
                Operator::Subtract => {
                    self.code.op().local_get(a).local_get(b).i64_sub().local_set(result);
                    self.code.op().local_get(a).local_get(b).i64_xor().local_get(a).local_get(result).i64_xor();
                    self.code.op().i64_and().i64_const(0).i64_lt_s();
                    self.fail_overflow();
                }
                Operator::Multiply => {
                    let high = self.code.temporary(I64);
                    self.code.op().local_get(a).local_get(b).i64_mul_wide_s().local_set(high).local_tee(result);
                    self.code.op().i64_const(63).i64_shr_s().local_get(high).i64_ne();
                    self.fail_overflow();
                    self.code.release(high);
                }
                Operator::Remainder => {
                    self.code.op().local_get(b).i64_eqz();
                    self.fail_if(Reason::DivisionByZero, "Division by zero");
                    self.code.op().local_get(a).local_get(b).i64_rem_s().local_set(result);
                }
                Operator::Divide => unreachable!("a division gives a Decimal"),
            }
            self.code.op().local_get(result);
        }
        for temporary in [a, b, result] {
            self.code.release(temporary);
        }
    }

    /// A value of one word: a Boolean, an address or a handle.
    fn narrow(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Empty => {
                self.code.op().i32_const(0);
            }
            ExprKind::Boolean(value) => {
                self.code.op().i32_const(i32::from(*value));
            }
            ExprKind::Text(text) => self.literal(text),
            ExprKind::Local(local) => self.push_local(*local),
            ExprKind::Attribute { object, attribute, tolerant } => {
                let getter = if expr.ty == Type::Boolean { Helper::GetBoolean } else { Helper::GetText };
                self.narrow_of_object(object, *tolerant, |writer, handle| {
                    let slot = writer.slot_of(*attribute);
                    writer.code.op().local_get(handle).i32_const(slot);
                    writer.code.help(getter);
                });
            }
            ExprKind::Calculated { object, microflow, tolerant } => {
                let callee = microflow.0;
                self.narrow_of_object(object, *tolerant, |writer, handle| {
                    writer.push_depth();
                    writer.code.op().local_get(handle);
                    writer.call(callee);
                });
            }
            ExprKind::Follow { object, association, reversed, tolerant } => {
                let follow = if matches!(expr.ty, Type::List(_)) { Helper::FollowMany } else { Helper::FollowOne };
                self.narrow_of_object(object, *tolerant, |writer, handle| {
                    writer.code.op().local_get(handle).i32_const(association.0 as i32);
                    writer.code.op().i32_const(i32::from(*reversed));
                    writer.code.help(follow);
                });
            }
            ExprKind::Cast(object, entity) => {
                let handle = self.code.temporary(I32);
                self.nullable(object);
                self.code.op().local_tee(handle).i32_const(0).local_get(handle).i32_const(entity.0 as i32);
                self.code.host(Import::IsA);
                self.code.op().select();
                self.code.release(handle);
            }
            ExprKind::Negate(inner) => {
                self.code.op().i32_const(1);
                self.literal("0");
                self.required(inner);
                self.code.help(Helper::DecimalArithmetic);
                self.check();
            }
            ExprKind::Not(inner) => {
                self.nullable(inner);
                self.code.op().i32_eqz();
            }
            ExprKind::And(left, right) => {
                self.nullable(left);
                self.code.if_typed(BlockType::Result(I32));
                self.nullable(right);
                self.code.else_();
                self.code.op().i32_const(0);
                self.code.end();
            }
            ExprKind::Or(left, right) => {
                self.nullable(left);
                self.code.if_typed(BlockType::Result(I32));
                self.code.op().i32_const(1);
                self.code.else_();
                self.nullable(right);
                self.code.end();
            }
            ExprKind::Arithmetic(operator, left, right) => {
                let how = match operator {
                    Operator::Add => 0,
                    Operator::Subtract => 1,
                    Operator::Multiply => 2,
                    Operator::Divide => 3,
                    Operator::Remainder => 4,
                };
                self.code.op().i32_const(how);
                self.required(left);
                self.required(right);
                self.code.help(Helper::DecimalArithmetic);
                self.check();
            }
            ExprKind::ToDecimal(inner) => self.number_text(inner, 0),
            ExprKind::ToText(inner) => self.text_of(inner),
            ExprKind::Concat(parts) => {
                // Empty texts are left out, but what is left is a text.
                match parts.as_slice() {
                    [] => self.literal(""),
                    [only] => self.text_of(only),
                    [first, others @ ..] => {
                        self.nullable(first);
                        for part in others {
                            self.nullable(part);
                            self.code.help(Helper::Concat);
                        }
                    }
                }
            }
            ExprKind::Equal(left, right) => self.equal(left, right),
            ExprKind::Order(how, left, right) => self.order(*how, left, right),
            ExprKind::IsEmpty(inner) => self.is_empty(inner),
            ExprKind::If(condition, then, otherwise) => {
                self.nullable(condition);
                self.code.if_typed(BlockType::Result(I32));
                self.nullable(then);
                self.code.else_();
                self.nullable(otherwise);
                self.code.end();
            }
            ExprKind::Function(function, arguments) => {
                self.evaluate(*function, arguments);
                self.unpack_narrow(expr.ty);
            }
            ExprKind::Constant(constant) => {
                self.constant(constant.0);
                self.unpack_narrow(expr.ty);
            }
            ExprKind::CurrentUser => self.code.host(Import::CurrentUser),
            ExprKind::CurrentSession => self.code.host(Import::CurrentSession),
            ExprKind::LatestError => self.code.host(Import::Latest),
            ExprKind::Caption(enumeration, key) => self.caption(enumeration.0, key),
            ExprKind::IsNew(object) => {
                self.required(object);
                self.code.host(Import::IsNew);
            }
            ExprKind::NewList => self.code.host(Import::ListCreate),
            ExprKind::ListHead(list) => {
                self.nullable(list);
                self.code.host(Import::ListHead);
            }
            ExprKind::ListTail(list) => {
                self.nullable(list);
                self.code.host(Import::ListTail);
            }
            ExprKind::ListRange(list, offset, amount) => {
                self.nullable(list);
                match offset {
                    Some(offset) => self.required(offset),
                    None => {
                        self.code.op().i64_const(0);
                    }
                }
                self.optional_number(amount.as_deref());
                self.code.host(Import::ListRange);
            }
            ExprKind::ListCombine(how, left, right) => {
                self.code.op().i32_const(match how {
                    Combination::Union => 0,
                    Combination::Intersect => 1,
                    Combination::Subtract => 2,
                });
                self.nullable(left);
                self.nullable(right);
                self.code.host(Import::ListCombine);
            }
            ExprKind::ListContains(list, element) => {
                self.nullable(list);
                self.nullable(element);
                let is_list = matches!(element.ty, Type::List(_));
                self.code.host(if is_list { Import::ListContainsAll } else { Import::ListContains });
            }
            ExprKind::ListEquals(left, right) => {
                self.nullable(left);
                self.nullable(right);
                self.code.host(Import::ListEquals);
            }
            ExprKind::Integer(_) | ExprKind::TextLength(_) | ExprKind::ListLength(_) => {
                unreachable!("a number is not a word")
            }
        }
    }

    fn narrow_of_object(&mut self, object: &Expr, tolerant: bool, read: impl FnOnce(&mut Self, u32)) {
        let handle = self.code.temporary(I32);
        self.nullable(object);
        self.code.op().local_tee(handle);
        if tolerant {
            self.code.if_typed(BlockType::Result(I32));
            read(self, handle);
            self.check();
            self.code.else_();
            self.code.op().i32_const(0);
            self.code.end();
        } else {
            self.code.op().drop();
            read(self, handle);
            self.check();
        }
        self.code.release(handle);
    }

    /// An Integer in decimal notation, or `otherwise` when it is empty.
    fn number_text(&mut self, number: &Expr, otherwise: u32) {
        if !self.can_be_empty(number) {
            self.required(number);
            return self.code.help(Helper::IntegerToText);
        }
        let value = self.code.temporary(I64);
        let flag = self.code.temporary(I32);
        self.nullable(number);
        self.code.op().local_set(flag).local_set(value).local_get(flag);
        self.code.if_typed(BlockType::Result(I32));
        self.code.op().local_get(value);
        self.code.help(Helper::IntegerToText);
        self.code.else_();
        self.code.op().i32_const(otherwise as i32);
        self.code.end();
        self.code.release(value);
        self.code.release(flag);
    }

    fn text_of(&mut self, inner: &Expr) {
        match inner.ty {
            Type::Boolean => {
                self.literal("true");
                self.literal("false");
                self.nullable(inner);
                self.code.op().select();
            }
            Type::Integer => self.number_text(inner, EMPTY_TEXT),
            Type::DateTime => {
                self.evaluate(Function::ToString, std::slice::from_ref(inner));
                self.code.help(Helper::ValueText);
            }
            _ if self.can_be_empty(inner) => {
                let text = self.code.temporary(I32);
                self.nullable(inner);
                self.code.op().local_tee(text).i32_const(EMPTY_TEXT as i32).local_get(text).select();
                self.code.release(text);
            }
            _ => self.nullable(inner),
        }
    }

    fn equal(&mut self, left: &Expr, right: &Expr) {
        if !is_wide(left.ty) {
            self.nullable(left);
            self.nullable(right);
            return match left.ty {
                Type::Boolean => {
                    self.code.op().i32_eq();
                }
                Type::Object(_) => self.code.host(Import::Same),
                Type::List(_) => self.code.host(Import::ListEquals),
                _ => self.code.help(Helper::TextEqual),
            };
        }
        if !self.can_be_empty(left) && !self.can_be_empty(right) {
            self.required(left);
            self.required(right);
            self.code.op().i64_eq();
            return;
        }
        let (a, has_a) = (self.code.temporary(I64), self.code.temporary(I32));
        let (b, has_b) = (self.code.temporary(I64), self.code.temporary(I32));
        self.nullable(left);
        self.code.op().local_set(has_a).local_set(a);
        self.nullable(right);
        self.code.op().local_set(has_b).local_set(b);
        self.code.op().local_get(has_a).local_get(has_b).i32_eq();
        self.code.op().local_get(has_a).i32_eqz().local_get(a).local_get(b).i64_eq().i32_or().i32_and();
        for temporary in [a, has_a, b, has_b] {
            self.code.release(temporary);
        }
    }

    fn order(&mut self, how: Ordering, left: &Expr, right: &Expr) {
        self.required(left);
        self.required(right);
        if is_wide(left.ty) {
            match how {
                Ordering::Less => self.code.op().i64_lt_s(),
                Ordering::LessOrEqual => self.code.op().i64_le_s(),
                Ordering::Greater => self.code.op().i64_gt_s(),
                Ordering::GreaterOrEqual => self.code.op().i64_ge_s(),
            };
            return;
        }
        self.code.help(if left.ty == Type::Decimal { Helper::DecimalOrder } else { Helper::TextOrder });
        self.code.op().i32_const(0);
        match how {
            Ordering::Less => self.code.op().i32_lt_s(),
            Ordering::LessOrEqual => self.code.op().i32_le_s(),
            Ordering::Greater => self.code.op().i32_gt_s(),
            Ordering::GreaterOrEqual => self.code.op().i32_ge_s(),
        };
    }

    fn is_empty(&mut self, inner: &Expr) {
        match inner.ty {
            Type::Boolean => {
                self.nullable(inner);
                self.code.op().drop().i32_const(0);
            }
            Type::List(_) => {
                self.nullable(inner);
                self.code.host(Import::ListLength);
                self.code.op().i32_eqz();
            }
            kind if is_wide(kind) => {
                let flag = self.code.temporary(I32);
                self.nullable(inner);
                self.code.op().local_set(flag).drop().local_get(flag).i32_eqz();
                self.code.release(flag);
            }
            _ => {
                self.nullable(inner);
                self.code.op().i32_eqz();
            }
        }
    }

    fn caption(&mut self, enumeration: u32, key: &Expr) {
        let text = self.code.temporary(I32);
        self.nullable(key);
        self.code.op().local_tee(text);
        self.code.if_typed(BlockType::Result(I32));
        self.code.op().i32_const(enumeration as i32);
        self.push_text(text);
        self.code.op().i32_const(RETURN_AREA as i32);
        self.code.host(Import::Caption);
        self.code.op().i32_const(RETURN_AREA as i32).i32_load(at(0));
        self.code.op().i32_const(RETURN_AREA as i32).i32_load(at(4));
        self.code.help(Helper::TextFrom);
        self.code.else_();
        self.code.op().i32_const(EMPTY_TEXT as i32);
        self.code.end();
        self.code.release(text);
    }

    fn constant(&mut self, number: u32) {
        self.code.op().i32_const(number as i32).i32_const(RETURN_AREA as i32);
        self.code.host(Import::Constant);
        self.check_case();
    }

    /// Calls a function of the library; its result is in the return area.
    fn evaluate(&mut self, function: Function, arguments: &[Expr]) {
        let area = self.values(arguments);
        self.code.op().i32_const(function.number() as i32).local_get(area).i32_const(arguments.len() as i32);
        self.code.op().i32_const(RETURN_AREA as i32);
        self.code.host(Import::Evaluate);
        self.check_case();
        self.code.release(area);
    }

    /// The value in the return area, as a Boolean, a text or a handle.
    pub(super) fn unpack_narrow(&mut self, kind: Type) {
        self.code.help(match kind {
            Type::Boolean => Helper::ValueBoolean,
            Type::Decimal => Helper::ValueDecimal,
            Type::Object(_) | Type::List(_) => Helper::ValueHandle,
            _ => Helper::ValueText,
        });
    }

    /// The value in the return area, in the shape of its type.
    pub(super) fn unpack(&mut self, kind: Type) {
        if is_wide(kind) { self.code.help(Helper::ValueWide) } else { self.unpack_narrow(kind) }
    }

    /// An `option<s64>`: whether there is a number, and the number.
    pub(super) fn optional_number(&mut self, number: Option<&Expr>) {
        match number {
            Some(number) => {
                let (value, flag) = (self.code.temporary(I64), self.code.temporary(I32));
                self.nullable(number);
                self.code.op().local_set(flag).local_set(value).local_get(flag).local_get(value);
                self.code.release(value);
                self.code.release(flag);
            }
            None => {
                self.code.op().i32_const(0).i64_const(0);
            }
        }
    }

    /// Values one after the other in memory; answers the temporary with their address.
    pub(super) fn values(&mut self, values: &[Expr]) -> u32 {
        let area = self.area(values.len() as u32 * VALUE_BYTES);
        for (index, value) in values.iter().enumerate() {
            self.store(area, index as u32 * VALUE_BYTES, value);
        }
        area
    }

    /// Room for so many bytes; answers the temporary with its address.
    pub(super) fn area(&mut self, bytes: u32) -> u32 {
        let area = self.code.temporary(I32);
        self.code.op().i32_const(bytes as i32);
        self.code.help(Helper::Allocate);
        self.code.op().local_set(area);
        area
    }

    /// Writes a value into an area.
    pub(super) fn store(&mut self, area: u32, offset: u32, value: &Expr) {
        if value.ty == Type::Boolean {
            self.code.op().local_get(area).i32_const(case::BOOLEAN).i32_store8(at(offset));
            self.code.op().local_get(area);
            self.nullable(value);
            // The whole payload: where a value is passed flat, it is read as one number.
            self.code.op().i64_extend_i32_u().i64_store(at(offset + VALUE_PAYLOAD));
            return;
        }
        self.code.op().local_get(area).i32_const(offset as i32).i32_add().i32_const(value_case(value.ty));
        self.nullable(value);
        self.code.help(if is_wide(value.ty) {
            Helper::StoreWide
        } else if is_text(value.ty) {
            Helper::StoreText
        } else {
            Helper::StoreHandle
        });
    }

    fn push_local(&mut self, local: LocalId) {
        let slot = self.slot(local);
        self.code.op().local_get(slot.value);
        if let Some(flag) = slot.flag {
            self.code.op().local_get(flag);
        }
    }
}
