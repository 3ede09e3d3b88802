import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { Workspace } from "../state/workspace";
import { upload } from "./actions";

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/** Takes files that are dropped anywhere on the page. */
export const DropZone = ({ workspace }: { workspace: Workspace }): VNode => {
  const over = useSignal(false);
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      over.value = true;
    };
    const onLeave = (event: DragEvent) => {
      if (!event.relatedTarget) over.value = false;
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      over.value = false;
      void upload(workspace, [...(event.dataTransfer?.files ?? [])]);
    };
    // Before CodeMirror, which would write the files into the text.
    const options = { capture: true };
    document.addEventListener("dragover", onOver, options);
    document.addEventListener("dragleave", onLeave, options);
    document.addEventListener("drop", onDrop, options);
    return () => {
      document.removeEventListener("dragover", onOver, options);
      document.removeEventListener("dragleave", onLeave, options);
      document.removeEventListener("drop", onDrop, options);
    };
  }, [workspace, over]);
  return (
    <div class="dropzone" hidden={!over.value}>
      Drop YAML, JSON or zip files
    </div>
  );
};
