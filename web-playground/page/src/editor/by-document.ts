import { yamlLanguage } from "@codemirror/lang-yaml";
import { Language, LanguageSupport } from "@codemirror/language";
import { type Input, Parser, type PartialParse, Tree } from "@lezer/common";

const border = /\n(?=---(\s|$))/g;

/** The end of the document that begins at an offset: where the next line is `---`. */
const endOf = (text: string, from: number): number => {
  border.lastIndex = from;
  return border.test(text) ? border.lastIndex : text.length;
};

type Trees = ReadonlyMap<string, Tree>;

interface Current {
  text: string;
  parse: PartialParse;
}

/** Goes from document to document and takes those that are known as they are. */
class DocumentsParse implements PartialParse {
  stoppedAt: number | null = null;
  #from = 0;
  #current: Current | null = null;
  readonly #text: string;
  readonly #known: Trees;
  readonly #seen = new Map<string, Tree>();
  readonly #trees: Tree[] = [];
  readonly #positions: number[] = [];
  readonly #keep: (trees: Trees) => void;

  constructor(text: string, known: Trees, keep: (trees: Trees) => void) {
    this.#text = text;
    this.#known = known;
    this.#keep = keep;
  }

  get parsedPos(): number {
    return this.#from + (this.#current?.parse.parsedPos ?? 0);
  }

  stopAt(position: number): void {
    this.stoppedAt = position;
    if (this.#current) this.#current.parse.stopAt(Math.max(0, position - this.#from));
  }

  advance(): Tree | null {
    const end = this.stoppedAt ?? this.#text.length;
    if (!this.#current && this.#from >= end) return this.#finish();
    const text = this.#current?.text ?? this.#text.slice(this.#from, endOf(this.#text, this.#from));
    const known = this.#known.get(text);
    const tree = known ?? this.#parse(text);
    if (!tree) return null;
    if (tree.length === text.length) this.#seen.set(text, tree);
    this.#trees.push(tree);
    this.#positions.push(this.#from);
    this.#from += text.length;
    this.#current = null;
    return null;
  }

  #parse(text: string): Tree | null {
    if (!this.#current) {
      this.#current = { text, parse: yamlLanguage.parser.startParse(text) };
      if (this.stoppedAt !== null) this.#current.parse.stopAt(Math.min(this.stoppedAt - this.#from, text.length));
    }
    return this.#current.parse.advance();
  }

  #finish(): Tree {
    // Those behind where it stops may still be there.
    this.#keep(this.stoppedAt === null ? this.#seen : new Map([...this.#known, ...this.#seen]));
    return new Tree(yamlLanguage.parser.topNode, this.#trees, this.#positions, this.#from).balance();
  }
}

class DocumentsParser extends Parser {
  #known: Trees = new Map();

  createParse(input: Input): PartialParse {
    return new DocumentsParse(input.read(0, input.length), this.#known, (trees) => (this.#known = trees));
  }
}

/** YAML as CodeMirror knows it, of which an edit parses only its own document anew: else it would parse all that follow. */
export const yamlByDocument = (): LanguageSupport =>
  new LanguageSupport(new Language(yamlLanguage.data, new DocumentsParser(), [], "yaml"));
