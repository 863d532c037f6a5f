//! Enumerations, constants, associations and validation rules.

use brooklet_model::DeleteBehavior;

use super::super::ast::{DataType, DataTypeKind, Expression, Name, QualifiedName, StringLength};
use super::super::document::{
    AssociationOptions, CreateMode, EnumerationValueDeclaration, RegexSource, RuleCheck, ScriptStatementKind,
};
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `enumeration M.E ( A 'a', B caption 'b' )`
    pub(super) fn create_enumeration(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.qualified_name()?;
        self.common_options()?;
        self.expect(TokenKind::LeftParenthesis)?;
        let values = self.list_until(TokenKind::RightParenthesis, Self::enumeration_value)?;
        self.common_options()?;
        Ok(ScriptStatementKind::CreateEnumeration { mode, name, values })
    }

    /// `/** … */ A caption 'a'`
    pub(super) fn enumeration_value(&mut self) -> Parsed<EnumerationValueDeclaration> {
        while self.eat(TokenKind::Documentation) {}
        self.annotations()?;
        let key = self.name()?;
        self.eat_word("caption");
        let caption = if self.at(TokenKind::Text) { Some(self.expect_text()?) } else { None };
        Ok(EnumerationValueDeclaration { key, caption })
    }

    /// `constant M.C type T default v`, `constant M.C ( Type: T, DefaultValue: v )`
    pub(super) fn create_constant(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.qualified_name()?;
        self.common_options()?;
        let mut data_type = None;
        let mut value = None;
        let mut exposed = false;
        if self.eat(TokenKind::LeftParenthesis) {
            self.list_until(TokenKind::RightParenthesis, |parser| {
                let key = parser.name()?;
                parser.expect(TokenKind::Colon)?;
                match key.text.to_ascii_lowercase().as_str() {
                    "type" => data_type = Some(parser.data_type()?),
                    "defaultvalue" | "default" | "value" => value = Some(parser.expression()?),
                    "exposedtoclient" => exposed = parser.boolean()?,
                    _ => return parser.unknown_option(&key, "constant", &["Type", "DefaultValue", "ExposedToClient"]),
                }
                Ok(())
            })?;
            self.common_options()?;
        } else {
            let token = self.peek();
            self.old_spelling(codes::OLD_CONSTANT_CLAUSES, token, "`( Type: …, DefaultValue: … )`");
            loop {
                if self.eat_word("type") {
                    data_type = Some(self.data_type()?);
                } else if self.eat_word("default") {
                    value = Some(self.expression()?);
                } else if self.eat_words(&["exposed", "to", "client"]) {
                    exposed = true;
                } else if !self.eat_word("private") && !self.common_option()? {
                    break;
                }
            }
        }
        let data_type =
            data_type.unwrap_or(DataType { kind: DataTypeKind::String(StringLength::Unspecified), span: name.span });
        Ok(ScriptStatementKind::CreateConstant { mode, name, data_type, value, exposed })
    }

    /// `association M.A from M.X to M.Y type reference …`, `association M.A ( from M.X to M.Y, type: Reference )`
    pub(super) fn create_association(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.qualified_name()?;
        let parenthesized = self.eat(TokenKind::LeftParenthesis);
        self.expect_word("from")?;
        let from = self.qualified_name()?;
        self.expect_word("to")?;
        let to = self.qualified_name()?;
        let mut options = AssociationOptions::default();
        loop {
            let comma = parenthesized && self.eat(TokenKind::Comma);
            if !self.association_option(&mut options)? {
                if comma && !self.at(TokenKind::RightParenthesis) {
                    return self.expected("`type`, `owner`, `storage` or `on delete`");
                }
                break;
            }
        }
        if parenthesized {
            self.expect(TokenKind::RightParenthesis)?;
            while self.association_option(&mut options)? {}
        }
        Ok(ScriptStatementKind::CreateAssociation { mode, name, from, to, options })
    }

    /// One option of an association; false when none is next.
    pub(super) fn association_option(&mut self, options: &mut AssociationOptions) -> Parsed<bool> {
        let token = self.peek();
        match self.lower(0).as_str() {
            "type" => {
                self.option_word();
                let kind = self.peek();
                options.reference_set = Some(match self.lower(0).as_str() {
                    "reference" => false,
                    "referenceset" => true,
                    "reference_set" => {
                        self.old_spelling(codes::OLD_REFERENCE_SET, kind, "`ReferenceSet`");
                        true
                    }
                    _ => return self.expected("`Reference` or `ReferenceSet`"),
                });
                self.bump();
            }
            "owner" => {
                self.option_word();
                options.owner_both = Some(match self.lower(0).as_str() {
                    "default" => false,
                    "both" => true,
                    _ => return self.expected("`default` or `both`"),
                });
                self.bump();
            }
            "storage" => {
                self.option_word();
                if !self.eat_word("column") && !self.eat_word("table") {
                    return self.expected("`column` or `table`");
                }
            }
            "delete_behavior" => {
                self.option_word();
                self.old_spelling(codes::OLD_DELETE_BEHAVIOR, token, "`on delete cascade`, `restrict` or `set null`");
                self.delete_behavior(options)?;
            }
            "on" if self.is_word(1, "delete") => {
                self.bump();
                self.bump();
                self.delete_behavior(options)?;
            }
            _ => return self.common_option(),
        }
        Ok(true)
    }

    /// The word of an option, and the `:` that some write behind it.
    fn option_word(&mut self) {
        self.bump();
        let token = self.peek();
        if self.eat(TokenKind::Colon) {
            self.old_spelling(codes::OLD_ASSOCIATION_COLON, token, "the option without `:`");
        }
    }

    fn delete_behavior(&mut self, options: &mut AssociationOptions) -> Parsed<()> {
        let behavior = match self.lower(0).as_str() {
            "cascade" | "delete_and_references" => DeleteBehavior::Cascade,
            "prevent" | "restrict" | "delete_if_no_references" => DeleteBehavior::Prevent,
            "delete_but_keep_references" => DeleteBehavior::KeepReferences,
            "set" if self.is_word(1, "null") => {
                self.bump();
                DeleteBehavior::KeepReferences
            }
            _ => return self.expected("`cascade`, `restrict` or `set null`"),
        };
        self.bump();
        options.on_delete = Some(behavior);
        options.delete_message = self.error_message()?;
        Ok(())
    }

    /// `validation rule M.R for M.E required A feedback '…'`; the newer language has no name for it and says
    /// `validation rule for M.E.A …`, where the attribute's name stands for the rule's.
    pub(super) fn create_validation_rule(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let mode = self.if_not_exists(mode);
        let named = if self.at_word("for") { None } else { Some(self.qualified_name()?) };
        self.expect_word("for")?;
        let mut entity = self.qualified_name()?;
        let (name, attribute) = match named {
            Some(name) => (name, None),
            None => {
                // A rule without a name is known by what it checks; the dots keep it apart from every name.
                let (module, rest) = entity.parts.split_first().map_or(("", &[][..]), |(module, rest)| (module, rest));
                let local = format!("{}.{}", rest.join("."), self.lower(0).as_str());
                let name = QualifiedName { parts: vec![module.to_owned(), local], span: entity.span };
                let attribute = if entity.parts.len() > 2 { entity.parts.pop() } else { None };
                (name, attribute.map(|text| Name { text, span: entity.span }))
            }
        };
        let check = self.rule_check(attribute)?;
        let token = self.peek();
        let message = if self.eat_word("feedback") || self.eat_word("message") {
            self.old_spelling(codes::OLD_ERROR_MESSAGE, token, "`error message '…'`");
            Some(self.expect_text()?)
        } else {
            self.error_message()?
        };
        Ok(ScriptStatementKind::CreateValidationRule { mode, name, entity, check, message })
    }

    fn rule_check(&mut self, attribute: Option<Name>) -> Parsed<RuleCheck> {
        let word = self.lower(0);
        if !matches!(word.as_str(), "required" | "unique" | "range" | "equals" | "regex" | "maxlength" | "expression") {
            return self.expected("`required`, `unique`, `range`, `equals`, `regex`, `maxlength` or `expression`");
        }
        self.bump();
        if word.as_str() == "expression" {
            return Ok(RuleCheck::Expression(self.expression()?));
        }
        let name = match attribute {
            Some(name) => name,
            None => self.name()?,
        };
        Ok(match word.as_str() {
            "required" => RuleCheck::Required(name),
            "unique" => {
                let mut names = vec![name];
                while self.eat(TokenKind::Comma) {
                    names.push(self.name()?);
                }
                RuleCheck::Unique(names)
            }
            "range" => self.range_check(name)?,
            "equals" => {
                self.eat(TokenKind::Equal);
                RuleCheck::Equals(name, self.expression()?)
            }
            "maxlength" => RuleCheck::MaxLength(name, self.small_number()?),
            _ if self.at(TokenKind::Text) => RuleCheck::Regex(name, RegexSource::Pattern(self.expect_text()?)),
            _ => RuleCheck::Regex(name, RegexSource::Named(self.qualified_name()?)),
        })
    }

    /// `A >= e and A <= f`, `A between e and f`, `from e to f`
    fn range_check(&mut self, name: Name) -> Parsed<RuleCheck> {
        let mut lowest: Option<Expression> = None;
        let mut highest = None;
        if self.eat_word("between") {
            lowest = Some(self.calculated_value()?);
            self.expect_word("and")?;
            highest = Some(self.calculated_value()?);
        } else if self.at_word("from") || self.at_word("to") {
            if self.eat_word("from") {
                lowest = Some(self.calculated_value()?);
            }
            if self.eat_word("to") {
                highest = Some(self.calculated_value()?);
            }
        } else {
            loop {
                match self.peek().kind {
                    TokenKind::GreaterOrEqual => {
                        self.bump();
                        lowest = Some(self.calculated_value()?);
                    }
                    TokenKind::LessOrEqual => {
                        self.bump();
                        highest = Some(self.calculated_value()?);
                    }
                    _ => {
                        self.unexpected("`>=`, `<=`, `between`, `from` or `to`")
                            .help("both ends of a range belong to it");
                        return Err(super::Failed);
                    }
                }
                if !self.eat_word("and") {
                    break;
                }
                if self.is_name(0) {
                    self.name()?;
                }
            }
        }
        Ok(RuleCheck::Range(name, lowest, highest))
    }

    /// `true`, `false`, `on`, `off`
    pub(super) fn boolean(&mut self) -> Parsed<bool> {
        if self.eat_word("true") || self.eat_word("on") {
            return Ok(true);
        }
        if self.eat_word("false") || self.eat_word("off") {
            return Ok(false);
        }
        self.expected("`true` or `false`")
    }

    /// Says that a property is unknown.
    pub(super) fn unknown_option<T>(&mut self, key: &Name, of: &str, known: &[&str]) -> Parsed<T> {
        let help = crate::suggest::did_you_mean(&key.text, known.iter().copied())
            .unwrap_or_else(|| format!("it has {}", known.join(", ")));
        self.diagnostics
            .error(codes::UNKNOWN_OPTION, key.span, format!("a {of} has no property `{}`", key.text))
            .help(help);
        Err(super::Failed)
    }

    /// Names with commas between them, in parentheses.
    pub(super) fn parenthesized_names(&mut self) -> Parsed<Vec<QualifiedName>> {
        self.expect(TokenKind::LeftParenthesis)?;
        self.list_until(TokenKind::RightParenthesis, Self::qualified_name)
    }
}
