//! The syntax tree: what the text says, before any name is looked up.
//!
//! Both language versions (`mdl 0` and `mdl 1`) lower into this one tree; where a version changes the meaning and not
//! only the spelling, the tree says what is meant (`retrieve … limit 1` is [`Range::First`] under version 0 only).

use crate::source::Span;

/// A name of one segment with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// Without quotes.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `Module.Name[.Part]`, or a single segment where the context completes it.
#[derive(Clone, Debug, PartialEq)]
pub struct QualifiedName {
    /// The segments, without quotes; at least one.
    pub parts: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

impl QualifiedName {
    /// The segments joined by dots.
    pub fn text(&self) -> String {
        self.parts.join(".")
    }
}

/// A variable, without its `$`.
pub type Variable = Name;

/// The type of a parameter, a variable, a result, an attribute or a constant, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct DataType {
    /// What it is.
    pub kind: DataTypeKind,
    /// Where it stands.
    pub span: Span,
}

/// Types, as written.
#[derive(Clone, Debug, PartialEq)]
pub enum DataTypeKind {
    /// `void`, `nothing`, `none`.
    Nothing,
    /// `Boolean`
    Boolean,
    /// `Integer`
    Integer,
    /// `Long`
    Long,
    /// `Decimal`
    Decimal,
    /// `String`, `String(200)`, `String(unlimited)`
    String(StringLength),
    /// `DateTime`
    DateTime,
    /// `Date`
    Date,
    /// `AutoNumber`
    AutoNumber,
    /// `Binary`
    Binary,
    /// `HashedString`
    HashedString,
    /// `AutoOwner`, `AutoChangedBy`, `AutoCreatedDate`, `AutoChangedDate`
    SystemMember(SystemMember),
    /// `enum M.E`, `enumeration(M.E)`
    Enumeration(QualifiedName),
    /// `M.E`: an entity or an enumeration; name resolution decides.
    Named(QualifiedName),
    /// `list of M.E`
    List(QualifiedName),
    /// `Object`, `entity <pEntity>`, `stringtemplate(sql)` and the like: only Java actions have them.
    Opaque(String),
    /// `Currency`, `Float` and what else is refused, with its word.
    Legacy(String),
}

/// The bound of a String.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringLength {
    /// Not given: 200 for attributes, none for variables.
    Unspecified,
    /// No bound.
    Unlimited,
    /// At most so many characters.
    Bounded(u32),
}

/// Members that the runtime keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemMember {
    /// Who created the object.
    Owner,
    /// Who changed it last.
    ChangedBy,
    /// When it was created.
    CreatedDate,
    /// When it was changed last.
    ChangedDate,
}

// ---------------------------------------------------------------------------------------------------------------------
// Expressions

/// A microflow expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub span: Span,
}

/// Expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// `empty`
    Empty,
    /// `true`, `false`
    Boolean(bool),
    /// `12`; the digits as written, without a sign (its range is checked later).
    Integer(String),
    /// `12.5`, `1e3`
    Decimal(String),
    /// `'text'`, unescaped
    Text(String),
    /// `$v`
    Variable(String),
    /// `$v/A`, `$v/M.Assoc/M.E/A`: at least one step. Also `$L.A` in aggregates.
    Member {
        /// Without the `$`.
        variable: String,
        /// What follows each `/`.
        steps: Vec<QualifiedName>,
    },
    /// `@M.C`
    Constant(QualifiedName),
    /// `M.Enum.Value`; a bare attribute name where an operation on a list allows it.
    Name(QualifiedName),
    /// `[%CurrentDateTime%]`: the text between the percent signs; with arithmetic when it was quoted.
    Token(String),
    /// `-x`, `+x`, `not(x)`
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `if c then a else b`
    If(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `f(a, b)`, also `M.f(a)`
    Call(QualifiedName, Vec<Expression>),
    /// Something that could not be read; a diagnostic has been given.
    Error,
}

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnaryOperator {
    Minus,
    Plus,
    Not,
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    /// `div`, and `:`
    Divide,
    /// `mod`, and `%`
    Remainder,
}

// ---------------------------------------------------------------------------------------------------------------------
// XPath

/// An XPath constraint, in any of its spellings.
#[derive(Clone, Debug, PartialEq)]
pub struct XPath {
    /// What it is.
    pub kind: XPathKind,
    /// Where it stands (inside a quoted constraint: the place of the quote).
    pub span: Span,
}

/// XPath expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum XPathKind {
    /// `a or b`
    Or(Box<XPath>, Box<XPath>),
    /// `a and b`, `[a][b]`
    And(Box<XPath>, Box<XPath>),
    /// `not(a)`, `not a`
    Not(Box<XPath>),
    /// `a = b` and the other comparisons
    Compare(BinaryOperator, Box<XPath>, Box<XPath>),
    /// `contains(A, 'x')`, `length(A)`, `true()`, …
    Call(Name, Vec<XPath>),
    /// `A`, `M.Assoc/M.E/A`, `M.Assoc[reversed()]/M.E[State = 'Open']/A`, `id`, `M.Enum.Value`
    Path(Vec<XPathStep>),
    /// `empty`, `NULL`
    Empty,
    /// A literal, a variable, a member of a variable, a token, a constant or arithmetic over them: an expression that does
    /// not depend on the candidate, evaluated once before the query runs.
    Value(Expression),
    /// Something that could not be read; a diagnostic has been given.
    Error,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct XPathStep {
    /// An attribute, an association, an entity, `id` or an enumeration's value; name resolution decides.
    pub name: QualifiedName,
    /// Nested constraints, in order.
    pub predicates: Vec<XPath>,
    /// Whether `[reversed()]` follows.
    pub reversed: bool,
}

/// One key of a sort order.
#[derive(Clone, Debug, PartialEq)]
pub struct SortItem {
    /// `A`, `M.E.A` (one step with the qualified name), or steps over associations.
    pub path: Vec<QualifiedName>,
    /// `desc`
    pub descending: bool,
    /// Where it stands.
    pub span: Span,
}

// ---------------------------------------------------------------------------------------------------------------------
// Statements of microflows

/// A sequence of statements.
pub type Block = Vec<Statement>;

/// One activity of a microflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// Where it stands, from its first word to its last.
    pub span: Span,
    /// The text of its `@caption`.
    pub caption: Option<String>,
    /// What happens when it fails.
    pub on_error: OnError,
}

/// What happens when a statement fails.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum OnError {
    /// `on error rollback`, and when nothing is said.
    #[default]
    Rollback,
    /// `on error continue`
    Continue,
    /// `on error { … }`: everything is rolled back, then the block runs.
    Custom(Block),
    /// `on error without rollback { … }`
    CustomWithoutRollback(Block),
}

/// Statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `declare $x Integer = 0`
    Declare {
        /// The new variable.
        variable: Variable,
        /// Its type.
        data_type: DataType,
        /// Its first value; empty when absent.
        value: Option<Expression>,
    },
    /// `set $x = e`, `$x = e`. In alpha it may also declare `$x`. List operations and calls have statements of their own.
    Set {
        /// The variable.
        variable: Variable,
        /// Its value.
        value: Expression,
    },
    /// `set $o/A = e`, `set $o/M.Assoc = $p`
    SetMember {
        /// The object.
        object: Variable,
        /// The member.
        member: QualifiedName,
        /// Its value.
        value: Expression,
    },
    /// `$o = create M.E (A = e, …) commit`
    Create {
        /// The variable that gets the new object.
        result: Option<Variable>,
        /// The entity.
        entity: QualifiedName,
        /// Members that are set.
        items: Vec<MemberItem>,
        /// Whether it is committed.
        commit: CommitMode,
        /// `refresh`
        refresh: bool,
    },
    /// `change $o (A = e, …) commit`
    Change {
        /// The object (or a list, each of whose objects changes).
        object: Variable,
        /// Members that are set.
        items: Vec<MemberItem>,
        /// Whether it is committed.
        commit: CommitMode,
        /// `refresh`
        refresh: bool,
    },
    /// `commit $o`
    Commit {
        /// An object or a list.
        object: Variable,
        /// Whether event handlers run; true unless `without events`.
        events: bool,
        /// `refresh`
        refresh: bool,
    },
    /// `rollback $o`
    Rollback {
        /// An object or a list.
        object: Variable,
        /// `refresh`
        refresh: bool,
    },
    /// `delete $o`
    Delete {
        /// An object or a list.
        object: Variable,
        /// `refresh`
        refresh: bool,
    },
    /// `retrieve $r from …`
    Retrieve(Box<Retrieve>),
    /// `$l = create list of M.E`
    CreateList {
        /// The new variable.
        result: Variable,
        /// The element's entity.
        entity: QualifiedName,
    },
    /// `add e to $l`, `add e to $o/M.Assoc`
    Add {
        /// An object or a list.
        value: Expression,
        /// The list or object.
        target: Variable,
        /// The association, when the target is an object.
        association: Option<QualifiedName>,
    },
    /// `remove e from $l`, `remove e from $o/M.Assoc`
    Remove {
        /// An object or a list.
        value: Expression,
        /// The list or object.
        target: Variable,
        /// The association, when the target is an object.
        association: Option<QualifiedName>,
    },
    /// `clear $l`
    ClearList {
        /// The list.
        list: Variable,
    },
    /// `$r = head $l` and the other operations on lists
    ListOperation {
        /// The variable that gets the result (declared when it is new).
        result: Variable,
        /// What is done.
        operation: ListOperation,
    },
    /// `$n = sum $l by A` and the other aggregates
    Aggregate {
        /// The variable that gets the result (declared when it is new).
        result: Variable,
        /// What is computed.
        function: AggregateFunction,
        /// The list.
        list: Variable,
    },
    /// `if … then … elsif … else … end if`
    If {
        /// Conditions with their blocks, in order; at least one.
        branches: Vec<(Expression, Block)>,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `case $o/State when Open then … end case`
    Case {
        /// What is compared.
        subject: Expression,
        /// Values (`(empty)` is none) with their blocks.
        branches: Vec<CaseBranch>,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `split type $o case M.Sub … end split`
    SplitType {
        /// The object.
        object: Variable,
        /// Entities (`(empty)` is none) with their blocks.
        branches: Vec<TypeBranch>,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `$s = cast $o`; inside a `split type` branch, whose entity is the type, unless one is named
    Cast {
        /// The new variable.
        result: Variable,
        /// The object; the subject of the split when absent.
        object: Option<Variable>,
        /// The entity, when it is named.
        entity: Option<QualifiedName>,
    },
    /// `loop $i in $l begin … end loop`
    Loop {
        /// The element's variable.
        item: Variable,
        /// `$l`, or `$o/M.Assoc`.
        list: Variable,
        /// The association, in the second form.
        association: Option<QualifiedName>,
        /// What is repeated.
        body: Block,
    },
    /// `while c begin … end while`
    While {
        /// Checked before each pass.
        condition: Expression,
        /// What is repeated.
        body: Block,
    },
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return e`
    Return(Option<Expression>),
    /// `raise error`
    RaiseError,
    /// `throw e`
    Throw(Expression),
    /// `[$r =] call microflow M.F(P = e) [in queue M.Q]`
    Call {
        /// The variable that gets the result (declared when it is new).
        result: Option<Variable>,
        /// What kind of thing is called.
        target: CallTarget,
        /// Its name.
        name: QualifiedName,
        /// Its arguments by parameter name (without `$`).
        arguments: Vec<Argument>,
        /// The task queue.
        queue: Option<QualifiedName>,
    },
    /// `log info node 'N' 'text {1}' with ({1} = e)`
    Log {
        /// How severe.
        level: LogLevel,
        /// The log node.
        node: Option<Expression>,
        /// The message.
        message: Template,
    },
    /// `validation feedback $o/A message '…'`
    ValidationFeedback {
        /// The object.
        object: Variable,
        /// The attribute or association.
        member: QualifiedName,
        /// The message.
        message: Template,
    },
    /// `show message '…' type Error`
    ShowMessage {
        /// How severe.
        severity: Severity,
        /// The message.
        message: Template,
        /// Whether the client waits for the user.
        blocking: bool,
    },
    /// `show page M.P(P = $o)`, `close page`, `show home page`, `download file $f`, `open user task`, `open workflow`,
    /// `synchronize`: an instruction for the client.
    Instruct {
        /// Kebab-case: `show-page`, `close-page`, `show-home-page`, `download-file`, `open-user-task`, `open-workflow`,
        /// `synchronize`.
        instruction: &'static str,
        /// The page or workflow.
        name: Option<QualifiedName>,
        /// Its arguments by parameter name.
        arguments: Vec<Argument>,
    },
    /// A statement that is understood but not compiled yet (REST, mappings, workflows, Java, OQL, …).
    Unsupported {
        /// What it needs, in words that complete "this needs …": `REST calls`.
        feature: &'static str,
        /// The variables that it would set, with their types where the text tells.
        results: Vec<(Variable, Option<DataType>)>,
    },
    /// `merge label`, `join label`: shared merges.
    Jump {
        /// Whether it is `merge` (the place), or `join` (going there).
        is_merge: bool,
        /// The label.
        label: Name,
    },
}

/// A member and its value in `create` and `change`.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberItem {
    /// The attribute or association.
    pub member: QualifiedName,
    /// Its value.
    pub value: Expression,
}

/// A parameter and its value in a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The parameter's name, without `$`.
    pub name: Name,
    /// Its value.
    pub value: Expression,
}

/// Whether a created or changed object is committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommitMode {
    /// No.
    #[default]
    No,
    /// Yes, and its event handlers run.
    WithEvents,
    /// Yes, without event handlers.
    WithoutEvents,
}

/// `retrieve $r from …`
#[derive(Clone, Debug, PartialEq)]
pub struct Retrieve {
    /// The variable that gets the result.
    pub result: Variable,
    /// Where it comes from.
    pub source: RetrieveSource,
    /// The order.
    pub sort: Vec<SortItem>,
    /// How many.
    pub range: Range,
}

/// Where objects are retrieved from.
#[derive(Clone, Debug, PartialEq)]
pub enum RetrieveSource {
    /// The database: `from M.E where …`
    Database {
        /// The entity.
        entity: QualifiedName,
        /// The constraint.
        constraint: Option<XPath>,
        /// The constraint as written.
        text: String,
    },
    /// An association: `from $o/M.Assoc`
    Association {
        /// The object.
        object: Variable,
        /// The association.
        association: QualifiedName,
        /// Some spell the far entity too: `$o/M.Assoc/M.E`.
        entity: Option<QualifiedName>,
    },
    /// `from (select …)`
    Oql {
        /// The query's text.
        text: String,
    },
}

/// How many objects a retrieve gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// A list of all.
    All,
    /// The first one, or empty.
    First,
    /// A list of a part.
    Limited {
        /// At most so many.
        limit: Option<Expression>,
        /// After so many.
        offset: Option<Expression>,
    },
}

/// Operations on lists.
#[derive(Clone, Debug, PartialEq)]
pub enum ListOperation {
    /// The first element.
    Head(Variable),
    /// All but the first.
    Tail(Variable),
    /// The first element for which the condition holds. Bare attribute names are those of `$currentObject`.
    Find(Variable, Expression),
    /// All such elements.
    Filter(Variable, Expression),
    /// In another order.
    Sort(Variable, Vec<SortItem>),
    /// Of both, without duplicates.
    Union(Variable, Variable),
    /// Of both at once.
    Intersect(Variable, Variable),
    /// Of the first but not the second.
    Subtract(Variable, Variable),
    /// Whether the first contains the second (an object or a list).
    Contains(Variable, Variable),
    /// Whether both have the same elements.
    Equals(Variable, Variable),
    /// A part.
    Range {
        /// The list.
        list: Variable,
        /// After so many.
        offset: Option<Expression>,
        /// At most so many.
        limit: Option<Expression>,
    },
}

/// Aggregates over a list. Expressions see the element as `$currentObject`.
#[derive(Clone, Debug, PartialEq)]
pub enum AggregateFunction {
    /// How many.
    Count,
    /// Of an expression; an attribute alone is `$currentObject/A`.
    Sum(Expression),
    /// Of an expression.
    Average(Expression),
    /// Of an expression.
    Minimum(Expression),
    /// Of an expression.
    Maximum(Expression),
    /// Whether the condition holds for all.
    All(Expression),
    /// Whether it holds for one.
    Any(Expression),
    /// `reduce $l from init as Type using expr`, with `$currentResult` and `$currentObject`
    Reduce {
        /// The first result.
        initial: Expression,
        /// Its type.
        data_type: DataType,
        /// The next result.
        step: Expression,
    },
}

/// A branch of `case`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseBranch {
    /// Its values; `None` is `(empty)`.
    pub values: Vec<CaseValue>,
    /// What runs.
    pub body: Block,
}

/// A value of a `case` branch.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseValue {
    /// `(empty)`
    Empty(Span),
    /// An enumeration's key, or `true`/`false`; perhaps qualified.
    Key(QualifiedName),
}

/// A branch of `split type`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeBranch {
    /// The entity; `None` is `(empty)`.
    pub entity: Option<QualifiedName>,
    /// What runs.
    pub body: Block,
}

/// A message with placeholders: the text may itself be any expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The text with `{1}`, `{2}`, ….
    pub text: Expression,
    /// What the placeholders stand for: the first for `{1}`.
    pub arguments: Vec<Expression>,
}

/// What a call statement calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CallTarget {
    Microflow,
    Nanoflow,
    JavaAction,
    JavaScriptAction,
}

/// Severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

/// Severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Severity {
    Information,
    Warning,
    Error,
}
