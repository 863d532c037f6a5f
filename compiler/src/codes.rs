//! The codes of all diagnostics, in one table.
//!
//! | range | who |
//! | --- | --- |
//! | `MDL00xx` | syntax: the text cannot be read |
//! | `MDL01xx` | name resolution and the domain model |
//! | `MDL02xx` | types and statements of microflows |
//! | `MDL03xx` | features that are left out of the built component |
//! | `MDL09xx` | what was read and left aside, on purpose |
//! | `MDL-DEPRnnn` | old spellings; these codes are the language's own |
//!
//! Every code has a page of its name under `docs/errors/`. A code is never used again for something else.

macro_rules! codes {
    ($table:ident: $($name:ident = $code:literal, $title:literal;)*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $title)]
            pub const $name: &str = $code;
        )*
        const $table: &[(&str, &str)] = &[$(($code, $title)),*];
    };
}

codes! { SYNTAX:
    UNKNOWN_CHARACTER = "MDL0001", "a character that the language does not use";
    UNEXPECTED = "MDL0002", "something else was expected here";
    UNKNOWN_STATEMENT = "MDL0003", "no statement begins with this word";
    UNCLOSED = "MDL0004", "a text, a quoted name or a comment does not end";
    TOO_DEEP = "MDL0005", "nested too deeply";
    TOO_LONG = "MDL0006", "an expression has too many operators";
    SOURCE_TOO_LARGE = "MDL0007", "a source is too large";
    MISSING_SEMICOLON = "MDL0008", "a statement does not end with `;`";
    SLASH_DIVISION = "MDL0009", "`/` does not divide";
    CHAINED_COMPARISON = "MDL0010", "comparisons cannot be chained";
    STATEMENT_OUTSIDE = "MDL0011", "a statement of a microflow stands outside of one";
    CONSTRAINED_ASSOCIATION = "MDL0012", "a retrieve by association has no constraint";
    XPATH_ARITHMETIC = "MDL0013", "XPath does not calculate with attributes";
    PLACEHOLDERS = "MDL0014", "placeholders are not numbered from 1";
    LANGUAGE_VERSION = "MDL0015", "the header names no known language version";
    NOT_IN_THIS_VERSION = "MDL0016", "a spelling that this language version does not have";
    UNKNOWN_OPTION = "MDL0017", "an option that the statement does not have";
    UNKNOWN_DOCUMENT_KIND = "MDL0018", "no kind of document has this name";
    NUMBER_OUT_OF_RANGE = "MDL0019", "a number is too large";
    MEMBER_EXPECTED = "MDL0020", "one attribute or association must be named";
    TOO_MANY_ERRORS = "MDL0021", "a source has too many errors";
}

codes! { MODEL:
    UNKNOWN_ENTITY = "MDL0101", "there is no entity of this name";
    UNKNOWN_ENUMERATION = "MDL0102", "there is no enumeration of this name";
    UNKNOWN_VALUE = "MDL0103", "the enumeration has no such value";
    UNKNOWN_MEMBER = "MDL0104", "the entity has no such attribute or association";
    UNKNOWN_ASSOCIATION = "MDL0105", "there is no association of this name";
    UNKNOWN_CONSTANT = "MDL0106", "there is no constant of this name";
    UNKNOWN_MICROFLOW = "MDL0107", "there is no microflow of this name";
    UNKNOWN_TYPE = "MDL0108", "there is no entity or enumeration of this name";
    UNKNOWN_ACTION = "MDL0109", "there is no Java action of this name";
    DEFINED_TWICE = "MDL0110", "something is defined twice; the last definition counts";
    NOTHING_TO_CHANGE = "MDL0111", "what is to be changed is not there";
    NOTHING_TO_DROP = "MDL0112", "what is to be dropped is not there";
    UNKNOWN_SCRIPT = "MDL0113", "the script to execute is not among the sources";
    EXCLUDED = "MDL0114", "an excluded document was left out";
    NAME_TAKEN = "MDL0115", "the new name is taken";
    NOT_QUALIFIED = "MDL0116", "a definition needs a name in a module";
    INCLUDES_TOO_DEEP = "MDL0117", "scripts execute one another too deeply";
    UNKNOWN_ROLE = "MDL0118", "there is no role of this name";
    UNKNOWN_REGULAR_EXPRESSION = "MDL0119", "there is no regular expression of this name";
    UNSUPPORTED_TYPE = "MDL0120", "the type is not supported";
    TYPE_OUT_OF_PLACE = "MDL0121", "the type cannot stand here";
    DEFAULT_DOES_NOT_FIT = "MDL0122", "the value does not fit the type";
    ATTRIBUTE_CLASH = "MDL0123", "two members of an entity have the same name";
    GENERALIZATION_CYCLE = "MDL0124", "an entity specializes itself";
    PERSISTABILITY = "MDL0125", "an entity is persistable if what it specializes is";
    VALUE_TWICE = "MDL0126", "an enumeration has a value twice";
    RULE_DOES_NOT_FIT = "MDL0127", "the rule does not fit the attribute";
    NOTHING_CALCULATES = "MDL0128", "a calculated attribute needs a microflow";
    HANDLER_DOES_NOT_FIT = "MDL0129", "the microflow cannot handle this event";
    INHERITED_ATTRIBUTE = "MDL0130", "only the entity that declares the attribute can do this";
    PARAMETER_TWICE = "MDL0131", "two parameters have the same name";
    ASSOCIATION_ENDS = "MDL0132", "these entities cannot be associated this way";
}

codes! { FLOWS:
    UNKNOWN_VARIABLE = "MDL0201", "there is no variable of this name here";
    TYPE_MISMATCH = "MDL0202", "a value of another type is expected";
    OPERATOR = "MDL0203", "an operator does not take values of these types";
    UNKNOWN_FUNCTION = "MDL0204", "there is no function of this name";
    WRONG_ARGUMENTS = "MDL0205", "a function cannot be called with these arguments";
    UNKNOWN_PARAMETER = "MDL0206", "a microflow has no parameter of this name";
    NOT_AN_OBJECT = "MDL0207", "an object is expected";
    NOT_A_LIST = "MDL0208", "a list is expected";
    MISSING_RETURN = "MDL0209", "the end of a microflow with a result can be reached without `return`";
    RETURN_VALUE = "MDL0210", "what is returned does not fit the microflow's result";
    MISPLACED = "MDL0211", "a statement stands where it means nothing";
    INVALID_LITERAL = "MDL0212", "a literal is out of range";
    INVALID_XPATH = "MDL0213", "a constraint cannot be understood";
    INVALID_TOKEN = "MDL0214", "there is no such token";
    INVALID_SORT = "MDL0215", "a list cannot be sorted that way";
    NOT_WRITABLE = "MDL0216", "an attribute cannot be set";
    NOT_READABLE = "MDL0217", "an attribute cannot be used in an expression";
    WRONG_BRANCH = "MDL0218", "a branch of `split type` can never be taken";
    DECLARED_LIST = "MDL0219", "a list cannot be declared";
    UNKNOWN_PAGE = "MDL0220", "no source defines the page";
    NOTHING_IN_DATABASE = "MDL0221", "objects that are not persistent are retrieved from the database";
}

codes! { NOT_YET_THERE:
    NOT_YET = "MDL0301", "a microflow needs something that this version leaves out";
}

codes! { ELSEWHERE:
    ENTITY_ELSEWHERE = "MDL0350", "an entity whose objects come from a query or another system";
}

codes! { LEFT_ASIDE:
    SKIPPED = "MDL0901", "a statement that has no meaning for a server was skipped";
    LEFT_OUT = "MDL0902", "a document was read by its name only";
}

codes! { OLD_SPELLINGS:
    OLD_CREATE_OR_REPLACE = "MDL-DEPR001", "`create or replace` is now `create or modify`";
    OLD_LIST_OPERATION = "MDL-DEPR003", "a list operation is no function: `head $List`";
    OLD_AGGREGATE = "MDL-DEPR004", "an aggregate is no function: `count $List`";
    OLD_DOLLAR_ARGUMENT = "MDL-DEPR006", "an argument is named without `$`";
    OLD_COLON_ARGUMENT = "MDL-DEPR007", "an argument is written with `=`";
    OLD_POSITIONAL_ARGUMENTS = "MDL-DEPR009", "placeholders are bound by number: `with ({1} = …)`";
    OLD_ERROR_MESSAGE = "MDL-DEPR021", "a message is written `error message '…'`";
    OLD_DELETE_BEHAVIOR = "MDL-DEPR022", "`delete_behavior` is now `on delete`";
    OLD_REFERENCE_SET = "MDL-DEPR023", "`reference_set` is now `ReferenceSet`";
    OLD_RETURNS_NONE = "MDL-DEPR024", "`returns none` is now `returns nothing`";
    OLD_GRANT = "MDL-DEPR030", "rights come first: `grant read * on entity M.E to M.Role`";
    OLD_SETTINGS = "MDL-DEPR060", "settings are a list of properties: `( Key: value )`";
    OLD_ASSOCIATION_COLON = "MDL-DEPR064", "an association's options are clauses without `:`";
    OLD_MODIFY_ATTRIBUTE = "MDL-DEPR065", "an attribute's name and type are separated by `:`";
    OLD_REVOKE = "MDL-DEPR082", "rights come first: `revoke read * on entity M.E from M.Role`";
    OLD_SETTINGS_CONSTANT = "MDL-DEPR085", "a constant is named with `@`";
    OLD_REMOVE_ROLES = "MDL-DEPR091", "`remove module roles` is now `drop module roles`";
    OLD_COLUMN = "MDL-DEPR093", "`column` is now `attribute`";
    OLD_REST_CALL = "MDL-DEPR094", "`rest call` is now `call rest service`";
    OLD_COMMENT = "MDL-DEPR100", "`comment '…'` is now a documentation comment";
    OLD_SECURITY_CLAUSE = "MDL-DEPR133", "security settings are a list of properties";
    OLD_SET_COMMENT = "MDL-DEPR135", "`set comment` is now `set documentation`";
    OLD_CONSTANT_CLAUSES = "MDL-DEPR136", "a constant is a list of properties";
    OLD_DEMO_USER_CLAUSES = "MDL-DEPR137", "a demo user is a list of properties";
    OLD_ERROR_BRACES = "MDL-DEPR540", "an error handler is written `begin … end error`";
    OLD_REST_CLIENT = "MDL-DEPR550", "`rest client` is now `consumed rest service`";
    OLD_ODATA_CLIENT = "MDL-DEPR551", "`odata client` is now `consumed odata service`";
    OLD_ODATA_SERVICE = "MDL-DEPR552", "`odata service` is now `published odata service`";
    OLD_QUEUE = "MDL-DEPR553", "`queue` is now `task queue`";
    OLD_PROJECT_SECURITY = "MDL-DEPR554", "`project security` is now `app security`";
    OLD_SETTINGS_MODEL = "MDL-DEPR555", "`settings model` is now `settings runtime`";
}

/// Each code with its title. Ranges that other parts of the compiler own are added here.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    [SYNTAX, MODEL, FLOWS, NOT_YET_THERE, ELSEWHERE, LEFT_ASIDE, OLD_SPELLINGS].into_iter().flatten().copied()
}
