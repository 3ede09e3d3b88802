import type { VNode } from "preact";
import type { App } from "../../app";
import { Icon } from "../../components/Icon";
import type { Resource, ResourceChange } from "../../engine/types";
import { copy } from "../shared/clipboard";
import { CodeView } from "../shared/CodeView";
import { ResourceTitle } from "../shared/ResourceTitle";

interface Props {
  app: App;
  resource: ResourceChange | undefined;
  content: (resource: ResourceChange) => Resource | undefined;
}

/** The selected resource as YAML. */
export const Selected = ({ app, resource, content }: Props): VNode => {
  const text = resource && content(resource)?.yaml;
  if (!resource || text === undefined) return <p class="nothing muted">Select a resource to see its YAML.</p>;
  return (
    <section class="selected" aria-label={`YAML of ${resource.title}`}>
      <div class="view-bar">
        <b class="grow">
          <ResourceTitle {...resource} />
        </b>
        <button type="button" class="button small" onClick={() => copy(app, resource.title, text)}>
          <Icon name="copy" /> Copy
        </button>
      </div>
      <CodeView class="fill" label={`YAML of ${resource.title}`} text={text} />
    </section>
  );
};
