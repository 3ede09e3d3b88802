import type { VNode } from "preact";
import type { App } from "../../../app";
import type { Explanation, Span } from "../../../engine/types";
import { Announced } from "../../shared/Announced";
import { Forwarded, Upstreams } from "./Forwarded";
import { headlineOf } from "./headline";
import { Routes } from "./Routes";

interface Props {
  app: App;
  explanation: Explanation;
  places: readonly (Span | null)[];
}

/** What becomes of the request, and why. */
export const Answer = ({ app, explanation, places }: Props): VNode => {
  const { answer, request, host, routes, decision, filters } = explanation;
  const headline = headlineOf(explanation);
  return (
    <div class="answer">
      <div class={`headline ${headline.tone}`}>
        <p class="headline-text">{headline.text}</p>
        {headline.reason && <p>{headline.reason}</p>}
      </div>
      <Announced text={`${headline.text}. ${headline.reason}`} />
      <p class="muted came-in">{[...request, ...(host ? [`host ${host}`] : [])].join(" · ")}</p>
      {answer.kind === "forward" && <Forwarded forwarding={answer} />}
      {answer.kind === "tcp" && <Upstreams upstreams={answer.upstreams} />}
      {routes.length > 0 && (
        <section>
          <h2>Routes, in the order in which they are tried</h2>
          <Routes app={app} routes={routes} places={places} />
        </section>
      )}
      {decision.length > 0 && <Steps title="What the policies decide, step by step" steps={decision} />}
      {filters.length > 0 && <Steps title="Also asked, and known only to a running Envoy" steps={filters} />}
    </div>
  );
};

const Steps = ({ title, steps }: { title: string; steps: readonly string[] }): VNode => (
  <section>
    <h2>{title}</h2>
    <ol class="steps">
      {steps.map((step, index) => (
        <li key={index}>
          <Step text={step} />
        </li>
      ))}
    </ol>
  </section>
);

/** A step names what it decides before its first colon. */
const Step = ({ text }: { text: string }): VNode => {
  const colon = text.indexOf(": ");
  return colon < 0 ? (
    <>{text}</>
  ) : (
    <>
      <b>{text.slice(0, colon)}</b> {text.slice(colon + 2)}
    </>
  );
};
