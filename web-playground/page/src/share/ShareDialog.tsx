import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { copy } from "../components/copy";
import { Dialog } from "../components/Dialog";
import { Icon } from "../components/Icon";
import type { Workspace } from "../state/workspace";
import { longest, shareLink } from "./link";
import { isSameText, withoutSecrets } from "./secrets";
import { downloadZip } from "./transfer";
import "./share.css";

export const ShareDialog = ({ workspace, onClose }: { workspace: Workspace; onClose: () => void }): VNode => {
  const content = workspace.content.value;
  const safe = useMemo(() => withoutSecrets(content), [content]);
  const secrets = !isSameText(content, safe);
  const withSecrets = useSignal(false);
  const shared = withSecrets.value ? content : safe;
  const link = useMemo(() => shareLink(shared, location.href), [shared]);
  const fits = link.length <= longest;

  const onCopy = async () => {
    await copy(workspace, link, "The link");
    onClose();
  };

  return (
    <Dialog title="Share" onClose={onClose}>
      <p>
        The link carries your files, settings, request and expectations after its <code>#</code>, which browsers send to
        no server. Whoever has the link can read them.
      </p>
      {secrets && (
        <label class="share-secrets">
          <input
            type="checkbox"
            checked={withSecrets.value}
            onChange={({ currentTarget }) => (withSecrets.value = currentTarget.checked)}
          />
          <span>
            Include what Secrets hold
            <span class="muted">
              {withSecrets.value
                ? "Certificates and private keys are in the link."
                : "Left out now: hosts that need them will show problems to whoever opens the link."}
            </span>
          </span>
        </label>
      )}
      {fits ? (
        <input
          class="field share-link"
          readOnly
          aria-label="Link"
          value={link}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
      ) : (
        <p class="share-long" role="alert">
          <Icon name="warning" tone="warning" />
          The link would have {link.length.toLocaleString("en")} characters; beyond {longest.toLocaleString("en")} many
          programs cut it. Send a file instead.
        </p>
      )}
      <div class="dialog-actions">
        {fits ? (
          <button type="button" class="button primary" onClick={onCopy}>
            <Icon name="copy" />
            Copy the link
          </button>
        ) : (
          <button type="button" class="button primary" onClick={() => downloadZip(shared.files, shared.settings)}>
            <Icon name="download" />
            Download a zip
          </button>
        )}
        {fits && <span class="share-length muted">{link.length.toLocaleString("en")} characters</span>}
      </div>
    </Dialog>
  );
};
