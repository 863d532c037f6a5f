//! What the lexer hands to the parser.

/// A piece of text with its kind. The text itself stays in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// The first byte.
    pub(super) start: u32,
    /// The byte after the last.
    pub(super) end: u32,
    /// How it stands in its line.
    pub(super) line: LinePlace,
}

/// How a token stands in its line: statements that forgot their `;` end where a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinePlace {
    /// Something stands before it.
    Inside,
    /// Only blanks stand before it.
    First,
    /// Nothing stands before it.
    ColumnOne,
}

/// Kinds of tokens. Keywords are words: nearly all of them may be names too, so that only the parser can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// `commit`, `Order`
    Word,
    /// `"Order"`, `` `Order` ``
    Quoted,
    /// `$Order`
    Variable,
    /// `'text'`
    Text,
    /// `$$ text $$`
    DollarText,
    /// `12`, `12.5`, `1e3`
    Number,
    /// `[%CurrentDateTime%]`
    Placeholder,
    /// `/** … */`
    Documentation,
    /// A `/` alone on its line.
    Separator,
    /// `(`
    LeftParenthesis,
    /// `)`
    RightParenthesis,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `:`
    Colon,
    /// `.`
    Dot,
    /// `/`
    Slash,
    /// `*`
    Star,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `%`
    Percent,
    /// `@`
    At,
    /// `->`
    Arrow,
    /// `=`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// A character that the language does not use.
    Unknown,
    /// The end of the text.
    End,
}

impl TokenKind {
    /// How a message calls it.
    pub(super) fn describe(self) -> &'static str {
        match self {
            TokenKind::Word | TokenKind::Quoted => "a name",
            TokenKind::Variable => "a variable",
            TokenKind::Text | TokenKind::DollarText => "a text",
            TokenKind::Number => "a number",
            TokenKind::Placeholder => "a token",
            TokenKind::Documentation => "a documentation comment",
            TokenKind::Separator | TokenKind::Slash => "`/`",
            TokenKind::LeftParenthesis => "`(`",
            TokenKind::RightParenthesis => "`)`",
            TokenKind::LeftBrace => "`{`",
            TokenKind::RightBrace => "`}`",
            TokenKind::LeftBracket => "`[`",
            TokenKind::RightBracket => "`]`",
            TokenKind::Comma => "`,`",
            TokenKind::Semicolon => "`;`",
            TokenKind::Colon => "`:`",
            TokenKind::Dot => "`.`",
            TokenKind::Star => "`*`",
            TokenKind::Plus => "`+`",
            TokenKind::Minus => "`-`",
            TokenKind::Percent => "`%`",
            TokenKind::At => "`@`",
            TokenKind::Arrow => "`->`",
            TokenKind::Equal => "`=`",
            TokenKind::NotEqual => "`!=`",
            TokenKind::Less => "`<`",
            TokenKind::LessOrEqual => "`<=`",
            TokenKind::Greater => "`>`",
            TokenKind::GreaterOrEqual => "`>=`",
            TokenKind::Unknown => "an unknown character",
            TokenKind::End => "the end of the text",
        }
    }
}
