//! One test per function: expressions and what they must give.
//!
//! An expression is a call whose arguments are literals or calls. Results are written as literals; a Decimal ends in `m`, so
//! that it can be told from an Integer, a moment is local time, an error is `!` and its kind.

mod conversions;
mod errors;
mod expression;
mod moments;
mod numbers;
mod patterns;
mod texts;

use crate::{Context, format::tests::context_in};

/// `cases! { name: "expression" => "result", … }`, one test per name. `in "zone", "language";` may go before.
macro_rules! cases {
    ($($name:ident: $(in $zone:literal, $language:literal;)? $($expression:literal => $result:literal),+ $(,)?;)*) => {
        $(
            #[test]
            fn $name() {
                #[allow(unused_mut, unused_assignments)]
                let mut place = ("UTC", "en_US");
                $(place = ($zone, $language);)?
                let context = crate::format::tests::context_in(place.0, place.1);
                $(assert_eq!(
                    crate::functions::tests::expression::result_of($expression, &context),
                    $result,
                    "{}",
                    $expression
                );)+
            }
        )*
    };
}
pub(super) use cases;

fn context() -> Context {
    context_in("UTC", "en_US")
}
