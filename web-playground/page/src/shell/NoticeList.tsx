import type { VNode } from "preact";
import { Icon } from "../components/Icon";
import type { Notices } from "../state/notices";

export const NoticeList = ({ notices }: { notices: Notices }): VNode => (
  <div class="notices" role="status" aria-live="polite">
    {notices.shown.value.map(({ id, message, action }) => (
      <div class="notice" key={id}>
        <span>{message}</span>
        {action && (
          <button
            type="button"
            class="button small"
            onClick={() => {
              notices.dismiss(id);
              action.run();
            }}
          >
            {action.label}
          </button>
        )}
        <button type="button" class="button quiet small" aria-label="Dismiss" onClick={() => notices.dismiss(id)}>
          <Icon name="close" />
        </button>
      </div>
    ))}
  </div>
);
