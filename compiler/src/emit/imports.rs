//! The host's functions as a core module sees them: what `wit/model.wit` says, lowered by the canonical ABI.
//!
//! A function with more than one flat result takes a last parameter, the address where the host writes them.

use wasm_encoder::ValType::{self, I32, I64};

macro_rules! imports {
    ($( $interface:literal { $( $variant:ident $name:literal ($($parameter:ident),*) $(-> $result:ident)?; )* } )*) => {
        /// A function of the host.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(super) enum Import {
            $( $( $variant, )* )*
        }

        impl Import {
            /// The interface that it belongs to.
            pub(super) fn interface(self) -> &'static str {
                match self { $( $( Self::$variant => concat!("brooklet:model/", $interface, "@0.1.0"), )* )* }
            }

            /// Its name there.
            pub(super) fn name(self) -> &'static str {
                match self { $( $( Self::$variant => $name, )* )* }
            }

            /// Its flat parameters.
            pub(super) fn parameters(self) -> &'static [ValType] {
                match self { $( $( Self::$variant => &[$($parameter),*], )* )* }
            }

            /// Its flat results.
            pub(super) fn results(self) -> &'static [ValType] {
                match self { $( $( Self::$variant => &[$($result)?], )* )* }
            }
        }
    };
}

imports! {
    "objects" {
        ObjectCreate "create" (I32, I32);
        GetBoolean "get-boolean" (I32, I32, I32);
        GetInteger "get-integer" (I32, I32, I32);
        GetDateTime "get-date-time" (I32, I32, I32);
        GetText "get-text" (I32, I32, I32);
        Change "change" (I32, I32, I32) -> I32;
        AddReference "add-reference" (I32, I32, I32, I32) -> I32;
        RemoveReference "remove-reference" (I32, I32, I32, I32) -> I32;
        Follow "follow" (I32, I32, I32, I32);
        FollowAll "follow-all" (I32, I32, I32, I32);
        IsNew "is-new" (I32) -> I32;
        IsA "is-a" (I32, I32) -> I32;
        Same "same" (I32, I32) -> I32;
        Commit "commit" (I32, I32, I32, I32);
        Delete "delete" (I32, I32, I32);
        Rollback "rollback" (I32, I32, I32);
        NextHandler "next-handler" (I32);
        HandlerReturned "handler-returned" (I32, I32);
        HandlerFailed "handler-failed" ();
    }
    "lists" {
        ListCreate "create" () -> I32;
        ListCopy "copy" (I32) -> I32;
        ListLength "length" (I32) -> I32;
        ListGet "get" (I32, I32) -> I32;
        ListAdd "add" (I32, I32) -> I32;
        ListAddAll "add-all" (I32, I32) -> I32;
        ListRemove "remove" (I32, I32) -> I32;
        ListRemoveAll "remove-all" (I32, I32) -> I32;
        ListClear "clear" (I32) -> I32;
        ListHead "head" (I32) -> I32;
        ListTail "tail" (I32) -> I32;
        ListRange "range" (I32, I64, I32, I64) -> I32;
        ListCombine "combine" (I32, I32, I32) -> I32;
        ListContains "contains" (I32, I32) -> I32;
        ListContainsAll "contains-all" (I32, I32) -> I32;
        ListEquals "equals" (I32, I32) -> I32;
        ListSort "sort" (I32, I32, I32) -> I32;
        ListFilter "filter" (I32, I32, I32, I32, I64, I32, I32);
        ListFind "find" (I32, I32, I32, I32, I64, I32, I32);
        ListAggregate "aggregate" (I32, I32, I32, I32);
    }
    "database" {
        Retrieve "retrieve" (I32, I32, I32, I32, I64, I32, I64, I32);
        Count "count" (I32, I32, I32, I32);
        QueryAggregate "aggregate" (I32, I32, I32, I32, I32, I32);
    }
    "errors" {
        Raise "raise" (I32, I32, I32);
        Savepoint "savepoint" () -> I32;
        Release "release" ();
        Catch "catch" (I32) -> I32;
        Caught "caught" ();
        Rethrow "rethrow" ();
        Latest "latest" () -> I32;
    }
    "functions" {
        DecimalArithmetic "decimal-arithmetic" (I32, I32, I32, I32, I32, I32);
        DecimalCompare "decimal-compare" (I32, I32, I32, I32) -> I32;
        Evaluate "evaluate" (I32, I32, I32, I32);
        Constant "constant" (I32, I32);
        Caption "caption" (I32, I32, I32, I32);
        CurrentUser "current-user" () -> I32;
        CurrentSession "current-session" () -> I32;
    }
    "effects" {
        Log "log" (I32, I32, I32, I32, I32);
        ShowMessage "show-message" (I32, I32, I32, I32);
        ValidationFeedback "validation-feedback" (I32, I32, I32, I32, I32);
        Instruct "instruct" (I32, I32, I32, I32, I32, I32);
        Expectation "expectation" (I32, I32, I32, I32);
    }
    "guards" {
        BeginExclusive "begin-exclusive" (I32, I32);
        ApplyAccess "apply-access" (I32) -> I32;
    }
    "limits" {
        LimitExceeded "exceeded" (I32);
    }
}
