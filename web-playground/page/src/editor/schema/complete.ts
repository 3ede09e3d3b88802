import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import type { App } from "../../app";
import { type Catalog, type Kind, kindOf } from "./catalog";
import { describe } from "./describe";
import { documentAt, identityOf } from "./documents";
import { namesFor } from "./names";
import { type Place, placeAt } from "./place";
import { type Shape, allowedValues, shapeAt } from "./shape";
import { skeletons } from "./skeletons";

/** A key with what must follow, and how far the cursor goes back into it. */
const written = (name: string, shape: Shape, place: Place, indent: string): { text: string; back: number } => {
  if (place.hasColon) return { text: name, back: 0 };
  const isList = shape.type === "array";
  const isBlock = shape.type === "object";
  if (place.inline)
    return isBlock || isList ? { text: `${name}: ${isList ? "[]" : "{}"}`, back: 1 } : { text: `${name}: `, back: 0 };
  if (isList) return { text: `${name}:\n${indent}- `, back: 0 };
  return { text: isBlock ? `${name}:\n${indent}  ` : `${name}: `, back: 0 };
};

const insertKey =
  (name: string, shape: Shape, place: Place, dash: string) =>
  (view: EditorView, completion: Completion, from: number, to: number): void => {
    const column = from - view.state.doc.lineAt(from).from + dash.length;
    const { text, back } = written(name, shape, place, " ".repeat(column));
    const insert = dash + text;
    view.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + insert.length - back },
      annotations: pickedCompletion.of(completion),
      userEvent: "input.complete",
    });
    if (!place.hasColon) startCompletion(view);
  };

const keys = (shape: Shape, place: Place, dash: string): Completion[] =>
  Object.entries(shape.properties ?? {})
    .filter(([name]) => !place.siblings.has(name))
    .map(([name, field]) => {
      const isRequired = shape.required?.includes(name) ?? false;
      return {
        label: name,
        detail: isRequired ? "required" : "",
        info: () => describe(field, isRequired),
        apply: insertKey(name, field, place, dash),
        boost: isRequired ? 10 : 0,
      };
    });

const values = (shape: Shape): Completion[] => allowedValues(shape).map((label) => ({ label }));

const identities = (catalog: Catalog, place: Place, document: string): Completion[] => {
  const { apiVersion, kind } = identityOf(document);
  if (place.path[0] === "kind") {
    const fitting = catalog.filter((entry) => entry.apiVersion === apiVersion);
    return (fitting.length > 0 ? fitting : catalog).map((entry) => ({ label: entry.kind, detail: entry.apiVersion }));
  }
  const versions = catalog.filter((entry) => entry.kind === kind);
  return [...new Set((versions.length > 0 ? versions : catalog).map((entry) => entry.apiVersion))].map((label) => ({
    label,
  }));
};

const isIdentity = ({ kind, path }: Place): boolean =>
  kind === "value" && path.length === 1 && (path[0] === "kind" || path[0] === "apiVersion");

const head: Shape = {
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object", properties: {} },
  },
};

const fields = (app: App, kind: Kind, place: Place, namespace: string): readonly Completion[] => {
  const shape = shapeAt(kind.shape, place.path);
  const names = namesFor(app, kind.kind, place.path, namespace);
  if (place.kind === "value") return [...names, ...(shape ? values(shape) : [])];
  if (!shape) return [];
  if (shape.type !== "array") return shape.properties ? keys(shape, place, "") : [...names, ...values(shape)];
  // The list has not begun: its first element starts with a dash.
  return shape.items?.properties ? keys(shape.items, place, "- ") : [];
};

const isBlank = (document: string): boolean => document.replace(/#.*/g, "").trim().split(/\s+/).length <= 1;

export const completeYaml =
  (app: App, catalog: () => Promise<Catalog>) =>
  async (context: CompletionContext): Promise<CompletionResult | null> => {
    const document = documentAt(context.state.doc, context.pos);
    const place = placeAt(document.text, context.pos - document.from);
    // Where nothing is written yet, Enter shall begin a line rather than pick a field.
    if (!place || (!context.explicit && place.from === place.to && place.kind === "key")) return null;
    const kinds = await catalog();
    const kind = kindOf(kinds, document.text);
    const options = isIdentity(place)
      ? identities(kinds, place, document.text)
      : kind
        ? fields(app, kind, place, identityOf(document.text).namespace)
        : place.kind === "key" && place.path.length === 0
          ? [...keys(head, place, ""), ...(isBlank(document.text) ? skeletons(kinds) : [])]
          : [];
    return {
      from: document.from + place.from,
      to: document.from + place.to,
      options,
      validFor: /^[\w./-]*$/,
    };
  };
