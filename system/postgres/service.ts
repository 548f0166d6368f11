import type { Service, ServiceInput, ServiceLaunch } from "#core/service.ts";
import { selectNodes } from "#core/topology.ts";
import { bugNamed } from "../bugs.ts";
import { scramSecret } from "../scram.ts";
import { SHOP, SHOP_BARE } from "./dataset.ts";
import {
  ADMINISTRATOR,
  ADMINISTRATOR_SECRET,
  APPLICATION,
  APPLICATION_SECRET,
  DATABASE,
  REPLICATOR,
  REPLICATOR_SECRET,
} from "./names.ts";
import { plantedStatements } from "./planted-sql.ts";
import {
  commonSettings,
  primarySettings,
  renderAccess,
  renderSettings,
  replicaSettings,
  type Settings,
} from "./settings.ts";

/**
 * Door-busters on the shelf at full scale, of each of the five; stock is scaled with the users who want it. At 1:500 that
 * is 40, and plans want 85 to 122 of the first within a quick run's minute (twelve seeds), of which a tenth come back: it
 * is sold out in any run. With 80 it was not in every other quick one.
 */
const DOOR_BUSTER_STOCK = 20_000;

/**
 * Orders that the coupon is good for at full scale. At 1:500 that is 50, and every tenth of twenty buyers a second asks
 * for it: it runs out half a minute into any run, the quick ones of a minute as well.
 */
const COUPON_USES = 25_000;

/** Pages read from these: a fresh answer to the next query is worth more than the end of this one. */
const PAGE_PATIENCE_MS = 1_000;

/** A report may be half a minute old, and shall not be cancelled half a second before its end. */
const REPORT_PATIENCE_MS = 30_000;

/** Everything is written in the moment of commit; a fast shutdown takes 0.1 s, with a busy disk a second. */
const STOP = { signal: "SIGINT", graceMs: 3_000 } as const;

export const primary: Service = {
  ports: ["sql"],
  launch(input) {
    const synchronous = input.topology.protections.includes("quorum")
      ? selectNodes(input.topology, { role: "replica" }).map((node) => node.id)
      : [];
    return {
      ...serverLaunch(input, primarySettings(synchronous)),
      firstStart: {
        socketFolder: input.folder,
        port: "sql",
        database: DATABASE,
        user: ADMINISTRATOR,
        sql: firstStatements(input),
      },
    };
  },
};

/** A copy for the pages of its region. */
export const replica: Service = replicaService(PAGE_PATIENCE_MS);

/** A copy for reports and for the loader of the warehouse. */
export const reports: Service = replicaService(REPORT_PATIENCE_MS);

function replicaService(patienceMs: number): Service {
  return {
    ports: ["sql"],
    launch(input) {
      const upstream = {
        node: input.node.id,
        primary: input.dial("primary"),
        password: input.secret(REPLICATOR_SECRET),
      };
      const launch = serverLaunch(input, replicaSettings(upstream, patienceMs));
      // The prepared data was shut down cleanly: with this file beside it, a copy follows the primary from there on.
      return { ...launch, files: [...launch.files, { path: "data/standby.signal", content: "" }] };
    },
  };
}

function serverLaunch(input: ServiceInput, own: Settings): ServiceLaunch {
  const place = { node: input.node.id, folder: input.folder, listen: input.listen("sql") };
  const dataset = input.topology.protections.includes("indexes") ? SHOP : SHOP_BARE;
  return {
    program: "postgres",
    argv: ["-D", `${input.folder}/data`, "-c", `config_file=${input.folder}/postgresql.conf`],
    env: {},
    files: [
      { path: "postgresql.conf", content: renderSettings(commonSettings(place), own) },
      { path: "pg_hba.conf", content: renderAccess() },
    ],
    data: { dataset: dataset.name },
    asServiceUser: true,
    // On a replica this also says that it has received the run's passwords, that is, that it follows the primary.
    ready: {
      kind: "postgres",
      port: "sql",
      user: APPLICATION,
      password: input.secret(APPLICATION_SECRET),
      database: DATABASE,
    },
    stop: STOP,
    after: [],
  };
}

const ROLES = [
  [ADMINISTRATOR, ADMINISTRATOR_SECRET],
  [APPLICATION, APPLICATION_SECRET],
  [REPLICATOR, REPLICATOR_SECRET],
] as const;

/** What depends on the run. */
function firstStatements(input: ServiceInput): readonly string[] {
  const doorBusters = Math.ceil(DOOR_BUSTER_STOCK / input.scale);
  const couponUses = Math.ceil(COUPON_USES / input.scale);
  return [
    ...ROLES.map(([role, secret]) => `alter role ${role} password '${scramSecret(role, input.secret(secret))}'`),
    ...(input.topology.protections.includes("pools") ? TIME_LIMITS : []),
    `update stock set initial = ${doorBusters}, on_hand = ${doorBusters} where door_buster`,
    `update coupons set most_uses = ${couponUses}`,
    ...plantedStatements(bugNamed(input.topology.plantedBug?.name)),
    "select pg_stat_statements_reset()",
  ];
}

/**
 * Limits of the application's role. They are not sent by the connections, because PgBouncer refuses such parameters. A
 * report that may take longer says so in its own transaction (`set local statement_timeout`).
 */
const TIME_LIMITS: readonly string[] = [
  // A hot row is held for some milliseconds. A second is a queue of a hundred buyers: better to answer "try again".
  `alter role ${APPLICATION} set lock_timeout = '1s'`,
  // Above what a healthy query takes by a factor of a thousand, below the 8 s after which a user gives up.
  `alter role ${APPLICATION} set statement_timeout = '5s'`,
  // A process that died or hangs between two statements must not hold a row for longer than a query may.
  `alter role ${APPLICATION} set idle_in_transaction_session_timeout = '5s'`,
];
