//! Functions of texts.

use super::cases;

cases! {
    length:
        "length('thisismystring')" => "14",
        "length('')" => "0",
        "length(empty)" => "0",
        // Characters beyond the basic plane count twice, as in Java.
        "length('é😀')" => "3";
    contains:
        "contains('brook', 'roo')" => "true",
        "contains('brook', 'ROO')" => "false",
        "contains('brook', '')" => "true",
        "contains('brook', empty)" => "true",
        "contains(empty, '')" => "true",
        "contains(empty, 'x')" => "!EmptyOperand";
    starts_with:
        "startsWith('brook', 'br')" => "true",
        "startsWith('brook', 'Br')" => "false",
        "startsWith('brook', '')" => "true",
        "startsWith(empty, 'a')" => "!EmptyOperand";
    ends_with:
        "endsWith('brook', 'ok')" => "true",
        "endsWith('brook', 'OK')" => "false",
        "endsWith('brook', empty)" => "!EmptyOperand";
    find:
        "find('thisismystring', 'my')" => "6",
        "find('thisismystring', 'i', 5)" => "11",
        "find('thisismystring', 'x')" => "-1",
        "find('abc', '')" => "0",
        "find('abc', '', 2)" => "2",
        "find('abc', '', 9)" => "3",
        "find('abc', 'c', 9)" => "-1",
        "find('abca', 'a', -5)" => "0",
        "find('😀a😀a', 'a', 3)" => "5",
        "find('😀a', 'a', 1)" => "2",
        "find(empty, 'a')" => "!EmptyOperand";
    find_last:
        "findLast('thisismystring', 't')" => "9",
        "findLast('thisismystring', 'i', 5)" => "4",
        "findLast('abab', 'ab', 1)" => "0",
        "findLast('abab', 'ab', 2)" => "2",
        "findLast('abab', 'x')" => "-1",
        "findLast('abab', 'a', -1)" => "-1",
        "findLast('a😀a', 'a')" => "3",
        "findLast('a😀a', 'é', 1)" => "-1";
    substring:
        "substring('thisismystring', 6)" => "'mystring'",
        "substring('funwithmendixapps', 7, 6)" => "'mendix'",
        "substring('abc', 3)" => "''",
        "substring('abc', 0, 3)" => "'abc'",
        "substring('abc', 4)" => "!OutOfRange",
        "substring('abc', 2, 2)" => "!OutOfRange",
        "substring('abc', -1)" => "!OutOfRange",
        "substring('abc', 1, -1)" => "!OutOfRange",
        "substring('a😀b', 3)" => "'b'",
        "substring('a😀b', 2)" => "!InvalidArgument",
        "substring('a😀b', 0, 2)" => "!InvalidArgument",
        "substring(empty, 0)" => "!EmptyOperand";
    trim:
        "trim('  a b \t\n')" => "'a b'",
        "trim('')" => "''",
        "trim(empty)" => "''";
    to_upper_case:
        "toUpperCase('straße')" => "'STRASSE'",
        "toUpperCase(empty)" => "!EmptyOperand";
    to_lower_case:
        "toLowerCase('BrOOK İ')" => "'brook i\u{307}'";
    replace:
        "replace('1+1=2', '+', '.')" => "'1.1=2'",
        "replace('ab', '', '-')" => "'-a-b-'",
        "replace('ab', 'c', 'd')" => "'ab'";
    reverse:
        "reverse('a😀b')" => "'b😀a'";
    url_encode:
        "urlEncode('Hello, world!')" => "'Hello%2C+world%21'",
        "urlEncode('a-b_c.d*e~é')" => "'a-b_c.d*e%7E%C3%A9'";
    url_decode:
        "urlDecode('Hello%2C+world%21')" => "'Hello, world!'",
        "urlDecode('%c3%A9')" => "'é'",
        "urlDecode('100%')" => "!InvalidArgument",
        "urlDecode('%é')" => "!InvalidArgument";
}
