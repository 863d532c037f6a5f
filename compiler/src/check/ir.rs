//! Microflows with every name looked up and every type known: what the checker gives the code generator.
//!
//! Conversions are explicit, so that the generator never decides what something means.

use brooklet_model::{
    AssociationId, AttributeRef, ConstantId, EntityId, EnumerationId, MicroflowId, QueryId, Type, functions::Function,
};

use crate::syntax::ast::{LogLevel, Severity};

/// A variable of a flow: an index into [`Flow::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LocalId(pub(crate) u32);

impl LocalId {
    /// The number as an index.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Local {
    /// Its name, without `$`.
    pub(crate) name: String,
    /// Its type.
    pub(crate) kind: Type,
    /// Whether it can ever be empty: false lets integers and dates do without a flag.
    pub(crate) nullable: bool,
    /// The loops that its declaration stands in, outermost first, by number.
    pub(crate) loops: Vec<u32>,
    /// Whether it is used outside the innermost of these loops.
    pub(crate) escapes: bool,
}

/// A checked microflow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flow {
    /// Its variables, parameters first.
    pub(crate) locals: Vec<Local>,
    /// How many of them are parameters.
    pub(crate) parameters: usize,
    /// The type of its result.
    pub(crate) returns: Type,
    /// What it does.
    pub(crate) body: Vec<Node>,
}

/// An activity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Its number.
    pub(crate) activity: u32,
    /// What it does.
    pub(crate) kind: NodeKind,
    /// What happens when it fails.
    pub(crate) on_error: ErrorMode,
}

/// What happens when an activity fails.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ErrorMode {
    /// The flow fails.
    Propagate,
    /// What it did is undone, and the flow goes on.
    Continue,
    /// A handler runs.
    Handle {
        /// Whether everything is undone, or only what the activity did.
        rollback: bool,
        /// The handler.
        body: Vec<Node>,
    },
}

/// Where the result of an activity goes.
pub(crate) type Target = Option<LocalId>;

/// What an activity does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeKind {
    /// A variable gets a value.
    Assign(LocalId, Expr),
    /// A new object.
    Create {
        /// The variable that gets it.
        target: Target,
        /// Its entity.
        entity: EntityId,
        /// Members that are set.
        items: Vec<Assignment>,
        /// Whether it is committed, and whether with events.
        commit: Option<bool>,
    },
    /// Members of an object are set.
    Change {
        /// The object.
        object: Expr,
        /// Members that are set.
        items: Vec<Assignment>,
        /// Whether it is committed, and whether with events.
        commit: Option<bool>,
    },
    /// An object or list is committed.
    Commit {
        /// The object or list.
        of: Expr,
        /// Whether event handlers run.
        events: bool,
    },
    /// An object or list is deleted.
    Delete(Expr),
    /// The changes of an object or list are undone.
    Rollback(Expr),
    /// Objects come from the database.
    Retrieve {
        /// The variable that gets them.
        target: LocalId,
        /// The query's number.
        query: QueryId,
        /// Its parameters.
        parameters: Vec<Expr>,
        /// How many.
        range: Range,
    },
    /// A retrieve whose list is only counted or aggregated: the database does it.
    RetrieveAggregate {
        /// The variable that gets the result.
        target: LocalId,
        /// The query's number.
        query: QueryId,
        /// Its parameters.
        parameters: Vec<Expr>,
        /// What is computed; counted without.
        aggregate: Option<(Aggregation, AttributeRef)>,
    },
    /// The order of a list by attributes, and whether from high to low.
    Sort {
        /// The variable that gets the new list.
        target: LocalId,
        /// The list.
        list: Expr,
        /// By what.
        keys: Vec<(AttributeRef, bool)>,
    },
    /// The elements of which a member has a value: one host call for the whole list.
    FilterMember {
        /// The variable that gets a new list, or the first element.
        target: LocalId,
        /// Whether only the first is wanted.
        first: bool,
        /// The list.
        list: Expr,
        /// The member.
        member: Member,
        /// Its value.
        value: Expr,
    },
    /// An aggregate of an attribute over a list: one host call.
    AggregateMember {
        /// The variable that gets the result.
        target: LocalId,
        /// The list.
        list: Expr,
        /// What is computed.
        how: Aggregation,
        /// The attribute.
        attribute: AttributeRef,
    },
    /// An element or the elements of a list are added to a list.
    ListAdd {
        /// The list.
        list: Expr,
        /// An object or a list.
        value: Expr,
    },
    /// They are removed.
    ListRemove {
        /// The list.
        list: Expr,
        /// An object or a list.
        value: Expr,
    },
    /// A list loses its elements.
    ListClear(Expr),
    /// A reference or reference set gains or loses objects.
    ChangeReference {
        /// The object.
        object: Expr,
        /// The association.
        association: AssociationId,
        /// An object or a list.
        value: Expr,
        /// Whether it is added.
        add: bool,
    },
    /// One of several blocks.
    If {
        /// The condition.
        condition: Expr,
        /// When it holds.
        then: Vec<Node>,
        /// When it does not.
        otherwise: Vec<Node>,
    },
    /// One block by the value of an enumeration or Boolean.
    Case {
        /// The value.
        subject: Expr,
        /// Keys (none is empty) with their blocks.
        branches: Vec<(Vec<Option<String>>, Vec<Node>)>,
        /// When none fits.
        otherwise: Vec<Node>,
    },
    /// One block by the entity of an object.
    Split {
        /// The object.
        object: Expr,
        /// Entities (none is empty) with their blocks.
        branches: Vec<(Option<EntityId>, Vec<Node>)>,
        /// When none fits.
        otherwise: Vec<Node>,
    },
    /// Once per element of a snapshot of a list.
    Loop {
        /// Its number, for [`Local::loops`].
        number: u32,
        /// The element.
        item: LocalId,
        /// The list.
        list: Expr,
        /// `$currentIndex`, when it is used.
        index: Option<LocalId>,
        /// What is repeated.
        body: Vec<Node>,
    },
    /// As long as a condition holds.
    While {
        /// Its number, for [`Local::loops`].
        number: u32,
        /// The condition.
        condition: Expr,
        /// `$currentIndex`, when it is used.
        index: Option<LocalId>,
        /// What is repeated.
        body: Vec<Node>,
    },
    /// Leaves the innermost loop.
    Break,
    /// Goes on with the innermost loop's next pass.
    Continue,
    /// Ends the flow.
    Return(Option<Expr>),
    /// The latest error is raised again.
    Rethrow,
    /// An error with a text of the model's own.
    Throw(Expr),
    /// Another microflow of the model runs.
    Call {
        /// The variable that gets its result.
        target: Target,
        /// The microflow.
        microflow: MicroflowId,
        /// All its arguments, in the order of its parameters.
        arguments: Vec<Expr>,
    },
    /// Enters the flow's own microflow, which must not run twice at once.
    BeginExclusive {
        /// Its number.
        microflow: MicroflowId,
        /// What runs when somebody else is in it; it returns. Without, that is an error, which the host raises.
        otherwise: Vec<Node>,
    },
    /// A line in the log.
    Log {
        /// How severe.
        level: LogLevel,
        /// The log node.
        node: Expr,
        /// The message.
        message: Expr,
    },
    /// A message at a member of an object.
    Feedback {
        /// The object.
        object: Expr,
        /// The member.
        member: Member,
        /// The message.
        message: Expr,
    },
    /// A message.
    Message {
        /// How severe.
        severity: Severity,
        /// The message.
        message: Expr,
        /// Whether the client waits.
        blocking: bool,
    },
    /// An instruction for the client.
    Instruct {
        /// What it is: `show-page`.
        kind: &'static str,
        /// Of what.
        name: String,
        /// Its arguments.
        arguments: Vec<(String, Expr)>,
    },
    /// An expectation of a test.
    Expect {
        /// Its number within the test.
        number: u32,
        /// Whether it holds.
        condition: Expr,
        /// The two sides of its comparison; one value when it is none.
        sides: Vec<Expr>,
    },
    /// Something that this version leaves out.
    Unavailable(String),
}

/// How many objects a retrieve gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Range {
    /// All of them.
    All,
    /// The first, or empty.
    First,
    /// A part.
    Limited {
        /// At most so many; 0 for all.
        limit: Option<Expr>,
        /// After so many.
        offset: Option<Expr>,
    },
}

/// A member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    /// An attribute.
    Attribute(AttributeRef),
    /// An association.
    Association(AssociationId),
}

/// A member and its new value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    /// The member.
    pub(crate) member: Member,
    /// Its value.
    pub(crate) value: Expr,
}

/// Aggregates that the host computes over an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Aggregation {
    Sum,
    Average,
    Minimum,
    Maximum,
}

/// An expression with its type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    /// What it computes.
    pub(crate) kind: ExprKind,
    /// The type of its value.
    pub(crate) ty: Type,
}

/// Expressions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
    /// No value.
    Empty,
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A text, an enumeration's key or a decimal in canonical notation: what the type says.
    Text(String),
    /// A variable.
    Local(LocalId),
    /// An attribute of an object.
    Attribute {
        /// The object.
        object: Box<Expr>,
        /// The attribute.
        attribute: AttributeRef,
        /// Whether an empty object gives an empty value; otherwise it is an error.
        tolerant: bool,
    },
    /// A calculated attribute: a microflow with the object as its argument.
    Calculated {
        /// The object.
        object: Box<Expr>,
        /// The microflow.
        microflow: MicroflowId,
        /// Whether an empty object gives an empty value; otherwise it is an error.
        tolerant: bool,
    },
    /// The object or list at the other end of an association: what the type says.
    Follow {
        /// The object.
        object: Box<Expr>,
        /// The association.
        association: AssociationId,
        /// From TO to FROM.
        reversed: bool,
        /// Whether an empty object gives empty; otherwise it is an error.
        tolerant: bool,
    },
    /// An object if it is one of the entity, else empty.
    Cast(Box<Expr>, EntityId),
    /// The number with its sign changed.
    Negate(Box<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// Both; the second is evaluated only when the first is true.
    And(Box<Expr>, Box<Expr>),
    /// One of both; the second is evaluated only when the first is false.
    Or(Box<Expr>, Box<Expr>),
    /// Two Integers or two Decimals: what the type says.
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    /// An Integer as a Decimal; empty stays empty.
    ToDecimal(Box<Expr>),
    /// Texts one after the other; empty ones are left out.
    Concat(Vec<Expr>),
    /// Any primitive as text; empty becomes the empty text.
    ToText(Box<Expr>),
    /// Whether two values of the same type are equal; empty equals empty only.
    Equal(Box<Expr>, Box<Expr>),
    /// Whether the first comes before the second in the given way; neither may be empty.
    Order(Ordering, Box<Expr>, Box<Expr>),
    /// Whether there is no value; a list without elements counts as empty.
    IsEmpty(Box<Expr>),
    /// One of two.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A function of the library.
    Function(Function, Vec<Expr>),
    /// The number of UTF-16 code units; 0 for empty.
    TextLength(Box<Expr>),
    /// A constant.
    Constant(ConstantId),
    /// The user.
    CurrentUser,
    /// The session.
    CurrentSession,
    /// The latest error, as an object.
    LatestError,
    /// The caption of an enumeration's key.
    Caption(EnumerationId, Box<Expr>),
    /// Whether an object has not been committed.
    IsNew(Box<Expr>),
    /// A new list without elements.
    NewList,
    /// The number of elements.
    ListLength(Box<Expr>),
    /// The first element.
    ListHead(Box<Expr>),
    /// A new list without the first element.
    ListTail(Box<Expr>),
    /// A part: list, offset, amount.
    ListRange(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// Two lists combined.
    ListCombine(Combination, Box<Expr>, Box<Expr>),
    /// Whether a list contains an object or all objects of a list.
    ListContains(Box<Expr>, Box<Expr>),
    /// Whether two lists have the same elements.
    ListEquals(Box<Expr>, Box<Expr>),
}

/// Arithmetic of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    /// Decimals only.
    Divide,
    Remainder,
}

/// Comparisons by order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Ordering {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Combinations of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Combination {
    Union,
    Intersect,
    Subtract,
}

impl Expr {
    /// An expression of a type.
    pub(crate) fn new(kind: ExprKind, ty: Type) -> Self {
        Self { kind, ty }
    }

    /// Whether its value can be empty, given the variables.
    pub(crate) fn can_be_empty(&self, locals: &[Local]) -> bool {
        match &self.kind {
            ExprKind::Local(local) => self.ty != Type::Boolean && locals[local.index()].nullable,
            ExprKind::If(_, then, otherwise) => then.can_be_empty(locals) || otherwise.can_be_empty(locals),
            ExprKind::ToDecimal(inner) => inner.can_be_empty(locals),
            ExprKind::Empty
            | ExprKind::Attribute { .. }
            | ExprKind::Calculated { .. }
            | ExprKind::Follow { .. }
            | ExprKind::Cast(..)
            | ExprKind::Function(..)
            | ExprKind::Constant(_)
            | ExprKind::CurrentUser
            | ExprKind::CurrentSession
            | ExprKind::LatestError
            | ExprKind::ListHead(_) => self.ty != Type::Boolean,
            _ => false,
        }
    }
}

impl Node {
    /// The blocks inside the node, its error handler included.
    pub(crate) fn blocks(&self) -> Vec<&[Node]> {
        let mut blocks: Vec<&[Node]> = match &self.kind {
            NodeKind::If { then, otherwise, .. } => vec![then, otherwise],
            NodeKind::Case { branches, otherwise, .. } => {
                branches.iter().map(|(_, body)| body.as_slice()).chain([otherwise.as_slice()]).collect()
            }
            NodeKind::Split { branches, otherwise, .. } => {
                branches.iter().map(|(_, body)| body.as_slice()).chain([otherwise.as_slice()]).collect()
            }
            NodeKind::Loop { body, .. } | NodeKind::While { body, .. } => vec![body],
            NodeKind::BeginExclusive { otherwise, .. } => vec![otherwise],
            _ => Vec::new(),
        };
        if let ErrorMode::Handle { body, .. } = &self.on_error {
            blocks.push(body);
        }
        blocks
    }
}

impl Node {
    /// The expressions of the node itself, without those of its blocks.
    pub(crate) fn expressions(&self) -> Vec<&Expr> {
        match &self.kind {
            NodeKind::Assign(_, value) => vec![value],
            NodeKind::Create { items, .. } => items.iter().map(|item| &item.value).collect(),
            NodeKind::Change { object, items, .. } => {
                std::iter::once(object).chain(items.iter().map(|item| &item.value)).collect()
            }
            NodeKind::Commit { of, .. } => vec![of],
            NodeKind::Delete(of) | NodeKind::Rollback(of) | NodeKind::ListClear(of) | NodeKind::Throw(of) => vec![of],
            NodeKind::Retrieve { parameters, range, .. } => {
                let limits = match range {
                    Range::Limited { limit, offset } => [limit.as_ref(), offset.as_ref()],
                    _ => [None, None],
                };
                parameters.iter().chain(limits.into_iter().flatten()).collect()
            }
            NodeKind::RetrieveAggregate { parameters, .. } => parameters.iter().collect(),
            NodeKind::Sort { list, .. } | NodeKind::AggregateMember { list, .. } | NodeKind::Loop { list, .. } => {
                vec![list]
            }
            NodeKind::FilterMember { list, value, .. }
            | NodeKind::ListAdd { list, value }
            | NodeKind::ListRemove { list, value } => vec![list, value],
            NodeKind::ChangeReference { object, value, .. } => vec![object, value],
            NodeKind::If { condition, .. } | NodeKind::While { condition, .. } => vec![condition],
            NodeKind::Case { subject, .. } => vec![subject],
            NodeKind::Split { object, .. } => vec![object],
            NodeKind::Return(value) => value.iter().collect(),
            NodeKind::Call { arguments, .. } => arguments.iter().collect(),
            NodeKind::Log { node, message, .. } => vec![node, message],
            NodeKind::Feedback { object, message, .. } => vec![object, message],
            NodeKind::Message { message, .. } => vec![message],
            NodeKind::Instruct { arguments, .. } => arguments.iter().map(|(_, value)| value).collect(),
            NodeKind::Expect { condition, sides, .. } => std::iter::once(condition).chain(sides).collect(),
            NodeKind::Break
            | NodeKind::Continue
            | NodeKind::Rethrow
            | NodeKind::BeginExclusive { .. }
            | NodeKind::Unavailable(_) => Vec::new(),
        }
    }
}

impl Expr {
    /// Calls something with the expression and everything in it.
    pub(crate) fn visit<'a>(&'a self, each: &mut impl FnMut(&'a Expr)) {
        each(self);
        match &self.kind {
            ExprKind::Attribute { object: inner, .. }
            | ExprKind::Calculated { object: inner, .. }
            | ExprKind::Follow { object: inner, .. }
            | ExprKind::Cast(inner, _)
            | ExprKind::Negate(inner)
            | ExprKind::Not(inner)
            | ExprKind::ToDecimal(inner)
            | ExprKind::ToText(inner)
            | ExprKind::IsEmpty(inner)
            | ExprKind::TextLength(inner)
            | ExprKind::Caption(_, inner)
            | ExprKind::IsNew(inner)
            | ExprKind::ListLength(inner)
            | ExprKind::ListHead(inner)
            | ExprKind::ListTail(inner) => inner.visit(each),
            ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Arithmetic(_, left, right)
            | ExprKind::Equal(left, right)
            | ExprKind::Order(_, left, right)
            | ExprKind::ListCombine(_, left, right)
            | ExprKind::ListContains(left, right)
            | ExprKind::ListEquals(left, right) => {
                left.visit(each);
                right.visit(each);
            }
            ExprKind::If(condition, then, otherwise) => {
                condition.visit(each);
                then.visit(each);
                otherwise.visit(each);
            }
            ExprKind::ListRange(list, offset, amount) => {
                list.visit(each);
                for number in [offset, amount].into_iter().flatten() {
                    number.visit(each);
                }
            }
            ExprKind::Concat(all) | ExprKind::Function(_, all) => all.iter().for_each(|one| one.visit(each)),
            ExprKind::Empty
            | ExprKind::Boolean(_)
            | ExprKind::Integer(_)
            | ExprKind::Text(_)
            | ExprKind::Local(_)
            | ExprKind::Constant(_)
            | ExprKind::CurrentUser
            | ExprKind::CurrentSession
            | ExprKind::LatestError
            | ExprKind::NewList => {}
        }
    }
}

/// Calls something with every node, nested ones and error handlers included.
pub(crate) fn visit_nodes<'a>(nodes: &'a [Node], each: &mut impl FnMut(&'a Node)) {
    for node in nodes {
        each(node);
        for block in node.blocks() {
            visit_nodes(block, each);
        }
    }
}

impl Node {
    /// The blocks inside the node, its error handler included, to be changed.
    pub(crate) fn blocks_mut(&mut self) -> Vec<&mut Vec<Node>> {
        let mut blocks: Vec<&mut Vec<Node>> = match &mut self.kind {
            NodeKind::If { then, otherwise, .. } => vec![then, otherwise],
            NodeKind::Case { branches, otherwise, .. } => {
                branches.iter_mut().map(|(_, body)| body).chain([otherwise]).collect()
            }
            NodeKind::Split { branches, otherwise, .. } => {
                branches.iter_mut().map(|(_, body)| body).chain([otherwise]).collect()
            }
            NodeKind::Loop { body, .. } | NodeKind::While { body, .. } => vec![body],
            NodeKind::BeginExclusive { otherwise, .. } => vec![otherwise],
            _ => Vec::new(),
        };
        if let ErrorMode::Handle { body, .. } = &mut self.on_error {
            blocks.push(body);
        }
        blocks
    }
}
