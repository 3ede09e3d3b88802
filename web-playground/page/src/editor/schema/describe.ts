import { type Shape, allowedValues, typeInWords } from "./shape";

const element = (tag: string, style: string, ...children: (Node | string)[]): HTMLElement => {
  const result = document.createElement(tag);
  if (style) result.className = style;
  result.append(...children);
  return result;
};

/** Words with `code` among them. */
const prose = (text: string): (Node | string)[] =>
  text.split(/(`[^`]+`)/).map((part) => (part.startsWith("`") ? element("code", "", part.slice(1, -1)) : part));

const facts = (shape: Shape, isRequired: boolean): string[] => [
  typeInWords(shape),
  ...(isRequired ? ["required"] : []),
  ...(shape.default === undefined ? [] : [`default ${JSON.stringify(shape.default)}`]),
  ...(shape.minimum === undefined ? [] : [`at least ${shape.minimum}`]),
  ...(shape.maximum === undefined ? [] : [`at most ${shape.maximum}`]),
];

/** What is known of a field, for a tooltip. */
export const describe = (shape: Shape, isRequired: boolean, title?: string): HTMLElement => {
  const values = shape.enum ? allowedValues(shape) : [];
  return element(
    "div",
    "field-docs",
    ...(title ? [element("div", "field-docs-title", title)] : []),
    element("div", "field-docs-facts", facts(shape, isRequired).join(" · ")),
    ...(shape.description ? [element("p", "", ...prose(shape.description))] : []),
    ...(values.length > 0
      ? [element("p", "", "One of ", ...prose(values.map((value) => `\`${value}\``).join(", ")))]
      : []),
    ...(shape.pattern ? [element("p", "", "Must match ", element("code", "", shape.pattern))] : []),
  );
};
