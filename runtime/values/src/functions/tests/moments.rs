//! Functions of moments.

use super::{cases, context, expression::result_of};
use crate::Weekday;

cases! {
    date_time:
        "dateTime(2007)" => "2007-01-01 00:00:00.000",
        "dateTime(2007, 2)" => "2007-02-01 00:00:00.000",
        "dateTime(2007, 2, 3, 4, 5, 6)" => "2007-02-03 04:05:06.000",
        "dateTime(1800)" => "1800-01-01 00:00:00.000",
        "dateTime(1799)" => "!OutOfRange",
        "dateTime(10000)" => "!OutOfRange",
        "dateTime(2007, 2, 29)" => "!OutOfRange",
        "dateTime(2008, 13)" => "!OutOfRange",
        "dateTime(2008, 1, 1, 24)" => "!OutOfRange";
    date_time_in_a_zone: in "Europe/Amsterdam", "nl_NL";
        "dateTime(2007)" => "2007-01-01 00:00:00.000",
        "dateTimeUTC(2007)" => "2007-01-01 01:00:00.000",
        // A time that the zone skips, and one that happens twice.
        "dateTime(2024, 3, 31, 2, 30)" => "2024-03-31 03:30:00.000",
        "dateTimeToEpoch(dateTime(2024, 10, 27, 2, 30))" => "1729989000000";
    current_date_time:
        "currentDateTime()" => "2026-01-02 03:04:05.006";
    add_milliseconds: "addMilliseconds(dateTime(2007), 5)" => "2007-01-01 00:00:00.005";
    add_seconds: "addSeconds(dateTime(2007), 61)" => "2007-01-01 00:01:01.000";
    add_minutes: "addMinutes(dateTime(2007), -1)" => "2006-12-31 23:59:00.000";
    add_hours:
        "addHours(dateTime(2007, 1, 1, 1, 1, 1), 25)" => "2007-01-02 02:01:01.000",
        "addHours(dateTime(2007), 9223372036854775807)" => "!OutOfRange",
        "addHours(empty, 1)" => "!EmptyOperand";
    add_days: "addDays(dateTime(2007, 2, 28), 1)" => "2007-03-01 00:00:00.000";
    add_weeks: "addWeeks(dateTime(2007), 2)" => "2007-01-15 00:00:00.000";
    add_months:
        "addMonths(dateTime(2007, 1, 1), 13)" => "2008-02-01 00:00:00.000",
        "addMonths(dateTime(2007, 1, 31), 1)" => "2007-02-28 00:00:00.000";
    add_quarters: "addQuarters(dateTime(2007, 1, 1), 1)" => "2007-04-01 00:00:00.000";
    add_years:
        "addYears(dateTime(2008, 2, 29), 1)" => "2009-02-28 00:00:00.000",
        "addYears(dateTime(2008), 100000)" => "!OutOfRange";
    adding_over_summer_time: in "Europe/Amsterdam", "nl_NL";
        "addDays(dateTime(2024, 3, 30, 12), 1)" => "2024-03-31 12:00:00.000",
        "addDaysUTC(dateTime(2024, 3, 30, 12), 1)" => "2024-03-31 13:00:00.000",
        "addWeeksUTC(dateTime(2024, 3, 30, 12), 1)" => "2024-04-06 13:00:00.000",
        "addMonthsUTC(dateTime(2024, 3, 1), 1)" => "2024-03-30 00:00:00.000",
        "addQuartersUTC(dateTimeUTC(2024, 1, 1), 1)" => "2024-04-01 02:00:00.000",
        "addYearsUTC(dateTimeUTC(2024, 1, 1), 1)" => "2025-01-01 01:00:00.000",
        "addHours(dateTime(2024, 3, 30, 12), 24)" => "2024-03-31 13:00:00.000";
    subtract:
        "subtractMilliseconds(dateTime(2007), 5)" => "2006-12-31 23:59:59.995",
        "subtractSeconds(dateTime(2007), 1)" => "2006-12-31 23:59:59.000",
        "subtractMinutes(dateTime(2007), 1)" => "2006-12-31 23:59:00.000",
        "subtractHours(dateTime(2007), 1)" => "2006-12-31 23:00:00.000",
        "subtractDays(dateTime(2007), 1)" => "2006-12-31 00:00:00.000",
        "subtractWeeks(dateTime(2007), 1)" => "2006-12-25 00:00:00.000",
        "subtractMonths(dateTime(2007, 3, 31), 1)" => "2007-02-28 00:00:00.000",
        "subtractQuarters(dateTime(2007), 1)" => "2006-10-01 00:00:00.000",
        "subtractYears(dateTime(2007), -1)" => "2008-01-01 00:00:00.000",
        "subtractDaysUTC(dateTime(2007), 1)" => "2006-12-31 00:00:00.000",
        "subtractWeeksUTC(dateTime(2007), 1)" => "2006-12-25 00:00:00.000",
        "subtractMonthsUTC(dateTime(2007), 1)" => "2006-12-01 00:00:00.000",
        "subtractQuartersUTC(dateTime(2007), 1)" => "2006-10-01 00:00:00.000",
        "subtractYearsUTC(dateTime(2007), 1)" => "2006-01-01 00:00:00.000",
        "subtractDays(dateTime(2007), -9223372036854775808)" => "!OutOfRange";
    milliseconds_between: "millisecondsBetween(dateTime(2007), dateTime(2007, 1, 1, 0, 0, 1))" => "1000m";
    seconds_between: "secondsBetween(dateTime(2007, 1, 1, 1, 1, 1), dateTime(2007, 1, 1, 1, 2, 3))" => "62m";
    minutes_between: "minutesBetween(dateTime(2007, 1, 1, 1, 2, 1), dateTime(2007, 1, 1, 1, 1, 1))" => "1m";
    hours_between: "hoursBetween(dateTime(2007, 1, 1, 3, 31, 1), dateTime(2007, 1, 1, 1, 1, 1))" => "2.5m";
    days_between:
        "daysBetween(dateTime(2007, 2, 13), dateTime(2007, 1, 1))" => "43m",
        "daysBetween(dateTime(2007), dateTime(2007, 1, 1, 6))" => "0.25m",
        "daysBetween(dateTime(2007), empty)" => "!EmptyOperand";
    // Computed with doubles, as Mendix does; a quotient would have 34 digits.
    weeks_between: "weeksBetween(dateTime(2007, 1, 9), dateTime(2007, 1, 1))" => "1.1428571428571428m";
    calendar_months_between:
        "calendarMonthsBetween(dateTime(2007, 1, 1), dateTime(2007, 8, 1))" => "7",
        "calendarMonthsBetween(dateTime(2007, 8, 1), dateTime(2007, 1, 1))" => "7",
        "calendarMonthsBetween(dateTime(2007, 1, 31), dateTime(2007, 2, 28))" => "0",
        "calendarMonthsBetween(dateTime(2007, 1, 1, 23), dateTime(2007, 2, 1, 1))" => "1";
    calendar_years_between:
        "calendarYearsBetween(dateTime(2007), dateTime(2017))" => "10",
        "calendarYearsBetween(dateTime(2007, 1, 2), dateTime(2017, 1, 1))" => "9";
    begin_of:
        "beginOfDay(dateTime(2007, 2, 7, 9, 8, 7))" => "2007-02-07 00:00:00.000",
        "beginOfWeek(dateTime(2007, 2, 7))" => "2007-02-04 00:00:00.000",
        "beginOfMonth(dateTime(2007, 2, 7))" => "2007-02-01 00:00:00.000",
        "beginOfYear(dateTime(2007, 2, 7))" => "2007-01-01 00:00:00.000";
    begin_of_in_a_zone: in "Europe/Amsterdam", "nl_NL";
        "beginOfWeek(dateTime(2007, 2, 4, 12))" => "2007-01-29 00:00:00.000",
        "beginOfDayUTC(dateTime(2007, 2, 7, 0, 30))" => "2007-02-06 01:00:00.000",
        "beginOfWeekUTC(dateTime(2007, 2, 7))" => "2007-02-05 01:00:00.000",
        "beginOfMonthUTC(dateTime(2007, 2, 1))" => "2007-01-01 01:00:00.000",
        "beginOfYearUTC(dateTime(2007, 2, 1))" => "2007-01-01 01:00:00.000";
    end_of:
        "endOfDay(dateTime(2007, 2, 7))" => "2007-02-07 23:59:59.999",
        "endOfWeek(dateTime(2007, 2, 7))" => "2007-02-10 23:59:59.999",
        "endOfMonth(dateTime(2007, 2, 7))" => "2007-02-28 23:59:59.999",
        "endOfYear(dateTime(2007, 2, 7))" => "2007-12-31 23:59:59.999";
    end_of_in_a_zone: in "Europe/Amsterdam", "nl_NL";
        "endOfDay(dateTime(2024, 3, 31))" => "2024-03-31 23:59:59.999",
        "endOfDayUTC(dateTime(2007, 2, 7))" => "2007-02-07 00:59:59.999",
        "endOfWeekUTC(dateTime(2007, 2, 7))" => "2007-02-12 00:59:59.999",
        "endOfMonthUTC(dateTime(2007, 2, 7))" => "2007-03-01 00:59:59.999",
        "endOfYearUTC(dateTime(2007, 2, 7))" => "2008-01-01 00:59:59.999";
    // A day that summer time begins at midnight begins an hour later.
    a_day_without_a_midnight: in "America/Sao_Paulo", "pt_BR";
        "beginOfDay(dateTime(2018, 11, 4, 12))" => "2018-11-04 01:00:00.000",
        "endOfDay(dateTime(2018, 11, 3, 12))" => "2018-11-03 23:59:59.999";
    trim_to:
        "trimToSeconds(addMilliseconds(dateTime(2007, 2, 7, 10, 12, 51), 387))" => "2007-02-07 10:12:51.000",
        "trimToMinutes(dateTime(2007, 2, 7, 10, 12, 51))" => "2007-02-07 10:12:00.000",
        "trimToHours(dateTime(2007, 2, 7, 10, 12, 51))" => "2007-02-07 10:00:00.000",
        "trimToDays(dateTime(2007, 2, 7, 10, 12, 51))" => "2007-02-07 00:00:00.000",
        "trimToMonths(dateTime(2007, 2, 7, 10, 12, 51))" => "2007-02-01 00:00:00.000",
        "trimToYears(dateTime(2007, 2, 7, 10, 12, 51))" => "2007-01-01 00:00:00.000",
        "trimToSeconds(epochToDateTime(-1))" => "1969-12-31 23:59:59.000";
    trim_to_hours_where_offsets_are_not_whole: in "Asia/Kathmandu", "en_US";
        "trimToHours(dateTime(2007, 2, 7, 10, 12))" => "2007-02-07 10:00:00.000",
        "trimToHoursUTC(dateTime(2007, 2, 7, 10, 50))" => "2007-02-07 10:45:00.000",
        "trimToDaysUTC(dateTime(2007, 2, 7, 10, 50))" => "2007-02-07 05:45:00.000",
        "trimToMonthsUTC(dateTime(2007, 2, 7))" => "2007-02-01 05:45:00.000",
        "trimToYearsUTC(dateTime(2007, 2, 7))" => "2007-01-01 05:45:00.000";
    epoch:
        "dateTimeToEpoch(dateTime(1974, 7, 2, 9, 50, 10))" => "141990610000",
        "epochToDateTime(141990610000)" => "1974-07-02 09:50:10.000",
        "epochToDateTime(9223372036854775807)" => "!OutOfRange";
    parts:
        "year(dateTime(2007, 12, 31))" => "2007",
        "month(dateTime(2007, 12, 31))" => "12",
        "dayOfMonth(dateTime(2007, 12, 31))" => "31",
        "dayOfYear(dateTime(2008, 12, 31))" => "366",
        "weekOfYear(dateTime(2007, 12, 31))" => "1",
        "dayOfWeek(dateTime(2007, 2, 4))" => "1",
        "hour(dateTime(2007, 2, 4, 23, 58, 57))" => "23",
        "minute(dateTime(2007, 2, 4, 23, 58, 57))" => "58",
        "second(dateTime(2007, 2, 4, 23, 58, 57))" => "57",
        "millisecond(epochToDateTime(1234))" => "234";
    parse_date_time:
        "parseDateTime('2015-05-21', 'yyyy-MM-dd')" => "2015-05-21 00:00:00.000",
        "parseDateTime('35-11-2015', 'dd-MM-yyyy')" => "2015-12-05 00:00:00.000",
        "parseDateTime('2015-13-01', 'yyyy-MM-dd')" => "2016-01-01 00:00:00.000",
        "parseDateTime('2015-00-00', 'yyyy-MM-dd')" => "2014-11-30 00:00:00.000",
        "parseDateTime('21:15', 'HH:mm')" => "1970-01-01 21:15:00.000",
        "parseDateTime('25:61:61', 'HH:mm:ss')" => "1970-01-02 02:02:01.000",
        "parseDateTime('20150521', 'yyyyMMdd')" => "2015-05-21 00:00:00.000",
        "parseDateTime('2015-5-1 and more', 'yyyy-MM-dd')" => "2015-05-01 00:00:00.000",
        "parseDateTime('5/7/21', 'M/d/yy')" => "2021-05-07 00:00:00.000",
        "parseDateTime('5/7/46', 'M/d/yy')" => "1946-05-07 00:00:00.000",
        "parseDateTime('1/1/46', 'M/d/yy')" => "2046-01-01 00:00:00.000",
        "parseDateTime('5/7/2021', 'M/d/yy')" => "2021-05-07 00:00:00.000",
        "parseDateTime('5/7/3', 'M/d/yyyy')" => "0003-05-07 00:00:00.000",
        "parseDateTime('21 may 2015', 'd MMM yyyy')" => "2015-05-21 00:00:00.000",
        "parseDateTime('Thu, 21 September 2015 9:05 PM', 'EEE, d MMMM yyyy h:mm a')" => "2015-09-21 21:05:00.000",
        "parseDateTime('12:30 AM', 'hh:mm a')" => "1970-01-01 00:30:00.000",
        "parseDateTime('24', 'kk')" => "1970-01-01 00:00:00.000",
        "parseDateTime('2015-141', 'yyyy-DDD')" => "2015-05-21 00:00:00.000",
        "parseDateTime('2015-05-21T10:00:00.250+0200', 'yyyy-MM-dd''T''HH:mm:ss.SSSZ')" => "2015-05-21 08:00:00.250",
        "parseDateTime('2015-05-21T10:00Z', 'yyyy-MM-dd''T''HH:mmX')" => "2015-05-21 10:00:00.000",
        "parseDateTime('2015-05-21T10:00-05:30', 'yyyy-MM-dd''T''HH:mmXXX')" => "2015-05-21 15:30:00.000",
        "parseDateTime('10:00 GMT+1', 'HH:mm z')" => "1970-01-01 09:00:00.000",
        "parseDateTime('10:00 PST', 'HH:mm z')" => "1970-01-01 18:00:00.000",
        "parseDateTime('44 BC', 'y G')" => "0044-01-01 00:00:00.000",
        "parseDateTime('x', 'yyyy')" => "!Parse",
        "parseDateTime('', 'yyyy', empty)" => "empty",
        "parseDateTime('x', 'yyyy', dateTime(2007))" => "2007-01-01 00:00:00.000",
        "parseDateTime(empty, 'yyyy', dateTime(2007))" => "2007-01-01 00:00:00.000",
        "parseDateTime(empty, 'yyyy')" => "!EmptyOperand",
        "parseDateTime('999999999', 'yyyy', empty)" => "empty",
        "parseDateTime('2015', 'YYYY')" => "!PatternSyntax",
        "parseDateTime('2015', 'yyyy''')" => "!PatternSyntax",
        "parseDateTime('2015', 'yyyyT')" => "!PatternSyntax";
    parse_date_time_in_a_zone: in "Europe/Amsterdam", "nl_NL";
        "parseDateTime('2015-05-21 10:00', 'yyyy-MM-dd HH:mm')" => "2015-05-21 10:00:00.000",
        "parseDateTimeUTC('2015-05-21 10:00', 'yyyy-MM-dd HH:mm')" => "2015-05-21 12:00:00.000",
        "parseDateTime('21 mrt 2015', 'd MMM yyyy')" => "2015-03-21 00:00:00.000",
        "parseDateTime('10:00 CEST', 'HH:mm z')" => "1970-01-01 09:00:00.000";
    format_date_time:
        "formatDateTime(dateTime(1974, 7, 2, 9, 50, 10), 'EEE, d MMM yyyy HH:mm:ss Z')"
            => "'Tue, 2 Jul 1974 09:50:10 +0000'",
        "formatDateTime(dateTime(1974, 7, 2, 9, 50, 10))" => "'7/2/74, 9:50 AM'",
        "formatDateTime(dateTime(2007, 2, 7), 'EEEE MMMM dd yy G')" => "'Wednesday February 07 07 AD'",
        "formatDateTime(dateTime(2007, 2, 7, 0, 5, 6), 'h K k H a')" => "'12 0 24 0 AM'",
        "formatDateTime(dateTime(2007, 2, 7, 13), 'hh KK kk HH a')" => "'01 01 13 13 PM'",
        "formatDateTime(epochToDateTime(7), 'S SSS SSSS')" => "'7 007 0007'",
        "formatDateTime(dateTime(2007, 2, 7), 'D DDD F u E')" => "'38 038 1 3 Wed'",
        "formatDateTime(dateTime(2007, 2, 7), '''it''''s'' yyyyy')" => "'it's 02007'",
        "formatDateTime(dateTime(2007, 2, 7), 'z Z X XX XXX')" => "'UTC +0000 Z Z Z'",
        "formatDateTime(dateTime(2023, 12, 31), 'YYYY w W')" => "'2024 1 6'",
        "formatDateTime(dateTime(2024, 1, 6), 'YYYY w W')" => "'2024 1 1'",
        "formatDateTime(dateTime(2007), empty)" => "!EmptyOperand",
        "formatDateTime(dateTime(2007), 'bb')" => "!PatternSyntax",
        "formatDateTime(empty, 'yyyy')" => "!EmptyOperand";
    format_date_time_in_a_zone: in "Europe/Amsterdam", "nl_NL";
        "formatDateTime(dateTime(2007, 7, 2, 9, 5))" => "'02-07-2007 09:05'",
        "formatDateTimeUTC(dateTime(2007, 7, 2, 9, 5))" => "'02-07-2007 07:05'",
        "formatDateTime(dateTime(2007, 3, 2), 'EEEE d MMMM')" => "'vrijdag 2 maart'",
        "formatDateTime(dateTime(2007, 3, 2), 'z Z X XX XXX')" => "'CET +0100 +01 +0100 +01:00'",
        "formatDateTime(dateTime(2023, 1, 1), 'YYYY w')" => "'2022 52'",
        "formatDateTime(dateTime(2024, 12, 30), 'YYYY w')" => "'2025 1'";
    format_date:
        "formatDate(dateTime(1974, 7, 2, 9, 50, 10))" => "'7/2/74'",
        "formatDateUTC(dateTime(1974, 7, 2, 9, 50, 10))" => "'7/2/74'";
    format_time:
        "formatTime(dateTime(1974, 7, 2, 9, 50, 10))" => "'9:50 AM'",
        "formatTimeUTC(dateTime(1974, 7, 2, 21, 50, 10))" => "'9:50 PM'";
    short_forms_in_german: in "Europe/Berlin", "de_DE";
        "formatDate(dateTime(1974, 7, 2))" => "'02.07.74'",
        "formatTime(dateTime(1974, 7, 2, 9, 5))" => "'09:05'";
    short_forms_in_french: in "Europe/Paris", "fr_FR";
        "formatDate(dateTime(1974, 7, 2))" => "'02/07/1974'",
        "formatDateTime(dateTime(1974, 7, 2), 'd MMM')" => "'2 juil.'";
    short_forms_in_british_english: in "Europe/London", "en_GB";
        "formatDate(dateTime(1974, 7, 2))" => "'02/07/1974'";
    short_forms_in_other_languages: in "Asia/Tokyo", "ja_JP";
        "formatDateTime(dateTime(1974, 7, 2, 9, 5))" => "'1974-07-02 09:05'";
}

#[test]
fn the_week_begins_as_the_context_says() {
    let mut context = context();
    context.first_day_of_week = Weekday::Saturday;
    assert_eq!(result_of("beginOfWeek(dateTime(2007, 2, 7))", &context), "2007-02-03 00:00:00.000");
    assert_eq!(result_of("endOfWeek(dateTime(2007, 2, 7))", &context), "2007-02-09 23:59:59.999");
}
