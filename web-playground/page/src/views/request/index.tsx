import type { VNode } from "preact";
import type { App } from "../../app";
import { keep } from "../shared/kept";
import { Segments } from "../shared/Segments";
import { Expectations } from "./expectations/Expectations";
import { Simulator } from "./Simulator";
import "../shared/shared.css";
import "./request.css";

export { failedExpectations } from "./expectations/outcomes";

type Mode = "ask" | "expect";

/** Which route takes a request and why, and whether it stays so. */
export const RequestTab = ({ app }: { app: App }): VNode => {
  const mode = keep<Mode>(app, "request mode", "ask");
  const kept = app.expectations.value.length;
  return (
    <div class="view">
      <div class="view-bar">
        <Segments
          label="What to do"
          value={mode.value}
          options={[
            { value: "ask", label: "Ask" },
            { value: "expect", label: kept > 0 ? `Expectations ${kept}` : "Expectations" },
          ]}
          onChange={(value) => (mode.value = value)}
        />
      </div>
      {mode.value === "ask" ? <Simulator app={app} /> : <Expectations app={app} onAsk={() => (mode.value = "ask")} />}
    </div>
  );
};
