//! Matchers of strings, headers and query parameters.

use isoline_envoy_api::envoy::{
    config::route::v3::{
        HeaderMatcher, QueryParameterMatcher, header_matcher::HeaderMatchSpecifier,
        query_parameter_matcher::QueryParameterMatchSpecifier,
    },
    r#type::matcher::v3::{ListStringMatcher, RegexMatcher, StringMatcher, string_matcher::MatchPattern},
};

use crate::{
    api::shared::AllowedHeader,
    model::{HeaderMatch, HeaderOperator, QueryMatch, QueryOperator},
};

/// Of the whole string.
pub(super) fn regex(regex: &str) -> RegexMatcher {
    RegexMatcher {
        regex: regex.to_owned(),
        ..Default::default()
    }
}

pub(super) fn string(pattern: MatchPattern, ignore_case: bool) -> StringMatcher {
    StringMatcher {
        match_pattern: Some(pattern),
        ignore_case,
    }
}

pub(super) fn exact(text: &str) -> StringMatcher {
    string(MatchPattern::Exact(text.to_owned()), false)
}

pub(super) fn header(header: &HeaderMatch) -> HeaderMatcher {
    let text = |pattern| HeaderMatchSpecifier::StringMatch(string(pattern, header.ignore_case));
    let specifier = match &header.operator {
        HeaderOperator::Present => HeaderMatchSpecifier::PresentMatch(true),
        HeaderOperator::Exact(value) => text(MatchPattern::Exact(value.clone())),
        HeaderOperator::Contains(value) => text(MatchPattern::Contains(value.clone())),
        HeaderOperator::Regex(pattern) => {
            HeaderMatchSpecifier::StringMatch(string(MatchPattern::SafeRegex(regex(pattern)), false))
        }
    };
    HeaderMatcher {
        name: header.name.clone(),
        invert_match: header.invert,
        treat_missing_header_as_empty: header.treat_missing_as_empty,
        header_match_specifier: Some(specifier),
    }
}

pub(super) fn query_parameter(parameter: &QueryMatch) -> QueryParameterMatcher {
    let text = |pattern| QueryParameterMatchSpecifier::StringMatch(string(pattern, parameter.ignore_case));
    let specifier = match &parameter.operator {
        QueryOperator::Present => QueryParameterMatchSpecifier::PresentMatch(true),
        QueryOperator::Exact(value) => text(MatchPattern::Exact(value.clone())),
        QueryOperator::Prefix(value) => text(MatchPattern::Prefix(value.clone())),
        QueryOperator::Suffix(value) => text(MatchPattern::Suffix(value.clone())),
        QueryOperator::Contains(value) => text(MatchPattern::Contains(value.clone())),
        QueryOperator::Regex(pattern) => {
            QueryParameterMatchSpecifier::StringMatch(string(MatchPattern::SafeRegex(regex(pattern)), false))
        }
    };
    QueryParameterMatcher {
        name: parameter.name.clone(),
        query_parameter_match_specifier: Some(specifier),
    }
}

/// How one kind of pattern is made of a text.
type Kind = fn(String) -> MatchPattern;

/// The first kind that is set counts; an entry without any matches nothing. No list at all is how Envoy says none.
pub(super) fn header_names<'a>(headers: impl IntoIterator<Item = &'a AllowedHeader>) -> Option<ListStringMatcher> {
    let pattern = |header: &AllowedHeader| {
        let kinds: [(&String, Kind); 4] = [
            (&header.exact, MatchPattern::Exact),
            (&header.prefix, MatchPattern::Prefix),
            (&header.suffix, MatchPattern::Suffix),
            (&header.contains, MatchPattern::Contains),
        ];
        let (text, kind) = kinds.into_iter().find(|(text, _)| !text.is_empty())?;
        Some(string(kind(text.clone()), header.ignore_case))
    };
    let patterns: Vec<_> = headers.into_iter().filter_map(pattern).collect();
    (!patterns.is_empty()).then_some(ListStringMatcher { patterns })
}
