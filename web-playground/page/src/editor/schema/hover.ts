import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import { type Catalog, kindOf } from "./catalog";
import { describe } from "./describe";
import { documentAt } from "./documents";
import { keyAt } from "./place";
import { shapeAt } from "./shape";

/** What a key means, while the pointer rests on it. */
export const hoverYaml = (catalog: () => Promise<Catalog>): Extension =>
  hoverTooltip(async (view, position) => {
    const document = documentAt(view.state.doc, position);
    const key = keyAt(document.text, position - document.from);
    const kind = key && kindOf(await catalog(), document.text);
    const shape = kind && shapeAt(kind.shape, key.path);
    if (!shape) return null;
    const name = String(key.path.at(-1));
    const isRequired = shapeAt(kind.shape, key.path.slice(0, -1))?.required?.includes(name) ?? false;
    return {
      pos: document.from + key.from,
      end: document.from + key.to,
      above: true,
      create: () => ({ dom: describe(shape, isRequired, name) }),
    };
  });
