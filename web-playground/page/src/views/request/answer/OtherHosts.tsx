import type { VNode } from "preact";
import type { App } from "../../../app";
import { urlsOf } from "./hosts";

/** What could be asked for instead. */
export const OtherHosts = ({ app }: { app: App }): VNode | null => {
  const urls = urlsOf(app.resources.value.values());
  if (urls.length === 0) return null;
  return (
    <section>
      <h2>Hosts that are served</h2>
      <ul class="other-hosts">
        {urls.map((url) => (
          <li key={url}>
            <button type="button" class="button small code" onClick={() => (app.request.value = { url })}>
              {url}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
};
