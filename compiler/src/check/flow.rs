//! The state of checking one flow: its variables, its activities and its errors.

use std::collections::{HashMap, HashSet};

use brooklet_model::{Activity, EntityId, Manifest, Query, Type, Unavailable};

use crate::{
    codes,
    diagnostics::{Diagnostic, Diagnostics},
    resolve::{Places, Scope},
    source::Span,
    suggest::did_you_mean,
    syntax::ast::Variable,
};

use super::ir::{Expr, ExprKind, Local, LocalId};

/// Checks one flow.
pub(super) struct FlowChecker<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) scope: Scope<'a>,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) queries: &'a mut Vec<Query>,
    pub(super) places: &'a Places<'a>,
    /// The language version of the script.
    pub(super) version: u32,
    pub(super) returns: Type,
    pub(super) locals: Vec<Local>,
    /// Names by block, the innermost last.
    scopes: Vec<HashMap<String, LocalId>>,
    /// Variables whose type is not known because what sets them is wrong or left out: nothing more is said about them.
    poisoned: HashSet<String>,
    pub(super) activities: Vec<Activity>,
    /// The first thing that this version leaves out.
    pub(super) unavailable: Option<Unavailable>,
    pub(super) has_errors: bool,
    /// Whether the signature has errors.
    pub(super) broken: bool,
    /// The loops around the present statement.
    pub(super) loops: Vec<LoopScope>,
    pub(super) loop_count: u32,
    /// How many error handlers are around the present statement.
    pub(super) handlers: u32,
    /// Objects whose entity a `split type` has found out.
    pub(super) splits: Vec<(LocalId, EntityId)>,
    /// What `$currentObject` is.
    pub(super) elements: Vec<LocalId>,
    /// Whether bare names are members of `$currentObject`.
    pub(super) bare_members: bool,
    /// Whether no microflow runs what is checked, so that there are no variables and nothing is computed.
    pub(super) fixed: bool,
}

/// A loop around the present statement.
pub(super) struct LoopScope {
    pub(super) number: u32,
    /// Whether it is written as one, so that `break` means it and it has a `$currentIndex`.
    pub(super) written: bool,
    pub(super) index: Option<LocalId>,
}

/// What a flow is checked with.
pub(super) struct Surroundings<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) scope: Scope<'a>,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) queries: &'a mut Vec<Query>,
    pub(super) places: &'a Places<'a>,
    pub(super) version: u32,
    pub(super) returns: Type,
    pub(super) broken: bool,
}

/// Checks something as in a microflow, but without one: there are no variables, and nothing is computed.
pub(super) fn without_flow<T>(
    manifest: &Manifest,
    scope: Scope<'_>,
    version: u32,
    diagnostics: &mut Diagnostics,
    check: impl FnOnce(&mut FlowChecker<'_>) -> T,
) -> T {
    let (mut queries, places) = (Vec::new(), Places::new(&[]));
    let mut checker = FlowChecker::new(Surroundings {
        manifest,
        scope,
        diagnostics,
        queries: &mut queries,
        places: &places,
        version,
        returns: Type::Nothing,
        broken: false,
    });
    checker.fixed = true;
    check(&mut checker)
}

impl<'a> FlowChecker<'a> {
    pub(super) fn new(surroundings: Surroundings<'a>) -> Self {
        let Surroundings { manifest, scope, diagnostics, queries, places, version, returns, broken } = surroundings;
        Self {
            manifest,
            scope,
            diagnostics,
            queries,
            places,
            version,
            returns,
            locals: Vec::new(),
            scopes: vec![HashMap::new()],
            poisoned: HashSet::new(),
            activities: Vec::new(),
            unavailable: None,
            has_errors: broken,
            broken,
            loops: Vec::new(),
            loop_count: 0,
            handlers: 0,
            splits: Vec::new(),
            elements: Vec::new(),
            bare_members: false,
            fixed: false,
        }
    }

    /// Reports an error of this flow.
    pub(super) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.has_errors = true;
        self.diagnostics.error(code, span, message)
    }

    /// Notes the result of a lookup that reports its own errors.
    pub(super) fn found<T>(&mut self, result: Option<T>) -> Option<T> {
        self.has_errors |= result.is_none();
        result
    }

    /// Notes that this version leaves something out.
    pub(super) fn leave_out(&mut self, feature: &str, span: Span) {
        let message = format!("this needs {feature}, which this version of brooklet does not have yet");
        if self.unavailable.is_none() {
            self.unavailable = Some(Unavailable { code: codes::NOT_YET.to_owned(), message: message.clone() });
        }
        self.diagnostics
            .warning(codes::NOT_YET, span, message)
            .help("the microflow is left out, and calling it raises this as an error; `--strict` refuses it");
    }

    /// A new variable in the innermost block.
    pub(super) fn declare(&mut self, name: &str, kind: Type) -> LocalId {
        let local = self.hidden(name, kind);
        self.poisoned.remove(name);
        self.name(local, name);
        local
    }

    /// Lets a name lead to a variable in the innermost block.
    pub(super) fn name(&mut self, local: LocalId, name: &str) {
        self.scopes.last_mut().expect("there is always a block").insert(name.to_owned(), local);
    }

    /// A new variable that no name leads to.
    pub(super) fn hidden(&mut self, name: &str, kind: Type) -> LocalId {
        let local = LocalId(self.locals.len() as u32);
        let loops = self.loops.iter().map(|one| one.number).collect();
        self.locals.push(Local { name: name.to_owned(), kind, nullable: false, loops, escapes: false });
        local
    }

    /// The variable that an activity sets: the known one where it fits, else a new one.
    pub(super) fn target(&mut self, variable: &Variable, kind: Type) -> LocalId {
        if let Some(local) = self.lookup(&variable.text)
            && self.fits(kind, self.locals[local.index()].kind)
        {
            self.poisoned.remove(&variable.text);
            return local;
        }
        self.declare(&variable.text, kind)
    }

    /// Says nothing more about a variable.
    pub(super) fn poison(&mut self, name: &str) {
        self.poisoned.insert(name.to_owned());
    }

    pub(super) fn is_poisoned(&self, name: &str) -> bool {
        self.poisoned.contains(name)
    }

    pub(super) fn lookup(&mut self, name: &str) -> Option<LocalId> {
        let local = self.scopes.iter().rev().find_map(|names| names.get(name).copied())?;
        let inside = |number: &u32| self.loops.iter().any(|one| one.number == *number);
        if !self.locals[local.index()].loops.iter().all(inside) {
            self.locals[local.index()].escapes = true;
        }
        Some(local)
    }

    /// A variable by name, as an expression.
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Option<Expr> {
        if self.is_poisoned(name) {
            self.has_errors |= self.unavailable.is_none();
            return None;
        }
        if let Some(local) = self.lookup(name) {
            return Some(self.read(local));
        }
        if self.fixed && name != "currentUser" {
            self.error(codes::UNKNOWN_VARIABLE, span, format!("no microflow gives `${name}` a value here"))
                .help("write the value itself, or a token such as `'[%CurrentUser%]'`");
            return None;
        }
        match name {
            "currentUser" => return self.system_object(ExprKind::CurrentUser, "System.User"),
            "currentSession" => return self.system_object(ExprKind::CurrentSession, "System.Session"),
            "latestError" => return self.system_object(ExprKind::LatestError, "System.Error"),
            "currentObject" => {
                if let Some(&element) = self.elements.last() {
                    return Some(self.read(element));
                }
            }
            "currentIndex" => {
                if let Some(at) = self.loops.iter().rposition(|one| one.written) {
                    let index = match self.loops[at].index {
                        Some(index) => index,
                        None => {
                            let index = self.hidden("currentIndex", Type::Integer);
                            self.loops[at].index = Some(index);
                            index
                        }
                    };
                    return Some(self.read(index));
                }
            }
            "latestHttpResponse" => {
                self.leave_out("REST calls", span);
                return None;
            }
            "latestSoapFault" => {
                self.leave_out("web services", span);
                return None;
            }
            "workflowContext" => {
                self.leave_out("workflows", span);
                return None;
            }
            _ => {}
        }
        let mut names: Vec<&str> = self.scopes.iter().flat_map(|names| names.keys().map(String::as_str)).collect();
        names.sort_unstable();
        let help = did_you_mean(name, names).map(|help| help.replacen('`', "`$", 1));
        let error = self.error(codes::UNKNOWN_VARIABLE, span, format!("there is no variable `${name}` here"));
        match help {
            Some(help) => error.help(help),
            None => error.help("declare it first, or set it with a call, a create or a retrieve"),
        }
        self.poison(name);
        None
    }

    fn system_object(&mut self, kind: ExprKind, entity: &str) -> Option<Expr> {
        let entity = self.manifest.entity_named(entity).expect("the prelude has it");
        Some(Expr::new(kind, Type::Object(entity)))
    }

    pub(super) fn read(&self, local: LocalId) -> Expr {
        Expr::new(ExprKind::Local(local), self.locals[local.index()].kind)
    }

    /// Checks something in a block of its own. Its variables stay known after it, where their names are free.
    pub(super) fn in_block<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(HashMap::new());
        let result = check(self);
        let names = self.scopes.pop().expect("it was just pushed");
        for (name, local) in names {
            // Control may not have come by its declaration.
            self.locals[local.index()].nullable = true;
            self.scopes.last_mut().expect("there is always a block").entry(name).or_insert(local);
        }
        result
    }

    /// Whether a value of one type can stand where the other is expected, without a conversion.
    pub(super) fn fits(&self, from: Type, to: Type) -> bool {
        match (from, to) {
            (Type::Object(special), Type::Object(general)) | (Type::List(special), Type::List(general)) => {
                self.scope.names().is_a(special, general)
            }
            _ => from == to,
        }
    }

    /// A type as a person writes it.
    pub(super) fn type_name(&self, kind: Type) -> String {
        match kind {
            Type::Nothing => "nothing".to_owned(),
            Type::Boolean => "Boolean".to_owned(),
            Type::Integer => "Integer".to_owned(),
            Type::Decimal => "Decimal".to_owned(),
            Type::DateTime => "DateTime".to_owned(),
            Type::Text => "String".to_owned(),
            Type::Binary => "Binary".to_owned(),
            Type::Enumeration(id) => format!("enumeration {}", self.manifest.enumeration(id).name),
            Type::Object(id) => self.manifest.entity(id).name.clone(),
            Type::List(id) => format!("list of {}", self.manifest.entity(id).name),
        }
    }

    /// Begins an activity, and answers its number.
    pub(super) fn activity(&mut self, kind: &str, span: Span, caption: Option<&str>) -> u32 {
        let place = self.places.place(span);
        self.activities.push(Activity {
            kind: kind.to_owned(),
            line: place.line,
            column: place.column,
            successors: Vec::new(),
            on_error: None,
            caption: caption.map(str::to_owned),
            offset: 0,
        });
        self.activities.len() as u32 - 1
    }
}
