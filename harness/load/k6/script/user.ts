import { MARKS } from "../record.ts";
import { nowMs, sleepUntil } from "./clock.ts";
import type { Settings } from "./settings.ts";
import { type Attempted, Shopper, type Step } from "./shopper.ts";

/** Lives through one timetable: every step at its instant, or counted as lost. */
export function follow(number: number, timetable: string, zeroMs: number, settings: Settings): void {
  const [head = "", ...texts] = timetable.split(";");
  const [lane = "", arriveMs = "", leaveMs = ""] = head.split(",");
  const shopper = new Shopper(lane, number, zeroMs, settings);
  if (lane !== "buyers") {
    sleepUntil(zeroMs + Number(arriveMs));
    console.log(`${MARKS.arrived}\t${number}\t${shopper.nowUs()}`);
  }
  let freeMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < texts.length; i += 1) {
    const step = decodeStep(i, texts[i] ?? "");
    if (freeMs > zeroMs + step.atMs) {
      shopper.lose(step);
      continue;
    }
    sleepUntil(zeroMs + step.atMs);
    try {
      perform(shopper, step, settings);
    } catch (thrown) {
      console.log(`${MARKS.exception}\t${lane}\t${number}\t${i}\t${String(thrown).replace(/\s+/g, " ")}`);
    }
    freeMs = nowMs();
  }
  if (lane !== "buyers") sleepUntil(zeroMs + Number(leaveMs));
  console.log(`${MARKS.left}\t${lane}\t${number}\t${shopper.nowUs()}`);
}

/** One step with what may follow it: its twin, one retry, a second submission after the answer, or one of another body. */
function perform(shopper: Shopper, step: Step, settings: Settings): void {
  const plannedMs = shopper.zeroMs + step.atMs;
  let last: Attempted;
  if (step.submission === "double") last = shopper.sendTwice(step, plannedMs);
  else last = shopper.send(step, 1, plannedMs);
  shopper.earn(settings.retryBudget);
  if (last.failed && shopper.mayRetry()) {
    const againMs = nowMs() + step.retryAfterMs;
    sleepUntil(againMs);
    last = shopper.send(step, last.attempt + 1, againMs);
  }
  if (step.submission === "again" && !last.failed) shopper.send(step, last.attempt + 1, nowMs());
  // Whoever waited longer than that could still be waiting when the place's next buyer comes.
  if (step.submission === "clash" && shopper.hasOrder() && nowMs() - plannedMs < settings.patienceMs) {
    shopper.clash(step, last.attempt + 1);
  }
}

/** Fields by their places: taking a list apart by destructuring costs k6's engine an iterator (3 % of its time). */
function decodeStep(index: number, text: string): Step {
  const fields = text.split(",");
  const letter = fields[1] ?? "";
  const parameter = fields[5] ?? "";
  const checkout = letter === "k" ? parameter.split(":") : undefined;
  return {
    index,
    atMs: Number(fields[0]),
    letter,
    region: fields[2] ?? "",
    visit: fields[3] ?? "",
    retryAfterMs: Number(fields[4]),
    parameter: checkout === undefined ? parameter : (checkout[1] ?? ""),
    submission: checkout?.[0] ?? "",
  };
}
