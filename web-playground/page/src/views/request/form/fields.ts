import type { Request } from "../../../engine/types";

/** What is wrong, by the field of the form; headers by their place. */
export type FieldErrors = Partial<Record<"url" | "method" | "peer" | "source" | "port" | `header ${number}`, string>>;

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

export function errorsOf({ url, method, headers = [], peer, proxy }: Request): FieldErrors {
  const errors: FieldErrors = {};
  if (!isUrl(url)) errors.url = "Write a URL such as https://shop.example.com/path?query.";
  if (method && !TOKEN.test(method)) errors.method = "A method is one word such as GET.";
  headers.forEach(([name], index) => {
    if (name && !TOKEN.test(name)) errors[`header ${index}`] = "A name is of letters, digits and dashes.";
  });
  if (peer && !isAddress(peer)) errors.peer = "Write an IP address such as 10.0.3.7.";
  if (proxy?.source && !isAddress(proxy.source)) errors.source = "Write an IP address such as 203.0.113.7.";
  if (proxy && !isPort(proxy.destinationPort)) errors.port = "A port is a number from 0 to 65535.";
  return errors;
}

/** Where a complaint of the engine belongs. */
export function fieldOf(error: string): "url" | "method" | null {
  if (error.includes("is no URL")) return "url";
  return error.includes("is no method") ? "method" : null;
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^/]/i.test(text);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}

function isAddress(text: string): boolean {
  const parts = text.split(".");
  const isV4 = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return isV4 || (text.includes(":") && URL.canParse(`http://[${text}]/`));
}

/** As the engine takes it: without header rows that have no name yet. */
export function askable(request: Request): Request {
  const { headers, ...rest } = request;
  const named = headers?.filter(([name]) => name !== "") ?? [];
  return named.length > 0 ? { ...rest, headers: named } : rest;
}
