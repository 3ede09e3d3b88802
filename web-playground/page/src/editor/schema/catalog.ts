import type { EngineClient, Schema } from "../../engine/types";
import { builtinSchemas, metadata } from "./builtin";
import { identityOf } from "./documents";
import type { Shape } from "./shape";

export interface Kind {
  apiVersion: string;
  kind: string;
  shape: Shape;
}

const toKind = ({ apiVersion, kind, schema }: Schema): Kind => {
  const { properties, required = [], ...rest } = schema as Shape;
  const { status: _, ...writable } = properties ?? {};
  return {
    apiVersion,
    kind,
    shape: {
      ...rest,
      required: ["apiVersion", "kind", "metadata", ...required],
      properties: {
        ...writable,
        apiVersion: { type: "string", description: "Group and version.", enum: [apiVersion] },
        kind: { type: "string", description: (schema as Shape).description ?? "", enum: [kind] },
        metadata,
      },
    },
  };
};

export type Catalog = readonly Kind[];

/** All kinds that can be written, asked of the engine once. */
export const loadCatalog = (engine: EngineClient): (() => Promise<Catalog>) => {
  let catalog: Promise<Catalog> | undefined;
  return () => (catalog ??= engine.schemas().then((schemas) => [...schemas, ...builtinSchemas].map(toKind)));
};

/** The kind of a document; a group that is wrong is no reason to know nothing of it. */
export const kindOf = (catalog: Catalog, document: string): Kind | undefined => {
  const { apiVersion, kind } = identityOf(document);
  const named = catalog.filter((entry) => entry.kind === kind);
  return named.find((entry) => entry.apiVersion === apiVersion) ?? named[0];
};
