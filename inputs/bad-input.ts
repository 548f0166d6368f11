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
  /** By how it was made, and not by asking what takes it. `either`: nobody can tell without that. */
  readonly expected: Expected;
}

export type Expected = "refused" | "taken" | "either";

export interface InputFile {
  readonly name: string;
  /** `open-folder`: everybody may write into it. */
  readonly kind: "file" | "folder" | "open-folder" | "pipe" | "loop" | "link";
  /** Text or bytes of a file, target of a link. */
  readonly content: string | Uint8Array;
}

export function textFile(name: string, content: string | Uint8Array): InputFile {
  return { name, kind: "file", content };
}
