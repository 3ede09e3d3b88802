import type { Answer, Explanation } from "../../../engine/types";
import { list } from "../../shared/words";

export interface Headline {
  tone: "ok" | "info" | "warning" | "error";
  text: string;
  /** Why, in a sentence. */
  reason: string;
}

/** What becomes of the request, in a line. */
export function headlineOf({ answer, routes }: Explanation): Headline {
  switch (answer.kind) {
    case "forward":
      return { tone: "ok", text: `Goes to ${servicesOf(answer)}`, reason: "" };
    case "tcp":
      return { tone: "ok", text: `The connection goes on to ${servicesOf(answer)}`, reason: "" };
    case "redirect":
      return { tone: "info", text: `${answer.status} to ${answer.location}`, reason: "The client is sent elsewhere." };
    case "closed":
      return { tone: "error", text: "The connection is closed", reason: sentence(answer.reason) };
    case "respond": {
      const isTaken = routes.some((route) => route.verdict === "wins");
      const text = isTaken ? `Envoy answers ${answer.status}` : `Nobody takes it: ${answer.status}`;
      const refusal = isTaken ? "error" : "warning";
      return { tone: answer.status < 400 ? "info" : refusal, text, reason: sentence(answer.reason) };
    }
  }
}

function servicesOf({ upstreams }: Extract<Answer, { upstreams: unknown }>): string {
  return upstreams.length > 0 ? list(upstreams.map((upstream) => upstream.service)) : "nobody";
}

function sentence(reason: string): string {
  return reason && `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}
