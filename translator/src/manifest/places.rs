//! Where the fields of objects stand in a text, both ways.

use std::{ops::Range, rc::Rc};

use serde_json::Value;

use super::{Node, Shape, SyntaxError, nodes, yaml::steps};

/// The objects of a text, with the place of every field. Places are in bytes.
#[derive(Debug)]
pub struct Places {
    text: Rc<str>,
    nodes: Vec<Node>,
}

/// Where a field stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPlace {
    /// Its name; where it has none, as the items of a list, its value.
    pub key: Range<usize>,
    /// Its value, or where that begins.
    pub value: Range<usize>,
}

impl Places {
    /// Reads a text; its objects are those that [`parse`](super::parse) finds, in their order.
    pub fn of(text: impl Into<Rc<str>>) -> Result<Self, SyntaxError> {
        let text = text.into();
        let nodes = nodes(&text)?;
        Ok(Self { text, nodes })
    }

    /// The place of the deepest field on a path like `spec.routes[0].services`, as far as it is written.
    pub fn field(&self, object: usize, path: &str) -> Option<FieldPlace> {
        let mut node = self.nodes.get(object)?;
        let mut place = self.value(node)?;
        for step in steps(path) {
            let Some((inner, inner_place)) = self.step(node, &place, step) else {
                break;
            };
            (node, place) = (inner, inner_place);
        }
        Some(place)
    }

    /// The same where one word of a message says more: the place of the scalar that is this text, below that field or,
    /// where that is a scalar itself, beside it.
    pub fn scalar(&self, object: usize, path: &str, scalar: &str) -> Option<FieldPlace> {
        let object = self.nodes.get(object)?;
        let node = match (object.locate(path), path.rsplit_once('.')) {
            (
                Node {
                    shape: Shape::Scalar(_),
                    ..
                },
                Some((parent, _)),
            ) => object.locate(parent),
            (node, _) => node,
        };
        self.value(node.find(scalar)?)
    }

    /// The object that holds an offset, and the path of the deepest field that does.
    pub fn at(&self, offset: usize) -> Option<(usize, String)> {
        let starts = self
            .nodes
            .iter()
            .map(|node| self.value(node).map_or(0, |it| it.key.start));
        let object = starts.take_while(|start| *start <= offset).count().saturating_sub(1);
        let mut node = self.nodes.get(object)?;
        let mut place = self.value(node)?;
        let mut path = String::new();
        while let Some((name, inner, inner_place)) = self.inner(node, &place, offset) {
            if !path.is_empty() && !name.starts_with('[') {
                path.push('.');
            }
            path.push_str(&name);
            (node, place) = (inner, inner_place);
        }
        Some((object, path))
    }

    fn step<'n>(&self, node: &'n Node, place: &FieldPlace, step: &str) -> Option<(&'n Node, FieldPlace)> {
        match &node.shape {
            Shape::Map(entries) => {
                let index = entries.iter().position(|(name, _)| name == step)?;
                Some((&entries[index].1, self.entry(entries, index, place)?))
            }
            Shape::List(items) => {
                let item = items.get(step.parse::<usize>().ok()?)?;
                Some((item, self.value(item)?))
            }
            Shape::Scalar(_) => None,
        }
    }

    /// The entry or item of a node that holds an offset: the last that begins before it.
    fn inner<'n>(&self, node: &'n Node, place: &FieldPlace, offset: usize) -> Option<(String, &'n Node, FieldPlace)> {
        match &node.shape {
            Shape::Map(entries) => {
                let places = (0..entries.len()).filter_map(|index| Some((index, self.entry(entries, index, place)?)));
                let (index, place) = places.take_while(|(_, place)| place.key.start <= offset).last()?;
                let (name, node) = &entries[index];
                Some((name.clone(), node, place))
            }
            Shape::List(items) => {
                let places = items.iter().enumerate();
                let places = places.filter_map(|(index, item)| Some((index, item, self.value(item)?)));
                let begins = |place: &FieldPlace| place.key.start <= offset || self.is_on_line(place.key.start, offset);
                let (index, item, place) = places.take_while(|(_, _, place)| begins(place)).last()?;
                Some((format!("[{index}]"), item, place))
            }
            Shape::Scalar(_) => None,
        }
    }

    /// Whether only blanks and the dash of a list stand between.
    fn is_on_line(&self, start: usize, offset: usize) -> bool {
        let between = self.text.get(offset..start).unwrap_or("\n");
        between.chars().all(|letter| matches!(letter, ' ' | '-'))
    }

    fn value(&self, node: &Node) -> Option<FieldPlace> {
        let value = node.span.clone()?;
        let line = self
            .text
            .get(value.start..node.end())?
            .lines()
            .next()
            .unwrap_or_default();
        let key = value.start..value.start + line.trim_end().len();
        Some(FieldPlace { key, value })
    }

    /// The name stands between the value and the one before it.
    fn entry(&self, entries: &[(String, Node)], index: usize, map: &FieldPlace) -> Option<FieldPlace> {
        let (name, node) = &entries[index];
        let place = self.value(node)?;
        let before = index.checked_sub(1).and_then(|index| entries[index].1.span.clone());
        let floor = before.map_or(map.value.start, |span| span.start).min(place.value.start);
        let between = self.text.get(floor..place.value.start)?;
        let key = between.rmatch_indices(name.as_str()).find(|(start, _)| {
            let rest = between[start + name.len()..].trim_start_matches(['"', '\'']);
            rest.trim_start().starts_with(':')
        });
        let key = key.map_or(place.key, |(start, _)| floor + start..floor + start + name.len());
        Some(FieldPlace { key, ..place })
    }
}

impl Node {
    /// Where the last value in it ends.
    fn end(&self) -> usize {
        let own = self.span.as_ref().map_or(0, |span| span.end);
        let last = match &self.shape {
            Shape::Scalar(_) => None,
            Shape::List(items) => items.last(),
            Shape::Map(entries) => entries.last().map(|(_, node)| node),
        };
        own.max(last.map_or(0, Self::end))
    }

    /// The first scalar in it that is this text.
    fn find(&self, text: &str) -> Option<&Self> {
        match &self.shape {
            Shape::Scalar(Value::Number(number)) => (number.to_string() == text).then_some(self),
            Shape::Scalar(value) => (value.as_str() == Some(text)).then_some(self),
            Shape::List(items) => items.iter().find_map(|item| item.find(text)),
            Shape::Map(entries) => entries.iter().find_map(|(_, node)| node.find(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# a shop
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: web, name: shop}
spec:
  virtualhost:
    fqdn: shop.test # the name
  routes:
  - conditions:
    - prefix: /
    services: [{name: web, port: 80}, {name: \"other\", port: 80}]
  -
    \"services\":
      - name: web
        port: 81
---
kind: Service
metadata:
  name: web
";

    fn shown(path: &str) -> (String, String) {
        let place = Places::of(TEXT).expect("YAML").field(0, path).expect("a place");
        (TEXT[place.key].to_owned(), TEXT[place.value].to_owned())
    }

    #[test]
    fn a_field_stands_at_its_name_and_an_item_at_its_first_line() {
        assert_eq!(shown("spec.virtualhost.fqdn"), ("fqdn".into(), "shop.test".into()));
        assert_eq!(shown("metadata.name"), ("name".into(), "shop".into()));
        assert_eq!(shown("spec.routes[0].services[1].name").0, "name");
        assert_eq!(shown("spec.routes[0].services[1].name").1, "\"other\"");
        assert_eq!(shown("spec.routes[1].services").0, "services");
        assert_eq!(shown("spec.routes[1].services[0].port").1, "81");
        assert!(
            shown("spec.routes[0].services[1]").0.starts_with("{name: \"other\""),
            "{:?}",
            shown("spec.routes[0].services[1]")
        );
        assert!(
            shown("spec.routes[0]").0.starts_with("conditions:"),
            "{:?}",
            shown("spec.routes[0]")
        );
    }

    #[test]
    fn a_field_that_is_not_written_stands_where_it_would_be() {
        assert_eq!(shown("spec.virtualhost.tls.secretName").0, "virtualhost");
    }

    #[test]
    fn every_offset_belongs_to_the_deepest_field_before_it() {
        let places = Places::of(TEXT).expect("YAML");
        let at = |needle: &str| {
            let (object, path) = places.at(TEXT.find(needle).expect("there")).expect("an object");
            format!("{object} {path}")
        };
        assert_eq!(at("fqdn"), "0 spec.virtualhost.fqdn");
        assert_eq!(at("shop.test"), "0 spec.virtualhost.fqdn");
        assert_eq!(at("prefix"), "0 spec.routes[0].conditions[0].prefix");
        assert_eq!(at("- conditions"), "0 spec.routes[0]");
        assert_eq!(at("name: \"other\""), "0 spec.routes[0].services[1].name");
        assert_eq!(at("port: 81"), "0 spec.routes[1].services[0].port");
        assert_eq!(at("kind: Service"), "1 kind");
        assert_eq!(at("# a shop"), "0 ");
    }

    #[test]
    fn a_word_of_a_message_is_found_below_a_field() {
        let places = Places::of(TEXT).expect("YAML");
        let place = places.scalar(0, "spec.routes[0]", "other").expect("there");
        assert_eq!(&TEXT[place.value], "\"other\"");
        assert_eq!(places.scalar(0, "spec.routes[1]", "other"), None);
        let place = places
            .scalar(0, "spec.routes[1].services[0].name", "81")
            .expect("beside it");
        assert_eq!(&TEXT[place.value], "81");
    }
}
