const plain = /^[A-Za-z/][\w./-]*$/;
const special = /^(true|false|yes|no|on|off|null|y|n)$/i;

const scalar = (value: unknown): string =>
  typeof value === "string" && plain.test(value) && !special.test(value) ? value : JSON.stringify(value);

const isBlock = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const inline = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (!isBlock(value)) return scalar(value);
  return `{${Object.entries(value)
    .map(([key, field]) => `${scalar(key)}: ${inline(field)}`)
    .join(", ")}}`;
};

/** JSON as YAML that a person would write. */
export const toYaml = (value: object, indent = ""): string =>
  Object.entries(value)
    .map(([key, field]) =>
      isBlock(field) && Object.keys(field).length > 0
        ? `${indent}${scalar(key)}:\n${toYaml(field, `${indent}  `)}`
        : `${indent}${scalar(key)}: ${inline(field)}\n`,
    )
    .join("");
