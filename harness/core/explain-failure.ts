import { Failure, messageOf } from "./errors.ts";
import { cleanLine, cleanText } from "./foreign-text.ts";
import { EXIT_CODES } from "./verdict.ts";

/** A file of a thousand mistakes shows by these what is wrong with it. */
const MOST_PROBLEMS = 60;
/** A sentence of a person's length; what was given may be a megabyte of one word. */
const LONGEST_PROBLEM = 1_000;

/** What the machine, and nobody's program, is to blame for. */
const OF_THE_MACHINE =
  /^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT|ENOTDIR|EISDIR|ENOENT|EEXIST|ELOOP|ENAMETOOLONG|EMFILE|ENFILE|EIO|ENXIO|ENOTEMPTY)$/;

/** Says why a command did not do what it should, each problem in a sentence, and answers the exit code. */
export function explainFailure(thrown: unknown, say: (text: string) => void): number {
  const failure = thrown instanceof Failure ? thrown : failureOfTheMachine(thrown);
  if (failure === undefined) {
    say(cleanText(`a defect of the testbed: ${thrown instanceof Error ? thrown.stack : messageOf(thrown)}`));
    return EXIT_CODES.defect;
  }
  for (const problem of failure.problems.slice(0, MOST_PROBLEMS))
    say(
      problem
        .split("\n")
        .map((line) => cleanLine(line, LONGEST_PROBLEM))
        .join("\n"),
    );
  const more = failure.problems.length - MOST_PROBLEMS;
  if (more > 0) say(`and ${more} more problems`);
  say(cleanText(failure.mend));
  return failure.exitCode;
}

/** A file that cannot be written, a disk that is full: told with what was tried and on what. */
function failureOfTheMachine(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown) || !OF_THE_MACHINE.test(String(thrown.code))) return undefined;
  return new Failure(
    "environment",
    [messageOf(thrown)],
    "See who may write there, what lies in its place, and whether the disk is full; nothing was judged.",
  );
}

/** Runs a program of the project: its exit code, or that of what it threw, which is explained. Never rejects. */
export async function explained(program: () => Promise<number>, say: (text: string) => void): Promise<number> {
  try {
    return await program();
  } catch (thrown) {
    return explainFailure(thrown, say);
  }
}
