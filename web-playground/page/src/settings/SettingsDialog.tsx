import type { VNode } from "preact";
import type { App } from "../app";
import { Dialog } from "../components/Dialog";
import { Icon } from "../components/Icon";
import { SettingsEditor } from "./SettingsEditor";
import { fronts, withFront } from "./fronts";
import "./settings.css";

const Verdict = ({ app }: { app: App }): VNode => {
  const { error, warnings } = app.settings.value;
  return (
    <ul class="settings-verdict" aria-live="polite" aria-label="What is said of the settings">
      {error && (
        <li>
          <Icon name="error" tone="error" label="error" />
          <span>{error.message}</span>
        </li>
      )}
      {warnings.map((warning) => (
        <li key={warning}>
          <Icon name="info" tone="info" label="note" />
          <span>{warning}</span>
        </li>
      ))}
      {!error && warnings.length === 0 && <li class="muted">Nothing to remark.</li>}
    </ul>
  );
};

/** The configuration file of the controller, with what is common in front of Envoy one click away. */
export const SettingsDialog = ({ app, onClose }: { app: App; onClose: () => void }): VNode => (
  <Dialog title="Settings of the controller" place="side" onClose={onClose}>
    <p class="muted">
      The file that <code>isoline serve --config</code> reads. What is not said has its default.
    </p>
    <section class="settings-fronts" aria-labelledby="settings-fronts">
      <h3 id="settings-fronts">What stands in front of Envoy</h3>
      {fronts.map((front) => {
        const next = withFront(app.settingsText.value, front);
        return (
          <button
            type="button"
            key={front.title}
            class="settings-front"
            aria-pressed={next === app.settingsText.value}
            onClick={() => (app.settingsText.value = next)}
          >
            <b>{front.title}</b>
            <span class="muted">{front.description}</span>
          </button>
        );
      })}
    </section>
    <SettingsEditor app={app} />
    <Verdict app={app} />
  </Dialog>
);
