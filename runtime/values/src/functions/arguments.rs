//! Taking arguments out of a call, with errors that say which one is wrong.

use jiff::tz::TimeZone;

use crate::{
    Context, Decimal, Function, FunctionError, FunctionErrorKind, Value, decimal::excerpt, locale::Locale, moment,
};

/// The zone that a function computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// The session's.
    Session,
    /// UTC.
    Utc,
}

/// The arguments of a call, and what surrounds it.
pub(super) struct Arguments<'a> {
    function: Function,
    pub(super) values: &'a [Value],
    pub(super) context: &'a Context,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(function: Function, values: &'a [Value], context: &'a Context) -> Self {
        Self { function, values, context }
    }

    /// Whether the function can be called with that many arguments.
    pub(super) fn check_count(&self) -> Result<(), FunctionError> {
        let count = self.values.len();
        let fits =
            self.function.overloads().iter().any(|overload| {
                count >= overload.minimum() && overload.maximum().is_none_or(|maximum| count <= maximum)
            });
        if fits {
            return Ok(());
        }
        Err(FunctionError::invalid(format!(
            "the number of arguments, {count}, does not fit; use {}",
            self.function.usage()
        )))
    }

    /// Whether there is such an argument, be it empty.
    pub(super) fn has(&self, index: usize) -> bool {
        index < self.values.len()
    }

    /// Whether there is such an argument and it is empty.
    pub(super) fn is_empty(&self, index: usize) -> bool {
        self.values.get(index).is_some_and(Value::is_empty)
    }

    pub(super) fn text(&self, index: usize) -> Result<&'a str, FunctionError> {
        match self.values.get(index) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unfit(index, other, "a String")),
        }
    }

    pub(super) fn integer(&self, index: usize) -> Result<i64, FunctionError> {
        match self.values.get(index) {
            Some(Value::Integer(number)) => Ok(*number),
            other => Err(unfit(index, other, "an Integer/Long")),
        }
    }

    pub(super) fn decimal(&self, index: usize) -> Result<Decimal, FunctionError> {
        self.values
            .get(index)
            .and_then(Value::to_decimal)
            .ok_or_else(|| unfit(index, self.values.get(index), "a number"))
    }

    pub(super) fn moment(&self, index: usize) -> Result<i64, FunctionError> {
        match self.values.get(index) {
            Some(Value::DateTime(moment_ms)) => Ok(*moment_ms),
            other => Err(unfit(index, other, "a DateTime")),
        }
    }

    /// An error that says that an argument is not what it must be.
    pub(super) fn unfit(&self, index: usize, wanted: &str) -> FunctionError {
        unfit(index, self.values.get(index), wanted)
    }

    /// The default that a function for reading texts answers when it can not read one; an error when there is none.
    pub(super) fn default_or_error(&self, index: usize, wanted: &str) -> Result<Value, FunctionError> {
        match (self.values.get(index), self.values.first()) {
            (Some(default), _) => Ok(default.clone()),
            (None, Some(Value::Text(text))) => Err(FunctionError::parse(format!(
                "`{}` is not {wanted}; test the text first, or give a default as the last argument",
                excerpt(text)
            ))),
            _ => Err(self.unfit(0, "a String")),
        }
    }

    pub(super) fn zone(&self, zone: Zone) -> &'a TimeZone {
        match zone {
            Zone::Session => &self.context.time_zone,
            Zone::Utc => &moment::UTC,
        }
    }

    pub(super) fn locale(&self) -> &'static Locale {
        Locale::of(&self.context.language)
    }
}

fn unfit(index: usize, found: Option<&Value>, wanted: &str) -> FunctionError {
    let number = index + 1;
    match found {
        None | Some(Value::Empty) => FunctionError::new(
            FunctionErrorKind::EmptyOperand,
            format!("argument {number} is empty, but must be {wanted}; test it with `!= empty` first"),
        ),
        Some(found) => FunctionError::invalid(format!(
            "argument {number} is of type {}, but must be {wanted}; convert it first",
            found.type_name()
        )),
    }
}
