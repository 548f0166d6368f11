import { pagesShowing, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "the page of one replica still shows what was sold",
    (run) => {
      run.parts.pages = pagesShowing(run, [2, [98, 97]]);
    },
    ["pages-true"],
  ],
  [
    "no page was ever told that a product is sold out",
    (run) => {
      run.parts.pages = pagesShowing(run, [1, [2, 2]]);
    },
    ["pages-true"],
  ],
  [
    "a product that can be had has no page",
    (run) => {
      run.parts.pages = pagesShowing(run, [3, [null, null]]);
    },
    ["pages-true"],
  ],
  [
    "a page shows stock of a product that has none",
    (run) => {
      run.parts.pages = pagesShowing(run, [9, [1, 1]]);
    },
    ["pages-true"],
  ],
]);
