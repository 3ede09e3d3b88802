import type { VNode } from "preact";
import { Icon } from "../components/Icon";

export const EngineFailed = ({ message }: { message: string }): VNode => (
  <section class="failed" role="alert">
    <Icon name="error" tone="error" />
    <h2>The engine cannot be loaded</h2>
    <p>
      The playground runs Isoline's translator as WebAssembly in a worker. This browser did not start it. Your files are
      still in the editor and are kept.
    </p>
    <pre>{message}</pre>
    <p class="muted">
      WebAssembly may be switched off, the browser may be too old, or a file may be missing on the server. It needs
      Chrome or Edge 123, Firefox 120 or Safari 17.5, or newer.
    </p>
    <button type="button" class="button primary" onClick={() => location.reload()}>
      Try again
    </button>
  </section>
);
