import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";
import { type Content, readContent } from "../state/content";

/** Rises when a link of before cannot be read any more. */
const version = 1;
/** What chats and trackers still carry. */
export const longest = 8_000;
/** What no honest link has. */
const absurd = 500_000;

const toBase64Url = (bytes: Uint8Array): string => {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

const fromBase64Url = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

/** The part of a link after `#`, which no browser sends to a server. */
export const shareHash = (content: Content): string =>
  `share/${version}/${toBase64Url(deflateSync(strToU8(JSON.stringify(content)), { level: 9 }))}`;

export const shareLink = (content: Content, page: string): string => `${page.split("#", 1)[0]}#${shareHash(content)}`;

export type Linked =
  | { kind: "none" }
  | { kind: "example"; name: string }
  | { kind: "share"; content: Content }
  | { kind: "unreadable"; message: string };

const broken: Linked = {
  kind: "unreadable",
  message: "This link is broken: a part of it is missing. Ask for it again, or for a file.",
};
const newer: Linked = {
  kind: "unreadable",
  message: "This link was made by a newer version of the playground. Reload the page to get it, or ask for a file.",
};

const readShared = (data: string): Linked => {
  if (data.length > absurd) return broken;
  try {
    const content = readContent(JSON.parse(strFromU8(inflateSync(fromBase64Url(data)))));
    return content ? { kind: "share", content } : broken;
  } catch {
    return broken;
  }
};

/** What a link asks for. */
export const readHash = (hash: string): Linked => {
  const [what, name = "", data = ""] = hash.replace(/^#/, "").split("/");
  if (what === "example") return { kind: "example", name: decodeURIComponent(name) };
  if (what !== "share") return { kind: "none" };
  if (Number(name) > version) return newer;
  return Number(name) === version ? readShared(data) : broken;
};
