import type { Path } from "./place";

/** As much of a JSON schema as the custom resources use. */
export interface Shape {
  type?: string;
  description?: string;
  properties?: Readonly<Record<string, Shape>>;
  required?: readonly string[];
  items?: Shape;
  additionalProperties?: Shape | boolean;
  enum?: readonly unknown[];
  default?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
}

const step = (shape: Shape | undefined, part: string | number): Shape | undefined => {
  if (typeof part === "number") return shape?.items;
  const others = shape?.additionalProperties;
  return shape?.properties?.[part] ?? (typeof others === "object" ? others : undefined);
};

export const shapeAt = (shape: Shape, path: Path): Shape | undefined => path.reduce<Shape | undefined>(step, shape);

/** The same in words: `list of text`. */
export const typeInWords = (shape: Shape): string => {
  switch (shape.type) {
    case "array":
      return shape.items ? `list of ${typeInWords(shape.items)}` : "list";
    case "object":
      return shape.properties ? "block" : "map";
    case "string":
      return "text";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "switch";
    default:
      return "any";
  }
};

export const allowedValues = (shape: Shape): readonly string[] => {
  if (shape.enum) return shape.enum.map(String).filter((value) => value !== "");
  return shape.type === "boolean" ? ["true", "false"] : [];
};
