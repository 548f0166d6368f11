import type { Dataset, Service } from "#core/service.ts";
import type { Role } from "#core/topology.ts";
import { app } from "./app/service.ts";
import { balancer, edge } from "./balancer/service.ts";
import { payment } from "./payment/service.ts";
import { pooler } from "./pooler/service.ts";
import { SHOP, SHOP_BARE } from "./postgres/dataset.ts";
import { primary, replica, reports } from "./postgres/service.ts";
import { cache, carts, queue } from "./redis/service.ts";
import { warehouse } from "./warehouse/service.ts";
import { relay, worker } from "./worker/service.ts";

/** How each part of the shop is started; a substrate does the starting. */
export const services: Readonly<Record<Role, Service>> = {
  edge,
  balancer,
  app,
  cache,
  carts,
  queue,
  pooler,
  primary,
  replica,
  reports,
  worker,
  relay,
  warehouse,
  payment,
};

/** Data that is prepared once and copied at each start. */
export const datasets: readonly Dataset[] = [SHOP, SHOP_BARE];
