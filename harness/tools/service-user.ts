import { readFileSync } from "node:fs";
import type { ServiceUser } from "#core/toolbox.ts";
import { isRoot } from "./folders.ts";

/** The user that every Unix has for work that needs no rights of its own. */
const UNPRIVILEGED = "nobody";

/** Who runs PostgreSQL and PgBouncer when the harness is root; nobody else is needed when it is not. */
export function serviceUser(): ServiceUser | undefined {
  return isRoot() ? userFrom(readFileSync("/etc/passwd", "utf8"), UNPRIVILEGED) : undefined;
}

/** Reads one user from text in the format of passwd(5): name, password, user number, group number, and more. */
export function userFrom(passwd: string, name: string): ServiceUser | undefined {
  for (const line of passwd.split("\n")) {
    const [user, , uid, gid] = line.split(":");
    if (user === name && isNumber(uid) && isNumber(gid)) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

function isNumber(field: string | undefined): field is string {
  return field !== undefined && /^\d+$/.test(field);
}
