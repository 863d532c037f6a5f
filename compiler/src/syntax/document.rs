//! The syntax tree of scripts: the statements that make and change a model, in file order.

use crate::source::Span;

use super::ast::{Block, DataType, Expression, Name, QualifiedName, Variable, XPath};

/// One source, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// The language version: 0 without a header, else what `mdl N;` says.
    pub version: u32,
    /// The `/** … */` at its begin, when it belongs to no statement: another one follows it.
    pub documentation: String,
    /// What it says, in order.
    pub statements: Vec<ScriptStatement>,
}

/// A statement of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptStatement {
    /// What it does.
    pub kind: ScriptStatementKind,
    /// Where it stands.
    pub span: Span,
    /// The `/** … */` in front, without its stars; also the text of a `comment '…'` option.
    pub documentation: String,
    /// `@excluded`: the document is left out.
    pub excluded: bool,
    /// `@applyentityaccess`
    pub applies_entity_access: bool,
}

/// How `create` treats what exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateMode {
    /// `create`: an error when it exists.
    New,
    /// `create or modify`, `create or replace`: the whole definition.
    OrModify,
    /// `create if not exists`: nothing when it exists.
    IfMissing,
}

/// Statements of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum ScriptStatementKind {
    /// `create module M`
    CreateModule(Name),
    /// `create enumeration M.E ( … )`
    CreateEnumeration {
        /// How.
        mode: CreateMode,
        /// Its name.
        name: QualifiedName,
        /// Its values.
        values: Vec<EnumerationValueDeclaration>,
    },
    /// `alter enumeration M.E …`
    AlterEnumeration {
        /// Its name.
        name: QualifiedName,
        /// What changes.
        change: EnumerationChange,
    },
    /// `create constant M.C type T default v`
    CreateConstant {
        /// How.
        mode: CreateMode,
        /// Its name.
        name: QualifiedName,
        /// Its type.
        data_type: DataType,
        /// Its value.
        value: Option<Expression>,
        /// `exposed to client`
        exposed: bool,
    },
    /// `create [non-persistent|persistent|view|external] entity M.E ( … )`
    CreateEntity(Box<EntityDeclaration>),
    /// `alter entity M.E …`
    AlterEntity {
        /// Its name.
        name: QualifiedName,
        /// What changes, in order.
        changes: Vec<EntityChange>,
    },
    /// `create association M.A from M.X to M.Y`
    CreateAssociation {
        /// How.
        mode: CreateMode,
        /// Its name.
        name: QualifiedName,
        /// The owner.
        from: QualifiedName,
        /// What is referred to.
        to: QualifiedName,
        /// Its options.
        options: AssociationOptions,
    },
    /// `alter association M.A set …`
    AlterAssociation {
        /// Its name.
        name: QualifiedName,
        /// The options that change.
        options: AssociationOptions,
    },
    /// `create validation rule M.R for M.E …`
    CreateValidationRule {
        /// How.
        mode: CreateMode,
        /// Its name.
        name: QualifiedName,
        /// The entity.
        entity: QualifiedName,
        /// What is checked.
        check: RuleCheck,
        /// The message: `feedback '…'`.
        message: Option<String>,
    },
    /// `create microflow`, `create nanoflow`, `create rule`
    CreateMicroflow(Box<MicroflowDeclaration>),
    /// `create java action`, `create javascript action`: a signature
    CreateAction {
        /// How.
        mode: CreateMode,
        /// Whether it is a JavaScript action.
        javascript: bool,
        /// Its name.
        name: QualifiedName,
        /// Its parameters.
        parameters: Vec<ParameterDeclaration>,
        /// Its result.
        returns: Option<DataType>,
    },
    /// `create regular expression M.R …`
    CreateRegularExpression {
        /// How.
        mode: CreateMode,
        /// Its name.
        name: QualifiedName,
        /// The pattern.
        pattern: String,
    },
    /// A document that is known by name only for now: a page, a mapping, a REST service, a workflow, a queue, ….
    CreateOther {
        /// How.
        mode: CreateMode,
        /// What it is.
        kind: DocumentKind,
        /// Its name.
        name: QualifiedName,
        /// What the note about it says it needs; none for pages and layout, which are merely skipped.
        needs: Option<&'static str>,
    },
    /// `rename entity M.A to B`; `rename module A to B`
    Rename {
        /// What it is.
        kind: DocumentKind,
        /// Its present name.
        from: QualifiedName,
        /// Its new name, unqualified.
        to: Name,
    },
    /// `move entity M.A to M2`, `move microflow M.A to folder 'F' [in M2]`
    Move {
        /// What it is.
        kind: DocumentKind,
        /// Its present name.
        name: QualifiedName,
        /// The new module; none for a move within the module.
        module: Option<Name>,
    },
    /// `drop entity M.A`
    Drop {
        /// What it is.
        kind: DocumentKind,
        /// Its name.
        name: QualifiedName,
    },
    /// `create module role M.R`
    CreateModuleRole {
        /// How.
        mode: CreateMode,
        /// Its name.
        name: QualifiedName,
        /// `description '…'`
        description: String,
    },
    /// `create user role R (M.R, …) [manage all roles]`
    CreateUserRole {
        /// How.
        mode: CreateMode,
        /// Its name.
        name: Name,
        /// Its module roles.
        module_roles: Vec<QualifiedName>,
        /// `manage all roles`
        manage_all_roles: bool,
    },
    /// `alter user role R add module roles ( … )`, `… remove …`
    AlterUserRole {
        /// Its name.
        name: Name,
        /// Whether they are added; otherwise removed.
        add: bool,
        /// The module roles.
        module_roles: Vec<QualifiedName>,
    },
    /// `alter project security level …`, `… demo users on`, `alter app security ( … )`
    AlterSecurity {
        /// `off`, `prototype`, `production`
        level: Option<Name>,
        /// Whether demo users may log in.
        demo_users: Option<bool>,
        /// Whether there are anonymous users.
        guest_access: Option<bool>,
        /// The user role of anonymous users.
        guest_role: Option<Name>,
    },
    /// `create demo user 'n' password 'p' [entity M.E] (R, …)`
    CreateDemoUser {
        /// How.
        mode: CreateMode,
        /// Login name.
        name: String,
        /// Password.
        password: String,
        /// The user's entity.
        entity: Option<QualifiedName>,
        /// Its user roles.
        roles: Vec<Name>,
    },
    /// `grant … on entity`, `revoke … on entity`
    EntityAccess {
        /// Whether rights are given; otherwise taken.
        grant: bool,
        /// The module roles.
        roles: Vec<QualifiedName>,
        /// The entity.
        entity: QualifiedName,
        /// The rights; `revoke M.R on M.E` without a list takes all.
        rights: AccessRights,
        /// To which objects a grant is limited.
        constraint: Option<Constraint>,
    },
    /// `grant execute on microflow M.F to M.R`, `grant view on page …`, `grant access on …`, and `revoke …`
    DocumentAccess {
        /// Whether the right is given; otherwise taken.
        grant: bool,
        /// What it is on.
        kind: DocumentKind,
        /// Its name.
        document: QualifiedName,
        /// The module roles.
        roles: Vec<QualifiedName>,
    },
    /// `alter settings SECTION k = v, …`
    AlterSettings {
        /// The section: `model` (also for `runtime`), `constant`, `configuration`, `language`, `workflows`, ….
        section: String,
        /// What within the section: the constant's or the configuration's name.
        subject: Option<String>,
        /// Keys with their values as text.
        values: Vec<(Name, String)>,
    },
    /// `execute script 'other.mdl'`
    ExecuteScript {
        /// The path as written.
        path: String,
    },
    /// Statements of a microflow in a `.test.mdl` file: the body of one test. Its tags are in the documentation.
    Test {
        /// What the test does.
        body: Block,
    },
    /// A statement that is read and then left aside: pages, layout, utilities.
    Skipped {
        /// What it is: its first words.
        what: String,
    },
}

/// Kinds of documents that other statements name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum DocumentKind {
    Module,
    Entity,
    Enumeration,
    Association,
    Constant,
    Microflow,
    Nanoflow,
    JavaAction,
    JavaScriptAction,
    ValidationRule,
    RegularExpression,
    Page,
    Snippet,
    Layout,
    Workflow,
    ScheduledEvent,
    Queue,
    ModuleRole,
    UserRole,
    DemoUser,
    Folder,
    /// Any other, by its words: `published rest service`.
    Other(String),
}

/// A value in `create enumeration`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumerationValueDeclaration {
    /// The key.
    pub key: Name,
    /// The caption; the key when absent.
    pub caption: Option<String>,
}

/// What `alter enumeration` changes.
#[derive(Clone, Debug, PartialEq)]
pub enum EnumerationChange {
    /// `add value K caption 'C'`
    Add(EnumerationValueDeclaration),
    /// `rename value K to L`
    Rename(Name, Name),
    /// `modify value K caption 'C'`
    Modify(EnumerationValueDeclaration),
    /// `drop value K`
    Drop(Name),
    /// Something that does not matter to a runtime (a comment, a folder).
    Nothing,
}

/// `create entity`
#[derive(Clone, Debug, PartialEq)]
pub struct EntityDeclaration {
    /// How.
    pub mode: CreateMode,
    /// Its name.
    pub name: QualifiedName,
    /// Its kind.
    pub kind: EntityKind,
    /// `extends M.G`
    pub generalization: Option<QualifiedName>,
    /// Its attributes.
    pub attributes: Vec<AttributeDeclaration>,
    /// Its indexes.
    pub indexes: Vec<IndexDeclaration>,
    /// Its event handlers.
    pub handlers: Vec<HandlerDeclaration>,
    /// The OQL query of a view, as written.
    pub query: Option<String>,
}

/// Kinds of entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// Has a table.
    Persistent,
    /// Lives in memory.
    NonPersistent,
    /// Is the result of an OQL query.
    View,
    /// Lives in another system.
    External,
}

/// An attribute of `create entity`.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDeclaration {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub data_type: DataType,
    /// `not null`, `required`, with the message when there is one.
    pub required: Option<Option<String>>,
    /// `nullable`: `modify attribute` takes the rule that it is required away. What it does not mention, it keeps.
    pub nullable: bool,
    /// `unique`, with the message when there is one.
    pub unique: Option<Option<String>>,
    /// `default e`
    pub default: Option<Expression>,
    /// `calculated [by M.F]`
    pub calculated: Option<Option<QualifiedName>>,
    /// The `/** … */` in front.
    pub documentation: String,
}

/// `index [name] [on] (A desc, B)`
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDeclaration {
    /// Its name.
    pub name: Option<Name>,
    /// Attributes, and whether each is descending.
    pub columns: Vec<(Name, bool)>,
}

/// `on before commit call M.F($currentObject) raise error`
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerDeclaration {
    /// Whether it runs before; otherwise after.
    pub before: bool,
    /// `create`, `commit`, `delete` or `rollback`.
    pub operation: brooklet_model::Operation,
    /// What runs.
    pub microflow: QualifiedName,
    /// Whether the text passes the object; when it says nothing, the microflow's signature decides.
    pub passes_object: Option<bool>,
    /// `raise error`; when it says nothing about it, as the language's default has it (before-handlers raise unless told not to).
    pub raise_error: bool,
}

/// What `alter entity` changes.
#[derive(Clone, Debug, PartialEq)]
pub enum EntityChange {
    /// `add attribute A: T`
    AddAttribute {
        /// The attribute.
        attribute: AttributeDeclaration,
        /// `if not exists`
        if_missing: bool,
    },
    /// `rename attribute A to B`
    RenameAttribute(Name, Name),
    /// `modify attribute A: T`
    ModifyAttribute(AttributeDeclaration),
    /// `drop attribute A`
    DropAttribute(Name),
    /// `add index (…)`
    AddIndex(IndexDeclaration),
    /// `drop index name`, or by its columns
    DropIndex(IndexDeclaration),
    /// `add event handler on …`
    AddHandler(HandlerDeclaration),
    /// `drop event handler on before commit`
    DropHandler {
        /// Whether it runs before.
        before: bool,
        /// The operation.
        operation: brooklet_model::Operation,
    },
    /// `set generalization M.G`; none removes it
    SetGeneralization(Option<QualifiedName>),
    /// Something that does not matter to a runtime (position, comment, folder).
    Nothing,
}

/// Options of an association; what is not said stays none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssociationOptions {
    /// `type ReferenceSet`: true; `type reference`: false
    pub reference_set: Option<bool>,
    /// `owner both`: true; `owner default`: false
    pub owner_both: Option<bool>,
    /// `on delete …`
    pub on_delete: Option<brooklet_model::DeleteBehavior>,
    /// The message when a deletion is prevented.
    pub delete_message: Option<String>,
}

/// What a validation rule checks.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleCheck {
    /// `required A`
    Required(Name),
    /// `unique A, B`
    Unique(Vec<Name>),
    /// `range A >= e [and A <= f]`, `range A between e and f`: lowest and highest value allowed
    Range(Name, Option<Expression>, Option<Expression>),
    /// `equals A e`
    Equals(Name, Expression),
    /// `regex A 'pattern'` or by the name of a regular expression document
    Regex(Name, RegexSource),
    /// `maxlength A n`
    MaxLength(Name, u32),
    /// `expression e`, over `$currentObject` or bare attribute names
    Expression(Expression),
}

/// Where a pattern comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum RegexSource {
    /// It is given.
    Pattern(String),
    /// It is a document.
    Named(QualifiedName),
}

/// `create microflow`
#[derive(Clone, Debug, PartialEq)]
pub struct MicroflowDeclaration {
    /// How.
    pub mode: CreateMode,
    /// `create nanoflow`
    pub nanoflow: bool,
    /// Its name.
    pub name: QualifiedName,
    /// Its parameters.
    pub parameters: Vec<ParameterDeclaration>,
    /// Its result; nothing when absent.
    pub returns: Option<DataType>,
    /// `as $v`: the name of the result.
    pub result_name: Option<Variable>,
    /// `disallow concurrent execution`
    pub disallow_concurrent: Option<ConcurrencyClause>,
    /// What it does.
    pub body: Block,
}

/// `disallow concurrent execution error message '…'`, `… error microflow M.F`
#[derive(Clone, Debug, PartialEq)]
pub struct ConcurrencyClause {
    /// What the second caller reads.
    pub message: Option<String>,
    /// What runs for the second caller.
    pub microflow: Option<QualifiedName>,
    /// Where it stands.
    pub span: Span,
}

/// A parameter of a microflow or action.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterDeclaration {
    /// Its name, without `$`.
    pub name: Name,
    /// Its type.
    pub data_type: DataType,
}

/// The constraint of a grant.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// What it says.
    pub xpath: XPath,
    /// The same as written, without quotes.
    pub text: String,
    /// The language version that it is written in.
    pub version: u32,
}

/// Rights on an entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessRights {
    /// `create`
    pub create: bool,
    /// `delete`
    pub delete: bool,
    /// `read *`, `read (A, B)`
    pub read: brooklet_model::MemberAccess,
    /// `write *`, `write (A, B)`
    pub write: brooklet_model::MemberAccess,
    /// Whether no right was named (a `revoke` of everything).
    pub everything: bool,
}
