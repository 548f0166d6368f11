import { BOOK_MUTATIONS } from "./books.ts";
import { CLASH_MUTATIONS } from "./clashes.ts";
import { FAULT_MUTATIONS } from "./evidence-of-faults.ts";
import { FULFILMENT_MUTATIONS } from "./fulfilment.ts";
import { LOAD_MUTATIONS } from "./load.ts";
import { LOOK_MUTATIONS } from "./looks.ts";
import { MEASUREMENT_MUTATIONS } from "./measurements.ts";
import type { Mutation } from "./mutation.ts";
import { ORDER_MUTATIONS } from "./orders.ts";
import { WITNESS_MUTATIONS } from "./witnesses.ts";

/** Every way in which a clean history is spoiled. */
export const MUTATIONS: readonly Mutation[] = [
  ...ORDER_MUTATIONS,
  ...BOOK_MUTATIONS,
  ...FULFILMENT_MUTATIONS,
  ...LOAD_MUTATIONS,
  ...FAULT_MUTATIONS,
  ...WITNESS_MUTATIONS,
  ...MEASUREMENT_MUTATIONS,
  ...LOOK_MUTATIONS,
  ...CLASH_MUTATIONS,
];

/** Changes that mean nothing, and are therefore not among the mutations. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  "an order of a buyer in doubt taken out of every book, or put into it":
    "both an order and none are right for a buyer who was never told",
  "one of two answers to a key turned into a failure": "the other answer still stands for the purchase",
  "the order of lines within an order, or of rows within a book": "no reader asks for it",
  "the number of entries of a booking whose sums are right":
    "the read sums by account; entries that cancel each other move no cent",
  "a second row of one order in ledger, outbox or effects": "the read groups by order, so there can be none",
  "one attempt to read a page, told by itself": "it stands in its second's batch, which is what is judged",
  "what a part of the shop said in its log, where users or counters show the same":
    "any one sign shows that a fault was felt",
};
