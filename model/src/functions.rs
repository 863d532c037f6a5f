//! The functions of expressions that need a library: their numbers, names and signatures.
//!
//! The compiler resolves a name to a [`Function`], checks the arguments against its [`Overload`]s and emits the number;
//! the host finds the function by that number. Numbers are part of compiled components: they never change and are never
//! used again for something else.
//!
//! What the functions compute is left to the crate `brooklet-values`. Functions that need the object space, the manifest or
//! the syntax (`isNew`, `getCaption`, `not`, `count`) are not in this table; `length` of a list is, so that it can be checked,
//! but the compiler turns it into a call of the list interface.

use std::fmt;

use crate::Type;

/// What an argument may be. The literal `empty` fits every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Integer or Long.
    Integer,
    /// Decimal, Integer or Long.
    Number,
    /// Text.
    Text,
    /// A moment.
    DateTime,
    /// A key of an enumeration.
    Enumeration,
    /// Everything that `toString` can show: Boolean, numbers, text, moments, enumeration keys.
    Primitive,
    /// Boolean.
    Boolean,
    /// A list of objects.
    List,
}

/// The type of a function's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// Always Boolean.
    Boolean,
    /// Always Integer/Long.
    Integer,
    /// Always Decimal.
    Decimal,
    /// Always Text.
    Text,
    /// Always DateTime.
    DateTime,
    /// Decimal when some argument is Decimal, Integer otherwise.
    MostPrecise,
}

/// One way to call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overload {
    /// The arguments that must be there.
    pub required: &'static [ParameterKind],
    /// The arguments that may follow, in order.
    pub optional: &'static [ParameterKind],
    /// The kind of any number of further arguments.
    pub repeated: Option<ParameterKind>,
    /// The type of the result.
    pub result: ResultKind,
}

impl ParameterKind {
    /// Whether an argument of that type fits.
    pub fn accepts(self, argument: &Type) -> bool {
        match self {
            Self::Integer => matches!(argument, Type::Integer),
            Self::Number => matches!(argument, Type::Integer | Type::Decimal),
            Self::Text => matches!(argument, Type::Text),
            Self::DateTime => matches!(argument, Type::DateTime),
            Self::Enumeration => matches!(argument, Type::Enumeration(_)),
            Self::Boolean => matches!(argument, Type::Boolean),
            Self::List => matches!(argument, Type::List(_)),
            Self::Primitive => matches!(
                argument,
                Type::Boolean | Type::Integer | Type::Decimal | Type::DateTime | Type::Text | Type::Enumeration(_)
            ),
        }
    }
}

impl fmt::Display for ParameterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "Integer",
            Self::Number => "Decimal",
            Self::Text => "String",
            Self::DateTime => "DateTime",
            Self::Enumeration => "Enumeration",
            Self::Primitive => "any value",
            Self::Boolean => "Boolean",
            Self::List => "List",
        })
    }
}

impl Overload {
    /// The fewest arguments.
    pub fn minimum(&self) -> usize {
        self.required.len()
    }

    /// The most arguments; none when there is no bound.
    pub fn maximum(&self) -> Option<usize> {
        self.repeated.is_none().then_some(self.required.len() + self.optional.len())
    }

    /// The kind of the argument at that index; none when there may be no such argument.
    pub fn parameter(&self, index: usize) -> Option<ParameterKind> {
        self.required.iter().chain(self.optional).nth(index).copied().or(self.repeated)
    }

    /// Whether arguments of these types fit. None stands for the literal `empty`.
    pub fn accepts(&self, arguments: &[Option<Type>]) -> bool {
        arguments.len() >= self.minimum()
            && arguments.iter().enumerate().all(|(index, argument)| {
                self.parameter(index)
                    .is_some_and(|kind| argument.as_ref().is_none_or(|argument| kind.accepts(argument)))
            })
    }

    /// The type of the result for arguments that fit.
    pub fn result(&self, arguments: &[Option<Type>]) -> Type {
        match self.result {
            ResultKind::Boolean => Type::Boolean,
            ResultKind::Integer => Type::Integer,
            ResultKind::Decimal => Type::Decimal,
            ResultKind::Text => Type::Text,
            ResultKind::DateTime => Type::DateTime,
            ResultKind::MostPrecise if arguments.contains(&Some(Type::Decimal)) => Type::Decimal,
            ResultKind::MostPrecise => Type::Integer,
        }
    }
}

/// Names the parameters as a user writes them: `(String, Integer, [Integer])`.
impl fmt::Display for Overload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let required = self.required.iter().map(ToString::to_string);
        let optional = self.optional.iter().map(|kind| format!("[{kind}]"));
        let repeated = self.repeated.iter().map(|_| "…".to_owned());
        let all: Vec<String> = required.chain(optional).chain(repeated).collect();
        write!(f, "({})", all.join(", "))
    }
}

impl Function {
    /// The first way to call the function that fits arguments of these types. None stands for the literal `empty`.
    pub fn overload(self, arguments: &[Option<Type>]) -> Option<&'static Overload> {
        self.overloads().iter().find(|overload| overload.accepts(arguments))
    }

    /// Whether every argument must be a literal.
    pub fn takes_literals_only(self) -> bool {
        matches!(self, Self::DateTime | Self::DateTimeUtc)
    }

    /// Whether equal arguments always give equal results in one session: neither clock nor chance is involved.
    pub fn is_deterministic(self) -> bool {
        !matches!(self, Self::Random | Self::CurrentDateTime)
    }

    /// Every way to call the function, as a user writes it: `round(Decimal) or round(Decimal, Integer)`.
    pub fn usage(self) -> String {
        let all: Vec<String> = self.overloads().iter().map(|overload| format!("{self}{overload}")).collect();
        all.join(" or ")
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Each line is number, variant, name, and the overloads as `(required; optional) -> result` or
/// `(required .. repeated) -> result`, separated by `or`. Overloads are tried in order.
macro_rules! functions {
    ($(
        $number:literal $variant:ident $name:literal:
        $( ( $($required:ident),* $(; $($optional:ident),+)? $(.. $repeated:ident)? ) -> $result:ident )or+;
    )*) => {
        /// A function of expressions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Function {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant = $number,
            )*
        }

        impl Function {
            /// All functions, by number.
            pub const ALL: &'static [Function] = &[$(Self::$variant),*];

            /// The number in compiled components.
            pub fn number(self) -> u32 {
                self as u32
            }

            /// The function of that number, if there is one.
            pub fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The name in expressions.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The function of that name, if there is one. Upper and lower case differ.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The ways to call the function, in the order in which they are tried.
            pub fn overloads(self) -> &'static [Overload] {
                match self {
                    $(Self::$variant => const { &[$(Overload {
                        required: &[$(ParameterKind::$required),*],
                        optional: &[$($(ParameterKind::$optional),+)?],
                        repeated: [$(ParameterKind::$repeated)?].as_slice().first().copied(),
                        result: ResultKind::$result,
                    }),+] },)*
                }
            }
        }
    };
}

functions! {
    // Texts.
    1 Length "length": (Text) -> Integer or (List) -> Integer;
    2 Contains "contains": (Text, Text) -> Boolean;
    3 StartsWith "startsWith": (Text, Text) -> Boolean;
    4 EndsWith "endsWith": (Text, Text) -> Boolean;
    5 Find "find": (Text, Text; Integer) -> Integer;
    6 FindLast "findLast": (Text, Text; Integer) -> Integer;
    7 Substring "substring": (Text, Integer; Integer) -> Text;
    8 Trim "trim": (Text) -> Text;
    9 ToUpperCase "toUpperCase": (Text) -> Text;
    10 ToLowerCase "toLowerCase": (Text) -> Text;
    11 IsMatch "isMatch": (Text, Text) -> Boolean;
    12 ReplaceAll "replaceAll": (Text, Text, Text) -> Text;
    13 ReplaceFirst "replaceFirst": (Text, Text, Text) -> Text;
    14 Replace "replace": (Text, Text, Text) -> Text;
    15 Reverse "reverse": (Text) -> Text;
    16 UrlEncode "urlEncode": (Text) -> Text;
    17 UrlDecode "urlDecode": (Text) -> Text;

    // Conversions. A second argument `empty` of parseDecimal is a default.
    30 ToString "toString": (Primitive) -> Text;
    31 ParseInteger "parseInteger": (Text; Integer) -> Integer;
    32 ParseLong "parseLong": (Text; Integer) -> Integer;
    33 ParseDecimal "parseDecimal": (Text; Number) -> Decimal or (Text, Text; Number) -> Decimal;
    34 ParseBoolean "parseBoolean": (Text; Boolean) -> Boolean;
    35 FormatDecimal "formatDecimal": (Number; Text, Text) -> Text;
    36 GetKey "getKey": (Enumeration) -> Text;

    // Numbers.
    50 Abs "abs": (Number) -> MostPrecise;
    51 Round "round": (Number) -> Integer or (Number, Integer) -> Decimal;
    52 Floor "floor": (Number) -> Integer;
    53 Ceil "ceil": (Number) -> Integer;
    54 Pow "pow": (Number, Number) -> MostPrecise;
    55 Sqrt "sqrt": (Number) -> Decimal;
    56 Ln "ln": (Number) -> Decimal;
    57 Log10 "log10": (Number) -> Decimal;
    58 Max "max": (Number, Number .. Number) -> MostPrecise or (DateTime, DateTime .. DateTime) -> DateTime;
    59 Min "min": (Number, Number .. Number) -> MostPrecise or (DateTime, DateTime .. DateTime) -> DateTime;
    60 Random "random": () -> Decimal;

    // Moments from nothing, numbers and texts, and back.
    80 DateTime "dateTime": (Integer; Integer, Integer, Integer, Integer, Integer) -> DateTime;
    81 DateTimeUtc "dateTimeUTC": (Integer; Integer, Integer, Integer, Integer, Integer) -> DateTime;
    82 CurrentDateTime "currentDateTime": () -> DateTime;
    83 ParseDateTime "parseDateTime": (Text, Text; DateTime) -> DateTime;
    84 ParseDateTimeUtc "parseDateTimeUTC": (Text, Text; DateTime) -> DateTime;
    85 EpochToDateTime "epochToDateTime": (Integer) -> DateTime;
    86 DateTimeToEpoch "dateTimeToEpoch": (DateTime) -> Integer;
    87 FormatDateTime "formatDateTime": (DateTime; Text) -> Text;
    88 FormatDateTimeUtc "formatDateTimeUTC": (DateTime; Text) -> Text;
    89 FormatDate "formatDate": (DateTime) -> Text;
    90 FormatDateUtc "formatDateUTC": (DateTime) -> Text;
    91 FormatTime "formatTime": (DateTime) -> Text;
    92 FormatTimeUtc "formatTimeUTC": (DateTime) -> Text;

    // Adding to moments and subtracting from them.
    100 AddMilliseconds "addMilliseconds": (DateTime, Integer) -> DateTime;
    101 AddSeconds "addSeconds": (DateTime, Integer) -> DateTime;
    102 AddMinutes "addMinutes": (DateTime, Integer) -> DateTime;
    103 AddHours "addHours": (DateTime, Integer) -> DateTime;
    104 AddDays "addDays": (DateTime, Integer) -> DateTime;
    105 AddWeeks "addWeeks": (DateTime, Integer) -> DateTime;
    106 AddMonths "addMonths": (DateTime, Integer) -> DateTime;
    107 AddQuarters "addQuarters": (DateTime, Integer) -> DateTime;
    108 AddYears "addYears": (DateTime, Integer) -> DateTime;
    109 AddDaysUtc "addDaysUTC": (DateTime, Integer) -> DateTime;
    110 AddWeeksUtc "addWeeksUTC": (DateTime, Integer) -> DateTime;
    111 AddMonthsUtc "addMonthsUTC": (DateTime, Integer) -> DateTime;
    112 AddQuartersUtc "addQuartersUTC": (DateTime, Integer) -> DateTime;
    113 AddYearsUtc "addYearsUTC": (DateTime, Integer) -> DateTime;
    120 SubtractMilliseconds "subtractMilliseconds": (DateTime, Integer) -> DateTime;
    121 SubtractSeconds "subtractSeconds": (DateTime, Integer) -> DateTime;
    122 SubtractMinutes "subtractMinutes": (DateTime, Integer) -> DateTime;
    123 SubtractHours "subtractHours": (DateTime, Integer) -> DateTime;
    124 SubtractDays "subtractDays": (DateTime, Integer) -> DateTime;
    125 SubtractWeeks "subtractWeeks": (DateTime, Integer) -> DateTime;
    126 SubtractMonths "subtractMonths": (DateTime, Integer) -> DateTime;
    127 SubtractQuarters "subtractQuarters": (DateTime, Integer) -> DateTime;
    128 SubtractYears "subtractYears": (DateTime, Integer) -> DateTime;
    129 SubtractDaysUtc "subtractDaysUTC": (DateTime, Integer) -> DateTime;
    130 SubtractWeeksUtc "subtractWeeksUTC": (DateTime, Integer) -> DateTime;
    131 SubtractMonthsUtc "subtractMonthsUTC": (DateTime, Integer) -> DateTime;
    132 SubtractQuartersUtc "subtractQuartersUTC": (DateTime, Integer) -> DateTime;
    133 SubtractYearsUtc "subtractYearsUTC": (DateTime, Integer) -> DateTime;

    // Differences of moments.
    140 MillisecondsBetween "millisecondsBetween": (DateTime, DateTime) -> Decimal;
    141 SecondsBetween "secondsBetween": (DateTime, DateTime) -> Decimal;
    142 MinutesBetween "minutesBetween": (DateTime, DateTime) -> Decimal;
    143 HoursBetween "hoursBetween": (DateTime, DateTime) -> Decimal;
    144 DaysBetween "daysBetween": (DateTime, DateTime) -> Decimal;
    145 WeeksBetween "weeksBetween": (DateTime, DateTime) -> Decimal;
    146 CalendarMonthsBetween "calendarMonthsBetween": (DateTime, DateTime) -> Integer;
    147 CalendarYearsBetween "calendarYearsBetween": (DateTime, DateTime) -> Integer;

    // Rounding moments.
    160 BeginOfDay "beginOfDay": (DateTime) -> DateTime;
    161 BeginOfWeek "beginOfWeek": (DateTime) -> DateTime;
    162 BeginOfMonth "beginOfMonth": (DateTime) -> DateTime;
    163 BeginOfYear "beginOfYear": (DateTime) -> DateTime;
    164 BeginOfDayUtc "beginOfDayUTC": (DateTime) -> DateTime;
    165 BeginOfWeekUtc "beginOfWeekUTC": (DateTime) -> DateTime;
    166 BeginOfMonthUtc "beginOfMonthUTC": (DateTime) -> DateTime;
    167 BeginOfYearUtc "beginOfYearUTC": (DateTime) -> DateTime;
    170 EndOfDay "endOfDay": (DateTime) -> DateTime;
    171 EndOfWeek "endOfWeek": (DateTime) -> DateTime;
    172 EndOfMonth "endOfMonth": (DateTime) -> DateTime;
    173 EndOfYear "endOfYear": (DateTime) -> DateTime;
    174 EndOfDayUtc "endOfDayUTC": (DateTime) -> DateTime;
    175 EndOfWeekUtc "endOfWeekUTC": (DateTime) -> DateTime;
    176 EndOfMonthUtc "endOfMonthUTC": (DateTime) -> DateTime;
    177 EndOfYearUtc "endOfYearUTC": (DateTime) -> DateTime;
    180 TrimToSeconds "trimToSeconds": (DateTime) -> DateTime;
    181 TrimToMinutes "trimToMinutes": (DateTime) -> DateTime;
    182 TrimToHours "trimToHours": (DateTime) -> DateTime;
    183 TrimToDays "trimToDays": (DateTime) -> DateTime;
    184 TrimToMonths "trimToMonths": (DateTime) -> DateTime;
    185 TrimToYears "trimToYears": (DateTime) -> DateTime;
    186 TrimToHoursUtc "trimToHoursUTC": (DateTime) -> DateTime;
    187 TrimToDaysUtc "trimToDaysUTC": (DateTime) -> DateTime;
    188 TrimToMonthsUtc "trimToMonthsUTC": (DateTime) -> DateTime;
    189 TrimToYearsUtc "trimToYearsUTC": (DateTime) -> DateTime;

    // Parts of moments.
    200 Year "year": (DateTime) -> Integer;
    201 Month "month": (DateTime) -> Integer;
    202 DayOfMonth "dayOfMonth": (DateTime) -> Integer;
    203 DayOfYear "dayOfYear": (DateTime) -> Integer;
    204 WeekOfYear "weekOfYear": (DateTime) -> Integer;
    205 DayOfWeek "dayOfWeek": (DateTime) -> Integer;
    206 Hour "hour": (DateTime) -> Integer;
    207 Minute "minute": (DateTime) -> Integer;
    208 Second "second": (DateTime) -> Integer;
    209 Millisecond "millisecond": (DateTime) -> Integer;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_back_to_their_function() {
        for &function in Function::ALL {
            assert_eq!(Function::named(function.name()), Some(function));
            assert_eq!(Function::from_number(function.number()), Some(function));
        }
        assert!(Function::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        assert_eq!(Function::named("tostring"), None);
    }

    #[test]
    fn the_number_of_arguments_and_their_types_decide_the_result() {
        let result = |function: Function, arguments: &[Option<Type>]| {
            function.overload(arguments).map(|overload| overload.result(arguments))
        };
        let [integer, decimal, text, moment] = [Type::Integer, Type::Decimal, Type::Text, Type::DateTime].map(Some);
        assert_eq!(result(Function::Round, &[decimal]), Some(Type::Integer));
        assert_eq!(result(Function::Round, &[decimal, integer]), Some(Type::Decimal));
        assert_eq!(result(Function::Max, &[integer, integer]), Some(Type::Integer));
        assert_eq!(result(Function::Max, &[integer, decimal, integer]), Some(Type::Decimal));
        assert_eq!(result(Function::Max, &[moment, moment]), Some(Type::DateTime));
        assert_eq!(result(Function::Max, &[moment, integer]), None);
        assert_eq!(result(Function::Max, &[integer]), None);
        assert_eq!(result(Function::ParseDecimal, &[text, None]), Some(Type::Decimal));
        assert_eq!(result(Function::ParseDecimal, &[text, text, decimal]), Some(Type::Decimal));
        assert_eq!(result(Function::Substring, &[text, text, integer]), None);
    }

    #[test]
    fn usage_reads_like_a_call() {
        assert_eq!(Function::Round.usage(), "round(Decimal) or round(Decimal, Integer)");
        assert_eq!(Function::Find.usage(), "find(String, String, [Integer])");
        assert_eq!(Function::Random.usage(), "random()");
    }
}
