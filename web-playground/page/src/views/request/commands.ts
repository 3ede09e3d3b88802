import type { Explanation, Request } from "../../engine/types";
import { headlineOf } from "./answer/headline";

/** A request as curl sends it. What the listener and the peer are, curl cannot say. */
export function asCurl({ url, method, headers = [], serverName, proxy }: Request): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isOtherName = parsed?.protocol === "https:" && serverName && serverName !== parsed.hostname;
  const hostHeader: [string, string][] = isOtherName ? [["Host", parsed.host]] : [];
  const target = isOtherName ? url.replace(parsed.hostname, serverName) : url;
  return command("curl", [
    ["-i"],
    ...(method ? [["-X", method]] : []),
    ...[...hostHeader, ...headers].map(([name, value]) => ["-H", `${name}: ${value}`]),
    ...(proxy?.source ? [["--haproxy-clientip", proxy.source]] : []),
    [target],
  ]);
}

/** The command line that says the same. */
export function asExplain(request: Request, files: readonly string[], hasSettings: boolean): string {
  const { url, method, headers = [], listener, serverName, peer, proxy } = request;
  return command("isoline explain", [
    ["--url", url],
    ...(method ? [["-X", method]] : []),
    ...headers.map(([name, value]) => ["-H", `${name}: ${value}`]),
    ...(listener ? [["--listener", listener]] : []),
    ...(typeof serverName === "string" ? [["--server-name", serverName]] : []),
    ...(peer ? [["--peer", peer]] : []),
    ...(proxy?.source ? [["--proxy", `${proxy.source},${proxy.destinationPort}${proxy.endedTls ? ",tls" : ""}`]] : []),
    ...(hasSettings ? [["--config", "isoline.yaml"]] : []),
    [...files],
  ]);
}

export function asMarkdown(request: Request, explanation: Explanation, text: string): string {
  const asked = `${request.method || "GET"} ${request.url}`;
  return `**${asked}**: ${headlineOf(explanation).text}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}

function command(name: string, parts: readonly (readonly string[])[]): string {
  return [name, ...parts.flat().map(quote)].join(" ");
}

/** For a POSIX shell. */
function quote(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
