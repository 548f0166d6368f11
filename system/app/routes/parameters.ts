import type { FastifyRequest } from "fastify";
import type { Region } from "../config.ts";

/** The id in the path, as text; undefined when it is none that a row can have. */
export function pathId(request: FastifyRequest): string | undefined {
  const { params } = request;
  const id = typeof params === "object" && params !== null && "id" in params ? params.id : undefined;
  return typeof id === "string" && /^[1-9]\d{0,8}$/.test(id) ? id : undefined;
}

/** Words of people: letters, digits, blanks and hyphens, so that nothing in them has a meaning in a pattern. */
export function searchTerm(request: FastifyRequest): string | undefined {
  const { query } = request;
  const term = typeof query === "object" && query !== null && "q" in query ? query.q : undefined;
  if (typeof term !== "string") return undefined;
  const words = term.trim().toLowerCase();
  // Shorter than three letters, no index of letter triples can help.
  return /^[\p{L}\p{N} -]{3,64}$/u.test(words) ? words : undefined;
}

/** `<home region>-<user>-...`: names the cart, and the region in which it lives. */
export function sessionOf(request: FastifyRequest): string | undefined {
  const session = request.headers["x-session"];
  return typeof session === "string" && /^[a-z]{2}-[\w.-]{1,100}$/.test(session) ? session : undefined;
}

/** Where the user is, as the edge found out; the replica's own region when it did not. */
export function userRegion(request: FastifyRequest, own: Region): Region {
  const geo = request.headers["x-geo"];
  return geo === "eu" || geo === "us" ? geo : own;
}

export function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers["idempotency-key"];
  return typeof key === "string" && /^[\x21-\x7e]{1,200}$/.test(key) ? key : undefined;
}
