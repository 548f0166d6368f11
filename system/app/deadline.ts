/** What was waited for did not come in time. */
export class OverdueError extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`);
    this.name = "OverdueError";
  }
}

/**
 * The work's result, if it comes in time. Before it gives up it looks at the network once more: after a stall of this
 * process (its machine has a quarter of a core) Node runs overdue timers before it reads what has
 * long arrived, and everything under way would be taken for lost at the same moment.
 */
export function withDeadline<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const timer = setTimeout(() => {
      setImmediate(() => {
        if (!settled) reject(new OverdueError(limitMs));
      });
    }, limitMs);
    work.then(
      (result) => {
        settled = true;
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        settled = true;
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
