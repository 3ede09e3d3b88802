import type { App } from "../../app";
import type { Piece } from "../../engine/types";

const PAUSE = 60;

/** Marks in the editor where pieces came from, one piece at a time. */
export function originsOf(app: App) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const mark = (piece: Piece | null) => {
    clearTimeout(timer);
    const mine = ++asked;
    timer = setTimeout(async () => {
      const spans = piece ? await app.engine.origins(piece) : [];
      if (mine === asked) app.highlight(spans);
    }, PAUSE);
  };
  const reveal = async (piece: Piece) => {
    const [first] = await app.engine.origins(piece);
    if (first) app.reveal(first);
    else app.announce("This comes from the settings or from Isoline itself.");
  };
  const clear = () => {
    clearTimeout(timer);
    asked++;
    app.highlight([]);
  };
  return { mark, reveal, clear };
}
