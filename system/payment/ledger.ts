import { type FileHandle, open, readFile } from "node:fs/promises";
import { z } from "zod";

const captureSchema = z.strictObject({
  captureId: z.string(),
  idempotencyKey: z.string(),
  orderKey: z.string(),
  amountCents: z.int(),
  at: z.string(),
  /** The card was declined: nothing was taken. */
  declined: z.literal(true).exactOptional(),
});

/** Money that the provider took, or was not given, once for each idempotency key. */
export type Capture = Readonly<z.infer<typeof captureSchema>>;

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The provider's own books: an append-only file with an index in memory. A capture counts once its line is on disk;
 * lines that come in together share one write and one sync, so that the books are no bottleneck.
 */
export class Ledger implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #captures: Map<string, Capture>;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(file: FileHandle, captures: Map<string, Capture>) {
    this.#file = file;
    this.#captures = captures;
  }

  /** Opens the books and reads what they hold. A torn last line belongs to a capture that nobody was told of. */
  static async open(path: string): Promise<Ledger> {
    const file = await open(path, "a", 0o600);
    const text = await readFile(path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
    const captures = new Map<string, Capture>();
    for (const line of whole.split("\n")) {
      if (line === "") continue;
      const capture = captureSchema.parse(JSON.parse(line));
      captures.set(capture.idempotencyKey, capture);
    }
    return new Ledger(file, captures);
  }

  find(idempotencyKey: string): Capture | undefined {
    return this.#captures.get(idempotencyKey);
  }

  get size(): number {
    return this.#captures.size;
  }

  all(): readonly Capture[] {
    return [...this.#captures.values()];
  }

  /** Resolves once the capture is on disk; only then may anybody be told. */
  async append(capture: Capture): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ line: `${JSON.stringify(capture)}\n`, resolve, reject });
      this.#flushing ??= this.#flush();
    });
    this.#captures.set(capture.idempotencyKey, capture);
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file.appendFile(batch.map((each) => each.line).join(""));
        await this.#file.datasync();
        for (const each of batch) each.resolve();
      } catch (failure) {
        for (const each of batch) each.reject(failure);
      }
    }
    this.#flushing = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flushing;
    await this.#file.close();
  }
}
