import type { VNode } from "preact";
import type { App } from "../../../app";
import { Icon } from "../../../components/Icon";
import type { Candidate, Span } from "../../../engine/types";
import { Capped } from "../../shared/Capped";
import { failedCondition } from "./failure";

interface Props {
  app: App;
  routes: readonly Candidate[];
  places: readonly (Span | null)[];
}

/** The routes in the order in which they are tried. */
export const Routes = ({ app, routes, places }: Props): VNode => (
  <ol class="routes">
    <Capped
      items={routes.map((route, index) => ({ route, index, place: places[index] ?? null }))}
      render={({ route, index, place }) => <Route key={index} app={app} route={route} place={place} />}
      more={(button) => <li>{button}</li>}
    />
  </ol>
);

const Route = ({ app, route, place }: { app: App; route: Candidate; place: Span | null }): VNode => {
  const failed = failedCondition(route);
  const content = (
    <>
      <Icon name={route.verdict === "wins" ? "check" : route.verdict === "fails" ? "close" : "next"} />
      <span class="route-body">
        <span class="route-conditions code">
          {route.conditions.map((condition, index) => (
            <span key={index} class={index === failed ? "condition-failed" : ""}>
              {condition}
            </span>
          ))}
        </span>
        <span class="muted">{` ${route.origin}${route.policy ? `, RoutePolicy ${route.policy}` : ""}`}</span>
        <span class="route-verdict">{verdictOf(route)}</span>
      </span>
    </>
  );
  return (
    <li class={`route ${route.verdict}`}>
      {place ? (
        <button type="button" onClick={() => app.reveal(place)}>
          {content}
        </button>
      ) : (
        <div>{content}</div>
      )}
    </li>
  );
};

function verdictOf({ verdict, reason = "" }: Candidate): string {
  if (verdict === "wins") return "takes it";
  return verdict === "matches" ? "matches, but a route before it takes it" : reason;
}
