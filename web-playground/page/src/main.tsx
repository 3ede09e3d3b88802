import "./styles/tokens.css";
import "./styles/base.css";
import "./editor/stylesheets";
import { render } from "preact";
import { keepForOffline } from "./offline";
import { Page } from "./shell/Page";
import { createWorkspace } from "./state/workspace";

render(<Page workspace={createWorkspace()} />, document.getElementById("app")!);
keepForOffline();
