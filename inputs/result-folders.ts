import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { type BadInput, type InputFile, textFile } from "./bad-input.ts";
import { oddExpression } from "./odd-values.ts";

/** The two files from which a report is made, as a run wrote them. */
export interface ResultFiles {
  readonly result: string;
  readonly history: Uint8Array;
}

/** JSON of an odd value; what JSON cannot say becomes null. */
const oddJson = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    "1e308",
    "-1",
    "1e15",
    "0.5",
    "null",
    '"\\u001b[31m"',
    '"</script>"',
    `"${"x".repeat(100_000)}"`,
    '{"__proto__":1}',
    "[[[[]]]]",
  ),
  oddExpression.map((source) => JSON.stringify(source)),
);

/** `report` and `compare` on folders that a run wrote and somebody changed. */
export function resultFolders({ result, history }: ResultFiles): fc.Arbitrary<BadInput> {
  const numbers = [...result.matchAll(/(?<=: )-?\d+(\.\d+)?|(?<=: )"[^"]*"/g)];
  const lines = gunzipSync(history).toString("utf8").split("\n");
  const changedResult = fc
    .tuple(fc.constantFrom(...numbers), oddJson)
    .map(
      ([found, other]) =>
        [
          `${found[0].slice(0, 30)} became ${other.slice(0, 30)}`,
          result.slice(0, found.index) + other + result.slice(found.index + found[0].length),
          history,
        ] as const,
    );
  const cutResult = fc
    .nat(result.trimEnd().length - 1)
    .map((at) => [`its result ends at ${at}`, result.slice(0, at), history] as const);
  const changedLine = fc
    .tuple(fc.nat(lines.length - 2), fc.constantFrom("number", "text", "cut", "other"), oddJson)
    .map(([at, how, other]) => {
      const was = lines[at] ?? "";
      const now =
        how === "number"
          ? was.replace(/(?<=:)-?\d+(\.\d+)?/, () => other)
          : how === "text"
            ? was.replace(/(?<=:)"[^"]*"/, () => other)
            : how === "cut"
              ? was.slice(0, was.length / 2)
              : other;
      return [`line ${at} of its history changed (${how})`, result, gzipSync(lines.with(at, now).join("\n"))] as const;
    });
  const packed = fc.oneof(
    fc.nat(history.length - 1).map((at) => [`its history ends at ${at}`, result, history.slice(0, at)] as const),
    fc.constantFrom(
      ["its history is a bomb", result, gzipSync(new Uint8Array(100_000_000))] as const,
      ["its history is no archive", result, new TextEncoder().encode("nothing")] as const,
      ["its history is empty", result, new Uint8Array(0)] as const,
      ["its result is 30 MB", `{"x":"${"x".repeat(30_000_000)}"}`, history] as const,
      ["its result is nested deeply", "[".repeat(100_000), history] as const,
    ),
  );
  const files = fc.oneof(
    { weight: 3, arbitrary: changedResult },
    { weight: 1, arbitrary: cutResult },
    { weight: 2, arbitrary: changedLine },
    { weight: 1, arbitrary: packed },
  );
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(files, fc.boolean())
        .map(([[what, text, bytes], both]) =>
          folderInput(
            what,
            [textFile("run/result.json", text), textFile("run/history.jsonl.gz", bytes)],
            both,
            what.startsWith("its "),
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("folder", "pipe", "loop", "link"), fc.constantFrom("result.json", "history.jsonl.gz"))
        .map(([kind, name]) =>
          folderInput(
            `its ${name} is a ${kind}`,
            [
              { name: `run/${name}`, kind, content: "/dev/zero" },
              name === "result.json" ? textFile("run/history.jsonl.gz", history) : textFile("run/result.json", result),
            ],
            false,
            true,
          ),
        ),
    },
  );
}

function folderInput(what: string, files: readonly InputFile[], both: boolean, isSpoilt: boolean): BadInput {
  return {
    what: `result folder: ${what}`,
    // What happens to be good is written into its own folder, or compared with nothing.
    words: both ? ["compare", "@/run", "@/nowhere"] : ["report", "@/run"],
    files,
    environment: {},
    places: ["run", "nowhere"],
    // What is changed may be a number as good as the other; what is not there can be compared with nothing.
    expected: both || isSpoilt ? "refused" : "either",
  };
}
