import type { MenuItem } from "../components/Menu";
import { copy } from "../components/copy";
import { asApply, asMarkdown } from "../share/copies";
import { longest, shareLink } from "../share/link";
import { withoutSecrets } from "../share/secrets";
import { downloadYaml, downloadZip, readUpload } from "../share/transfer";
import { emptyContent, isBlank } from "../state/content";
import type { Workspace } from "../state/workspace";

const copyMarkdown = (workspace: Workspace): Promise<void> => {
  const content = withoutSecrets(workspace.content.value);
  const link = shareLink(content, location.href);
  const text = asMarkdown(content, workspace.diagnostics.value, link.length <= longest ? link : null);
  return copy(workspace, text, "Markdown without what Secrets hold");
};

export const copyItems = (workspace: Workspace): readonly MenuItem[] => [
  { label: "As Markdown", hint: "for an issue", run: () => void copyMarkdown(workspace) },
  {
    label: "As kubectl apply",
    hint: "for a shell",
    run: () => void copy(workspace, asApply(workspace.files.value), "The command"),
  },
];

/** Adds files that somebody chose or dropped; they take the place of an empty file. */
export const upload = async (workspace: Workspace, chosen: readonly File[]): Promise<void> => {
  const { files, settings, refused } = await readUpload(chosen);
  const [first] = files;
  if (first && isBlank(workspace.content.value)) {
    workspace.replace({ ...workspace.content.value, files: [first] }, `${first.name} is open.`);
    for (const { name, text } of files.slice(1)) workspace.addFile(name, text);
  } else {
    for (const { name, text } of files) workspace.addFile(name, text);
  }
  if (settings !== null) workspace.settingsText.value = settings;
  if (refused.length > 0) workspace.announce(refused.join(" "));
  else if (files.length > 1) workspace.announce(`${files.length} files are added.`);
};

const chooseFiles = (workspace: Workspace): void => {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = ".yaml,.yml,.json,.zip";
  input.onchange = () => void upload(workspace, [...(input.files ?? [])]);
  input.click();
};

export const fileItems = (workspace: Workspace): readonly MenuItem[] => [
  { label: "Upload", hint: "or drop them here", run: () => chooseFiles(workspace) },
  { label: "Download", hint: "one YAML file", run: () => downloadYaml(workspace.files.value) },
  { label: "Download all", hint: "zip", run: () => downloadZip(workspace.files.value, workspace.settingsText.value) },
  { label: "Start empty", run: () => workspace.replace(emptyContent, "All is cleared.") },
];
