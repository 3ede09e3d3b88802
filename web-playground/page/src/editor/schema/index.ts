import { yamlLanguage } from "@codemirror/lang-yaml";
import type { Extension } from "@codemirror/state";
import type { App } from "../../app";
import { loadCatalog } from "./catalog";
import { completeYaml } from "./complete";
import { hoverYaml } from "./hover";

/** Completion and hover from the schemas of what can be written. */
export const schemaSupport = (app: App): Extension => {
  const catalog = loadCatalog(app.engine);
  return [yamlLanguage.data.of({ autocomplete: completeYaml(app, catalog) }), hoverYaml(catalog)];
};
