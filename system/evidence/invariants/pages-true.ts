import { pagesToRead } from "../pages-asked.ts";
import { counted, type Invariant, type Offence } from "./finding.ts";

/** Products of which a page is missing that are named one by one. */
const NAMED = 3;

/**
 * At rest, with all faults healed and the five seconds over that stock on a page may be old, every page shows what is on
 * the shelf: nothing that the shop was told late, never told, or told and forgot may be left in any of its tiers. Every
 * page that had to be read must have been, of every replica: one that was not may be the one that is wrong.
 */
export const pagesTrue: Invariant<"stock" | "pages"> = {
  name: "pages-true",
  title: "Pages show the stock that is there",
  target: "0 wrong",
  parts: ["stock", "pages"],
  needsWrites: false,
  compare({ part, topology }) {
    const stock = part("stock");
    const shelves = new Map(stock.map(({ productId, onHand }) => [productId, onHand]));
    const { replicas, rows, unread } = part("pages");
    const offences: Offence[] = [];
    const left = new Set(pagesToRead(stock));
    const asked = left.size;
    let compared = 0;
    for (const [product, shown] of rows) {
      const onHand = shelves.get(product);
      let read = 0;
      for (const [i, replica] of replicas.entries()) {
        const said = shown[i];
        if (said === undefined || said === "unread") continue;
        read += 1;
        if (said === onHand) continue;
        const told = said === null ? "no stock at all" : `${said} in stock`;
        offences.push({ text: `${replica} shows ${told} of product ${product}, ${onHand ?? "none"} on hand` });
      }
      compared += read;
      if (read === replicas.length) left.delete(product);
    }
    const absent = topology.nodes.filter(
      ({ id, role, spare }) => role === "app" && spare === undefined && !replicas.includes(id),
    );
    const missing = [
      ...absent.map(({ id }) => `${id} was not asked at all`),
      ...(left.size === 0
        ? []
        : [
            `of ${left.size} of ${counted(asked, "product")} not every page was read, first of ${[...left].slice(0, NAMED).join(", ")}`,
          ]),
      ...unread,
    ];
    return {
      compared,
      what: `${counted(compared, "product page")} of ${counted(replicas.length, "replica")}`,
      offences,
      ...(missing.length === 0 ? {} : { missing: missing.join("; ") }),
      ...(asked < stock.length ? { note: `${asked} of ${stock.length} products were to be looked at` } : {}),
    };
  },
};
