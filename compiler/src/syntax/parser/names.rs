//! Names and types.

use super::super::ast::{DataType, DataTypeKind, Name, QualifiedName, StringLength, SystemMember, Variable};
use super::super::token::{Token, TokenKind};
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// The text of a name's token, without quotes.
    pub(super) fn name_text(&self, token: Token) -> &str {
        let text = self.text(token);
        match token.kind {
            TokenKind::Quoted => text.get(1..).and_then(|rest| rest.strip_suffix(['"', '`'])).unwrap_or(text),
            TokenKind::Variable => &text[1..],
            _ => text,
        }
    }

    fn name_of(&self, token: Token) -> Name {
        Name { text: self.name_text(token).to_owned(), span: self.span_of(token) }
    }

    /// A name of one segment.
    pub(super) fn name(&mut self) -> Parsed<Name> {
        if !self.is_name(0) {
            return self.expected("a name");
        }
        let token = self.bump();
        Ok(self.name_of(token))
    }

    /// A name that some write as a text: `'Order'`.
    pub(super) fn name_or_text(&mut self) -> Parsed<Name> {
        let token = self.peek();
        if token.kind != TokenKind::Text {
            return self.name();
        }
        self.bump();
        Ok(Name { text: self.text_of(token), span: self.span_of(token) })
    }

    /// `Module.Name.Part`, each segment of which may be quoted.
    pub(super) fn qualified_name(&mut self) -> Parsed<QualifiedName> {
        if !self.is_name(0) {
            return self.expected("a name");
        }
        let start = self.peek().start;
        let mut parts = Vec::with_capacity(2);
        loop {
            let token = self.bump();
            parts.push(self.name_text(token).to_owned());
            if !(self.at(TokenKind::Dot) && self.is_name(1)) {
                break;
            }
            self.bump();
        }
        Ok(QualifiedName { parts, span: self.span_from(start) })
    }

    /// `$Order`
    pub(super) fn variable(&mut self) -> Parsed<Variable> {
        if !self.at(TokenKind::Variable) {
            return self.expected("a variable (`$Name`)");
        }
        let token = self.bump();
        Ok(self.name_of(token))
    }

    /// A type.
    pub(super) fn data_type(&mut self) -> Parsed<DataType> {
        let start = self.peek().start;
        let kind = self.data_type_kind()?;
        Ok(DataType { kind, span: self.span_from(start) })
    }

    fn data_type_kind(&mut self) -> Parsed<DataTypeKind> {
        if !self.is_name(0) {
            return self.expected("a type");
        }
        // `String.Order` is an entity in a module of that name.
        if self.peek_at(1).kind == TokenKind::Dot {
            return Ok(DataTypeKind::Named(self.qualified_name()?));
        }
        let word = self.lower(0);
        let simple = match word.as_str() {
            "void" | "nothing" | "none" => DataTypeKind::Nothing,
            "boolean" | "bool" => DataTypeKind::Boolean,
            "integer" | "int" => DataTypeKind::Integer,
            "long" => DataTypeKind::Long,
            "decimal" => DataTypeKind::Decimal,
            "datetime" => DataTypeKind::DateTime,
            "date" => DataTypeKind::Date,
            "autonumber" => DataTypeKind::AutoNumber,
            "binary" => DataTypeKind::Binary,
            "hashedstring" => DataTypeKind::HashedString,
            "autoowner" => DataTypeKind::SystemMember(SystemMember::Owner),
            "autochangedby" => DataTypeKind::SystemMember(SystemMember::ChangedBy),
            "autocreateddate" => DataTypeKind::SystemMember(SystemMember::CreatedDate),
            "autochangeddate" => DataTypeKind::SystemMember(SystemMember::ChangedDate),
            "string" => return self.string_type(),
            "list" if self.is_word(1, "of") => {
                self.bump();
                self.bump();
                return Ok(DataTypeKind::List(self.qualified_name()?));
            }
            "enum" | "enumeration" => return self.enumeration_type(),
            "currency" | "float" | "double" => {
                let token = self.bump();
                return Ok(DataTypeKind::Legacy(self.text(token).to_owned()));
            }
            "object" | "list" | "stringtemplate" | "entity" => return self.opaque_type(),
            _ => return Ok(DataTypeKind::Named(self.qualified_name()?)),
        };
        self.bump();
        Ok(simple)
    }

    fn string_type(&mut self) -> Parsed<DataTypeKind> {
        self.bump();
        if !self.eat(TokenKind::LeftParenthesis) {
            return Ok(DataTypeKind::String(StringLength::Unspecified));
        }
        let length = if self.eat_word("unlimited") {
            StringLength::Unlimited
        } else {
            StringLength::Bounded(self.small_number()?)
        };
        self.expect(TokenKind::RightParenthesis)?;
        Ok(DataTypeKind::String(length))
    }

    fn enumeration_type(&mut self) -> Parsed<DataTypeKind> {
        self.bump();
        if !self.eat(TokenKind::LeftParenthesis) {
            return Ok(DataTypeKind::Enumeration(self.qualified_name()?));
        }
        let name = self.qualified_name()?;
        self.expect(TokenKind::RightParenthesis)?;
        Ok(DataTypeKind::Enumeration(name))
    }

    /// `Object`, `stringtemplate(sql)`, `entity <pEntity>`: kept as written.
    fn opaque_type(&mut self) -> Parsed<DataTypeKind> {
        let start = self.bump().start;
        if self.eat(TokenKind::LeftParenthesis) {
            self.name()?;
            self.expect(TokenKind::RightParenthesis)?;
        } else if self.eat(TokenKind::Less) {
            self.name()?;
            self.expect(TokenKind::Greater)?;
        }
        Ok(DataTypeKind::Opaque(self.text[start as usize..self.last_end as usize].to_owned()))
    }

    /// A whole number that fits into 32 bits.
    pub(super) fn small_number(&mut self) -> Parsed<u32> {
        let token = self.expect(TokenKind::Number)?;
        match self.text(token).parse() {
            Ok(number) => Ok(number),
            Err(_) => {
                let span = self.span_of(token);
                self.diagnostics.error(codes::NUMBER_OUT_OF_RANGE, span, "this is no whole number of 32 bits");
                Err(super::Failed)
            }
        }
    }
}
