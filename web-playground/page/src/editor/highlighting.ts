import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const style = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], class: "yaml-key" },
  { tag: tags.string, class: "yaml-string" },
  { tag: tags.content, class: "yaml-plain" },
  { tag: tags.attributeValue, class: "yaml-string" },
  { tag: [tags.keyword, tags.typeName, tags.labelName], class: "yaml-keyword" },
  { tag: [tags.lineComment, tags.comment], class: "yaml-comment" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace, tags.meta], class: "yaml-punctuation" },
]);

/** Classes instead of colours, so that the themes of the page hold here too. */
export const yamlHighlighting = syntaxHighlighting(style);
