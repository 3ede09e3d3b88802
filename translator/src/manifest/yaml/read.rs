//! From the events of the parser to trees.

use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::{Node, Shape, scalar};
use crate::manifest::SyntaxError;

/// What is nested deeper would overflow the stack of whoever walks it.
const DEEPEST: usize = 200;
/// As many values as aliases may stand for, in one text: a few lines could say billions.
const MOST_REPEATED: usize = 1_000_000;

/// Reads every document of a text. No other budget: the text is the operator's own, and large.
pub(crate) fn documents(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        repeated: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.event()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::DocumentStart(..), _) => reader.anchors.clear(),
            (Event::StreamStart | Event::DocumentEnd, _) => {}
            (event, span) => documents.push(reader.node(event, span, 0)?),
        }
    }
}

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Node>,
    repeated: usize,
}

impl<'t> Reader<'t> {
    /// The next event that says something; others, such as comments, are about how it is written.
    fn event(&mut self) -> Result<(Event<'t>, Span), SyntaxError> {
        use Event as E;
        loop {
            match self.events.next() {
                Some(Ok((
                    event @ (E::StreamStart
                    | E::StreamEnd
                    | E::DocumentStart(..)
                    | E::DocumentEnd
                    | E::Alias(_)
                    | E::Scalar(..)
                    | E::SequenceStart(..)
                    | E::SequenceEnd
                    | E::MappingStart(..)
                    | E::MappingEnd),
                    span,
                ))) => return Ok((event, span)),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok((Event::StreamEnd, Span::empty(Marker::default()))),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, SyntaxError> {
        if depth > DEEPEST {
            return Err(wrong(span.start, format!("nested deeper than {DEEPEST} levels")));
        }
        let (anchor, shape) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar::value(text, style, tag.as_deref());
                (
                    anchor,
                    Shape::Scalar(value.map_err(|problem| wrong(span.start, problem))?),
                )
            }
            Event::SequenceStart(_, anchor, _) => (anchor, Shape::List(self.items(depth)?)),
            Event::MappingStart(_, anchor, _) => (anchor, Shape::Map(self.entries(depth)?)),
            Event::Alias(anchor) => return self.repeat(anchor, span),
            _ => return Err(wrong(span.start, "a value is missing".to_owned())),
        };
        let bytes = span.start.byte_offset().zip(span.end.byte_offset());
        let node = Node {
            line: line(span.start),
            column: column(span.start),
            span: bytes.map(|(start, end)| start..end),
            shape,
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            match self.event()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    /// Every entry, also of a key that comes twice. What `<<` merges comes last, and only for keys that are not there.
    fn entries(&mut self, depth: usize) -> Result<Vec<(String, Node)>, SyntaxError> {
        let mut entries = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (key, place) = match self.event()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(key, style, ..), span) => ((key, style == ScalarStyle::Plain), span),
                (_, span) => return Err(wrong(span.start, "the key of an entry is no text".to_owned())),
            };
            let (event, span) = self.event()?;
            let value = self.node(event, span, depth + 1)?;
            match key {
                (key, true) if key == "<<" => merged.push((value, place)),
                (key, _) => entries.push((key.into_owned(), value)),
            }
        }
        for (value, place) in merged {
            merge(value, place, &mut entries)?;
        }
        Ok(entries)
    }

    /// The same value again. It stands where the alias does.
    fn repeat(&mut self, anchor: usize, span: Span) -> Result<Node, SyntaxError> {
        let Some(mut node) = self.anchors.get(&anchor).cloned() else {
            return Err(wrong(span.start, "an alias within what it stands for".to_owned()));
        };
        self.repeated += size(&node);
        if self.repeated > MOST_REPEATED {
            return Err(wrong(
                span.start,
                format!("aliases stand for more than {MOST_REPEATED} values"),
            ));
        }
        move_to(&mut node, line(span.start), column(span.start));
        Ok(node)
    }
}

fn merge(value: Node, place: Span, entries: &mut Vec<(String, Node)>) -> Result<(), SyntaxError> {
    match value.shape {
        Shape::Map(more) => {
            for (key, value) in more {
                if !entries.iter().any(|(known, _)| *known == key) {
                    entries.push((key, value));
                }
            }
            Ok(())
        }
        Shape::List(maps) => maps.into_iter().try_for_each(|map| merge(map, place, entries)),
        Shape::Scalar(serde_json::Value::Null) => Ok(()),
        Shape::Scalar(_) => Err(wrong(place.start, "only maps can be merged by <<".to_owned())),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.shape {
        Shape::Scalar(_) => 0,
        Shape::List(items) => items.iter().map(size).sum(),
        Shape::Map(entries) => entries.iter().map(|(_, node)| size(node)).sum::<usize>(),
    }
}

fn move_to(node: &mut Node, line: u64, column: u64) {
    (node.line, node.column) = (line, column);
    match &mut node.shape {
        Shape::Scalar(_) => {}
        Shape::List(items) => items.iter_mut().for_each(|item| move_to(item, line, column)),
        Shape::Map(entries) => entries.iter_mut().for_each(|(_, node)| move_to(node, line, column)),
    }
}

fn wrong(place: Marker, message: String) -> SyntaxError {
    SyntaxError {
        line: line(place),
        column: column(place),
        message,
    }
}

fn line(place: Marker) -> u64 {
    place.line() as u64
}

/// The parser counts columns from 0.
fn column(place: Marker) -> u64 {
    place.col() as u64 + 1
}

impl From<ScanError> for SyntaxError {
    fn from(error: ScanError) -> Self {
        wrong(*error.marker(), error.info())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> Vec<Value> {
        documents(text).expect("YAML").iter().map(Node::to_json).collect()
    }

    fn refused(text: &str) -> String {
        documents(text).expect_err("no YAML").to_string()
    }

    #[test]
    fn documents_are_read_one_by_one() {
        assert_eq!(
            read("a: 1\n---\n- b\n---\n"),
            [json!({"a": 1}), json!(["b"]), Value::Null]
        );
        assert_eq!(read("%YAML 1.2\n---\n# a comment\n'it''s'\n...\n"), [json!("it's")]);
        assert_eq!(read(""), Vec::<Value>::new());
    }

    #[test]
    fn an_alias_stands_for_the_same_again_where_it_stands() {
        let text = "a: &a {x: [1]}\nb: *a\n";
        assert_eq!(read(text), [json!({"a": {"x": [1]}, "b": {"x": [1]}})]);
        let node = &documents(text).unwrap()[0];
        assert_eq!(node.locate("b.x[0]").line, 2);
        assert!(refused("a: *b\n").starts_with("1:4: "), "{}", refused("a: *b\n"));
        assert!(refused("a: &a [*a]\n").contains("within what it stands for"));
    }

    #[test]
    fn what_is_merged_gives_way_to_what_is_written() {
        let text = "base: &base {a: 1, b: 2}\nuse: {<<: *base, b: 3}\nlist: {<<: [*base, {c: 4}], a: 0}\n";
        assert_eq!(read(text)[0]["use"], json!({"b": 3, "a": 1}));
        assert_eq!(read(text)[0]["list"], json!({"a": 0, "b": 2, "c": 4}));
        assert_eq!(read("'<<': 1"), [json!({"<<": 1})]);
        assert!(refused("a: {<<: 1}\n").contains("only maps"));
    }

    #[test]
    fn tags_say_what_is_meant() {
        let text = "{a: !!str 1, b: !!int '2', c: ! true, d: !!binary aGk=, e: !custom x, f: !!bool 'on'}";
        assert_eq!(
            read(text),
            [json!({"a": "1", "b": 2, "c": "true", "d": "hi", "e": "x", "f": true})]
        );
        assert_eq!(refused("a: !!int x\n"), "1:10: \"x\" is no integer");
    }

    #[test]
    fn a_few_lines_cannot_take_all_memory_or_stack() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let inner = vec![format!("*a{}", level - 1); 9].join(", ");
            let line = format!("a{level}: &a{level} [{inner}]\n");
            text += &line;
        }
        assert!(refused(&text).contains("aliases stand for more than"));
        assert!(documents(&"[".repeat(100_000)).is_err());
        assert!(refused(&"- ".repeat(100_000)).contains("nested deeper"));
    }

    #[test]
    fn errors_say_their_place() {
        assert!(
            refused("a: 1\nb: [1\n").starts_with("2:4: "),
            "{}",
            refused("a: 1\nb: [1\n")
        );
        assert!(refused("a: .inf\n").starts_with("1:4: "));
        assert!(refused("[a]: 1\n").contains("no text"));
    }
}
