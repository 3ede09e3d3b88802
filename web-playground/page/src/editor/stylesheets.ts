import { EditorView } from "@codemirror/view";

// CodeMirror adopts a style sheet only where its root has no head, and else writes a <style> element, which the page's
// policy forbids. What it finds for the first editor holds for all later ones.
Object.defineProperty(document, "head", { value: null, configurable: true });
new EditorView().destroy();
Reflect.deleteProperty(document, "head");
