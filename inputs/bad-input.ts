/** Something that a person could give the command line, whole: words, the files that they name, the environment. */
export interface BadInput {
  /** What was done to something valid, for the report. */
  readonly what: string;
  /** Words of the command line. `@/` at the beginning of a word stands for the input's own folder. */
  readonly words: readonly string[];
  readonly files: readonly InputFile[];
  /** Values may begin with `@/` too. */
  readonly environment: Readonly<Record<string, string>>;
  /** Each problem has to name one of these: the place to look at. */
  readonly places: readonly string[];
}

export interface InputFile {
  readonly name: string;
  readonly kind: "file" | "folder" | "pipe" | "loop" | "link";
  /** Text or bytes of a file, target of a link. */
  readonly content: string | Uint8Array;
}

export function textFile(name: string, content: string | Uint8Array): InputFile {
  return { name, kind: "file", content };
}
