//! Hands Rust functions to SQLite. The only `unsafe` code of this crate.
//!
//! # Why it is sound
//!
//! - SQLite calls a function with a valid context and exactly as many arguments as it was registered with: one. The
//!   value of an argument stays valid until the function returns or asks for it in another encoding; each function here
//!   reads it once, copies what it needs, and keeps no pointer.
//! - `sqlite3_value_text` gives UTF-8 of `sqlite3_value_bytes` bytes, in this order of calls. A database file from
//!   elsewhere may hold invalid UTF-8: it is read with replacement characters.
//! - Results are handed over with `SQLITE_TRANSIENT`: SQLite copies them before the call returns.
//! - An aggregate's context is zeroed memory that SQLite keeps between the steps of one aggregation and hands to no other.
//!   It holds a pointer from `Box::into_raw`, or null before the first step. SQLite calls the final function exactly
//!   once when a step was made, even when the statement is interrupted; it takes the box back.
//! - A panic in an `extern "C"` function aborts the process instead of unwinding into SQLite.

use std::{
    ffi::{CString, c_char, c_int},
    ptr, slice,
};

use libsqlite3_sys as ffi;
use sqlx::sqlite::LockedSqliteHandle;

use super::{FOLD_FUNCTION, SUM_FUNCTION, Sum, fold};

type Step = unsafe extern "C" fn(*mut ffi::sqlite3_context, c_int, *mut *mut ffi::sqlite3_value);
type Finish = unsafe extern "C" fn(*mut ffi::sqlite3_context);

/// Makes the functions known to a connection.
pub(crate) fn register(handle: &mut LockedSqliteHandle<'_>) -> Result<(), sqlx::Error> {
    let database = handle.as_raw_handle().as_ptr();
    define(database, FOLD_FUNCTION, Some(fold_text), None, None)?;
    define(database, SUM_FUNCTION, None, Some(sum_step), Some(sum_finish))
}

fn define(
    database: *mut ffi::sqlite3,
    name: &str,
    function: Option<Step>,
    step: Option<Step>,
    finish: Option<Finish>,
) -> Result<(), sqlx::Error> {
    let name = CString::new(name).map_err(|error| sqlx::Error::Configuration(error.into()))?;
    // A function of its arguments only, so that SQLite may compute it once; and of no harm when a schema calls it.
    let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS;
    // SAFETY: the handle is locked, so the database is open and no other thread uses it; the name is a C string that
    // SQLite copies; the functions keep what the module's documentation says; there is no user data to be freed.
    let code = unsafe {
        ffi::sqlite3_create_function_v2(
            database,
            name.as_ptr(),
            1,
            flags,
            ptr::null_mut(),
            function,
            step,
            finish,
            None,
        )
    };
    if code == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(sqlx::Error::Configuration(format!("SQLite refused the function {name:?}: code {code}").into()))
    }
}

/// The text of a value; none for NULL.
///
/// # Safety
/// `value` is an argument of the function that SQLite is calling.
unsafe fn text_of(value: *mut ffi::sqlite3_value) -> Option<String> {
    // SAFETY: see the module's documentation: text first, then its length in bytes; copied before anything else.
    unsafe {
        let start = ffi::sqlite3_value_text(value);
        if start.is_null() {
            return None;
        }
        let length = usize::try_from(ffi::sqlite3_value_bytes(value)).unwrap_or(0);
        Some(String::from_utf8_lossy(slice::from_raw_parts(start, length)).into_owned())
    }
}

/// Answers a text.
///
/// # Safety
/// `context` is that of the function that SQLite is calling.
unsafe fn answer(context: *mut ffi::sqlite3_context, text: &str) {
    // SAFETY: SQLite copies `length` bytes of the text before the call returns.
    unsafe {
        ffi::sqlite3_result_text64(
            context,
            text.as_ptr().cast::<c_char>(),
            text.len() as u64,
            ffi::SQLITE_TRANSIENT(),
            ffi::SQLITE_UTF8 as u8,
        );
    }
}

unsafe extern "C" fn fold_text(
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: registered with one argument. Without an answer the result is NULL.
    unsafe {
        if let Some(text) = text_of(*arguments) {
            answer(context, &fold(&text));
        }
    }
}

/// Where the aggregation keeps its sum; null when SQLite is out of memory, or asked for nothing and nothing is there.
///
/// # Safety
/// `context` is that of the aggregate that SQLite is calling; `bytes` is the size of a pointer, or 0 to look only.
unsafe fn sum_place(context: *mut ffi::sqlite3_context, bytes: usize) -> *mut *mut Sum {
    // SAFETY: SQLite's memory is aligned to 8 bytes and zeroed, which is a null pointer.
    unsafe { ffi::sqlite3_aggregate_context(context, bytes as c_int).cast() }
}

unsafe extern "C" fn sum_step(
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: registered with one argument; the place holds null or the box that an earlier step put there.
    unsafe {
        let value = *arguments;
        let kind = ffi::sqlite3_value_type(value);
        if kind == ffi::SQLITE_NULL {
            return;
        }
        let place = sum_place(context, size_of::<*mut Sum>());
        if place.is_null() {
            return ffi::sqlite3_result_error_nomem(context);
        }
        if (*place).is_null() {
            *place = Box::into_raw(Box::default());
        }
        let sum = &mut **place;
        if kind == ffi::SQLITE_INTEGER {
            sum.add_integer(ffi::sqlite3_value_int64(value));
        } else if !text_of(value).is_some_and(|text| sum.add_decimal(&text)) {
            let message = "a stored decimal is malformed";
            ffi::sqlite3_result_error(context, message.as_ptr().cast(), message.len() as c_int);
        }
    }
}

unsafe extern "C" fn sum_finish(context: *mut ffi::sqlite3_context) {
    // SAFETY: called once; takes back the box of the first step, if there was one. Without it the result is NULL.
    unsafe {
        let place = sum_place(context, 0);
        if !place.is_null() && !(*place).is_null() {
            let sum = Box::from_raw(*place);
            *place = ptr::null_mut();
            answer(context, &sum.text());
        }
    }
}
