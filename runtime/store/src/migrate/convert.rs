//! Values of one kind as values of another, in SQL.
//!
//! **Invariant: a conversion never fails.** What has no value of the other kind becomes NULL: triggers run conversions in the
//! transactions of requests. Whoever plans asks first which rows would, and refuses.

use sea_query::{Expr, ExprTrait, Func};

use crate::{dialect::Flavor, kind::Kind};
use brooklet_model::{AttributeType, Manifest};

const DIGITS: &str = "0123456789";

/// The most digits of an integer, and the greatest of so many.
const INTEGER_DIGITS: i32 = 19;
const INTEGER_MAX: &str = "9223372036854775807";

/// What values become.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) kind: Kind,
    /// Integers of 32 bits.
    is_small: bool,
    /// The keys of an enumeration; none where any key will do.
    keys: Option<Vec<String>>,
    /// Keys that are called otherwise, as they are and as they become.
    renamed: Vec<(String, String)>,
}

impl Target {
    /// Values of an attribute.
    pub(super) fn attribute(manifest: &Manifest, attribute: &AttributeType) -> Self {
        let keys = match attribute {
            AttributeType::Enumeration(id) => {
                Some(manifest.enumeration(*id).values.iter().map(|value| value.key.clone()).collect())
            }
            _ => None,
        };
        let is_small = *attribute == AttributeType::Integer;
        Self { kind: Kind::of(attribute), is_small, keys, renamed: Vec::new() }
    }

    /// With other names for some keys.
    pub(super) fn renaming(mut self, keys: impl IntoIterator<Item = (String, String)>) -> Self {
        self.renamed = keys.into_iter().collect();
        self
    }

    /// Values of a kind, by its code in the ledger.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        Some(Self { kind: Kind::of_code(code)?, is_small: false, keys: None, renamed: Vec::new() })
    }
}

/// A value of another kind; none when there is no such conversion.
pub(super) fn convert(flavor: Flavor, from: Kind, to: &Target, value: Expr) -> Option<Expr> {
    use Kind as K;
    let text = match (from, to.kind) {
        (K::Key, K::Key) => return Some(renamed(&to.renamed, value)),
        (from, to) if from == to => return Some(value),
        (K::Integer, K::Decimal) => return Some(flavor.integer_as_decimal(value)),
        (K::Decimal, K::Integer) => flavor.number_as_text(K::Decimal, value),
        (K::Integer | K::Decimal, K::Text) => return Some(flavor.number_as_text(from, value)),
        (K::Boolean, K::Text) => {
            let text = Expr::case(value.clone(), "true").case(value.not(), "false");
            return Some(text.finally(Kind::Text.null(flavor.dialect)).into());
        }
        (K::DateTime, K::Text) => return Some(flavor.moment_as_text(value)),
        (K::Key, K::Text) => return Some(value),
        (K::Text, _) => value,
        _ => return None,
    };
    match to.kind {
        K::Integer => Some(text_as_integer(text, to.is_small)),
        K::Decimal => Some(text_as_decimal(flavor, text)),
        K::Boolean => {
            let truth = Expr::case(text.clone().eq("true"), true).case(text.eq("false"), false);
            Some(truth.finally(K::Boolean.null(flavor.dialect)).into())
        }
        K::DateTime => Some(flavor.text_as_moment(text)),
        K::Key => Some(match &to.keys {
            Some(keys) => only_if(text.clone().is_in(keys.iter().map(String::as_str)), text),
            None => text,
        }),
        _ => None,
    }
}

/// Whether going there and back may lose something.
pub(super) fn is_lossless(from: Kind, to: Kind) -> bool {
    use Kind as K;
    from == to || matches!((from, to), (K::Integer, K::Decimal | K::Text) | (K::Decimal | K::Boolean | K::Key, K::Text))
}

/// Keys by their other names; what has none, an unknown key too, stays as it is.
pub(super) fn renamed(keys: &[(String, String)], value: Expr) -> Expr {
    let Some(((before, after), rest)) = keys.split_first() else { return value };
    let case = Expr::case(value.clone().eq(before.as_str()), after.as_str());
    let case =
        rest.iter().fold(case, |case, (before, after)| case.case(value.clone().eq(before.as_str()), after.as_str()));
    case.finally(value).into()
}

fn only_if(condition: Expr, value: Expr) -> Expr {
    Expr::case(condition, value).into()
}

/// A text of a sign and digits without the sign.
fn unsigned(text: Expr) -> Expr {
    let sign = substring(text.clone(), 1, Some(1));
    Expr::case(sign.is_in(["-", "+"]), substring(text.clone(), 2, None)).finally(text).into()
}

fn substring(text: Expr, from: i32, length: Option<i32>) -> Expr {
    let function = Func::cust("substr").arg(text).arg(from);
    match length {
        Some(length) => function.arg(length).into(),
        None => function.into(),
    }
}

fn trimmed_left(text: Expr, characters: &str) -> Expr {
    Func::cust("ltrim").args([text, Expr::val(characters)]).into()
}

fn trimmed_right(text: Expr, characters: &str) -> Expr {
    Func::cust("rtrim").args([text, Expr::val(characters)]).into()
}

fn length(text: Expr) -> Expr {
    Func::cust("length").arg(text).into()
}

fn is_digits(text: Expr) -> Expr {
    text.clone().ne("").and(trimmed_left(text, DIGITS).eq(""))
}

/// Only what is a sign and digits, and not too great, is cast: a cast of anything else fails on PostgreSQL.
fn text_as_integer(text: Expr, is_small: bool) -> Expr {
    let digits = unsigned(text.clone());
    let significant = trimmed_left(digits.clone(), "0");
    let fits = length(significant.clone())
        .lt(INTEGER_DIGITS)
        .or(length(significant.clone()).eq(INTEGER_DIGITS).and(significant.lte(INTEGER_MAX)));
    let number = text.cast_as("bigint");
    let number = match is_small {
        true => only_if(number.clone().between(i64::from(i32::MIN), i64::from(i32::MAX)), number),
        false => number,
    };
    only_if(is_digits(digits).and(fits), number)
}

/// Sign, digits, maybe a point and digits; as many as a column has. Canonical, as the store writes decimals: without
/// superfluous zeros.
fn text_as_decimal(flavor: Flavor, text: Expr) -> Expr {
    let digits = unsigned(text.clone());
    let rest = trimmed_left(digits.clone(), DIGITS);
    let integral = substring_before(digits.clone(), rest.clone());
    let fraction = substring(rest.clone(), 2, None);
    let has_point = substring(rest.clone(), 1, Some(1)).eq(".").and(is_digits(fraction.clone()));
    let significant = (trimmed_left(integral.clone(), "0"), trimmed_right(fraction, "0"));
    let fits = length(significant.0.clone())
        .lte(brooklet_values::Decimal::STORED_INTEGRAL_DIGITS as i32)
        .and(length(significant.1.clone()).lte(brooklet_values::Decimal::STORED_FRACTIONAL_DIGITS as i32));
    let whole = Expr::case(significant.0.clone().eq(""), "0").finally(significant.0.clone());
    let part = Expr::case(significant.1.clone().eq(""), "").finally(joined(Expr::val("."), significant.1.clone()));
    let is_negative = substring(text, 1, Some(1)).eq("-").and(joined(significant.0, significant.1).ne(""));
    let sign = Expr::case(is_negative, "-").finally("");
    let canonical = joined(joined(sign.into(), whole.into()), part.into());
    let is_number = is_digits(integral).and(rest.eq("").or(has_point)).and(fits);
    only_if(is_number, flavor.text_as_decimal(canonical))
}

fn substring_before(text: Expr, rest: Expr) -> Expr {
    let count = length(text.clone()).sub(length(rest));
    Func::cust("substr").args([text, Expr::val(1), count]).into()
}

fn joined(left: Expr, right: Expr) -> Expr {
    left.binary(sea_query::BinOper::Custom("||"), right)
}
