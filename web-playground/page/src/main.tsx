import "./editor/stylesheets";
import { render } from "preact";
import { Page } from "./shell/Page";
import { createWorkspace } from "./state/workspace";
import "./styles/tokens.css";
import "./styles/base.css";

render(<Page workspace={createWorkspace()} />, document.getElementById("app")!);
