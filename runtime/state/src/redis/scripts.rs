//! The scripts that Redis runs, each of them atomic.

use std::sync::LazyLock;

use redis::{Pipeline, Script};

/// The text of a script that writes sessions: what they share comes first.
macro_rules! with_common {
    ($file:literal) => {
        concat!(include_str!("common.lua"), "\n", include_str!($file))
    };
}

macro_rules! scripts {
    ($($name:ident: $text:expr,)*) => {
        $(pub(super) static $name: LazyLock<Script> = LazyLock::new(|| Script::new($text));)*

        const TEXTS: &[&str] = &[$($text),*];
    };
}

scripts! {
    OPEN: with_common!("open.lua"),
    SAVE: with_common!("save.lua"),
    TOUCH: with_common!("touch.lua"),
    END: with_common!("end.lua"),
    END_USER: with_common!("end_user.lua"),
    ASSIGN: with_common!("assign.lua"),
    LIST: with_common!("list.lua"),
    SWEEP: with_common!("sweep.lua"),
    FAIL: include_str!("fail.lua"),
}

/// Makes all scripts known to a server, so that the first request that needs one takes no longer than others.
pub(super) fn introduction() -> Pipeline {
    let mut load = redis::pipe();
    for text in TEXTS {
        load.cmd("SCRIPT").arg("LOAD").arg(*text).ignore();
    }
    load
}
