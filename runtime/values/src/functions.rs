//! What the functions of expressions compute.
//!
//! [`evaluate`] is a table from functions to the code of each, in one submodule per kind of values. The number of arguments
//! is checked here; their types are checked by whoever takes them from [`Arguments`].

mod arguments;
mod conversions;
mod moments;
mod numbers;
mod regex;
mod regex_syntax;
#[cfg(test)]
mod tests;
mod texts;
mod urls;
mod utf16;

use arguments::{Arguments, Zone};

use crate::{
    Context, Function as F, FunctionError, Value,
    moment::{self, Unit},
};

/// Computes a function. Time, chance, language and time zone come from the context.
///
/// The same arguments in the same context give the same result, but for `random`. Lists are not values that this crate can
/// look into: `length` of a list is left to the runtime.
pub fn evaluate(function: F, arguments: &[Value], context: &Context) -> Result<Value, FunctionError> {
    let arguments = Arguments::new(function, arguments, context);
    arguments.check_count().and_then(|()| compute(function, &arguments)).map_err(|error| error.of(function))
}

fn compute(function: F, a: &Arguments<'_>) -> Result<Value, FunctionError> {
    use Unit::*;
    use Zone::{Session, Utc};
    match function {
        F::Length => texts::length(a),
        F::Contains => texts::contains(a),
        F::StartsWith => Ok(Value::Boolean(a.text(0)?.starts_with(a.text(1)?))),
        F::EndsWith => Ok(Value::Boolean(a.text(0)?.ends_with(a.text(1)?))),
        F::Find => texts::find(a),
        F::FindLast => texts::find_last(a),
        F::Substring => texts::substring(a),
        F::Trim => texts::trim(a),
        F::ToUpperCase => Ok(a.text(0)?.to_uppercase().into()),
        F::ToLowerCase => Ok(a.text(0)?.to_lowercase().into()),
        F::IsMatch => regex::is_match(a),
        F::ReplaceAll => regex::replace(a, usize::MAX),
        F::ReplaceFirst => regex::replace(a, 1),
        F::Replace => texts::replace(a),
        F::Reverse => Ok(a.text(0)?.chars().rev().collect::<String>().into()),
        F::UrlEncode => Ok(urls::encode(a.text(0)?).into()),
        F::UrlDecode => urls::decode(a),

        F::ToString => conversions::to_string(a),
        F::ParseInteger | F::ParseLong => conversions::parse_integer(a),
        F::ParseDecimal => conversions::parse_decimal(a),
        F::ParseBoolean => conversions::parse_boolean(a),
        F::FormatDecimal => conversions::format_decimal(a),
        F::GetKey => conversions::get_key(a),

        F::Abs => numbers::abs(a),
        F::Round => numbers::round(a),
        F::Floor => numbers::floor(a),
        F::Ceil => numbers::ceil(a),
        F::Pow => numbers::pow(a),
        F::Sqrt => numbers::sqrt(a),
        F::Ln => numbers::logarithm(a, f64::ln),
        F::Log10 => numbers::logarithm(a, f64::log10),
        F::Max => numbers::extreme(a, std::cmp::Ordering::Greater),
        F::Min => numbers::extreme(a, std::cmp::Ordering::Less),
        F::Random => numbers::random(a),

        F::DateTime => moments::construct(a, Session),
        F::DateTimeUtc => moments::construct(a, Utc),
        F::CurrentDateTime => Ok(Value::DateTime(a.context.now_ms)),
        F::ParseDateTime => moments::parse(a, Session),
        F::ParseDateTimeUtc => moments::parse(a, Utc),
        F::EpochToDateTime => moment::add_duration(0, 1, a.integer(0)?).map(Value::DateTime),
        F::DateTimeToEpoch => Ok(Value::Integer(a.moment(0)?)),
        F::FormatDateTime => moments::format(a, Session, |locale| locale.date_time_pattern),
        F::FormatDateTimeUtc => moments::format(a, Utc, |locale| locale.date_time_pattern),
        F::FormatDate => moments::format(a, Session, |locale| locale.date_pattern),
        F::FormatDateUtc => moments::format(a, Utc, |locale| locale.date_pattern),
        F::FormatTime => moments::format(a, Session, |locale| locale.time_pattern),
        F::FormatTimeUtc => moments::format(a, Utc, |locale| locale.time_pattern),

        F::AddMilliseconds => moments::add(a, Millisecond, Session),
        F::AddSeconds => moments::add(a, Second, Session),
        F::AddMinutes => moments::add(a, Minute, Session),
        F::AddHours => moments::add(a, Hour, Session),
        F::AddDays => moments::add(a, Day, Session),
        F::AddWeeks => moments::add(a, Week, Session),
        F::AddMonths => moments::add(a, Month, Session),
        F::AddQuarters => moments::add(a, Quarter, Session),
        F::AddYears => moments::add(a, Year, Session),
        F::AddDaysUtc => moments::add(a, Day, Utc),
        F::AddWeeksUtc => moments::add(a, Week, Utc),
        F::AddMonthsUtc => moments::add(a, Month, Utc),
        F::AddQuartersUtc => moments::add(a, Quarter, Utc),
        F::AddYearsUtc => moments::add(a, Year, Utc),
        F::SubtractMilliseconds => moments::subtract(a, Millisecond, Session),
        F::SubtractSeconds => moments::subtract(a, Second, Session),
        F::SubtractMinutes => moments::subtract(a, Minute, Session),
        F::SubtractHours => moments::subtract(a, Hour, Session),
        F::SubtractDays => moments::subtract(a, Day, Session),
        F::SubtractWeeks => moments::subtract(a, Week, Session),
        F::SubtractMonths => moments::subtract(a, Month, Session),
        F::SubtractQuarters => moments::subtract(a, Quarter, Session),
        F::SubtractYears => moments::subtract(a, Year, Session),
        F::SubtractDaysUtc => moments::subtract(a, Day, Utc),
        F::SubtractWeeksUtc => moments::subtract(a, Week, Utc),
        F::SubtractMonthsUtc => moments::subtract(a, Month, Utc),
        F::SubtractQuartersUtc => moments::subtract(a, Quarter, Utc),
        F::SubtractYearsUtc => moments::subtract(a, Year, Utc),

        F::MillisecondsBetween => moments::between(a, Millisecond),
        F::SecondsBetween => moments::between(a, Second),
        F::MinutesBetween => moments::between(a, Minute),
        F::HoursBetween => moments::between(a, Hour),
        F::DaysBetween => moments::between(a, Day),
        F::WeeksBetween => moments::between(a, Week),
        F::CalendarMonthsBetween => moments::calendar_between(a, Month),
        F::CalendarYearsBetween => moments::calendar_between(a, Year),

        F::BeginOfDay | F::TrimToDays => moments::begin_of(a, Day, Session),
        F::BeginOfWeek => moments::begin_of(a, Week, Session),
        F::BeginOfMonth | F::TrimToMonths => moments::begin_of(a, Month, Session),
        F::BeginOfYear | F::TrimToYears => moments::begin_of(a, Year, Session),
        F::BeginOfDayUtc | F::TrimToDaysUtc => moments::begin_of(a, Day, Utc),
        F::BeginOfWeekUtc => moments::begin_of(a, Week, Utc),
        F::BeginOfMonthUtc | F::TrimToMonthsUtc => moments::begin_of(a, Month, Utc),
        F::BeginOfYearUtc | F::TrimToYearsUtc => moments::begin_of(a, Year, Utc),
        F::TrimToSeconds => moments::begin_of(a, Second, Session),
        F::TrimToMinutes => moments::begin_of(a, Minute, Session),
        F::TrimToHours => moments::begin_of(a, Hour, Session),
        F::TrimToHoursUtc => moments::begin_of(a, Hour, Utc),
        F::EndOfDay => moments::end_of(a, Day, Session),
        F::EndOfWeek => moments::end_of(a, Week, Session),
        F::EndOfMonth => moments::end_of(a, Month, Session),
        F::EndOfYear => moments::end_of(a, Year, Session),
        F::EndOfDayUtc => moments::end_of(a, Day, Utc),
        F::EndOfWeekUtc => moments::end_of(a, Week, Utc),
        F::EndOfMonthUtc => moments::end_of(a, Month, Utc),
        F::EndOfYearUtc => moments::end_of(a, Year, Utc),

        F::Year => moments::part(a, |moment| i64::from(moment.year())),
        F::Month => moments::part(a, |moment| i64::from(moment.month())),
        F::DayOfMonth => moments::part(a, |moment| i64::from(moment.day())),
        F::DayOfYear => moments::part(a, |moment| i64::from(moment.day_of_year())),
        // As in XPath: the week of ISO 8601, and days from Sunday, 1.
        F::WeekOfYear => moments::part(a, |moment| i64::from(moment.date().iso_week_date().week())),
        F::DayOfWeek => moments::part(a, |moment| i64::from(moment.weekday().to_sunday_one_offset())),
        F::Hour => moments::part(a, |moment| i64::from(moment.hour())),
        F::Minute => moments::part(a, |moment| i64::from(moment.minute())),
        F::Second => moments::part(a, |moment| i64::from(moment.second())),
        F::Millisecond => moments::part(a, |moment| i64::from(moment.millisecond())),
    }
}
